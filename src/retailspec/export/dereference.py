"""JSON Schemas with what they refer to in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.export.files import Files, Place
from retailspec.export.nodes import rebuild

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DIALECT", "dereferenced"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ANNOTATIONS = frozenset(
    {
        *("$comment", "default", "deprecated", "description", "examples", "readOnly", "title"),
        "writeOnly",
    }
)


def dereferenced(folder: Path, reference: str) -> dict[str, Any]:
    """Return a schema that refers to nothing outside itself.

    What it refers to stands in its place; only a schema that holds itself is kept under `$defs`.

    Args:
        folder: What holds openapi/ and schemas/.
        reference: The schema, e.g. `schemas/omni-orders/order.json`; a JSON pointer may follow `#`.

    Raises:
        ContractError: A reference leads nowhere.
    """
    return _Inliner(Files(folder)).schema(reference)


class _Inliner:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._names: dict[Place, str] = {}

    def schema(self, reference: str) -> dict[str, Any]:
        place = self._files.place(reference, "")
        made = self._inlined(place, (place,))
        body = made if isinstance(made, dict) else {"allOf": [made]}
        defs: dict[str, Any] = {}
        while missing := [place for place, name in self._names.items() if name not in defs]:
            for one in missing:
                defs[self._names[one]] = self._inlined(one, (one,))
        return {"$schema": DIALECT, **body, **({"$defs": defs} if defs else {})}

    def _inlined(self, place: Place, within: tuple[Place, ...]) -> Any:
        def change(node: dict[str, Any]) -> dict[str, Any]:
            kept = {key: value for key, value in node.items() if key not in {"$schema", "$defs"}}
            reference = kept.pop("$ref", None)
            if not isinstance(reference, str):
                return kept if reference is None else {**kept, "$ref": reference}
            return _joined(self._target(self._files.place(reference, place.file), within), kept)

        source = self._files.at(place)
        if isinstance(source, dict):  # its definitions are inlined where something refers to them
            source = {key: value for key, value in source.items() if key != "$defs"}
        return rebuild(source, change)

    def _target(self, place: Place, within: tuple[Place, ...]) -> Any:
        if place not in within:
            return self._inlined(place, (*within, place))
        if place not in self._names:
            self._names[place] = self._files.named(place, set(self._names.values()))
        return {"$ref": f"#/$defs/{self._names[place]}"}


def _joined(target: Any, beside: dict[str, Any]) -> dict[str, Any]:
    if isinstance(target, dict) and beside.keys() <= _ANNOTATIONS:
        return {**target, **beside}
    described = {key: value for key, value in beside.items() if key in _ANNOTATIONS}
    rest = {key: value for key, value in beside.items() if key not in {*_ANNOTATIONS, "allOf"}}
    return {**described, "allOf": [target, *beside.get("allOf", ())], **rest}
