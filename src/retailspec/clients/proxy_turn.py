"""One request and its answer as they pass through the proxy, and how much of them is kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from retailspec.clients.proxy_seen import Seen

if TYPE_CHECKING:
    from retailspec.clients.framing import RequestHead

__all__ = ["LARGEST_KEPT", "Budget", "Kept", "Turn"]

LARGEST_KEPT: Final = 4_000_000
"""Bytes of a body that are kept to be judged; more of it is passed on, and counts as lost."""

_ALL_KEPT: Final = 128_000_000


class Budget:
    """How many bytes may be kept by all exchanges that are under way together."""

    def __init__(self, left: int = _ALL_KEPT) -> None:
        self.left = left


class Kept:
    """A body as far as it is kept.

    Args:
        budget: What all bodies together may take.
    """

    __slots__ = ("_budget", "_parts", "_size", "lost")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._parts: list[bytes] = []
        self._size = 0
        self.lost = False

    def add(self, piece: bytes) -> None:
        """Keep a piece, unless that would be too much."""
        size = len(piece)
        if self.lost or self._size + size > LARGEST_KEPT or size > self._budget.left:
            self.lost = True
            return
        self._parts.append(piece)
        self._size += size
        self._budget.left -= size

    def take(self) -> bytes:
        """Return what was kept, and keep it no longer."""
        self._budget.left += self._size
        parts, self._parts, self._size = self._parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Turn:
    """One request and its answer.

    Args:
        read: What the request's head says.
        head: The request's head as it is passed on.
        budget: What all bodies together may take.
    """

    __slots__ = (
        "_began",
        "_started",
        "answer",
        "answer_head",
        "answered",
        "head",
        "method",
        "request",
        "sent",
        "upgrades",
    )

    def __init__(self, read: RequestHead, head: bytes, budget: Budget) -> None:
        self.method = read.method
        self.upgrades = read.upgrades
        self.head = head
        self.request = Kept(budget)
        self.sent = False
        self.answer_head = b""
        self.answer = Kept(budget)
        self.answered = False
        self._started = time.time()
        self._began = time.perf_counter()

    def seen(self, origin: str, error: str = "") -> Seen:
        """Return what is to be judged and recorded; the bodies are given away with it.

        Args:
            origin: The upstream's scheme and authority.
            error: Why the answer did not come, or not whole.
        """
        return Seen(
            origin,
            self.head,
            self.request.take(),
            self.request.lost or not self.sent,
            self.answer_head,
            self.answer.take(),
            self.answer.lost or not self.answered,
            self._started,
            time.perf_counter() - self._began,
            error,
        )
