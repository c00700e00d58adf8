"""A machine's tables as numbers, which is what the searches step through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.lifecycle.model import Machine

Word = tuple[int, ...]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Fault:
    """An implementation, as two tables indexed by ``state * calls + call``; it starts in state 0.

    Attributes:
        target: the state after the call.
        output: the output's number; ``-1`` stands for an output that no call should give.
    """

    target: Word
    output: Word


@dataclass(frozen=True, slots=True)
class Compiled:
    """A machine whose states, calls and outputs are numbers from 0.

    State 0 is the initial one, and only states that can be reached are there. Machines that
    differ in equivalent states alone have the same output numbers.

    Attributes:
        machine: what was compiled.
        names: the states' names, by number.
        calls: how many calls.
        target: the state after each call, at ``state * calls + call``.
        output: the output of each call, at the same place; equal numbers look equal to a caller.
    """

    machine: Machine
    names: tuple[str, ...]
    calls: int
    target: Word
    output: Word

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.names)

    def words(self, paths: Iterable[tuple[str, ...]]) -> list[Word]:
        """Return paths as numbers.

        Args:
            paths: sequences of names of calls.
        """
        number = {call: index for index, call in enumerate(self.machine.calls)}
        return [tuple(number[call] for call in path) for path in paths]

    def paths(self, words: Iterable[Word]) -> list[tuple[str, ...]]:
        """Return words as names of calls.

        Args:
            words: sequences of numbers of calls.
        """
        return [tuple(self.machine.calls[call] for call in word) for word in words]

    def as_fault(self) -> Fault:
        """Return the machine itself as an implementation."""
        return Fault(self.target, self.output)

    def catches(self, word: Word, fault: Fault, start: tuple[int, int] = (0, 0)) -> bool:
        """Return whether an implementation answers some call of a word otherwise.

        Args:
            word: numbers of calls.
            fault: the implementation.
            start: the state of each before the word; that of a fresh order if left out.
        """
        mine, theirs = start
        for call in word:
            here, there = mine * self.calls + call, theirs * self.calls + call
            if self.output[here] != fault.output[there]:
                return True
            mine, theirs = self.target[here], fault.target[there]
        return False

    def slots(self, word: Word) -> list[int]:
        """Return where in the tables each step of a word stands.

        Args:
            word: numbers of calls, made on a fresh order.
        """
        at, slots = 0, []
        for call in word:
            slots.append(at * self.calls + call)
            at = self.target[slots[-1]]
        return slots


def compile_machine(machine: Machine) -> Compiled:
    """Return a machine's tables as numbers.

    Args:
        machine: the lifecycle.
    """
    reachable = machine.reachable()
    states = (machine.initial, *(state for state in reachable if state != machine.initial))
    number = {state: index for index, state in enumerate(states)}
    outcomes = [machine.table[state, call] for state in states for call in machine.calls]
    seen = sorted({(was.accepted, was.output) for was in outcomes})
    return Compiled(
        machine=machine,
        names=states,
        calls=len(machine.calls),
        target=tuple(number[was.state] for was in outcomes),
        output=tuple(seen.index((was.accepted, was.output)) for was in outcomes),
    )
