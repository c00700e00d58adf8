"""Results for a person at a terminal: a summary per contract, then findings grouped by rule."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from retailspec.contract.rules import transition_id
from retailspec.report.outcome import conforms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract

__all__ = ["MARKUP", "Line", "finding_lines", "rule_text", "summary_lines"]

Record = dict[str, Any]
Line = tuple[str, dict[str, bool]]

MARKUP: dict[str, dict[str, bool]] = {
    "broken": {"red": True, "bold": True},
    "advisory": {"yellow": True},
    "waived": {"purple": True},
    "held": {"green": True},
    "not judged": {"cyan": True},
}
"""How each verdict looks, the best last but what was not judged."""
_MORE = 4
_FEWEST_TOGETHER = 3
_WIDTH = 92


def rule_text(record: Record) -> str:
    """Return everything there is to tell about one broken rule, as text."""
    return "\n".join(line for line, _ in finding_lines(record))


def summary_lines(
    records: list[Record], runs: list[Record], contracts: Mapping[str, Contract]
) -> Iterator[Line]:
    """Yield the lines of the summary with their markup.

    Args:
        records: A record per rule that was looked at.
        runs: A record per contract that was run.
        contracts: The contracts by name.
    """
    about = {run["contract"]: run for run in runs}
    order = [name for name in contracts if any(record["contract"] == name for record in records)]
    for name in order:
        own = [record for record in records if record["contract"] == name]
        yield from _contract_lines(contracts[name], own, about.get(name))
    worst = [*records, *(rule for run in runs for rule in run["also"])]
    for verdict in ("broken", "advisory"):
        for record in worst:
            if record["verdict"] == verdict:
                yield "", {}
                yield from finding_lines(record)
    yield "", {}
    for one in runs:
        yield from ((f"{one['contract']}: {hint}", MARKUP["advisory"]) for hint in one["hints"])
    yield from _verdict(worst, order, contracts)


def _contract_lines(
    contract: Contract, records: list[Record], run: Record | None
) -> Iterator[Line]:
    yield "", {}
    where = "" if run is None else ("embedded server" if run["embedded"] else run["base_url"])
    yield f"{contract.name}: {contract.title} ({where})", {"bold": True}
    counts = Counter(record["verdict"] for record in records)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in _MARKUP_ORDER if counts[verdict])
    worst = next((verdict for verdict in ("broken", "advisory") if counts[verdict]), "held")
    yield f"  rules: {told}", MARKUP[worst]
    if run is not None:
        yield f"  {_effort(run)}", {}
    if contract.lifecycle is not None:
        yield from _lifecycle_lines(contract.lifecycle, {r["rule"]: r["verdict"] for r in records})
    if run is not None:
        yield from ((f"  note: {note}", {}) for note in run["notes"] if note not in run["hints"])
    also = run["also"] if run is not None else []
    for record in [*records, *also]:
        if record["verdict"] == "waived":
            yield f"  waived: {record['rule']}: {_waiver(record['waiver'])}", MARKUP["waived"]
    for line in _not_judged([*records, *also]):
        yield f"  {line}", MARKUP["not judged"]


def _not_judged(records: list[Record]) -> Iterator[str]:
    """Yield what was not judged: rules one by one, those that share a reason together."""
    alike: dict[str, list[str]] = {}
    for record in records:
        if record["verdict"] == "not judged":
            alike.setdefault("; ".join(record["reasons"]), []).append(record["rule"])
    for reason, rules in alike.items():
        if len(rules) < _FEWEST_TOGETHER:
            yield from (f"not judged: {rule}: {reason}" for rule in rules)
            continue
        yield f"not judged: {len(rules)} rules: {reason}"
        yield from (f"    {line}" for line in textwrap.wrap(", ".join(rules), _WIDTH))


_MARKUP_ORDER = ("held", "broken", "advisory", "waived", "not judged")


def _waiver(waiver: Record) -> str:
    until = f" (until {waiver['expires']})" if waiver["expires"] else ""
    return f"{waiver['reason']}{until}"


_ROW_ORDER = ("broken", "advisory", "waived", "not judged")


def _effort(run: Record) -> str:
    calls = ", ".join(f"{count} {name}" for name, count in sorted(run["calls"].items()))
    total = sum(run["calls"].values())
    spent = "".join(
        f"; {len(entries)} {name}{'' if len(entries) == 1 else 's'} spent"
        for name, entries in run["spent"].items()
    )
    return f"calls: {total} ({calls}){spent}"


def _lifecycle_lines(spec: LifecycleSpec, verdicts: Mapping[str, str]) -> Iterator[Line]:
    if not any(
        transition_id(call, state) in verdicts for call in spec.calls for state in spec.states
    ):
        return
    first = max(len(title) for title in spec.titles.values())
    yield "", {}
    yield "  " + " ".join([" " * first, *(f"{call:<10}" for call in spec.calls)]), {"bold": True}
    for state in spec.states:
        cells = [verdicts.get(transition_id(call, state), "-") for call in spec.calls]
        row = " ".join(f"{cell.upper() if cell == 'broken' else cell:<10}" for cell in cells)
        worst = next((one for one in _ROW_ORDER if one in cells), "held")
        yield f"  {spec.titles[state]:<{first}} {row}".rstrip(), MARKUP[worst]


def finding_lines(record: Record) -> Iterator[Line]:
    """Yield what there is to tell about one broken rule, a line each with its markup."""
    markup = MARKUP[record["verdict"]]
    yield (
        f"{record['verdict'].upper()} {record['contract']}/{record['rule']} ({record['level']})",
        markup,
    )
    yield f"  the document: {record['says']}", {}
    yield f"  where:        {record['where']}", {}
    findings = record["findings"]
    if not findings:
        return
    yield from _one_finding(findings[0])
    for finding in findings[1 : 1 + _MORE]:
        note = f" ({finding['note']})" if finding["note"] else ""
        yield f"  also:         expected {finding['expected']}, got {finding['actual']}{note}", {}
    rest = len(findings) - 1 - _MORE
    if rest > 0:
        yield f"  and {rest} more calls show it", {}


def _one_finding(finding: Record) -> Iterator[Line]:
    at = f"   (at {finding['pointer']})" if finding["pointer"] else ""
    yield f"  expected:     {finding['expected']}{at}", {}
    yield f"  got:          {finding['actual']}", {}
    if finding["note"]:
        yield f"  when:         {finding['note']}", {}
    for number, earlier in enumerate(finding["before"], start=1):
        yield f"  before, {number}:    {earlier}", {}
    if finding["curl"] is not None:
        yield f"  call:         {finding['curl']}", {}
        yield f"  answer:       {finding['answer']}", {}


def _verdict(
    records: list[Record], names: list[str], contracts: Mapping[str, Contract]
) -> Iterator[Line]:
    about = ", ".join(names)
    broken = sum(record["verdict"] == "broken" for record in records)
    advisory = sum(record["verdict"] == "advisory" for record in records)
    waived = sum(record["verdict"] == "waived" for record in records)
    advised = f"; {advisory} {'advisory' if advisory == 1 else 'advisories'}" if advisory else ""
    advised += f"; {waived} waived" if waived else ""
    if broken:
        rules = "rule" if broken == 1 else "rules"
        yield f"{about}: does not conform: {broken} must {rules} broken{advised}", MARKUP["broken"]
    elif stale := sum(bool(record.get("stale")) for record in records):
        many = "waiver" if stale == 1 else "waivers"
        yield f"{about}: conforms, but {stale} {many} must go{advised}", MARKUP["advisory"]
    elif all(record["verdict"] == "not judged" for record in records):
        yield f"{about}: nothing could be judged", MARKUP["not judged"]
    else:
        yield f"{about}: {conforms(records, contracts)}{advised}", MARKUP["held"]
