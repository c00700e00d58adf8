"""How a fault that both Omni servers can have is written once and registered for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from retailspec.faults.model import fault, liberty

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.omni import Omni

__all__ = ["seed", "shared_fault", "shared_liberty"]


@dataclass(frozen=True)
class _Shared:
    """A fault or a liberty that waits for the server that is to have it."""

    mixin: type[Omni]
    breaks: str
    probe: Callable[[Probe], Any] | None
    costs: tuple[str, ...] = ()


_SHARED: list[_Shared] = []


def shared_fault(breaks: str, probe: Callable[[Probe], Any]) -> Callable[[type[Omni]], type[Omni]]:
    """Note a mixin as a fault of both servers; see `fault` for the arguments."""

    def note(mixin: type[Omni]) -> type[Omni]:
        _SHARED.append(_Shared(mixin, breaks, probe))
        return mixin

    return note


def shared_liberty(*costs: str) -> Callable[[type[Omni]], type[Omni]]:
    """Note a mixin as a liberty of both servers; see `liberty` for the arguments."""

    def note(mixin: type[Omni]) -> type[Omni]:
        _SHARED.append(_Shared(mixin, "", None, costs))
        return mixin

    return note


def seed(base: type[Omni]) -> None:
    """Register every shared fault and liberty for one of the two servers.

    Args:
        base: The healthy server.
    """
    for one in _SHARED:
        made = type(one.mixin.__name__, (one.mixin, base), {"__doc__": one.mixin.__doc__})
        server = cast("type[Omni]", made)
        if one.probe is not None:
            fault(one.breaks, one.probe)(server)
        else:
            liberty(*one.costs)(server)
