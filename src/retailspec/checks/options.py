"""What a user chooses for a run."""

from __future__ import annotations

from dataclasses import dataclass

from retailspec.lifecycle import Depth  # noqa: TC001 - a dataclass's field

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """The options of a run.

    Args:
        depth: How thoroughly a lifecycle is explored; None chooses by the supply.
        strict: Whether a broken should counts like a broken must.
        races: Whether calls are also made at once.
    """

    depth: Depth | None = None
    strict: bool = False
    races: bool = True
