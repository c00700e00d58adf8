"""Checkers that judge several answers together: alternatives, and values that have to differ."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.contract.model import Case
from retailspec.findings import Finding, Judgement
from retailspec.match import show
from retailspec.values import ABSENT, pick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.runner import Run

__all__ = ["alternatives", "distinct"]

_FEWEST = 2


@checker("cases.alternatives")
def alternatives(making: Making) -> list[Check]:
    """Return a check per rule, which holds where all cases with one of the tags of another rule do.

    The settings: `of`, the id of the rule whose cases are looked at. Nothing is sent twice.
    """
    return [_alternatives(making.contract, rule) for rule in making.rules]


def _alternatives(contract: Contract, rule: Rule) -> Check:
    other = contract.rules[rule.options["of"]]
    ids = [f"{other.id}#{number}" for number in range(len(other.cases))]

    def run(run: Run) -> Iterator[Judgement]:
        failed: dict[str, list[Finding]] = {}
        sent = [pair for pair in zip(ids, other.cases, strict=True) if pair[0] in run.checks]
        for check_id, case in sent:
            said = [one for one in run.make(run.checks[check_id]) if one.rule_id == other.id]
            silent = [one.reason for one in said if one.reason]
            if silent:
                raise NotJudged(silent[0])
            for tag in sorted(case.tags):
                failed.setdefault(tag, []).extend(one.finding for one in said if one.finding)
        if all(failed.values()):
            first = next(finding for findings in failed.values() for finding in findings)
            words = " or ".join(failed)
            yield Judgement(
                rule.id,
                dataclasses.replace(
                    first,
                    rule=rule,
                    expected=f"{first.expected}, for each value of one form ({words})",
                    note="no form is accepted",
                ),
            )
        else:
            yield Judgement(rule.id)

    return Check(f"alternatives {rule.id}", frozenset({rule.id}), run)


@checker("cases.distinct")
def distinct(making: Making) -> list[Check]:
    """Return a check per rule: all accepted answers of a call differ in one part.

    The settings: `call`, a base call, and `pointer`, the part of its answers. The answers that the
    run's other checks got are looked at; where they are fewer than two, the call is sent.
    """
    return [_distinct(making, rule) for rule in making.rules]


def _distinct(making: Making, rule: Rule) -> Check:
    call, pointer = rule.options["call"], rule.options["pointer"]
    operation = making.contract.operation_of(call).id
    earlier = tuple(check.id for check in making.checks if check.calls.get(operation))

    def run(run: Run) -> Iterator[Judgement]:
        for _ in range(_FEWEST - len(_values(run, call, pointer))):
            run.call(Case(call, "", {}, {}))
        values = _values(run, call, pointer)
        if len(values) < _FEWEST:
            raise NotJudged(f"no two {call} calls were answered with something at {pointer}")
        yield Judgement(rule.id, _twice(rule, values, pointer))

    return Check(f"distinct {rule.id}", frozenset({rule.id}), run, after=earlier)


def _values(run: Run, call: str, pointer: str) -> list[tuple[Any, Exchange]]:
    accepted = [one for one in run.exchanges if one.call == call and one.accepted]
    found = [(pick(one.response.json, pointer), one) for one in accepted if one.response]
    return [(value, exchange) for value, exchange in found if value is not ABSENT]


def _twice(rule: Rule, values: list[tuple[Any, Exchange]], pointer: str) -> Finding | None:
    seen: dict[str, Exchange] = {}
    for value, exchange in values:
        text = show(value)
        if text in seen:
            return Finding(
                rule, "another one for each call", text, exchange, pointer, (seen[text],)
            )
        seen[text] = exchange
    return None
