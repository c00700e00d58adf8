"""A lifecycle as a Mealy machine: states, calls, and one outcome for each pair of them.

The machine is plain data. It says nothing about HTTP, and it is what the planner, the judge of
concurrent histories and the tests all step through.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call does to one state.

    Attributes:
        state: the state after the call.
        accepted: whether the call succeeds.
        output: what the caller can see: for a success the label of the state's visible facts,
            for a refusal its code, or just ``refused``.
    """

    state: str
    accepted: bool
    output: str


@dataclass(frozen=True)
class Machine:
    """A complete, deterministic lifecycle.

    Attributes:
        states: every state's name; the order is the order of tables and of tie-breaking.
        calls: every call's name, likewise ordered.
        initial: the state of a fresh order.
        table: the outcome of each state and call. It is copied, and read-only from then on.

    Raises:
        ValueError: a name is repeated, the initial state or an outcome's state is unknown, or the
            table lacks a pair or holds one that does not exist.
    """

    states: tuple[str, ...]
    calls: tuple[str, ...]
    initial: str
    table: Mapping[tuple[str, str], Outcome]

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", MappingProxyType(dict(self.table)))
        for kind, names in (("state", self.states), ("call", self.calls)):
            if not names:
                raise ValueError(f"a lifecycle needs at least one {kind}")
            if len(set(names)) != len(names):
                raise ValueError(f"a {kind} is named twice in {', '.join(names)}")
        if self.initial not in self.states:
            raise ValueError(f"the initial state {self.initial!r} is not one of the states")
        pairs = {(state, call) for state in self.states for call in self.calls}
        if lacking := pairs - self.table.keys():
            raise ValueError(f"the table has no outcome for {_named(lacking)}")
        if surplus := self.table.keys() - pairs:
            raise ValueError(f"the table has an unknown state or call in {_named(surplus)}")
        for (state, call), outcome in self.table.items():
            if outcome.state not in self.states:
                raise ValueError(f"{call} on {state} leads to the unknown state {outcome.state!r}")

    def reachable(self) -> tuple[str, ...]:
        """Return the states that some sequence of calls reaches, in the order of ``states``."""
        seen = {self.initial}
        queue = deque(seen)
        while queue:
            state = queue.popleft()
            for call in self.calls:
                after = self.table[state, call].state
                if after not in seen:
                    seen.add(after)
                    queue.append(after)
        return tuple(state for state in self.states if state in seen)

    def transitions(self) -> tuple[tuple[str, str], ...]:
        """Return every pair of a reachable state and a call, in table order."""
        return tuple((state, call) for state in self.reachable() for call in self.calls)

    def run(self, calls: tuple[str, ...], state: str | None = None) -> tuple[Outcome, ...]:
        """Return the outcomes of calls made one after the other.

        Args:
            calls: names of calls, in order.
            state: where to start; the initial state if left out.

        Raises:
            ValueError: the state or a call is unknown.
        """
        outcomes = []
        at = self.initial if state is None else state
        for call in calls:
            outcomes.append(step(self, at, call))
            at = outcomes[-1].state
        return tuple(outcomes)

    def with_outputs(self, relabel: Callable[[str, str, Outcome], str]) -> Machine:
        """Return the same machine seen by a caller who is told less, or more.

        Args:
            relabel: takes a state, a call and its outcome, and returns the new output.
        """
        table = {
            pair: replace(outcome, output=relabel(*pair, outcome))
            for pair, outcome in self.table.items()
        }
        return replace(self, table=table)

    def with_refusals(self, output: str = "refused") -> Machine:
        """Return the machine whose refusals all look the same, as when codes cannot be relied on.

        Args:
            output: what a caller sees of any refusal.
        """
        return self.with_outputs(lambda _s, _c, was: was.output if was.accepted else output)

    def with_details(self, labels: Mapping[str, str]) -> Machine:
        """Return the machine as seen when each call is followed by a look at the order.

        Args:
            labels: for each state, what a read-only details call shows of it.

        Raises:
            ValueError: a state has no label.
        """
        if lacking := [state for state in self.states if state not in labels]:
            raise ValueError(f"no label for the state {lacking[0]!r}")
        return self.with_outputs(lambda _s, _c, was: f"{was.output}, then {labels[was.state]}")


def step(machine: Machine, state: str, call: str) -> Outcome:
    """Return what a call does to a state.

    Args:
        machine: the lifecycle.
        state: one of its states.
        call: one of its calls.

    Raises:
        ValueError: the machine has no such state or call.
    """
    try:
        return machine.table[state, call]
    except KeyError:
        raise ValueError(f"the lifecycle has no call {call!r} on a state {state!r}") from None


def classes(machine: Machine) -> tuple[frozenset[str], ...]:
    """Return the sets of states that no sequence of calls can tell apart.

    The partition starts from the outputs alone and is refined by where the calls lead, until
    nothing splits any more. Classes come in the order of their first states.

    Args:
        machine: the lifecycle; states that cannot be reached are classed too.
    """
    block = dict.fromkeys(machine.states, 0)
    count = 1
    while True:
        signatures: dict[tuple[object, ...], int] = {}
        refined = {}
        for state in machine.states:
            outcomes = (machine.table[state, call] for call in machine.calls)
            seen = tuple((was.accepted, was.output, block[was.state]) for was in outcomes)
            refined[state] = signatures.setdefault((block[state], *seen), len(signatures))
        block = refined
        if len(signatures) == count:
            break
        count = len(signatures)
    return tuple(
        frozenset(state for state in machine.states if block[state] == number)
        for number in range(count)
    )


def minimise(machine: Machine) -> Machine:
    """Return the smallest machine that answers every sequence of calls alike.

    Each class of reachable states is named by its first state.

    Args:
        machine: the lifecycle.
    """
    reachable = machine.reachable()
    name = {}
    for group in classes(machine):
        members = [state for state in reachable if state in group]
        name.update(dict.fromkeys(members, members[0] if members else ""))
    states = tuple(state for state in reachable if name[state] == state)
    table = {
        (state, call): replace(was, state=name[was.state])
        for state in states
        for call in machine.calls
        for was in (machine.table[state, call],)
    }
    return Machine(states, machine.calls, name[machine.initial], table)


def _named(pairs: set[tuple[str, str]]) -> str:
    return ", ".join(f"{call} on {state}" for state, call in sorted(pairs))
