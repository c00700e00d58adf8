"""Faults over numbers of a strange shape: taken for an order's, or too much for the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import order_call, told
from retailspec.reference.omni_orders import OmniOrders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.faults.probe import Probe

__all__: list[str] = []

_FOUR_BYTES = 0xFFFF


def _named(action: str, make: Callable[[str], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told that names an order in a way made from its number."""
    return lambda probe: told(order_call(probe, action, make(probe.fresh())))


# number.unknown


class _Finds(OmniOrders):
    """Takes a number that no order has for the number of one that there is."""

    def meant(self, number: str) -> str:
        """Return the number that is looked up."""
        raise NotImplementedError

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        return self.meant(super().read_number(field, values))


@fault("number.unknown", _named("cancel", lambda number: f"{number}XYZ"))
class NumbersAreCutToTheColumn(_Finds):
    """What does not fit the column of the database is cut off before the order is looked up."""

    def meant(self, number: str) -> str:
        return number[: len(next(iter(self.orders)))]


@fault("number.unknown", _named("paid", lambda number: f"{number}XYZ"))
class NumbersMayHaveMoreAround(_Finds):
    """An order is found by any text that has its number in it."""

    def meant(self, number: str) -> str:
        return next((known for known in self.orders if known in number), number)


@fault("number.unknown", _named("confirm", lambda number: f"{number}%"))
class NumbersMayHaveWildcards(_Finds):
    """The number is looked up with the operator that takes a per cent sign for any text."""

    def meant(self, number: str) -> str:
        head, wild, _ = number.partition("%")
        found = (known for known in self.orders if wild and known.startswith(head))
        return next(found, number)


# no-server-error


class _Fails(OmniOrders):
    """Fails over numbers of some shape."""

    def unprepared(self, number: object) -> bool:
        """Tell whether the number is of that shape."""
        raise NotImplementedError

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        if self.unprepared(values.get(field)):
            raise TypeError("a number that nobody thought of")
        return super().read_number(field, values)


@fault("no-server-error", _named("confirm", lambda _: "A\0B"))
class NullCharacterCrashes(_Fails):
    """The database fails over a null character."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, str) and "\0" in number


@fault("no-server-error", _named("paid", lambda _: "\U0001f354"))
class FourBytesCrash(_Fails):
    """The database has no room for characters beyond 16 bits."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, str) and any(ord(one) > _FOUR_BYTES for one in number)


@fault("no-server-error", _named("complete", lambda _: "\ud800"))
class HalfACharacterCrashes(_Fails):
    """A text that UTF-8 has no bytes for makes the server fail."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, str) and number != number.encode("utf-8", "replace").decode()


@fault("no-server-error", _named("cancel", lambda _: "x" * 300))
class LongNumberCrashes(_Fails):
    """A number that is longer than the log's column makes the server fail."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, str) and len(number) > 255


@fault("no-server-error", _named("confirm", lambda _: " "))
class BlankNumberCrashes(_Fails):
    """A number is split into words, of which there has to be a first."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, str) and number != "" and not number.split()


@fault("no-server-error", _named("paid", lambda _: True))
class BooleanCrashes(_Fails):
    """A boolean passes for an integer, and then fails to be one."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, bool)


@fault("no-server-error", _named("cancel", lambda _: 2**64))
class WideIntegerCrashes(_Fails):
    """An integer that is wider than the database's makes the server fail."""

    def unprepared(self, number: object) -> bool:
        return isinstance(number, int) and number >= 2**63
