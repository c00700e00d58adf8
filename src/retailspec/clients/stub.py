"""The judging stub: a reference server that records and judges every request that it gets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response

from retailspec.clients.guard import Guard
from retailspec.clients.guarded import refusal
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.quick import QuickJudge
from retailspec.clients.seen import Passing, Seen
from retailspec.clients.tally import Tally
from retailspec.reference.application import read_body
from retailspec.reference.protocol import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from retailspec.clients.recorder import Recorder
    from retailspec.clients.scenarios import Reply, Scenario
    from retailspec.contract.model import Contract, Operation
    from retailspec.exchange import Exchange
    from retailspec.reference.base import Reference
    from retailspec.secrets import Secrets

__all__ = ["Stub"]

_CONTROL = "/_control/"
_MANY = 20
_MOST_HEADS = 512
_LONGEST = 4096

logger = logging.getLogger(__name__)


class Stub:
    """An ASGI application around a reference server's: it passes calls on, records and judges.

    A call is judged after it was answered, and as it was received: the path as it was encoded, the
    headers in their order, the bytes of the body. Control paths are left alone.

    Args:
        reference: The server.
        contract: Its contract.
        secure: Whether clients can call over TLS, so that one that does not can be told.
        host: The name or address that it listens at: calls to others by name are refused.
        scenario: What is answered otherwise than the server does, or None.
        recorder: Where exchanges are recorded, or None.
        allow_host: Further names by which it may be called.

    Attributes:
        tally: What the calls said; whole once `finish` was called.
        respond: The short way from a whole request to its response; None where there is a scenario.
    """

    def __init__(
        self,
        reference: Reference,
        contract: Contract,
        *,
        secure: bool,
        host: str = "127.0.0.1",
        scenario: Scenario | None = None,
        recorder: Recorder | None = None,
        allow_host: Iterable[str] = (),
    ) -> None:
        view = View(
            credentials=reference.credentials, own_server=True, only_api=True, scheme_seen=secure
        )
        self.contract = contract
        self.tally = Tally(contract, view)
        self.recorder = recorder
        self._judge = ExchangeJudge(contract, view)
        self._quick = QuickJudge(self._judge, self.tally)
        self._known = set(reference.credentials.values())
        self._secrets = self.tally.secrets(None)
        self._scenario = scenario
        self._guard = Guard(host, allow_host)
        self._unreadable = 0
        self._taken: set[bytes] = set()
        self._refused: Counter[str] = Counter()
        self._app = reference.app
        self.respond = self._respond if scenario is None else None
        self._queue: list[Seen] = []
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as ASGI has it."""
        if scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._app(scope, receive, send)
            return
        objection = self._guard.objection(scope["headers"])
        if objection:
            await self._refuse(objection)(scope, receive, send)
            return
        started = time.time()
        whole, body = await read_body(receive)
        seen = Seen(scope, started, body, whole=whole)
        try:
            if whole:
                await self._answer(seen, receive, send)
        finally:
            self._later(seen)

    async def _respond(self, scope: Scope, body: bytes) -> Response:
        """Return the response to a request that is whole: the short way, where nothing is delayed.

        Args:
            scope: The request as ASGI has it.
            body: Its body.
        """
        head = scope.get(HEAD)
        if head not in self._taken:
            if scope["path"].startswith(_CONTROL):
                return await self._app.respond(scope, body)
            objection = self._guard.objection(scope["headers"])
            if objection:
                return self._refuse(objection)
            if head and len(head) < _LONGEST and len(self._taken) < _MOST_HEADS:
                self._taken.add(head)
        seen = Seen(scope, time.time(), body, whole=True)
        try:
            response = await self._app.respond(scope, body)
            seen.answer = response.status_code, response.raw_headers, response.body
        finally:
            self._later(seen)
        return response

    async def _answer(self, seen: Seen, receive: Receive, send: Send) -> None:
        scenario = self._scenario
        operation = None if scenario is None else self._operation(seen.scope)
        if scenario is None or operation is None:
            passing = Passing(seen, receive, send)
            await self._app(seen.scope, passing.receive, passing.send)
            return
        passing = Passing(seen, receive, send, scenario.delay)
        reply = scenario.reply(operation, seen.body)
        try:
            if reply is None:
                await self._app(seen.scope, passing.receive, passing.send)
            else:
                response = _response(reply)
                await response(seen.scope, passing.receive, passing.send)
        finally:
            scenario.answered(operation, seen.status)

    def _operation(self, scope: Scope) -> Operation | None:
        route = self._judge.routes.find(scope["raw_path"].decode("latin-1"))
        return route.operations.get(scope["method"])

    def _refuse(self, objection: str) -> Response:
        if objection in self._refused or len(self._refused) < _MANY:
            self._refused[objection] += 1
        return refusal()

    def unreadable(self) -> None:
        """Take note of what was no HTTP, and therefore refused before it came here."""
        self._unreadable += 1

    def _later(self, seen: Seen) -> None:
        """Judge a call when its answer is under way."""
        seen.seconds = time.time() - seen.started
        self._queue.append(seen)
        if len(self._queue) == 1:
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        queue, self._queue = self._queue, []
        for seen in queue:
            self._count += 1
            try:
                self._quick.take(seen, self._count)
                if self.recorder is not None:
                    self._record(self.recorder, seen)
            except Exception:  # judging must never stop the answering
                logger.exception("%s: a call could not be judged", self.contract.name)
                self.tally.unjudged["judging it failed; this is a defect of retailspec"] += 1

    def _record(self, recorder: Recorder, seen: Seen) -> None:
        exchange = seen.exchange()
        recorder.record(
            exchange, self.contract.name, self._judge.credentials, self._hidden(exchange)
        )

    def _hidden(self, exchange: Exchange) -> Secrets:
        """Return what must not be recorded: what is known, and other credentials that it shows."""
        found = {value for _, value in self._judge.credentials.found(exchange.request)}
        return self._secrets if found <= self._known else self.tally.secrets(exchange)

    def finish(self) -> Tally:
        """Judge what is left once the server has stopped, and return what all calls said."""
        self._work()
        self._quick.settle()
        if self._unreadable:
            note = f"{self._unreadable} x 400 to what was no HTTP, and could not be judged"
            self.tally.notes[note] = None
        for objection, count in self._refused.items():
            note = f"{count} x 403 to a web page of another site ({objection}), and not judged"
            self.tally.notes[note] = None
        if self._scenario is not None:
            self.tally.notes |= dict.fromkeys(self._scenario.notes())
        return self.tally


def _response(reply: Reply) -> Response:
    response = Response(reply.content, reply.status)
    response.raw_headers = reply.raw_headers
    return response
