"""Faults in what is made of several variants, and of prices that begin like a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.omni_inventory import Line, OmniInventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from retailspec.faults.probe import Probe

__all__: list[str] = []


def _with(*items: dict[str, Any]) -> Callable[[Probe], Any]:
    """Return a probe: what an update is told; see `update` for the arguments."""
    return lambda probe: told(update(probe, *items))


@fault("inventories.second-item", _with({"variant_code": "NO-SUCH-CODE"}, {}))
class LooksAtTheLastOnly(OmniInventory):
    """Only the last of several variants is looked at."""

    def check_lines(self, items: list[object]) -> list[Line]:
        return super().check_lines(items[-1:])


class _FillsIn(OmniInventory):
    """Takes what a later variant lacks from the first one."""

    def field(self) -> str:
        """Return the field that may be missing."""
        raise NotImplementedError

    def check_lines(self, items: list[object]) -> list[Line]:
        first = items[0] if items and isinstance(items[0], dict) else {}
        usual = {self.field(): first.get(self.field())}
        later = [{**usual, **item} if isinstance(item, dict) else item for item in items[1:]]
        return super().check_lines([*items[:1], *later])


@fault("inventories.second-item", _with({}, {"variant_code": None}))
class LaterCodesMayBeMissing(_FillsIn):
    """A variant that is not the first may lack its code."""

    def field(self) -> str:
        return "variant_code"


@fault("inventories.second-item", _with({}, {"price": None}))
class LaterPricesMayBeMissing(_FillsIn):
    """A variant that is not the first may lack its price."""

    def field(self) -> str:
        return "price"


def _twice(probe: Probe) -> Any:
    code = probe.fixtures["variant_code"]
    return told(update(probe, {}, {"variant_code": code}))


@fault("no-server-error", _twice)
class RepeatedVariantCrashes(OmniInventory):
    """The database holds a variant once, and says so when the server does not expect it."""

    def check_lines(self, items: list[object]) -> list[Line]:
        lines = super().check_lines(items)
        if len({line.variant_code for line in lines}) < len(lines):
            raise KeyError("duplicate key")
        return lines


@fault("price.invalid", _with({"price": "36364abc"}))
class DigitsWillDo(OmniInventory):
    """Of a price that is a string only the digits that it begins with are read."""

    def check_price(self, value: object) -> Decimal:
        digits = re.match(r"[0-9]+", value) if isinstance(value, str) else None
        return super().check_price(int(digits[0]) if digits else value)
