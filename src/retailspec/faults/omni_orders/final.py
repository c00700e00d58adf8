"""Faults in what is final: cancelled orders that come back, late or by a side door."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import order_call, story, told
from retailspec.reference.omni_orders import CANCELLED, CONFIRMED, NEW, PAID, OmniOrders, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer
    from retailspec.reference.omni import Problem

__all__: list[str] = []


class _Counts(OmniOrders):
    """Counts, per order, how often each call was refused because the order is cancelled."""

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.tries: Counter[tuple[str, str]] = Counter()

    def gives_way(self, action: str, order: Order) -> bool:
        """Tell whether a call on a cancelled order is let through by now."""
        raise NotImplementedError

    def obstacle(self, action: str, order: Order) -> Problem | None:
        if order.status == CANCELLED:
            self.tries[order.number, action] += 1
            if self.gives_way(action, order):
                return None
        return super().obstacle(action, order)


@fault("cancel.final", story("cancel cancel cancel cancel"))
class CancelledUntilTheThirdTry(_Counts):
    """The third call of any kind on a cancelled order goes through."""

    def gives_way(self, action: str, order: Order) -> bool:
        del action
        return sum(n for (number, _), n in self.tries.items() if number == order.number) > 2


@fault("cancel.final", story("cancel confirm confirm"))
class ConfirmRevivesAtTheSecondTry(_Counts):
    """The second confirm of a cancelled order goes through."""

    def gives_way(self, action: str, order: Order) -> bool:
        return action == "confirm" and self.tries[order.number, action] > 1


@fault("cancel.final", story("complete cancel paid paid"))
class PaidIsTakenAtTheSecondTry(_Counts):
    """The second payment of a cancelled order that is paid goes through."""

    def gives_way(self, action: str, order: Order) -> bool:
        paid = action == "paid" and order.payment_status == PAID
        return paid and self.tries[order.number, action] > 1


@fault("cancel.final", story("cancel cancel cancel cancel"))
class CancelAgreesAtTheThirdTry(_Counts):
    """Cancel is refused twice on a cancelled order, and answered as a success the third time."""

    def gives_way(self, action: str, order: Order) -> bool:
        return action == "cancel" and self.tries[order.number, action] > 2


@fault("cancel.final", story("cancel complete complete"))
class CompleteRevivesAtTheSecondTry(_Counts):
    """The second complete of a cancelled order goes through."""

    def gives_way(self, action: str, order: Order) -> bool:
        return action == "complete" and self.tries[order.number, action] > 1


def _two_orders(probe: Probe) -> Any:
    first, second = probe.fresh(), probe.fresh()
    order_call(probe, "cancel", first)
    order_call(probe, "cancel", second)
    return told(order_call(probe, "confirm", first))


@fault("cancel.final", _two_orders)
class OnlyTheLatestStaysCancelled(OmniOrders):
    """The server remembers one cancelled order: cancelling the next one revives it."""

    _latest: str | None = None

    async def carry_out(self, action: str, before: Order) -> Order:
        after = await super().carry_out(action, before)
        if action == "cancel":
            earlier = self.orders.get(self._latest or "")
            if earlier is not None:
                self.orders[earlier.number] = replace(earlier, status=NEW)
            self._latest = after.number
        return after


class _Remembers(OmniOrders):
    """Keeps, per order, the calls that it took."""

    def took(self, number: str) -> list[str]:
        """Return the calls that an order took so far."""
        taken: dict[str, list[str]] = self.__dict__.setdefault("taken", {})
        return taken.setdefault(number, [])

    def apply(self, action: str, order: Order) -> Order:
        self.took(order.number).append(action)
        return super().apply(action, order)


@fault("complete.from.cancelled-paid", story("complete cancel complete"))
class CompletedOrdersCompleteAgain(_Remembers):
    """An order that was Complete before it was cancelled can be completed again, and no other."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        again = action == "complete" and self.took(order.number) == ["complete", "cancel"]
        return None if again else super().obstacle(action, order)


@fault("paid.from.complete-paid", story("confirm complete paid"))
class ConfirmedOrdersArePaidTwice(_Remembers):
    """A Complete order can be paid again if it was confirmed before, and never paid by itself."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        again = action == "paid" and self.took(order.number) == ["confirm", "complete"]
        return None if again else super().obstacle(action, order)


@fault("cancel.from.complete-paid", story("paid complete cancel"))
class PaidAheadIsNotCancelled(_Remembers):
    """A Complete order cannot be cancelled if it was paid while it was new."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        ahead = action == "cancel" and self.took(order.number) == ["paid", "complete"]
        return super().obstacle("complete", order) if ahead else super().obstacle(action, order)


@fault("cancel.from.confirmed-paid", story("paid confirm cancel"))
class PaidFirstCannotBeCancelled(OmniOrders):
    """A Confirmed order that was paid first cannot be cancelled; one confirmed first can."""

    def apply(self, action: str, order: Order) -> Order:
        after = super().apply(action, order)
        if action == "confirm" and order.payment_status == PAID:
            self.__dict__.setdefault("paid_first", set()).add(order.number)
        return after

    def obstacle(self, action: str, order: Order) -> Problem | None:
        first = order.number in self.__dict__.get("paid_first", set())
        if action == "cancel" and order.status == CONFIRMED and first:
            return super().obstacle("paid", order)
        return super().obstacle(action, order)


@fault("paid.from.new-paid", lambda probe: [story("paid paid")(probe) for _ in range(2)])
class KeepsTheFirstOrderOnly(OmniOrders):
    """Payment is kept for the first order that is paid; on later ones it is answered only."""

    _first: str | None = None

    async def carry_out(self, action: str, before: Order) -> Order:
        after = await super().carry_out(action, before)
        if action == "paid":
            self._first = self._first or before.number
            if self._first != before.number:
                self.orders[before.number] = before
        return after


@fault("confirm.from.confirmed-unpaid", story("confirm confirm confirm"))
class WritesOneCallLate(OmniOrders):
    """A change is kept when the next call on the order comes, after that call has been judged."""

    async def change(self, call: Any, body: dict[str, object]) -> Answer:
        late: dict[str, Order] = self.__dict__.setdefault("late", {})
        before = dict(self.orders)
        waiting = dict(late)
        try:
            return await super().change(call, body)
        finally:
            number = next((n for n, order in self.orders.items() if order != before.get(n)), None)
            if number is not None:
                late[number] = self.orders[number]
                self.orders[number] = waiting.get(number, before[number])
