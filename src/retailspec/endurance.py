"""How long a target that gives no answers, or is always busy, is put up with."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from retailspec.exchange import Exchange, Response

__all__ = ["Endurance", "busy_for"]

_IN_A_ROW = 5
_IN_ALL = 30
_USUAL = 0.5
_SHORTEST = 0.05


class Endurance:
    """Adds up the time that was lost to a target, and says when to give it up.

    Args:
        timeout: Seconds that one answer may take.
        patience: Seconds that a busy target is waited for.
    """

    def __init__(self, timeout: float, patience: float) -> None:
        self._timeout = timeout
        self._patience = patience
        self._lock = threading.Lock()
        self._silent = 0
        self._busy = 0
        self._lost = 0.0
        self.over = ""
        """Why the target is given up; empty while it is not."""

    @property
    def patience(self) -> float:
        """Seconds to wait for a busy target: none any more for one that always is."""
        return 0.0 if self._busy >= _IN_A_ROW else self._patience

    def answered(self) -> None:
        """Take note of an answer."""
        with self._lock:
            self._silent = self._busy = 0

    def gone(self, reason: str) -> None:
        """Take note that the target is not there any more, and was waited for in vain."""
        with self._lock:
            self.over = reason

    def silent(self, seconds: float, *, in_a_row: bool = True) -> None:
        """Take note of a call that got no answer.

        Args:
            seconds: How long it took.
            in_a_row: Whether it was made alone, so that the next one tells of a silent target.
        """
        with self._lock:
            self._silent += in_a_row and seconds >= self._timeout / 2
            self._lose(seconds)
            if self._silent >= _IN_A_ROW:
                self.over = f"{self._silent} calls in a row got no answer in {self._timeout:g} s"

    def busy(self, seconds: float) -> None:
        """Take note of a call that was answered with nothing but a request to come back later."""
        with self._lock:
            self._busy += 1
            self._lose(seconds)
            if self._busy >= _IN_ALL:
                self.over = f"it was busy for {self._busy} calls in a row"

    def _lose(self, seconds: float) -> None:
        self._lost += seconds
        most = _IN_ALL * max(self._timeout, self._patience)
        if self._lost > most:
            self.over = f"{most:g} s went by in calls without an answer"


def busy_for(exchange: Exchange) -> float | None:
    """Return how many seconds to wait where the target says that it is busy, else None."""
    response = exchange.response
    if response is None:
        return None
    after = response.header("retry-after")
    if response.status != 429 and not (response.status == 503 and after is not None):
        return None
    wait = _USUAL if not after else _seconds(after.strip(), response)
    return max(_SHORTEST, wait)


def _seconds(after: str, response: Response) -> float:
    """Return the seconds that a Retry-After names, which may be a date, by the target's clock."""
    try:
        seconds = float(after)
    except ValueError:
        until = _moment(after)
        if until is None:
            return 2 * _USUAL
        clock = _moment(response.header("date") or "")
        return until - (time.time() if clock is None else clock)
    return math.inf if math.isnan(seconds) else seconds


def _moment(text: str) -> float | None:
    """Return an HTTP date as seconds since 1970, or None where it is none."""
    try:
        found: datetime = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
