"""What a judge says: that a rule held, how it was broken, or why it could not be judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from retailspec.contract.model import Level
from retailspec.values import shorten

if TYPE_CHECKING:
    from retailspec.contract.model import Rule
    from retailspec.exchange import Exchange

__all__ = ["AT_ONCE", "Finding", "Judgement", "Verdict"]

AT_ONCE = "at-once"
"""The tag of exchanges that were made at the same time, whose answers no two runs share."""

_LONGEST = 2_000


class Verdict(StrEnum):
    """How a rule ends."""

    HELD = "held"
    BROKEN = "broken"
    ADVISORY = "advisory"
    WAIVED = "waived"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Finding:
    """One departure from a rule.

    Args:
        rule: The rule that is broken.
        expected: What the document asks for.
        actual: What the answer has instead.
        exchange: The call that shows it, where one call does.
        pointer: JSON pointer into the answer's body, where that is the place.
        before: The calls that led there, oldest first.
        note: What else helps to understand it.
    """

    rule: Rule
    expected: str
    actual: str
    exchange: Exchange | None = None
    pointer: str = ""
    before: tuple[Exchange, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Cut what a target made longer than anybody reads."""
        for name in ("expected", "actual", "pointer", "note"):
            object.__setattr__(self, name, shorten(getattr(self, name), _LONGEST))

    @property
    def likeness(self) -> tuple[str, ...]:
        """What two findings of one defect have in common, whichever values brought it up."""
        operation = self.exchange.operation if self.exchange is not None else None
        status = self.exchange.status if self.exchange is not None else None
        return self.rule.id, operation or "", self.expected, str(status), self.pointer

    @property
    def verdict(self) -> Verdict:
        """Broken for a must, advisory for a should."""
        return Verdict.BROKEN if self.rule.level is Level.MUST else Verdict.ADVISORY


@dataclass(frozen=True)
class Judgement:
    """What one call said about one rule.

    Args:
        rule_id: The rule's id.
        finding: How it was broken; None where it held or was not judged.
        reason: Why it was not judged; "" where it was.
        weak: Whether it was seen after an earlier departure: it counts where nothing else does.
    """

    rule_id: str
    finding: Finding | None = None
    reason: str = ""
    weak: bool = False

    @property
    def held(self) -> bool:
        """Whether the rule was judged and kept."""
        return self.finding is None and not self.reason
