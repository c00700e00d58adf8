"""Several orders at once, called in any order: each answer judged by the lifecycle's table.

The paths of the lifecycle checker take one order after the other; here calls on several of them are
mixed, so that what one order is told cannot come from another.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retailspec.checks.check import Check
from retailspec.checks.machine import sent
from retailspec.checks.walk import Walk
from retailspec.contract.model import Level
from retailspec.contract.rules import transition_id
from retailspec.findings import Judgement
from retailspec.judge import judge
from retailspec.properties.choices import replayed, trimmed
from retailspec.properties.examples import examples
from retailspec.properties.replay import Replay
from retailspec.properties.shrink import shrink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange
    from retailspec.properties.choices import Choices, Numbers
    from retailspec.properties.profiles import Profile
    from retailspec.runner import Run
    from retailspec.target.supply import Pool
    from retailspec.target.target import Target

__all__ = ["Trip", "draw_trip", "lifecycle_checks"]

LIFECYCLE = "lifecycle"
"""What stands in a replay text in place of a call."""

_STOPS = 24
_FEWEST = 8


@dataclass(frozen=True)
class Trip:
    """Calls on several fresh orders.

    Args:
        orders: How many orders.
        steps: Per call the number of its order, from 0, and the call's name.
    """

    orders: int
    steps: tuple[tuple[int, str], ...]


def draw_trip(choices: Choices, spec: LifecycleSpec, together: int, steps: int) -> Trip:
    """Draw calls on several orders; calls that end an order's life are drawn less often.

    Args:
        choices: Where they come from.
        spec: The lifecycle, which is followed as if the target kept it.
        together: The most orders.
        steps: The most calls per order.
    """
    orders = 1 + choices.below(together)
    states = [spec.initial] * orders
    made: list[tuple[int, str]] = []
    while len(made) < orders * steps and choices.below(_STOPS):
        number = choices.below(orders)
        state = states[number]
        call = choices.among(
            [
                name
                for name, call in spec.calls.items()
                for _ in range(1 if call.accepts.get(state, state) in spec.final else 3)
            ]
        )
        states[number] = spec.calls[call].accepts.get(state, state)
        made.append((number, call))
    return Trip(orders, tuple(made))


def lifecycle_checks(
    contract: Contract,
    target: Target,
    seed: int,
    profile: Profile,
    again: Replay | None,
    made: Sequence[Check],
) -> list[Check]:
    """Return the check that mixes several orders, or none where no order may be spent on it."""
    spec = contract.lifecycle
    if spec is None or spec.supply not in target.pools:
        return []
    budget = 0
    if again is not None:
        trips = [again.numbers] if again.call == LIFECYCLE and again.rule in contract.rules else []
    else:
        budget = _budget(target.pools[spec.supply], spec.supply, profile, made)
        trips = _trips(contract, spec, seed, profile, budget)
    if not trips:
        return []
    drawn = [draw_trip(replayed(numbers), spec, _MOST, _MOST) for numbers in trips]
    left = max(0, budget - sum(trip.orders for trip in drawn))
    tour = _Tour(contract, spec, again, trips, left)
    return [
        Check(
            id="property lifecycle",
            rules=_rules(contract, spec) | ({again.rule} if again else set()),
            run=tour.run,
            calls=sum((_sent(contract, trip) for trip in drawn), Counter()),
            uses={spec.supply: sum(trip.orders for trip in drawn)},
            after=()
            if again
            else tuple(check.id for check in made if _rules(contract, spec) & check.rules),
        )
    ]


_MOST = 64
"""Bounds of the trips that are replayed; those that are drawn keep to their profile's."""


def _sent(contract: Contract, trip: Trip) -> Counter[str]:
    """Return the calls of a trip by operation, where the target keeps the contract."""
    paths = [[call for one, call in trip.steps if one == number] for number in range(trip.orders)]
    return sum((sent(contract, path) for path in paths), Counter())


def _rules(contract: Contract, spec: LifecycleSpec) -> frozenset[str]:
    transitions = {transition_id(call, state) for call in spec.calls for state in spec.states}
    rules = spec.judged_by
    supposed = (rules.frame, rules.own, rules.names, rules.idle)
    return frozenset({*transitions, *supposed} & contract.rules.keys())


def _budget(pool: Pool, supply: str, profile: Profile, made: Sequence[Check]) -> int:
    """Return how many entries may be spent: of a list never more than the other checks leave."""
    size = pool.supply.size
    if size is None:
        return profile.orders
    planned = sum(check.uses.get(supply, 0) for check in made)
    lent = any(supply in check.borrows for check in made)
    return max(0, min(profile.listed, size - planned - lent))


def _trips(
    contract: Contract, spec: LifecycleSpec, seed: int, profile: Profile, budget: int
) -> list[Numbers]:
    """Draw trips that use up most of a budget; what is left makes counterexamples smaller."""
    share = budget if budget <= profile.together else budget * 2 // 3
    together = min(profile.together, share)
    if not together:
        return []
    drawn = {
        numbers: draw_trip(replayed(numbers), spec, together, profile.steps)
        for numbers in examples(
            lambda choices: draw_trip(choices, spec, together, profile.steps),
            max(_FEWEST, share),
            f"{seed}/{contract.name}/{LIFECYCLE}",
            profile,
        )
    }
    chosen = []
    for numbers, trip in sorted(drawn.items(), key=lambda one: -one[1].orders):
        if trip.steps and trip.orders <= share:
            share -= trip.orders
            chosen.append(numbers)
    return chosen


@dataclass
class _Tour:
    contract: Contract
    spec: LifecycleSpec
    again: Replay | None
    trips: list[Numbers]
    left: int
    """How many entries may be spent on smaller counterexamples."""

    def trip(self, numbers: Numbers) -> Trip:
        return draw_trip(replayed(numbers), self.spec, _MOST, _MOST)

    def run(self, run: Run) -> Iterator[Judgement]:
        """Make the trips until one breaks a must, each to its first departure."""
        rules = _rules(self.contract, self.spec)
        if self.again is None and any(run.found(rule_id) for rule_id in rules):
            return
        told: set[str] = set()
        for numbers in self.trips:
            said, made = self._go(run, numbers)
            broken = [one.rule_id for one in said if one.finding and one.rule_id not in told]
            if not broken:
                yield from (one for one in said if one.finding is None)
                continue
            told.update(broken)
            yield from self._smallest(run, trimmed(numbers[: 1 + 3 * made]), said, broken[0])
            if any(self.contract.rules[rule_id].level is Level.MUST for rule_id in broken):
                return

    def _go(self, run: Run, numbers: Numbers) -> tuple[list[Judgement], int]:
        """Make one trip up to the first departure; return what it says, and how many calls it made.

        Each call takes three of the numbers, after one for the orders.
        """
        trip = self.trip(numbers)
        history: list[Exchange] = []
        pool = run.target.pools[self.spec.supply]
        walks = [Walk(run, self.spec, pool.take(), history=history) for _ in range(trip.orders)]
        said: list[Judgement] = []
        for number, call in trip.steps:
            said += _told(run, walks[number], call)
            if any(one.finding for one in said):
                break
        return said, len(history)

    def _smallest(
        self, run: Run, numbers: Numbers, said: list[Judgement], broken: str
    ) -> Iterator[Judgement]:
        """Yield what the smallest trip that breaks the same rule says.

        What is left of the calls has to break it once more: it may have taken what went before.
        """
        failed = {numbers: said}

        def fails(candidate: Numbers) -> bool:
            orders = self.trip(candidate).orders
            if orders > self.left:
                return False
            self.left -= orders
            says, _ = self._go(run, candidate)
            broke = any(one.finding and one.rule_id == broken for one in says)
            if broke:
                failed[candidate] = says
            return broke

        shrink(numbers, fails, lambda: self.left > len(failed), head=1, unit=3)
        best = next((one for one in reversed([*failed][1:]) if fails(one)), numbers)
        text = Replay(self.contract.name, LIFECYCLE, broken, best)
        for one in failed[best]:
            if one.finding is not None:
                words = f"orders in turn, again with --replay {text}"
                note = f"{one.finding.note}; {words}" if one.finding.note else words
                yield replace(one, finding=replace(one.finding, note=note))


def _told(run: Run, walk: Walk, call: str) -> list[Judgement]:
    """Make one call and return what it says about every rule.

    What departs after a refusal counts as the refusal's effect: without one it was fine.
    """
    said = [one for one in walk.go(call) if not one.reason]
    step = walk.steps[-1]
    if step.miss is not None and step.dirty:
        idle = walk.spec.judged_by.idle
        finding = walk.finding(idle, step, step.miss)
        said = [one for one in said if one.finding is None]
        said.append(Judgement(idle, finding))
    for one in judge(run.contract, step.exchange, run.target.fixtures):
        if one.finding is not None:
            said.append(replace(one, finding=replace(one.finding, before=step.before)))
    return said
