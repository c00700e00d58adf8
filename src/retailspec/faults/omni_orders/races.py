"""Faults that show only where calls come at the same time."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import at_once
from retailspec.reference.omni_orders import OmniOrders, Order

if TYPE_CHECKING:
    import httpx

    from retailspec.reference.base import Answer, Call

__all__: list[str] = []

_WINDOW = 0.05
"""How long, in seconds, a check and what follows from it lie apart."""


def _winners(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code == 200 for answer in answers)


class _Window(OmniOrders):
    """Looks at an order, waits, and changes what it saw: with no lock, calls meet in between."""

    racing: frozenset[str]

    def lock(self, number: str) -> AbstractAsyncContextManager[object]:
        del number
        return nullcontext()

    async def carry_out(self, action: str, before: Order) -> Order:
        if action not in self.racing:
            return await super().carry_out(action, self.orders[before.number])
        obstacle = self.obstacle(action, before)
        if obstacle is None:
            await asyncio.sleep(_WINDOW)
            after = self.orders[before.number] = self.apply(action, before)
            return after
        return await super().carry_out(action, before)


@fault("race.single-winner", at_once(["confirm"] * 4, _winners), sockets=True)
class ConfirmChecksThenSets(_Window):
    """Between looking at an order and confirming it, confirm leaves time for another one."""

    racing = frozenset({"confirm"})


@fault("race.single-winner", at_once(["paid"] * 4, _winners), sockets=True)
class PaidChecksThenSets(_Window):
    """Between looking at an order and marking it paid, paid leaves time for another one."""

    racing = frozenset({"paid"})


@fault("race.single-winner", at_once(["complete"] * 4, _winners), sockets=True)
class CompleteChecksThenSets(_Window):
    """Between looking at an order and completing it, complete leaves time for another one."""

    racing = frozenset({"complete"})


@fault("race.single-winner", at_once(["cancel"] * 4, _winners), sockets=True)
class CancelChecksThenSets(_Window):
    """Between looking at an order and cancelling it, cancel leaves time for another one."""

    racing = frozenset({"cancel"})


def _both_shown(answers: list[httpx.Response]) -> Any:
    return sorted(
        (answer.json()["status"], answer.json()["paymentStatus"]) for answer in answers
    ) in (
        [(1, 2), (10, 2)],
        [(10, 1), (10, 2)],
    )


@fault("race.linearizable", at_once(["confirm", "paid"], _both_shown), sockets=True)
class LocksByCall(OmniOrders):
    """Equal calls wait for each other, different ones do not: the later one undoes the earlier."""

    async def change(self, call: Call, body: dict[str, object]) -> Answer:
        locks: dict[str, asyncio.Lock] = self.__dict__.setdefault("by_call", {})
        async with locks.setdefault(call.operation.name, asyncio.Lock()):
            return await super().change(call, body)

    def lock(self, number: str) -> AbstractAsyncContextManager[object]:
        del number
        return nullcontext()

    async def carry_out(self, action: str, before: Order) -> Order:
        obstacle = self.obstacle(action, before)
        if obstacle is not None:
            return await super().carry_out(action, before)
        await asyncio.sleep(_WINDOW)
        after = self.orders[before.number] = self.apply(action, before)
        return after


def _failed(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code >= 500 for answer in answers)


@fault("no-server-error", at_once(["paid"] * 4, _failed), sockets=True)
class BusyOrdersCrash(OmniOrders):
    """A call that finds an order locked by another one fails in place of waiting."""

    def lock(self, number: str) -> AbstractAsyncContextManager[object]:
        lock = self._locks.get(number)
        if lock is not None and lock.locked():
            raise TimeoutError("lock wait timeout exceeded")
        return super().lock(number)

    async def carry_out(self, action: str, before: Order) -> Order:
        await asyncio.sleep(_WINDOW)
        return await super().carry_out(action, before)
