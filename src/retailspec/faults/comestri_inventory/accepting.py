"""Calls that the document allows and a faulty server does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    FULL,
    LEFT_OUT,
    pascal,
    send,
    status_of,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.base import Answer
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS, REQUIRED

if TYPE_CHECKING:
    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call
    from retailspec.reference.comestri import Product

__all__: list[str] = []

_CODE = "OIL-5W40-1L"
_BY_CODE = {"product_id": LEFT_OUT, "product_code": _CODE}


class _RefusesNull(ComestriInventory):
    field: ClassVar[str]

    def check_null(self, field: str) -> None:
        if field == self.field:
            self.invalid(f"Invalid parameter inventory[{field}]: Must not be nil")
        super().check_null(field)


for _field in (one for one in FIELDS if one not in REQUIRED):
    _named = {"product_id": {"product_code": _CODE}}.get(_field, {})
    fault("create.nulls", status_of(**_named, **{_field: None}))(
        variant(
            _RefusesNull,
            f"{pascal(_field)}MayNotBeNull",
            f"A {_field} that is null is refused.",
            field=_field,
        )
    )


class _RefusesValue(ComestriInventory):
    field: ClassVar[str]
    value: ClassVar[str]

    def enumeration(self, field: str) -> tuple[str, ...]:
        values = super().enumeration(field)
        return tuple(one for one in values if (field, one) != (self.field, self.value))


for _field, _values in ENUMERATIONS.items():
    for _value in _values:
        fault("create.enums", status_of(**{_field: _value}))(
            variant(
                _RefusesValue,
                f"{pascal(_field)}{pascal(_value)}Refused",
                f"The {_field} {_value} is refused, the other values are taken.",
                field=_field,
                value=_value,
            )
        )


@fault("create.enums", status_of(style="static"))
class StylesInCapitals(ComestriInventory):
    """The styles are known in capitals only."""

    def enumeration(self, field: str) -> tuple[str, ...]:
        values = super().enumeration(field)
        return tuple(one.upper() for one in values) if field == "style" else values


@fault("create.enums", status_of(lead_time_unit="days"))
class UnitsOfBothTimesAreOneList(ComestriInventory):
    """A lead_time_unit is looked up in the list of dispatch_time_unit."""

    def enumeration(self, field: str) -> tuple[str, ...]:
        return super().enumeration(field.replace("lead_", "dispatch_"))


@fault("create.nulls", status_of(product_code=None))
class NullCodeIsACode(ComestriInventory):
    """A product_code that is null beside a product_id counts as naming the product twice."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        inventory = body["inventory"]
        if isinstance(inventory, dict) and {"product_id", "product_code"} <= inventory.keys():
            self.both_products()
        return sent


@fault("create.minimal", status_of())
class SkuIsRequired(ComestriInventory):
    """A call without a sku is refused."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if isinstance(body["inventory"], dict):
            self.check_required(body["inventory"], "sku")
        return sent


@fault("create.minimal", status_of())
class QtyIsNotEnough(ComestriInventory):
    """A call with a qty and no available_qty is refused."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if isinstance(body["inventory"], dict):
            self.check_required(body["inventory"], "available_qty")
        return sent


@fault("create.minimal.status", status_of())
class TakenForLater(ComestriInventory):
    """A success is answered 202."""

    success_status = 202


@fault("create.minimal.status", status_of())
class TakenAsAnother(ComestriInventory):
    """A success is answered 203."""

    success_status = 203


@fault("create.by-product-id", status_of())
class NumbersAreNotLookedUp(ComestriInventory):
    """A product is found by its code only."""

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        return "product_code" in sent and super().is_named(product, sent)


@fault("create.by-product-id", status_of(qty=6))
class NumbersAreOneOff(ComestriInventory):
    """A product is looked up under the number below its own."""

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        number = sent.get("product_id")
        below = {"product_id": number - 1} if isinstance(number, int) else {}
        return super().is_named(product, {**sent, **below})


@fault("create.by-product-code", status_of(**_BY_CODE))
class CodesAreNotLookedUp(ComestriInventory):
    """A product is found by its number only."""

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        return "product_id" in sent and super().is_named(product, sent)


@fault("create.by-product-code", status_of(**_BY_CODE))
class CodesInSmallLetters(ComestriInventory):
    """A product_code is put in small letters before it is compared with the codes in capitals."""

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        code = sent.get("product_code")
        small = {"product_code": code.lower()} if isinstance(code, str) else {}
        return super().is_named(product, {**sent, **small})


@fault("create.by-product-code", status_of(**_BY_CODE))
class NumberIsRequired(ComestriInventory):
    """A product_id has to be there, be it null, even where a product_code names the product."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if isinstance(body["inventory"], dict):
            self.check_required(body["inventory"], "product_id")
        return sent


@fault("create.full", status_of(**FULL))
class ArrivalOnlyWhereOutOfStock(ComestriInventory):
    """A stock_arrival_date is refused beside the stock_availability in_stock."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if "stock_arrival_date" in sent and sent.get("stock_availability") == "in_stock":
            self.invalid("There is stock already")
        return sent


@fault("create.full", status_of(**FULL))
class FieldsAreCounted(ComestriInventory):
    """A call with more than sixteen fields is refused."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if len(sent) > 16:
            self.invalid("Too many parameters")
        return sent


@fault("create.full", status_of(unit_cost=12.5))
class CostsAreWhole(ComestriInventory):
    """A unit_cost with a fraction is refused."""

    def check_numeric(self, field: str, value: object) -> int | float:
        return self.check_integer(field, value)


@fault("create.full", status_of(lead_time=0))
class LeadTimeZeroIsBlank(ComestriInventory):
    """A lead_time of zero is refused as if it were blank."""

    def check_integer(self, field: str, value: object) -> int:
        number = super().check_integer(field, value)
        if field == "lead_time" and number == 0:
            self.invalid("Invalid parameter inventory[lead_time]: Must not be blank")
        return number


@fault("create.full", status_of(stock_arrival_date="2016-05-30T05:13:26Z"))
class DatesWithoutTime(ComestriInventory):
    """A stock_arrival_date with a time is refused, although the document prints one."""

    def check_timestamp(self, field: str, value: object) -> str:
        text = super().check_timestamp(field, value)
        if field == "stock_arrival_date" and "T" in text:
            self.invalid("Invalid parameter inventory[stock_arrival_date]: Must be a date")
        return text


@fault("create.qty-zero", status_of(qty=0))
class ZeroIsBlank(ComestriInventory):
    """A qty of zero is refused as if it were missing."""

    def check_integer(self, field: str, value: object) -> int:
        number = super().check_integer(field, value)
        if field == "qty" and number == 0:
            self.invalid("Missing parameter inventory[qty]")
        return number


def _three(probe: Probe) -> list[int]:
    return [send(probe, qty=qty).status_code for qty in (5, 0, 0)]


@fault("create.qty-zero", _three)
class ZeroMakesNoInventory(ComestriInventory):
    """Inventory that is there cannot be set to zero."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        known = bool(self.inventories)
        if known and self.check_inventory(body)["qty"] == 0:
            self.invalid("Nothing would be left")
        return await super().create(call, body)


@fault("response.status", status_of(product_id=LEFT_OUT, product_code=_CODE))
class ElsewhereByCode(ComestriInventory):
    """A call that names its product by its code is redirected, with 303."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().create(call, body)
        if "product_code" in self.check_inventory(body):
            return Answer(303, answer.body, {"Location": "/api/v2/inventories/1"})
        return answer


@fault("response.status", lambda probe: [send(probe).status_code for _ in range(2)])
class ConflictWithItself(ComestriInventory):
    """Inventory that is there with the same qty already is answered 409."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        known = self.inventories.get((source, product.id))
        if known is not None and known["qty"] == sent["qty"]:
            self.refuse(409, "Nothing would change")
        return super().apply(source, product, sent)


@fault("response.status", status_of(unit_cost=None))
class BadRequestOnNullCost(ComestriInventory):
    """A unit_cost that is null is answered 400, which is not listed."""

    def check_null(self, field: str) -> None:
        if field == "unit_cost":
            self.refuse(400, "Bad request")
        super().check_null(field)
