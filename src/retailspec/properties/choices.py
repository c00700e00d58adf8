"""Numbered choices, of which everything that is drawn is made, so that it can be made again.

A choice is a number below a bound, and 0 is always the simplest. Choices that were not written down
count as 0, so that a list of them may end at the last that matters.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Choices", "Numbers", "replayed", "seeded", "trimmed"]

Numbers = tuple[int, ...]
T = TypeVar("T")


class Choices:
    """Makes choices and writes them down.

    Args:
        pick: Returns a number below the one that it is given.

    Attributes:
        log: The choices made so far.
    """

    def __init__(self, pick: Callable[[int], int]) -> None:
        self._pick = pick
        self.log: list[int] = []

    def below(self, bound: int) -> int:
        """Return a number from 0 to `bound` - 1."""
        number = self._pick(bound)
        self.log.append(number)
        return number

    def among(self, options: Sequence[T]) -> T:
        """Return one of some options, the first being the simplest."""
        return options[self.below(len(options))]

    def fill(self, size: int) -> None:
        """Make choices of no account up to a number of them, so that those that follow keep places.

        What is simplified in one part of an example then leaves its other parts as they are.
        """
        while len(self.log) < size:
            self.below(1)

    def chance(self, one_in: int) -> bool:
        """Return true in one of so many cases; false is the simplest."""
        return self.below(one_in) == one_in - 1


def seeded(seed: str) -> Choices:
    """Return choices that depend on a seed alone."""
    return Choices(random.Random(seed).randrange)  # noqa: S311 - examples, not secrets


def replayed(numbers: Sequence[int]) -> Choices:
    """Return the choices that were written down, each cut to its bound, and then zeros."""
    rest = iter(numbers)
    return Choices(lambda bound: min(next(rest, 0), bound - 1))


def trimmed(numbers: Sequence[int]) -> Numbers:
    """Return choices without the zeros at their end, which are implied."""
    end = len(numbers)
    while end and numbers[end - 1] == 0:
        end -= 1
    return tuple(numbers[:end])
