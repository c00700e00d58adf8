"""Variations of the omni-inventory server that conform all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from retailspec.faults.model import liberty
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni import REQUIRED, Problem
from retailspec.reference.omni_inventory import (
    NOT_A_LIST,
    NOT_A_NUMBER,
    STORE_NOT_FOUND,
    Line,
    OmniInventory,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from retailspec.reference.base import Call

__all__: list[str] = []

_STATUSES = (
    "store_code.empty.status",
    "store_code.unknown.status",
    "store_code.missing.status",
    "variant_code.empty.status",
    "variant_code.unknown.status",
    "variant_code.missing.status",
    "price.empty.status",
    "price.invalid.status",
    "price.missing.status",
)


@liberty(*_STATUSES)
class BadRequestsAre400(OmniInventory):
    """Every refusal for what the body says is answered 400, as the table of statuses has it."""

    def invalid(self, problem: Problem) -> NoReturn:
        self.reject(400, problem)


@liberty("price.missing.status", "variant_code.missing.status", "store_code.missing.status")
class MissingFieldsAre400(OmniInventory):
    """What is missing is answered 400, what is wrong the printed 401."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        for name in ("store_code", "inventories"):
            if name not in body:
                self.reject(400, REQUIRED.of(name))
        return await super().update(_call, body)

    def check_line(self, item: object) -> Line:
        for name in ("variant_code", "price"):
            if isinstance(item, dict) and name not in item:
                self.reject(400, REQUIRED.of(name))
        return super().check_line(item)


@liberty()
class StoresHaveAField(OmniInventory):
    """A store that is not found is refused with `errors` too."""

    def check_store(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.stores:
            self.invalid(STORE_NOT_FOUND.of("store_code"))
        return value


@liberty()
class NumericStringsAreRefused(OmniInventory):
    """A price that is a number written as a string is refused."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, str) and value:
            self.invalid(NOT_A_NUMBER)
        return super().check_price(value)


@liberty()
class NegativePricesAreRefused(OmniInventory):
    """A price below zero is refused."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if price < 0:
            self.invalid(NOT_A_NUMBER)
        return price


@liberty("update.price.zero")
class FreeItemsAreRefused(OmniInventory):
    """A price of zero is refused: everything costs something."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if not price:
            self.invalid(NOT_A_NUMBER)
        return price


@liberty()
class EmptyListsAreRefused(OmniInventory):
    """An empty list of variants is refused."""

    def check_list(self, value: object) -> list[object]:
        items = super().check_list(value)
        if not items:
            self.invalid(NOT_A_LIST)
        return items


@liberty()
class AppliesWhatIsRight(OmniInventory):
    """The variants before a wrong one are updated although the call is refused."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        store = self.check_store(body.get("store_code"))
        for item in self.check_list(body.get("inventories")):
            self.apply(store, self.check_lines([item]))
        return Answer(200, self.success_body())


@liberty()
class ChecksEverythingBeforeTheStore(OmniInventory):
    """Variants and prices are looked at before the store is."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        lines = self.check_lines(self.check_list(body.get("inventories")))
        self.apply(self.check_store(body.get("store_code")), lines)
        return Answer(200, self.success_body())


@liberty("flags.invalid")
class UnknownFlagsAreFalse(OmniInventory):
    """A flag that is no boolean is taken for false."""

    def check_flag(self, field: str, value: object) -> bool:
        return super().check_flag(field, value if isinstance(value, bool) else False)


@liberty()
class FlagsAsWords(OmniInventory):
    """The words `true` and `false` are taken for booleans too."""

    def check_flag(self, field: str, value: object) -> bool:
        if value in ("true", "false"):
            return value == "true"
        return super().check_flag(field, value)


@liberty("inventories.second-item")
class LaterVariantsHaveAPlace(OmniInventory):
    """The message of a variant that is not the first names its place."""

    def check_lines(self, items: list[object]) -> list[Line]:
        lines = super().check_lines(items[:1])
        for place, item in enumerate(items[1:], start=2):
            try:
                lines.append(self.check_line(item))
            except Refusal as refusal:
                problem = Problem(f"Variant {place} is wrong.", "invalid", "inventories")
                raise Refusal(Answer(refusal.answer.status, self.problem_body(problem))) from None
        return lines


@liberty()
class MissingListsGetFrameworkText(OmniInventory):
    """A list that is missing or none is refused in the framework's own shape."""

    def check_list(self, value: object) -> list[object]:
        if not isinstance(value, list):
            raise Refusal(Answer(400, {"inventories": ["Expected a list of items."]}))
        return value
