"""The lifecycle checker: fresh orders along planned paths, and what all of them say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.checks.machine import clean_ways, machine_of, sent
from retailspec.checks.options import Effort
from retailspec.checks.walk import Walk
from retailspec.checks.withheld import withheld
from retailspec.contract.rules import transition_id
from retailspec.errors import SupplyError
from retailspec.findings import Judgement
from retailspec.lifecycle import Depth, limits, make_plan, taken_on
from retailspec.values import pick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.checks.options import Options
    from retailspec.checks.walk import Step
    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract
    from retailspec.lifecycle import Plan
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["lifecycle_plan"]

_ROUNDS = 2


def lifecycle_plan(contract: Contract, target: Target, options: Options) -> Plan | None:
    """Return the plan of a contract's lifecycle for a target, or None where it has no lifecycle.

    The depth is `states` where the supply makes orders and `transitions` where it is a list, unless
    the user chose one.
    """
    spec = contract.lifecycle
    if spec is None or spec.supply not in target.pools:
        return None
    size = target.pools[spec.supply].supply.size
    depth = options.depth or (Depth.STATES if size is None else Depth.TRANSITIONS)
    machine = machine_of(spec, _left_alone(contract, target, options))
    if not machine.calls:
        return None
    plan = make_plan(machine, depth, size)
    return plan if options.effort is Effort.FEW else taken_on(machine, plan)


def _left_alone(contract: Contract, target: Target, options: Options) -> frozenset[str]:
    """Return the lifecycle's calls that are not made, since nothing undoes them."""
    spec, operations = contract.lifecycle, withheld(contract, target, options)
    names = spec.calls if spec is not None else ()
    return frozenset(name for name in names if contract.calls[name].operation in operations)


@dataclass
class _Trail:
    walks: dict[str, Walk] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[Walk, Step]]:
        for walk in self.walks.values():
            for step in walk.steps:
                yield walk, step


@dataclass(frozen=True)
class _Again:
    """Makes a call again on an order of its own, where a refused call may be to blame.

    A refused call that stands before another one on a path may have changed the order. Where no
    path makes that other call after the same successes and without the refused one, only a fresh
    order tells which of the two is wrong.

    Args:
        spec: The lifecycle.
        trail: Where walks are kept.
        clean: What paths make with no refused call right before: the successes and the call.
    """

    spec: LifecycleSpec
    trail: _Trail
    clean: frozenset[tuple[tuple[str, ...], str]]

    def judge(self, run: Run, walk: Walk, name: str) -> Iterator[Judgement]:
        """Yield what a walk's first departure is judged to be, where that is not known yet."""
        step = walk.first_departure
        if step is None or not step.dirty or (step.way, step.call) in self.clean:
            return
        other = self._fresh(run)
        if other is None:
            rules = self.spec.judged_by
            for rule_id, miss in ((rules.frame, step.strayed), (rules.own, step.unsaid)):
                if miss is not None:
                    yield Judgement(rule_id, walk.finding(rule_id, step, miss))
            return
        self.trail.walks[name] = other
        for call in (*step.way, step.call):
            yield from other.go(call)

    def _fresh(self, run: Run) -> Walk | None:
        if not run.spare(self.spec.supply):
            return None
        try:
            entry = run.target.pools[self.spec.supply].take()
        except SupplyError:
            return None
        return Walk(run, self.spec, entry)


@checker("lifecycle")
def make(making: Making) -> list[Check]:
    """Return a check per path of the plan, then those that look at all paths together."""
    spec = making.contract.lifecycle
    plan = lifecycle_plan(making.contract, making.target, making.options)
    if spec is None or plan is None:
        return []
    trail = _Trail()
    lenders = tuple(check.id for check in making.checks if spec.supply in check.borrows)
    again = _Again(spec, trail, clean_ways(spec, plan.paths))
    paths = [
        _path_check(
            making.contract,
            again,
            path,
            f"path {number}",
            lenders if number == len(plan.paths) else (),
        )
        for number, path in enumerate(plan.paths, start=1)
    ]
    ids = tuple(check.id for check in paths)
    extra = [_no_effect(spec, trail, ids), *_final(making.contract, spec, trail, paths)]
    missing = [transition_id(call, state) for state, call in sorted(plan.missing)]
    if missing:
        extra.append(_left_out(missing, plan))
    known = frozenset(rule.id for rule in making.rules)
    return [_only(check, known) for check in paths + extra]


def _only(check: Check, known: frozenset[str]) -> Check:
    return Check(
        check.id,
        check.rules & known,
        check.run,
        check.calls,
        check.uses,
        check.borrows,
        check.after,
    )


def _path_check(
    contract: Contract,
    again: _Again,
    path: tuple[str, ...],
    check_id: str,
    lenders: tuple[str, ...],
) -> Check:
    spec = again.spec

    def run(run: Run) -> Iterator[Judgement]:
        pool = run.target.pools[spec.supply]
        entry = pool.take(lent=bool(lenders))
        walk = Walk(run, spec, entry, touched=entry in pool.lent)
        again.trail.walks[check_id] = walk
        for call in path:
            yield from walk.go(call)
        yield from again.judge(run, walk, f"{check_id} again")

    judged_by = spec.judged_by
    rules = {judged_by.frame, judged_by.own, judged_by.names, judged_by.idle}
    state = spec.initial
    for call in path:
        rules.add(transition_id(call, state))
        state = spec.calls[call].accepts.get(state, state)
    return Check(
        id=check_id,
        rules=frozenset(rules),
        run=run,
        calls=sent(contract, path),
        uses={spec.supply: 1},
        after=lenders,
    )


def _untold(spec: LifecycleSpec, trail: _Trail) -> list[str]:
    """Return what this target's own refusals leave untold, beyond what the documented ones do."""
    codes = {
        (step.state, step.call): str(pick(step.exchange.response.json, spec.code))
        for _, step in trail.steps()
        if step.exchange.refused and step.exchange.response is not None
    }
    machine = machine_of(spec)
    seen = machine.with_outputs(
        lambda state, call, was: (
            was.output if was.accepted else codes.get((state, call), was.output)
        )
    )
    known = limits(machine)
    return [f"this target's refusals tell less: {one}" for one in limits(seen) if one not in known]


def _no_effect(spec: LifecycleSpec, trail: _Trail, paths: tuple[str, ...]) -> Check:
    """Blame a refused call for what only goes wrong after one.

    A step that departs where refused calls came before it, while it was fine where none did, shows
    that a refused call has changed the order. Like is compared with like: the same successes before
    it, or, where that was not tried, the same state. What follows a walk's first departure shows
    nothing: it may come of that.
    """
    rule_id = spec.judged_by.idle

    def run(run: Run) -> Iterator[Judgement]:
        for path in paths:
            run.make(run.checks[path])
        run.notes += _untold(spec, trail)
        clean = [step for _, step in trail.steps() if not step.dirty]
        tried = {(step.way, step.call) for step in clean}
        fine = {(step.way, step.call) for step in clean if step.departure is None}
        alike = {(step.state, step.call) for step in clean if step.departure is None}
        for walk in trail.walks.values():
            for step in walk.steps:
                miss, way = step.departure, (step.way, step.call)
                known = way in fine if way in tried else (step.state, step.call) in alike
                if step.dirty and known:
                    finding = None if miss is None else walk.finding(rule_id, step, miss)
                    yield Judgement(rule_id, finding)
                if miss is not None:
                    break

    return Check("refusals together", frozenset({rule_id}), run, after=paths)


def _final(
    contract: Contract, spec: LifecycleSpec, trail: _Trail, paths: list[Check]
) -> Iterator[Check]:
    """Yield a check for each final state: every call on an order that reached it, twice."""
    rule_id = spec.judged_by.final
    for state in sorted(spec.final):
        ending = [check.id for check in paths if _ends_in(check, spec, state)]
        if not ending:
            continue

        def run(run: Run, path: str = ending[0], state: str = state) -> Iterator[Judgement]:
            run.make(run.checks[path])
            walk = trail.walks.get(path)
            left = walk and next((s for s in walk.steps if _leaves(s, spec)), None)
            if walk is not None and left and left.miss is not None:
                yield Judgement(rule_id, walk.finding(rule_id, left, left.miss))
                return
            if walk is None or walk.state not in spec.final:
                raise NotJudged(f"no order was brought to {spec.titles[state]}")
            for call in [*spec.calls] * _ROUNDS:
                derailed = walk.derailed
                list(walk.go(call))
                step = walk.steps[-1]
                finding = walk.finding(rule_id, step, step.miss) if step.miss else None
                yield Judgement(rule_id, finding, weak=derailed)
                if finding is not None:
                    return

        calls = sent(contract, [*spec.calls] * _ROUNDS, state)
        yield Check(f"final {state}", frozenset({rule_id}), run, calls=calls, after=(ending[0],))


def _leaves(step: Step, spec: LifecycleSpec) -> bool:
    """Tell whether a call of a path was accepted in a state that nothing leaves."""
    return step.state in spec.final and step.exchange.accepted


def _ends_in(check: Check, spec: LifecycleSpec, state: str) -> bool:
    return any(transition_id(call, state) in check.rules for call in spec.calls)


def _left_out(missing: list[str], plan: Plan) -> Check:
    def run(run: Run) -> Iterator[Judgement]:
        del run
        for rule_id in missing:
            yield Judgement(rule_id, reason=f"the supply has only {len(plan.paths)} orders")

    return Check("left out", frozenset(missing), run)
