"""Pages of the history that are cut, counted or put in order wrongly."""

from __future__ import annotations

import secrets
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import history, page, rows, rows_since
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call
    from retailspec.reference.sirclo_history import HistoryRecord

    Records = list[HistoryRecord]
    Cut = Callable[[Records, int, int], Records]

__all__: list[str] = []


class _Cuts(Prompt):
    """Cuts pages in another way; `filtered` are those of a filtered history alone."""

    cut: ClassVar[Cut]
    filtered: ClassVar[bool] = False
    since: datetime | None = None

    def matching(self, since: datetime | None) -> Records:
        self.since = since
        return super().matching(since)

    def page(self, records: Records, limit: int, offset: int) -> Records:
        if self.filtered and self.since is None:
            return super().page(records, limit, offset)
        return type(self).cut(records, limit, offset)


_LIMITS = ((2, 0), (3, 0), (2, 2), (1, 0))
for _name, _says, _cut in (
    (
        "LimitAndOne",
        "A page has a record more than its limit.",
        lambda r, n, at: r[at : at + n + 1],
    ),
    ("LimitIgnored", "A page has all records from its offset on.", lambda r, _, at: r[at:]),
    (
        "FiveAtLeast",
        "A page has five records where there are, however low its limit.",
        lambda records, limit, at: records[at : at + max(limit, 5)],
    ),
    (
        "TwoAtLeast",
        "A page has two records where there are, however low its limit.",
        lambda records, limit, at: records[at : at + max(limit, 2)],
    ),
    (
        "LimitOfTheFirstPage",
        "Behind the first page, pages have all the rest.",
        lambda records, limit, at: records[at:] if at else records[:limit],
    ),
    (
        "OddLimitsAreRoundedUp",
        "A limit is rounded up to an even number.",
        lambda records, limit, at: records[at : at + limit + limit % 2],
    ),
):
    seed(
        "history.limit",
        lambda probe: [rows(f"limit={n}&offset={at}")(probe) for n, at in _LIMITS],
    )(variant(_Cuts, _name, _says, cut=_cut))


def _turned(probe: Probe) -> list[list[int]]:
    places = ((2, 0), (2, 2), (3, 1), (2, 24), (2, 28))
    return [rows(f"limit={limit}&offset={at}")(probe) for limit, at in places]


for _name, _says, _cut in (
    (
        "OffsetCountsPages",
        "The offset counts pages.",
        lambda records, limit, at: records[at * limit : (at + 1) * limit],
    ),
    (
        "OffsetCountsFromOne",
        "The offset counts from one: 0 and 1 are the first page.",
        lambda records, limit, at: records[max(at - 1, 0) :][:limit],
    ),
    ("OffsetIgnored", "Every page is the first one.", lambda records, limit, _: records[:limit]),
    (
        "OffsetIsRoundedDown",
        "A page begins where one of its limit would: the offset is rounded down.",
        lambda records, limit, at: records[at - at % max(limit, 1) :][:limit],
    ),
    (
        "OffsetCountsItems",
        "The offset counts items, of which each record has two.",
        lambda records, limit, at: records[at // 2 :][:limit],
    ),
    (
        "LimitCountsFromTheStart",
        "A page ends at its limit, counted from the start of the history.",
        lambda records, limit, at: records[at:limit],
    ),
    (
        "LastPageAgain",
        "A page past the end is the last one again.",
        lambda records, limit, at: records[min(at, max(len(records) - limit, 0)) :][:limit],
    ),
    (
        "PastTheEndIsTheFirst",
        "A page past the end is the first one again.",
        lambda records, limit, at: records[at if at < len(records) else 0 :][:limit],
    ),
    (
        "LaterPagesLackOne",
        "Behind the first page, a page has a record less than its limit, so one is skipped.",
        lambda records, limit, at: records[at : at + limit - bool(at)],
    ),
    (
        "LaterPagesOverlap",
        "Behind the first page, a page begins with the last record of the page before it.",
        lambda records, limit, at: records[max(at - 1, 0) :][:limit],
    ),
    (
        "LaterPagesBeginLater",
        "Behind the first page, a page begins a record too late.",
        lambda records, limit, at: records[at + bool(at) :][:limit],
    ),
    (
        "PagesAreTurned",
        "The records of each page are in the opposite order.",
        lambda records, limit, at: records[at : at + limit][::-1],
    ),
    (
        "OffsetIsCut",
        "An offset is twenty at most.",
        lambda records, limit, at: records[min(at, 20) :][:limit],
    ),
):
    seed("history.offset", _turned)(variant(_Cuts, _name, _says, cut=_cut))
seed("history.offset", rows_since(10, query="limit=2&offset=1"))(
    variant(
        _Cuts,
        "OffsetIgnoredBesideTheFilter",
        "Of a filtered history every page is the first one.",
        cut=lambda records, limit, _: records[:limit],
        filtered=True,
    )
)


@seed("history.offset", lambda probe: [rows("limit=25&offset=0")(probe) for _ in range(2)])
class Shuffled(Prompt):
    """Each read has the records in an order of its own."""

    def ordered(self, records: Records) -> Records:
        return sorted(records, key=lambda _: secrets.randbits(30))


@seed("history.offset", lambda probe: [rows("limit=9&offset=0")(probe) for _ in range(2)])
class OrderGoesToAndFro(Prompt):
    """Each second read begins with the oldest record, as two copies of the data disagree."""

    reads = 0

    def ordered(self, records: Records) -> Records:
        self.reads += 1
        return super().ordered(records)[:: 1 if self.reads % 2 else -1]


@seed("history.offset", rows_since(10, query="limit=2&offset=1"))
class FilterOfThePage(Prompt):
    """The filter is put on the page after it is cut, of a history that begins with the oldest."""

    since: datetime | None = None

    def matching(self, since: datetime | None) -> Records:
        self.since = since
        return super().matching(None)

    def ordered(self, records: Records) -> Records:
        return sorted(records, key=attrgetter("updated_at"))

    def page(self, records: Records, limit: int, offset: int) -> Records:
        since = self.since
        cut = super().page(records, limit, offset)
        return [one for one in cut if since is None or self.is_since(one, since)]


# total_record, offset, limit


class _Tells(Prompt):
    """Says something else of a page than what it is."""

    told: ClassVar[Callable[[dict[str, Any], int, int], dict[str, object]]]

    def history_body(self, page: Records, total: int, limit: int, offset: int) -> dict[str, object]:
        body = super().history_body(page, total, limit, offset)
        return {**body, **type(self).told(body, limit, offset)}


def _totals(probe: Probe) -> list[Any]:
    places = ((2, 0), (2, 2), (3, 1), (2, 24))
    return [page("total_record", f"limit={n}&offset={at}")(probe) for n, at in places]


for _name, _says, _told in (
    (
        "TotalOfThePage",
        "The total counts the page.",
        lambda body, *_: {"total_record": len(body["data"])},
    ),
    (
        "TotalOfTheRest",
        "The total counts the records from the offset on.",
        lambda body, _, offset: {"total_record": max(body["total_record"] - offset, 0)},
    ),
    (
        "TotalSoFar",
        "The total counts the records up to the end of the page.",
        lambda body, _, offset: {"total_record": offset + len(body["data"])},
    ),
    (
        "TotalOfPages",
        "The total counts pages.",
        lambda body, limit, _: {"total_record": -(-body["total_record"] // max(limit, 1))},
    ),
    (
        "TotalLacksOne",
        "The total is one less than there are.",
        lambda body, *_: {"total_record": max(body["total_record"] - 1, 0)},
    ),
    (
        "TotalOfTheFirstPage",
        "Behind the first page the total is zero.",
        lambda body, _, offset: {"total_record": 0 if offset else body["total_record"]},
    ),
    (
        "TotalUpToTheLimit",
        "The total counts as far as one record behind the page, as if to say that there is more.",
        lambda body, limit, at: {"total_record": min(body["total_record"], at + limit + 1)},
    ),
    (
        "NoTotal",
        "The total is always zero.",
        lambda *_: {"total_record": 0},
    ),
):
    seed("history.total", _totals)(variant(_Tells, _name, _says, told=_told))


def _echoes(probe: Probe) -> list[Any]:
    pages = (history(probe, query).json() for query in ("limit=10&offset=0", "limit=3&offset=24"))
    return [(one["limit"], one["offset"]) for one in pages]


for _name, _says, _told in (
    (
        "LimitTellsTheCount",
        "The limit of an answer is the number of its records.",
        lambda body, *_: {"limit": len(body["data"])},
    ),
    ("LimitTellsTheDefault", "The limit of an answer is 100.", lambda *_: {"limit": 100}),
    ("OffsetTellsZero", "The offset of an answer is 0.", lambda *_: {"offset": 0}),
    (
        "OffsetTellsThePage",
        "The offset of an answer is the number of its page.",
        lambda _, limit, offset: {"offset": offset // max(limit, 1)},
    ),
    (
        "OffsetTellsTheNext",
        "The offset of an answer is that of the page after it.",
        lambda _, limit, offset: {"offset": offset + limit},
    ),
    (
        "LimitAndOffsetAreSwapped",
        "An answer has its offset under limit, and its limit under offset.",
        lambda _, limit, offset: {"offset": limit, "limit": offset},
    ),
):
    seed("history.echo", _echoes)(variant(_Tells, _name, _says, told=_told))


@seed("history.echo", lambda probe: [page("limit", f"limit={n}&offset=0")(probe) for n in (2, 3)])
class LimitOfTheCallBefore(Prompt):
    """The limit of an answer is that of the page read before it."""

    last = 0

    async def history(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().history(call, body)
        told = answer.body
        if isinstance(told, dict):
            told["limit"], self.last = self.last or told["limit"], told["limit"]
        return answer
