"""Faults in how an order is looked up: numbers that no order has, orders of another store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import field_of, order_call, token, told
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni_orders import FIELDS, NOT_FOUND, OmniOrders, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call
    from retailspec.reference.omni import Problem

__all__: list[str] = []


def _body(action: str, make: Callable[[str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told whose body is made from a fresh order's number."""

    def probe_body(probe: Probe) -> Any:
        return told(probe.call(action, make(probe.fresh()), headers=token(probe)))

    return probe_body


def _number(action: str, make: Callable[[str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told that names an order in a way made from its number."""
    return _body(action, lambda number: {field_of(action): make(number)})


# number.unknown, isolation


class _NotFound(OmniOrders):
    """Says something else of a number that no order has."""

    def not_found(self, action: str) -> NoReturn:
        """Refuse the call."""
        raise NotImplementedError

    def find(self, call: Call, number: str) -> Order:
        order = self.orders.get(number)
        if order is None or not self.may_see(call, order):
            self.not_found(call.operation.name)
        return order


_UNKNOWN = {action: _number(action, lambda _: "NOSUCH01") for action in FIELDS}


@fault("number.unknown", _UNKNOWN["confirm"])
class UnknownNumberIs404(_NotFound):
    """A number that no order has is answered 404."""

    def not_found(self, action: str) -> NoReturn:
        del action
        self.reject(404, NOT_FOUND)


@fault("number.unknown", _UNKNOWN["cancel"])
class UnknownNumberInFrameworkShape(_NotFound):
    """Cancel of a number that no order has is refused with a `detail`."""

    def not_found(self, action: str) -> NoReturn:
        if action == "cancel":
            self.refuse(400, "Not found.")
        self.reject(400, NOT_FOUND)


@fault("number.unknown", _UNKNOWN["paid"])
class UnknownNumberNamesNoField(OmniOrders):
    """The refusal of a number that no order has lacks `errors`."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        if problem == NOT_FOUND:
            del body["errors"]
        return body


@fault("number.unknown", _UNKNOWN["complete"])
class UnknownNumberHasAnotherCode(OmniOrders):
    """The code of a number that no order has is `order_not_found`."""

    def problem_body(self, problem: Problem) -> dict[str, object]:
        body = super().problem_body(problem)
        return {**body, "error_code": "order_not_found"} if problem == NOT_FOUND else body


@fault("number.unknown", _UNKNOWN["confirm"])
class UnknownNumberNamesTheOtherField(_NotFound):
    """The field of a number that no order has is `order` for confirm."""

    def not_found(self, action: str) -> NoReturn:
        self.reject(400, NOT_FOUND.of("order" if action == "confirm" else "number"))


@fault("number.unknown", _UNKNOWN["paid"])
class UnknownNumberMakesAnOrder(OmniOrders):
    """A number that no order has gets one, which is paid at once."""

    def find(self, call: Call, number: str) -> Order:
        if call.operation.name == "paid" and number not in self.orders:
            self.add(Order(number=number, store_name=call.caller))
        return super().find(call, number)


@fault("no-server-error", _UNKNOWN["complete"])
class UnknownNumberCrashes(OmniOrders):
    """Complete takes for granted that there is such an order."""

    def find(self, call: Call, number: str) -> Order:
        if call.operation.name == "complete":
            _ = self.orders[number]
        return super().find(call, number)


def _foreign(action: str) -> Callable[[Probe], Any]:
    def probe_foreign(probe: Probe) -> Any:
        return told(order_call(probe, action, probe.fixtures["foreign_order"]))

    return probe_foreign


@fault("isolation", _foreign("confirm"))
class OrdersOfEverybody(OmniOrders):
    """Any store may change any order."""

    def may_see(self, call: Call, order: Order) -> bool:
        del call, order
        return True


@fault("isolation", _foreign("cancel"))
class CancelForEverybody(OmniOrders):
    """Any store may cancel any order; the other calls look whose it is."""

    def may_see(self, call: Call, order: Order) -> bool:
        return call.operation.name == "cancel" or super().may_see(call, order)


@fault("isolation", _foreign("paid"))
class ForeignOrdersAreInvalid(OmniOrders):
    """An order of another store is refused with a code that gives away that there is one."""

    def find(self, call: Call, number: str) -> Order:
        order = self.orders.get(number)
        if order is not None and not self.may_see(call, order):
            body = {"error_message": "Order of another store", "error_code": "invalid_store"}
            raise Refusal(Answer(400, body))
        return super().find(call, number)
