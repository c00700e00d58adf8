"""Variations of the history that the document allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Any

from retailspec.faults.model import liberty
from retailspec.faults.sirclo_inventory.printing import Printed
from retailspec.faults.sirclo_inventory.seeding import Prompt
from retailspec.reference.sirclo_history import ChannelStock, HistoryRecord

__all__: list[str] = []

_STAMPS = ("created_at", "updated_at", "finished_at")
_JAKARTA = timezone(timedelta(hours=7))


# The order of records


@liberty()
class OldestFirst(Prompt):
    """New records come last."""

    def ordered(self, records: list[HistoryRecord]) -> list[HistoryRecord]:
        return sorted(records, key=attrgetter("updated_at"))


@liberty()
class InNoOrderOfTime(Prompt):
    """Records are in the order of their codes."""

    def ordered(self, records: list[HistoryRecord]) -> list[HistoryRecord]:
        return sorted(records, key=attrgetter("transaction_code"))


# The filter


@liberty()
class ExclusiveFilter(Prompt):
    """The instant itself is left out."""

    def is_since(self, record: HistoryRecord, since: datetime) -> bool:
        return record.updated_at > since


@liberty()
class FilterAsInTheExample(Prompt):
    """An instant is taken in the form of the example alone: in UTC, to the second."""

    def read_timestamp(self, text: str) -> datetime | None:
        return super().read_timestamp(text) if len(text) == 20 and text.endswith("Z") else None


@liberty()
class NoInstantsYetToCome(Prompt):
    """An instant that is yet to come is refused."""

    def check_timestamp(self, text: str | None) -> datetime | None:
        instant = super().check_timestamp(text)
        if instant is not None and instant > self.clock.now():
            self.invalid("updated_at is in the future")
        return instant


# Totals, limits and offsets


@liberty()
class OneTotal(Prompt):
    """A filter does not lower the total."""

    def total(self, matching: list[HistoryRecord], page: list[HistoryRecord]) -> int:
        del page
        return max(len(super().matching(None)), len(matching))


@liberty()
class NoTotalPastTheEnd(Prompt):
    """A page past the end has a total of zero, as one that is counted over its rows."""

    def total(self, matching: list[HistoryRecord], page: list[HistoryRecord]) -> int:
        return len(matching) if page else 0


@liberty()
class NothingPastTheEnd(Prompt):
    """A page past the end is answered 404."""

    def page(self, records: list[HistoryRecord], limit: int, offset: int) -> list[HistoryRecord]:
        if offset and offset >= len(records):
            self.refuse(404, "There is no such page")
        return super().page(records, limit, offset)


@liberty()
class NoDefaults(Prompt):
    """Limit and offset are required, as the table says."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if text is None:
            self.invalid(f"{field} is required")
        return super().check_count(field, text, default)


class _Short(Prompt):
    """A server whose pages have seven records at most."""

    def page(self, records: list[HistoryRecord], limit: int, offset: int) -> list[HistoryRecord]:
        return super().page(records, min(limit, 7), offset)


@liberty()
class ShortPages(_Short):
    """No page has more than seven records, whatever its limit."""


@liberty("history.echo")
class ShortPagesThatSaySo(_Short):
    """No page has more than seven records, and its limit says so."""

    def history_body(
        self, page: list[HistoryRecord], total: int, limit: int, offset: int
    ) -> dict[str, object]:
        return super().history_body(page, total, min(limit, 7), offset)


@liberty("history.invalid.limit.negative", "history.invalid.offset.negative")
class NegativeIsZero(Prompt):
    """A limit or offset below zero is taken for zero."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        below = text is not None and text.startswith("-")
        return 0 if below else super().check_count(field, text, default)


# What comes when


class _Starts(Prompt):
    """Begins with less, or follows more slowly."""

    kept = 25
    delay = 0.001

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.records = self.records[: self.kept]
        self.history_delay = timedelta(seconds=self.delay)


@liberty()
class SlowHistory(_Starts):
    """An update shows a while later."""

    delay = 0.3


@liberty()
class NewHistory(_Starts):
    """The history is empty at first, and an update shows a little later."""

    kept = 0
    delay = 0.05


@liberty()
class OthersUpdateToo(Prompt):
    """Others update as well for a while: each of the first reads finds a record more."""

    reads = 0

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        self.reads += 1
        if self.reads < 16:
            channel = ChannelStock("shpe", self.reads)
            update = replace(self.records[0].update, sku="sku3", channels=[channel])
            self.apply(self.transaction_code(), update)
        return super().matching(since)


@liberty()
class ItemsComeOneByOne(Prompt):
    """A record shows at once and its items one by one; it is updated with each."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        now = self.clock.now()
        found = [self.as_of(one, now) for one in self.records]
        return self.ordered([one for one in found if since is None or self.is_since(one, since)])

    def as_of(self, record: HistoryRecord, now: datetime) -> HistoryRecord:
        """Return a record as far as it is done; each of its items takes 50 ms."""
        step = timedelta(milliseconds=50)
        done = min(int((now - record.created_at) / step), len(record.update.channels))
        some = replace(record.update, channels=record.update.channels[:done])
        return replace(record, update=some, updated_at=record.created_at + done * step)


# How it is printed


class _Spells(Printed):
    """Writes timestamps in another way."""

    def spell(self, text: str) -> str:
        """Return a timestamp as it is to be written."""
        return text

    def one(self, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, **{name: self.spell(record[name]) for name in _STAMPS}}

    def item(self, item: dict[str, Any], row: int) -> dict[str, Any]:
        del row
        return self.one(item)


@liberty()
class WholeSeconds(_Spells):
    """Timestamps are printed to the second, though more is kept and compared."""

    def spell(self, text: str) -> str:
        return text[:19] + "Z"


@liberty()
class NineDigits(_Spells):
    """Timestamps have nine digits after the point."""

    def spell(self, text: str) -> str:
        return text[:-1] + "000Z"


@liberty()
class SmallLetters(_Spells):
    """The letters of timestamps are small."""

    def spell(self, text: str) -> str:
        return text.lower()


@liberty()
class LocalTime(_Spells):
    """Timestamps are in the time of Jakarta, with its zone."""

    def spell(self, text: str) -> str:
        return datetime.fromisoformat(text).astimezone(_JAKARTA).isoformat()


@liberty()
class MoreFields(Printed):
    """Pages, records and items have fields that are not printed."""

    def whole(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "code": 200, "meta": {"took": 3}}

    def one(self, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "deleted_at": None, "id_text": str(record["id"])}

    def item(self, item: dict[str, Any], row: int) -> dict[str, Any]:
        return {**item, "price": None, "labels": [row], "client_response": None}


@liberty()
class ItemsInAnyOrder(Printed):
    """The items of a record are in the opposite order, and refer to another number."""

    def one(self, record: dict[str, Any]) -> dict[str, Any]:
        items = record["update_stock_history_item"][::-1]
        return {**record, "update_stock_history_item": items}

    def item(self, item: dict[str, Any], row: int) -> dict[str, Any]:
        return {**item, "update_stock_history_id": 1234 + row}


@liberty()
class NothingEmbedded(Printed):
    """The texts that hold JSON are empty."""

    def item(self, item: dict[str, Any], row: int) -> dict[str, Any]:
        del row
        return {**item, "remote_variant": "", "client_reponse": ""}


@liberty()
class TwoStoresOfAChannel(Printed):
    """Each channel has two stores, with an item for each."""

    def one(self, record: dict[str, Any]) -> dict[str, Any]:
        items = record["update_stock_history_item"]
        others = [{**item, "id": item["id"] + 5_000, "store_id": 8, "qty": 1} for item in items]
        return {**record, "update_stock_history_item": [*items, *others]}
