"""Faults in updates that should succeed: refused, or answered in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.base import Answer
from retailspec.reference.omni import REQUIRED, Problem
from retailspec.reference.omni_inventory import NOT_A_NUMBER, Line, OmniInventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


def _updated(*items: dict[str, Any], **body: Any) -> Callable[[Probe], Any]:
    """Return a probe: what an update is told; see `update` for the arguments."""
    return lambda probe: told(update(probe, *items, **body))


# update.ok


@fault("update.ok", _updated())
class SuccessIsAnObject(OmniInventory):
    """A success is answered with an object in place of the printed string."""

    def success_body(self) -> object:
        return {"status": "ok"}


@fault("update.ok", _updated())
class SuccessIsAPlainOk(OmniInventory):
    """A success is answered with the string `ok`."""

    def success_body(self) -> object:
        return "ok"


@fault("update.ok", _updated())
class SuccessWithOtherQuotes(OmniInventory):
    """The string of a success has double quotes inside, where single ones are printed."""

    def success_body(self) -> object:
        return 'status: "ok"'


@fault("update.ok", _updated())
class SuccessIsInAList(OmniInventory):
    """A success is answered with a list of one string per variant."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        answer = await super().update(_call, body)
        lines: Any = body["inventories"]
        return Answer(answer.status, [answer.body for _ in lines])


@fault("response.status", _updated())
class SuccessIsNoContent(OmniInventory):
    """A success is answered 204."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        await super().update(_call, body)
        return Answer(204)


@fault("response.schema", _updated({}, {}))
class SuccessCountsTheVariants(OmniInventory):
    """An update of several variants is answered with how many there were."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        answer = await super().update(_call, body)
        lines: Any = body["inventories"]
        return answer if len(lines) == 1 else Answer(200, f"status: 'ok' ({len(lines)})")


# update.many


@fault("update.many", _updated({}, {}))
class OneVariantAtATime(OmniInventory):
    """A list of more than one variant is refused."""

    def apply(self, store: str, lines: list[Line]) -> None:
        if len(lines) > 1:
            self.reject(400, Problem("Send one variant.", "invalid", "inventories"))
        super().apply(store, lines)


@fault("update.many", _updated({}, {}))
class SecondVariantCrashes(OmniInventory):
    """The second variant of a list makes the server fail."""

    def apply(self, store: str, lines: list[Line]) -> None:
        (line,) = lines
        super().apply(store, [line])


# update.defaults


class _NeedsFlags(OmniInventory):
    """Refuses items that lack some flag."""

    def lacks(self, item: dict[str, Any]) -> str | None:
        """Return the flag that an item lacks, or None."""
        raise NotImplementedError

    def check_line(self, item: object) -> Line:
        lacking = self.lacks(item) if isinstance(item, dict) else None
        if lacking is not None and isinstance(item, dict) and item.get("price") not in ("", None):
            self.check_variant(item.get("variant_code"))
            self.check_price(item.get("price"))
            self.invalid(REQUIRED.of(lacking))
        return super().check_line(item)


@fault("update.defaults", _updated({"is_active": True}))
class OutOfStockIsRequired(_NeedsFlags):
    """`out_of_stock` has to be there."""

    def lacks(self, item: dict[str, Any]) -> str | None:
        return None if "out_of_stock" in item else "out_of_stock"


@fault("update.defaults", _updated({"out_of_stock": False}))
class IsActiveIsRequired(_NeedsFlags):
    """`is_active` has to be there."""

    def lacks(self, item: dict[str, Any]) -> str | None:
        return None if "is_active" in item else "is_active"


@fault("update.defaults", _updated({"out_of_stock": False}))
class FlagsComeInPairs(_NeedsFlags):
    """The flags may be left out together, and one of them may not."""

    def lacks(self, item: dict[str, Any]) -> str | None:
        there = [flag for flag in ("out_of_stock", "is_active") if flag in item]
        return "is_active" if len(there) == 1 else None


@fault("update.defaults", _updated())
class DefaultsCrash(OmniInventory):
    """The flags are read from an item before anybody looks whether they are there."""

    def check_line(self, item: object) -> Line:
        line = super().check_line(item)
        if isinstance(item, dict):
            _ = item["out_of_stock"], item["is_active"]
        return line


# update.flags


class _RefusesFlags(OmniInventory):
    """Refuses some combination of the flags."""

    refused: tuple[bool, bool]

    def check_line(self, item: object) -> Line:
        line = super().check_line(item)
        both = isinstance(item, dict) and {"out_of_stock", "is_active"} <= item.keys()
        if both and (line.out_of_stock, line.is_active) == self.refused:
            self.invalid(Problem("These do not go together.", "invalid", "is_active"))
        return line


@fault("update.flags", _updated({"out_of_stock": True, "is_active": True}))
class OutOfStockCannotBeActive(_RefusesFlags):
    """A variant that is out of stock and active at once is refused."""

    refused = (True, True)


@fault("update.flags", _updated({"out_of_stock": True, "is_active": False}))
class OutOfStockMustBeActive(_RefusesFlags):
    """A variant that is out of stock and not active is refused."""

    refused = (True, False)


@fault("update.flags", _updated({"out_of_stock": False, "is_active": False}))
class NothingToDo(_RefusesFlags):
    """A variant whose flags are both false is refused, since false passes for missing."""

    refused = (False, False)


# update.price


@fault("update.price", _updated({"price": 100.5}))
class WholePricesOnly(OmniInventory):
    """A price with a fraction is refused."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if price != int(price):
            self.invalid(NOT_A_NUMBER)
        return price


@fault("update.price", _updated({"price": 100.5}))
class FractionsCrash(OmniInventory):
    """A price with a fraction makes the server fail."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if price != int(price):
            raise ArithmeticError("a fraction of a rupiah")
        return price


@fault("update.ok", _updated({"price": 40000}))
class PricesFitInTwoBytes(OmniInventory):
    """A price above 32767 is refused."""

    def check_price(self, value: object) -> Decimal:
        price = super().check_price(value)
        if price > 32767:
            self.invalid(NOT_A_NUMBER)
        return price


def _five_times(probe: Probe) -> Any:
    return [told(update(probe)) for _ in range(5)]


@fault("update.ok", _five_times)
class UnchangedIsAnError(OmniInventory):
    """An update that changes nothing is refused: what is there already is not sent again."""

    def apply(self, store: str, lines: list[Line]) -> None:
        if all(self.inventory.get((store, line.variant_code)) == line for line in lines) and lines:
            self.reject(400, Problem("Nothing has changed", "not_changed"))
        super().apply(store, lines)


@fault("update.price", _updated({"price": 36364.5}))
class FractionsMustBeText(OmniInventory):
    """A price with a fraction is taken as a string only, for exactness."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, float):
            self.invalid(NOT_A_NUMBER)
        return super().check_price(value)
