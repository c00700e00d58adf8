"""JSON Schema validation against a contract's own files, compiled once."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

from retailspec.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

__all__ = ["Schemas", "Violation", "read_data"]

_BASE = "https://retailspec.invalid/"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_data(path: Path) -> Any:
    """Return the value of a JSON or YAML file.

    Raises:
        ContractError: The file is missing or cannot be parsed.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise ContractError(f"{path}: cannot be read: {problem}") from None


class Violation:
    """Where and how a value breaks a schema.

    Attributes:
        pointer: JSON pointer to the part of the value.
        expected: What the schema asks of that part.
        actual: The part as it is.
    """

    def __init__(self, error: ValidationError) -> None:
        self.pointer = "".join(f"/{part}" for part in error.absolute_path)
        self.actual = error.instance
        self.expected = _asks(error)


def _asks(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return " or ".join(str(kind) for kind in kinds)
        case "required":
            absent = [name for name in wanted if name not in instance]
            return "the field " + ", ".join(absent)
        case "enum":
            return "one of " + ", ".join(json.dumps(value) for value in wanted)
        case "const":
            return json.dumps(wanted)
        case "format":
            return f"a {wanted}"
        case "minLength":
            return "a text that is not empty" if wanted == 1 else f"at least {wanted} characters"
        case False | None:
            return "nothing here"
        case _:
            return f"{error.validator}: {json.dumps(wanted)[:160]}"


class Schemas:
    """The schemas of one contract, by reference, e.g. `schemas/omni-orders/order.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[str, Draft202012Validator] = {}
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]  # attrs alias is unknown to mypy

    def _retrieve(self, uri: str) -> Resource[Any]:
        if not uri.startswith(_BASE):
            raise NoSuchResource(ref=uri)  # type: ignore[call-arg]  # as above
        path = self._folder / uri.removeprefix(_BASE).split("#")[0]
        return Resource.from_contents(read_data(path), default_specification=DRAFT202012)

    def validator(self, reference: str) -> Draft202012Validator:
        """Return the compiled schema of a reference relative to the contract's folder."""
        if reference not in self._validators:
            self._validators[reference] = Draft202012Validator(
                {"$ref": _BASE + reference},
                registry=self._registry,
                format_checker=Draft202012Validator.FORMAT_CHECKER,
            )
        return self._validators[reference]

    def violation(self, reference: str, value: Any) -> Violation | None:
        """Return how `value` breaks the schema, or None where it does not."""
        validator = self.validator(reference)
        if validator.is_valid(value):
            return None
        error = best_match(validator.iter_errors(value))
        return None if error is None else Violation(error)
