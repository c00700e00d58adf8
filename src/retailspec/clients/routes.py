"""Which of a contract's operations a request means, by its path and its method."""

from __future__ import annotations

import difflib
import re
import string
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.contract.model import Contract, Operation

__all__ = ["NOWHERE", "Route", "Routes", "plain_path"]

_PLACE = re.compile(r"\{[^}/]+\}")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_NEAR = 0.75
_VERY_NEAR = 0.9


@dataclass(frozen=True)
class Route:
    """What a path stands for.

    Args:
        operations: The operations of the path, by method; empty where the path is unknown.
        start: Where the documented path begins in the path that was called, as `plain_path` has it.
    """

    operations: Mapping[str, Operation]
    start: int = 0


NOWHERE = Route({})
"""Where a path leads that the contract does not know."""


def plain_path(path: str) -> str:
    """Return a path without the percent-encoding that makes no difference (RFC 3986, 6.2.2.2)."""
    return _ENCODED.sub(_decoded, path) if "%" in path else path


def _decoded(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0]


class Routes:
    """The paths of a contract. A path may be called below any prefix: that of a base URL.

    Args:
        contract: The contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._by_path: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            self._by_path.setdefault(operation.path, {})[operation.method] = operation
        self._plain = {
            path: Route(found)
            for path, found in self._by_path.items()
            if path != "/" and not _PLACE.search(path)
        }
        self._anywhere = Route(self._by_path["/"]) if "/" in self._by_path else NOWHERE
        self._patterns = [
            (re.compile(_pattern(path)), found)
            for path, found in self._by_path.items()
            if path != "/"
        ]

    @cached_property
    def paths(self) -> list[str]:
        """The documented paths."""
        return list(self._by_path)

    @cached_property
    def methods(self) -> frozenset[str]:
        """Every method that some path has."""
        return frozenset(method for found in self._by_path.values() for method in found)

    def find(self, path: str) -> Route:
        """Return the route of a path; one without operations where there is none."""
        path = plain_path(path)
        if path in self._plain:
            return self._plain[path]
        for pattern, operations in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None:
                return Route(operations, found.start("own"))
        return self._anywhere

    def nearest(self, path: str, *, surely: bool = False) -> str | None:
        """Return the documented path that an unknown one was probably meant to be, or None.

        Args:
            path: The unknown path.
            surely: Whether only a slip of the pen counts, not another resource of the same vendor.
        """
        path = plain_path(path)
        shapes = {_PLACE.sub("*", known): known for known in self._by_path if known != "/"}
        near = difflib.get_close_matches(path, shapes, n=1, cutoff=_VERY_NEAR if surely else _NEAR)
        if near or surely:
            return shapes[near[0]] if near else None
        for known in shapes.values():
            family = known.rsplit("/", 1)[0] + "/"
            if family.count("/") > 2 and _beneath(path, family):
                return known
        return None


def _pattern(path: str) -> str:
    pieces = [re.escape(piece) for piece in _PLACE.split(path)]
    return f"(?:/.*)?(?P<own>{'[^/]+'.join(pieces)})"


def _beneath(path: str, family: str) -> bool:
    pieces = [re.escape(piece) for piece in _PLACE.split(family)]
    return re.search("[^/]+".join(pieces), path) is not None
