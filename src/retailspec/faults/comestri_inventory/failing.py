"""Requests that a faulty server fails over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    LEFT_OUT,
    raw,
    send,
    status_of,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory

if TYPE_CHECKING:
    from retailspec.reference.base import Call
    from retailspec.reference.comestri import Product

__all__: list[str] = []


class _FailsToParse(ComestriInventory):
    """Fails over bodies that have some form."""

    pattern: ClassVar[bytes]
    status: ClassVar[int] = 500

    def parse(self, call: Call) -> dict[str, object]:
        if call.raw is not None and re.match(self.pattern, call.raw, re.DOTALL):
            self.refuse(self.status, "Something went wrong")
        return super().parse(call)


for _name, _says, _pattern, _status, _body in (
    ("FailsOnNull", "A body that is null is answered 500.", rb"\s*null", 500, b"null"),
    ("FailsOnAList", "A body that is a list is answered 500.", rb"\s*\[\s*\]", 500, b"[]"),
    ("FailsOnText", "A body that is a string is answered 502.", rb'\s*"', 502, b'"abc"'),
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
        b'{"inventory": ' + b"9" * 5_000 + b"}",
    ),
    (
        "FailsOnBrokenText",
        "A body that is not UTF-8 is answered 500.",
        rb".*\xc3[^\x80-\xbf]",
        500,
        b'{"inventory": "\xc3\x28"}',
    ),
):
    fault("no-server-error", raw(_body))(
        variant(_FailsToParse, _name, _says, pattern=_pattern, status=_status)
    )


@fault("no-server-error", raw(b'{"inventory": {"qty": 5}'))
class FailsOnAnOpenObject(ComestriInventory):
    """A body that ends before its last brace is answered 503."""

    def parse(self, call: Call) -> dict[str, object]:
        body = call.raw or b""
        if body.count(b"{") > body.count(b"}"):
            self.refuse(503, "Service unavailable")
        return super().parse(call)


class _FailsOnField(ComestriInventory):
    """Fails over wrong values of one field."""

    field: ClassVar[str]
    types: ClassVar[tuple[type, ...]]

    def check_field(self, field: str, value: object) -> object:
        if field == self.field and isinstance(value, self.types):
            self.refuse(500, "Something went wrong")
        return super().check_field(field, value)


_FIELDS: tuple[tuple[str, str, str, tuple[type, ...], object], ...] = (
    (
        "FailsOnSourceInAList",
        "A list as inventory_source is answered 500.",
        "inventory_source",
        (list,),
        ["a"],
    ),
    (
        "FailsOnObjectAsCode",
        "An object as product_code is answered 500.",
        "product_code",
        (dict,),
        {"value": "a"},
    ),
    ("FailsOnWordAsNumber", "A word as product_id is answered 500.", "product_id", (str,), "abc"),
    (
        "FailsOnObjectAsDate",
        "An object as stock_arrival_date is answered 500.",
        "stock_arrival_date",
        (dict,),
        {"value": "a"},
    ),
    ("FailsOnFractions", "A fraction as qty is answered 500.", "qty", (float,), 5.5),
    ("FailsOnWordAsCost", "A word as unit_cost is answered 500.", "unit_cost", (str,), "abc"),
)
for _name, _says, _field, _types, _value in _FIELDS:
    _named = {"product_id": LEFT_OUT} if _field == "product_code" else {}
    fault("no-server-error", status_of(**_named, **{_field: _value}))(
        variant(_FailsOnField, _name, _says, field=_field, types=_types)
    )


@fault("no-server-error", status_of(qty=None))
class FailsOnNullQty(ComestriInventory):
    """A qty that is null is answered 500, as one that the code goes on with."""

    def check_null(self, field: str) -> None:
        if field == "qty":
            self.refuse(500, "undefined method")
        super().check_null(field)


@fault("no-server-error", lambda probe: [send(probe).status_code for _ in range(25)])
class FailsNowAndThen(ComestriInventory):
    """Every twentieth call is answered 502."""

    calls = 0

    def authenticate(self, call: Call) -> str:
        self.calls += 1
        if self.calls % 20 == 0:
            self.refuse(502, "Bad gateway")
        return super().authenticate(call)


@fault("no-server-error", status_of(product_id=LEFT_OUT, product_code="NONE"))
class FailsOnUnknownCodes(ComestriInventory):
    """A product_code that no product has is answered 500."""

    def check_product(self, sent: dict[str, object]) -> Product:
        known = any(self.is_named(product, sent) for product in self.products)
        if "product_code" in sent and not known:
            self.refuse(500, "Something went wrong")
        return super().check_product(sent)
