"""A scripted upstream, the proxy in a thread, and raw clients: what the proxy's tests need."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from retailspec.clients.proxy_guard import Guard, Upstream
from retailspec.clients.proxy_relay import Limits, Relay
from retailspec.clients.proxy_turn import Budget

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from retailspec.clients.proxy_seen import Seen

WAIT = 60.0
Step = int | bytes | str | threading.Event
"""To read so many bytes, to send these, to wait, or to "close" or "reset" or read the "rest"."""


class Scripted:
    """An upstream that follows a script per connection, and keeps what it read."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.scripts: queue.Queue[list[Step]] = queue.Queue()
        self.read: queue.Queue[bytes] = queue.Queue()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(WAIT)

    def _start(self, call: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=call, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._start(self._follow, connection)

    def _follow(self, connection: socket.socket) -> None:
        got = b""
        with contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            connection.settimeout(WAIT)
            if self._tls is not None:
                connection = stack.enter_context(
                    self._tls.wrap_socket(connection, server_side=True)
                )
            for step in self.scripts.get(timeout=WAIT):
                with contextlib.suppress(OSError):
                    if isinstance(step, int):
                        got += exactly(connection, step)
                    elif isinstance(step, bytes):
                        connection.sendall(step)
                    elif isinstance(step, threading.Event):
                        step.wait(WAIT)
                    elif step == "reset":
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    elif step == "rest":
                        got += until_closed(connection)
        self.read.put(got)


class Watcher:
    """Takes what the proxy sees."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.missed: list[str] = []
        self.told: list[str] = []

    def see(self, seen: Seen) -> None:
        self.seen.append(seen)

    def miss(self, reason: str, times: int = 1) -> None:
        self.missed += [reason] * times

    def tell(self, line: str) -> None:
        self.told.append(line)

    def wait(self, count: int) -> list[Seen]:
        """Return what was seen when it is so many exchanges."""
        deadline = time.monotonic() + WAIT
        while len(self.seen) < count:
            assert time.monotonic() < deadline, self.seen
            time.sleep(0.002)
        return self.seen


class Proxied:
    """The proxy, in a thread of its own."""

    def __init__(
        self,
        url: str,
        *,
        keep_host: bool = False,
        trust: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        names: Iterable[str] = (),
        loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.watcher = Watcher()
        self.errors: list[dict[str, Any]] = []
        self.relay = Relay(
            Upstream(url, keep_host), Guard(frozenset(names)), trust, self.watcher, limits
        )
        self.port = 0
        self._factory = loop
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(WAIT)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT)
        assert self.errors == []  # nothing was raised into the event loop
        assert not self.relay.clients
        assert self.relay.budget.left == Budget().left  # every body was given away

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _, context: self.errors.append(context))
        server = await self._loop.create_server(self.relay.protocol, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await self.relay.finish(0.05)


def exactly(connection: socket.socket, count: int) -> bytes:
    """Return so many bytes, or fewer where the peer ends before."""
    got = bytearray()
    while len(got) < count:
        data = connection.recv(min(count - len(got), 1 << 18))
        if not data:
            break
        got += data
    return bytes(got)


def until_closed(connection: socket.socket) -> bytes:
    """Return everything until the peer closes."""
    return exactly(connection, 1 << 40)


def open_to(port: int) -> socket.socket:
    """Return a connection to a port of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT)


def talk(port: int, steps: Iterable[bytes | int]) -> bytes:
    """Send and read by turns, then read to the end; return all that was read."""
    got = b""
    with open_to(port) as connection:
        for step in steps:
            if isinstance(step, int):
                got += exactly(connection, step)
            else:
                connection.sendall(step)
        connection.shutdown(socket.SHUT_WR)
        got += until_closed(connection)
    return got
