"""Changing a set of paths so that it catches given faults, at the cost of few further orders."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from retailspec.lifecycle.tree import distinguish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retailspec.lifecycle.compiled import Compiled, Fault, Word

LONGEST_WEAVE = 2  # calls that leave the state as it is, tried at each place


class Weave:
    """Paths, the faults they have to catch, and which path catches which.

    Attributes:
        words: the paths, as numbers of calls.
        faults: every fault given so far; all are caught whenever no method is running.
    """

    def __init__(self, spec: Compiled, words: Iterable[Word]) -> None:
        """Start from paths.

        Args:
            spec: the specification.
            words: the first paths; together they keep making every transition that they make.
        """
        self.spec = spec
        self.words = list(words)
        self.faults: list[Fault] = []
        self._base = len(self.words)
        self._made = {slot for word in self.words for slot in spec.slots(word)}
        self._catchers: list[set[int]] = []

    def catch(self, faults: Iterable[Fault], *, insert: bool = True) -> None:
        """Change the paths until they catch further faults and all earlier ones.

        Args:
            faults: implementations that some sequence of calls tells from the specification.
            insert: whether calls may be inserted; else each path goes on as it begins now.

        Raises:
            ValueError: a fault cannot be told from the specification.
        """
        self._learn(faults)
        while live := [i for i, catchers in enumerate(self._catchers) if not catchers]:
            self._mend([self.faults[number] for number in live], insert=insert)

    def add(self, words: Iterable[Word]) -> None:
        """Have each word made, by lengthening a path that begins it or on a new order.

        Args:
            words: numbers of calls.
        """
        for word in words:
            if any(path[: len(word)] == word for path in self.words):
                continue
            begun = (i for i, path in enumerate(self.words) if word[: len(path)] == path)
            self._put(next(begun, len(self.words)), word)

    def spare(self, doubts: Callable[[list[Word]], list[Fault] | None]) -> None:
        """Leave out whole paths, then single calls, as long as what was proven stays so.

        Args:
            doubts: takes paths and returns the faults that they miss: none at all if they are
                proven to do, None if that cannot be said.
        """
        for index in reversed(range(self._base, len(self.words))):
            self._try(index, (), doubts)
        for index in reversed(range(len(self.words))):
            for place in reversed(range(len(self.words[index]))):
                word = self.words[index]
                self._try(index, word[:place] + word[place + 1 :], doubts)

    def _try(
        self, index: int, word: Word, doubts: Callable[[list[Word]], list[Fault] | None]
    ) -> None:
        for fault, catchers in zip(self.faults, self._catchers, strict=True):
            if catchers == {index} and not self.spec.catches(word, fault):
                return
        tried = self.words.copy()
        tried[index] = word
        made = {slot for path in tried[: self._base] for slot in self.spec.slots(path)}
        if self._made <= made:
            missed = doubts(tried)
            if missed:
                self._learn(missed)
            elif missed is not None:
                self._put(index, word)

    def _learn(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.faults.append(fault)
            caught = {i for i, word in enumerate(self.words) if self.spec.catches(word, fault)}
            self._catchers.append(caught)

    def _put(self, index: int, word: Word) -> None:
        """Replace a path; the place after the last is a new one, and no word removes a path."""
        if index == len(self.words):
            self.words.append(word)
        self.words[index] = word
        for fault, catchers in zip(self.faults, self._catchers, strict=True):
            catchers.discard(index)
            if self.spec.catches(word, fault):
                catchers.add(index)

    def _mend(self, live: list[Fault], *, insert: bool) -> None:
        """Make the change that catches the first of the live faults and most of the others."""
        depends: dict[int, list[Fault]] = {}
        for fault, catchers in zip(self.faults, self._catchers, strict=True):
            if len(catchers) == 1:
                depends.setdefault(next(iter(catchers)), []).append(fault)
        best: tuple[tuple[bool, float, int, Word], int] | None = None
        for index, word in self._changes(live[0], insert=insert):
            if not all(self.spec.catches(word, fault) for fault in depends.get(index, ())):
                continue
            gain = sum(self.spec.catches(word, fault) for fault in live)
            new = index == len(self.words)
            cost = len(word) - (0 if new else len(self.words[index]))
            rank = (new, -gain if new else -gain / cost, cost, word)
            if best is None or rank < best[0]:
                best = rank, index
        if best is None:
            raise ValueError("no sequence of calls shows the fault")
        self._put(best[1], best[0][3])

    def _changes(self, fault: Fault, *, insert: bool) -> Iterator[tuple[int, Word]]:
        """Yield changed paths that catch a fault, by their places; the last is a new order."""
        new = set()
        calls = self.spec.calls
        for index, word in enumerate(self.words):
            mine = theirs = 0
            for place in range(len(word) + 1):
                head, tail = word[:place], word[place:]
                if insert:
                    for extra in self._idle(mine):
                        if self.spec.catches(extra + tail, fault, (mine, theirs)):
                            yield index, head + extra + tail
                ending = distinguish(self.spec, fault, (mine, theirs))
                if ending is not None:
                    new.add(head + ending)
                    if not tail:
                        yield index, head + ending
                if tail:
                    mine = self.spec.target[mine * calls + tail[0]]
                    theirs = fault.target[theirs * calls + tail[0]]
        for word in sorted(new):
            yield len(self.words), word

    def _idle(self, state: int) -> Iterator[Word]:
        here = state * self.spec.calls
        idle = [call for call in range(self.spec.calls) if self.spec.target[here + call] == state]
        for length in range(1, LONGEST_WEAVE + 1):
            yield from product(idle, repeat=length)
