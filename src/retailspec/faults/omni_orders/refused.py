"""Faults in the 15 transitions that are refused: accepted after all, or refused in another way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import story
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni_orders import (
    CANCELLED,
    COMPLETE,
    CONFIRMED,
    NEW,
    PAID,
    UNPAID,
    OmniOrders,
    Order,
)

if TYPE_CHECKING:
    from retailspec.reference.base import Call
    from retailspec.reference.omni import Problem

__all__: list[str] = []


class _Lets(OmniOrders):
    """Lets one call through in some states, and by default changes nothing then."""

    def lets(self, action: str, order: Order) -> bool:
        """Tell whether a call that is ruled out is let through."""
        raise NotImplementedError

    def obstacle(self, action: str, order: Order) -> Problem | None:
        return None if self.lets(action, order) else super().obstacle(action, order)


@fault("confirm.from.confirmed-unpaid", story("confirm confirm"))
class ConfirmTwiceIsFine(_Lets):
    """A second confirm of an unpaid order is answered like the first."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and (order.status, order.payment_status) == (CONFIRMED, UNPAID)


@fault("confirm.from.confirmed-unpaid", story("confirm confirm"))
class AnswersFromACache(OmniOrders):
    """The answer to a success is kept and given again to whoever sends the same bytes."""

    async def change(self, call: Call, body: dict[str, object]) -> Answer:
        kept: dict[object, Answer] = self.__dict__.setdefault("kept", {})
        key = call.operation.name, call.raw
        if key not in kept:
            kept[key] = await super().change(call, body)
        return kept[key]


@fault("confirm.from.confirmed-unpaid", story("confirm confirm"))
class ConfirmIsNotKept(OmniOrders):
    """Confirm answers as it should, and keeps nothing of it."""

    async def carry_out(self, action: str, before: Order) -> Order:
        after = await super().carry_out(action, before)
        if action == "confirm":
            self.orders[before.number] = before
        return after


@fault("confirm.from.confirmed-paid", story("confirm paid confirm"))
class ConfirmTwiceIsFineOncePaid(_Lets):
    """A second confirm is answered like the first once the order is paid."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and (order.status, order.payment_status) == (CONFIRMED, PAID)


@fault("confirm.from.complete-paid", story("complete confirm"))
class ConfirmReopensCompleteOrders(_Lets):
    """Confirm takes a Complete order back to Confirmed."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and order.status == COMPLETE


@fault("confirm.from.cancelled-unpaid", story("cancel confirm"))
class ConfirmRevivesCancelledOrders(_Lets):
    """Confirm takes a cancelled order back to Confirmed."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and order.status == CANCELLED


@fault("confirm.from.cancelled-paid", story("paid cancel confirm"))
class ConfirmRevivesPaidOrders(_Lets):
    """Confirm takes a cancelled order back to Confirmed where it is paid, and only there."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and (order.status, order.payment_status) == (CANCELLED, PAID)


@fault("paid.from.new-paid", story("paid paid"))
class PaidTwiceIsFine(_Lets):
    """A second payment of a new order is answered like the first."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "paid" and order.status == NEW


@fault("paid.from.new-paid", story("paid paid"))
class PaidAgainIsAConflict(OmniOrders):
    """A second payment of a new order is answered 409."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if action == "paid" and order.status == NEW:
            self.reject(409, obstacle)
        super().refuse_change(action, order, obstacle)


@fault("paid.from.confirmed-paid", story("confirm paid paid"))
class PaidTogglesPayment(_Lets):
    """A second payment of a Confirmed order takes the first one back."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "paid" and (order.status, order.payment_status) == (CONFIRMED, PAID)

    def apply(self, action: str, order: Order) -> Order:
        return (
            replace(order, payment_status=UNPAID)
            if self.lets(action, order)
            else super().apply(action, order)
        )


@fault("paid.from.complete-paid", story("complete paid"))
class CompleteOrdersArePaidAgain(_Lets):
    """Paid is accepted on a Complete order, which is paid already."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "paid" and order.status == COMPLETE


@fault("paid.from.cancelled-unpaid", story("cancel paid"))
class CancelledOrdersArePaid(_Lets):
    """Paid is accepted on a cancelled order that is unpaid, which stays cancelled."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "paid" and (order.status, order.payment_status) == (CANCELLED, UNPAID)


@fault("paid.from.cancelled-paid", story("paid cancel paid"))
class CancelledOrdersArePaidTwice(_Lets):
    """Paid is accepted on a cancelled order that is paid."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "paid" and (order.status, order.payment_status) == (CANCELLED, PAID)


@fault("complete.from.complete-paid", story("complete complete"))
class CompleteTwiceIsFine(_Lets):
    """A second complete is answered like the first."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "complete" and order.status == COMPLETE


@fault("complete.from.complete-paid", story("complete complete"))
class CompleteAgainAnswersAnErrorWith200(OmniOrders):
    """A second complete gets the body of its refusal with status 200."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if action == "complete" and order.status == COMPLETE:
            raise Refusal(Answer(200, self.problem_body(obstacle)))
        super().refuse_change(action, order, obstacle)


@fault("complete.from.cancelled-unpaid", story("cancel complete"))
class CompleteRevivesUnpaidOrders(_Lets):
    """Complete takes a cancelled order that is unpaid to Complete."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "complete" and (order.status, order.payment_status) == (CANCELLED, UNPAID)


@fault("complete.from.cancelled-paid", story("complete cancel complete"))
class CompleteRevivesPaidOrders(_Lets):
    """Complete takes a cancelled order that is paid to Complete."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "complete" and (order.status, order.payment_status) == (CANCELLED, PAID)


@fault("cancel.from.cancelled-unpaid", story("cancel cancel"))
class CancelTwiceIsFine(_Lets):
    """A second cancel is answered like the first."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "cancel" and order.status == CANCELLED


@fault("cancel.from.cancelled-paid", story("paid cancel cancel"))
class CancelUndoesItself(_Lets):
    """A second cancel of a paid order takes it back to New."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "cancel" and (order.status, order.payment_status) == (CANCELLED, PAID)

    def apply(self, action: str, order: Order) -> Order:
        return (
            replace(order, status=NEW) if self.lets(action, order) else super().apply(action, order)
        )


@fault("cancel.from.cancelled-paid", story("paid cancel cancel"))
class CancelAgainSaysNothing(OmniOrders):
    """The message is empty where a paid order is cancelled twice."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if action == "cancel" and order.payment_status == PAID:
            obstacle = replace(obstacle, message="")
        super().refuse_change(action, order, obstacle)


@fault("confirm.from.complete-paid", story("complete confirm"))
class ConfirmLooksAtOneStatusOnly(_Lets):
    """Confirm refuses a Confirmed order and no other: it compares with one status."""

    def lets(self, action: str, order: Order) -> bool:
        return action == "confirm" and order.status != CONFIRMED


@fault("response.status", story("confirm confirm"))
class RefusalsAreConflicts(OmniOrders):
    """Every call that the state rules out is answered 409."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        del action, order
        self.reject(409, obstacle)


@fault("paid.from.cancelled-unpaid", story("cancel paid"))
class CancelledOrdersAreGone(OmniOrders):
    """A cancelled order is answered 404 by the other three calls."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if order.status == CANCELLED and action != "cancel":
            self.refuse(404, "Not found.")
        super().refuse_change(action, order, obstacle)
