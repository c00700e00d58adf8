"""Histories whose filter `updated_at` lets too much through, or too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import history, rows, rows_since
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import HistoryRecord

__all__: list[str] = []


class _Filters(Prompt):
    """Decides in another way whether a record passes the filter."""

    passes: ClassVar[Callable[[HistoryRecord, datetime], bool]]

    def is_since(self, record: HistoryRecord, since: datetime) -> bool:
        return type(self).passes(record, since)


def _seen(probe: Probe) -> list[list[int]]:
    """Return what several instants leave, as numbers of records."""
    places: tuple[tuple[int, float, int], ...] = (
        (12, 0, 0),
        (12, -0.2, 0),
        (12, -1, 0),
        (12, -1, 5),
        (1, -1, 0),
        (12, 1, 0),
    )
    far = rows("limit=40&offset=0&updated_at=2001-02-03T04:05:06Z")(probe)
    return [far, *(rows_since(row, seconds, hours)(probe) for row, seconds, hours in places)]


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


_ZONE = timedelta(hours=7)
for _name, _says, _passes in (
    ("FilterIgnored", "The filter is not looked at.", lambda *_: True),
    (
        "FilterTurned",
        "Records from before the instant are shown in place of later ones.",
        lambda record, since: record.updated_at <= since,
    ),
    (
        "FilterLooksBack",
        "Records of three hours before the instant are shown too.",
        lambda record, since: record.updated_at >= since - timedelta(hours=3),
    ),
    (
        "FilterBeginsLate",
        "Records of the first ten seconds after the instant are left out.",
        lambda record, since: record.updated_at >= since + timedelta(seconds=10),
    ),
    (
        "FilterByTheHour",
        "The filter compares the hour alone.",
        lambda record, since: _hour(record.updated_at) >= _hour(since),
    ),
    (
        "FilterByTheMinute",
        "The filter compares the minute alone.",
        lambda record, since: _minute(record.updated_at) >= _minute(since),
    ),
    (
        "FilterBeginsASecondLate",
        "Records of the first second after the instant are left out.",
        lambda record, since: record.updated_at >= since + timedelta(seconds=1),
    ),
    (
        "FilterAfterTheSecond",
        "Records of the second that the instant is in are left out.",
        lambda record, since: int(record.updated_at.timestamp()) > int(since.timestamp()),
    ),
    (
        "FilterOnCreation",
        "The filter compares when a record was created.",
        lambda record, since: record.created_at >= since,
    ),
    (
        "FilterWithoutZone",
        "The filter takes the time of an instant and not its zone.",
        lambda record, since: record.updated_at >= since.replace(tzinfo=UTC),
    ),
    (
        "FilterByText",
        "The filter compares the text of the instant with that of the update.",
        lambda record, since: record.updated_at.isoformat() >= since.isoformat(),
    ),
    (
        "FilterInLocalTime",
        "The filter compares the instant with the local time of the update.",
        lambda record, since: record.updated_at + _ZONE >= since,
    ),
    (
        "FilterDropsTheNewest",
        "The filter leaves out records of the last three hours.",
        lambda record, since: since <= record.updated_at < datetime.now(UTC) - timedelta(hours=3),
    ),
    (
        "FilterOfOneProduct",
        "The filter leaves out the records of all products but the first.",
        lambda record, since: record.updated_at >= since and record.update.sku == "sku1",
    ),
    (
        "FilterByTimeOfDay",
        "The filter compares the time of day alone.",
        lambda record, since: record.updated_at.time() >= since.astimezone(UTC).time(),
    ),
    (
        "FilterOfOneDay",
        "The filter leaves out what is later than a few hours after the instant.",
        lambda record, since: since <= record.updated_at < since + timedelta(hours=4),
    ),
):
    seed("history.updated_at", _seen)(variant(_Filters, _name, _says, passes=_passes))


@seed("history.updated_at", rows_since(12))
class FilterDropsTheNext(Prompt):
    """The filter leaves out the instant itself and the first record after it."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        found = super().matching(since)
        if since is None:
            return found
        later = sorted((one for one in found if one.updated_at > since), key=_updated)
        return [one for one in found if one in later[1:]]


_updated = attrgetter("updated_at")


@seed("history.updated_at", rows_since(4))
class FilterShowsTen(Prompt):
    """A filtered history has ten records at most, and says that there are no more."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        found = super().matching(since)
        return found if since is None else found[:10]


@seed("history.updated_at", rows_since(4))
class FilterSkipsTheNewest(Prompt):
    """A filtered history lacks its newest record."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        found = super().matching(since)
        return found if since is None else found[1:]


@seed("history.updated_at", rows_since(12))
class FilterShowsOneMore(Prompt):
    """The last record from before the instant is shown too."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        kept = super().matching(since)
        rest = [one for one in super().matching(None) if one not in kept]
        return self.ordered(kept + rest[:1])


@seed("history.updated_at", lambda probe: len(history(probe, _LATER).json()["data"]))
class FilterThatLeavesNoneIsDropped(Prompt):
    """Where the filter leaves no record, all are shown."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        return super().matching(since) or super().matching(None)


_LATER = "limit=10&offset=0&updated_at=2125-01-02T03:04:05Z"
