"""A report read back: the values from which the text forms are made, as the run itself had them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from retailspec.report.document import UNREACHED
from retailspec.report.outcome import Outcome
from retailspec.report.terminal import summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Contract

__all__ = ["outcome_of", "text_of"]

Record = dict[str, Any]


def outcome_of(report: Record) -> Outcome:
    """Return what a run had to tell, from its report."""
    records = [
        {"contract": contract["contract"], **rule}
        for contract in report["contracts"]
        for rule in contract["rules"]
        if rule["selected"] and rule["reasons"] != [UNREACHED]
    ]
    return Outcome(
        records=records,
        runs=[_run(contract) for contract in report["contracts"]],
        contracts={one["contract"]: _contract(one) for one in report["contracts"]},
        stale={f"{one['contract']}/{one['rule']}": one["stale"] for one in records if one["stale"]},
        strict=report["options"]["strict"],
    )


def _run(contract: Record) -> Record:
    target = contract["target"]
    also = [
        {"contract": contract["contract"], **rule}
        for rule in contract["rules"]
        if not rule["selected"] and rule["findings"]
    ]
    spent = {
        name: [""] * one["count"] if one["entries"] is None else one["entries"]
        for name, one in contract["spent"].items()
    }
    return {
        "contract": contract["contract"],
        "title": contract["title"],
        "base_url": target["base_url"] or "",
        "embedded": target["embedded"],
        "calls": contract["calls"],
        "spent": spent,
        "notes": contract["notes"],
        "hints": contract.get("hints", []),  # older reports have them among the notes alone
        "lost": contract["lost"],
        "also": also,
    }


def _contract(contract: Record) -> Contract:
    """Return as much of a contract as a summary of its results reads."""
    lifecycle = contract["lifecycle"]
    spec = lifecycle and SimpleNamespace(
        states={state["id"]: {} for state in lifecycle["states"]},
        titles={state["id"]: state["title"] for state in lifecycle["states"]},
        calls=dict.fromkeys(lifecycle["calls"]),
    )
    rules = {
        one["rule"]: SimpleNamespace(id=one["rule"], judged=one["level"] != "may")
        for one in contract["rules"]
    }
    made = SimpleNamespace(
        name=contract["contract"], title=contract["title"], lifecycle=spec, rules=rules
    )
    return cast("Contract", made)


def text_of(report: Record) -> Iterator[str]:
    """Yield the lines that the run printed at its end."""
    outcome = outcome_of(report)
    for line, _ in summary_lines(list(outcome.records), list(outcome.runs), outcome.contracts):
        yield line
