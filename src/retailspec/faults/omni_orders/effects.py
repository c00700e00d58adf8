"""Faults in what stays as it was: beside an effect, and after a refused call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import kept, order_call, story
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
    from retailspec.faults.probe import Probe
    from retailspec.reference.omni import Problem

__all__: list[str] = []


# order.frame


@fault("order.frame", story("paid confirm"))
class ConfirmTakesPaymentBack(OmniOrders):
    """Confirm sets an order that is paid to unpaid."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, payment_status=UNPAID) if action == "confirm" else after


@fault("order.frame", story("paid cancel"))
class CancelTakesPaymentBack(OmniOrders):
    """Cancel sets an order that is paid to unpaid."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, payment_status=UNPAID) if action == "cancel" else after


@fault("order.frame", story("complete cancel"))
class CancelTakesPaymentOfCompleteOrdersBack(OmniOrders):
    """Cancel sets a Complete order to unpaid, and no other."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        complete = action == "cancel" and order.status == COMPLETE
        return replace(after, payment_status=UNPAID) if complete else after


@fault("order.frame", story("paid"))
class PaymentConfirms(OmniOrders):
    """Paid confirms a new order too."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        if action == "paid" and order.status == NEW:
            return replace(after, status=CONFIRMED)
        return after


@fault("order.frame", story("confirm paid"))
class PaymentCompletes(OmniOrders):
    """Paid completes a Confirmed order too."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        if action == "paid" and order.status == CONFIRMED:
            return replace(after, status=COMPLETE)
        return after


@fault("order.frame", story("confirm"))
class ConfirmationPays(OmniOrders):
    """Confirm sets the order to paid too."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, payment_status=PAID) if action == "confirm" else after


@fault("order.frame", kept("confirm cancel", "notes"))
class CancelWritesNotes(OmniOrders):
    """Cancel replaces the customer's notes."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, notes="Cancelled by the store") if action == "cancel" else after


@fault("order.frame", kept("confirm paid", "channel"))
class PaymentMovesTheChannel(OmniOrders):
    """Paid sets the channel to that of the till which took the money."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, channel=9) if action == "paid" else after


@fault("order.frame", kept("paid complete", "total"))
class CompletionRoundsTheTotal(OmniOrders):
    """Complete rounds the total up by one rupiah."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        return replace(after, total=order.total + 1) if action == "complete" else after


# refusal.no-effect, of calls that the state rules out


class _Changes(OmniOrders):
    """Refuses a call that the state rules out, and changes the order all the same."""

    def changed(self, action: str, order: Order) -> Order:
        """Return the order as a refused call leaves it."""
        raise NotImplementedError

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:
        self.orders[order.number] = self.changed(action, order)
        super().refuse_change(action, order, obstacle)


@fault("refusal.no-effect", story("cancel cancel confirm"))
class RefusedCancelReopens(_Changes):
    """A refused cancel takes the order back to New."""

    def changed(self, action: str, order: Order) -> Order:
        return replace(order, status=NEW) if action == "cancel" else order


@fault("refusal.no-effect", story("confirm confirm paid"))
class RefusedConfirmResets(_Changes):
    """A refused confirm takes a Confirmed order back to New."""

    def changed(self, action: str, order: Order) -> Order:
        reset = action == "confirm" and order.status == CONFIRMED
        return replace(order, status=NEW) if reset else order


@fault("refusal.no-effect", story("confirm confirm paid"))
class RefusedConfirmPays(_Changes):
    """A refused confirm sets a Confirmed order to paid."""

    def changed(self, action: str, order: Order) -> Order:
        pays = action == "confirm" and order.status == CONFIRMED
        return replace(order, payment_status=PAID) if pays else order


@fault("refusal.no-effect", story("confirm paid confirm cancel"))
class RefusedConfirmUnpays(_Changes):
    """A refused confirm sets a Confirmed order that is paid to unpaid."""

    def changed(self, action: str, order: Order) -> Order:
        unpays = action == "confirm" and order.status == CONFIRMED
        return replace(order, payment_status=UNPAID) if unpays else order


@fault("refusal.no-effect", story("paid paid confirm"))
class RefusedPaymentUnpays(_Changes):
    """A refused payment takes the first one back on a new order."""

    def changed(self, action: str, order: Order) -> Order:
        unpays = action == "paid" and order.status == NEW
        return replace(order, payment_status=UNPAID) if unpays else order


@fault("refusal.no-effect", story("paid paid confirm"))
class RefusedPaymentConfirms(_Changes):
    """A refused payment confirms a new order."""

    def changed(self, action: str, order: Order) -> Order:
        confirms = action == "paid" and order.status == NEW
        return replace(order, status=CONFIRMED) if confirms else order


@fault("refusal.no-effect", story("confirm paid paid complete"))
class RefusedPaymentCompletes(_Changes):
    """A refused payment completes a Confirmed order."""

    def changed(self, action: str, order: Order) -> Order:
        completes = action == "paid" and order.status == CONFIRMED
        return replace(order, status=COMPLETE) if completes else order


@fault("refusal.no-effect", story("complete confirm complete"))
class RefusedConfirmReopensCompleteOrders(_Changes):
    """A refused confirm takes a Complete order back to Confirmed."""

    def changed(self, action: str, order: Order) -> Order:
        reopens = action == "confirm" and order.status == COMPLETE
        return replace(order, status=CONFIRMED) if reopens else order


@fault("refusal.no-effect", story("complete complete cancel"))
class RefusedCompleteUnpays(_Changes):
    """A refused complete sets the order to unpaid."""

    def changed(self, action: str, order: Order) -> Order:
        unpays = action == "complete" and order.status == COMPLETE
        return replace(order, payment_status=UNPAID) if unpays else order


@fault("refusal.no-effect", story("complete paid cancel cancel confirm"))
class RefusedPaymentCancels(_Changes):
    """A refused payment of a Complete order cancels it."""

    def changed(self, action: str, order: Order) -> Order:
        cancels = action == "paid" and order.status == COMPLETE
        return replace(order, status=CANCELLED) if cancels else order


def _kept_notes(probe: Probe) -> bool:
    number = probe.fresh()
    first, _, last = [
        order_call(probe, action, number) for action in ("confirm", "confirm", "paid")
    ]
    return bool(first.json()["notes"] == last.json()["notes"])


@fault("refusal.no-effect", _kept_notes)
class RefusedCallsAreNoted(_Changes):
    """A refused call is written into the order's notes."""

    def changed(self, action: str, order: Order) -> Order:
        return replace(order, notes=f"{order.notes}; {action} refused")


@fault("refusal.no-effect", story("confirm confirm confirm confirm paid"))
class ThreeRefusalsCancel(_Changes):
    """The third refused call on an order cancels it."""

    def changed(self, action: str, order: Order) -> Order:
        del action
        counts: dict[str, int] = self.__dict__.setdefault("refusals", {})
        counts[order.number] = counts.get(order.number, 0) + 1
        return replace(order, status=CANCELLED) if counts[order.number] > 2 else order
