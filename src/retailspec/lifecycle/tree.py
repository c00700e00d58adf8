"""Paths as a tree of what the specification answers, and which of its nodes differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.lifecycle.compiled import Compiled, Fault, Word

NEW_ORDER = 1_000  # branching off costs a fresh order, which outweighs any number of calls


class Tree:
    """Every prefix of some paths, as a node.

    Two nodes are *apart* if some calls are made after both and the answers differ: whatever the
    implementation, it is then in different states there.

    Attributes:
        state: each node's state in the specification; node 0 is the fresh order.
        children: for each node, the node after each call that some path makes there.
    """

    def __init__(self, spec: Compiled, words: Iterable[Word]) -> None:
        self.spec = spec
        self.state = [0]
        self.children: list[dict[int, int]] = [{}]
        self._apart: dict[tuple[int, int], bool] = {}
        for word in words:
            self.grow(0, word)

    def grow(self, node: int, word: Word) -> int:
        """Add what a word makes after a node, and return the last node.

        Args:
            node: where the word starts.
            word: numbers of calls.
        """
        for call in word:
            after = self.children[node].get(call)
            if after is None:
                after = len(self.state)
                self.children[node][call] = after
                self.state.append(self.spec.target[self.state[node] * self.spec.calls + call])
                self.children.append({})
                self._apart = {pair: True for pair, known in self._apart.items() if known}
            node = after
        return node

    def output(self, node: int, call: int) -> int:
        """Return what the specification answers to a call at a node."""
        return self.spec.output[self.state[node] * self.spec.calls + call]

    def apart(self, one: int, other: int) -> bool:
        """Return whether the paths tell two nodes apart."""
        if self.state[one] == self.state[other]:
            return False
        key = (one, other) if one < other else (other, one)
        known = self._apart.get(key)
        if known is None:
            others = self.children[other]
            known = any(
                self.output(one, call) != self.output(other, call)
                or self.apart(after, others[call])
                for call, after in self.children[one].items()
                if call in others
            )
            self._apart[key] = known
        return known

    def words(self) -> list[Word]:
        """Return the paths to the leaves, which is all of the tree."""
        words = []
        stack: list[tuple[int, Word]] = [(0, ())]
        while stack:
            node, word = stack.pop()
            if not self.children[node] and word:
                words.append(word)
            stack += [(after, (*word, call)) for call, after in self.children[node].items()]
        return sorted(words)

    def tell_apart(self, one: int, other: int) -> None:
        """Grow both nodes until they are apart, with few new branches.

        Args:
            one: a node.
            other: a node whose state answers some calls otherwise.

        Raises:
            ValueError: no calls tell the nodes' states apart.
        """
        if self.state[one] == self.state[other]:
            raise ValueError("the two nodes are one state")
        start = self.state[one], self.state[other]
        shortest = distinguish(self.spec, self.spec.as_fault(), start)
        if shortest is None:
            raise ValueError("no calls tell the two nodes' states apart")
        _, word = self._cheapest((one, other), start, len(shortest))
        self.grow(one, word)
        self.grow(other, word)

    def _cheapest(
        self, nodes: tuple[int | None, int | None], states: tuple[int, int], depth: int
    ) -> tuple[float, Word]:
        best: tuple[float, Word] = (float("inf"), ())
        for call in range(self.spec.calls if depth else 0):
            price: float = sum(self._price(node, call) for node in nodes)
            slots = [state * self.spec.calls + call for state in states]
            word: Word = (call,)
            if self.spec.output[slots[0]] == self.spec.output[slots[1]]:
                one, other = (
                    None if node is None else self.children[node].get(call) for node in nodes
                )
                after = self.spec.target[slots[0]], self.spec.target[slots[1]]
                if after[0] == after[1]:
                    continue
                rest, tail = self._cheapest((one, other), after, depth - 1)
                price, word = price + rest, (call, *tail)
            best = min(best, (price, word))
        return best

    def _price(self, node: int | None, call: int) -> int:
        if node is None or not self.children[node]:
            return 1
        return 0 if call in self.children[node] else NEW_ORDER


def distinguish(spec: Compiled, other: Fault, start: tuple[int, int] | None = None) -> Word | None:
    """Return a shortest word that an implementation answers otherwise than the specification.

    Args:
        spec: the specification.
        other: the implementation.
        start: a state of each to start from; the state of a fresh order if left out.

    Returns:
        The word, or None if no calls tell the two apart.
    """
    at = start or (0, 0)
    seen: dict[tuple[int, int], Word] = {at: ()}
    queue = [at]
    for pair in queue:
        for call in range(spec.calls):
            mine, theirs = pair[0] * spec.calls + call, pair[1] * spec.calls + call
            if spec.output[mine] != other.output[theirs]:
                return (*seen[pair], call)
            after = spec.target[mine], other.target[theirs]
            if after not in seen:
                seen[after] = (*seen[pair], call)
                queue.append(after)
    return None
