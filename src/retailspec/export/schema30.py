"""JSON Schema 2020-12 in the words of OpenAPI 3.0's schema object.

Every conversion here is exact; what has no counterpart is left out before, by `Weakener`.
"""

from __future__ import annotations

from typing import Any

from retailspec.export.nodes import rebuild

__all__ = ["UNKNOWN", "schema30"]

UNKNOWN = frozenset(
    {
        *("$anchor", "$dynamicAnchor", "$dynamicRef", "$vocabulary", "contains", "contentEncoding"),
        *("contentMediaType", "contentSchema", "maxContains", "minContains", "patternProperties"),
        *("prefixItems", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
    }
)
"""Keywords that OpenAPI 3.0 has nothing for."""

_SILENT = ("$schema", "$id", "$comment")
_ANNOTATIONS = frozenset(
    {"default", "deprecated", "description", "example", "readOnly", "title", "writeOnly"}
)
_BRANCHES = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "items", "if", "then", "else")


def schema30(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 that accepts what a 2020-12 schema accepts.

    Args:
        schema: The schema, without the keywords in `UNKNOWN` and without `$defs`.
    """
    return rebuild(_no_boolean(schema), _converted)


def _no_boolean(schema: Any) -> Any:
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    return schema


def _converted(node: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in node.items() if key not in _SILENT}
    for key in _BRANCHES:
        if key in made:
            made[key] = [_no_boolean(one) for one in made[key]]
    for key in _SINGLE:
        if key in made:
            made[key] = _no_boolean(made[key])
    if "properties" in made:
        made["properties"] = {key: _no_boolean(one) for key, one in made["properties"].items()}
    extra = [*_conditions(made), *_dependencies(made), *_types(made)]
    _constants(made)
    _limits(made)
    if "$ref" in made and len(made) + len(extra) > 1:
        extra.insert(0, {"$ref": made.pop("$ref")})
    if extra:
        made = _together(made, extra)
    if made.get("type") == "array":
        made.setdefault("items", {})
    return made


def _together(made: dict[str, Any], extra: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a schema that asks for all of several, with the annotations of the first."""
    told = {key: value for key, value in made.items() if key in _ANNOTATIONS}
    rest = {key: value for key, value in made.items() if key not in {*_ANNOTATIONS, "allOf"}}
    parts = [*extra, *made.get("allOf", ()), *([rest] if rest else ())]
    if len(parts) > 1:
        return {**told, "allOf": parts}
    if "$ref" in parts[0]:  # nothing may stand beside it
        return {"allOf": [parts[0], told]}
    return {**parts[0], **told}


def _types(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Say a list of types, or null, as 3.0 says it; what takes a schema of its own is returned."""
    kinds = made.pop("type", None)
    if kinds is None:
        return []
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    nullable = {"nullable": True} if "null" in kinds else {}
    others = [kind for kind in kinds if kind != "null"]
    if len(others) == 1:
        made.update({"type": others[0], **nullable})
        return []
    if not others:
        return [{"type": "string", **nullable, "enum": [None]}]
    first, *rest = others
    return [{"anyOf": [{"type": first, **nullable}, *({"type": kind} for kind in rest)]}]


def _constants(made: dict[str, Any]) -> None:
    if "const" in made:
        value = made.pop("const")
        if "enum" in made:
            made["allOf"] = [*made.get("allOf", ()), {"enum": [value]}]
        else:
            made["enum"] = [value]
    if "examples" in made:
        examples = made.pop("examples")
        if examples:
            made.setdefault("example", examples[0])


def _limits(made: dict[str, Any]) -> None:
    for strict, plain, tighter in (
        ("exclusiveMinimum", "minimum", max),
        ("exclusiveMaximum", "maximum", min),
    ):
        if strict not in made:
            continue
        limit = made.pop(strict)
        if plain in made and tighter(made[plain], limit) != limit:
            continue
        made.update({plain: limit, strict: True})


def _conditions(made: dict[str, Any]) -> list[dict[str, Any]]:
    condition = made.pop("if", None)
    then, otherwise = made.pop("then", None), made.pop("else", None)
    if condition is None:
        return []
    extra = []
    if then is not None:
        extra.append({"anyOf": [{"not": condition}, then]})
    if otherwise is not None:
        extra.append({"anyOf": [condition, otherwise]})
    return extra


def _dependencies(made: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = [
        (name, {"required": names}) for name, names in made.pop("dependentRequired", {}).items()
    ]
    wanted += [(name, _no_boolean(one)) for name, one in made.pop("dependentSchemas", {}).items()]
    return [
        {"anyOf": [{"not": {"type": "object", "required": [name]}}, then]}
        for name, then in wanted
        if then != {"required": []}
    ]
