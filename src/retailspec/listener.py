"""A small HTTP server that hears what a target sends of its own accord: webhooks, above all."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self

from retailspec.errors import UsageError
from retailspec.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

__all__ = ["LARGEST_BODY", "Listener", "listen_address"]

LARGEST_BODY = 1_000_000
"""Bytes of a body that are kept; a call with a longer one is answered 413 and not kept."""

_MOST_CALLS = 10_000
_MOST_BYTES = 16_000_000
_MOST_CONNECTIONS = 64
_MOST_TRAILERS = 100
_LONGEST_LINE = 65_536
_IDLE = 10.0
_LONGEST_CALL = 30.0


def listen_address(text: str, where: str) -> tuple[str, int]:
    """Return host and port of a text such as `127.0.0.1:9000` or `[::1]:9000`.

    Raises:
        UsageError: It is no such text; the message begins with `where`.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and colon and port.isdecimal() and int(port) <= 65535):
        raise UsageError(f"{where}: {text!r} is no HOST:PORT, as 127.0.0.1:9000 is")
    return host, int(port)


class Listener:
    """A server that answers every call 204 and keeps it; a context manager.

    Args:
        host: The address to listen at; loopback unless told otherwise.
        port: The port; 0 takes a free one.
        public_url: Where others reach it, where that is not its own address.

    Attributes:
        url: Where it is reached, without a slash at the end; known once it is entered.

    Raises:
        UsageError: On entering: the address cannot be listened at.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, public_url: str | None = None
    ) -> None:
        self._host, self._port = host, port
        self._heard: list[Request] = []
        self._size = 0
        self._changed = threading.Condition()
        self._stack = contextlib.ExitStack()
        self.url = "" if public_url is None else public_url.rstrip("/")

    def __enter__(self) -> Self:
        try:
            server = _Server(self._host, self._port, self._keep)
        except (OSError, OverflowError) as error:
            raise UsageError(f"cannot listen at {self._host} port {self._port}: {error}") from error
        thread = threading.Thread(
            target=server.serve_forever, args=(0.005,), name="retailspec-listener", daemon=True
        )
        self._stack.callback(server.server_close)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(server.shutdown)
        self.url = self.url or server.url
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def heard(self) -> list[Request]:
        """The calls so far, with the exact bytes of their bodies, in the order of their ends."""
        with self._changed:
            return list(self._heard)

    def wait(self, enough: Callable[[list[Request]], bool], seconds: float) -> bool:
        """Wait until the calls so far are enough, and return whether they were in time.

        Args:
            enough: Looks at all calls so far.
            seconds: How long to wait at most.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while not enough(list(self._heard)):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return True

    def _keep(self, request: Request) -> None:
        with self._changed:
            self._size += len(request.url) + len(request.body)
            self._size += sum(len(name) + len(value) for name, value in request.headers)
            if len(self._heard) < _MOST_CALLS and self._size < _MOST_BYTES:
                self._heard.append(request)
            self._changed.notify_all()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, keep: Callable[[Request], None]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.keep = keep
        self.places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((host, port), _Handler)
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hear a call in a thread of its own; too many at once are turned away."""
        if self.places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Hear a call, for no longer than one may take."""
        late = threading.Timer(_LONGEST_CALL, _hang_up, (request,))
        late.daemon = True
        late.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            late.cancel()
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a caller goes away: what it did not say is not heard."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that Expect: 100-continue is answered
    timeout = _IDLE
    server: _Server

    def _hear(self) -> None:
        status, body = 204, b""
        try:
            body = self._body()
        except _TooLargeError:
            status = 413
        except ValueError:
            status = 400
        if status == 204:
            url = self.server.url + self.path
            headers = tuple((name, value.strip(" \t")) for name, value in self.headers.items())
            self.server.keep(Request(self.command, url, headers, body))
        self.close_connection = True
        self.send_response(status)
        self.send_header("Connection", "close")
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self) -> bytes:
        """Return the whole body.

        Raises:
            ValueError: It is not all there, or is framed wrongly.
            _TooLargeError: It is longer than is kept.
        """
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self._exactly(_size(self.headers.get("Content-Length", "0"), 10), LARGEST_BODY)

    def _chunks(self) -> Iterator[bytes]:
        left = LARGEST_BODY
        while size := _size(self._line().split(b";")[0].decode("latin-1"), 16):
            yield self._exactly(size, left)
            left -= size
            self._line()
        for _ in range(_MOST_TRAILERS):
            if not self._line().strip():
                return
        raise ValueError("more trailers than any call has")

    def _line(self) -> bytes:
        line = self.rfile.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ValueError("a line without an end")
        return line

    def _exactly(self, size: int, limit: int) -> bytes:
        if size > limit:
            raise _TooLargeError
        body = self.rfile.read(size)
        if len(body) < size:
            raise ValueError("a body that ends too early")
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing: what was heard is in the report."""


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler._hear)  # noqa: SLF001 - its own module's class


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _TooLargeError(Exception):
    """A body is longer than is kept."""


def _size(text: str, base: int) -> int:
    digits = text.strip()
    if not digits.isascii() or not digits.isalnum():
        raise ValueError(f"{text!r} is no length")
    return int(digits, base)
