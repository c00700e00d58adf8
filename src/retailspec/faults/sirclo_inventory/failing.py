"""Requests that a faulty server fails over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.callers import called
from retailspec.faults.sirclo_inventory.probes import (
    LEFT_OUT,
    channels,
    raw,
    status_of,
    update,
)
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant
from retailspec.reference.typed import as_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from retailspec.reference.base import Call
    from retailspec.reference.sirclo_history import ChannelStock, StockUpdate

__all__: list[str] = []


class _FailsToParse(Prompt):
    """Fails over bodies that have some form."""

    pattern: ClassVar[bytes]
    status: ClassVar[int] = 500

    def parse(self, call: Call) -> dict[str, object]:
        if re.match(self.pattern, call.raw or b"", re.DOTALL):
            self.refuse(self.status, "Something went wrong")
        return super().parse(call)


_DIGITS = b"9" * 5_000
for _name, _says, _pattern, _status, _body in (
    ("FailsOnNull", "A body that is null is answered 500.", rb"\s*null", 500, b"null"),
    ("FailsOnNothing", "An empty body is answered 500.", rb"\Z", 500, b""),
    ("FailsOnANumber", "A body that is a number is answered 500.", rb"\d", 500, b"5"),
    ("FailsOnNoField", "An empty object is answered 500.", rb"\{\}", 500, b"{}"),
    ("FailsOnAList", "A body that is a list is answered 500.", rb"\s*\[\s*\]", 500, b"[]"),
    (
        "FailsOnDeepNesting",
        "A body that nests deeper than a hundred lists is answered 500.",
        rb"\[{100}",
        500,
        b"[" * 20_000 + b"]" * 20_000,
    ),
    (
        "FailsOnHugeNumbers",
        "A number of thousands of digits is answered 500.",
        rb".*\d{4301}",
        500,
        b'{"available_stock": ' + _DIGITS + b"}",
    ),
    (
        "FailsOnBrokenText",
        "A body that is not UTF-8 is answered 500.",
        rb".*\xc3[^\x80-\xbf]",
        500,
        b'{"sku": "\xc3\x28"}',
    ),
):
    seed("no-server-error", raw(_body, label="application/json"))(
        variant(_FailsToParse, _name, _says, pattern=_pattern, status=_status)
    )


class _FailsOn(Prompt):
    """Fails over updates that say something."""

    fits: ClassVar[Callable[[dict[str, Any]], bool]]

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        if type(self).fits(body):
            self.refuse(500, "Something went wrong")
        return super().check_update(body)


def _first(body: Mapping[str, Any]) -> Any:
    stock = body.get("channel_stock")
    return stock[0] if isinstance(stock, list) and stock else {}


def _is(field: str, value: object) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: field in body and body[field] == value


for _field in ("warehouse", "available_stock", "buffer_stock", "sync_stock"):
    seed("no-server-error", status_of(**{_field: None}))(
        variant(
            _FailsOn,
            f"FailsOnNull{pascal(_field)}",
            f"A {_field} that is null is answered 500.",
            fits=_is(_field, None),
        )
    )
for _field in ("available_stock", "buffer_stock"):
    seed("no-server-error", status_of(**{_field: LEFT_OUT}))(
        variant(
            _FailsOn,
            f"FailsWithout{pascal(_field)}",
            f"An update without {_field} is answered 500.",
            fits=lambda body, field=_field: field not in body,
        )
    )

for _name, _says, _fits, _changes in (
    (
        "FailsOnWordAsChannel",
        "A channel that is a word is answered 500.",
        lambda body: isinstance(_first(body), str),
        {"channel_stock": ["bklp"]},
    ),
    (
        "FailsOnNullQty",
        "A qty that is null is answered 500.",
        lambda body: isinstance(_first(body), dict) and _first(body).get("qty", 0) is None,
        {"channel_stock": [{"code": "bklp", "qty": None}]},
    ),
    (
        "FailsBelowZero",
        "A qty below zero is answered 500, by the database.",
        lambda body: isinstance(_first(body), dict) and _first(body).get("qty") == -1,
        {"channel_stock": [{"code": "bklp", "qty": -1}]},
    ),
    (
        "FailsAbove64Bits",
        "An available_stock above 64 bits is answered 500.",
        lambda body: as_integer(body.get("available_stock")) == 99999999999999999999,
        {"available_stock": 99999999999999999999},
    ),
    (
        "FailsOnChannelsTwice",
        "A channel that is named twice is answered 500, by the database.",
        lambda body: (
            [one.get("code") for one in body["channel_stock"]] == ["bklp", "bklp"]
            if isinstance(body.get("channel_stock"), list)
            and all(isinstance(one, dict) for one in body["channel_stock"])
            else False
        ),
        {"channel_stock": channels("bklp", "bklp")},
    ),
    (
        "FailsOnOtherSync",
        "Another sync_stock is answered 500.",
        _is("sync_stock", "maybe"),
        {"sync_stock": "maybe"},
    ),
    (
        "FailsOnUnknownFields",
        "A field that is not known is answered 500.",
        lambda body: "note" in body,
        {"note": "abc"},
    ),
    (
        "FailsOnNullSku",
        "A sku that is null is answered 500.",
        lambda body: "sku" in body and body["sku"] is None,
        {"sku": None},
    ),
    (
        "FailsOnNullChannels",
        "A channel_stock that is null is answered 500.",
        lambda body: "channel_stock" in body and body["channel_stock"] is None,
        {"channel_stock": None},
    ),
    (
        "FailsOnNullChannel",
        "A channel that is null is answered 500.",
        lambda body: _first(body) is None,
        {"channel_stock": [None]},
    ),
    (
        "FailsOnWordAsStock",
        "A word as available_stock is answered 500.",
        lambda body: isinstance(body.get("available_stock"), str),
        {"available_stock": "many"},
    ),
    (
        "FailsOnObjectAsSku",
        "An object as sku is answered 500.",
        lambda body: isinstance(body.get("sku"), dict),
        {"sku": {}},
    ),
    (
        "FailsOnHighBuffers",
        "A buffer above the available stock is answered 500, by the database.",
        lambda body: body.get("buffer_stock") in {31, 1},
        {"available_stock": 30, "buffer_stock": 31},
    ),
    (
        "FailsOnTwoChannels",
        "An update of several channels is answered 500.",
        lambda body: isinstance(body.get("channel_stock"), list) and len(body["channel_stock"]) > 1,
        {"channel_stock": channels("bklp", "blib")},
    ),
):
    seed("no-server-error", status_of(**_changes))(variant(_FailsOn, _name, _says, fits=_fits))


class _FailsOnCallers(Prompt):
    """Fails over some callers."""

    fits: ClassVar[Callable[[Call, str], bool]]

    def authenticate(self, call: Call) -> str:
        if type(self).fits(call, self.credentials["partner_id"]):
            self.refuse(500, "Something went wrong")
        return super().authenticate(call)


def _nothing(*_: object) -> None:
    return None


for _name, _says, _caller, _probe in (
    (
        "FailsOnNoPartner",
        "A call without a partner-id is answered 500.",
        lambda call, _: "partner-id" not in call.headers,
        called(partner=_nothing),
    ),
    (
        "FailsOnUnknownPartners",
        "A partner that is not known is answered 500.",
        lambda call, right: call.headers.get("partner-id", right) != right,
        called(partner=lambda right: right + "x"),
    ),
    (
        "FailsOnShortSecrets",
        "A secret of fewer than four characters is answered 500.",
        lambda call, _: 0 < len(call.headers.get("secret", "")) < 4,
        called(signer=lambda *_: "A"),
    ),
    (
        "FailsOnLongSecrets",
        "A secret of more than 44 characters is answered 500.",
        lambda call, _: len(call.headers.get("secret", "")) > 44,
        called(signer=lambda *_: "0" * 64),
    ),
):
    seed("no-server-error", _probe)(variant(_FailsOnCallers, _name, _says, fits=_caller))


@seed("no-server-error", lambda probe: [update(probe).status_code for _ in range(12)])
class FailsNowAndThen(Prompt):
    """Every ninth update is answered 502."""

    count = 0

    def check_channels(self, value: object) -> list[ChannelStock]:
        self.count += 1
        if self.count % 9 == 0:
            self.refuse(502, "Bad gateway")
        return super().check_channels(value)


@seed("no-server-error", called(method="PUT"))
class FailsOnOtherMethods(Prompt):
    """Methods that are not documented are answered 501."""

    def check_method(self, call: Call) -> None:
        if call.method not in call.operation.methods:
            self.refuse(501, "Not implemented")
