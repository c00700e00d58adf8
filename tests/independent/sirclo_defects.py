"""Variants of the independent SIRCLO server with one defect each, and the rules that it breaks."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, request
from sirclo_server import SircloServer, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from sirclo_printing import Record

DEFECTS: list[tuple[type[SircloServer], str, frozenset[str]]] = []
"""Server, the rule that catches it, and the others that it breaks too."""


def defect(rule: str, *others: str) -> Callable[[type], type]:
    """Register a server that breaks a rule, and others with it."""

    def register(server: type) -> type:
        DEFECTS.append((server, rule, frozenset(others)))
        return server

    return register


# Pages


@defect("history.limit")
class LimitAndOne(SircloServer):
    """A page has a record more than its limit."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset, limit + 1)


@defect("history.limit")
class LimitIgnored(SircloServer):
    """A page has all the rest."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return records[offset:]


@defect("history.offset")
class LimitButOne(SircloServer):
    """A page has a record less than its limit, so that turning pages skips one."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset, max(0, limit - 1))


@defect("history.offset")
class OffsetAsPageNumber(SircloServer):
    """The offset counts pages."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset * limit, limit)


@defect("history.offset", "history.total")
class OffsetIgnored(SircloServer):
    """Every page is the first one."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, 0, limit)


@defect("history.offset", "history.total")
class OffsetFromOne(SircloServer):
    """The offset counts from one."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, max(0, offset - 1), limit)


@defect("history.offset", "history.total")
class LastPageAgain(SircloServer):
    """A page past the end is the last one again."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, min(offset, max(0, len(records) - limit)), limit)


@defect("history.offset", "history.total")
class OffsetIgnoredBesideTheFilter(SircloServer):
    """Of the filtered history every page is the first one."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, 0 if "updated_at" in request.args else offset, limit)


@defect("history.offset")
class PagesOutOfOrder(SircloServer):
    """Each page is sorted for itself."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset, limit)[::-1]


@defect("history.offset")
class Shuffled(SircloServer):
    """Each read has an order of its own."""

    def ordered(self, records: list[Record]) -> list[Record]:
        return sorted(records, key=lambda _: secrets.randbits(30))


@defect("history.total")
class TotalOfThePage(SircloServer):
    """The total counts the page."""

    def total(self, everything: list[Record], matching: list[Record], page: list[Record]) -> Any:
        return len(page)


@defect("history.total")
class TotalOfTheRest(SircloServer):
    """The total counts what follows the offset."""

    def total(self, everything: list[Record], matching: list[Record], page: list[Record]) -> Any:
        return len(matching) - int(request.args.get("offset", 0))


@defect("history.echo")
class EchoOfTheCount(SircloServer):
    """The limit of an answer is the number of its records."""

    def page(self, page: list[Record], total: Any, offset: int, limit: int) -> Response:
        return super().page(page, total, offset, len(page))


# The filter


@defect("history.updated_at")
class FilterIgnored(SircloServer):
    """The filter is not looked at."""

    def matches(self, record: Record, since: datetime) -> bool:
        return True


@defect("history.updated_at")
class FilterTurned(SircloServer):
    """What is earlier is left."""

    def matches(self, record: Record, since: datetime) -> bool:
        return bool(record["done"] <= since)


@defect("history.updated_at")
class FilterDropsTheNewest(SircloServer):
    """The filter leaves out the last hours too."""

    def matches(self, record: Record, since: datetime) -> bool:
        recent = record["done"] > datetime.now(UTC) - timedelta(hours=3)
        return super().matches(record, since) and not recent


@defect("history.updated_at")
class FilterOnCreation(SircloServer):
    """The filter looks at when a record was created."""

    def matches(self, record: Record, since: datetime) -> bool:
        return bool(record["made"] >= since)


@defect("history.updated_at")
class FilterWithoutZone(SircloServer):
    """The zone of the instant is not looked at."""

    def matches(self, record: Record, since: datetime) -> bool:
        return super().matches(record, since.replace(tzinfo=UTC))


@defect("history.invalid.updated_at.value")
class AnyInstant(SircloServer):
    """What is no instant is taken for none."""

    def since(self, text: str | None) -> datetime | None:
        try:
            return super().since(text)
        except Wrong:
            return None


@defect("history.invalid.limit.type", "history.invalid.offset.type")
class AnyCount(SircloServer):
    """What is no number is taken for the default."""

    def count(self, name: str, default: int) -> int:
        text = request.args.get(name, "")
        return default if text.isalpha() else super().count(name, default)


@defect("history.invalid.limit.negative", "history.invalid.offset.negative")
class NegativeCount(SircloServer):
    """A negative number is taken for its amount."""

    def count(self, name: str, default: int) -> int:
        text = request.args.get(name, "")
        return int(text[1:]) if text.startswith("-") else super().count(name, default)


# Records


@defect("history.shows-update")
class SecondChannelLost(SircloServer):
    """A record has an item for the first channel alone."""

    def kept(self, channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return channels[:1]


@defect("history.shows-update")
class FirstQtyEverywhere(SircloServer):
    """Every channel shows the stock of the first."""

    def kept(self, channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**channel, "qty": channels[0]["qty"]} for channel in channels]


@defect("history.shows-update")
class OtherCode(SircloServer):
    """The history names an update otherwise than the answer did."""

    def show(self, record: Record) -> dict[str, Any]:
        return {**super().show(record), "transaction_code": f"{record['code']}x"}


@defect("history.shows-update")
class WarehouseLost(SircloServer):
    """The history shows a warehouse that was not sent."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {**super().item(record, row, channel), "warehouse_name": "Default"}


@defect("history.shows-update")
class NeverShown(SircloServer):
    """Updates do not reach the history."""

    delay = 3600.0


@defect("history.ok", "response.schema", "history.shows-update")
class QtyAsText(SircloServer):
    """The stock of an item is a text."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {**super().item(record, row, channel), "qty": str(channel["qty"])}


@defect("history.ok", "response.schema")
class SpelledRight(SircloServer):
    """The misspelt field has the name that it should have had."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        item = super().item(record, row, channel)
        item["client_response"] = item.pop("client_reponse")
        return item


@defect("history.timestamps")
class NoZone(SircloServer):
    """Timestamps have no zone."""

    def stamp(self, moment: datetime) -> str:
        return super().stamp(moment).removesuffix("Z")


@defect("history.timestamps")
class BlankFinish(SircloServer):
    """The items' last timestamp is in another form."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {**super().item(record, row, channel), "finished_at": "2021-02-09 03:18:52"}


@defect("history.timeline")
class TurnedTimeline(SircloServer):
    """The items are created after they are updated."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        late = self.stamp(record["done"] + timedelta(seconds=1))
        return {**super().item(record, row, channel), "created_at": late}


@defect("history.embedded-json")
class PrintedDictionaries(SircloServer):
    """What should be JSON in a text is written in another language."""

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {**super().item(record, row, channel), "remote_variant": "{'item_id': 12346}"}


@defect("history.updated_at")
class ByTheMinute(SircloServer):
    """The filter compares the minute of the instant."""

    def matches(self, record: Record, since: datetime) -> bool:
        minute: datetime = record["done"].replace(second=0, microsecond=0)
        return minute >= since.replace(second=0, microsecond=0)


@defect("history.updated_at")
class AfterTheSecond(SircloServer):
    """The filter leaves out the second that the instant is in."""

    def matches(self, record: Record, since: datetime) -> bool:
        return int(record["done"].timestamp()) > int(since.timestamp())


@defect("history.limit")
class TwoAtLeast(SircloServer):
    """A page of one record has two."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset, max(limit, 2))
