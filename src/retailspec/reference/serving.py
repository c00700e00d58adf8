"""Serves a reference server on real sockets, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import ssl
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import trustme
import uvicorn

from retailspec.errors import UsageError
from retailspec.reference.protocol import Protocol

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp

    from retailspec.reference.base import Reference

__all__ = ["Served"]

GRACE: Final = 0.3
"""How long open connections may take to end by themselves when serving ends, in seconds."""


class Served:
    """A running reference server: a context manager around its listeners.

    The listeners accept connections from the moment that the context is entered.

    Args:
        reference: The server to run. It must not be served twice at a time.
        host: The name or address to listen at.
        port: The port of `url`; 0 takes a free one.
        tls: Whether `url` is HTTPS, with a certificate made for the occasion.
        plain_port: The port of `plain_url`, beside TLS; 0 takes a free one, None opens none.
        app: What answers in place of the server's own application, or None.

    Attributes:
        url: Where the server is, without a slash at the end.
        plain_url: Where the same server is over plain HTTP; None without TLS or a `plain_port`.
        ca_pem: The certificate to trust, as PEM; empty without TLS.
        ca_file: A private file with `ca_pem`, removed at the end; None without TLS.

    Raises:
        UsageError: On entering: a port is taken or not allowed, or the host is not this machine.
    """

    url: str
    plain_url: str | None = None
    ca_pem: bytes = b""
    ca_file: Path | None = None

    def __init__(
        self,
        reference: Reference,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = True,
        plain_port: int | None = 0,
        app: ASGIApp | None = None,
    ) -> None:
        self._app = reference.app if app is None else app
        self._host = host
        self._port = port
        self._tls = tls
        self._plain_port = plain_port if tls else None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            listeners = [self._main_listener(stack)]
            if self._plain_port is not None:
                listeners.append(self._plain_listener(self._plain_port, stack))
            running = _Running(listeners)
            stack.callback(running.stop)
            running.start()
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def _main_listener(self, stack: contextlib.ExitStack) -> _Listener:
        sock = stack.enter_context(_listen(self._host, self._port))
        self.url = _url("https" if self._tls else "http", self._host, sock)
        return _Listener(self._server(self._context(stack) if self._tls else None), sock)

    def _plain_listener(self, port: int, stack: contextlib.ExitStack) -> _Listener:
        sock = stack.enter_context(_listen(self._host, port))
        self.plain_url = _url("http", self._host, sock)
        return _Listener(self._server(None), sock)

    def _context(self, stack: contextlib.ExitStack) -> ssl.SSLContext:
        """Return a TLS context with a fresh certificate, and lay down what clients must trust."""
        authority = trustme.CA()
        names = dict.fromkeys(["localhost", "127.0.0.1", "::1", self._host])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retailspec-")))
        self.ca_pem = authority.cert_pem.bytes()
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.ca_pem)
        return context

    def _server(self, context: ssl.SSLContext | None) -> _Server:
        config = uvicorn.Config(
            self._app,
            access_log=False,
            http=Protocol,
            lifespan="off",
            log_config=None,
            log_level="critical",
            proxy_headers=False,  # X-Forwarded-* must not pass for TLS or a local client
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,  # the client ends an idle connection, not us as it sends
            ws="none",
        )
        config.load()
        config.ssl = context
        return _Server(config)


class _Server(uvicorn.Server):
    """Ends as soon as it is told to, where uvicorn's own looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        """Keep the date of the answers' headers until the end."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.1)

    def end(self) -> None:
        """Begin to shut down."""
        self.should_exit = True
        self._told.set()


@dataclass(frozen=True)
class _Listener:
    """A server and the socket that it answers on."""

    server: _Server
    sock: socket.socket


class _Running:
    """One event loop in one thread, which runs all listeners."""

    def __init__(self, listeners: list[_Listener]) -> None:
        self._listeners = listeners
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="retailspec-serving", daemon=True)

    def start(self) -> None:
        """Return when the listeners answer."""
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise RuntimeError("the reference server did not start") from self._error

    def stop(self) -> None:
        """Return when every connection, the loop and the thread are gone."""
        if self._thread.ident is None:
            return
        self._ready.wait()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # a loop that failed is closed already
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # uvicorn ends a failed start with SystemExit
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        tasks = [
            asyncio.create_task(listener.server.serve(sockets=[listener.sock]))
            for listener in self._listeners
        ]
        while not all(listener.server.started for listener in self._listeners):
            await asyncio.wait(tasks, timeout=0.001)
            for task in tasks:
                if task.done():
                    task.result()
        self._ready.set()
        await self._stopping.wait()
        await self._end(tasks)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let calls finish, then cut what is still open: a TLS peer may never answer a goodbye."""
        for listener in self._listeners:
            listener.server.end()
        await asyncio.wait(tasks, timeout=GRACE)
        for listener in self._listeners:
            for connection in list(listener.server.server_state.connections):
                connection.transport.abort()
        await asyncio.gather(*tasks)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - there is none for Windows

    return uvloop.new_event_loop()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that no client can come too early.

    Raises:
        UsageError: The address is taken, not allowed, or not this machine's.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} is none; ports go from 0 (any free one) to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.ExitStack() as stack:
            sock = stack.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":  # elsewhere the option would let two servers share a port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(2048)
            stack.pop_all()
            return sock
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} at {host} is taken; name another, or 0") from error
        raise UsageError(f"cannot listen at {host} port {port}: {error}") from error


def _url(scheme: str, host: str, sock: socket.socket) -> str:
    """Return the URL that reaches a socket from this machine."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "::1"
        if address.version == 6:
            host = f"[{host}]"
    return f"{scheme}://{host}:{sock.getsockname()[1]}"
