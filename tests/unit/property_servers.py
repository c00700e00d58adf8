"""Reference servers with one defect each that no single written case shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.mipos import MiposInventory
from retailspec.reference.omni_inventory import OmniInventory
from retailspec.reference.omni_orders import OmniOrders, Order
from retailspec.reference.sirclo import SircloInventory

if TYPE_CHECKING:
    from retailspec.reference.base import Reference


class SkuIsAnAddress(ComestriInventory):
    """Fails over an SKU with a slash in it."""

    def check_string(self, field: str, value: object) -> str:
        if field == "sku" and "/" in str(value):
            raise LookupError(field)
        return super().check_string(field, value)


class SkuHasNoBlank(ComestriInventory):
    """Refuses an SKU of two words."""

    def check_string(self, field: str, value: object) -> str:
        if field == "sku" and " " in str(value):
            self.invalid("sku")
        return super().check_string(field, value)


class Unsigned(ComestriInventory):
    """Fails over negative numbers but that of a stock, in place of refusing or taking them."""

    def check_integer(self, field: str, value: object) -> int:
        number = super().check_integer(field, value)
        if number < 0 and field != "qty":
            raise OverflowError(field)
        return number


class NoMonths(ComestriInventory):
    """Refuses a lead time in months together with any unit of dispatch."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        sent = super().check_inventory(body)
        if sent.get("lead_time_unit") == "months" and "dispatch_time_unit" in sent:
            self.invalid("lead_time_unit")
        return sent


class SmallIntegers(SircloInventory):
    """Takes stocks up to 32767."""

    def check_stock(self, field: str, value: object) -> int:
        number = super().check_stock(field, value)
        if number > 32767:
            self.invalid(field)
        return number


class BuffersAreHalves(SircloInventory):
    """Takes a buffer above the stock where there is a lot of both."""

    def is_above(self, buffer_stock: int, available_stock: int) -> bool:
        return super().is_above(buffer_stock, available_stock) and available_stock < 5000


class ShortPages(SircloInventory):
    """Refuses a limit above 32."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        number = super().check_count(field, text, default)
        if field == "limit" and number > 32:
            self.invalid(field)
        return number


class TwoDecimals(OmniInventory):
    """Fails over a price with more than two decimals."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if price != round(price, 2):
            raise ArithmeticError(price)
        return price


class TenItems(MiposInventory):
    """Takes ten items at most."""

    def sync_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        items = body.get("items")
        if isinstance(items, list) and len(items) > 10:
            return {"items": ["The items may not have more than 10 items."]}
        return super().sync_errors(body)


class ReadsAscii(MiposInventory):
    """Reads letters beyond ASCII only where they are escaped."""

    def decode(self, raw: bytes) -> object:
        raw.decode("ascii")
        return super().decode(raw)


class OneAtATime(OmniOrders):
    """Opens a complete order again when the next call is about another order."""

    completed: Order | None = None

    async def carry_out(self, action: str, before: Order) -> Order:
        if self.completed is not None and self.completed.number != before.number:
            self.orders[self.completed.number] = self.completed
        after = await super().carry_out(action, before)
        self.completed = before if action == "complete" else None
        return after


class AnswersTheOther(OmniOrders):
    """Answers with the order before last, where paid follows confirm on another order."""

    confirmed: Order | None = None

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        other, self.confirmed = self.confirmed, after if action == "confirm" else None
        mixed = action == "paid" and other is not None and other.number != after.number
        return super().success_body(action, before, other if mixed and other else after)


DEFECTS: list[tuple[type[Reference], str]] = [
    (SkuIsAnAddress, "no-server-error"),
    (SkuHasNoBlank, "create.full"),
    (Unsigned, "no-server-error"),
    (NoMonths, "create.full"),
    (SmallIntegers, "update.ok"),
    (BuffersAreHalves, "refuse.buffer.above-available"),
    (ShortPages, "history.ok"),
    (TwoDecimals, "no-server-error"),
    (TenItems, "sync.ok"),
    (ReadsAscii, "sync.ok"),
    (OneAtATime, "confirm.from.complete-paid"),
    (AnswersTheOther, "order.number"),
]
"""Each server with the rule that it breaks."""
