"""Prices and lists that are taken for what they are not."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import token, told, update
from retailspec.reference.omni_inventory import OmniInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call

__all__: list[str] = []


def _price(price: Any) -> Callable[[Probe], Any]:
    """Return a probe: what an update with a price is told."""
    return lambda probe: told(update(probe, {"price": price}))


@fault("price.invalid", _price("12abc"))
class DigitsInFrontAreAPrice(OmniInventory):
    """A price is read as far as its digits go, and what follows them is passed over."""

    def check_price(self, value: object) -> Decimal:
        digits = re.match(r"\d+", value) if isinstance(value, str) else None
        return Decimal(digits.group()) if digits else super().check_price(value)


@fault("price.invalid", _price({"amount": 5}))
class ObjectsAreZero(OmniInventory):
    """A price that is an object is taken for zero."""

    def check_price(self, value: object) -> Decimal:
        return Decimal(0) if isinstance(value, dict) else super().check_price(value)


@fault("update.price.zero", _price(0))
class ZeroIsNoPrice(OmniInventory):
    """A price of zero is taken for one that is left out."""

    def check_price(self, value: object) -> Decimal:
        return super().check_price(value or None)


def _null(probe: Probe) -> Any:
    body = {"store_code": probe.fixtures["store_code"], "inventories": None}
    return told(probe.call("update", body, headers=token(probe)))


@fault("inventories.not-a-list", _null)
class NullIsPassedOver(OmniInventory):
    """A null in place of the list is passed over."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        empty = "inventories" in body and body["inventories"] is None
        return await super().update(_call, {**body, "inventories": []} if empty else body)
