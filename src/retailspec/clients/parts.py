"""What reads parts of bodies quickly, where their pointers are plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retailspec.values import ABSENT

__all__ = ["Getter", "getter", "is_plain", "spreader"]

Getter = Callable[[Any], Any]
_LISTS = frozenset({list})
_NOTHING: dict[str, Any] = {}


def is_plain(value: Any) -> bool:
    """Tell whether no pointer in a value has an escape, or a part that may be an index."""
    if isinstance(value, dict):
        return all(is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(is_plain, value))
    parts = str(value).split("/")
    return not any("~" in part or part.isdecimal() for part in parts)


def getter(pointer: str) -> Getter:
    """Return what gives the part at a pointer through objects, or ABSENT.

    It raises AttributeError where something on the way is no object.
    """
    parts = pointer.split("/")[1:]
    if len(parts) == 1:
        name = parts[0]
        return lambda value: value.get(name, ABSENT)
    if len(parts) == 2:
        first, last = parts
        return lambda value: value.get(first, _NOTHING).get(last, ABSENT)

    def get(value: Any) -> Any:
        for part in parts[:-1]:
            value = value.get(part, _NOTHING)
        return value.get(parts[-1], ABSENT)

    return get if parts else lambda value: value


def spreader(pattern: str) -> Callable[[Any], list[Any]]:
    """Return what gives the parts at a pattern whose `*` is any index of a list."""
    parts = pattern.split("/")[1:]

    def spread(value: Any) -> list[Any]:
        found = [value]
        for part in parts:
            if part == "*":
                if not _LISTS.issuperset(map(type, found)):
                    raise AttributeError(part)
                found = found[0] if len(found) == 1 else [below for one in found for below in one]
            else:
                found = [one[part] for one in found if part in one]
        return found

    return spread
