"""Calls that lack what is required, and that a faulty server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    LEFT_OUT,
    send,
    status_of,
    token,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.comestri import Product

__all__: list[str] = []


def _with_body(**body: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of a call with this body."""
    return lambda probe: probe.call("create", body, headers=token(probe)).status_code


class _Repairs(ComestriInventory):
    """Puts a good inventory in the place of some that are not."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        return super().check_inventory({"inventory": self.repaired(body)})

    def repaired(self, body: dict[str, object]) -> object:
        return body.get("inventory")

    def some(self) -> dict[str, object]:
        return {"inventory_source": "MOTUL", "product_id": 1, "qty": 0}


@fault("refuse.inventory.missing", _with_body())
class NoInventoryIsNone(_Repairs):
    """A call without an inventory is taken as a quantity of zero."""

    def repaired(self, body: dict[str, object]) -> object:
        return self.some() if "inventory" not in body else body["inventory"]


def _after_one(probe: Probe) -> tuple[int, int]:
    first = send(probe).status_code
    return first, probe.call("create", {}, headers=token(probe)).status_code


@fault("refuse.inventory.missing", _after_one)
class NoInventoryIsTheLast(_Repairs):
    """A call without an inventory repeats the one that was sent before."""

    last: object = None

    def repaired(self, body: dict[str, object]) -> object:
        if "inventory" not in body:
            return self.last
        return body["inventory"]

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        self.last = sent
        return super().apply(source, product, sent)


_GOOD = {"inventory_source": "MOTUL", "product_id": 1, "qty": 5}


@fault("refuse.inventory.type", _with_body(inventory=[_GOOD]))
class FirstInventoryOfAList(_Repairs):
    """Of a list of inventories the first one is taken."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        return given[0] if isinstance(given, list) and given else given


@fault("refuse.inventory.type", _with_body(inventory=None))
class NullInventoryIsNone(_Repairs):
    """An inventory that is null, though it is there, is taken as a quantity of zero."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        return self.some() if given is None and "inventory" in body else given


@fault("refuse.inventory.type", _with_body(inventory=5))
class InventoryIsAQuantity(_Repairs):
    """An inventory that is a number is taken as the quantity."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        return {**self.some(), "qty": given} if isinstance(given, int) else given


@fault("refuse.inventory.type", _with_body(inventory="abc"))
class InventoryIsALabel(_Repairs):
    """An inventory that is a text is taken, with nothing in it."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        return self.some() if isinstance(given, str) else given


class _Defaults(_Repairs):
    field: ClassVar[str]
    value: ClassVar[object]
    null: ClassVar[bool] = False

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        if not isinstance(given, dict):
            return given
        wanting = self.field in given and given[self.field] is None
        if wanting if self.null else self.field not in given:
            return {**given, self.field: self.value}
        return given


for _name, _says, _field, _value, _null in (
    ("QtyIsOptional", "A qty that is left out is taken as zero.", "qty", 0, False),
    ("QtyMayBeNull", "A qty that is null is taken as zero.", "qty", 0, True),
    (
        "SourceIsOptional",
        "An inventory_source that is left out is taken as the first one.",
        "inventory_source",
        "MOTUL",
        False,
    ),
    (
        "SourceMayBeNull",
        "An inventory_source that is null is taken as the first one.",
        "inventory_source",
        "MOTUL",
        True,
    ),
):
    fault(
        f"refuse.{_field}.{'type' if _null else 'missing'}",
        status_of(**{_field: None if _null else LEFT_OUT}),
    )(variant(_Defaults, _name, _says, field=_field, value=_value, null=_null))


def _without_after_one(field: str) -> Callable[[Probe], list[int]]:
    return lambda probe: [send(probe, **one).status_code for one in ({}, {field: LEFT_OUT})]


@fault("refuse.qty.missing", _without_after_one("qty"))
class QtyIsRemembered(_Repairs):
    """A qty may be left out once there is inventory: the former one is kept."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        if not isinstance(given, dict) or "qty" in given or not self.inventories:
            return given
        return {**given, "qty": next(iter(self.inventories.values()))["qty"]}


@fault("refuse.inventory_source.missing", _without_after_one("inventory_source"))
class SourceIsRemembered(_Repairs):
    """An inventory_source may be left out once one was sent: the former one is kept."""

    def repaired(self, body: dict[str, object]) -> object:
        given = body.get("inventory")
        if not isinstance(given, dict) or "inventory_source" in given or not self.inventories:
            return given
        return {**given, "inventory_source": next(iter(self.inventories))[0]}
