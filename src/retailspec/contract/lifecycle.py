"""A contract's lifecycle, as its rule file describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LifecycleCall", "LifecycleRules", "LifecycleSpec"]


@dataclass(frozen=True)
class LifecycleCall:
    """One call of a lifecycle: what it sets, where it leads, and what each state refuses."""

    effect: Mapping[str, Any]
    accepts: Mapping[str, str]
    refuses: Mapping[str, str]
    own: frozenset[str]


@dataclass(frozen=True)
class LifecycleRules:
    """The ids of the rules that judge what those of the transitions do not.

    Args:
        frame: What a success does not name stays as it was.
        own: A call that is repeated is refused as printed.
        names: Another refusal names the state that stands in the way.
        idle: A refused call changes nothing.
        final: Nothing leaves a final state.
    """

    frame: str
    own: str
    names: str
    idle: str
    final: str


@dataclass(frozen=True)
class LifecycleSpec:
    """A state machine that a contract's calls drive.

    Args:
        supply: The supply that gives a fresh thing in the initial state.
        initial: That state.
        states: Per state, the facts of an answer's body that show it.
        titles: Per state, how it is called in print.
        calls: Per call, its effects and refusals, in the table's order.
        refusals: Per refusal, the body that the document prints.
        final: The states that no call leaves.
        keeps: What stays as it is where a call's effect does not name it: fields, or parts of one.
        code: JSON pointer to a refusal's code.
        refusal: What every refusal has to be.
        judged_by: The rules beside those of the transitions.
        look: A read-only call that shows the state, where a target has it.
    """

    supply: str
    initial: str
    states: Mapping[str, Mapping[str, Any]]
    titles: Mapping[str, str]
    calls: Mapping[str, LifecycleCall]
    refusals: Mapping[str, Mapping[str, Any]]
    final: frozenset[str]
    keeps: frozenset[str]
    code: str
    refusal: Mapping[str, Any]
    judged_by: LifecycleRules
    look: Mapping[str, str] | None = None
