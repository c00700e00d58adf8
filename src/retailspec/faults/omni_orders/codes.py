"""Faults in what a refusal says: its message, its code, the field that it names, its shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import story
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni import Problem
from retailspec.reference.omni_orders import (
    ALREADY_CANCELED,
    ALREADY_COMPLETED,
    ALREADY_PAID,
    CANCELLED,
    COMPLETE,
    CONFIRMED,
    HAS_BEEN_CONFIRMED,
    PAID,
    OmniOrders,
    Order,
)

if TYPE_CHECKING:
    from typing import NoReturn

__all__: list[str] = []


class _Says(OmniOrders):
    """Refuses when it should, and says something else."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        """Return what is said in place of the obstacle."""
        raise NotImplementedError

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        super().refuse_change(action, order, self.said(action, order, obstacle))


# refusal.own


@fault("refusal.own", story("confirm confirm"))
class ConfirmNamesTheOtherField(_Says):
    """The refusal of a second confirm stands under `order`, like those of the other calls."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        return obstacle.of("order")


@fault("refusal.own", story("paid paid"))
class PaidNamesTheOtherField(_Says):
    """The refusal of a second payment stands under `number`."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del order
        return obstacle.of("number") if action == "paid" else obstacle


@fault("refusal.own", story("cancel cancel"))
class CancelledCodeWithTwoLs(_Says):
    """The code of a second cancel is spelt with two l."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        return replace(obstacle, code=obstacle.code.replace("canceled", "cancelled"))


@fault("refusal.own", story("cancel cancel"))
class CancelledMessageWithTwoLs(_Says):
    """The message of a second cancel is spelt with two l."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        return replace(obstacle, message=obstacle.message.replace("canceled", "cancelled"))


@fault("refusal.own", story("complete complete"))
class CompletedMessageWithoutOrder(_Says):
    """The message of a second complete is `Already completed`."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        if obstacle == ALREADY_COMPLETED:
            return replace(obstacle, message="Already completed")
        return obstacle


@fault("refusal.own", story("confirm paid confirm"))
class ConfirmedCodeWrongOncePaid(_Says):
    """A second confirm has the right code on an unpaid order, and another on a paid one."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "confirm" and (order.status, order.payment_status) == (CONFIRMED, PAID):
            return ALREADY_PAID.of("number")
        return obstacle


@fault("refusal.own", story("confirm paid paid"))
class PaidCodeWrongOnceConfirmed(_Says):
    """A second payment has the right code on a new order, and another on a Confirmed one."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "paid" and order.status == CONFIRMED:
            return HAS_BEEN_CONFIRMED.of("order")
        return obstacle


@fault("refusal.own", story("paid cancel cancel"))
class CancelCodeWrongOncePaid(_Says):
    """A second cancel has the code of a paid order where the order is paid."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "cancel" and order.payment_status == PAID:
            return ALREADY_PAID
        return obstacle


@fault("refusal.own", story("paid paid"))
class CodesInCapitals(_Says):
    """The codes of refused changes are in capitals."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        return replace(obstacle, code=obstacle.code.upper())


@fault("refusal.own", story("paid paid"))
class OtherTextUnderTheField(OmniOrders):
    """Under `errors` stands the code, where the message is printed."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        if problem == ALREADY_PAID:
            body["errors"] = {"order": problem.code}
        return body


@fault("refusal.own", story("complete complete"))
class ErrorsAreLists(OmniOrders):
    """Under each field of `errors` stands a list of texts, as the framework has it."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        return {**body, "errors": {problem.field: [problem.message]}} if problem.field else body


@fault("refusal.own", story("confirm confirm"))
class RefusalsNameNoField(_Says):
    """Refused changes have no `errors`."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        del action, order
        return replace(obstacle, field=None)


# refusal.states-it


@fault("refusal.states-it", story("complete confirm"))
class CompleteIsCalledConfirmed(_Says):
    """Confirm on a Complete order says that it has been confirmed."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "confirm" and order.status == COMPLETE:
            return HAS_BEEN_CONFIRMED
        return obstacle


@fault("refusal.states-it", story("complete paid"))
class PaidOnCompleteSaysComplete(_Says):
    """Paid on a Complete order says that it is Complete."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "paid" and order.status == COMPLETE:
            return ALREADY_COMPLETED
        return obstacle


@fault("refusal.states-it", story("paid cancel paid"))
class PaymentIsLookedAtFirst(_Says):
    """Paid on a cancelled order that is paid says that it is paid."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "paid" and (order.status, order.payment_status) == (CANCELLED, PAID):
            return ALREADY_PAID
        return obstacle


@fault("refusal.states-it", story("cancel complete"))
class CancelledIsCalledComplete(_Says):
    """Complete on a cancelled order says that it is Complete."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "complete" and order.status == CANCELLED:
            return ALREADY_COMPLETED
        return obstacle


@fault("refusal.states-it", story("cancel confirm"))
class CancelledIsAnInvalidStatus(_Says):
    """Confirm on a cancelled order says no more than that the status is invalid."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "confirm" and order.status == CANCELLED:
            return Problem("Invalid status", "invalid_status", "number")
        return obstacle


@fault("refusal.states-it", story("complete cancel paid"))
class CodesOfItsOwn(_Says):
    """Paid on a cancelled order has a code that no document knows."""

    def said(self, action: str, order: Order, obstacle: Problem) -> Problem:
        if action == "paid" and order.status == CANCELLED:
            return replace(ALREADY_CANCELED, code="order_closed")
        return obstacle


# error.shape


@fault("error.shape", story("complete confirm"))
class ConfirmOnCompleteHasNoCode(OmniOrders):
    """Confirm on a Complete order is refused with a null for its code."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        return {**body, "error_code": None} if problem == ALREADY_COMPLETED else body


@fault("error.shape", story("cancel paid"))
class MessageIsAnObject(OmniOrders):
    """The message of a cancelled order is an object with a text per language."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        return (
            {**body, "error_message": {"en": problem.message}}
            if problem == ALREADY_CANCELED
            else body
        )


@fault("error.shape", story("cancel complete"))
class RefusalIsADetail(OmniOrders):
    """A cancelled order is refused in the shape that the framework has for everything."""

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        if obstacle == ALREADY_CANCELED:
            raise Refusal(Answer(400, {"detail": obstacle.message}))
        super().refuse_change(action, order, obstacle)


@fault("error.shape", story("paid paid"))
class ErrorsAreWrapped(OmniOrders):
    """Every error stands inside an object `error`."""

    def reject(self, status: int, problem: Problem) -> NoReturn:
        raise Refusal(Answer(status, {"error": self.problem_body(problem)}))


@fault("error.shape", story("confirm confirm"))
class CodeIsANumber(OmniOrders):
    """The code of an error is its status, a number."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        return {**super().problem_body(problem), "error_code": 400}
