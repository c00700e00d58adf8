"""Paths that catch every faulty implementation of a bounded size.

The classical W-method makes, after every way into every state and every call there, all the calls
that tell states apart. Each of these is a fresh order, which is the scarce thing here. So the
bound is proven otherwise: by an exact search for an implementation of at most ``m`` states that
the paths would not catch (see ``survivors``). Whatever it finds, the paths are changed to catch,
mostly by weaving in calls that cost no order, until nothing is found; then whatever turns out not
to be needed is left out again.

Should a search be cut short undecided, the paths are first made to meet more of the H-method's
conditions (Dorofeeva, El-Fakih and Yevtushenko, 2005), which make the search easier. Meeting all
of them is a proof by itself, so the result always has its guarantee.

States that no calls tell apart (twins) have to be minimised away for any of this to hold. The
paths are therefore proven for the minimised machine; besides, they catch each single fault, and
with one extra state each such fault reached from a twin, in the full machine.
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING

from retailspec.lifecycle.compiled import UNKNOWN, Fault, compile_machine
from retailspec.lifecycle.cover import transition_cover
from retailspec.lifecycle.model import classes, minimise
from retailspec.lifecycle.survivors import survivors
from retailspec.lifecycle.tree import Tree, distinguish
from retailspec.lifecycle.weave import Weave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.lifecycle.compiled import Compiled, Word
    from retailspec.lifecycle.cover import Path
    from retailspec.lifecycle.model import Machine

EFFORT = 100  # foldings per departure from the specification before a search is cut short
HARDER = 2  # searches that may be repeated with more effort, for one suite
MORE = 10  # times as many before the paths are made easier to search instead
BATCH = 60  # survivors learnt from at a time
FEW = 5  # as many, while leaving calls out
STRIDE = 3  # H-method conditions met at a time


def bounded_suite(machine: Machine, extra: int = 0) -> tuple[Path, ...]:
    """Return paths that catch every faulty implementation of a bounded size.

    The first paths alone make every transition of the machine, as few of them as can be. The
    result is the same every time. For a lifecycle of seven states and four calls finding it
    takes tenths of a second, with an extra state some seconds; it grows steeply from there.

    Args:
        machine: the lifecycle, not necessarily minimal.
        extra: how many states an implementation may have beyond the minimised machine's.

    Raises:
        ValueError: extra is negative.
    """
    if extra < 0:
        raise ValueError(f"an implementation cannot have {extra} extra states")
    full, small = compile_machine(machine), compile_machine(minimise(machine))
    limit = small.states + extra
    weave = Weave(full, full.words(transition_cover(machine)))
    weave.catch(_twin_faults(full, 0))
    searched = _prove(weave, small, extra)
    if extra:
        weave.catch(_twin_faults(full, extra), insert=False)
    if searched:

        def doubts(words: list[Word]) -> list[Fault] | None:
            found, exhausted = survivors(
                small, words, limit, effort=EFFORT, most=FEW, patient=False
            )
            return found if found or exhausted else None

        weave.spare(doubts)
    return tuple(full.paths(word for word in weave.words if word))


def _prove(weave: Weave, small: Compiled, extra: int) -> bool:
    """Change paths until they are proven; False if it took the H-method's conditions."""
    limit = small.states + extra
    harder = HARDER
    while True:
        found, exhausted = survivors(small, weave.words, limit, effort=EFFORT, most=BATCH)
        if harder and not found and not exhausted:
            harder -= 1
            found, exhausted = survivors(
                small, weave.words, limit, effort=MORE * EFFORT, most=BATCH
            )
        if found:
            weave.catch(found, insert=harder > 0)
        elif exhausted:
            return True
        else:
            harder = 0
            tree = Tree(small, weave.words)
            pairs = list(islice(_unmet(tree, extra), STRIDE))
            for one, other in pairs:
                if not tree.apart(one, other):
                    tree.tell_apart(one, other)
            weave.add(tree.words())
            if not pairs:
                return False


def _unmet(tree: Tree, extra: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of nodes that the H-method wants apart and that are not; grow missing nodes."""
    spec = tree.spec
    access: dict[int, Word] = {0: ()}
    queue = [0]
    for state in queue:
        for call in range(spec.calls):
            after = spec.target[state * spec.calls + call]
            if after not in access:
                access[after] = (*access[state], call)
                queue.append(after)
    basis = [tree.grow(0, word) for word in access.values()]
    wanted = [(one, other) for i, one in enumerate(basis) for other in basis[:i]]
    yield from (pair for pair in wanted if _alike(tree, *pair))
    for node, word in product(basis, product(range(spec.calls), repeat=extra + 1)):
        chain = [tree.grow(node, word[:length]) for length in range(1, extra + 2)]
        wanted = [(one, other) for i, one in enumerate(chain) for other in (*basis, *chain[:i])]
        yield from (pair for pair in wanted if _alike(tree, *pair))


def _alike(tree: Tree, one: int, other: int) -> bool:
    return tree.state[one] != tree.state[other] and not tree.apart(one, other)


def _twin_faults(spec: Compiled, extra: int) -> Iterator[Fault]:
    """Yield the single faults of the full machine that its minimised form does not hold.

    These are the wrong answer and the wrong ends of each call on a state that has a twin; with
    extra states, each of those calls leading to a copy of some state with such a fault in it.
    One wrong answer stands for all: whichever it is, the first path to make the call sees it.
    """
    count = spec.states
    groups = [group for group in classes(spec.machine) if len(group & set(spec.names)) > 1]
    twins = [state for state in range(count) if any(spec.names[state] in g for g in groups)]
    for state, call in product(twins, range(spec.calls)):
        slot = state * spec.calls + call
        if not extra:
            faults = _changed(spec.target, spec.output, slot, count)
        else:
            output, target = list(spec.output), list(spec.target)
            target[slot] = count
            faults = (
                fault
                for like in range(count)
                for place in range(spec.calls)
                for fault in _changed(
                    (*target, *spec.target[like * spec.calls : (like + 1) * spec.calls]),
                    (*output, *spec.output[like * spec.calls : (like + 1) * spec.calls]),
                    count * spec.calls + place,
                    count + 1,
                )
            )
        yield from (fault for fault in faults if distinguish(spec, fault) is not None)


def _changed(target: Word, output: Word, slot: int, states: int) -> Iterator[Fault]:
    yield Fault(target, (*output[:slot], UNKNOWN, *output[slot + 1 :]))
    for state in range(states):
        if state != target[slot]:
            yield Fault((*target[:slot], state, *target[slot + 1 :]), output)
