"""A run as Markdown, for the summary of a GitHub job; a server's text cannot break out of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from retailspec.contract.rules import transition_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Contract
    from retailspec.report.outcome import Outcome, Record

__all__ = ["code", "fenced", "inline", "summary"]

_LARGEST = 900_000
"""Bytes; GitHub refuses a summary of more than 1 MiB."""

_VERDICTS = ("held", "broken", "advisory", "waived", "not judged")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+.!|~@:&$-])")


def inline(text: str) -> str:
    """Return text for a line of Markdown, nothing of which is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as a code span, also within a table."""
    line = " ".join(text.split()).replace("|", "\\|")
    mark = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{mark}{pad}{line}{pad}{mark}"


def fenced(text: str) -> str:
    """Return text as a fenced block, whose fence is longer than any in the text."""
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}text\n{text}\n{mark}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def summary(outcome: Outcome) -> str:
    """Return the summary of a run: the verdict, the contracts, then each broken rule.

    Args:
        outcome: The results.
    """
    about = ", ".join(outcome.names)
    lines = [f"## {inline(about)}: {inline(outcome.told)}", "", *_contracts(outcome)]
    lines += [f"- {inline(line)}" for line in outcome.stale.values()]
    for name in outcome.names:
        lines += _lifecycle(outcome, outcome.contracts[name])
    details = [_rule(record) for record in outcome.ended("broken")]
    details += [_rule(record) for record in outcome.ended("advisory")]
    closing = [*_listed(outcome, "waived"), *_listed(outcome, "not judged")]
    return _fitted("\n".join(lines), details, "\n".join(closing))


def _fitted(head: str, details: list[str], tail: str) -> str:
    room = _LARGEST - len((head + tail).encode())
    kept = 0
    for detail in details:
        room -= len(detail.encode()) + 2
        if room < 0:
            break
        kept += 1
    rest = len(details) - kept
    more = [f"And {rest} more rules, for which there is no room here."] if rest else []
    return "\n\n".join([head, *details[:kept], *more, tail]).rstrip() + "\n\n"


def _contracts(outcome: Outcome) -> Iterator[str]:
    runs = {run["contract"]: run for run in outcome.runs}
    yield "| contract | target | calls | " + " | ".join(_VERDICTS) + " |"
    yield "| --- " * 3 + "| ---: " * len(_VERDICTS) + "|"
    for name in outcome.names:
        run = runs.get(name)
        where, calls = "", ""
        if run is not None:
            where = "embedded server" if run["embedded"] else code(run["base_url"])
            calls = str(sum(run["calls"].values()))
        counts = Counter(
            record["verdict"] for record in outcome.everything if record["contract"] == name
        )
        cells = [code(name), where, calls, *(str(counts[verdict]) for verdict in _VERDICTS)]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _lifecycle(outcome: Outcome, contract: Contract) -> Iterator[str]:
    spec = contract.lifecycle
    verdicts = {
        record["rule"]: record["verdict"]
        for record in outcome.everything
        if record["contract"] == contract.name
    }
    if spec is None or not any(
        transition_id(call, state) in verdicts for call in spec.calls for state in spec.states
    ):
        return
    yield f"### {inline(contract.name)}: lifecycle"
    yield ""
    yield f"| state | {' | '.join(inline(call) for call in spec.calls)} |"
    yield "| --- " * (len(spec.calls) + 1) + "|"
    for state in spec.states:
        cells = [_cell(verdicts.get(transition_id(call, state), "")) for call in spec.calls]
        yield f"| {inline(spec.titles[state])} | {' | '.join(cells)} |"
    yield ""


def _cell(verdict: str) -> str:
    return f"**{verdict.upper()}**" if verdict == "broken" else verdict


def _rule(record: Record) -> str:
    name = code(f"{record['contract']}/{record['rule']}")
    lines = [
        f"### {record['verdict']}: {name} ({record['level']})",
        "",
        inline(record["says"]),
        "",
        f"*Where:* {inline(record['where'])}",
    ]
    for finding in record["findings"][:1]:
        at = f"   (at {finding['pointer']})" if finding["pointer"] else ""
        text = [f"expected: {finding['expected']}{at}", f"got:      {finding['actual']}"]
        text += [f"when:     {finding['note']}"] if finding["note"] else []
        text += [f"before:   {earlier}" for earlier in finding["before"]]
        if finding["curl"] is not None:
            text += ["", finding["curl"], "", finding["answer"]]
        lines += ["", fenced("\n".join(text))]
    if len(record["findings"]) > 1:
        lines += ["", f"{len(record['findings'])} calls show it."]
    return "\n".join(lines)


def _listed(outcome: Outcome, verdict: str) -> Iterator[str]:
    records = outcome.ended(verdict)
    if not records:
        return
    yield f"<details><summary>{verdict}: {len(records)}</summary>"
    yield ""
    for record in records:
        yield f"- {code(record['contract'] + '/' + record['rule'])}: {inline(_why(record))}"
    yield ""
    yield "</details>"
    yield ""


def _why(record: Record) -> str:
    if record["waiver"] is None or record["verdict"] != "waived":
        return "; ".join(record["reasons"])
    expires = record["waiver"]["expires"]
    return f"{record['waiver']['reason']}" + (f" (until {expires})" if expires else "")
