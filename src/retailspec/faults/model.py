"""What a seeded fault and a liberty are, and the registry of both."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from retailspec.contract import nearest
from retailspec.errors import ContractError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Reference

__all__ = ["CORPORA", "Fault", "Liberty", "corpus", "fault", "liberty"]

CORPORA = (
    "omni-orders",
    "omni-inventory",
    "comestri-inventory",
    "sirclo-inventory",
    "mipos-inventory",
    "mipos-receiver",
)
"""The contracts whose reference servers have faults and liberties."""


@dataclass(frozen=True)
class Fault:
    """One small defect of a reference server.

    Args:
        name: Its name, from the class's.
        contract: The contract.
        breaks: The id of the rule that it breaks.
        says: What is wrong, in one sentence.
        server: The server with the defect: a subclass with one thing changed.
        probe: A call or two whose outcome differs from the healthy server's.
        settings: What the target file says differently for it.
        sockets: Whether it shows only over real sockets (TLS, races, webhooks).
    """

    name: str
    contract: str
    breaks: str
    says: str
    server: Callable[[], Reference]
    probe: Callable[[Probe], Any]
    settings: dict[str, Any] = field(default_factory=dict)
    sockets: bool = False


@dataclass(frozen=True)
class Liberty:
    """One variation of a reference server that conforms all the same.

    Args:
        name: Its name, from the class's.
        contract: The contract.
        says: What is different, in one sentence.
        server: The server with the variation.
        costs: The shoulds that it gives up; no other rule may be broken.
        settings: What the target file says differently for it.
        sockets: Whether it shows only over real sockets.
    """

    name: str
    contract: str
    says: str
    server: Callable[[], Reference]
    costs: frozenset[str] = frozenset()
    settings: dict[str, Any] = field(default_factory=dict)
    sockets: bool = False


Server = TypeVar("Server", bound="Reference")
Named = TypeVar("Named", Fault, Liberty)
_FAULTS: dict[str, dict[str, Fault]] = {name: {} for name in CORPORA}
_LIBERTIES: dict[str, dict[str, Liberty]] = {name: {} for name in CORPORA}


def _kebab(name: str) -> str:
    words = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])"
    return re.sub(words, "-", name).lower()


def fault(
    breaks: str,
    probe: Callable[[Probe], Any],
    *,
    settings: dict[str, Any] | None = None,
    sockets: bool = False,
) -> Callable[[type[Server]], type[Server]]:
    """Register a subclass of a reference server as a fault; its docstring says what is wrong.

    Args:
        breaks: The id of the rule that it breaks.
        probe: A call or two whose outcome differs from the healthy server's.
        settings: Keys of the target file that differ for it.
        sockets: Whether it shows only over real sockets.
    """

    def register(server: type[Server]) -> type[Server]:
        made = Fault(
            name=_kebab(server.__name__),
            contract=server.name,
            breaks=breaks,
            says=_says(server),
            server=lambda: server(https_only=True),
            probe=probe,
            settings=settings or {},
            sockets=sockets,
        )
        _register(_FAULTS[server.name], made)
        return server

    return register


def liberty(
    *costs: str, settings: dict[str, Any] | None = None, sockets: bool = False
) -> Callable[[type[Server]], type[Server]]:
    """Register a subclass of a reference server as a liberty; its docstring says what differs.

    Args:
        costs: The ids of the shoulds that it gives up.
        settings: Keys of the target file that differ for it.
        sockets: Whether it shows only over real sockets.
    """

    def register(server: type[Server]) -> type[Server]:
        made = Liberty(
            name=_kebab(server.__name__),
            contract=server.name,
            says=_says(server),
            server=lambda: server(https_only=True),
            costs=frozenset(costs),
            settings=settings or {},
            sockets=sockets,
        )
        _register(_LIBERTIES[server.name], made)
        return server

    return register


def _says(server: type[Reference]) -> str:
    return " ".join((server.__doc__ or "").split())


def _register(into: dict[str, Named], made: Named) -> None:
    if made.name in into:
        raise ContractError(f"{made.contract}: two entries are called {made.name}")
    into[made.name] = made


def corpus(name: str) -> tuple[list[Fault], list[Liberty]]:
    """Return the faults and the liberties of a contract's reference server.

    Raises:
        UsageError: There is no corpus for that contract.
    """
    if name not in CORPORA:
        raise UsageError(f"{name}: has no faults.{nearest(name, list(CORPORA))}")
    importlib.import_module(f"retailspec.faults.{name.replace('-', '_')}")
    return list(_FAULTS[name].values()), list(_LIBERTIES[name].values())
