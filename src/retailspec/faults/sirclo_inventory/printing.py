"""Pages whose fields are called otherwise, are of another type, or are not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.sirclo_inventory.probes import (
    field_of_item,
    field_of_record,
    history,
    status_of_history,
)
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant
from retailspec.reference.base import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call
    from retailspec.reference.sirclo_history import ChannelStock, HistoryRecord

__all__ = ["Printed"]

Fields = dict[str, Any]


class Printed(Prompt):
    """Prints pages, records and items in another way."""

    def whole(self, body: Fields) -> Fields:
        """Return a page as it is to be printed."""
        return body

    def one(self, record: Fields) -> Fields:
        """Return a record as it is to be printed."""
        return record

    def item(self, item: Fields, row: int) -> Fields:
        """Return an item as it is to be printed; its row counts from 0."""
        del row
        return item

    def history_body(
        self, page: list[HistoryRecord], total: int, limit: int, offset: int
    ) -> dict[str, object]:
        """Return a page as it is printed."""
        return self.whole(super().history_body(page, total, limit, offset))

    def record_body(self, record: HistoryRecord) -> dict[str, object]:
        """Return a record as it is printed."""
        return self.one(super().record_body(record))

    def item_body(
        self, record: HistoryRecord, row: int, channel: ChannelStock
    ) -> dict[str, object]:
        """Return an item as it is printed."""
        return self.item(super().item_body(record, row, channel), row)


class _Changes(Printed):
    """Changes one field of pages, records or items."""

    place: ClassVar[str]
    change: ClassVar[Callable[[Fields], Fields]]

    def whole(self, body: Fields) -> Fields:
        return type(self).change(body) if self.place == "page" else body

    def one(self, record: Fields) -> Fields:
        return type(self).change(record) if self.place == "record" else record

    def item(self, item: Fields, row: int) -> Fields:
        del row
        return type(self).change(item) if self.place == "item" else item


def _field_of_page(name: str) -> Callable[[Probe], Any]:
    def look(probe: Probe) -> Any:
        body = history(probe).json()
        return name in body, type(body.get(name)).__name__

    return look


_LOOKS = {"page": _field_of_page, "record": field_of_record, "item": field_of_item}


def _without(name: str) -> Callable[[Fields], Fields]:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def _renamed(name: str, other: str) -> Callable[[Fields], Fields]:
    return lambda fields: {other if key == name else key: it for key, it in fields.items()}


def _as(name: str, made: Callable[[Any], Any]) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, name: made(fields[name])}


_LACKING = {
    "page": ("total_record", "limit", "reference"),
    "record": ("upload_file_url", "finished_at", "update_stock_history_item"),
    "item": ("variant_id", "retrier_count", "remote_variant"),
}
for _place, _fields in _LACKING.items():
    for _field in _fields:
        seed("history.ok", _LOOKS[_place](_field))(
            variant(
                _Changes,
                f"{_place.title()}Lacks{pascal(_field)}",
                f"There is no {_field} in a{'n' if _place == 'item' else ''} {_place}.",
                place=_place,
                change=_without(_field),
            )
        )
_RENAMED = (
    ("item", "client_reponse", "client_response"),
    ("item", "sku", "SKU"),
    ("record", "update_stock_history_item", "update_stock_history_items"),
    ("record", "total_sku", "totalSku"),
    ("page", "total_record", "total_records"),
)
for _place, _field, _other in _RENAMED:
    seed("history.ok", _LOOKS[_place](_field))(
        variant(
            _Changes,
            f"{pascal(_field)}IsCalled{pascal(_other)}",
            f"The field {_field} is called {_other}.",
            place=_place,
            change=_renamed(_field, _other),
        )
    )
_KINDS = {
    "null": "null",
    "text": "a text",
    "number": "a number",
    "list": "a list",
    "object": "an object",
}
_RETYPED: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("page", "total_record", "text", str),
    ("page", "limit", "null", lambda _: None),
    ("page", "offset", "text", str),
    ("page", "data", "object", lambda rows: dict(enumerate(rows))),
    ("record", "id", "text", str),
    ("record", "upload_file_url", "null", lambda _: None),
    ("record", "created_at", "number", lambda _: 1_612_840_720),
    ("record", "transaction_code", "list", lambda code: [code]),
    ("item", "remote_variant", "object", json.loads),
    ("item", "client_reponse", "object", json.loads),
    ("item", "qty", "text", str),
    ("item", "progress", "text", lambda it: str(it).lower()),
    ("item", "success", "number", int),
    ("item", "finished_at", "null", lambda _: None),
)
for _place, _field, _kind, _made in _RETYPED:
    seed("history.ok", _LOOKS[_place](_field))(
        variant(
            _Changes,
            f"{_place.title()}{pascal(_field)}Is{_kind.title()}",
            f"The {_field} of a{'n' if _place == 'item' else ''} {_place} is {_KINDS[_kind]}.",
            place=_place,
            change=_as(_field, _made),
        )
    )


@seed("history.ok", field_of_item("retrier_count"))
class OnlyTheFirstItemIsWhole(Printed):
    """Items behind the first lack retrier_count."""

    def item(self, item: Fields, row: int) -> Fields:
        return _without("retrier_count")(item) if row else item


@seed("history.ok", lambda probe: [type(one) is dict for one in _items(probe)])
class ItemOfOneIsNoList(Printed):
    """The items of a record of one channel are an object and no list."""

    def one(self, record: Fields) -> Fields:
        items = record["update_stock_history_item"]
        alone = record["id"] % 5 == 0
        return {**record, "update_stock_history_item": items[0] if alone else items}


def _items(probe: Probe) -> list[Any]:
    return [one["update_stock_history_item"] for one in history(probe).json()["data"]]


class _Statuses(Prompt):
    """Answers pages with another status."""

    status: ClassVar[int]
    filtered: ClassVar[bool] = False

    async def history(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().history(call, body)
        changed = not self.filtered or "updated_at" in call.query
        return Answer(self.status if changed else answer.status, answer.body)


_SINCE = "limit=10&offset=0&updated_at=2021-02-05T15:04:05Z"
for _name, _says, _status, _filtered, _query in (
    ("PageIsPartial", "A page is answered 206.", 206, False, "limit=10&offset=0"),
    ("PageIsCreated", "A page is answered 201.", 201, False, "limit=10&offset=0"),
    ("FilteredPageIsAccepted", "A filtered page is answered 202.", 202, True, _SINCE),
    ("FilteredPageIsNotFound", "A filtered page is answered 404.", 404, True, _SINCE),
):
    seed("history.ok", status_of_history(_query))(
        variant(_Statuses, _name, _says, status=_status, filtered=_filtered)
    )
