"""Leaving keywords out of a schema such that it never accepts less than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.export.nodes import MAPS, is_literal, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["Weakener"]


class Weakener:
    """Leaves keywords out, and with them whatever would accept less for their lack.

    A keyword that is left out widens the schema that it stands in. Under `not`, in a branch of
    `oneOf` and as the condition of `if`, a wider schema makes the whole narrower; so these are left
    out too, and `oneOf` becomes `anyOf`.

    Args:
        dropped: The keywords.
        target: Gives the schema that a `$ref` leads to.

    Attributes:
        losses: Per schema that was weakened, what went, e.g. `Order: propertyNames left out`.
    """

    def __init__(self, dropped: Collection[str], target: Callable[[str], Any]) -> None:
        self._dropped = frozenset(dropped)
        self._target = target
        self.losses: list[str] = []

    def weakened(self, schema: Any, where: str) -> Any:
        """Return a schema without the keywords.

        Args:
            schema: The schema.
            where: What it is called in `losses`.
        """
        found: dict[str, None] = {}
        made = self._weak(schema, found)
        self.losses += [f"{where}: {loss}" for loss in found]
        return made

    def _weak(self, node: Any, found: dict[str, None], *, names: bool = False) -> Any:
        if isinstance(node, list):
            return [self._weak(one, found) for one in node]
        if not isinstance(node, dict):
            return node
        if names:
            return {key: self._weak(value, found) for key, value in node.items()}
        kept = self._kept(node, found)
        return {
            key: value if is_literal(key, value) else self._weak(value, found, names=key in MAPS)
            for key, value in kept.items()
        }

    def _kept(self, node: dict[str, Any], found: dict[str, None]) -> dict[str, Any]:
        gone = {key for key in node if key in self._dropped}
        if "patternProperties" in gone:
            gone |= {"additionalProperties"} & node.keys()
        if "prefixItems" in gone:
            gone |= {"items"} & node.keys()
        if "not" in node and not self._exact(node["not"]):
            gone.add("not")
        if "if" in node and not self._exact(node["if"]):
            gone |= {"if", "then", "else"} & node.keys()
        found.update({f"{key} left out": None for key in node if key in gone})
        kept = {key: value for key, value in node.items() if key not in gone}
        if "oneOf" in kept and not self._exact(kept["oneOf"]):
            found["oneOf read as anyOf"] = None
            kept["allOf"] = [*kept.get("allOf", ()), {"anyOf": kept.pop("oneOf")}]
        return kept

    def _exact(self, node: Any, seen: frozenset[str] = frozenset()) -> bool:
        """Return whether nothing is left out of a schema, nor of those that it refers to."""
        for each in objects(node):
            if not self._dropped.isdisjoint(each):
                return False
            reference = each.get("$ref")
            if (
                isinstance(reference, str)
                and reference not in seen
                and not self._exact(self._target(reference), seen | {reference})
            ):
                return False
        return True
