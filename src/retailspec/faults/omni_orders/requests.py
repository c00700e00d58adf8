"""Faults in how the four calls read what names the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import field_of, token, told
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni_orders import NEW, OmniOrders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []

_REQUIRED = "This field is required."


def _body(action: str, make: Callable[[str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told whose body is made from a fresh order's number."""

    def probe_body(probe: Probe) -> Any:
        return told(probe.call(action, make(probe.fresh()), headers=token(probe)))

    return probe_body


def _number(action: str, make: Callable[[str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told that names an order in a way made from its number."""
    return _body(action, lambda number: {field_of(action): make(number)})


# number.missing, number.empty


@fault("number.missing", _body("confirm", lambda _: {}))
class MissingNumberInFrameworkShape(OmniOrders):
    """A missing number is refused with a list of texts under its name, as the framework does."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field not in values:
            raise Refusal(Answer(400, {field: [_REQUIRED]}))
        return super().read_number(field, values)


@fault("number.missing", _body("paid", lambda _: {}))
class MissingNumberCrashes(OmniOrders):
    """The number is taken from the body before anybody looks whether it is there."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        _ = values[field]
        return super().read_number(field, values)


@fault("number.missing", _body("cancel", lambda _: {}))
class MissingNumberIsTheFirstOrder(OmniOrders):
    """Cancel with nothing in its body takes the store's first order."""

    async def change(self, call: Call, body: dict[str, object]) -> Answer:
        if call.operation.name == "cancel" and not body:
            body = {"order": next(iter(self.orders))}
        return await super().change(call, body)


@fault("number.missing", _body("complete", lambda _: {}))
class MissingNumberIsUnprocessable(OmniOrders):
    """A missing number is answered 422."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field not in values:
            self.refuse(422, _REQUIRED)
        return super().read_number(field, values)


@fault("number.empty", _number("confirm", lambda _: ""))
class EmptyNumberIsNotFound(OmniOrders):
    """An empty number is answered 404."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) == "":
            self.refuse(404, "Not found.")
        return super().read_number(field, values)


@fault("number.empty", _number("paid", lambda _: ""))
class EmptyNumberMatchesAll(OmniOrders):
    """Orders are looked up by how their number begins, so that an empty one finds the first."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) == "":
            return next(iter(self.orders))
        return super().read_number(field, values)


@fault("number.empty", _number("complete", lambda _: ""))
class EmptyNumberHasNoCode(OmniOrders):
    """An empty number is refused with a message and no code."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) == "":
            raise Refusal(Answer(400, {"error_message": _REQUIRED}))
        return super().read_number(field, values)


@fault("number.empty", _number("cancel", lambda _: ""))
class EmptyNumberIsForbidden(OmniOrders):
    """An empty number is answered 403, since no order of the store has it."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if values.get(field) == "":
            self.refuse(403, "Not your order.")
        return super().read_number(field, values)


# number.wrong-key


@fault("number.wrong-key", _body("confirm", lambda number: {"order": number}))
class ConfirmTakesOrder(OmniOrders):
    """Confirm takes the number under `order` as well."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field == "number" and "number" not in values and "order" in values:
            field = "order"
        return super().read_number(field, values)


@fault("number.wrong-key", _body("cancel", lambda number: {"number": number}))
class OthersTakeNumber(OmniOrders):
    """Paid, complete and cancel take the number under `number` as well."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field == "order" and "order" not in values and "number" in values:
            field = "number"
        return super().read_number(field, values)


@fault("number.wrong-key", _body("paid", lambda number: {"number": number}))
class PaidTakesAnyField(OmniOrders):
    """Paid takes the first value of the body, whatever its name."""

    async def change(self, call: Call, body: dict[str, object]) -> Answer:
        if call.operation.name == "paid" and body:
            body = {"order": next(iter(body.values()))}
        return await super().change(call, body)


@fault("confirm.from.new-unpaid", _body("confirm", lambda number: {"number": number}))
class ConfirmWantsOrder(OmniOrders):
    """Confirm wants the number under `order`, like the other three calls, and nowhere else."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        return (
            super().read_number("order", values)
            if field == "number"
            else super().read_number(field, values)
        )


# number.wrong-type


@fault("number.wrong-type", _number("confirm", lambda number: [number]))
class TakesAListOfNumbers(OmniOrders):
    """A list of numbers is taken, and the first of it is used."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field)
        if isinstance(value, list) and value:
            values = {field: value[0]}
        return super().read_number(field, values)


@fault("number.wrong-type", _number("complete", lambda number: {"number": number}))
class TakesAnOrderObject(OmniOrders):
    """An object with the number in it is taken."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field)
        if isinstance(value, dict) and "number" in value:
            values = {field: value["number"]}
        return super().read_number(field, values)


@fault("number.wrong-type", _number("cancel", lambda _: 1))
class TakesTheId(OmniOrders):
    """An integer is taken for an order's id."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        value = values.get(field)
        if isinstance(value, int):
            values = {field: next((o.number for o in self.orders.values() if o.id == value), "")}
        return super().read_number(field, values)


@fault("number.wrong-type", _number("paid", lambda _: None))
class NullIsTheNextInTheQueue(OmniOrders):
    """Null is taken for the oldest order that is new still."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field in values and values[field] is None:
            return next(order.number for order in self.orders.values() if order.status == NEW)
        return super().read_number(field, values)


@fault("number.wrong-type", _number("confirm", lambda number: [number]))
class ListOfNumbersCrashes(OmniOrders):
    """A number that is no string goes to the database as it is, which fails over a list."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        _ = values.get(field) in {"", None}
        return super().read_number(field, values)


@fault("no-server-error", _number("cancel", lambda _: None))
class NullNumberCrashes(OmniOrders):
    """Cancel trims the number before it looks whether it is a string."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if field in values and values[field] is None:
            raise AttributeError("None has no strip")
        return super().read_number(field, values)


@fault("number.wrong-type.status", _number("confirm", lambda _: 1))
class WrongTypesAreUnprocessable(OmniOrders):
    """A number that is no string is answered 422."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if not isinstance(values.get(field, ""), str):
            self.refuse(422, "Enter a string.")
        return super().read_number(field, values)


@fault("number.wrong-type.status", _number("paid", lambda number: [number]))
class ListsAreNotFound(OmniOrders):
    """A list of numbers is answered 404."""

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if isinstance(values.get(field), list):
            self.refuse(404, "Not found.")
        return super().read_number(field, values)
