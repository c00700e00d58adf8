"""Timestamps that are written wrongly or cannot be, and texts that should be JSON and are not."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.sirclo_inventory.printing import Printed
from retailspec.faults.sirclo_inventory.probes import history
from retailspec.faults.sirclo_inventory.seeding import seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe

__all__: list[str] = []

Fields = dict[str, Any]
_STAMPS = ("created_at", "updated_at", "finished_at")


def _first(probe: Probe) -> tuple[Fields, list[Fields]]:
    record = history(probe).json()["data"][-1]
    return record, record["update_stock_history_item"]


class _Spells(Printed):
    """Writes some timestamps in another way."""

    spelled: ClassVar[Callable[[str], str]]
    fields: ClassVar[tuple[str, ...]] = _STAMPS
    places: ClassVar[tuple[str, ...]] = ("record", "item")

    def one(self, record: Fields) -> Fields:
        return self._spell(record) if "record" in self.places else record

    def item(self, item: Fields, row: int) -> Fields:
        del row
        return self._spell(item) if "item" in self.places else item

    def _spell(self, fields: Fields) -> Fields:
        return {**fields, **{one: type(self).spelled(fields[one]) for one in self.fields}}


def _spelling(probe: Probe) -> list[str]:
    """Return the timestamps of a record and of its items, each digit written as 0."""
    record, items = _first(probe)
    stamps = [one[name] for one in (record, *items) for name in _STAMPS]
    return ["".join("0" if letter.isdigit() else letter for letter in one) for one in stamps]


def _formatted(form: str) -> Callable[[str], str]:
    return lambda text: datetime.fromisoformat(text).strftime(form)


_ITEM, _RECORD = ("item",), ("record",)
for _name, _says, _spelled, _fields, _places in (
    ("NoZone", "Timestamps have no zone.", lambda text: text[:-1], _STAMPS, ("record", "item")),
    ("ItemsWithoutZone", "Timestamps of items have no zone.", lambda t: t[:-1], _STAMPS, _ITEM),
    (
        "FinishedWithoutZone",
        "The finished_at of a record has no zone.",
        lambda text: text[:-1],
        ("finished_at",),
        _RECORD,
    ),
    (
        "ZoneWithoutColon",
        "The zone of a timestamp is +0000.",
        lambda text: text[:-1] + "+0000",
        _STAMPS,
        ("record", "item"),
    ),
    (
        "ZoneByName",
        "A timestamp ends in UTC.",
        lambda text: text[:-1] + " UTC",
        _STAMPS,
        ("record", "item"),
    ),
    (
        "CommasForFractions",
        "Fractions of seconds follow a comma.",
        lambda text: text.replace(".", ","),
        _STAMPS,
        ("record", "item"),
    ),
    (
        "DaysFirst",
        "The finished_at of a record begins with the day.",
        _formatted("%d-%m-%YT%H:%M:%SZ"),
        ("finished_at",),
        _RECORD,
    ),
    (
        "AsInMails",
        "Timestamps of a record are written as in mails.",
        lambda text: format_datetime(datetime.fromisoformat(text)),
        _STAMPS,
        _RECORD,
    ),
    (
        "NoFinish",
        "The finished_at of an item is an empty text.",
        lambda _: "",
        ("finished_at",),
        _ITEM,
    ),
):
    seed("history.timestamps", _spelling)(
        variant(_Spells, _name, _says, spelled=_spelled, fields=_fields, places=_places)
    )


# The order of moments


def _in_order(probe: Probe) -> list[bool]:
    record, items = _first(probe)
    return [_moment(one, "created_at") <= _moment(one, "updated_at") for one in (record, *items)]


def _moment(fields: Fields, name: str) -> datetime:
    return datetime.fromisoformat(fields[name])


class _Moves(Printed):
    """Gives records or items other moments."""

    places: ClassVar[tuple[str, ...]] = ("record", "item")
    moved: ClassVar[Callable[[Fields], Fields]]

    def one(self, record: Fields) -> Fields:
        return {**record, **type(self).moved(record)} if "record" in self.places else record

    def item(self, item: Fields, row: int) -> Fields:
        del row
        return {**item, **type(self).moved(item)} if "item" in self.places else item


def _later(name: str, **span: float) -> Callable[[Fields], Fields]:
    def moved(fields: Fields) -> Fields:
        moment = datetime.fromisoformat(fields[name]) + timedelta(**span)
        return {"created_at": moment.isoformat().replace("+00:00", "Z")}

    return moved


for _name, _says, _moved, _places in (
    (
        "CreatedAfterUpdated",
        "A record is created a second after it is updated.",
        _later("updated_at", seconds=1),
        _RECORD,
    ),
    (
        "ItemsCreatedAfterUpdated",
        "An item is created a millisecond after it is updated.",
        _later("updated_at", milliseconds=1),
        _ITEM,
    ),
    (
        "CreatedInLocalTime",
        "The local time of creation is written as if it were UTC.",
        _later("created_at", hours=7),
        ("record", "item"),
    ),
    (
        "MomentsAreSwapped",
        "The two moments of an item are swapped.",
        lambda it: {"created_at": it["updated_at"], "updated_at": it["created_at"]},
        _ITEM,
    ),
):
    seed("history.timeline", _in_order)(variant(_Moves, _name, _says, moved=_moved, places=_places))


# JSON in texts


class _Embeds(Printed):
    """Writes something else than JSON into the texts of items."""

    field: ClassVar[str]
    made: ClassVar[Callable[[str], str]]
    first: ClassVar[int] = 0

    def item(self, item: Fields, row: int) -> Fields:
        changed = type(self).made(item[self.field]) if row >= self.first else item[self.field]
        return {**item, self.field: changed}


def _readable(probe: Probe) -> list[bool]:
    return [_is_json(item[name]) for item in _first(probe)[1] for name in _EMBEDDED]


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=int)
    except ValueError:
        return False
    return True


_EMBEDDED = ("remote_variant", "client_reponse")
for _field, _name, _says, _made in (
    (
        "remote_variant",
        "VariantInPython",
        "A remote_variant is written as another language has it.",
        lambda text: str(json.loads(text)) if text else "",
    ),
    ("remote_variant", "VariantIsCut", "A remote_variant is cut short.", lambda text: text[:12]),
    (
        "remote_variant",
        "VariantInBase64",
        "A remote_variant is JSON in base64.",
        lambda text: base64.b64encode(text.encode()).decode(),
    ),
    (
        "remote_variant",
        "VariantHasNoNumber",
        "A remote_variant holds NaN.",
        lambda text: text.replace(": 0", ": NaN"),
    ),
    (
        "client_reponse",
        "ResponseIsAPage",
        "A client_reponse is the page that a marketplace answered with.",
        lambda _: "<html>ok</html>",
    ),
    (
        "client_reponse",
        "ResponseWithComma",
        "A client_reponse has a comma after its last field.",
        lambda text: text[:-1] + ",}",
    ),
):
    seed("history.embedded-json", _readable)(
        variant(_Embeds, _name, _says, field=_field, made=_made)
    )
seed("history.embedded-json", _readable)(
    variant(
        _Embeds,
        "SecondResponseIsCut",
        "The client_reponse of an item behind the first is cut short.",
        field="client_reponse",
        made=lambda text: text[:20],
        first=1,
    )
)
