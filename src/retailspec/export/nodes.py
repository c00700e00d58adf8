"""Walking OpenAPI documents and JSON Schemas without taking names or values for keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MAPS", "at", "is_literal", "objects", "rebuild"]

MAPS = frozenset(
    {
        *("$defs", "definitions", "dependentRequired", "dependentSchemas", "patternProperties"),
        *("properties", "callbacks", "content", "encoding", "examples", "headers", "links"),
        *("parameters", "pathItems", "paths", "requestBodies", "responses", "schemas"),
        *("securitySchemes", "variables", "webhooks"),
    }
)
"""Keywords whose value is an object with names for keys."""

_VALUES = frozenset({"const", "default", "enum", "example", "value"})


def is_literal(key: str, value: Any) -> bool:
    """Return whether a keyword's value is data, in which nothing is a keyword."""
    return key in _VALUES or key.startswith("x-") or (key == "examples" and isinstance(value, list))


def rebuild(
    node: Any, change: Callable[[dict[str, Any]], dict[str, Any]], *, names: bool = False
) -> Any:
    """Return a copy of a document in which `change` has replaced each object, inner ones first.

    Args:
        node: The document or a part of it.
        change: Takes an object that has keywords for keys, and returns what stands in its place.
        names: Whether the keys of `node` are names.
    """
    if isinstance(node, list):
        return [rebuild(one, change) for one in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: value
        if not names and is_literal(key, value)
        else rebuild(value, change, names=not names and key in MAPS)
        for key, value in node.items()
    }
    return made if names else change(made)


def objects(node: Any, *, names: bool = False) -> Iterator[dict[str, Any]]:
    """Yield each object of a document that has keywords for keys, outer ones first."""
    if isinstance(node, list):
        for one in node:
            yield from objects(one)
    elif isinstance(node, dict):
        if not names:
            yield node
        for key, value in node.items():
            if names or not is_literal(key, value):
                yield from objects(value, names=not names and key in MAPS)


def at(document: Any, pointer: str) -> Any:
    """Return the part of a document that a JSON pointer names.

    Raises:
        LookupError: There is no such part.
    """
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    return document
