"""The report as one HTML page, which needs no network and no script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from retailspec.report.again import outcome_of
from retailspec.report.curl import plain
from retailspec.report.diagram import MARKS, diagram
from retailspec.report.document import VERDICTS
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["page"]

Record = dict[str, Any]

_FULL, _BRIEF = 5, 20
"""How many findings of a rule are shown with their exchange, and how many more in one line."""

_ANSWER = 200
_BODY = 4_000
"""Characters of a body that are shown; report.json has all of them."""


def page(report: Record) -> str:
    """Return the page of a report.

    Whatever the report quotes is escaped, and each character that would act on the text around it
    is written out.
    """
    contracts = [_contract(contract) for contract in report["contracts"]]
    rules = [rule for contract in contracts for rule in contract["rules"]]
    style, script = _asset("report.css"), _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            contracts=contracts,
            rules=rules,
            told=outcome_of(report).told if contracts else "nothing was judged",
            broken=[(verdict, _ended(rules, verdict)) for verdict in ("broken", "advisory")],
            waived=_ended(rules, "waived"),
            silent=[rule for rule in _ended(rules, "not judged") if rule["selected"]],
            partly=[rule for rule in rules if rule["reasons"] and rule["verdict"] != "not judged"],
            verdicts=VERDICTS,
            counted=[
                verdict
                for verdict in VERDICTS
                if verdict in {"broken", "held"} or any(one["counts"][verdict] for one in contracts)
            ],
            levels=[level for level in ("must", "should", "may") if _has(rules, level)],
            marks=MARKS,
            style=Markup(style),  # noqa: S704 - the package's own file
            script=Markup(script),  # noqa: S704 - as above
            policy=_policy(style, script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("retailspec.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_written_out,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["body"] = _body
    environment.filters["brief"] = lambda text: shorten(text, _ANSWER)
    environment.filters["slug"] = _slug
    return environment


def _written_out(value: Any) -> Any:
    """Return text in which every control, formatting and bidirectional character is written out."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _asset(name: str) -> str:
    return files("retailspec.report").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the policy that lets the page's own style and script work, and nothing else."""
    own, code = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    )
    return (
        f"default-src 'none'; style-src 'sha256-{own}'; script-src 'sha256-{code}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _has(rules: Iterable[Record], level: str) -> bool:
    return any(rule["level"] == level for rule in rules)


def _ended(rules: Iterable[Record], verdict: str) -> list[Record]:
    return [rule for rule in rules if rule["verdict"] == verdict]


def _contract(contract: Record) -> Record:
    exchanges = {exchange["number"]: exchange for exchange in contract["exchanges"]}
    rules = [_rule(contract, rule, exchanges) for rule in contract["rules"]]
    lifecycle = contract["lifecycle"]
    return {
        **contract,
        "anchor": f"contract-{_slug(contract['contract'])}",
        "rules": rules,
        "diagram": lifecycle and diagram(lifecycle),
        "table": lifecycle and _table(lifecycle, {rule["rule"]: rule for rule in rules}),
        "moves": lifecycle and _moves(lifecycle),
    }


def _rule(contract: Record, rule: Record, exchanges: dict[int, Record]) -> Record:
    findings = rule["findings"]
    anchor = f"{_slug(contract['contract'])}-{_slug(rule['rule'])}"
    shown = [
        {
            **finding,
            "exchange": exchanges.get(finding["exchange"] or 0),
            "calls": [exchanges[one] for one in finding["earlier"] if one in exchanges],
        }
        for finding in findings[:_FULL]
    ]
    return {
        **rule,
        "contract": contract["contract"],
        "anchor": f"all-{anchor}",
        "detail": f"rule-{anchor}" if findings else f"all-{anchor}",
        "shown": shown,
        "brief": findings[_FULL : _FULL + _BRIEF],
        "rest": max(0, len(findings) - _FULL - _BRIEF),
    }


def _table(lifecycle: Record, rules: dict[str, Record]) -> list[Record]:
    titles = {state["id"]: state["title"] for state in lifecycle["states"]}
    cells = {(one["from"], one["call"]): one for one in lifecycle["transitions"]}
    return [
        {
            "title": state["title"],
            "cells": [
                {
                    **cells[state["id"], call],
                    "leads": titles.get(cells[state["id"], call]["to"], ""),
                    "detail": rules[cells[state["id"], call]["rule"]]["detail"]
                    if cells[state["id"], call]["rule"] in rules
                    else "",
                }
                for call in lifecycle["calls"]
                if (state["id"], call) in cells
            ],
        }
        for state in lifecycle["states"]
    ]


def _moves(lifecycle: Record) -> Record:
    """Return how many transitions ended in each way, and those that were broken, in words."""
    titles = {state["id"]: state["title"] for state in lifecycle["states"]}
    counts = {
        verdict: sum(one["verdict"] == verdict for one in lifecycle["transitions"])
        for verdict in VERDICTS
    }
    worst = [
        f"{one['call']} on {titles[one['from']]}"
        for one in lifecycle["transitions"]
        if one["verdict"] in {"broken", "advisory"}
    ]
    return {"counts": {key: count for key, count in counts.items() if count}, "worst": worst}


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-") or "x"


def _body(body: Record) -> str:
    """Return a body for reading: JSON laid out where that changes nothing but its white space."""
    if "text" not in body:
        return shorten(f"{body['size']} bytes, in base64: {body['base64']}", _BODY)
    text: str = body["text"]
    return shorten(_laid_out(text) or text, _BODY)


def _laid_out(text: str) -> str:
    for ascii_only in (True, False):
        for separators in ((",", ":"), (", ", ": ")):
            try:
                value = json.loads(text)
                if json.dumps(value, ensure_ascii=ascii_only, separators=separators) == text:
                    return json.dumps(value, ensure_ascii=ascii_only, indent=2)
            except (ValueError, RecursionError):
                return ""
    return ""
