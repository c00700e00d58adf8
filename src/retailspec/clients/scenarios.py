"""What a judging stub answers where it is told to answer otherwise than the reference server."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailspec.clients.behaviour import Behaviour
from retailspec.clients.documented import documented_answer, refusal_of_strangers
from retailspec.contract.load import nearest
from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from retailspec.contract.model import Contract, Operation

__all__ = ["Reply", "Scenario", "scenario_names"]

_SLOW = 2.0
_RETRY_AFTER = 1


@dataclass(frozen=True)
class Reply:
    """An answer in place of the reference server's.

    Args:
        status: Its status.
        headers: Its headers.
        body: The JSON value of its body.
        empty: Whether it has no body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    empty: bool = True

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return b"" if self.empty else json.dumps(self.body).encode()

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as they go over the wire, those of the body included."""
        own = [] if self.empty else [("Content-Type", "application/json")]
        all_of_them = [*own, ("Content-Length", str(len(self.content))), *self.headers.items()]
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in all_of_them]


@dataclass(frozen=True)
class _Plan:
    """A scenario that every contract has.

    Args:
        says: What it does, for whoever chooses one.
        delay: By how much each answer comes later, in seconds.
        status: What is answered instead, or None.
        times: How many calls of each operation are answered so; None where all are.
        lasts: For how long from its first call an operation answers so, in seconds, or None.
        headers: The headers of that answer.
    """

    says: str
    delay: float = 0.0
    status: int | None = None
    times: int | None = None
    lasts: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


_PLANS: Mapping[str, _Plan] = {
    "happy": _Plan("the server answers as it always does"),
    "slow": _Plan(f"each answer comes {_SLOW:g} s late", delay=_SLOW),
    "busy": _Plan(
        f"each operation answers 429 with Retry-After: {_RETRY_AFTER} at first, then as always",
        status=429,
        lasts=float(_RETRY_AFTER),
        headers={"Retry-After": str(_RETRY_AFTER)},
    ),
    "flaky": _Plan("the first call of each operation gets 503", status=503, times=1),
    "unauthorised": _Plan("each call gets the documented 401", status=401),
}


def scenario_names(contract: Contract) -> list[str]:
    """Return the names of a contract's scenarios: those that all have, and its own."""
    return list(dict.fromkeys([*_PLANS, *contract.scenarios]))


class Scenario:
    """One scenario, as it goes on: what is answered instead, and what the client then does.

    Args:
        contract: The contract.
        name: The scenario's name, one of `scenario_names`.
        delay: By how much answers come later, in place of the scenario's own delay.
        clock: What gives the time, in seconds.

    Attributes:
        delay: By how much each answer comes later, in seconds.

    Raises:
        UsageError: The contract has no such scenario.
    """

    def __init__(
        self,
        contract: Contract,
        name: str,
        *,
        delay: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        known = scenario_names(contract)
        if name not in known:
            raise UsageError(
                f"--scenario {name}: {contract.name} has no such scenario."
                f"{nearest(name, known)} (one of: {', '.join(known)})"
            )
        self.name = name
        own = contract.scenarios.get(name)
        plan = _PLANS[name] if own is None else _Plan("as the rule file says")
        self.delay = plan.delay if delay is None else delay
        self._plan = plan
        self._contract = contract
        self._own = None if own is None else _in_turn(contract, own)
        self._turn: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._clock = clock
        self._replies: dict[str, Reply] = {}
        self._behaviour = Behaviour(name, delay=self.delay, patience=plan.lasts, clock=clock)

    @classmethod
    def named(cls, contract: Contract, name: str | None) -> Scenario | None:
        """Return a scenario that changes something, None where it is none or `happy`.

        Raises:
            UsageError: The contract has no such scenario.
        """
        made = None if name is None else cls(contract, name)
        return None if name == "happy" and name not in contract.scenarios else made

    def reply(self, operation: Operation, body: bytes) -> Reply | None:
        """Return what a call is answered in place of the reference server's answer, or None."""
        self._behaviour.called(operation.id, body)
        reply = self._reply(operation)
        if reply is not None:
            self._behaviour.refused(operation.id, body, reply.status)
        return reply

    def _reply(self, operation: Operation) -> Reply | None:
        number = self._turn.get(operation.id, 0)
        self._turn[operation.id] = number + 1
        if self._own is not None:
            entries = self._own.get(operation.id)
            return entries[number % len(entries)] if entries else None
        plan, now = self._plan, self._clock()
        if plan.status is None or (plan.times is not None and number >= plan.times):
            return None
        since = self._since.setdefault(operation.id, now)
        if plan.lasts is not None and now - since >= plan.lasts:
            return None
        if operation.id not in self._replies:
            self._replies[operation.id] = _documented(self._contract, operation, plan)
        return self._replies[operation.id]

    def answered(self, operation: Operation, status: int | None) -> None:
        """Take note of an answer; the status is None where the client went away before it."""
        self._behaviour.answered(operation.id, status)

    def notes(self) -> Iterator[str]:
        """Yield what the client did, in sentences."""
        for note in self._behaviour.notes():
            yield f"scenario {self.name}: {note}"


def _documented(contract: Contract, operation: Operation, plan: _Plan) -> Reply:
    """Return the answer of a plan, as the contract documents it."""
    assert plan.status is not None  # noqa: S101 - for the type checker: its callers saw to it
    if plan.status == 401:
        status, headers, body = refusal_of_strangers(contract, operation)
        return Reply(status, headers, body, empty=body is None)
    body = documented_answer(contract, operation, plan.status)
    return Reply(plan.status, plan.headers, body, empty=body is None)


def _in_turn(
    contract: Contract, entries: Sequence[Mapping[str, Any]]
) -> Mapping[str, Sequence[Reply]]:
    """Return per operation the replies of a rule file's scenario."""
    found: dict[str, list[Reply]] = {}
    for entry in entries:
        reply = Reply(
            entry["status"], entry.get("headers", {}), entry.get("body"), empty="body" not in entry
        )
        for call in entry["call"]:
            replies = found.setdefault(contract.calls[call].operation, [])
            if reply not in replies:
                replies.append(reply)
    return found
