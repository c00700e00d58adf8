"""Servers on raw sockets that behave as no framework would let them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Serve = Callable[["Peer"], None]


class Peer:
    """One connection of a caller.

    Args:
        connection: The connection.
        number: Its number among the server's, from 1.
        over: Set when the server is to end.
    """

    def __init__(self, connection: socket.socket, number: int, over: threading.Event) -> None:
        self.connection = connection
        self.number = number
        self._over = over

    def read(self) -> bytes:
        """Return one request with its body, or nothing where the caller went away."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.connection.recv(65_536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self.connection.recv(65_536)
        return head + b"\r\n\r\n" + body

    def send(self, data: bytes) -> None:
        """Send some bytes."""
        self.connection.sendall(data)

    def pour(self, data: bytes) -> None:
        """Send the same bytes again and again, until the caller has enough of them."""
        while not self._over.is_set():
            self.connection.sendall(data)

    def drip(self, data: bytes, pause: float = 0.05) -> None:
        """Send bytes one at a time, slowly, and then the last one for ever."""
        for at in range(len(data)):
            self.connection.sendall(data[at : at + 1])
            if self._over.wait(pause):
                return
        while not self._over.wait(pause):
            self.connection.sendall(data[-1:])

    def hold(self) -> None:
        """Keep the connection open, and say nothing."""
        self._over.wait(30)

    def reset(self) -> None:
        """End the connection with a reset in place of an orderly end."""
        no_linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        self.connection.close()


class HostileServer:
    """Gives each connection to a function, in a thread of its own; a context manager.

    Args:
        serve: Gets the connection.
        tls: The server's side of TLS, or None.

    Attributes:
        url: Where it is.
        heads: What was read by `answering`, in order.
    """

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.url = ""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                number = len(self._open)
                thread = threading.Thread(target=self._one, args=(connection, number), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _one(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            if self._tls is None:
                self._serve(Peer(connection, number, self._over))
                return
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self._serve(Peer(secure, number, self._over))


def answering(*answers: bytes) -> Serve:
    """Return what gives one answer after the other on every connection, the last for ever."""

    def serve(peer: Peer) -> None:
        left = list(answers)
        while peer.read():
            peer.send(left.pop(0) if len(left) > 1 else left[0])

    return serve


def once(answer: bytes) -> Serve:
    """Return what gives one answer and ends the connection."""

    def serve(peer: Peer) -> None:
        peer.read()
        peer.send(answer)

    return serve
