"""What a client did after an unwelcome answer: shown, and not judged, since no document says."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Behaviour"]


@dataclass
class _Acts:
    """What a client did with one operation.

    Args:
        status: The status that came in place of the usual answer; 0 until one did.
        refusals: How often it came.
        at: When it came first.
        digest: What the call was that got it first.
        after: How long after the first refusal the next call came, in seconds, or None.
        early: How many calls came before the client was to try again.
        again: How many calls after the first refusal were the same as the refused one.
        others: How many were not.
        then: The status of the last answer that such a call got; None until there is one.
        answers: How many answers the client waited for.
        left: How often it went away before the answer.
    """

    status: int = 0
    refusals: int = 0
    at: float = 0.0
    digest: bytes = b""
    after: float | None = None
    early: int = 0
    again: int = 0
    others: int = 0
    then: int | None = None
    answers: int = 0
    left: int = 0


class Behaviour:
    """Follows what a client does under a scenario.

    Args:
        scenario: The scenario's name.
        delay: By how much answers come later, in seconds.
        patience: How long a client is asked to wait after a refusal, in seconds, or None.
        clock: What gives the time, in seconds.
    """

    def __init__(
        self, scenario: str, *, delay: float, patience: float | None, clock: Callable[[], float]
    ) -> None:
        self._scenario = scenario
        self._delay = delay
        self._patience = patience
        self._clock = clock
        self._acts: dict[str, _Acts] = {}

    def called(self, operation: str, body: bytes) -> None:
        """Take note of a call, before it is answered."""
        acts = self._acts.setdefault(operation, _Acts())
        if not acts.refusals:
            return
        passed = self._clock() - acts.at
        if acts.after is None:
            acts.after = passed
        if self._patience is not None and passed < self._patience:
            acts.early += 1
        if _digest(body) == acts.digest:
            acts.again += 1
        else:
            acts.others += 1

    def refused(self, operation: str, body: bytes, status: int) -> None:
        """Take note that a call is refused."""
        acts = self._acts[operation]
        if not acts.refusals:
            acts.status, acts.at, acts.digest = status, self._clock(), _digest(body)
        acts.refusals += 1

    def answered(self, operation: str, status: int | None) -> None:
        """Take note of an answer, None where the client went away before it."""
        acts = self._acts[operation]
        if status is None:
            acts.left += 1
        else:
            acts.answers += 1
            if acts.again or acts.others:
                acts.then = status

    def notes(self) -> Iterator[str]:
        """Yield what the client did with each operation, in sentences."""
        for operation, acts in self._acts.items():
            if self._delay:
                yield f"{operation}: {_waited(acts, self._delay)}"
            elif acts.left:
                yield f"{operation}: went away before the answer {_times(acts.left)}"
            if acts.refusals:
                yield f"{operation}: {self._after(acts)}"

    def _after(self, acts: _Acts) -> str:
        told = f"got {acts.status} {_times(acts.refusals)}"
        if acts.after is None:
            return f"{told}, and was not called again: the client gave up after the first"
        then = "" if acts.then is None else f", and got {acts.then} in the end"
        after = f"{acts.after:.1f} s"
        if self._patience is not None:
            wish = f"Retry-After said {self._patience:g}"
            if acts.early:
                return f"{told}; called again after {after} though {wish}, {_calls(acts)}{then}"
            return f"{told}; called again after {after} as {wish}, {_calls(acts)}{then}"
        if not acts.again:
            return f"{told}; the call was not repeated, others followed ({acts.others})"
        return f"{told}; called again after {after}, {_calls(acts)}{then}"


def _waited(acts: _Acts, delay: float) -> str:
    if not acts.left:
        return f"waited for each of {acts.answers} answers, which came {delay:g} s late"
    return (
        f"went away before the answer {_times(acts.left)}, waited for it {_times(acts.answers)}; "
        f"each came {delay:g} s late"
    )


def _calls(acts: _Acts) -> str:
    kinds = [
        f"{_times(acts.again)} the same call" if acts.again else "",
        f"{_times(acts.others)} another" if acts.others else "",
    ]
    return " and ".join(kind for kind in kinds if kind)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
