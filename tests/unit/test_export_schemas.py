"""Schemas in other words: what is widened never accepts less, what is exact accepts the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator

from retailspec.export.dereference import dereferenced
from retailspec.export.schema30 import UNKNOWN, schema30
from retailspec.export.weaken import Weakener

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT: list[Any] = [
    {"type": ["string", "null"]},
    {"type": ["integer", "string"], "minimum": 1},
    {"type": ["object", "null"], "required": ["a"]},
    {"type": ["array", "string", "null"], "anyOf": [{"minLength": 1}, {"minItems": 1}]},
    {"type": "null"},
    {"type": ["null"], "enum": [None, 1]},
    {"type": ["string", "null"], "enum": ["a", "b"]},
    {"const": "a"},
    {"const": 1, "enum": [1, 2]},
    {"const": None},
    {"exclusiveMinimum": 1, "minimum": 0},
    {"exclusiveMinimum": 0, "minimum": 1},
    {"exclusiveMaximum": 1, "maximum": 1},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}},
    {"if": {"type": "object"}, "else": {"type": "string"}},
    {"then": False},
    {"dependentRequired": {"a": ["b"], "c": []}},
    {"dependentSchemas": {"a": {"properties": {"b": {"type": "string"}}}, "b": False}},
    {"properties": {"a": False, "b": True}, "additionalProperties": False},
    {"type": "array"},
    {"type": "array", "items": False},
    {"not": True},
    {"not": {"type": ["string", "null"]}},
    {"oneOf": [{"type": ["integer", "null"]}, {"minimum": 1}]},
    {"allOf": [True, {"type": ["object", "array"]}], "description": "both"},
    {"description": "anything", "examples": [1, 2]},
]
WIDENED: list[Any] = [
    {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
    {"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False},
    {"propertyNames": {"enum": ["a"]}},
    {"contains": {"const": 1}, "minContains": 2},
    {"properties": {"a": {}}, "unevaluatedProperties": False},
    {"not": {"propertyNames": {"enum": ["a"]}}},
    {"not": {"anyOf": [{"contains": {"const": 1}}, {"type": "string"}]}},
    {"oneOf": [{"propertyNames": {"enum": ["a"]}}, {"type": "object"}]},
    {"oneOf": [{"contains": {"const": 1}}, {"type": "array"}], "anyOf": [{"maxItems": 1}]},
    {"if": {"contains": {"const": 1}}, "then": {"maxItems": 1}, "else": {"minItems": 3}},
    {"if": {"type": "array"}, "then": {"contains": {"const": 1}}},
]
KEYS = st.sampled_from(["a", "b", "c", "ab"])
PLAIN = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "a", "b", 1.5])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner), max_leaves=6
)


def _as_30(schema: Any, target: Callable[[str], Any] = lambda _: {}) -> tuple[Any, list[str]]:
    weakener = Weakener(UNKNOWN, target)
    return schema30(weakener.weakened(schema, "it")), weakener.losses


@pytest.mark.parametrize("schema", EXACT, ids=str)
@settings(max_examples=60)
@given(value=VALUES)
def test_what_3_0_can_say_it_says_exactly(schema: Any, value: Any) -> None:
    """Where nothing is left out, the same values are accepted."""
    made, losses = _as_30(schema)
    assert not losses
    assert OAS30Validator(made).is_valid(value) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("schema", WIDENED, ids=str)
@settings(max_examples=60)
@given(value=VALUES)
def test_what_3_0_cannot_say_is_widened(schema: Any, value: Any) -> None:
    """Where something is left out, it is told, and whatever was accepted still is."""
    made, losses = _as_30(schema)
    assert losses
    if Draft202012Validator(schema).is_valid(value):
        assert OAS30Validator(made).is_valid(value)


def test_a_widened_schema_elsewhere_widens_a_not() -> None:
    """What a reference leads to is looked at, be it recursive."""
    schemas = {
        "#/a": {"anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]},
        "#/b": {"propertyNames": {"enum": ["a"]}},
    }
    made, losses = _as_30({"not": {"$ref": "#/a"}, "type": "object"}, schemas.__getitem__)
    assert made == {"type": "object"}
    assert losses == ["it: not left out"]


def test_names_are_no_keywords() -> None:
    """A property that is called like a keyword stays, and so does data."""
    schema = {
        "properties": {"const": {"type": "string"}, "propertyNames": {}, "if": {"const": "if"}},
        "default": {"const": 1, "propertyNames": 2},
    }
    made, losses = _as_30(schema)
    assert not losses
    assert made == {
        "properties": {"const": {"type": "string"}, "propertyNames": {}, "if": {"enum": ["if"]}},
        "default": {"const": 1, "propertyNames": 2},
    }


def test_dereferencing_keeps_what_holds_itself(tmp_path: Path) -> None:
    """A recursive schema refers to its own $defs, all others are written out."""
    folder = tmp_path / "schemas" / "x"
    folder.mkdir(parents=True)
    (folder / "tree.json").write_text(
        '{"$defs": {"name": {"type": "string"}}, "type": "object", "required": ["name"],'
        ' "properties": {"name": {"$ref": "#/$defs/name", "minLength": 1},'
        ' "leaf": {"$ref": "leaf.json"}, "below": {"items": {"$ref": "#"}}}}'
    )
    (folder / "leaf.json").write_text('{"type": "integer", "description": "a leaf"}')
    made = dereferenced(tmp_path, "schemas/x/tree.json")
    assert made["properties"]["name"] == {"allOf": [{"type": "string"}], "minLength": 1}
    assert made["properties"]["leaf"] == {"type": "integer", "description": "a leaf"}
    assert made["properties"]["below"] == {"items": {"$ref": "#/$defs/Tree"}}
    validator = Draft202012Validator(made)
    assert validator.is_valid({"name": "a", "below": [{"name": "b", "leaf": 1}]})
    assert not validator.is_valid({"name": "a", "below": [{"name": "b", "leaf": "x"}]})
    assert not validator.is_valid({"name": "a", "below": [{"name": "b", "below": [{}]}]})
