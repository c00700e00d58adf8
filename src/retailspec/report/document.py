"""The report of a run as one JSON document, from which every other form of it is made."""

from __future__ import annotations

import platform
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retailspec.report.exchanges import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "FORMAT",
    "UNREACHED",
    "VERDICTS",
    "VERSION",
    "Told",
    "build_report",
    "conforms",
    "tool_record",
]

FORMAT = "retailspec-report"
"""What a report calls itself."""

VERSION = 1
"""The version of its format: it rises where a reader of the old one could not read the new one."""

VERDICTS = ("broken", "advisory", "waived", "not judged", "held")
"""How a rule can end, the worst first."""

Record = dict[str, Any]

_SAID = ("verdict", "judged", "reasons", "unlock", "waiver", "stale")
_OPEN = "the document leaves it open, so nothing is judged by it"
_LEFT_OUT = "not selected"
UNREACHED = "the run ended before it was judged"
"""Why a rule was not judged that a run which was stopped did not come to."""


@dataclass
class Told:
    """What a run has told so far.

    Args:
        contracts: A record per contract, as `contract_record` makes them.
        records: A record per rule that was judged, as `result_record` makes them.
        runs: A record per run, as `run_record` makes them.
        exchanges: A record per exchange, as `ExchangeLog` makes them.
        selected: Contract to the ids of the rules that were asked for.
        options: What the user chose.
        command: The command line that repeats the run.
        started: When the run began, in seconds since 1970.
        seconds: How long it took.
        exit_status: The status that it ended with.
    """

    contracts: list[Record]
    records: list[Record] = field(default_factory=list)
    runs: list[Record] = field(default_factory=list)
    exchanges: list[Record] = field(default_factory=list)
    selected: Mapping[str, Iterable[str]] = field(default_factory=dict)
    options: Record = field(default_factory=dict)
    command: str = ""
    started: float = 0.0
    seconds: float = 0.0
    exit_status: int = 0


def tool_record() -> Record:
    """Return the name and the version of this program, and of what it runs on."""
    return {
        "name": "retailspec",
        "version": version("retailspec"),
        "python": platform.python_version(),
    }


def build_report(told: Told) -> Record:
    """Return the report of a run, whole or not."""
    strict = bool(told.options.get("strict"))
    contracts = [
        made
        for contract in told.contracts
        if (made := _contract(contract, told, strict=strict)) is not None
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": tool_record(),
        "started": moment(told.started),
        "seconds": round(told.seconds, 3),
        "exit_status": told.exit_status,
        "complete": all(contract["complete"] for contract in contracts) and bool(contracts),
        "conforms": conforms([rule for one in contracts for rule in one["rules"]], strict=strict),
        "command": told.command,
        "options": told.options,
        "contracts": contracts,
    }


def conforms(rules: Iterable[Record], *, strict: bool) -> bool | None:
    """Return whether rules were kept, as far as they were judged; None where none was."""
    verdicts = {rule["verdict"] for rule in rules}
    if "broken" in verdicts or (strict and "advisory" in verdicts):
        return False
    return True if verdicts - {"not judged"} else None


def _contract(contract: Record, told: Told, *, strict: bool) -> Record | None:
    """Return what a report says of a contract, or None where no rule of it was asked for."""
    name = contract["contract"]
    run = next((run for run in told.runs if run["contract"] == name), None)
    judged = {one["rule"]: one for one in told.records if one["contract"] == name}
    selected = {*told.selected.get(name, ()), *(run["selected"] if run else ()), *judged}
    if not selected:
        return None
    also = {one["rule"]: one for one in run["also"]} if run else {}
    rules = [_rule(rule, judged, also, selected) for rule in contract["rules"]]
    numbers = {number for rule in rules for finding in rule["findings"] for number in _ids(finding)}
    exchanges = [
        {key: value for key, value in exchange.items() if key != "contract"}
        for exchange in told.exchanges
        if exchange["contract"] == name and exchange["number"] in numbers
    ]
    made = {
        "contract": name,
        "title": contract["title"],
        "document": contract["document"],
        "conforms": conforms(rules, strict=strict),
        "complete": run is not None and all(rule["reasons"] != [UNREACHED] for rule in rules),
        "counts": {verdict: _counts(rules)[verdict] for verdict in VERDICTS},
        **_run(run),
        "lifecycle": _lifecycle(contract["lifecycle"], rules),
        "rules": rules,
        "exchanges": sorted(exchanges, key=lambda one: one["number"]),
    }
    return made if run is None else _at_home(made, run)


def _ids(finding: Record) -> list[int]:
    own = finding.get("exchange")
    return [*([] if own is None else [own]), *finding.get("earlier", ())]


def _counts(rules: Iterable[Record]) -> Counter[str]:
    return Counter(
        rule["verdict"] for rule in rules if rule["selected"] or rule["verdict"] != "not judged"
    )


def _rule(
    rule: Record, judged: Mapping[str, Record], also: Mapping[str, Record], selected: set[str]
) -> Record:
    said = judged.get(rule["rule"]) or also.get(rule["rule"])
    chosen = rule["judged"] and rule["rule"] in selected
    otherwise = UNREACHED if chosen else _LEFT_OUT
    reason = otherwise if rule["judged"] else _OPEN
    silent = {"verdict": "not judged", "judged": 0, "reasons": [reason], "unlock": []}
    source = said or {**silent, "waiver": None, "stale": "", "findings": []}
    return {
        **{key: rule[key] for key in ("rule", "level", "where", "says")},
        "selected": chosen,
        **{key: source[key] for key in _SAID},
        "findings": [_finding(finding) for finding in source["findings"]],
    }


def _finding(finding: Record) -> Record:
    return {"exchange": None, "earlier": [], **finding}


def _run(run: Record | None) -> Record:
    if run is None:
        target = {"base_url": None, "http_url": None, "embedded": False}
        nothing: Record = {
            "calls": {},
            "spent": {},
            "plan": None,
            "notes": [],
            "hints": [],
            "lost": "",
        }
        return {"target": target, **nothing}
    home = run["embedded"]
    return {
        "target": {
            "base_url": run["base_url"],
            "http_url": run["http_url"],
            "embedded": home,
        },
        "calls": dict(sorted(run["calls"].items())),
        "spent": {
            # what an embedded server made up is of no use when that server is gone
            name: {"count": len(entries), "entries": None if home else entries}
            for name, entries in run["spent"].items()
        },
        "plan": run["plan"],
        "notes": run["notes"],
        "hints": run["hints"],
        "lost": run["lost"],
    }


def _lifecycle(lifecycle: Record | None, rules: Iterable[Record]) -> Record | None:
    if lifecycle is None:
        return None
    verdicts = {rule["rule"]: rule["verdict"] for rule in rules}
    transitions = [
        {**one, "verdict": verdicts.get(one["rule"], "not judged")}
        for one in lifecycle["transitions"]
    ]
    return {**lifecycle, "transitions": transitions}


def _at_home(contract: Record, run: Record) -> Record:
    """Give an embedded server, whose ports are gone with it, an address that is none."""
    if not run["embedded"]:
        return contract
    hosts = {urlsplit(run[key]).netloc for key in ("base_url", "http_url") if run[key]}
    made: Record = _replaced(contract, dict.fromkeys(hosts, "embedded.invalid"))
    return made


def _replaced(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in words.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [_replaced(one, words) for one in value]
    if isinstance(value, dict):
        return {key: _replaced(one, words) for key, one in value.items()}
    return value
