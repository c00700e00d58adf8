"""A Postman collection of a contract's calls, with tests, and the environment that it wants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from retailspec.errors import ContractError
from retailspec.export.scripts import before_each, before_optional, signing_script, tests
from retailspec.values import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retailspec.contract.model import Call, Contract, Fixture

__all__ = ["collection", "environment"]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection(contract: Contract) -> dict[str, Any]:
    """Return a Postman collection (v2.1) with one request for each of the contract's calls.

    Raises:
        ContractError: The contract has no OpenAPI document.
    """
    made = _Maker(contract)
    items = [made.item(call) for call in contract.calls.values()]
    before = before_each(contract, made.clocks)
    return {
        "info": {
            "name": contract.title,
            "description": _description(contract),
            "schema": _SCHEMA,
        },
        "item": items,
        **({"event": [_event("prerequest", before)]} if before else {}),
    }


def environment(contract: Contract) -> dict[str, Any]:
    """Return the Postman environment of the collection: defaults filled in, secrets empty."""
    values = [_value("base_url", "")]
    values += [_value(name, "", secret=True) for name in _credentials(contract)]
    for name in _fixtures(contract):
        default = contract.fixtures[name].default
        text = default if isinstance(default, str) else json.dumps(default)
        values.append(_value(name, "" if default is None else text))
    values += [_value(name, "") for name in _fresh(contract)]
    values += [_value(name, "") for name in _switches(contract)]
    return {
        "name": contract.title,
        "values": values,
        "_postman_variable_scope": "environment",
    }


class _Maker:
    def __init__(self, contract: Contract) -> None:
        if contract.openapi is None:
            raise ContractError(f"{contract.name}: has no OpenAPI document")
        self._contract = contract
        self._folder: Path = contract.openapi.parent.parent
        self.clocks: dict[str, str] = {}

    def item(self, call: Call) -> dict[str, Any]:
        contract = self._contract
        operation = contract.operations[call.operation]
        headers = dict(contract.authorization)
        request: dict[str, Any] = {"method": operation.method}
        if call.body is not None:
            headers = {"Content-Type": "application/json", **headers}
            options = {"raw": {"language": "json"}}
            request["body"] = {"mode": "raw", "raw": self._json(call), "options": options}
        look = self._lookup(call)
        request["header"] = [
            {"key": name, "value": fill(template, look)} for name, template in headers.items()
        ]
        request["url"] = self._url(call, operation.path)
        request["description"] = call.effect
        events = [_event("test", tests(self._folder, operation))]
        if operation.optional:
            events.insert(0, _event("prerequest", before_optional(_switch(call))))
        return {
            "name": call.name,
            "request": request,
            "event": events,
            "response": [],
            "protocolProfileBehavior": {"followRedirects": False},
        }

    def _url(self, call: Call, path: str) -> dict[str, Any]:
        look = self._lookup(call)
        for name, value in fill(dict(call.path), look).items():
            path = path.replace("{" + name + "}", str(value))
        query = [
            {"key": name, "value": str(value)}
            for name, value in fill(dict(call.query), look).items()
            if value is not None
        ]
        parts = [part for part in path.split("/") if part]
        pairs = "&".join(f"{pair['key']}={pair['value']}" for pair in query)
        raw = "/".join(["{{base_url}}", *parts]) + (f"?{pairs}" if pairs else "")
        made: dict[str, Any] = {"raw": raw, "host": ["{{base_url}}"], "path": parts}
        return {**made, "query": query} if query else made

    def _lookup(self, call: Call) -> Callable[[str], Any]:
        def look(name: str) -> Any:
            text = call.variables.get(name)
            if text is not None and not text.startswith("clock:"):
                return text
            variable = f"{call.name}_{name}" if name in self._contract.supplies else name
            if text is not None:
                variable = f"{call.name}_{name}"
                self.clocks[variable] = text.removeprefix("clock:")
            return "{{" + variable + "}}"

        return look

    def _json(self, call: Call) -> str:
        """Return the body's text; what is no text in a target file stands without quotes."""
        look = self._lookup(call)
        bare = {
            name
            for name in placeholders(call.body) & self._contract.fixtures.keys()
            for value in (
                self._contract.fixtures[name].default,
                self._contract.fixtures[name].example,
            )
            if value is not None and not isinstance(value, str)
        }
        body = fill(call.body, lambda name: f"\0{name}\0" if name in bare else look(name))
        text = json.dumps(body, indent=2, ensure_ascii=False)
        for name in bare:
            mark = json.dumps(f"\0{name}\0")
            text = text.replace(mark, look(name)).replace(mark[1:-1], look(name))
        return text


def _is_text(fixture: Fixture) -> bool:
    known = [one for one in (fixture.default, fixture.example) if one is not None]
    return all(isinstance(one, str) for one in known)


def _event(listen: str, lines: list[str]) -> dict[str, Any]:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


def _value(key: str, value: str, *, secret: bool = False) -> dict[str, Any]:
    return {"key": key, "value": value, "type": "secret" if secret else "default", "enabled": True}


def _used(call: Call) -> set[str]:
    return placeholders([call.body, dict(call.query), dict(call.path)])


def _credentials(contract: Contract) -> list[str]:
    used = placeholders(dict(contract.authorization)) | {contract.signing.get("key")}
    return [name for name in contract.credentials if name in used]


def _fixtures(contract: Contract) -> list[str]:
    used = set().union(*(_used(call) for call in contract.calls.values()))
    return [name for name in contract.fixtures if name in used]


def _fresh(contract: Contract) -> list[str]:
    return [
        f"{call.name}_{name}"
        for call in contract.calls.values()
        for name in contract.supplies
        if name in _used(call)
    ]


def _switch(call: Call) -> str:
    return f"with_{call.name}"


def _switches(contract: Contract) -> list[str]:
    calls = contract.calls.values()
    return [_switch(call) for call in calls if contract.operations[call.operation].optional]


def _description(contract: Contract) -> str:
    lines = [f"The calls of {contract.document}, one request each, with tests.", ""]
    lines += ["The environment's variables (they stand in the JSON as they are):", ""]
    lines += ["- `base_url`: where the API is"]
    lines += [f"- `{name}`: {contract.credentials[name].says}" for name in _credentials(contract)]
    for name in _fixtures(contract):
        fixture = contract.fixtures[name]
        shown = "" if fixture.example is None else f" (e.g. {json.dumps(fixture.example)})"
        lines.append(f"- `{name}`: {fixture.says}{shown}")
    for call in contract.calls.values():
        for name in _used(call) & contract.supplies.keys():
            lines.append(f"- `{call.name}_{name}`: {contract.supplies[name].says}")
    lines += [f"- `{name}`: `true` where the API has this call" for name in _switches(contract)]
    if contract.irreversible:
        lines += ["", f"Mind that {contract.irreversible}."]
    if contract.signing and signing_script(contract.signing["scheme"]) is None:
        lines += ["", f"The requests are not signed: {contract.signing['scheme']} has no script."]
    return "\n".join(lines)
