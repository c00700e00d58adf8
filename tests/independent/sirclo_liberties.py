"""Variants of the independent SIRCLO server that still conform, with the advisories they cost."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from json import dumps
from typing import TYPE_CHECKING, Any

from flask import Response, request
from sirclo_server import SircloServer, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from sirclo_printing import Record

LIBERTIES: list[tuple[type[SircloServer], frozenset[str], frozenset[str]]] = []
"""Server, advisories that it costs, and rules that cannot be judged on it."""

AUTH_STATUS = (
    "auth.partner-id.missing.status",
    "auth.partner-id.wrong.status",
    "auth.secret.missing.status",
    *(
        f"auth.secret.wrong.{kind}.status"
        for kind in ("random", "other-key", "other-body", "other-uri", "hex")
    ),
    "history.auth.status",
)


def liberty(*costs: str, silent: tuple[str, ...] = ()) -> Callable[[type], type]:
    """Register a server that conforms with exactly these advisories."""

    def register(server: type) -> type:
        LIBERTIES.append((server, frozenset(costs), frozenset(silent)))
        return server

    return register


@liberty()
class AsDocumented(SircloServer):
    """Nothing is different."""


@liberty("update.sync-stock.both")
class BooleansOnly(SircloServer):
    """The form of the example is taken alone."""

    def is_sync(self, value: Any) -> bool:
        return isinstance(value, bool)


@liberty("update.sync-stock.both")
class TextsOnly(SircloServer):
    """The form of the table is taken alone."""

    def is_sync(self, value: Any) -> bool:
        return value in ("true", "false") and not isinstance(value, bool)


@liberty()
class NoDefaults(SircloServer):
    """Limit and offset are required, and so are the stocks."""

    def count(self, name: str, default: int) -> int:
        if name not in request.args:
            self.wrong(f"{name} is required")
        return super().count(name, default)


@liberty()
class OldestFirst(SircloServer):
    """New records come last."""

    def ordered(self, records: list[Record]) -> list[Record]:
        return super().ordered(records)[::-1]


@liberty()
class InNoParticularOrder(SircloServer):
    """The order is stable, and has nothing to do with time."""

    def ordered(self, records: list[Record]) -> list[Record]:
        return sorted(records, key=lambda one: str(one["code"]))


@liberty()
class ExclusiveFilter(SircloServer):
    """The instant itself is left out."""

    def matches(self, record: Record, since: datetime) -> bool:
        return bool(record["done"] > since)


@liberty("update.ok.status")
class Created(SircloServer):
    """An update is answered 201."""

    def accepted(self, code: Any) -> Response:
        return self.json(201, {"transaction_code": code})


@liberty("update.ok.status", "update.ok.uuid")
class Queued(SircloServer):
    """An update is answered 202, and named by a number in a text."""

    def code(self) -> Any:
        return f"TX-{time.monotonic_ns()}"

    def accepted(self, code: Any) -> Response:
        return self.json(202, {"transaction_code": code, "queued": True})


@liberty()
class MoreFields(SircloServer):
    """Answers, records and items have fields that the document does not know."""

    def json(self, status: int, value: Any) -> Response:
        return super().json(status, {**value, "code": status, "meta": {"took_ms": 3}})

    def show(self, record: Record) -> dict[str, Any]:
        return {**super().show(record), "deleted_at": None}

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {**super().item(record, row, channel), "price": None, "labels": []}


@liberty()
class OneTotal(SircloServer):
    """A filter does not lower the total."""

    def total(self, everything: list[Record], matching: list[Record], page: list[Record]) -> Any:
        return len(everything)


@liberty()
class NoTotalPastTheEnd(SircloServer):
    """A page past the end has no total, as a count over its rows gives it."""

    def total(self, everything: list[Record], matching: list[Record], page: list[Record]) -> Any:
        return len(matching) if page else 0


@liberty()
class NothingPastTheEnd(SircloServer):
    """A page past the end is not found."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        if offset > len(records):
            raise Wrong(404, "no such page")
        return super().cut(records, offset, limit)


@liberty()
class NeverASlash(SircloServer):
    """Paths are signed without their first slash."""

    options = {"leading_slash": "never"}  # noqa: RUF012 - never changed

    def sign(self, uri: str, body: bytes) -> str:
        return super().sign(uri.removeprefix("/"), body)


@liberty()
class SlashAsPrinted(SircloServer):
    """Only what GET calls is signed with its first slash; a DELETE follows the POST."""

    options = {"leading_slash": "as-printed"}  # noqa: RUF012 - never changed

    def sign(self, uri: str, body: bytes) -> str:
        return super().sign(uri if request.method == "GET" else uri.removeprefix("/"), body)


@liberty()
class SlowHistory(SircloServer):
    """An update shows a good while later."""

    delay = 0.25


@liberty()
class EmptyHistory(SircloServer):
    """There is no record but those that the run leaves, and they come late."""

    seeded = 0
    delay = 0.15


@liberty()
class SlowChannels(SircloServer):
    """A record shows at once, and its items one by one; it is updated with each."""

    def show(self, record: Record) -> dict[str, Any]:
        shown = super().show(record)
        shown["update_stock_history_item"] = shown["update_stock_history_item"][: self.done(record)]
        return shown

    def done(self, record: Record) -> int:
        return 1 + int((time.monotonic() - record["shows"]) / 0.1)

    def stamps(self, record: Record) -> dict[str, Any]:
        steps = min(self.done(record), len(record["channels"]))
        late = self.stamp(record["done"] + timedelta(seconds=0.1 * (steps - 1)))
        return {**super().stamps(record), "updated_at": late, "finished_at": late}

    def matches(self, record: Record, since: datetime) -> bool:
        return datetime.fromisoformat(self.stamps(record)["updated_at"]) >= since


@liberty("history.echo")
class ShortPages(SircloServer):
    """No page has more than three records, and the answer says so."""

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return super().cut(records, offset, min(limit, 3))

    def page(self, page: list[Record], total: Any, offset: int, limit: int) -> Response:
        return super().page(page, total, offset, min(limit, 3))


@liberty()
class GrowingHistory(SircloServer):
    """Others update too, for a while: the first reads each find a record more."""

    grows = 14

    def history(self) -> Response:
        if self.reads < self.grows:
            body = {"sku": "x", "warehouse": "default", "channel_stock": []}
            record = self.record(self.code(), body, datetime.now(UTC), timedelta(seconds=0))
            self.records.append(record)
        return super().history()


@liberty(silent=("history.offset", "history.total"))
class RestlessHistory(GrowingHistory):
    """Others update all the time, between any two reads."""

    grows = 1_000_000


@liberty()
class WholeSeconds(SircloServer):
    """Timestamps are printed to the second, though more is kept and compared."""

    def stamp(self, moment: datetime) -> str:
        return super().stamp(moment.replace(microsecond=0))


@liberty()
class LocalTime(SircloServer):
    """Timestamps are those of Jakarta."""

    def stamp(self, moment: datetime) -> str:
        return moment.astimezone(timezone(timedelta(hours=7))).isoformat()


@liberty()
class NoFractionsOrZones(SircloServer):
    """An instant is taken in the form of the example alone."""

    def since(self, text: str | None) -> datetime | None:
        if text is not None and len(text) != len("2021-02-05T15:04:05Z"):
            self.wrong("updated_at")
        return super().since(text)


@liberty(*AUTH_STATUS)
class Forbidden(SircloServer):
    """Wrong credentials are answered 403, and every error with a page."""

    def unauthorized(self, text: str) -> Response:
        return self.problem(403, text)

    def problem(self, status: int, text: str) -> Response:
        return Response(f"<h1>{text}</h1>", status, mimetype="text/html")


@liberty()
class ZeroWherePermitted(SircloServer):
    """What is required and has a default may be left out; a negative qty is refused."""

    def stock(self, body: dict[str, Any], name: str) -> int:
        return super().stock({name: 0, **body}, name)

    def integer(self, value: Any, name: str) -> int:
        if name == "qty" and isinstance(value, int) and value < 0:
            self.wrong(name)
        return super().integer(value, name)


@liberty()
class IndentedAnswers(SircloServer):
    """Answers are indented, and their keys sorted."""

    def json(self, status: int, value: Any) -> Response:
        text = dumps(value, indent=2, sort_keys=True)
        return Response(text, status, content_type="application/json; charset=utf-8")
