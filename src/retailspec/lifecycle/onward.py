"""Paths taken to where nothing leads on: an order that is spent anyway can show more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.lifecycle.cover import covered
from retailspec.lifecycle.model import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.lifecycle.model import Machine
    from retailspec.lifecycle.plan import Plan

Path = tuple[str, ...]


def taken_on(machine: Machine, plan: Plan) -> Plan:
    """Return a plan whose paths end in a state that nothing leaves, with each refusal on the way.

    A server may remember how an order came to be in a state. That takes no further order to see,
    only calls: each call that the last state of a path refuses, then one that it accepts, and so
    on. What the paths began with is unchanged, and with it what the plan proves.

    Args:
        machine: the lifecycle that the plan was made from.
        plan: the plan.
    """
    paths = tuple((*path, *_onward(machine, path)) for path in plan.paths)
    made = covered(machine, paths)
    return replace(plan, paths=paths, covered=made, missing=plan.missing - made)


def _onward(machine: Machine, path: Path) -> Iterator[str]:
    state, tried = machine.initial, set[str]()
    for call in path:
        outcome = step(machine, state, call)
        state, tried = (outcome.state, set()) if outcome.accepted else (state, tried | {call})
    left = set[str]()
    while state not in left:
        left.add(state)
        table = {call: step(machine, state, call) for call in machine.calls}
        yield from (call for call in table if not table[call].accepted and call not in tried)
        onward = next((call for call in table if table[call].accepted), None)
        if onward is None or table[onward].state in left:
            return
        yield onward
        state, tried = table[onward].state, set()
