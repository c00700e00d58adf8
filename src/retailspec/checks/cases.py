"""Checks that are data: a valid call with one change, and what the answer has to be."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from retailspec.checks.check import Check
from retailspec.checks.options import Effort
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch, mismatch
from retailspec.values import lookup_in, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from retailspec.contract.model import Case, Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.runner import Run

__all__ = ["case_checks"]


@lru_cache(maxsize=16)
def case_checks(contract: Contract, effort: Effort, *, plain: bool) -> tuple[Check, ...]:
    """Return a check for each case of each rule that is sent, with the rules that narrow it.

    Args:
        contract: The contract, as the target has it.
        effort: How many of the cases are sent.
        plain: Whether the target has an address for plain HTTP.
    """
    made = []
    for rule in contract.rules.values():
        narrower = [other for other in contract.rules.values() if other.narrows == rule.id]
        sent = _spread(rule.cases) if effort is Effort.FEW else range(len(rule.cases))
        made += [
            _check(contract, rule, narrower, rule.cases[number], number, plain=plain)
            for number in sent
        ]
    return tuple(made)


def _spread(cases: Sequence[Case]) -> list[int]:
    """Return the fewest cases, by number, that have each variant and each call among them.

    A variant goes to the call that has the fewest so far, so that all of them take turns.
    """
    variants: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        variants.setdefault(_variant(case), []).append(number)
    taken: Counter[str] = Counter()
    chosen = []
    for numbers in variants.values():
        number = min(numbers, key=lambda one: taken[cases[one].call])
        taken[cases[number].call] += 1
        chosen.append(number)
    for number, case in enumerate(cases):
        if not taken[case.call]:
            taken[case.call] += 1
            chosen.append(number)
    return sorted(chosen)


def _variant(case: Case) -> str:
    """Return what sets a case apart from others of its rule, the call left out."""
    apart = [case.edits, case.expect, case.domain, sorted(case.tags)]
    return json.dumps(apart, sort_keys=True, default=str)


def _check(
    contract: Contract,
    rule: Rule,
    narrower: list[Rule],
    case: Case,
    number: int,
    *,
    plain: bool,
) -> Check:
    def run(run: Run) -> Iterator[Judgement]:
        run.require(rule)
        exchange = run.call(case)
        miss = None
        if case.expect:
            miss = _miss(run, case.expect, case, exchange)
            yield Judgement(rule.id, _finding(rule, miss, exchange, case))
        for other in narrower:
            if miss is None:
                tighter = _miss(run, other.expect, case, exchange)
                yield Judgement(other.id, _finding(other, tighter, exchange, case))
            else:
                yield Judgement(other.id, reason=f"{rule.id} is broken already")

    supplies = _named(contract, case) & contract.supplies.keys()
    operation = contract.operation_of(case.call)
    free = "transport" in case.edits and not plain
    return Check(
        id=f"{rule.id}#{number}",
        rules=frozenset([rule.id, *(other.id for other in narrower)]),
        run=run,
        calls=Counter() if free else Counter([operation.id]),
        borrows=frozenset(supplies),
    )


def _named(contract: Contract, case: Case) -> set[str]:
    """Return the placeholders of a case's request, as far as its own edits leave them."""
    if "text" in case.edits:
        return placeholders(case.edits["text"])
    call = contract.calls[case.call]
    names = placeholders(dict(case.edits))
    kept = case.edits.get("body", call.body)
    gone = {*case.edits.get("change", ()), *case.edits.get("without", ())}
    if isinstance(kept, dict) and "body" not in case.edits:
        touched = {pointer.replace("${field}", call.variables.get("field", "")) for pointer in gone}
        kept = {key: value for key, value in kept.items() if f"/{key}" not in touched}
    return names | placeholders(kept)


def _miss(run: Run, expect: Mapping[str, Any], case: Case, exchange: Exchange) -> Mismatch | None:
    variables = run.contract.calls[case.call].variables
    return mismatch(
        expect,
        exchange,
        schemas=run.contract.schemas,
        folder=run.contract.name,
        lookup=lookup_in(variables, run.target.fixtures),
    )


def _finding(rule: Rule, miss: Mismatch | None, exchange: Exchange, case: Case) -> Finding | None:
    if miss is None:
        return None
    note = f"the case: {case.name}" if case.name else ""
    return Finding(rule, miss.expected, miss.actual, exchange, miss.pointer, note=note)
