"""HTTP/1.1 for the reference servers: uvicorn's, with a short way for the usual request.

The usual request arrives whole, on a connection that stays open; its answer is written in one piece
as soon as it is there, without a task. Any other takes uvicorn's own way. A request whose head is
not in order for the fast parser is left to the one that is patient and exact about errors.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from retailspec.reference.plain import plain_bytes, resumed

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.responses import Response

__all__ = ["HEAD", "HEAD_LIMIT", "RAW_HEADERS", "Protocol"]

HEAD_LIMIT: Final = 64 * 1024
"""The longest head of a request that is read, in bytes."""

RAW_HEADERS: Final = "retailspec.headers"
"""The key of a scope under which the headers stand with their names as they were sent."""

HEAD: Final = "retailspec.head"
"""The key of a scope under which the bytes of the head stand, where they came in one piece."""

_RETURN: Final = ord("\r")
_NO_HTTP: Final = "Invalid HTTP request received."


class Protocol(HttpToolsProtocol):
    """One connection to a reference server."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._respond = getattr(self.app, "respond", None)
        self._head: list[bytes] = []
        self._head_size = 0
        self._in_head = True  # between requests, too
        self._open = False  # a head has begun
        self._torn = False  # and did so in the middle of what arrived
        self._ended = False  # a request ended in the middle of what arrived
        self._short = False
        self._foreign = False
        self._parts: list[bytes] = []
        self._raw: list[tuple[bytes, bytes]] = []
        self._heard = 0.0

    # What arrives

    def data_received(self, data: bytes) -> None:
        """Read what has arrived."""
        self._heard = self.loop.time()
        self._ended = False
        if self._in_head:
            self._head.append(data)
            self._head_size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._hand_over()
            return
        except httptools.HttpParserError:
            if self._in_head:
                self._hand_over()
            else:
                self.send_400_response(_NO_HTTP)
            return
        self._torn = self._open and (self._torn or self._ended)
        if self._open and self._head_size > HEAD_LIMIT:
            self.send_400_response(_NO_HTTP)
        elif self._short:
            self._take_long_way()

    def _hand_over(self) -> None:
        """Leave the connection to uvicorn's other parser, from the present request on."""
        idle = self._is_idle()
        if self._torn or self._ended or not idle or self._head_size > HEAD_LIMIT:
            self.send_400_response(_NO_HTTP)
            return
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        other = _Patient(self.config, self.server_state, self.app_state, self.loop)
        transport, head = self.transport, b"".join(self._head)
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(head)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and tell the application of it where it wants to know."""
        _tell_unreadable(self.app)
        super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._raw = []
        self._open = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, its name as it was sent and in lower case."""
        lower = name.lower()
        if lower == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((lower, value))
        self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        """Choose the way of a request whose head is there."""
        self._open = self._torn = False
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # uvicorn types its keys
        if self.parser.should_upgrade():  # this parser would take no body
            self._foreign = True
            return
        self._in_head = False
        if len(self._head) == 1 and not self._ended:
            data = self._head[0]
            if data[0] != _RETURN:  # an empty line before a request would pass for its end
                scope[HEAD] = data[: data.find(b"\r\n\r\n") + 1]
        self._head.clear()
        self._head_size = 0
        scope[RAW_HEADERS] = self._raw
        idle = self._is_idle()
        parser = self.parser
        if (
            self._respond is None
            or not idle
            or self.expect_100_continue
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
        ):
            super().on_headers_complete()
            return
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        self._short = True
        self._parts = []

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        if self._short:
            self._parts.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer a request that is whole, or tell the one who answers it."""
        if self._foreign:
            return
        self._in_head = True
        self._ended = True
        if self._short:
            self._short = False
            self._answer(b"".join(self._parts))
        else:
            super().on_message_complete()

    def _is_idle(self) -> bool:
        """Tell whether no earlier request waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _take_long_way(self) -> None:
        """Let uvicorn answer a request of which more is to come."""
        self._short = False
        self._start(self._cycle())
        for part in self._parts:
            super().on_body(part)

    def _cycle(self) -> RequestResponseCycle:
        return RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )

    def _start(self, cycle: RequestResponseCycle) -> None:
        self.cycle = cycle
        self._start_asgi_task(cycle, self.app)

    # What is answered

    def _answer(self, body: bytes) -> None:
        coroutine = self._respond(self.scope, body)  # type: ignore[misc]  # it is there: see _short
        try:
            waiting = coroutine.send(None)
        except StopIteration as done:
            self._write(done.value)
        except Exception as error:
            self.logger.exception("Exception in ASGI application", exc_info=error)
            self.send_500_response()
        else:
            self._answer_later(coroutine, waiting)

    def _answer_later(self, coroutine: Coroutine[Any, Any, Response], waiting: Any) -> None:
        """Let a task go on with what has to wait for something; requests behind it queue up."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            response: Response = await resumed(coroutine, waiting)
            await response(scope, receive, send)

        self.cycle = self._cycle()
        self.cycle.more_body = False
        self._start_asgi_task(self.cycle, app)

    def _write(self, response: Response) -> None:
        if self.transport.is_closing():
            return
        data = None
        if not self.flow.write_paused:
            data = plain_bytes(
                response,
                self.server_state.default_headers,
                with_body=self.scope["method"] != "HEAD",
            )
        if data is None:
            self._answer_later(_given(response), None)
            return
        self.transport.write(data)
        self.server_state.total_requests += 1
        if self.timeout_keep_alive_task is None:
            self._rest(self.timeout_keep_alive)

    def send_500_response(self) -> None:
        """Answer a request whose handling broke down, and close the connection."""
        text = b"Internal Server Error"
        head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        size = f"content-length: {len(text)}\r\n\r\n".encode()
        self.transport.write(b"".join([STATUS_LINE[500], head, size, text]))
        self.transport.close()

    # Idle connections

    def _rest(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing was heard, or look again later."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        idle = self._is_idle() and not self._head_size
        left = self._heard + self.timeout_keep_alive - self.loop.time()
        if idle and not self._short and left <= 0:
            self.transport.close()
        else:
            self._rest(max(left, 1.0))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._unset_keepalive_if_required()
        super().connection_lost(exc)


class _Patient(H11Protocol):
    """A connection whose requests the fast parser does not understand."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and tell the application of it where it wants to know."""
        _tell_unreadable(self.app)
        super().send_400_response(msg)


def _tell_unreadable(app: Any) -> None:
    tell = getattr(app, "unreadable", None)
    if tell is not None:
        tell()


async def _given(response: Response) -> Response:
    return response
