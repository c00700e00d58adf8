"""Variants of the independent SIRCLO server with one defect in how calls are taken."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from flask import Response, request
from sirclo_defects import defect
from sirclo_server import SircloServer

if TYPE_CHECKING:
    from sirclo_printing import Record

UPDATES = (
    "update.sync-stock",
    "update.sync-stock.both",
    "update.sync-stock.omitted",
    "update.boundaries",
)


# Credentials


@defect("history.ok", "history.auth", "method")
class PathAlone(SircloServer):
    """The signature covers the path and the body, but not the query."""

    def sign(self, uri: str, body: bytes) -> str:
        return super().sign(uri.partition("?")[0], body)


@defect("auth.secret.wrong.other-body")
class BodyNeedNotBeSigned(SircloServer):
    """A signature over the path is taken too."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return super().is_signed(given, uri, body) or given == self.sign(uri, b"")


@defect("history.auth")
class QueryNeedNotBeSigned(SircloServer):
    """A signature over the path alone is taken too."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        path = uri.partition("?")[0]
        return super().is_signed(given, uri, body) or given == self.sign(path, body)


@defect("update.ok", "auth.secret.wrong.other-body")
class SignedAgain(SircloServer):
    """The signature is checked over the body as the server would write it."""

    def sign(self, uri: str, body: bytes) -> str:
        try:
            body = json.dumps(json.loads(body), separators=(",", ":")).encode()
        except (ValueError, RecursionError):
            return super().sign(uri, body)
        return super().sign(uri, body)


@defect("history.ok")
class EncodedQuery(SircloServer):
    """The signature covers the query as it is encoded on the wire."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return given == self.sign(request.environ["REQUEST_URI"], body)


@defect("auth.partner-id.wrong", "auth.partner-id.missing", "history.auth")
class PartnerIgnored(SircloServer):
    """The partner's id is not looked at."""

    def is_partner(self, given: str) -> bool:
        return True


@defect("auth.partner-id.wrong")
class PartnerByPrefix(SircloServer):
    """A part of the partner's id will do."""

    def is_partner(self, given: str) -> bool:
        return len(given) > 8 and self.partner.startswith(given)


@defect("auth.secret.wrong.hex", "history.auth")
class HexTaken(SircloServer):
    """Hexadecimal digits are taken too."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return (
            super().is_signed(given, uri, body) or given == self.digest(uri.encode() + body).hex()
        )


@defect("auth.wrong")
class CaseIgnored(SircloServer):
    """Signatures are compared without regard to case."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return given.lower() == self.sign(uri, body).lower()


@defect("auth.wrong")
class ComparedInPart(SircloServer):
    """A signature that lacks its end is taken."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return len(given) > 30 and self.sign(uri, body).startswith(given)


@defect(
    "auth.secret.missing",
    *(
        f"auth.secret.wrong.{kind}"
        for kind in ("random", "other-key", "other-body", "other-uri", "hex")
    ),
    "auth.wrong",
    "history.auth",
)
class SecretIgnored(SircloServer):
    """The secret is not looked at."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return True


@defect("update.ok", "history.ok", *UPDATES, "method")
class KeyDecoded(SircloServer):
    """The key is decoded before it is used."""

    def sign(self, uri: str, body: bytes) -> str:
        printed, self.key = self.key, base64.b64decode(self.key).decode("latin-1")
        try:
            return super().sign(uri, body)
        finally:
            self.key = printed


# Updates


@defect("update.boundaries")
class BufferBelowAvailable(SircloServer):
    """A buffer that equals the available stock is refused."""

    def compare(self, buffer: int, available: int) -> None:
        super().compare(buffer + 1, available)


@defect("refuse.buffer.above-available", "refuse.available_stock.negative")
class BufferAboveAvailable(SircloServer):
    """A buffer may be above the available stock, whose sign nobody looks at."""

    def compare(self, buffer: int, available: int) -> None:
        return

    def not_negative(self, name: str, value: int) -> None:
        if name == "buffer_stock":
            super().not_negative(name, value)


@defect("refuse.buffer.above-available")
class BufferAboveByOne(SircloServer):
    """A buffer may be above the available stock by one."""

    def compare(self, buffer: int, available: int) -> None:
        super().compare(buffer - 1, available)


@defect("refuse.buffer_stock.negative", "refuse.available_stock.negative")
class NegativeTaken(SircloServer):
    """Stocks may be below zero."""

    def not_negative(self, name: str, value: int) -> None:
        return


@defect("refuse.second-channel")
class FirstChannelAlone(SircloServer):
    """Only the first channel is looked at."""

    def channel(self, index: int, channel: Any) -> None:
        if index == 0:
            super().channel(index, channel)

    def kept(self, channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"code": "", "qty": 0, **channel} for channel in channels]

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        qty = channel["qty"] if isinstance(channel["qty"], int) else 0
        return {**super().item(record, row, channel), "qty": qty}


@defect("refuse.qty.type", "refuse.qty.missing", "refuse.second-channel", "refuse.fraction")
class AnyQty(SircloServer):
    """A stock that is none counts as zero."""

    def channel(self, index: int, channel: Any) -> None:
        if isinstance(channel, dict) and not isinstance(channel.get("qty"), int):
            channel["qty"] = 0
        super().channel(index, channel)


@defect("update.ok", "response.schema", "update.distinct")
class EmptyCode(SircloServer):
    """An update gets an empty transaction code."""

    def accepted(self, code: Any) -> Response:
        return super().accepted("")


@defect("update.ok", "response.schema", "update.distinct", "history.shows-update")
class NumberAsCode(SircloServer):
    """An update gets a number as its transaction code."""

    def accepted(self, code: Any) -> Response:
        return super().accepted(20_210_209)


@defect("update.distinct")
class OneCode(SircloServer):
    """Every update gets the same transaction code."""

    def code(self) -> Any:
        return "591d4ab5-841e-499a-bfa2-99a4fb879e44"


@defect("update.sync-stock", "update.sync-stock.both")
class NoSync(SircloServer):
    """No form of sync_stock is taken."""

    def is_sync(self, value: Any) -> bool:
        return False


@defect("update.sync-stock.omitted", "update.ok", "update.boundaries")
class SyncRequired(SircloServer):
    """Without sync_stock an update is refused."""

    def sync(self, body: dict[str, Any]) -> None:
        if "sync_stock" not in body:
            self.wrong("sync_stock")


@defect("no-server-error", "refuse.sku.type", "refuse.warehouse.type", "refuse.code.type")
class BreaksOnNull(SircloServer):
    """A null in place of a SKU is not expected."""

    def text(self, body: dict[str, Any], name: str) -> None:
        if name in body and body[name] is None:
            raise TypeError(name)
        super().text(body, name)


@defect("no-server-error")
class BreaksOnHugeOffsets(SircloServer):
    """An offset that no column holds is not expected."""

    def count(self, name: str, default: int) -> int:
        value = super().count(name, default)
        return int.from_bytes(value.to_bytes(8))


@defect("response.content-type")
class UnlabelledAnswers(SircloServer):
    """Answers are labelled as text."""

    def json(self, status: int, value: Any) -> Response:
        return Response(json.dumps(value), status, mimetype="text/plain")


@defect("malformed-json")
class CutShort(SircloServer):
    """A body that lacks its end is completed."""

    def parse(self, raw: bytes) -> dict[str, Any]:
        return super().parse(raw if raw.endswith(b"}") else raw + b"}")


@defect("refuse.code.type")
class CodesOfAnyType(SircloServer):
    """A channel's code is turned into text."""

    def channel(self, index: int, channel: Any) -> None:
        if isinstance(channel, dict) and "code" in channel:
            channel["code"] = str(channel["code"])
        super().channel(index, channel)


@defect("refuse.fraction")
class FractionsAreCut(SircloServer):
    """A number that is not whole is cut."""

    def check(self, body: dict[str, Any]) -> None:
        channels = body.get("channel_stock")
        for part in (body, *(channels if isinstance(channels, list) else ())):
            for name, value in part.items() if isinstance(part, dict) else ():
                part[name] = int(value) if isinstance(value, float) else value
        super().check(body)


@defect("auth.secret.wrong.other-body")
class AnyLayoutOfTheBody(SircloServer):
    """A signature over the body in another layout is taken too."""

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        if super().is_signed(given, uri, body):
            return True
        try:
            compact = json.dumps(json.loads(body), separators=(",", ":")).encode()
        except (ValueError, RecursionError):
            return False
        return super().is_signed(given, uri, compact)
