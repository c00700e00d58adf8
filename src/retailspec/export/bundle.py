"""A contract's OpenAPI document in one piece: schemas of other files become its components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.contract.schemas import read_data
from retailspec.errors import ContractError
from retailspec.export.files import Files, Place
from retailspec.export.nodes import rebuild

if TYPE_CHECKING:
    from pathlib import Path

    from retailspec.contract.model import Contract

__all__ = ["bundle"]

_OF_FILES = ("$schema", "$id", "$defs")


def bundle(contract: Contract) -> dict[str, Any]:
    """Return the contract's OpenAPI 3.1 document with every reference inside it.

    Schemas keep their wording; a definition of a file becomes a component of its own.

    Raises:
        ContractError: The contract has no document, or a reference leads nowhere.
    """
    if contract.openapi is None:
        raise ContractError(f"{contract.name}: has no OpenAPI document")
    return _Bundler(contract.openapi).document()


class _Bundler:
    def __init__(self, path: Path) -> None:
        self._file = f"{path.parent.name}/{path.name}"
        self._files = Files(path.parent.parent)
        self._source = read_data(path)
        self._names: dict[Place, str] = {}
        self._todo: list[Place] = []

    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = rebuild(self._source, lambda node: self._referred(node, self._file))
        pulled: dict[str, Any] = {}
        while self._todo:
            place = self._todo.pop(0)
            pulled[self._names[place]] = self._schema(place)
        if pulled:
            components = dict(made.get("components", {}))
            components["schemas"] = {**components.get("schemas", {}), **pulled}
            made["components"] = components
        return made

    def _schema(self, place: Place) -> Any:
        def change(node: dict[str, Any]) -> dict[str, Any]:
            kept = {key: value for key, value in node.items() if key not in _OF_FILES}
            return self._referred(kept, place.file)

        return rebuild(self._files.at(place), change)

    def _referred(self, node: dict[str, Any], file: str) -> dict[str, Any]:
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        place = self._files.place(reference, file)
        if place.file == self._file:
            return {**node, "$ref": f"#{place.pointer}"}
        return {**node, "$ref": f"#/components/schemas/{self._name(place)}"}

    def _name(self, place: Place) -> str:
        if place not in self._names:
            own = self._source.get("components", {}).get("schemas", {})
            self._names[place] = self._files.named(place, {*self._names.values(), *own})
            self._todo.append(place)
        return self._names[place]
