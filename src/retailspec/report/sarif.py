"""Results as SARIF 2.1.0, for code scanning: a run per contract, a result per broken rule.

An API has no source file, so a result points at the line of the rule file that it breaks.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import yaml

from retailspec.contract import locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.contract.model import Contract
    from retailspec.report.outcome import Outcome, Record

__all__ = ["SCHEMA", "rule_lines", "sarif_log", "sarif_text"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
"""Where the JSON Schema of the format is published."""

_LEVELS = {"must": "error", "should": "warning", "may": "note"}
_RESULTS = ("broken", "advisory", "waived")


def sarif_text(outcome: Outcome) -> str:
    """Return the results as the text of a SARIF file.

    Args:
        outcome: The results.
    """
    return json.dumps(sarif_log(outcome), indent=2, ensure_ascii=False) + "\n"


def sarif_log(outcome: Outcome) -> dict[str, Any]:
    """Return the results as a SARIF log.

    Args:
        outcome: The results.
    """
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [_run(outcome, outcome.contracts[name]) for name in outcome.names],
    }


def _run(outcome: Outcome, contract: Contract) -> dict[str, Any]:
    records = [one for one in outcome.everything if one["contract"] == contract.name]
    lines = rule_lines(contract)
    index = {record["rule"]: number for number, record in enumerate(records)}
    lost = any(run["lost"] for run in outcome.runs if run["contract"] == contract.name)
    return {
        "tool": {
            "driver": {
                "name": "retailspec",
                "version": version("retailspec"),
                "rules": [_rule(record, contract) for record in records],
            }
        },
        # the contract is the category, so that uploads of several jobs leave each other alone
        "automationDetails": {"id": f"retailspec/{contract.name}/"},
        "invocations": [
            {
                "executionSuccessful": not lost,
                "toolExecutionNotifications": _notifications(outcome, contract, records, index),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(record, index[record["rule"]], lines, outcome)
            for record in records
            if record["verdict"] in _RESULTS
        ],
    }


def _id(record: Record) -> str:
    return f"{record['contract']}/{record['rule']}"


def _rule(record: Record, contract: Contract) -> dict[str, Any]:
    says, where = record["says"], record["where"]
    return {
        "id": _id(record),
        "name": record["rule"],
        "shortDescription": {"text": says},
        "fullDescription": {"text": f"{says} In the document {contract.document}: {where}."},
        "help": {
            "text": f"{says}\n\nWhere the document says so: {contract.document}, {where}.\n"
            f"Level: {record['level']}."
        },
        "defaultConfiguration": {"level": _LEVELS[record["level"]]},
        "properties": {
            "tags": [contract.name, record["level"]],
            "document": contract.document,
            "where": where,
        },
    }


def _result(
    record: Record, index: int, lines: Mapping[str, int], outcome: Outcome
) -> dict[str, Any]:
    findings = record["findings"]
    strict = outcome.strict and record["verdict"] == "advisory"
    made: dict[str, Any] = {
        "ruleId": _id(record),
        "ruleIndex": index,
        "level": "error" if strict else _LEVELS[record["level"]],
        "message": {"text": _message(record)},
        "locations": [_location(record, lines)],
        "partialFingerprints": {
            "primaryLocationLineHash": _fingerprint(record),
            "retailspecRule/v1": _fingerprint(record),
        },
        "occurrenceCount": max(1, len(findings)),
    }
    if record["verdict"] == "waived":
        suppression = {"kind": "external", "justification": record["waiver"]["reason"]}
        expires = record["waiver"]["expires"]
        more = {"properties": {"expires": expires}} if expires else {}
        made["suppressions"] = [{**suppression, **more}]
    return made


def _message(record: Record) -> str:
    lines = [record["says"]]
    for finding in record["findings"][:1]:
        at = f" (at {finding['pointer']})" if finding["pointer"] else ""
        lines += [f"Expected: {finding['expected']}{at}.", f"Got: {finding['actual']}."]
        if finding["note"]:
            lines.append(f"When: {finding['note']}.")
        if finding["curl"] is not None:
            lines += [f"Call: {finding['curl']}", f"Answer: {finding['answer']}"]
    if len(record["findings"]) > 1:
        lines.append(f"{len(record['findings'])} calls show it.")
    return "\n".join(lines).replace("](", "] (")  # a server's text makes no link


def _fingerprint(record: Record) -> str:
    """Return what stays the same from run to run, whichever values brought the defect up."""
    return hashlib.sha256(_id(record).encode()).hexdigest()[:32] + ":1"


def _location(record: Record, lines: Mapping[str, int]) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {
                "uri": f"rules/{record['contract']}.yaml",
                "uriBaseId": "%SRCROOT%",
            },
            "region": {"startLine": lines.get(record["rule"], 1)},
        },
        "logicalLocations": [{"fullyQualifiedName": _id(record), "kind": "rule"}],
    }


def _notifications(
    outcome: Outcome, contract: Contract, records: list[Record], index: Mapping[str, int]
) -> list[dict[str, Any]]:
    silent = [
        {
            "level": "note",
            "message": {"text": f"not judged: {'; '.join(record['reasons'])}"},
            "associatedRule": {"id": _id(record), "index": index[record["rule"]]},
        }
        for record in records
        if record["verdict"] == "not judged"
    ]
    stale = [
        {"level": "error", "message": {"text": line}}
        for rule_id, line in outcome.stale.items()
        if rule_id.startswith(f"{contract.name}/")
    ]
    lost = [
        {"level": "error", "message": {"text": run["lost"]}}
        for run in outcome.runs
        if run["contract"] == contract.name and run["lost"]
    ]
    return silent + stale + lost


def rule_lines(contract: Contract) -> dict[str, int]:
    """Return where each rule stands in the contract's rule file, as a line counted from 1.

    A transition of a lifecycle has no entry of its own; its call's line stands for it.

    Args:
        contract: The contract.
    """
    path = locate.find("rules", f"{contract.name}.yaml")
    if path is None:
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    calls = _keys(_under(_under(root, "lifecycle"), "calls"))
    entries = _keys(_under(root, "rules"))
    found = {}
    for rule_id in contract.rules:
        line = entries.get(rule_id) or calls.get(rule_id.split(".from.")[0])
        if line is not None:
            found[rule_id] = line
    return found


def _under(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _keys(node: Any) -> dict[str, int]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {name.value: name.start_mark.line + 1 for name, _ in node.value}
