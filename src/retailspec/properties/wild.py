"""Drawing requests that nothing is promised for, but that no server fails over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.properties.request import Drawn
from retailspec.properties.values import wild
from retailspec.values import change, pick, placeholders, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.properties.choices import Choices
    from retailspec.properties.request import Drawer

__all__ = ["wild_request"]

_MOST = 12
"""Parts of a request that are replaced together."""


def wild_request(drawer: Drawer, choices: Choices) -> Drawn:
    """Return a request with something in it that nothing is promised for.

    That is one part of it, of whatever type; or several of its numbers, or of its texts that vary,
    each still of its type, so that more than the first check of a server is reached.

    Args:
        drawer: Draws the valid request that is spoilt.
        choices: Where it comes from.
    """
    parts, _ = drawer.parts(choices)
    if "body" not in parts:
        name = choices.among(sorted(parts["query"]))
        text = str(wild(choices, "any")).encode("ascii", "replace").decode()
        return Drawn(change(parts, f"/query/{name}", text))
    kind = choices.among(["any", "number", "text"])
    places = [place for place in _typed(drawer, parts, kind) if choices.below(2)]
    for place in places:
        parts = change(parts, place, wild(choices, kind))
    if places:
        return Drawn(parts)
    place = choices.among([one for one in _places(parts) if _is_free(drawer, parts, one)])
    number = _is_number(pick(parts, place))
    return Drawn(change(parts, place, wild(choices, "any" if number else "no number")))


def _typed(drawer: Drawer, parts: Any, kind: str) -> list[str]:
    """Return where the numbers are, or the texts that vary; nothing for another kind."""
    if kind == "number":
        return [one for one in _places(parts) if _is_number(pick(parts, one))][:_MOST]
    varied = [
        pattern for pattern, one in drawer.spec.vary.items() if kind == "text" and "text" in one
    ]
    texts = [found for pattern in varied for found in spread(parts, pattern)]
    return [place for place, value in texts if isinstance(value, str)][:_MOST]


def _is_free(drawer: Drawer, parts: Any, place: str) -> bool:
    """Tell whether nothing of a supply is used once a place is taken."""
    supplies = drawer.contract.supplies.keys()
    return not supplies or not placeholders(change(parts, place, None)["body"]) & supplies


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _places(parts: Any) -> list[str]:
    return [place for place, _ in _everything(parts["body"], "/body")]


def _everything(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, value
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, below in inner:
        yield from _everything(below, f"{pointer}/{key}")
