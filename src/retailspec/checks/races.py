"""The race checkers: calls made at once, and whether some order of them explains the answers."""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.checks.machine import label, machine_of, shown_state
from retailspec.contract.model import Case
from retailspec.errors import ContractError
from retailspec.findings import AT_ONCE, Finding, Judgement
from retailspec.lifecycle import Operation, explain
from retailspec.match import show
from retailspec.parallel import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.runner import Run
    from retailspec.wire import Wire

__all__ = ["at_once"]

_Timed = tuple["Exchange", float, float]


def at_once(run: Run, spec: LifecycleSpec, calls: Sequence[str], entry: str) -> list[_Timed]:
    """Make calls on one order at the same time, each on a connection of its own.

    Returns:
        Per call its exchange and the moments, in seconds, at which it was sent and answered.
    """
    gate = threading.Barrier(len(calls))

    def one(call: str, wire: Wire) -> _Timed:
        gate.wait(timeout=60)
        began = time.monotonic()
        case = Case(call, "", {}, {}, tags=frozenset({AT_ONCE}))
        exchange = run.call(case, {spec.supply: entry}, wire)
        return exchange, began, time.monotonic()

    lanes = run.session.lanes(len(calls))
    jobs = [partial(one, call, wire) for call, wire in zip(calls, lanes, strict=True)]
    return together(jobs, stop=run.session.stop)


def _spec(contract: Contract) -> LifecycleSpec:
    if contract.lifecycle is None:
        raise ContractError(f"{contract.name}: a race is checked on a lifecycle, and there is none")
    return contract.lifecycle


def _switched_off(rule: Rule) -> Check:
    def run(run: Run) -> Iterator[Judgement]:
        del run
        yield Judgement(rule.id, reason="--no-races: no calls are made at once")

    return Check(f"{rule.id} off", frozenset({rule.id}), run)


@checker("race.single-winner")
def single_winner(making: Making) -> list[Check]:
    """Return a check per lifecycle call: several equal ones at once, of which one may win."""
    spec = _spec(making.contract)
    if not making.options.races:
        return [_switched_off(rule) for rule in making.rules]
    return [
        _single(making.contract, spec, rule, call, rule.options["at_once"])
        for rule in making.rules
        for call in spec.calls
    ]


def _single(contract: Contract, spec: LifecycleSpec, rule: Rule, call: str, count: int) -> Check:
    def run(run: Run) -> Iterator[Judgement]:
        timed = at_once(run, spec, [call] * count, run.target.pools[spec.supply].take())
        exchanges = [exchange for exchange, _, _ in timed]
        unanswered = sum(exchange.response is None for exchange in exchanges)
        winners = [exchange for exchange in exchanges if exchange.accepted]
        if unanswered and len(winners) <= 1:
            raise NotJudged(f"{unanswered} of {count} calls at once got no answer")
        finding = None
        if len(winners) != 1:
            statuses = ", ".join(str(exchange.status) for exchange in exchanges)
            finding = Finding(
                rule,
                f"one success among {count} equal {call} calls at once",
                f"{len(winners)} successes (statuses {statuses})",
                (winners or exchanges)[-1],
                note=f"{count} {call} calls at once on one fresh order",
            )
        yield Judgement(rule.id, finding)

    return Check(
        f"race {call}",
        frozenset({rule.id}),
        run,
        calls=Counter({contract.calls[call].operation: count}),
        uses={spec.supply: 1},
    )


@checker("race.linearizable")
def linearizable(making: Making) -> list[Check]:
    """Return checks that mix calls at once on one order, and look for a sequence behind them."""
    spec = _spec(making.contract)
    if not making.options.races:
        return [_switched_off(rule) for rule in making.rules]
    return [
        _mixed(making.contract, spec, rule, number)
        for rule in making.rules
        for number in range(rule.options["rounds"])
    ]


def _mixed(contract: Contract, spec: LifecycleSpec, rule: Rule, number: int) -> Check:
    calls = list(islice(cycle(spec.calls), number, number + len(spec.calls) + 2))

    def run(run: Run) -> Iterator[Judgement]:
        timed = at_once(run, spec, calls, run.target.pools[spec.supply].take())
        machine = machine_of(spec).with_refusals()
        history = [
            Operation(
                call, began, None if exchange.response is None else ended, _seen(spec, exchange)
            )
            for call, (exchange, began, ended) in zip(calls, timed, strict=True)
        ]
        verdict = explain(machine, spec.initial, history)
        finding = None
        if not verdict.linearizable and _broken_alone(run):
            raise NotJudged("transitions are broken already, one call at a time")
        if not verdict.linearizable:
            said = ", ".join(f"{op.call}: {show(op.output)}" for op in history)
            finding = Finding(
                rule,
                "answers that some order of the calls explains",
                f"{verdict.stuck} ({said})",
                timed[-1][0],
                note=f"{len(calls)} calls at once on one fresh order",
            )
        yield Judgement(rule.id, finding)

    return Check(
        f"race mixed {number + 1}",
        frozenset({rule.id}),
        run,
        calls=Counter(contract.calls[call].operation for call in calls),
        uses={spec.supply: 1},
    )


def _broken_alone(run: Run) -> bool:
    """Return whether calls made one after the other were already answered wrongly."""
    paths = [check for check in run.checks.values() if check.id.startswith("path ")]
    return any(one.finding for path in paths for one in run.make(path) if ".from." in one.rule_id)


def _seen(spec: LifecycleSpec, exchange: Exchange) -> str | None:
    if exchange.response is None:
        return None
    if not exchange.accepted:
        return "refused"
    state = shown_state(spec, exchange.response.json)
    return label(spec, state) if state is not None else f"status {exchange.status}"
