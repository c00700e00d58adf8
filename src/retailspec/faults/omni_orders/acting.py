"""Faults in calls that are refused for who calls or how, and have their effect all the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import field_of, order_call, token, told
from retailspec.reference.base import Refusal
from retailspec.reference.omni_orders import (
    FIELDS,
    OmniOrders,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call

__all__: list[str] = []


# refusal.no-effect, of calls that are refused for another reason


class _ActsFirst(OmniOrders):
    """Does what a call asks for, and then finds that it has to be refused."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        """Tell whether a refused call has had its effect."""
        raise NotImplementedError

    async def respond(self, call: Call) -> Answer:
        try:
            return await super().respond(call)
        except Refusal as refusal:
            if self.acts(call, refusal):
                await self._act(call)
            raise

    async def _act(self, call: Call) -> None:
        with contextlib.suppress(Refusal, RecursionError, TypeError, ValueError):
            body = dict(self.decode(call.raw or b""))  # type: ignore[call-overload]  # TypeError: see above
            number = body.get("number", body.get("order"))
            number = number[0] if isinstance(number, list) else number
            before = self.orders.get(number)
            if before is not None and call.operation.name in FIELDS:
                await self.carry_out(call.operation.name, before)


def _after(refused: Callable[[Probe, str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a cancel is told after a cancel that was refused for another reason."""

    def probe_order(probe: Probe) -> Any:
        number = probe.fresh()
        refused(probe, number)
        return told(order_call(probe, "cancel", number))

    return probe_order


@fault("refusal.no-effect", _after(lambda probe, number: probe.call("cancel", {"order": number})))
class ActsBeforeItAsksWho(_ActsFirst):
    """A call without a right token has its effect, and is refused afterwards."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        del call
        return refusal.answer.status == 401


def _over_plain_http(probe: Probe, number: str) -> None:
    order_call(probe, "cancel", number, base_url=probe.plain_url)


@fault("refusal.no-effect", _after(_over_plain_http))
class ActsOverPlainHttp(_ActsFirst):
    """A call over plain HTTP has its effect, and is refused afterwards."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        del refusal
        return not call.secure


def _with_put(probe: Probe, number: str) -> None:
    order_call(probe, "cancel", number, method="PUT")


@fault("refusal.no-effect", _after(_with_put))
class ActsOnPut(_ActsFirst):
    """PUT has the effect of POST, and is answered 405."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        return call.method == "PUT" and refusal.answer.status == 405


def _as_text(probe: Probe, number: str) -> None:
    path = probe.contract.operations["cancel"].path
    headers = {**token(probe), "Content-Type": "text/plain"}
    probe.client.post(probe.base_url + path, json={"order": number}, headers=headers)


@fault("refusal.no-effect", _after(_as_text))
class ActsBeforeItReadsTheLabel(_ActsFirst):
    """A body with a wrong label has its effect, and is refused afterwards."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        del call
        return refusal.answer.status == 415


@fault("refusal.no-effect", _after(lambda probe, number: order_call(probe, "cancel", [number])))
class ActsOnLists(_ActsFirst):
    """A list of one number has its effect, and is refused for its type."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        return refusal.answer.status == 400 and b"[" in (call.raw or b"")


def _under_the_other_name(probe: Probe, number: str) -> None:
    other = {"number": number} if field_of("cancel") == "order" else {"order": number}
    probe.call("cancel", other, headers=token(probe))


@fault("refusal.no-effect", _after(_under_the_other_name))
class ActsOnTheOtherName(_ActsFirst):
    """A number under the other calls' name has its effect, and is called missing."""

    def acts(self, call: Call, refusal: Refusal) -> bool:
        other = b'"order"' if FIELDS[call.operation.name] == "number" else b'"number"'
        return refusal.answer.status == 400 and other in (call.raw or b"")
