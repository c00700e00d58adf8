"""What made-up requests say in place of real names, and whether they stay inside a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retailspec.values import fill, placeholders

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Call
    from retailspec.target.target import Target

__all__ = ["StandIns", "is_tame"]

_UNKNOWN = "unknown"
_FOREIGN = "foreign"
_NOBODY = "RETAILSPEC{:06d}"
_COULD_BE_A_NAME = re.compile(r"[\s!-~]+", re.ASCII)
_TAME_TEXT = re.compile(r"[A-Za-z0-9]+([ ._-][A-Za-z0-9]+)*", re.ASCII)
_TAME_INSTANT = re.compile(r"20[0-3]\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LONGEST = 40
_LARGEST = 1_000_000
_CENTS = 100


@dataclass(frozen=True)
class StandIns:
    """Keeps made-up requests away from what a target holds for others.

    Wherever a contract's calls name something of the target's (a store, a variant, an order), a
    made-up value that could be the name of something real gives way to what the target file names,
    and in place of an order to one that is used up already, or that nobody has.

    Args:
        target: The target.
        call: The call that the requests are made for.
        draw: Chooses among several stand-ins.
    """

    target: Target
    call: Call
    draw: random.Random

    def body(self, body: Any) -> Any:
        """Return a made-up body with the stand-ins in it."""
        return self._settled(body, "", dict(self._places()))

    def path(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a path with the stand-ins in them."""
        places = {f"/{name}": value for name, value in self.call.path.items()}
        return {
            name: self._in_place(value, places.get(f"/{name}")) for name, value in parts.items()
        }

    def _places(self) -> Iterator[tuple[str, str]]:
        """Yield where names stand in bodies, indices as `*`, with the template of each."""
        contract = self.target.contract
        own = [
            change
            for rule in contract.rules.values()
            for case in rule.cases
            if contract.calls[case.call].operation == self.call.operation
            for change in case.edits.get("change", {}).items()
        ]
        for pointer, value in own:
            names = placeholders(value)
            if isinstance(value, str) and not any(_is_other(name) for name in names):
                yield re.sub(r"/\d+(?=/|$)", "/*", pointer), value
        for body in (*reversed(self.call.otherwise), self.call.body):
            yield from _texts(body, "")

    def _settled(self, value: Any, pointer: str, places: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            return {
                key: self._settled(below, f"{pointer}/{key}", places)
                for key, below in value.items()
            }
        if isinstance(value, list):
            return [self._settled(below, f"{pointer}/*", places) for below in value]
        return self._in_place(value, places.get(pointer))

    def _in_place(self, value: Any, template: str | None) -> Any:
        contract, names = self.target.contract, placeholders(template)
        real = names & (contract.fixtures.keys() | contract.supplies.keys())
        if names != real or not real or not _could_be_a_name(value):
            return value
        for name in real & contract.supplies.keys():
            return self.draw.choice([self._nobody(), *self._used_up(name)])
        if not real <= self.target.fixtures.keys():
            return self._nobody()
        return fill(template, self.target.fixtures.__getitem__)

    def _nobody(self) -> str:
        known = [
            value
            for name, value in self.target.fixtures.items()
            if name.startswith(_UNKNOWN) and isinstance(value, str)
        ]
        return self.draw.choice([*known, _NOBODY.format(self.draw.randrange(1_000_000))])

    def _used_up(self, supply: str) -> list[str]:
        pool = self.target.pools.get(supply)
        return [] if pool is None else pool.used_up


def _is_other(name: str) -> bool:
    return name.startswith((_UNKNOWN, _FOREIGN))


def _texts(template: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(template, dict):
        for key, value in template.items():
            yield from _texts(value, f"{pointer}/{key}")
    elif isinstance(template, list):
        for value in reversed(template):
            yield from _texts(value, f"{pointer}/*")
    elif isinstance(template, str) and placeholders(template):
        yield pointer, template


def _could_be_a_name(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (
        isinstance(value, str) and bool(_COULD_BE_A_NAME.fullmatch(value)) and bool(value.strip())
    )


def is_tame(value: Any) -> bool:
    """Tell whether a value is one that a document's author may have had in mind.

    No document says what becomes of control characters, blanks at the ends, numbers that no column
    holds, or the year 1: answers to such values are no evidence against a server.
    """
    match value:
        case dict():
            return all(isinstance(key, str) and is_tame(below) for key, below in value.items())
        case list():
            return all(is_tame(below) for below in value)
        case str():
            plain = len(value) <= _LONGEST and bool(_TAME_TEXT.fullmatch(value))
            return plain or bool(_TAME_INSTANT.fullmatch(value))
        case bool() | None:
            return True
        case int():
            return 0 <= value <= _LARGEST
        case float():
            return 0 <= value <= _LARGEST and (value * _CENTS).is_integer()
    return False
