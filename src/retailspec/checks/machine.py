"""A contract's lifecycle as the machine that the planner works on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from retailspec.lifecycle import Machine, Outcome
from retailspec.values import ABSENT, same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract

__all__ = ["clean_ways", "effect_shown", "label", "machine_of", "seen", "sent", "shown_state"]


def label(spec: LifecycleSpec, state: str) -> str:
    """Return what a success shows of a state, e.g. `10/Confirmed/1`."""
    return "/".join(str(value) for value in spec.states[state].values())


def machine_of(spec: LifecycleSpec, without: Collection[str] = ()) -> Machine:
    """Return the machine: a success shows where it leads, a refusal its printed code.

    Args:
        spec: The lifecycle.
        without: The calls that are left out.
    """
    table = {}
    calls = {name: call for name, call in spec.calls.items() if name not in without}
    for name, call in calls.items():
        for state in spec.states:
            if state in call.accepts:
                after = call.accepts[state]
                table[state, name] = Outcome(after, accepted=True, output=label(spec, after))
            else:
                table[state, name] = Outcome(state, accepted=False, output=call.refuses[state])
    return Machine(tuple(spec.states), tuple(calls), spec.initial, table)


def shown_state(spec: LifecycleSpec, body: Any) -> str | None:
    """Return the state that an answer's body shows, or None where it shows none of them."""
    if not isinstance(body, dict):
        return None
    for state, facts in spec.states.items():
        if all(same(value, body.get(key, ABSENT)) for key, value in facts.items()):
            return state
    return None


def effect_shown(effect: Mapping[str, Any], body: Any) -> tuple[str, Any, Any] | None:
    """Return the first field of an effect that a body lacks: its name, the wanted, the found."""
    held = body if isinstance(body, dict) else {}
    for key, value in effect.items():
        if not same(value, held.get(key, ABSENT)):
            return key, value, held.get(key, ABSENT)
    return None


def _look(contract: Contract) -> str | None:
    """Return the operation that looks at a thing, where the target has it."""
    spec = contract.lifecycle
    if spec is None or spec.look is None:
        return None
    operation = contract.calls[spec.look["call"]].operation
    return operation if operation in contract.operations else None


def seen(contract: Contract, spec: LifecycleSpec) -> Machine:
    """Return the machine as a target shows it: each state, too, where it can be looked at."""
    machine = machine_of(spec)
    if _look(contract) is None:
        return machine
    return machine.with_details({state: label(spec, state) for state in spec.states})


def sent(contract: Contract, path: Iterable[str], state: str | None = None) -> Counter[str]:
    """Return how many calls of each operation a path takes, with the looks after refused ones.

    Args:
        contract: The contract, as the target has it.
        path: Calls of its lifecycle.
        state: Where they begin; the initial state if left out.
    """
    look, spec, made = _look(contract), contract.lifecycle, Counter[str]()
    if spec is None:
        return made
    at = state or spec.initial
    for call in path:
        accepts = spec.calls[call].accepts
        made[contract.calls[call].operation] += 1
        if look is not None and at not in accepts:
            made[look] += 1
        at = accepts.get(at, at)
    return made


def clean_ways(
    spec: LifecycleSpec, paths: Iterable[Iterable[str]]
) -> frozenset[tuple[tuple[str, ...], str]]:
    """Return the calls that paths make with no refused call before them since the last success.

    Args:
        spec: The lifecycle.
        paths: Calls to make on one fresh thing each.

    Returns:
        Per call the calls that succeed before it, and its name.
    """
    made = set()
    for path in paths:
        state, way, clean = spec.initial, tuple[str, ...](), True
        for call in path:
            if clean:
                made.add((way, call))
            clean = state in spec.calls[call].accepts
            if clean:
                state, way = spec.calls[call].accepts[state], (*way, call)
    return frozenset(made)
