"""Parameters that a lenient parser makes something of, and values that it fails over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    LEFT_OUT,
    pascal,
    raw,
    status_of,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


class _Lenient(ComestriInventory):
    """Makes something of values of one field that are of some other type."""

    field: ClassVar[str]
    kind: ClassVar[type]
    made: ClassVar[Callable[[Any], Any]]

    def check_field(self, field: str, value: object) -> object:
        if field == self.field and isinstance(value, self.kind):
            value = type(self).made(value)
        return super().check_field(field, value)


def _lenient(
    rule: str, field: str, name: str, says: str, kind: type, value: object, made: Any
) -> None:
    fault(rule, status_of(**{field: value}))(
        variant(
            _Lenient,
            f"{pascal(field)}{name}",
            says,
            field=field,
            kind=kind,
            made=staticmethod(made),
        )
    )


def _leading(value: str) -> object:
    digits = re.match(r"\d+", value)
    return int(digits[0]) if digits else value


for _field, _kind in FIELDS.items():
    if _kind not in {"integer", "numeric"}:
        continue
    _rule = f"refuse.{_field}.type"
    _lenient(
        *(_rule, _field, "FromAListOfOne", f"Of a list as {_field} the first number is taken."),
        *(list, [1], lambda value: value[0]),
    )
    _lenient(
        *(_rule, _field, "OfItsFirstDigits", f"A {_field} is read up to its last digit."),
        *(str, "1 or so", _leading),
    )
    _lenient(
        *("refuse.boolean", _field, "OfATruth", f"A truth value as {_field} counts as one."),
        *(bool, True, int),
    )
for _field, _values in ENUMERATIONS.items():
    _rule = f"refuse.{_field}.value"
    _lenient(
        *(_rule, _field, "ByItsNumber", f"A {_field} may be the number of a listed value."),
        *(int, 0, lambda value, values=_values: values[value]),
    )
    _lenient(
        *(_rule, _field, "FromAListOfOne", f"Of a list as {_field} the first value is taken."),
        *(list, [_values[0]], lambda value: value[0]),
    )


class _FailsOnValue(ComestriInventory):
    """Fails over some values of one field."""

    field: ClassVar[str]
    fits: ClassVar[Callable[[Any], bool]]

    def check_field(self, field: str, value: object) -> object:
        if field == self.field and type(self).fits(value):
            self.refuse(500, "Something went wrong")
        return super().check_field(field, value)


_HUGE = 99999999999999999999
for _field, _name, _says, _value in (
    ("qty", "FailsAbove64Bits", "A qty above 64 bits is answered 500.", _HUGE),
    ("qty", "FailsAbove32Bits", "A qty above 32 bits is answered 500.", 4294967301),
    ("qty", "FailsBelowZero", "A qty below zero is answered 500, by the database.", -1),
    ("product_id", "FailsOnHugeProducts", "A product_id above 64 bits is answered 500.", _HUGE),
    ("dispatch_time", "FailsOnHugeTimes", "A dispatch_time above 64 bits is answered 500.", _HUGE),
    ("unit_cost", "FailsOnHugeCosts", "A unit_cost above any sum is answered 500.", 1e300),
    ("inventory_source", "FailsOnNoSource", "An empty inventory_source is answered 500.", ""),
    ("sku", "FailsOnEmptySku", "An empty sku is answered 500.", ""),
    ("style", "FailsOnEmptyStyle", "An empty style is answered 500.", ""),
    ("stock_arrival_date", "FailsOnEmptyDates", "An empty date is answered 500.", ""),
    (
        *("stock_arrival_date", "FailsOnTheYear0", "A date in the year 0 is answered 500."),
        "0000-01-01T00:00:00Z",
    ),
):
    fault("no-server-error", status_of(**{_field: _value}))(
        variant(
            _FailsOnValue,
            _name,
            _says,
            field=_field,
            fits=staticmethod(lambda value, bad=_value: value == bad),
        )
    )


class _FailsOnBody(ComestriInventory):
    """Fails over some bodies."""

    bad: ClassVar[bytes]

    def parse(self, call: Call) -> dict[str, object]:
        if call.raw == self.bad:
            self.refuse(500, "Something went wrong")
        return super().parse(call)


for _name, _says, _body in (
    ("FailsOnNothing", "An empty body is answered 500.", b""),
    ("FailsOnANumber", "A body that is a number is answered 500.", b"5"),
    ("FailsOnNoParameter", "An empty object is answered 500.", b"{}"),
    ("FailsOnNoField", "An empty inventory is answered 500.", b'{"inventory":{}}'),
):
    fault("no-server-error", raw(_body, **{"Content-Type": "application/json"}))(
        variant(_FailsOnBody, _name, _says, bad=_body)
    )


@fault("no-server-error", status_of(note="abc"))
class FailsOnUnknownFields(ComestriInventory):
    """A field that is not known is answered 500."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        inventory = body.get("inventory")
        if isinstance(inventory, dict) and "note" in inventory:
            self.refuse(500, "Something went wrong")
        return super().check_inventory(body)


@fault("no-server-error", status_of(product_id=LEFT_OUT))
class FailsOnNoProduct(ComestriInventory):
    """A call that names no product is answered 500."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if not {"product_id", "product_code"} & sent.keys():
            self.refuse(500, "undefined method")
        return sent


class _Dates(ComestriInventory):
    """Takes some texts for a date that are none."""

    pattern: ClassVar[str]

    def is_timestamp(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None or super().is_timestamp(text)


for _name, _says, _pattern, _value in (
    ("SecondsAreADate", "A date may be seconds since 1970.", r"\d{10}", "1464585206"),
    (
        "AnyHourIsADate",
        "A date may have any hour.",
        r"\d{4}-(0\d|1[0-2])-\d\dT\d\d:.*",
        "2016-05-30T25:13:26Z",
    ),
):
    fault("dates.format", status_of(stock_arrival_date=_value))(
        variant(_Dates, _name, _says, pattern=_pattern)
    )


def _unreadable(probe: Probe) -> int:
    return probe.call("create", {}, headers={"Authorization": "abc"}).status_code


@fault("no-server-error", _unreadable)
class FailsOnOtherCredentials(ComestriInventory):
    """Credentials in no known form are answered 500."""

    def authenticate(self, call: Call) -> str:
        if "=" not in (call.headers.get("Authorization") or "="):
            self.refuse(500, "Something went wrong")
        return super().authenticate(call)
