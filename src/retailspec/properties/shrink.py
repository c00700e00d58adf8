"""Making a counterexample smaller, with no more attempts than may be spent.

An attempt is a call to somebody's server, or an order of it, so that their number is the first
concern; a general shrinker, which tries as often as it likes, would not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retailspec.properties.choices import trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retailspec.properties.choices import Numbers

__all__ = ["shrink"]


def shrink(
    numbers: Numbers,
    fails: Callable[[Numbers], bool],
    may_try: Callable[[], bool],
    *,
    head: int = 0,
    unit: int = 0,
) -> Numbers:
    """Return choices as simple as can be that still fail.

    Args:
        numbers: Choices that fail.
        fails: Tells whether choices fail; it is never asked twice about the same ones.
        may_try: Tells whether there is anything left for another attempt.
        head: How many choices come before those that can be left out.
        unit: How many choices are left out together; 0 where each has its place.
    """
    best = trimmed(numbers)
    seen = {best}
    passes = (_shorter, _zeroed, _lower) if unit else (_zeroed, _lower)
    before = None
    while before != best:
        before = best
        for simpler in passes:
            size = len(best)
            while size:
                for start in range(len(best) - 1, -1, -1):
                    for candidate in simpler(best, start, size, head, unit):
                        if candidate in seen:
                            continue
                        if not may_try():
                            return best
                        seen.add(candidate)
                        if fails(candidate):
                            best = candidate
                size //= 2
    return best


def _zeroed(numbers: Numbers, start: int, size: int, head: int, unit: int) -> Iterator[Numbers]:
    """Yield the choices with a block of them made the simplest."""
    del head, unit
    end = start + size
    if start % size == 0 and any(numbers[start:end]):
        yield trimmed((*numbers[:start], *(0 for _ in numbers[start:end]), *numbers[end:]))


def _shorter(numbers: Numbers, start: int, size: int, head: int, unit: int) -> Iterator[Numbers]:
    """Yield the choices without some of them."""
    begin, end = head + start * unit, head + (start + size) * unit
    if start % size == 0 and begin < len(numbers):
        yield trimmed(numbers[:begin] + numbers[end:])


def _lower(numbers: Numbers, start: int, size: int, head: int, unit: int) -> Iterator[Numbers]:
    """Yield the choices with one of them made smaller."""
    del head, unit
    if size == 1 and start < len(numbers):
        number = numbers[start]
        for less in dict.fromkeys((1, number // 2, number - 1)):
            if 0 < less < number:
                yield (*numbers[:start], less, *numbers[start + 1 :])
