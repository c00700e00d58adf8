"""Defective variants of the independent server: what they say of the lifecycle and of orders."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omni_server import (
    ALREADY_CANCELED,
    CANCELLED,
    COMPLETE,
    CONFIRMED,
    HAS_BEEN_CONFIRMED,
    NEW,
    PAID,
    UNPAID,
    OmniServer,
    Order,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

__all__ = ["DEFECTS", "Defect", "defect"]


@dataclass(frozen=True)
class Defect:
    """A server with one thing wrong.

    Args:
        server: The server.
        caught: The rules that have to show it.
        contract: The contract of which they are.
        races: Whether calls have to be made at once for it.
        whole: Whether only a whole run shows it, since calls of other rules bring it about.
    """

    server: type[OmniServer]
    caught: frozenset[str]
    contract: str
    races: bool
    whole: bool


DEFECTS: list[Defect] = []


def defect(
    *caught: str, contract: str = "omni-orders", races: bool = False, whole: bool = False
) -> Callable[[type], type]:
    """Register a defective server with the rules that have to show it."""

    def register(server: type) -> type:
        DEFECTS.append(Defect(server, frozenset(caught), contract, races, whole))
        return server

    return register


def state_of(order: Order) -> tuple[int, int]:
    return order["status"], order["paymentStatus"]


# A call that should be refused is not, or the other way round


@defect("confirm.from.cancelled-unpaid", "confirm.from.cancelled-paid", "cancel.final")
class ConfirmRevives(OmniServer):
    """Confirm takes a cancelled order."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "confirm" and order["status"] == CANCELLED:
            return None
        return super().obstacle(action, order)


@defect("confirm.from.complete-paid")
class ConfirmTakesComplete(OmniServer):
    """Confirm takes a complete order."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "confirm" and order["status"] == COMPLETE:
            return None
        return super().obstacle(action, order)


@defect("cancel.from.complete-paid")
class CompleteCannotBeCancelled(OmniServer):
    """Cancel is refused on a complete order."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and order["status"] == COMPLETE:
            return ("Order already completed", "order_already_completed", "order")
        return super().obstacle(action, order)


@defect("complete.from.new-unpaid")
class CompleteWantsMoneyFirst(OmniServer):
    """Complete is refused on an order that is New and unpaid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "complete" and state_of(order) == (NEW, UNPAID):
            return ("Order is not paid", "not_paid", "order")
        return super().obstacle(action, order)


@defect("confirm.from.new-paid")
class ConfirmWantsNoMoney(OmniServer):
    """Confirm is refused on an order that is paid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "confirm" and state_of(order) == (NEW, PAID):
            return ("Order already paid", "already_paid", "number")
        return super().obstacle(action, order)


@defect("paid.from.complete-paid")
class PaidTwiceWhenComplete(OmniServer):
    """Paid is accepted again on a complete order."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "paid" and order["status"] == COMPLETE:
            return None
        return super().obstacle(action, order)


@defect("cancel.from.cancelled-paid")
class CancelAgainWhenPaid(OmniServer):
    """Cancel is accepted again on a cancelled order that was paid."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if action == "cancel" and state_of(order) == (CANCELLED, PAID):
            return None
        return super().obstacle(action, order)


@defect("cancel.final")
class FinalUntilTheThirdTry(OmniServer):
    """A cancelled order gives in at the third call."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        found = super().obstacle(action, order)
        if found is ALREADY_CANCELED:
            self.tries[order["number"]] = self.tries.get(order["number"], 0) + 1
            if self.tries[order["number"]] == 3:
                return None
        return found

    def __init__(self) -> None:
        self.tries: dict[str, int] = {}
        super().__init__()


@defect("confirm.from.confirmed-unpaid", "confirm.from.confirmed-paid")
class RefusedWithASmile(OmniServer):
    """Confirm on a confirmed order answers 200 with the error."""

    def problem(self, status: int, problem: Problem) -> Response:
        return super().problem(200 if problem is HAS_BEEN_CONFIRMED else status, problem)


@defect("paid.from.new-paid", "paid.from.confirmed-paid")
class SilentRefusal(OmniServer):
    """The refusal of an order that is paid says nothing."""

    def problem(self, status: int, problem: Problem) -> Response:
        message, code, field = problem
        return super().problem(status, ("" if code == "already_paid" else message, code, field))


@defect("cancel.from.cancelled-unpaid", "cancel.from.cancelled-paid")
class Conflict(OmniServer):
    """A cancelled order is refused with 409."""

    def problem(self, status: int, problem: Problem) -> Response:
        return super().problem(409 if problem is ALREADY_CANCELED else status, problem)


# An effect that is missing, or one too many


@defect("paid.from.confirmed-unpaid")
class PaidOnlyWhenNew(OmniServer):
    """Paid does nothing to a confirmed order, and says that it did."""

    def apply(self, action: str, order: Order) -> None:
        if action != "paid" or order["status"] == NEW:
            super().apply(action, order)


@defect("complete.from.confirmed-unpaid")
class CompleteForgetsTheMoneyOnce(OmniServer):
    """Complete leaves a confirmed order unpaid, no other."""

    def apply(self, action: str, order: Order) -> None:
        unpaid = state_of(order) == (CONFIRMED, UNPAID)
        super().apply(action, order)
        if action == "complete" and unpaid:
            order["paymentStatus"] = UNPAID


@defect("complete.from.new-unpaid", "complete.from.confirmed-unpaid")
class CompleteForgetsTheMoney(OmniServer):
    """Complete does not set an order to paid."""

    def apply(self, action: str, order: Order) -> None:
        payment = order["paymentStatus"]
        super().apply(action, order)
        if action == "complete":
            order["paymentStatus"] = payment


@defect("order.frame")
class CancelResetsPayment(OmniServer):
    """Cancel sets an order to unpaid."""

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        if action == "cancel":
            order["paymentStatus"] = UNPAID


@defect("order.frame")
class PaidConfirms(OmniServer):
    """Paid confirms a new order too."""

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        if action == "paid" and order["status"] == NEW:
            order["status"] = CONFIRMED


@defect("order.frame")
class ServiceChargeOnConfirm(OmniServer):
    """Confirm changes the amounts."""

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        if action == "cancel":
            order["grandTotal"] = 0.0


@defect("refusal.no-effect")
class RefusedPaidUnpays(OmniServer):
    """Paid on a paid order is refused, and takes the payment back."""

    def on_refusal(self, action: str, order: Order) -> None:
        if action == "paid" and state_of(order) == (CONFIRMED, PAID):
            order["paymentStatus"] = UNPAID


@defect("refusal.no-effect")
class RefusedConfirmCancels(OmniServer):
    """Confirm on a confirmed order is refused, and cancels it."""

    def on_refusal(self, action: str, order: Order) -> None:
        if action == "confirm" and order["status"] == CONFIRMED:
            order["status"] = CANCELLED


@defect("refusal.no-effect")
class RefusedCompleteReopens(OmniServer):
    """Complete on a complete order is refused, and opens it again."""

    def on_refusal(self, action: str, order: Order) -> None:
        if action == "complete" and order["status"] == COMPLETE:
            order["status"] = NEW


# What an answer says


@defect("refusal.own")
class CodeRightOnlyWhenNew(OmniServer):
    """The code for an order that is paid is right while it is new, and another afterwards."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        found = super().obstacle(action, order)
        if action == "paid" and state_of(order) == (CONFIRMED, PAID):
            return ("Order already paid", "invalid_status", "order")
        return found


@defect("refusal.own")
class KeysSwapped(OmniServer):
    """The error of complete stands under `number`."""

    def problem(self, status: int, problem: Problem) -> Response:
        message, code, field = problem
        return super().problem(
            status, (message, code, "number" if code == "order_already_completed" else field)
        )


@defect("refusal.own", "refusal.states-it")
class Misspelt(OmniServer):
    """The code of a cancelled order is spelt with two l."""

    def problem(self, status: int, problem: Problem) -> Response:
        message, code, field = problem
        return super().problem(status, (message, code.replace("canceled", "cancelled"), field))


@defect("refusal.states-it")
class ConfirmMistakesCancelled(OmniServer):
    """Confirm says of a cancelled order that it has been confirmed."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        found = super().obstacle(action, order)
        return HAS_BEEN_CONFIRMED if action == "confirm" and found else found


@defect("order.fields", "response.schema", "confirm.from.new-unpaid", "confirm.from.new-paid")
class StatusAsText(OmniServer):
    """The status 10 is the text "10"."""

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        return {**shown, "status": "10"} if shown["status"] == CONFIRMED else shown


@defect("confirm.from.new-unpaid", "complete.from.confirmed-paid", "cancel.from.complete-paid")
class AnswersTooEarly(OmniServer):
    """An answer shows the order as it was before the call."""

    def success(self, action: str, order: Order, before: Order) -> Response:
        return self.json(200, self.show(before))


@defect("order.number")
class AnotherOrder(OmniServer):
    """Paid answers with another order's number."""

    def success(self, action: str, order: Order, before: Order) -> Response:
        number = self.foreign if action == "paid" else order["number"]
        return self.json(200, {**self.show(order), "number": number})


@defect("order.status-pair", "complete.from.new-paid", "complete.from.confirmed-unpaid")
class Completed(OmniServer):
    """A complete order is called Completed."""

    def word(self, order: Order) -> str:
        return "Completed" if order["status"] == COMPLETE else super().word(order)


@defect("order.fields", "response.schema")
class FieldMissing(OmniServer):
    """An answer lacks delivery_info."""

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        del shown["delivery_info"]
        return shown


@defect("order.fields", "response.schema")
class UserWithoutPhone(OmniServer):
    """The user has no phone while the order is complete."""

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        if order["status"] == COMPLETE:
            del shown["user"]["phone"]
        return shown


@defect("order.user-id")
class OtherUser(OmniServer):
    """userID is not the id of the user."""

    def show(self, order: Order) -> dict[str, Any]:
        return {**super().show(order), "userID": 1}


@defect("order.field-types")
class PhoneAsNumber(OmniServer):
    """The phone number is a number."""

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        return {**shown, "user": {**shown["user"], "phone": 6281200000}}


@defect("response.status", "confirm.from.new-unpaid", "cancel.from.complete-paid")
class Created(OmniServer):
    """A success is answered 201."""

    def success(self, action: str, order: Order, before: Order) -> Response:
        return self.json(201, self.show(order))


@defect("response.content-type")
class LabelledAsText(OmniServer):
    """A refusal that is JSON is labelled as text."""

    def label(self, status: int) -> str:
        return "text/html; charset=utf-8" if status == 400 else "application/json"


# What happens at once


@defect("race.single-winner", races=True)
class CheckThenSet(OmniServer):
    """Nothing keeps two calls from passing the check before either has had its effect."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = contextlib.nullcontext()

    def apply(self, action: str, order: Order) -> None:
        threading.Event().wait(0.05)
        super().apply(action, order)


@defect("race.linearizable", races=True)
class LostUpdates(OmniServer):
    """Two calls at once each write what they read, so that one of them is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = contextlib.nullcontext()

    def find(self, action: str, number: str) -> Order:
        return dict(super().find(action, number))

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        threading.Event().wait(0.05)
        self.orders[order["number"]] = order
