"""Serving a Flask application on this machine, over a server that keeps connections."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from flask import Flask

_AT_ONCE = 10
_GLANCE = 0.02


class _Secured(BuiltinSSLAdapter):
    """Serves with TLS settings that were made elsewhere."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context

    def get_environ(  # type: ignore[override]  # its types leave out the socket that it is given
        self, sock: ssl.SSLSocket
    ) -> dict[str, str]:
        """Return what the application is told of the connection."""
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Quiet(Server):
    """Says nothing, and ends soon."""

    expiration_interval = _GLANCE
    shutdown_timeout = 1

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Say nothing."""


@contextlib.contextmanager
def listening(app: Flask, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve an application on a free port of this machine, and yield the port.

    Args:
        app: The application.
        context: TLS settings; None for plain HTTP.
    """
    server: Any = _Quiet(("127.0.0.1", 0), app, numthreads=_AT_ONCE, server_name="independent")
    if context is not None:
        server.ssl_adapter = _Secured(context)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server.bind_addr[1]
    finally:
        server.stop()
        thread.join()
