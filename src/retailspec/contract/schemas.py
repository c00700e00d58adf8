"""JSON Schema validation against a contract's own files, compiled once."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import jsonschema_rs
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

from retailspec.errors import ContractError
from retailspec.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

__all__ = ["Schemas", "Violation", "read_data"]

_BASE = "https://retailspec.invalid/"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # either is one
    """Reads YAML, and refuses a key that stands twice where YAML itself would drop the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


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


def is_timestamp(text: Any) -> bool:
    """Return whether a text is a moment in ISO 8601, of which RFC 3339 is a part.

    A schema that means RFC 3339 alone says so by a pattern.
    """
    if not isinstance(text, str) or instant(text) is not None:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _ORDINAL.fullmatch(text) is not None
    return True


def is_uuid(text: Any) -> bool:
    """Return whether a text is a UUID in its usual spelling."""
    return not isinstance(text, str) or _UUID.fullmatch(text) is not None


_ORDINAL = re.compile(r"[0-9]{4}-?(?:[0-2][0-9]{2}|3[0-5][0-9]|36[0-6])(?:[T ].*)?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date-time")(is_timestamp)
_FORMATS.checks("uuid")(is_uuid)


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


def _departure(error: ValidationError) -> tuple[str, str]:
    """Return kind and JSON pointer of a departure, as `Schemas.violation` tells them."""
    pointer = "".join(f"/{part}" for part in error.absolute_path)
    instance: Any = error.instance
    if error.validator == "required":
        wanted: Any = error.validator_value
        names = (name for name in wanted if error.message.startswith(repr(name)))
        return "missing", f"{pointer}/{next(names, '')}"
    if error.validator == "type" and isinstance(instance, int | float):
        return "" if isinstance(instance, bool) else "number", pointer
    return "", pointer


class Schemas:
    """The schemas of one contract, by reference, e.g. `schemas/omni-orders/order.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[str, Draft202012Validator] = {}
        self._fast: dict[str, jsonschema_rs.Draft202012Validator] = {}
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
                {"$ref": _BASE + reference}, registry=self._registry, format_checker=_FORMATS
            )
        return self._validators[reference]

    def part(self, reference: str, pattern: str) -> tuple[Mapping[str, Any], bool]:
        """Return the schema of a part of what a schema describes, and whether it is required.

        Args:
            reference: The schema's reference.
            pattern: JSON pointer to the part; `*` is any index of a list.
        """
        found = self._registry.resolver(_BASE).lookup(reference)
        schema, resolver, required = found.contents, found.resolver, True
        for name in ["", *pattern.split("/")[1:]]:
            if name:
                required = name == "*" or name in schema.get("required", ())
                properties = schema.get("properties", {})
                schema = schema.get("items", {}) if name == "*" else properties.get(name, {})
            while "$ref" in schema:
                found = resolver.lookup(schema["$ref"])
                schema, resolver = found.contents, found.resolver
        return schema, required

    def fits(self, reference: str, value: Any) -> bool:
        """Return whether `value` keeps the schema, by the fast validator: it says no more."""
        if reference not in self._fast:
            self._fast[reference] = self.compiled({"$ref": self.address(reference)})
        return self._fast[reference].is_valid(value)

    def address(self, reference: str) -> str:
        """Return what a `$ref` to a reference says where it does not stand among the schemas."""
        contents: Any = self._registry.resolver(_BASE).lookup(reference).contents
        while isinstance(contents, dict) and contents.keys() == {"$ref"}:
            # the fast validator does not look for references outside of schemas, as in OpenAPI
            reference = urljoin(_BASE + reference, contents["$ref"]).removeprefix(_BASE)
            contents = self._registry.resolver(_BASE).lookup(reference).contents
        return _BASE + quote(reference, safe="/#~")

    def compiled(self, schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
        """Return the fast validator of a schema that may refer to the contract's own."""
        return jsonschema_rs.Draft202012Validator(
            schema,
            retriever=lambda uri: self._retrieve(uri).contents,
            validate_formats=True,
            formats={"date-time": is_timestamp, "uuid": is_uuid},
        )

    def fields(self, reference: str) -> frozenset[str]:
        """Return the fields that a schema names, as JSON pointers with `*` for any index."""
        found: set[str] = set()
        todo: list[tuple[Any, Any, str]] = [
            ({"$ref": _BASE + reference}, self._registry.resolver(), "")
        ]
        seen: set[tuple[str, str]] = set()
        while todo:
            schema, resolver, pointer = todo.pop()
            if not isinstance(schema, dict):
                continue
            if (str(schema), pointer) not in seen and "$ref" in schema:
                seen.add((str(schema), pointer))
                there = resolver.lookup(schema["$ref"])
                todo.append((there.contents, there.resolver, pointer))
            for name, below in schema.get("properties", {}).items():
                found.add(f"{pointer}/{name}")
                todo.append((below, resolver, f"{pointer}/{name}"))
            todo.append((schema.get("items"), resolver, f"{pointer}/*"))
            for keyword in ("allOf", "anyOf", "oneOf"):
                todo += [(below, resolver, pointer) for below in schema.get(keyword, ())]
        return frozenset(found)

    def violation(
        self, reference: str, value: Any, *, speaks: Callable[[str, str], bool] | None = None
    ) -> Violation | None:
        """Return how `value` breaks the schema, or None where it does not.

        Args:
            reference: The schema's reference.
            value: The value.
            speaks: Tells by kind and JSON pointer which departures count: `missing`, a field that
                is not there; `number`, a number in place of another type; "", any other. None
                counts all.
        """
        try:
            if self.fits(reference, value):
                return None
        except (ValueError, RecursionError, OverflowError):
            pass  # a value that only the thorough validator can take: a number of 5,000 digits, say
        errors = self.validator(reference).iter_errors(value)
        if speaks is not None:
            errors = (error for error in errors if speaks(*_departure(error)))
        error = best_match(errors)
        return None if error is None else Violation(error)

    def departs_only(self, reference: str, value: Any, patterns: Sequence[str]) -> bool:
        """Tell whether `value` breaks the schema nowhere but at some places.

        Args:
            reference: The schema's reference.
            value: The value.
            patterns: JSON pointers to those places; `*` is any index of a list, `+` any but the
                first.
        """
        steps = [[re.escape(part) for part in one.split("/")] for one in patterns]
        indices = {re.escape("*"): "[0-9]+", re.escape("+"): "[1-9][0-9]*"}
        places = ["/".join(indices.get(part, part) for part in one) for one in steps]
        errors = self.validator(reference).iter_errors(value)
        pointers = [_departure(error)[1] for error in errors]
        return all(any(re.fullmatch(one, it) for one in places) for it in pointers)
