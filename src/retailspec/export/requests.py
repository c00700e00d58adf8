"""A case's request in full, as a template that needs no rule file to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.errors import ContractError
from retailspec.export.recipes import recipe
from retailspec.values import change, fill, pick, placeholders, remove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.contract.model import Call, Case, Contract

__all__ = ["needs_of", "request_vector"]

_BODILESS = frozenset({"GET", "HEAD", "DELETE"})  # as the builder of live requests has it
_MARK = "\ue000"
_JSON = "application/json"
_SPOILED: Mapping[str, Mapping[str, Any]] = {
    "truncated": {"drop_last": 1},
    "utf-8": {"splice": {"find": "\\ue000", "hex": "c328", "times": 1}},
    "huge": {"splice": {"find": '"\\ue000"', "hex": "39", "times": 5_000}},
}
_NESTED = {"bytes": [{"hex": "5b", "times": 20_000}, {"hex": "5d", "times": 20_000}]}


def request_vector(contract: Contract, case: Case) -> dict[str, Any]:
    """Return the request of a case as a template; see vectors.md for its keys.

    Raises:
        ContractError: The case changes what its call does not have.
    """
    call = contract.calls[case.call]
    operation = contract.operations[call.operation]
    edits = case.edits
    made: dict[str, Any] = {
        "method": edits.get("method", operation.method),
        "path": _path(operation.path, {**call.path, **edits.get("path", {})}),
    }
    query = {**call.query, **edits.get("query", {})}
    if kept := {name: value for name, value in query.items() if value is not None}:
        made["query"] = kept
    body = None if edits.get("method") in _BODILESS else _body(contract, call, edits)
    headers = {} if body is None or body == {"text": ""} else {"Content-Type": _JSON}
    for name, value in edits.get("headers", {}).items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    made["headers"] = headers
    if body is not None:
        made["body"] = body
    if call.variables:
        made["variables"] = {name: _variable(text) for name, text in call.variables.items()}
    if edits.get("transport") == "plain":
        made["transport"] = "plain"
    return {**made, **_credentials(contract, call, edits, made)}


def needs_of(contract: Contract, request: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the fixtures, credentials and supplies that a request's template names."""
    over = request.get("sign", {}).get("over")
    parts = {key: value for key, value in request.items() if key != "variables"}
    named = placeholders([parts, over]) - set(request.get("variables", ()))
    if "sign" in request:
        named.add(request["sign"]["key"])
    kinds = {
        "credentials": contract.credentials,
        "fixtures": contract.fixtures,
        "supplies": contract.supplies,
    }
    found = {kind: [name for name in known if name in named] for kind, known in kinds.items()}
    return {kind: values for kind, values in found.items() if values}


def _path(path: str, parts: Mapping[str, Any]) -> str:
    for name, value in parts.items():
        path = path.replace("{" + name + "}", str(value))
    return path


def _variable(text: str) -> dict[str, str]:
    if text.startswith("clock:"):
        return {"clock": text.removeprefix("clock:")}
    return {"text": text}


def _body(contract: Contract, call: Call, edits: Mapping[str, Any]) -> dict[str, Any] | None:
    if "text" in edits:
        return {"text": edits["text"]}
    template = edits.get("body", call.body)
    if template is None and "body" not in edits:
        return None
    mangle = edits.get("mangle")
    if mangle == "deep":
        return dict(_NESTED)
    try:
        for pointer, value in edits.get("change", {}).items():
            template = change(template, _pointer(call, pointer), value)
        for pointer in edits.get("without", ()):
            template = remove(template, _pointer(call, pointer))
    except LookupError as error:
        raise ContractError(f"{contract.name}: {call.name} has nothing at {error}") from None
    layout = {"layout": edits["layout"]} if "layout" in edits else {}
    if mangle is None:
        return {"json": template, **layout}
    if mangle not in _SPOILED:
        raise ContractError(f"{contract.name}: no vector can say a body mangled as {mangle!r}")
    if "splice" in _SPOILED[mangle]:
        template = _with_first_text(template)
    return {"json": template, **layout, **_SPOILED[mangle]}


def _pointer(call: Call, pointer: str) -> str:
    """Return a pointer with the call's own names in it; it cannot name what a target knows."""
    return str(fill(pointer, lambda name: call.variables[name]))


def _with_first_text(body: Any) -> Any:
    """Return the body with its first text, level by level, replaced by the mark."""
    level = [""]
    while level:
        below = []
        for pointer in level:
            value = pick(body, pointer)
            if isinstance(value, str) and pointer:
                return change(body, pointer, _MARK)
            if isinstance(value, dict):
                below += [f"{pointer}/{key}" for key in value]
            elif isinstance(value, list):
                below += [f"{pointer}/{index}" for index in range(len(value))]
        level = below
    return body


def _credentials(
    contract: Contract, call: Call, edits: Mapping[str, Any], request: Mapping[str, Any]
) -> dict[str, Any]:
    auth = edits.get("auth", {})
    if auth == "none":
        return {}
    key = contract.signing.get("key")
    templates = edits.get("authorization", contract.authorization)
    carried = placeholders(dict(templates)) | {key}
    kinds = {name: kind for name, kind in auth.items() if name in carried}
    absent = {name for name, kind in kinds.items() if kind == "absent"}
    others = {
        name: kind.removeprefix("use:") for name, kind in kinds.items() if kind.startswith("use:")
    }
    made: dict[str, Any] = {}
    headers = {
        header: fill(template, lambda name: f"${{{others.get(name, name)}}}")
        for header, template in templates.items()
        if not placeholders(template) & absent
    }
    if headers:
        made["authorization"] = headers
    spoiled = {name: kind for name, kind in kinds.items() if name not in absent | others.keys()}
    if spoiled:
        made["spoil"] = spoiled
    wrong = edits.get("sign")
    if contract.signing and wrong != "none":
        over = {"json": call.body} if wrong == "original" else None
        made["sign"] = {
            "header": contract.signing["header"],
            "key": others.get(str(key), key),
            **recipe(
                contract.signing["scheme"],
                None if wrong == "original" else wrong,
                _uri(request),
                request.get("body"),
            ),
            **({} if over is None else {"over": over}),
        }
    return made


def _uri(request: Mapping[str, Any]) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in request.get("query", {}).items())
    return f"{request['path']}?{pairs}" if pairs else str(request["path"])
