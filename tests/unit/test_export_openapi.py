"""The exported documents and schemas accept what the contract's own accept."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from retailspec.contract import load_contract, names
from retailspec.contract.schemas import _FORMATS, is_timestamp, is_uuid, read_data
from retailspec.export.bundle import bundle
from retailspec.export.formats import exported
from retailspec.export.nodes import at, objects
from retailspec.export.openapi30 import LOSSES, openapi30

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = names()
EXTRA: list[Any] = [
    "status: 'ok'",
    "2021-02-05T15:04:05Z",
    {"message": "no"},
    {"type": "3", "url": "https://pos.example"},
    {"order": {"number": "A", "status": 1, "statusText": "New", "paymentStatus": 1}},
]
"""Bodies for schemas of which no document prints one."""
ODD: list[Any] = [None, "", "x", 0, 1.5, True, [], {}, [1], {"x": 1}]


def _folder(name: str) -> Path:
    path = load_contract(name).openapi
    assert path is not None
    return path.parent.parent


def _bodies(name: str) -> Iterator[str]:
    """Yield the pointer to each body's schema in a contract's document, webhooks included."""
    document = bundle(load_contract(name))
    todo: list[tuple[Any, str]] = [(document, "")]
    while todo:
        node, pointer = todo.pop()
        if pointer.startswith("/components/schemas") or pointer.endswith("example"):
            continue
        if isinstance(node, dict):
            if pointer.endswith("/schema"):
                yield pointer
                continue
            todo += [
                (one, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
                for key, one in node.items()
            ]
        elif isinstance(node, list):
            todo += [(one, f"{pointer}/{index}") for index, one in enumerate(node)]


PLACES = [(name, pointer) for name in NAMES for pointer in _bodies(name)]
SCHEMAS = [
    (name, path.name)
    for name in NAMES
    for path in sorted((_folder(name) / "schemas" / name).glob("*.json"))
]


def _altered(value: Any) -> Iterator[Any]:
    """Yield a value with each of its parts left out, or replaced by something odd."""
    yield value
    yield from ODD
    holders: list[tuple[str | int, ...]] = [()]
    while holders:
        way = holders.pop()
        holder = value
        for step in way:
            holder = holder[step]
        if not isinstance(holder, dict | list):
            continue
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        for key in keys:
            holders.append((*way, key))
            for new in ["left out", *ODD]:
                made = copy.deepcopy(value)
                inner = made
                for step in way:
                    inner = inner[step]
                if new == "left out":
                    del inner[key]
                else:
                    inner[key] = new
                yield made


@cache
def _corpus(name: str) -> list[Any]:
    """The contract's examples, and each of them altered in every place."""
    document = read_data(_folder(name) / "openapi" / f"{name}.yaml")
    found = []
    for node in objects(document):
        found += [node["example"]] if isinstance(node.get("example"), dict) else []
        if isinstance(node.get("examples"), dict):
            found += [one["value"] for one in node["examples"].values()]
    return [value for example in (*found, *EXTRA) for value in _altered(example)]


@cache
def _documents(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    made = bundle(load_contract(name))
    return made, openapi30(made)


def _validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        formats={"date-time": is_timestamp, "uuid": is_uuid},
    )


def _validator_30(document: Any, pointer: str) -> Any:
    registry: Registry[Any] = Registry().with_resource(
        "urn:document", Resource.from_contents(document, DRAFT4)
    )
    return OAS30Validator(
        {"$ref": f"urn:document#{pointer}"}, registry=registry, format_checker=_FORMATS
    )


@pytest.mark.parametrize("name", NAMES)
def test_bundles_are_valid_and_complete(name: str) -> None:
    """A bundle is valid, refers to nothing outside, and keeps every operation and webhook."""
    source = read_data(_folder(name) / "openapi" / f"{name}.yaml")
    made = bundle(load_contract(name))
    validate(made)
    references = [one["$ref"] for one in objects(made) if "$ref" in one]
    assert references
    for reference in references:
        assert at(made, reference.removeprefix("#")) is not None
    assert made["paths"].keys() == source["paths"].keys()
    assert made.get("webhooks", {}).keys() == source.get("webhooks", {}).keys()


@pytest.mark.parametrize("name", NAMES)
def test_3_0_is_valid_and_tells_what_it_lacks(name: str) -> None:
    """The 3.0 document is valid; a webhook is kept aside, and named among the losses."""
    made = openapi30(bundle(load_contract(name)))
    assert made["openapi"] == "3.0.3"
    validate(made)
    hooks = read_data(_folder(name) / "openapi" / f"{name}.yaml").get("webhooks", {})
    assert made.get("x-webhooks", {}).keys() == hooks.keys()
    told = " ".join(made.get(LOSSES, []))
    assert all(hook in told for hook in hooks)
    assert all(loss in made["info"]["description"] for loss in made.get(LOSSES, []))


@pytest.mark.parametrize(("name", "pointer"), PLACES)
def test_bodies_are_accepted_alike(name: str, pointer: str) -> None:
    """A bundled schema accepts exactly what the contract's does, a 3.0 schema no less."""
    document, older = _documents(name)
    schemas = load_contract(name).schemas
    bundled = _validator({**at(document, pointer), "components": document["components"]})
    reference = f"openapi/{name}.yaml#{pointer}"
    slow = schemas.validator(reference) if "{" in pointer else None  # the fast one takes no braces
    oldest = _validator_30(older, pointer.replace("/webhooks/", "/x-webhooks/"))
    accepted = 0
    for value in _corpus(name):
        fits = slow.is_valid(value) if slow else schemas.fits(reference, value)
        accepted += fits
        assert bundled.is_valid(value) == fits, value
        assert not fits or oldest.is_valid(value), value
    assert accepted


@pytest.mark.parametrize(("name", "file"), SCHEMAS)
def test_dereferenced_schemas_accept_the_same(name: str, file: str) -> None:
    """A dereferenced schema has no reference left, and accepts exactly what the original does."""
    contract = load_contract(name)
    made = yaml.safe_load(exported([contract], "json-schema")[f"{name}/{file}"])
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not [one for one in objects(made) if "$ref" in one]
    validator = _validator(made)
    for value in _corpus(name):
        fits = contract.schemas.fits(f"schemas/{name}/{file}", value)
        assert validator.is_valid(value) == fits, value


@pytest.mark.parametrize("form", ["openapi", "openapi-3.0"])
def test_yaml_and_json_say_the_same(form: str) -> None:
    """Both syntaxes hold one document, and no YAML anchor."""
    contract = load_contract("mipos-inventory")
    text = exported([contract], form, "yaml")["mipos-inventory.yaml"]
    told = exported([contract], form, "json")["mipos-inventory.json"]
    assert yaml.safe_load(text) == yaml.safe_load(told)
    assert " &id" not in text


def test_what_only_3_1_has_is_told() -> None:
    """Keywords, security schemes and path items that 3.0 lacks go, and each is listed."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1", "summary": "All.", "license": {"name": "n"}},
        "components": {
            "schemas": {"A": {"propertyNames": {"minLength": 1}, "type": ["object", "null"]}},
            "pathItems": {"p": {}},
            "securitySchemes": {"m": {"type": "mutualTLS"}},
        },
    }
    made = openapi30(document)
    assert made[LOSSES] == [
        "components/pathItems: left out",
        "components/securitySchemes/m: mutualTLS left out",
        "components/schemas/A: propertyNames left out",
    ]
    assert made["components"]["schemas"]["A"] == {"type": "object", "nullable": True}
    assert made["info"]["description"].startswith("All.")
    validate(made)
