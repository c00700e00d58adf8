"""Growing a set of paths until it catches given faults, with as few further orders as possible."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from retailspec.lifecycle.survivors import distinguish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retailspec.lifecycle.compiled import Compiled, Fault, Word

LONGEST_WEAVE = 2  # calls that leave the state as it is, tried at each place


class Weave:
    """Paths, the faults they have to catch, and which path catches which.

    Attributes:
        words: the paths, as numbers of calls; paths only ever gain calls.
        faults: every fault given so far.
    """

    def __init__(self, spec: Compiled, words: Iterable[Word]) -> None:
        self.spec = spec
        self.words = list(words)
        self.faults: list[Fault] = []
        self._catchers: list[set[int]] = []

    def catch(self, faults: Iterable[Fault]) -> None:
        """Change the paths until they catch further faults and all earlier ones.

        Args:
            faults: implementations that some sequence of calls tells from the specification.
        """
        for fault in faults:
            self.faults.append(fault)
            caught = {i for i, word in enumerate(self.words) if self.spec.catches(word, fault)}
            self._catchers.append(caught)
        while live := [i for i, catchers in enumerate(self._catchers) if not catchers]:
            self._mend(live)

    def _mend(self, live: list[int]) -> None:
        """Make the change that catches the first of the live faults and most of the others."""
        faults = [self.faults[number] for number in live]
        depends: dict[int, list[Fault]] = {}
        for fault, catchers in zip(self.faults, self._catchers, strict=True):
            if len(catchers) == 1:
                depends.setdefault(next(iter(catchers)), []).append(fault)
        best: tuple[tuple[bool, float, int, Word], int] | None = None
        for index, word in self._changes(faults[0]):
            if not self.spec.catches(word, faults[0]):
                continue
            if not all(self.spec.catches(word, fault) for fault in depends.get(index, ())):
                continue
            gain = sum(self.spec.catches(word, fault) for fault in faults)
            new = index == len(self.words)
            cost = len(word) - (0 if new else len(self.words[index]))
            rank = (new, -gain if new else -gain / cost, cost, word)
            if best is None or rank < best[0]:
                best = rank, index
        if best is None:
            raise ValueError("a fault was given that no sequence of calls can show")
        self._put(best[1], best[0][3])

    def _put(self, index: int, word: Word) -> None:
        if index == len(self.words):
            self.words.append(word)
        self.words[index] = word
        for fault, catchers in zip(self.faults, self._catchers, strict=True):
            catchers.discard(index)
            if self.spec.catches(word, fault):
                catchers.add(index)

    def _changes(self, fault: Fault) -> Iterator[tuple[int, Word]]:
        """Yield changed paths by their places; the place after the last is a new order."""
        new = set()
        for index, word in enumerate(self.words):
            at = self.spec.initial, 0
            for place in range(len(word) + 1):
                head, tail = word[:place], word[place:]
                for extra in self._idle(at[0]):
                    yield index, head + extra + tail
                ending = distinguish(self.spec, fault, at)
                if ending is not None:
                    new.add(head + ending)
                    if not tail:
                        yield index, head + ending
                if tail:
                    mine = at[0] * self.spec.calls + tail[0]
                    theirs = at[1] * self.spec.calls + tail[0]
                    at = self.spec.target[mine], fault.target[theirs]
        for word in sorted(new):
            yield len(self.words), word

    def _idle(self, state: int) -> Iterator[Word]:
        here = state * self.spec.calls
        idle = [call for call in range(self.spec.calls) if self.spec.target[here + call] == state]
        for length in range(1, LONGEST_WEAVE + 1):
            yield from product(idle, repeat=length)
