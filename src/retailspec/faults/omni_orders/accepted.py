"""Faults in the 13 transitions that succeed: refused, half done, or answered wrongly."""

from __future__ import annotations

from dataclasses import replace

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import story
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni import Problem
from retailspec.reference.omni_orders import (
    ALREADY_COMPLETED,
    ALREADY_PAID,
    CANCELLED,
    COMPLETE,
    CONFIRMED,
    HAS_BEEN_CONFIRMED,
    NEW,
    PAID,
    UNPAID,
    OmniOrders,
    Order,
)

__all__: list[str] = []


@fault("confirm.from.new-unpaid", story("confirm"))
class ConfirmAsksForPayment(OmniOrders):
    """Confirm refuses an order that is not paid yet."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "confirm" and order.status == NEW and order.payment_status == UNPAID:
            return Problem("Order is not paid", "not_paid", "number")
        return super().obstacle(action, order)


@fault("confirm.from.new-unpaid", story("confirm"))
class ConfirmAnswersTheOrderBefore(OmniOrders):
    """Confirm does its work and answers with the order as it was before."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        return super().success_body(action, before, before if action == "confirm" else after)


@fault("confirm.from.new-paid", story("paid confirm"))
class PaidOrdersCountAsConfirmed(OmniOrders):
    """Confirm refuses a new order that is paid, as if payment had confirmed it."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "confirm" and order.status == NEW and order.payment_status == PAID:
            return HAS_BEEN_CONFIRMED
        return super().obstacle(action, order)


@fault("confirm.from.new-paid", story("paid confirm"))
class PaidOrdersStayNew(OmniOrders):
    """Confirm answers 200 on a new order that is paid, and changes nothing."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "confirm" and order.payment_status == PAID:
            return order
        return super().apply(action, order)


@fault("paid.from.new-unpaid", story("paid"))
class PaymentAsksForConfirmation(OmniOrders):
    """Paid refuses an order that is not confirmed yet."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "paid" and order.status == NEW and order.payment_status == UNPAID:
            return Problem("Order is not confirmed", "invalid_status", "order")
        return super().obstacle(action, order)


@fault("paid.from.confirmed-unpaid", story("confirm paid"))
class ConfirmedOrdersStayUnpaid(OmniOrders):
    """Paid answers 200 on a Confirmed order and leaves it unpaid; elsewhere it works."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "paid" and order.status == CONFIRMED:
            return order
        return super().apply(action, order)


@fault("paid.from.confirmed-unpaid", story("confirm paid"))
class PaidAnswersTheOrderBefore(OmniOrders):
    """Paid on a Confirmed order does its work and answers that the order is unpaid still."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        stale = action == "paid" and before.status == CONFIRMED
        return super().success_body(action, before, before if stale else after)


@fault("complete.from.new-unpaid", story("complete"))
class CompleteAsksForPayment(OmniOrders):
    """Complete refuses whatever is not paid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "complete" and order.payment_status == UNPAID and order.status < COMPLETE:
            return Problem("Order is not paid", "not_paid", "order")
        return super().obstacle(action, order)


@fault("complete.from.new-unpaid", story("complete"))
class CompleteSkipsPaymentOfNewOrders(OmniOrders):
    """Complete leaves a new order unpaid."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "complete" and order.status == NEW:
            return replace(order, status=COMPLETE)
        return super().apply(action, order)


@fault("complete.from.new-paid", story("paid complete"))
class CompleteTakesPaidForComplete(OmniOrders):
    """Complete refuses a new order that is paid, as one that is Complete already."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "complete" and order.status == NEW and order.payment_status == PAID:
            return ALREADY_COMPLETED
        return super().obstacle(action, order)


@fault("complete.from.confirmed-unpaid", story("confirm complete"))
class CompleteSkipsPaymentOfConfirmedOrders(OmniOrders):
    """Complete leaves a Confirmed order unpaid, and a new one not."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "complete" and order.status == CONFIRMED:
            return replace(order, status=COMPLETE)
        return super().apply(action, order)


@fault("complete.from.confirmed-paid", story("confirm paid complete"))
class CompleteRefusesWhatIsPaid(OmniOrders):
    """Complete refuses a Confirmed order that is paid, since it would be paid twice."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        confirmed = action == "complete" and order.status == CONFIRMED
        if confirmed and order.payment_status == PAID:
            return ALREADY_PAID
        return super().obstacle(action, order)


@fault("complete.from.confirmed-paid", story("confirm paid complete"))
class CompleteKeepsTheOldText(OmniOrders):
    """Complete answers the text `Confirmed` where the order was Confirmed and paid."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        body = super().success_body(action, before, after)
        if action == "complete" and (before.status, before.payment_status) == (CONFIRMED, PAID):
            body["statusText"] = "Confirmed"
        return body


@fault("cancel.from.new-unpaid", story("cancel"))
class CancelDeletesNewOrders(OmniOrders):
    """Cancel answers 404 where an order is new and unpaid, which it then forgets."""

    async def carry_out(self, action: str, before: Order) -> Order:
        if action == "cancel" and (before.status, before.payment_status) == (NEW, UNPAID):
            del self.orders[before.number]
            raise Refusal(Answer(404, {"detail": "Not found."}))
        return await super().carry_out(action, before)


@fault("cancel.from.new-paid", story("paid cancel"))
class CancelAsksForARefund(OmniOrders):
    """Cancel refuses a new order that is paid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and order.status == NEW and order.payment_status == PAID:
            return ALREADY_PAID
        return super().obstacle(action, order)


@fault("cancel.from.confirmed-unpaid", story("confirm cancel"))
class CancelKeepsTheStatus(OmniOrders):
    """Cancel of a Confirmed order that is unpaid answers the new text and the old status."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        body = super().success_body(action, before, after)
        if action == "cancel" and (before.status, before.payment_status) == (CONFIRMED, UNPAID):
            body["status"] = before.status
        return body


@fault("cancel.from.confirmed-unpaid", story("confirm cancel"))
class CancelAnswersAnErrorWith200(OmniOrders):
    """Cancel of a Confirmed order that is unpaid answers 200 with the body of an error."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        if action == "cancel" and (before.status, before.payment_status) == (CONFIRMED, UNPAID):
            return self.problem_body(HAS_BEEN_CONFIRMED)
        return super().success_body(action, before, after)


@fault("cancel.from.confirmed-unpaid", story("confirm cancel"))
class CancelAsksForPayment(OmniOrders):
    """Cancel refuses a Confirmed order that is unpaid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and (order.status, order.payment_status) == (CONFIRMED, UNPAID):
            return Problem("Order is not paid", "not_paid", "order")
        return super().obstacle(action, order)


@fault("cancel.from.confirmed-paid", story("paid confirm cancel"))
class CancelGoesBackToNew(OmniOrders):
    """Cancel takes a Confirmed order that is paid back to New."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "cancel" and (order.status, order.payment_status) == (CONFIRMED, PAID):
            return replace(order, status=NEW)
        return super().apply(action, order)


@fault("cancel.from.complete-paid", story("complete cancel"))
class CompleteOrdersCannotBeCancelled(OmniOrders):
    """Cancel refuses a Complete order."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and order.status == COMPLETE:
            return ALREADY_COMPLETED
        return super().obstacle(action, order)


@fault("cancel.from.complete-paid", story("complete cancel"))
class CompleteOrdersStayComplete(OmniOrders):
    """Cancel answers 200 on a Complete order, which stays as it is."""

    def apply(self, action: str, order: Order) -> Order:
        if action == "cancel" and order.status == COMPLETE:
            return order
        return super().apply(action, order)


@fault("response.status", story("cancel"))
class CancelIsAcceptedForLater(OmniOrders):
    """Cancel is answered 202."""

    async def carry_out(self, action: str, before: Order) -> Order:
        after = await super().carry_out(action, before)
        if action == "cancel":
            raise Refusal(Answer(202, self.success_body(action, before, after)))
        return after


@fault("cancel.from.new-unpaid", story("cancel"))
class CancelNeedsConfirmation(OmniOrders):
    """Cancel refuses an order that is new and unpaid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and (order.status, order.payment_status) == (NEW, UNPAID):
            return Problem("Order is not confirmed", "invalid_status", "order")
        return super().obstacle(action, order)


@fault("confirm.from.new-unpaid", story("confirm"))
class ConfirmCancels(OmniOrders):
    """Confirm does what its neighbour in the document's text does: it cancels."""

    def apply(self, action: str, order: Order) -> Order:
        return (
            replace(order, status=CANCELLED)
            if action == "confirm"
            else super().apply(action, order)
        )
