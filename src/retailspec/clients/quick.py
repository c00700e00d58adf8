"""Judging the usual request fast: one that is like an earlier one in all but its body.

Most requests of a client have the same head, and nothing is wrong with them. Their head is judged
once; of each body, no more is asked than whether it fits. Wherever that leaves a doubt, the request
is judged in full.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from retailspec.clients.expect import request_mismatch
from retailspec.clients.judging import Judged
from retailspec.findings import Judgement
from retailspec.reference.wire import BODY_LIMIT

if TYPE_CHECKING:
    from retailspec.clients.judging import ExchangeJudge
    from retailspec.clients.seen import Seen
    from retailspec.clients.tally import Tally
    from retailspec.contract.model import Operation

__all__ = ["QuickJudge"]

_MOST_HEADS = 512
_LONGEST = 4096
_MOST_BRACKETS = 100
_FLAT = 2 * _MOST_BRACKETS  # no body that short nests deeper than any document's
_DECODE = msgspec.json.Decoder().decode  # it takes no text that json.loads refuses


class _Clear:
    """A head with which nothing is wrong, and how often a request with it was all right.

    Args:
        operation: The operation.
        call: The base call's name, where there is one.
        held: The rules that held, the lifecycle's aside.
    """

    __slots__ = ("answers", "call", "held", "operation", "reference")

    def __init__(self, operation: Operation, call: str | None, held: tuple[str, ...]) -> None:
        self.operation = operation.id
        self.reference = operation.request_schema
        self.call = call
        self.held = held
        self.answers: Counter[int] = Counter()


class QuickJudge:
    """Judges what comes to a stub, in full where it has to.

    Args:
        judge: What judges in full.
        tally: Where it is added up.
    """

    def __init__(self, judge: ExchangeJudge, tally: Tally) -> None:
        contract = judge.contract
        rules = contract.clients.values()
        self._judge = judge
        self._tally = tally
        self._fits = contract.schemas.fits
        self._clears: list[_Clear] = []
        self._heads: dict[Any, _Clear] = {}
        self._rules = [rule for rule in rules if rule.expect.keys() - {"headers", "call"}]
        self._follows = any(rule.check == "lifecycle" for rule in rules)
        self._signed = bool(contract.signing)
        self._more = bool(self._signed or self._rules or self._follows)
        self._read = _headers_read(judge)

    def take(self, seen: Seen, number: int) -> None:
        """Judge a request.

        Args:
            seen: The request and its answer.
            number: How many came so far, this one included.
        """
        clear = None
        if seen.whole:
            clear = self._heads.get((seen.head, seen.scope["scheme"])) or self._known(seen)
        if clear is None or not self._is_clear(clear, seen, number):
            position = _position(number)
            judged = self._judge.judge(seen.exchange(), position)
            self._tally.add(judged, position)
            if clear is None:
                self._learn(seen, judged)

    def settle(self) -> None:
        """Add up what was only counted so far."""
        for clear in self._clears:
            times = sum(clear.answers.values())
            if times:
                self._tally.calls[clear.operation] += times
                for status, count in clear.answers.items():
                    self._tally.answers[str(status or "no answer")] += count
                self._tally.hold("client", clear.held, times)
                clear.answers.clear()

    def _known(self, seen: Seen) -> _Clear | None:
        if not _is_usual(seen):
            return None
        clear = self._heads.get(self._key(seen))
        if clear is not None:
            self._remember(seen, clear)
        return clear

    def _key(self, seen: Seen) -> Any:
        """Return what two requests have in common whose heads say the same to every rule."""
        scope, read = seen.scope, self._read
        headers = tuple([header for header in scope["headers"] if header[0] in read])
        return scope["scheme"], scope["method"], scope["raw_path"], headers

    def _remember(self, seen: Seen, clear: _Clear) -> None:
        """Know a head again at sight, signatures aside: no two requests have the same."""
        if not self._signed and len(self._heads) < _MOST_HEADS and 0 < len(seen.head) < _LONGEST:
            self._heads[seen.head, seen.scope["scheme"]] = clear

    def _learn(self, seen: Seen, judged: Judged) -> None:
        """Keep in mind the head of a request with which nothing was wrong."""
        operation = self._judge.contract.operations.get(judged.exchange.operation or "")
        wrong = judged.why_not or any(not one.held for one in judged.client)
        if operation is None or wrong or not _is_usual(seen) or len(self._heads) >= _MOST_HEADS:
            return
        rules = self._judge.contract.clients
        held = [one.rule_id for one in judged.client]
        own = tuple(one for one in held if rules[one].check != "lifecycle")
        clear = _Clear(operation, judged.exchange.call, own)
        self._clears.append(clear)
        self._heads[self._key(seen)] = clear
        self._remember(seen, clear)

    def _is_clear(self, clear: _Clear, seen: Seen, number: int) -> bool:
        """Tell whether nothing is wrong with a request, and add it up where that is so."""
        if clear.reference is not None:
            body = seen.body
            if len(body) > _FLAT and body.count(b"{") + body.count(b"[") > _MOST_BRACKETS:
                return False
            try:
                if not self._fits(clear.reference, _DECODE(body)):
                    return False
            except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
                return False
        if self._more:
            return self._is_sound(clear, seen, _position(number))
        clear.answers[seen.status or 0] += 1
        return True

    def _is_sound(self, clear: _Clear, seen: Seen, position: str) -> bool:
        """Judge what no head says: the signature, parts of a body by others, an order's state."""
        exchange = seen.exchange(clear.operation, clear.call)
        if self._signed and self._judge.credentials.mismatch(exchange) is not None:
            return False
        if any(request_mismatch(rule.expect, exchange)[1] is not None for rule in self._rules):
            return False
        if not self._follows:
            clear.answers[seen.status or 0] += 1
            return True
        said = self._judge.follower.follow(exchange, position).client
        held = tuple([Judgement(rule_id) for rule_id in clear.held])
        self._tally.add(Judged(exchange, (*held, *said)), position)
        return True


def _position(number: int) -> str:
    return f"call {number}"


def _is_usual(seen: Seen) -> bool:
    """Tell whether a request came whole, with a head of usual length, and has no query."""
    scope = seen.scope
    if not seen.whole or scope["query_string"] or len(seen.body) > BODY_LIMIT:
        return False
    return sum([len(name) + len(value) for name, value in scope["headers"]]) < _LONGEST


def _headers_read(judge: ExchangeJudge) -> frozenset[bytes]:
    """Return the headers that rules look at, the signature aside, in lower case."""
    contract = judge.contract
    names = {"content-type", *judge.credentials.headers}
    for rule in contract.clients.values():
        names |= set(rule.expect.get("headers", ()))
    signature = contract.signing.get("header", "").lower()
    return frozenset(name.lower().encode() for name in names if name.lower() != signature)
