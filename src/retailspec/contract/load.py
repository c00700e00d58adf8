"""Reading a contract from its files: the OpenAPI document, the schemas and the rules."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Any

from retailspec.contract import locate
from retailspec.contract.lifecycle import LifecycleCall, LifecycleRules, LifecycleSpec
from retailspec.contract.model import (
    Call,
    Contract,
    Credential,
    Fixture,
    Operation,
    SupplySpec,
    TriggerSpec,
)
from retailspec.contract.properties import build_properties
from retailspec.contract.rules import build_client_rules, build_rules
from retailspec.contract.schemas import Schemas, read_data
from retailspec.errors import ContractError, UsageError
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["contract_of", "load_contract", "names", "nearest"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


def nearest(word: str, among: list[str]) -> str:
    """Return " Did you mean X?" for the nearest of some names, or "" where none is near."""
    match = difflib.get_close_matches(word, among, n=1, cutoff=0.4)
    return f" Did you mean {match[0]}?" if match else ""


def names() -> list[str]:
    """Return the names of all contracts, the built-in ones in the order of their documents."""
    order = ["omni-orders", "omni-inventory", "comestri-inventory", "sirclo-inventory"]
    found = {
        path.stem
        for folder in locate.data_folders()
        for path in folder.glob("rules/*.yaml")
        if path.stem != "common"
    }
    return sorted(found, key=lambda name: (order.index(name) if name in order else 99, name))


@cache
def load_contract(name: str) -> Contract:
    """Return the contract of that name.

    Raises:
        UsageError: There is no such contract.
        ContractError: Its files do not fit together.
    """
    path = locate.find("rules", f"{name}.yaml") if name in names() else None
    if path is None:
        raise UsageError(
            f"{name}: no such contract.{nearest(name, names())} (one of: {', '.join(names())})"
        )
    return contract_of(read_data(path), path)


def contract_of(raw: Any, path: Path) -> Contract:
    """Return the contract that a rule file's data describes.

    Args:
        raw: The data.
        path: The file; openapi/ and schemas/ are looked for beside its folder.

    Raises:
        ContractError: It does not keep the schema of rule files, or its parts do not fit together.
    """
    _validate(raw, path)
    try:
        return _built(raw, path)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        told = shorten(" ".join(f"{type(error).__name__}: {error}".split()), 160)
        raise ContractError(f"{path}: its parts do not fit together: {told}") from None


def _built(raw: Any, path: Path) -> Contract:
    folder = path.parent.parent
    document = read_data(folder / "openapi" / raw["openapi"])
    operations = _operations(document, f"openapi/{raw['openapi']}")
    lifecycle = _lifecycle(raw.get("lifecycle"))
    calls = _calls(raw, operations, path)
    common = _common(path)
    rules = build_rules(raw, common["rules"], operations, calls, lifecycle)
    for rule_id in raw.get("lifecycle", {}).get("judged_by", {}).values():
        if rule_id not in rules:
            raise ContractError(f"{path}: /lifecycle/judged_by: there is no rule {rule_id}")
    return Contract(
        name=raw["contract"],
        title=raw["title"],
        document=raw["document"],
        operations=operations,
        calls=calls,
        rules=rules,
        credentials={key: Credential(**value) for key, value in raw.get("credentials", {}).items()},
        authorization=raw["authorization"],
        fixtures={key: Fixture(**value) for key, value in raw.get("fixtures", {}).items()},
        supplies={key: SupplySpec(**value) for key, value in raw.get("supplies", {}).items()},
        schemas=Schemas(folder),
        signing=raw.get("signing", {}),
        production=frozenset(raw.get("production", ())),
        irreversible=raw.get("irreversible", ""),
        lifecycle=lifecycle,
        triggers={key: TriggerSpec(**value) for key, value in raw.get("triggers", {}).items()},
        errata=tuple(raw.get("errata", ())),
        openapi=folder / "openapi" / raw["openapi"],
        layers={"schemathesis": raw.get("schemathesis", [])},
        properties=build_properties(raw, rules, calls),
        clients=build_client_rules(raw, common.get("clients", {})),
        scenarios=raw.get("scenarios", {}),
    )


def _common(path: Path) -> Mapping[str, Any]:
    beside = path.parent / "common.yaml"
    shared = beside if beside.is_file() else locate.find("rules", "common.yaml")
    if shared is None:
        raise ContractError(f"{path}: rules/common.yaml is missing beside it")
    common: Mapping[str, Any] = read_data(shared)
    return common


def _validate(raw: Any, path: Path) -> None:
    schema = locate.find("rules", "rules.schema.json")
    if schema is None:
        raise ContractError(f"{path}: rules/rules.schema.json is missing")
    violation = Schemas(schema.parent.parent).violation("rules/rules.schema.json", raw)
    if violation is not None:
        raise ContractError(
            f"{path}: {violation.pointer or 'the file'}: expected {violation.expected}"
        )
    if raw["contract"] != path.stem:
        raise ContractError(
            f"{path}: contract is {raw['contract']!r}, the file's name says {path.stem!r}"
        )


def _resolve(document: Any, node: Any, pointer: str) -> tuple[Any, str]:
    while isinstance(node, dict) and str(node.get("$ref", "")).startswith("#/"):
        pointer = node["$ref"][1:]
        node = document
        for part in pointer.split("/")[1:]:
            node = node[part.replace("~1", "/").replace("~0", "~")]
    return node, pointer


def _body_schema(document: Any, holder: Any, pointer: str, file: str) -> str | None:
    holder, pointer = _resolve(document, holder, pointer)
    media = (holder or {}).get("content", {}).get("application/json", {})
    if "schema" not in media:
        return None
    return f"{file}#{pointer}/content/application~1json/schema"


def _operations(document: Any, file: str) -> dict[str, Operation]:
    operations: dict[str, Operation] = {}
    for path, item in document.get("paths", {}).items():
        escaped = path.replace("~", "~0").replace("/", "~1")
        for method in _METHODS:
            if method not in item:
                continue
            spec, base = item[method], f"/paths/{escaped}/{method}"
            answers = {str(status): answer for status, answer in spec["responses"].items()}
            operations[spec["operationId"]] = Operation(
                id=spec["operationId"],
                method=method.upper(),
                path=path,
                statuses=frozenset(answers),
                schemas={
                    status: _body_schema(document, answer, f"{base}/responses/{status}", file)
                    for status, answer in answers.items()
                },
                request_schema=_body_schema(
                    document, spec.get("requestBody"), f"{base}/requestBody", file
                ),
                query=_query(document, item, spec, base, file),
                optional=bool(spec.get("x-optional")),
                assumed=bool(item.get("x-assumed") or spec.get("x-assumed")),
            )
    return operations


def _query(document: Any, item: Any, spec: Any, base: str, file: str) -> dict[str, str]:
    above = base.rpartition("/")[0]
    places = [(item.get("parameters", ()), above), (spec.get("parameters", ()), base)]
    found = {}
    for parameters, holder in places:
        for number, parameter in enumerate(parameters):
            one, pointer = _resolve(document, parameter, f"{holder}/parameters/{number}")
            if one["in"] == "query":
                found[one["name"]] = f"{file}#{pointer}/schema"
    return found


def _calls(raw: Any, operations: Mapping[str, Operation], path: Path) -> dict[str, Call]:
    driven = raw.get("lifecycle", {}).get("calls", {})
    calls = {}
    for name, value in raw["calls"].items():
        if value["operation"] not in operations:
            raise ContractError(
                f"{path}: calls/{name}: no operation {value['operation']!r} in {raw['openapi']}"
            )
        calls[name] = Call(name=name, lifecycle=name in driven, **value)
    return calls


def _lifecycle(raw: Any) -> LifecycleSpec | None:
    if raw is None:
        return None
    return LifecycleSpec(
        supply=raw["supply"],
        initial=raw["initial"],
        states={name: state["shows"] for name, state in raw["states"].items()},
        titles={name: state["title"] for name, state in raw["states"].items()},
        calls={
            name: LifecycleCall(
                effect=call["effect"],
                accepts=call["accepts"],
                refuses=call["refuses"],
                own=frozenset(call.get("own", ())),
            )
            for name, call in raw["calls"].items()
        },
        refusals={name: refusal["body"] for name, refusal in raw["refusals"].items()},
        final=frozenset(raw["final"]),
        keeps=frozenset(raw.get("keeps", ())),
        code=raw["code"],
        refusal=raw["refusal"],
        judged_by=LifecycleRules(**raw["judged_by"]),
        look=raw.get("look"),
    )
