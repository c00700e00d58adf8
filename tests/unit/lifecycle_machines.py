"""Machines for the lifecycle's tests, and faults put into them without the planner's own code."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from retailspec.lifecycle import Machine, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CALLS = ("confirm", "paid", "complete", "cancel")
STATUS = {"new": 1, "confirmed": 10, "complete": 20, "cancelled": 30}
STATES = (
    "new-unpaid",
    "new-paid",
    "confirmed-unpaid",
    "confirmed-paid",
    "complete-paid",
    "cancelled-unpaid",
    "cancelled-paid",
)


def label(state: str) -> str:
    status, payment = state.split("-")
    return f"{STATUS[status]}/{2 if payment == 'paid' else 1}"


def omni() -> Machine:
    table = {(state, call): _outcome(state, call) for state in STATES for call in CALLS}
    return Machine(STATES, CALLS, "new-unpaid", table)


def _outcome(state: str, call: str) -> Outcome:
    status, payment = state.split("-")
    after = {
        "confirm": f"confirmed-{payment}",
        "paid": f"{status}-paid",
        "complete": "complete-paid",
        "cancel": f"cancelled-{payment}",
    }[call]
    code = None
    if status == "cancelled":
        code = "order_already_canceled"
    elif call == "paid" and payment == "paid":
        code = "already_paid"
    elif call in {"confirm", "complete"} and status == "complete":
        code = "order_already_completed"
    elif call == "confirm" and status == "confirmed":
        code = "invalid_status"
    if code is not None:
        return Outcome(state, accepted=False, output=code)
    return Outcome(after, accepted=True, output=label(after))


def machine_of(rows: dict[str, dict[str, tuple[str, str]]], initial: str) -> Machine:
    calls = tuple(next(iter(rows.values())))
    table = {
        (state, call): Outcome(after, accepted=after != state, output=output)
        for state, row in rows.items()
        for call, (after, output) in row.items()
    }
    return Machine(tuple(rows), calls, initial, table)


def random_machine(seed: int, states: int, calls: int, outputs: int) -> Machine:
    chance = random.Random(seed)  # noqa: S311 - chance that has to repeat itself, not a secret
    names = tuple(f"s{number}" for number in range(states))
    verbs = tuple("abcdef"[:calls])
    table = {
        (state, call): Outcome(
            chance.choice(names), accepted=True, output=str(chance.randrange(outputs))
        )
        for state in names
        for call in verbs
    }
    return Machine(names, verbs, names[0], table)


@dataclass(frozen=True)
class Tables:
    """A machine as rows, a row per state and a (next state, answer) per call; state 0 is fresh."""

    rows: tuple[tuple[tuple[int, object], ...], ...]

    def caught_by(self, spec: Tables, paths: Iterable[tuple[int, ...]]) -> bool:
        for path in paths:
            mine = theirs = 0
            for call in path:
                mine, answer = self.rows[mine][call]
                theirs, due = spec.rows[theirs][call]
                if answer != due:
                    return True
        return False

    def differs(self, spec: Tables) -> bool:
        seen = {(0, 0)}
        queue = [(0, 0)]
        for mine, theirs in queue:
            for (after, answer), (then, due) in zip(
                self.rows[mine], spec.rows[theirs], strict=True
            ):
                if answer != due:
                    return True
                if (after, then) not in seen:
                    seen.add((after, then))
                    queue.append((after, then))
        return False

    def changed(self, state: int, call: int, outcome: tuple[int, object]) -> Tables:
        row = self.rows[state]
        row = (*row[:call], outcome, *row[call + 1 :])
        return Tables((*self.rows[:state], row, *self.rows[state + 1 :]))

    def with_change_in(self, state: int) -> Iterator[Tables]:
        """Yield each machine with one other end or one other answer of a call on one state."""
        answers = {answer for row in self.rows for _, answer in row} | {"never given"}
        for call, (after, answer) in enumerate(self.rows[state]):
            for other in range(len(self.rows)):
                if other != after:
                    yield self.changed(state, call, (other, answer))
            for wrong in answers - {answer}:
                yield self.changed(state, call, (after, wrong))

    def single_faults(self) -> Iterator[Tables]:
        for state in range(len(self.rows)):
            yield from self.with_change_in(state)

    def extra_state_faults(self) -> Iterator[Tables]:
        """Yield each machine one of whose calls leads to a faulty copy of some state."""
        extra = len(self.rows)
        for row in self.rows:
            for faulty in Tables((*self.rows, row)).with_change_in(extra):
                for state in range(extra):
                    for call, (_, answer) in enumerate(self.rows[state]):
                        yield faulty.changed(state, call, (extra, answer))


def tables(machine: Machine) -> Tables:
    states = [machine.initial, *(s for s in machine.reachable() if s != machine.initial)]
    return Tables(
        tuple(
            tuple(
                (states.index(was.state), (was.accepted, was.output))
                for was in (machine.table[state, call] for call in machine.calls)
            )
            for state in states
        )
    )


def numbers(machine: Machine, paths: Iterable[tuple[str, ...]]) -> list[tuple[int, ...]]:
    return [tuple(machine.calls.index(call) for call in path) for path in paths]


def escapes(
    machine: Machine, paths: Iterable[tuple[str, ...]], faults: Iterable[Tables]
) -> tuple[int, list[Tables]]:
    """Return how many faults calls can show at all, and those of them that the paths do not."""
    spec = tables(machine)
    words = numbers(machine, paths)
    shown, missed = 0, []
    for fault in faults:
        if fault.caught_by(spec, words):
            shown += 1
        elif fault.differs(spec):
            shown += 1
            missed.append(fault)
    return shown, missed


def routes(machine: Machine, state: str) -> Iterator[tuple[str, ...]]:
    """Yield every longest path of calls that move an order on."""
    moves = [call for call in machine.calls if machine.table[state, call].state != state]
    if not moves:
        yield ()
    for call in moves:
        for rest in routes(machine, machine.table[state, call].state):
            yield (call, *rest)


def best_coverage(machine: Machine, orders: int) -> int:
    """Try every choice of routes, each state on them giving its standing calls for free."""
    earned = []
    for route in routes(machine, machine.initial):
        pairs, at = set(), machine.initial
        for call in (*route, None):
            pairs |= {(at, c) for c in machine.calls if machine.table[at, c].state == at}
            if call is not None:
                pairs.add((at, call))
                at = machine.table[at, call].state
        earned.append(pairs)
    if orders >= len(earned):
        return len(set().union(*earned))
    return max(len(set().union(*chosen)) for chosen in combinations(earned, orders))
