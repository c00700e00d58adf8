"""What stands on the wire after an answer that has no body, and what becomes of its connection."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from typing import TYPE_CHECKING

import pytest

from retailspec.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = b"HTTP/1.1 204 No Content\r\n"


class Scripted(socketserver.ThreadingTCPServer):
    """Answers each request with the same parts, one after the other."""

    daemon_threads = True
    parts: tuple[bytes, ...] = ()
    closes = False
    connections = 0


class Answering(socketserver.StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        self.server.connections += 1
        while self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            for part in self.server.parts:
                self.wfile.write(part)
            if self.server.closes:
                return


@contextlib.contextmanager
def answering(*parts: bytes, closes: bool = False) -> Iterator[tuple[Scripted, str]]:
    with Scripted(("127.0.0.1", 0), Answering) as server:
        server.parts, server.closes = parts, closes
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("closes", [False, True], ids=["kept open", "closed"])
@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b'\r\n{"a":1}',),
        (HEAD + b"\r\n", b'{"a":1}'),
        (HEAD + b"Content-Length: 7\r\n\r\n", b'{"a":1}'),
        (HEAD + b"Connection: close\r\n\r\n", b'{"a":1}'),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b'\r\n{"a":1}',),
    ],
    ids=["at once", "later", "with its length", "and closes", "after an interim answer"],
)
def test_body_after_no_content_is_seen(
    parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch, *, closes: bool
) -> None:
    """A 204 that bytes follow has them as its body, and the next call is not answered by them."""
    monkeypatch.setattr("retailspec.deadline._LATE", 0.1)
    with answering(*parts, closes=closes) as (_, url), contextlib.closing(Wire()) as wire:
        for _ in range(3):
            answer = wire.fetch("GET", url)
            assert (answer.status, answer.body) == (204, b'{"a":1}')


def test_chunked_body_after_no_content_is_seen() -> None:
    """A 204 in chunks has a body where one of them holds something."""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    for last, body in [(b"2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n"), (b"0\r\n\r\n", b"")]:
        with answering(chunked, last) as (_, url), contextlib.closing(Wire()) as wire:
            assert wire.fetch("GET", url).body == body
            assert wire.fetch("GET", url).body == body


def test_connection_is_kept_after_no_content() -> None:
    """A 204 that nothing follows leaves its connection in use."""
    with answering(HEAD + b"\r\n") as (server, url), contextlib.closing(Wire()) as wire:
        assert [wire.fetch("GET", url).body for _ in range(3)] == [b"", b"", b""]
        assert server.connections == 1
