"""The formats that a contract can be exported in, and the files of each."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from retailspec.export.bundle import bundle
from retailspec.export.dereference import dereferenced
from retailspec.export.openapi30 import openapi30
from retailspec.export.postman import collection, environment
from retailspec.export.vectors import vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from retailspec.contract.model import Contract

__all__ = ["FORMATS", "SYNTAXES", "exported"]

SYNTAXES = ("yaml", "json")
"""How OpenAPI documents can be written; the other formats are JSON always."""

_BESIDE_VECTORS = {
    "README.md": "vectors.md",
    "vectors.schema.json": "vectors.schema.json",
    "judge.mjs": "judge.mjs",
}


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # either is one
    """Writes YAML without anchors, and texts of several lines as they read."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _written(value: Any, syntax: str = "json") -> str:
    if syntax == "yaml":
        return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _openapi(contract: Contract, syntax: str) -> dict[str, str]:
    return {f"{contract.name}.{syntax}": _written(bundle(contract), syntax)}


def _openapi30(contract: Contract, syntax: str) -> dict[str, str]:
    return {f"{contract.name}.{syntax}": _written(openapi30(bundle(contract)), syntax)}


def _json_schema(contract: Contract, syntax: str) -> dict[str, str]:
    del syntax
    if contract.openapi is None:
        return {}
    folder = contract.openapi.parent.parent
    return {
        f"{contract.name}/{path.name}": _written(
            dereferenced(folder, f"schemas/{contract.name}/{path.name}")
        )
        for path in sorted((folder / "schemas" / contract.name).glob("*.json"))
    }


def _postman(contract: Contract, syntax: str) -> dict[str, str]:
    del syntax
    return {
        f"{contract.name}.postman_collection.json": _written(collection(contract)),
        f"{contract.name}.postman_environment.json": _written(environment(contract)),
    }


def _vectors(contract: Contract, syntax: str) -> dict[str, str]:
    del syntax
    shared = {
        name: (files("retailspec.export") / source).read_text(encoding="utf-8")
        for name, source in _BESIDE_VECTORS.items()
    }
    return {f"{contract.name}.json": _written(vectors(contract)), **shared}


FORMATS: Mapping[str, Callable[[Contract, str], dict[str, str]]] = {
    "openapi": _openapi,
    "openapi-3.0": _openapi30,
    "json-schema": _json_schema,
    "postman": _postman,
    "vectors": _vectors,
}
"""Format to function: from a contract and a syntax to relative paths and texts."""


def exported(contracts: Iterable[Contract], form: str, syntax: str = "json") -> dict[str, str]:
    """Return the files of an export, as relative paths and texts.

    Args:
        contracts: The contracts.
        form: One of `FORMATS`.
        syntax: One of `SYNTAXES`; OpenAPI documents are written in it.

    Raises:
        ContractError: A contract's files do not fit together, or have what the format cannot say.
    """
    made: dict[str, str] = {}
    for contract in contracts:
        made |= FORMATS[form](contract, syntax)
    return made
