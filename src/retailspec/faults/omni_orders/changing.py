"""Faults in what an answer shows of the state, and of what should not have changed."""

from __future__ import annotations

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import kept, shown
from retailspec.reference.omni_orders import (
    CANCELLED,
    COMPLETE,
    CONFIRMED,
    NEW,
    PAID,
    OmniOrders,
    Order,
)

__all__: list[str] = []


# order.status-pair, order.payment-status


@fault("order.status-pair", shown("cancel", lambda body: body["statusText"]))
class CanceledWithOneL(OmniOrders):
    """The text of status 30 is spelt `Canceled`, as in the code of the refusal."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        return {**body, "statusText": "Canceled"} if order.status == CANCELLED else body


@fault("order.status-pair", shown("complete", lambda body: body["statusText"]))
class CompletedWithAD(OmniOrders):
    """The text of status 20 is spelt `Completed`, as in the code of the refusal."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        return {**body, "statusText": "Completed"} if order.status == COMPLETE else body


@fault("order.status-pair", shown("paid", lambda body: body["statusText"]))
class PaidInTheStatusText(OmniOrders):
    """The text of a new order that is paid is `Paid`, while its status is still 1."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        paid = order.status == NEW and order.payment_status == PAID
        return {**body, "statusText": "Paid"} if paid else body


@fault("order.status-pair", shown("confirm paid", lambda body: body["statusText"]))
class PaidAnswersTheFirstText(OmniOrders):
    """Paid answers a Confirmed order with the text `New`."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        body = super().success_body(action, before, after)
        confirmed = action == "paid" and after.status == CONFIRMED
        return {**body, "statusText": "New"} if confirmed else body


@fault("order.payment-status", shown("paid cancel", lambda body: body["paymentStatus"]))
class RefundedIsAThirdStatus(OmniOrders):
    """A paid order that is cancelled gets a third payment status, for money to be paid back."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        owed = order.status == CANCELLED and order.payment_status == PAID
        return {**body, "paymentStatus": 3} if owed else body


@fault("order.payment-status", shown("confirm", lambda body: body["paymentStatus"]))
class UnpaidIsZero(OmniOrders):
    """The payment status of an unpaid order is 0."""

    def order_body(self, order: Order) -> dict[str, object]:
        status = 2 if order.payment_status == PAID else 0
        return {**super().order_body(order), "paymentStatus": status}


# order.frame, where the answer alone is wrong


@fault("order.frame", kept("confirm paid", "grandTotal"))
class TaxIsAddedAgain(OmniOrders):
    """The tax is added to the grand total once more when a Confirmed order is paid."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        if order.status == CONFIRMED and order.payment_status == PAID:
            body["grandTotal"] = order.total + 2 * order.tax
        return body


@fault("order.frame", kept("confirm paid", "id"))
class IdOfTheEvent(OmniOrders):
    """The id is another one in each answer: that of the change, not that of the order."""

    _events = 10_000

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        self._events += 1
        return {**super().success_body(action, before, after), "id": self._events}


@fault("order.frame", kept("confirm cancel", "tax"))
class CancelledOrdersAreFree(OmniOrders):
    """The amounts of a cancelled order are answered as zero."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        if order.status == CANCELLED:
            body |= {"total": 0.0, "tax": 0.0, "grandTotal": 0.0}
        return body


@fault("order.frame", kept("paid complete", "user"))
class UserIsForgotten(OmniOrders):
    """Once an order is Complete its user has another name and no number that can be called."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        user = {"id": order.user_id, "name": "anonymous", "phone": ""}
        return {**body, "user": user} if order.status == COMPLETE else body
