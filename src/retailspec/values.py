"""JSON values: pointers into them, templates of them, and what counts as the same value."""

from __future__ import annotations

import copy
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "ABSENT",
    "ELLIPSIS",
    "change",
    "fill",
    "instant",
    "pick",
    "remove",
    "same",
    "shorten",
    "spread",
]

_PLACEHOLDER = re.compile(r"\$\{([a-z][a-z0-9_-]*)\}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


ELLIPSIS = "…"
"""Ends a text that was cut."""


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT: Any = _Absent()
"""Stands for a value that is not there."""


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def pick(value: Any, pointer: str) -> Any:
    """Return the part of `value` that a JSON pointer names, or `ABSENT`."""
    for part in _parts(pointer):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def spread(value: Any, pattern: str) -> Iterator[tuple[str, Any]]:
    """Yield pointer and value of each part that a pointer names whose `*` is any index of a list.

    Parts that are not there are left out.
    """
    found: list[tuple[str, Any]] = [("", value)]
    for part in pattern.split("/")[1:]:
        found = [
            (f"{pointer}/{step}", below)
            for pointer, above in found
            for step, below in _below(above, part)
        ]
    yield from found


def _below(value: Any, part: str) -> Iterable[tuple[str | int, Any]]:
    if part == "*":
        return enumerate(value) if isinstance(value, list) else ()
    below = pick(value, f"/{part}")
    return () if below is ABSENT else ((part, below),)


def change(value: Any, pointer: str, new: Any) -> Any:
    """Return a copy of `value` with the part at `pointer` set; a list's next index appends.

    Raises:
        LookupError: The part that should hold it does not exist.
    """
    value = copy.deepcopy(value)
    parts = _parts(pointer)
    holder = pick(value, "".join(f"/{_escape(part)}" for part in parts[:-1]))
    last = parts[-1]
    if isinstance(holder, dict):
        holder[last] = new
    elif isinstance(holder, list) and last.isdecimal() and int(last) <= len(holder):
        holder[int(last) : int(last) + 1] = [new]
    else:
        raise LookupError(pointer)
    return value


def remove(value: Any, pointer: str) -> Any:
    """Return a copy of `value` without the part at `pointer`.

    Raises:
        LookupError: There is no such part.
    """
    value = copy.deepcopy(value)
    *above, last = _parts(pointer)
    holder = pick(value, "".join(f"/{_escape(part)}" for part in above))
    if isinstance(holder, dict) and last in holder:
        del holder[last]
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        del holder[int(last)]
    else:
        raise LookupError(pointer)
    return value


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def fill(template: Any, lookup: Callable[[str], Any]) -> Any:
    """Return `template` with each `${name}` replaced, in keys too.

    A text that is nothing but one placeholder becomes the value itself, of whatever type.
    """
    if isinstance(template, str):
        whole = _PLACEHOLDER.fullmatch(template)
        if whole:
            return lookup(whole[1])
        return _PLACEHOLDER.sub(lambda found: str(lookup(found[1])), template)
    if isinstance(template, dict):
        return {fill(key, lookup): fill(value, lookup) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, lookup) for value in template]
    return template


def placeholders(template: Any) -> set[str]:
    """Return the names of all placeholders in a template."""
    if isinstance(template, str):
        return set(_PLACEHOLDER.findall(template))
    if isinstance(template, dict):
        items: list[Any] = [*template, *template.values()]
    elif isinstance(template, list):
        items = template
    else:
        return set()
    return set().union(*(placeholders(item) for item in items))


def instant(text: Any) -> datetime | None:
    """Return the moment that an RFC 3339 timestamp names, or None where it is none."""
    if not isinstance(text, str):
        return None
    found = _INSTANT.fullmatch(text)
    if not found:
        return None
    plain = text.upper()
    if found[1] == "60":  # a leap second, which datetime does not know
        plain = plain[:17] + "59" + plain[19:]
    if found[2]:
        plain = plain.replace(found[2], found[2][:7].ljust(7, "0"), 1)
    try:
        return datetime.fromisoformat(plain).astimezone(timezone.utc)  # noqa: UP017 - 3.11 has both
    except (ValueError, OverflowError):
        return None


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal: `1.0` is `1`, instants may be spelt differently."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, str) and isinstance(right, str) and left != right:
        moment = instant(left)
        return moment is not None and moment == instant(right)
    return bool(left == right)


def shorten(text: str, limit: int = 300) -> str:
    """Return `text`, cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def lookup_in(*sources: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return a lookup over several mappings, the first that has a name winning.

    The lookup raises KeyError for a name that none has.
    """

    def find(name: str) -> Any:
        for source in sources:
            if name in source:
                return source[name]
        raise KeyError(name)

    return find
