"""How many fresh orders to spend, on which calls, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from retailspec.lifecycle.cover import covered, transition_cover
from retailspec.lifecycle.model import Machine, Outcome, classes, minimise
from retailspec.lifecycle.wmethod import bounded_suite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.lifecycle.cover import Path, Transition


class Depth(StrEnum):
    """How much a plan proves.

    ``transitions`` makes each transition; ``states`` catches every faulty implementation with no
    more distinguishable states than the machine has; ``deep`` also those with one more.
    """

    TRANSITIONS = "transitions"
    STATES = "states"
    DEEP = "deep"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, and what it proves.

    Attributes:
        paths: for each fresh order the calls to make on it, in order; those that cover most come
            first.
        guarantee: one sentence on what is caught, and what is not judged.
        covered: the transitions, as (state, call), that the paths make.
        missing: the reachable transitions that they do not make.
    """

    paths: tuple[Path, ...]
    guarantee: str
    covered: frozenset[Transition]
    missing: frozenset[Transition]


def make_plan(machine: Machine, depth: Depth, supply: int | None = None) -> Plan:
    """Return the plan of a depth, or the best that a smaller supply of fresh orders allows.

    A supply that is too small for the depth first serves the deepest lesser depth that it
    suffices for, then as many of the depth's own paths as are left. If it does not even suffice
    to make every transition, no plan of that many orders makes more of them than this one.

    Args:
        machine: the lifecycle, with the outputs that the target can be held to.
        depth: what is wanted.
        supply: the number of fresh orders at hand; as many as it takes if left out.

    Raises:
        ValueError: the supply is below 1.
    """
    if supply is not None and supply < 1:
        raise ValueError(f"a plan needs at least one fresh order, not {supply}")
    wanted = _complete(machine, depth)
    if supply is None or len(wanted) <= supply:
        return _plan(machine, _ordered(machine, wanted), _proves(machine, depth))
    need = f"{supply} of the {len(wanted)} orders that the depth {depth.value} takes"
    for lesser in list(Depth)[: list(Depth).index(depth)][::-1]:
        base = _complete(machine, lesser)
        if len(base) <= supply:
            paths = _ordered(machine, wanted, _ordered(machine, base))[:supply]
            return _plan(machine, paths, f"{_proves(machine, lesser)} These are {need}.")
    paths = transition_cover(machine, supply)
    plan = _plan(machine, paths, "")
    left_out = ", ".join(f"{call} on {state}" for state, call in _sorted(machine, plan.missing))
    made = f"{len(plan.covered)} of {len(machine.transitions())} transitions are made"
    return _plan(machine, paths, f"With {need}, {made}; not judged: {left_out}.")


def limits(machine: Machine) -> tuple[str, ...]:
    """Return sentences on what calls alone cannot tell for this machine.

    Args:
        machine: the lifecycle, with the outputs that the target can be held to.
    """
    reachable = machine.reachable()
    told = []
    for group in classes(machine):
        alike = [state for state in reachable if state in group]
        if len(alike) > 1:
            told.append(
                f"{' and '.join(alike)} answer every call alike, so a call that wrongly turns "
                "one into the other cannot be seen."
            )
    outcomes = [machine.table[pair] for pair in machine.transitions()]
    refusals = [was.output for was in outcomes if not was.accepted]
    if len(refusals) > 1 and len(set(refusals)) == 1:
        told.append(
            f"All {len(refusals)} refusals look the same ({refusals[0]}), so a refusal for a "
            "wrong reason cannot be told from the right one."
        )
    return tuple(told)


def _proves(machine: Machine, depth: Depth) -> str:
    count = len(machine.transitions())
    if depth is Depth.TRANSITIONS:
        return (
            f"Each of the {count} transitions is made and its answer judged; a wrong state after "
            "a call is caught only where a later answer on the same order shows it."
        )
    states = len(minimise(machine).states)
    bound = f"{states} states" if depth is Depth.STATES else f"{states + 1} states (one extra)"
    return (
        f"Every faulty deterministic server whose orders have at most {bound} that calls can tell "
        f"apart is caught, and so is every single fault in the {count} transitions that calls can "
        "show."
    )


def _plan(machine: Machine, paths: tuple[Path, ...], guarantee: str) -> Plan:
    made = covered(machine, paths)
    return Plan(paths, guarantee, made, frozenset(machine.transitions()) - made)


def _sorted(machine: Machine, pairs: Iterable[Transition]) -> list[Transition]:
    wanted = frozenset(pairs)
    return [pair for pair in machine.transitions() if pair in wanted]


def _ordered(
    machine: Machine, paths: tuple[Path, ...], first: tuple[Path, ...] = ()
) -> tuple[Path, ...]:
    """Return paths after given first ones: most new transitions first, then most new prefixes."""
    ordered = list(first)
    left = [path for path in paths if path not in first]
    while left:
        made = covered(machine, ordered)
        begun = {path[:length] for path in ordered for length in range(1, len(path) + 1)}

        def gain(
            path: Path, made: frozenset[Transition] = made, begun: set[Path] = begun
        ) -> tuple[int, int]:
            new = sum(path[:length] not in begun for length in range(1, len(path) + 1))
            return len(covered(machine, [path]) - made), new

        best = max(left, key=gain)
        left.remove(best)
        ordered.append(best)
    return tuple(ordered)


def _complete(machine: Machine, depth: Depth) -> tuple[Path, ...]:
    if depth is Depth.TRANSITIONS:
        return transition_cover(machine)
    table = tuple(sorted(machine.table.items(), key=lambda item: item[0]))
    extra = 1 if depth is Depth.DEEP else 0
    return _suite(machine.states, machine.calls, machine.initial, table, extra)


@lru_cache(maxsize=16)
def _suite(
    states: tuple[str, ...],
    calls: tuple[str, ...],
    initial: str,
    table: tuple[tuple[Transition, Outcome], ...],
    extra: int,
) -> tuple[Path, ...]:
    """Return a bounded suite, which takes a while to find, once for each machine."""
    return bounded_suite(Machine(states, calls, initial, dict(table)), extra)
