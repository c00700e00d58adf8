"""A call on its way through the judging stub: its bytes, and those of its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retailspec.clients.lost import BODY_LOST
from retailspec.exchange import Exchange, Request, Response
from retailspec.reference.protocol import HEAD, RAW_HEADERS
from retailspec.reference.wire import BODY_LIMIT

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

__all__ = ["Passing", "Seen"]

Answered = tuple[int, list[tuple[bytes, bytes]], bytes | memoryview]
"""Status, headers and body of an answer."""


class Seen:
    """One call, and its answer as far as there is one.

    Args:
        scope: The call as ASGI has it.
        started: When it came, in seconds since 1970.
        body: Its body, of one beyond the limit the beginning.
        whole: Whether it came to its end.

    Attributes:
        head: The bytes of its head, where they came in one piece; otherwise none.
        answer: The answer's status, headers and body; None where there was none.
        seconds: How long the answer took.
    """

    __slots__ = (
        "answer",
        "body",
        "head",
        "scope",
        "seconds",
        "started",
        "whole",
    )

    def __init__(self, scope: Scope, started: float, body: bytes, *, whole: bool) -> None:
        self.scope = scope
        self.head: bytes = scope.get(HEAD, b"")
        self.started = started
        self.body = body
        self.whole = whole
        self.answer: Answered | None = None
        self.seconds = 0.0

    @property
    def status(self) -> int | None:
        """The answer's status; None where there was no answer."""
        return None if self.answer is None else self.answer[0]

    def exchange(self, operation: str | None = None, call: str | None = None) -> Exchange:
        """Return call and answer as an exchange, with operation and base call where known."""
        scope = self.scope
        lost = not self.whole or len(self.body) > BODY_LIMIT
        response = None
        if self.answer is not None:
            status, headers, content = self.answer
            response = Response(status, _texts(headers), bytes(content))
        return Exchange(
            request=Request(
                method=scope["method"],
                url=_url(scope),
                headers=_texts(scope.get(RAW_HEADERS) or scope["headers"]),
                body=b"" if lost else self.body,
            ),
            response=response,
            operation=operation,
            call=call,
            error="" if response is not None else _why_not(whole=self.whole),
            tags=frozenset({BODY_LOST} if lost else ()),
            seconds=self.seconds,
            started=self.started,
        )


class Passing:
    """Passes a call on to an application and its answer back, and keeps the answer.

    Args:
        seen: The call.
        receive: Where its connection is heard.
        send: Where its answer goes.
        delay: By how much the answer comes later, in seconds.
    """

    __slots__ = ("_delay", "_left", "_receive", "_replayed", "_send", "seen")

    def __init__(self, seen: Seen, receive: Receive, send: Send, delay: float = 0.0) -> None:
        self.seen = seen
        self._delay = delay
        self._left = False
        self._replayed = False
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """Give the request's body to the application, and then what happens to the connection."""
        if self._replayed:
            return await self._receive()
        self._replayed = True
        return {"type": "http.request", "body": self.seen.body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, and keep it; the first is delayed where that is wanted."""
        if self._delay:
            self._left = await self._leaves(self._delay)
            self._delay = 0.0
        if self._left:
            return
        if message["type"] == "http.response.start":
            self.seen.answer = message["status"], list(message.get("headers", ())), b""
        elif self.seen.answer is not None:
            status, headers, content = self.seen.answer
            self.seen.answer = status, headers, bytes(content) + message.get("body", b"")
        await self._send(message)

    async def _leaves(self, seconds: float) -> bool:
        """Tell whether the client goes away within a time."""
        gone = asyncio.ensure_future(self._gone())
        await asyncio.wait({gone}, timeout=seconds)
        return not gone.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _why_not(*, whole: bool) -> str:
    end = "the answer" if whole else "the end of its request"
    return f"the client went away before {end}"


def _texts(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])


def _url(scope: Scope) -> str:
    host, port = scope["server"]
    if ":" in host:
        host = f"[{host}]"
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{host}:{port}{path}{'?' if query else ''}{query}"
