"""Whether some order of concurrent calls explains their answers (Wing and Gong's search).

A call takes effect at one moment between its being sent and its being answered. A history of
calls on one order is linearizable if such moments can be chosen so that the machine, stepped in
their order, gives just the answers that were seen. The search tries every call that may be next,
and remembers which calls were placed with which state reached, so that nothing is tried twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retailspec.lifecycle.model import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.lifecycle.model import Machine


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a history.

    Attributes:
        call: the call's name.
        invoked: when it was sent, in seconds of any clock that all calls share.
        returned: when its answer was read, on the same clock; None if none came.
        output: what the answer showed, as the machine's outputs have it. None if that is not
            known: the call may then have taken effect at any time after it was sent, or never.

    Raises:
        ValueError: it returned before it was invoked, or has an output and did not return.
    """

    call: str
    invoked: float
    returned: float | None
    output: str | None

    def __post_init__(self) -> None:
        if self.returned is None and self.output is not None:
            raise ValueError(f"{self.call} has the output {self.output!r} but did not return")
        if self.returned is not None and self.returned < self.invoked:
            raise ValueError(f"{self.call} returned before it was invoked")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the search found.

    Attributes:
        linearizable: whether some order explains every answer.
        order: positions in the history, in an explaining order; where there is none, the longest
            that explains what it holds. Calls without an answer are in it only where one is
            needed.
        stuck: empty if linearizable; else a sentence on the calls that cannot follow.
    """

    linearizable: bool
    order: tuple[int, ...]
    stuck: str = ""


def explain(machine: Machine, state: str, history: Sequence[Operation]) -> Verdict:
    """Return whether some order of a history's calls explains their answers.

    Args:
        machine: the lifecycle.
        state: the order's state before the history.
        history: the calls, in any sequence.

    Raises:
        ValueError: the machine lacks the state or a call.
    """
    for operation in history:
        step(machine, state, operation.call)
    search = _Search(machine, history)
    order = search.run(state)
    if order is not None:
        return Verdict(linearizable=True, order=order)
    return Verdict(linearizable=False, order=search.longest, stuck=search.stuck(state))


class _Search:
    def __init__(self, machine: Machine, history: Sequence[Operation]) -> None:
        self.machine = machine
        self.history = history
        self.answered = [i for i, operation in enumerate(history) if operation.output is not None]
        self.longest: tuple[int, ...] = ()
        self._most = -1

    def run(self, state: str) -> tuple[int, ...] | None:
        """Return an order that places every answered call, or None."""
        goal = sum(1 << index for index in self.answered)
        seen = {(0, state)}
        stack: list[tuple[int, str, tuple[int, ...]]] = [(0, state, ())]
        while stack:
            done, at, order = stack.pop()
            placed = (done & goal).bit_count()
            if placed > self._most:
                self._most, self.longest = placed, order
            if placed == len(self.answered):
                return order
            for index in reversed(list(self._next(done))):
                after = self._after(at, index)
                if after is not None and (done | 1 << index, after) not in seen:
                    seen.add((done | 1 << index, after))
                    stack.append((done | 1 << index, after, (*order, index)))
        return None

    def stuck(self, state: str) -> str:
        """Return a sentence on what cannot follow the longest order found."""
        done = sum(1 << index for index in self.longest)
        for index in self.longest:
            state = step(self.machine, state, self.history[index].call).state
        ways = [self.history[index].call for index in self.longest]
        so_far = f"after {', '.join(ways)}" if ways else "at the start"
        misfits = []
        for index in self._next(done):
            operation = self.history[index]
            if operation.output is not None:
                due = step(self.machine, state, operation.call).output
                misfits.append(f"{operation.call} answered {operation.output}, not {due}")
        return f"{so_far} the order is {state}, where {'; '.join(misfits)}"

    def _after(self, state: str, index: int) -> str | None:
        operation = self.history[index]
        outcome = step(self.machine, state, operation.call)
        return outcome.state if operation.output in (None, outcome.output) else None

    def _next(self, done: int) -> Iterator[int]:
        """Yield the calls that may take effect next.

        Of calls that were answered alike, only the one that had to be over first is tried: it
        can trade places with any of the others.
        """
        left = [index for index in range(len(self.history)) if not done >> index & 1]
        over = min((self._over(index) for index in left), default=float("inf"))
        tried = set()
        for index in sorted(left, key=lambda index: (self._over(index), index)):
            operation = self.history[index]
            like = (operation.call, operation.output)
            if operation.invoked <= over and like not in tried:
                tried.add(like)
                yield index

    def _over(self, index: int) -> float:
        operation = self.history[index]
        if operation.output is None or operation.returned is None:
            return float("inf")
        return operation.returned
