"""Exact search for faulty implementations that a set of paths would not catch.

An implementation with at most ``m`` states that answers every path as the specification does is a
*survivor* if some other sequence of calls tells the two apart. The paths form a tree; a survivor
is a folding of that tree onto ``m`` states that is not the specification again. The search
assigns tree nodes to states, always where fewest choices are left, and leaves a branch as soon as
all that is left of it can only be the specification. When it ends without a survivor, that is a
proof for *every* machine of that size, not only for the mutants somebody thought of.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from retailspec.lifecycle.compiled import UNKNOWN, Fault
from retailspec.lifecycle.tree import Tree, distinguish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retailspec.lifecycle.compiled import Compiled, Word


def survivors(
    spec: Compiled,
    words: Iterable[Word],
    limit: int,
    *,
    effort: float = float("inf"),
    most: int = 1,
    patient: bool = True,
) -> tuple[list[Fault], bool]:
    """Return implementations that a set of paths does not catch.

    Args:
        spec: the specification, minimised.
        words: the paths, as numbers of calls.
        limit: the most states an implementation may have; at least the specification's.
        effort: how many foldings to look at for each first departure from the specification.
        most: how many survivors are enough.
        patient: whether to go on after the effort was not enough for some departure.

    Returns:
        The survivors, and whether the search was exhaustive: no survivors and True is a proof.

    Raises:
        ValueError: the limit is below the specification's number of states.
    """
    if limit < spec.states:
        raise ValueError(f"{limit} states are fewer than the specification's {spec.states}")
    search = _Search(spec, words, limit, effort, patient=patient)
    found = list(islice(search.run(), most))
    return found, len(found) < most and not search.cut


class _Folding:
    """A partial implementation: what the tree's nodes assigned so far force.

    ``home`` is the specification's state of each state's nodes, ``pure`` whether they agree;
    ``pending`` holds, for each transition whose end is open, the nodes that it leads to, and
    ``options`` the states that were found possible for it when there were so many states; of
    those, there are only ever fewer.
    """

    def __init__(self, tree: Tree, limit: int) -> None:
        size = limit * tree.spec.calls
        self.tree = tree
        self.used = 0
        self.pure = True
        self.home: list[int] = []
        self.output = [UNKNOWN] * size
        self.target = [UNKNOWN] * size
        self.pending: dict[int, list[int]] = {}
        self.options: dict[int, tuple[int, list[int]]] = {}

    def extended(self, slot: int, state: int) -> _Folding | None:
        """Return the folding in which a pending transition leads to a state, if there is one."""
        other = _Folding(self.tree, 0)
        other.used, other.pure, other.home = self.used, self.pure, self.home.copy()
        other.output, other.target = self.output.copy(), self.target.copy()
        other.pending = {slot: nodes.copy() for slot, nodes in self.pending.items()}
        other.options = self.options.copy()
        nodes = other.pending.pop(slot)
        other.options.pop(slot, None)
        other.target[slot] = state
        return other if other.assign(nodes, state) else None

    def assign(self, nodes: Iterable[int], state: int) -> bool:
        """Let nodes be one state; False if that contradicts an output."""
        calls = self.tree.spec.calls
        self.used = max(self.used, state + 1)
        stack = [(node, state) for node in nodes]
        while stack:
            node, at = stack.pop()
            home = self.tree.state[node]
            if at == len(self.home):
                self.home.append(home)
            elif self.home[at] != home:
                self.pure = False
            for call, after in self.tree.children[node].items():
                slot = at * calls + call
                output = self.tree.output(node, call)
                if self.output[slot] == UNKNOWN:
                    self.output[slot] = output
                elif self.output[slot] != output:
                    return False
                if self.target[slot] != UNKNOWN:
                    stack.append((after, self.target[slot]))
                else:
                    self.pending.setdefault(slot, []).append(after)
        return True

    def choices(self, slot: int, limit: int) -> list[int]:
        """Return the states that a pending transition may lead to; ``used`` is a new one."""
        nodes = self.pending[slot]
        apart = self.tree.apart
        if any(apart(one, other) for i, one in enumerate(nodes) for other in nodes[:i]):
            return []
        known, before = self.options.get(slot, (0, []))
        possible = (*(state for state in before if state < known), *range(known, self.used))
        left = [state for state in possible if self._fits(nodes, state)]
        if self.used < limit:
            left.append(self.used)
        self.options[slot] = self.used, left
        return left

    def _fits(self, nodes: list[int], state: int) -> bool:
        """Whether nodes may be one state, as far as a look ahead without assigning tells."""
        calls = self.tree.spec.calls
        stack = [(node, state) for node in nodes]
        while stack:
            node, at = stack.pop()
            for call, after in self.tree.children[node].items():
                slot = at * calls + call
                known = self.output[slot]
                if known == UNKNOWN:
                    continue
                if known != self.tree.output(node, call):
                    return False
                if self.target[slot] != UNKNOWN:
                    stack.append((after, self.target[slot]))
                elif any(self.tree.apart(after, other) for other in self.pending[slot]):
                    return False
        return True


class _Search:
    """A depth-first search over foldings, at the transition with the fewest choices first."""

    def __init__(
        self, spec: Compiled, words: Iterable[Word], limit: int, effort: float, *, patient: bool
    ) -> None:
        self.spec = spec
        self.limit = limit
        self.effort = effort
        self.patient = patient
        self.left = effort
        self.cut = False
        self.tree = Tree(spec, words)

    def run(self) -> Iterator[Fault]:
        """Follow the specification; yield a survivor, if any, for each way of leaving it."""
        fold: _Folding | None = _Folding(self.tree, self.limit)
        if fold is not None:
            fold.assign([0], 0)
        while fold is not None and fold.pending:
            slot, choices = self._narrowest(fold)
            home = self.tree.state[fold.pending[slot][0]]
            right = fold.home.index(home) if home in fold.home else fold.used
            for choice in choices:
                if choice != right:
                    self.left = self.effort
                    yield from islice(self._explore(fold.extended(slot, choice)), 1)
                    if self.cut and not self.patient:
                        return
            fold = fold.extended(slot, right)
        if fold is not None:
            yield from self._leaf(fold)

    def _explore(self, fold: _Folding | None) -> Iterator[Fault]:
        if fold is None:
            return
        if self.left <= 0:
            self.cut = True
            return
        self.left -= 1
        if not fold.pending:
            yield from self._leaf(fold)
            return
        slot, choices = self._narrowest(fold)
        if len(choices) > 1 and self._settled(fold):
            return
        home = self.tree.state[fold.pending[slot][0]]
        for choice in sorted(choices, key=lambda at: at == fold.used or fold.home[at] != home):
            yield from self._explore(fold.extended(slot, choice))

    def _narrowest(self, fold: _Folding) -> tuple[int, list[int]]:
        """Return the pending transition with the fewest choices, and these."""
        none: tuple[int, list[int]] = (0, [])
        best: tuple[int, list[int]] | None = None
        for slot in sorted(fold.pending, key=lambda at: (len(fold.options.get(at, none)[1]), at)):
            choices = fold.choices(slot, self.limit)
            if best is None or len(choices) < len(best[1]):
                best = slot, choices
            if len(choices) < 2:
                break
        return best or none

    def _settled(self, fold: _Folding) -> bool:
        """Whether the rest of this branch can only be the specification, its states doubled."""
        if not fold.pure or fold.used < self.limit or UNKNOWN in fold.output:
            return False
        return all(
            fold.home[choice] == self.tree.state[nodes[0]]
            for slot, nodes in fold.pending.items()
            for choice in fold.options[slot][1]
        )

    def _leaf(self, fold: _Folding) -> Iterator[Fault]:
        size = fold.used * self.spec.calls
        target = tuple(max(state, 0) for state in fold.target[:size])
        found = Fault(target, tuple(fold.output[:size]))
        if distinguish(self.spec, found) is not None:
            yield found
