"""Which of all exchanges a rule judges, whatever they were made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailspec.exchange import Domain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Every"]


@dataclass(frozen=True)
class Every:
    """Which exchanges a standing rule looks at, and what it expects where that is not the rule's.

    Args:
        calls: The base calls, or None for all.
        statuses: The statuses, or None for all.
        accepted: Whether the answer is a 2xx, or None for either.
        domain: The domain, or None for all.
        tag: The mark of the case, or None for any.
        has: JSON pointer to what the answer's body has to hold, or "".
        sent: What the request shows: JSON pointers into it, and per pointer the kinds of values
            that it has there, one of which is enough (see `retailspec.sent`).
        only: Whether nothing else is wrong with the request's body.
        expect: What is expected in place of the rule's own expectation.
    """

    calls: frozenset[str] | None = None
    statuses: frozenset[int] | None = None
    accepted: bool | None = None
    domain: Domain | None = Domain.DOCUMENTED
    tag: str | None = None
    has: str = ""
    sent: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    only: bool = False
    expect: Mapping[str, Any] = field(default_factory=dict)
