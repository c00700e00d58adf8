"""The scripts of a Postman collection: what runs before a request, and its tests."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from retailspec.export.dereference import dereferenced
from retailspec.export.weaken import Weakener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retailspec.contract.model import Contract, Operation

__all__ = ["before_each", "before_optional", "signing_script", "tests"]

_FOLDER = files("retailspec.export") / "javascript"
_NOT_DRAFT_7 = frozenset(
    {
        *("$anchor", "$dynamicAnchor", "$dynamicRef", "contentEncoding", "contentMediaType"),
        *("contentSchema", "dependentRequired", "dependentSchemas", "format", "maxContains"),
        *("minContains", "prefixItems", "unevaluatedItems", "unevaluatedProperties"),
    }
)
"""What Postman's validator, of draft 7, does not know, and formats, which it reads its own way."""


def signing_script(scheme: str) -> str | None:
    """Return the JavaScript function that signs by a scheme, or None where there is none."""
    path = _FOLDER / "schemes" / f"{scheme}.js"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _script(name: str) -> str:
    return (_FOLDER / f"{name}.js").read_text(encoding="utf-8")


def before_each(contract: Contract, clocks: Mapping[str, str]) -> list[str]:
    """Return the lines that run before each request: the time is told, then the call is signed.

    Args:
        contract: The contract.
        clocks: Per variable the form of the time that it holds.
    """
    text = f"const CLOCKS = {json.dumps(clocks)};\n{_script('clock')}" if clocks else ""
    sign = signing_script(contract.signing["scheme"]) if contract.signing else None
    if sign is not None:
        names = {key: contract.signing[key] for key in ("header", "key")}
        text += 'const hashes = require("crypto-js");\n'
        text += f"const SIGNING = {json.dumps(names)};\n{sign}{_script('sign')}"
    return text.splitlines()


def before_optional(variable: str) -> list[str]:
    """Return the lines that skip a request unless a variable is `true`."""
    name = json.dumps(variable)
    return [f'if (pm.variables.get({name}) !== "true") {{', "  pm.execution.skipRequest();", "}"]


def tests(folder: Path, operation: Operation) -> list[str]:
    """Return the lines that test an answer: its status, its schema and its label.

    The schemas are weakened to what Postman's validator understands.

    Args:
        folder: What holds openapi/ and schemas/.
        operation: The operation that answers.
    """
    statuses = sorted(one for one in operation.statuses if one.startswith("2")) or ["2XX"]
    schemas = {
        status: _draft_7(dereferenced(folder, reference))
        for status in statuses
        if (reference := operation.schemas.get(status)) is not None
    }
    head = f"const STATUSES = {json.dumps(statuses)};\n"
    return (
        f"{head}const SCHEMAS = {json.dumps(schemas, indent=2)};\n{_script('tests')}".splitlines()
    )


def _draft_7(schema: dict[str, Any]) -> Any:
    def target(reference: str) -> Any:
        return schema["$defs"][reference.removeprefix("#/$defs/")]

    kept = {key: value for key, value in schema.items() if key != "$schema"}
    return Weakener(_NOT_DRAFT_7, target).weakened(kept, "")
