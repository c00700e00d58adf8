"""What a user chooses for a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retailspec.lifecycle import Depth  # noqa: TC001 - a dataclass's field

__all__ = ["Effort", "Generated", "Options"]


class Effort(StrEnum):
    """How many of a rule's cases are sent where it has several variants for several calls."""

    FULL = "full"  # each variant on each call
    FEW = "few"  # each variant once and each call once, the variants spread over the calls


@dataclass(frozen=True)
class Generated:
    """How many calls a generator may make up.

    Args:
        calls: The most calls, over all operations of a contract.
        seed: What they are drawn from: the same seed makes the same calls.
    """

    calls: int = 300
    seed: int = 0


@dataclass(frozen=True)
class Options:
    """The options of a run.

    Args:
        depth: How thoroughly a lifecycle is explored; None chooses by the supply.
        strict: Whether a broken should counts like a broken must.
        races: Whether calls are also made at once.
        effort: Whether a rule's variants are sent on every call or spread over the calls.
        schemathesis: How much schemathesis makes up; None leaves it out.
        profile: How much is sent for the property-based checks: off, sandbox, ci or thorough.
        seed: What their examples are drawn from: the same seed makes the same ones.
        replay: The text of the one example that is made again; None for a whole run.
        allow_irreversible: Whether calls that nothing undoes are made on a production system.
    """

    depth: Depth | None = None
    strict: bool = False
    races: bool = True
    effort: Effort = Effort.FULL
    schemathesis: Generated | None = None
    profile: str = "sandbox"
    seed: int = 0
    replay: str | None = None
    allow_irreversible: bool = False
