"""Variations of the omni-orders server that conform all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from retailspec.faults.model import liberty
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni import Problem
from retailspec.reference.omni_orders import (
    ALREADY_CANCELED,
    ALREADY_COMPLETED,
    CANCELLED,
    COMPLETE,
    HAS_BEEN_CONFIRMED,
    NOT_FOUND,
    PAID,
    OmniOrders,
    Order,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.reference.base import Call

__all__: list[str] = []


@liberty()
class MoreFields(OmniOrders):
    """An order has fields more than documented, its items among them."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "items": self.items(order), "discount": 0}


@liberty()
class UsersCollectPoints(OmniOrders):
    """The user has more than is documented, which changes from call to call."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        points: int = self.__dict__.get("points", 0) + 1
        self.__dict__["points"] = points
        return {**body, "user": {**cast("dict[str, object]", body["user"]), "points": points}}


@liberty()
class DeliveryFollows(OmniOrders):
    """The delivery status follows the status."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "deliveryStatus": order.status}


@liberty()
class TakeAwayOrders(OmniOrders):
    """Orders have neither a table nor notes."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "tableNumber": None, "notes": None}


@liberty()
class WholeAmounts(OmniOrders):
    """The amounts of a Complete order are written without a fraction."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        names = ("total", "tax", "serviceCharge", "grandTotal")
        if order.status == COMPLETE:
            body |= {name: int(str(body[name]).partition(".")[0]) for name in names}
        return body


@liberty()
class NamesTheFieldThatWasSent(OmniOrders):
    """A number that no order has is refused under the request's own field."""

    def find(self, call: Call, number: str) -> Order:
        order = self.orders.get(number)
        if order is None or not self.may_see(call, order):
            field = "number" if call.operation.name in {"confirm", "details"} else "order"
            self.reject(400, NOT_FOUND.of(field))
        return order


@liberty()
class MissingNumbersAreUnknownNumbers(OmniOrders):
    """A number that is missing or empty is refused like one that no order has."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) in (None, ""):
            self.reject(400, NOT_FOUND)
        return super().read_number(field, values)


@liberty()
class MissingNumbersNameNoField(OmniOrders):
    """A number that is missing or empty is refused without `errors`, in another language."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) in (None, ""):
            self.reject(400, Problem("Nomor pesanan wajib diisi", "wajib"))
        return super().read_number(field, values)


@liberty()
class ReadsNumbersKindly(OmniOrders):
    """White space around a number, its case, and digits sent as an integer do not matter."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return super().read_number(field, {field: value}).strip().upper()


@liberty()
class WrongTypesGetFrameworkText(OmniOrders):
    """A number that is no string is refused in the framework's own shape."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field, "")
        if value is not None and not isinstance(value, str):
            raise Refusal(Answer(400, {field: ["Not a valid string."]}))
        return super().read_number(field, values)


@liberty("number.wrong-type.status")
class WrongTypesGet422(OmniOrders):
    """A number that is neither a string nor null is answered 422."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field, "")
        if value is not None and not isinstance(value, str):
            self.refuse(422, "Not a valid string.")
        return super().read_number(field, values)


@liberty()
class ForeignOrdersAreForbidden(OmniOrders):
    """An order of another store is answered 403."""

    def find(self, call: Call, number: str) -> Order:
        order = self.orders.get(number)
        if order is not None and not self.may_see(call, order):
            self.refuse(403, "Not your order.")
        return super().find(call, number)


@liberty("isolation")
class ForeignOrdersAre404(OmniOrders):
    """An order of another store is answered 404."""

    def find(self, call: Call, number: str) -> Order:
        order = self.orders.get(number)
        if order is not None and not self.may_see(call, order):
            self.refuse(404, "Not found.")
        return super().find(call, number)


@liberty("refusal.states-it")
class OneCodeForOtherStates(OmniOrders):
    """On an order in another state than its own, a call is refused with a code for all of them."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        own = {
            "confirm": obstacle == HAS_BEEN_CONFIRMED,
            "complete": obstacle == ALREADY_COMPLETED,
            "cancel": obstacle == ALREADY_CANCELED,
            "paid": order.status not in {COMPLETE, CANCELLED},
        }
        if not own[action]:
            obstacle = Problem("Order cannot be changed", "order_not_changeable", "order")
        super().refuse_change(action, order, obstacle)


@liberty("refusal.states-it")
class OtherStatesNameNoField(OmniOrders):
    """On a cancelled order the other three calls say so without code words and without `errors`."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if order.status == CANCELLED and action != "cancel":
            obstacle = replace(obstacle, code="invalid_status", field=None)
        super().refuse_change(action, order, obstacle)


@liberty("order.payment-status", "order.frame")
class RefundsHaveAStatus(OmniOrders):
    """A paid order that is cancelled shows a third payment status."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        owed = order.status == CANCELLED and order.payment_status == PAID
        return {**body, "paymentStatus": 3} if owed else body


@liberty("order.field-types")
class AmountsInQuotes(OmniOrders):
    """Amounts are written as strings."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        names = ("total", "tax", "serviceCharge", "grandTotal")
        return {**body, **{name: str(body[name]) for name in names}}


@liberty("order.delivery-info")
class DeliveryIsDescribed(OmniOrders):
    """The delivery information is an object."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "delivery_info": {"courier": "own"}}


@liberty("order.user-id")
class UserIdIsTheAccounts(OmniOrders):
    """`userID` is the id of an account, `user.id` that of a guest."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "userID": order.user_id + 5000}


@liberty()
class SecondsInTheNumber(OmniOrders):
    """Order numbers are digits, as on a printed bill."""

    def fresh_order(self, store_name: str) -> Order:
        order = super().fresh_order(store_name)
        return replace(order, number=f"{order.id:010d}")
