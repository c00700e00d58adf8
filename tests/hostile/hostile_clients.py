"""Hostile clients: what each sends, and what a server of ours answers it, while it serves others.

As a program it plays all of them against the server that the environment names, as `watch` does,
and writes how that ended into the file that is its argument.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Sends = Callable[[bytes], Iterable[bytes | float]]

__all__ = ["CLIENTS", "FOREIGN", "UNREAD", "Ended", "HostileClient", "Server", "play_all"]

PATH: Final = "/api/backend/inventories/update"
LONGEST: Final = 20.0
"""How long an answer may take, in seconds, where one is due."""

CLOSED, WAITS = "closed", "waits"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_ROW = {"variant_code": "BURGER01", "price": 100, "out_of_stock": False, "is_active": True}
GOOD: Final = json.dumps({"store_code": "Store1", "inventories": [_ROW]}).encode()
EVIL: Final = b"\x1b[2J\x1b]0;owned\x07\x9b31m"
"""What would clear a terminal, name its window and colour it."""


@dataclass(frozen=True)
class Server:
    """Where a server of ours is.

    Args:
        kind: How it is reached: plain, tls or proxy.
        port: Its port.
        token: The credential that it takes.
        ca_file: The certificate to trust, for TLS.
    """

    kind: str
    port: int
    token: str
    ca_file: str = ""

    def open(self, *, raw: bool = False) -> socket.socket:
        """Return a connection, without its TLS where it is to be raw."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST)
        if raw or not self.ca_file:
            return connection
        return self.trust().wrap_socket(connection, server_hostname="127.0.0.1")

    def trust(self) -> ssl.SSLContext:
        """Return what verifies its certificate."""
        return ssl.create_default_context(cafile=self.ca_file)

    def call(self) -> int:
        """Make an honest call, and return the status of its answer."""
        options: dict[str, Any] = {"timeout": LONGEST}
        connection: http.client.HTTPConnection
        if self.ca_file:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, context=self.trust(), **options
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, **options)
        label = {"Content-Type": "application/json", "Authorization": f"token {self.token}"}
        try:
            connection.request("POST", PATH, GOOD, label)
            return connection.getresponse().status
        finally:
            connection.close()


@dataclass(frozen=True)
class HostileClient:
    """One way for a client to behave.

    Args:
        name: What it does.
        sends: Given the credential, what it sends; numbers are pauses in seconds.
        answers: The statuses of the answers, or how it ends without any, by the kind of server.
        told: What tells of it where clients are judged: `FOREIGN`, `UNREAD`, or the rule it breaks.
        proxied: Why the proxy refuses it; "" where it is passed on.
        end: What it does in the end: it reads, or it ends the connection by a reset.
        raw: Whether it speaks no TLS to a server that does.
        connections: How many connections it makes, all open at once.
    """

    name: str
    sends: Sends
    answers: Mapping[str, str]
    told: str = ""
    proxied: str = ""
    end: str = "read"
    raw: bool = False
    connections: int = 1

    def due(self, server: Server) -> str:
        """Return how it ends with a server."""
        return self.answers.get(server.kind, self.answers["plain"])


@dataclass(frozen=True)
class Ended:
    """How a hostile client ended.

    Args:
        answers: The statuses that it got, or how it ended without any.
        others: The status of an honest call that was made meanwhile.
    """

    answers: str
    others: int


def play(client: HostileClient, server: Server) -> Ended:
    """Let a client do its worst, call the server honestly meanwhile, and return how both ended."""
    begun = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        played = threads.submit(_answers, client, server, begun)
        begun.wait(LONGEST)
        others = server.call()
        return Ended(played.result(), others)


def _answers(client: HostileClient, server: Server, begun: threading.Event) -> str:
    due = client.due(server)
    with contextlib.ExitStack() as stack:
        for _ in range(client.connections - 1):
            stack.enter_context(server.open(raw=client.raw))
        connection = stack.enter_context(server.open(raw=client.raw))
        try:
            for piece in client.sends(server.token.encode()):
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    connection.sendall(piece)
                begun.set()
        except OSError:  # it has heard enough
            pass
        finally:
            begun.set()
        if client.end == "reset":
            no_linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
            return CLOSED
        return _read(connection, due)


def _read(connection: socket.socket, due: str) -> str:
    """Return the statuses of the answers, as many as are due."""
    got = b""
    connection.settimeout(0.3 if due == WAITS else LONGEST)
    while True:
        found = _STATUS.findall(got)
        if found and len(found) >= len(due.split()):
            return b" ".join(found[: len(due.split())]).decode()
        try:
            part = connection.recv(1 << 16)
        except TimeoutError:
            return b" ".join(found).decode() or WAITS
        except OSError:
            part = b""
        if not part:
            return b" ".join(found).decode() or CLOSED
        got = got[-20:] + part if len(got) > 1 << 20 else got + part


# What they send


def _head(*lines: bytes, path: bytes = PATH.encode(), method: bytes = b"POST") -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"Host: 127.0.0.1", *lines, b"", b""])


def _call(
    token: bytes,
    *lines: bytes,
    body: bytes = GOOD,
    length: bytes | None = None,
    path: bytes = PATH.encode(),
    method: bytes = b"POST",
) -> bytes:
    """Return a request that is right but for what is given."""
    own = [b"Content-Type: application/json", b"Authorization: token " + token]
    if length != b"":
        own.append(b"Content-Length: " + (length or str(len(body)).encode()))
    return _head(*own, *lines, path=path, method=method) + body


def _once(data: bytes) -> Sends:
    return lambda _: [data]


def _with(*lines: bytes, **changes: Any) -> Sends:
    return lambda token: [_call(token, *lines, **changes)]


def _slow_head(token: bytes) -> Iterator[bytes | float]:
    for byte in _call(token)[:6]:
        yield bytes([byte])
        yield 0.1


def _slow_body(token: bytes) -> Iterator[bytes | float]:
    yield _call(token, body=b"", length=b"600")
    for _ in range(6):
        yield b"{"
        yield 0.1


def _endless_head(token: bytes) -> Iterator[bytes | float]:
    yield _call(token)[:60] + b"\r\n"
    for number in range(400_000):
        yield b"X-%d: %s\r\n" % (number, b"x" * 200)


def _endless_chunks(token: bytes) -> Iterator[bytes | float]:
    yield _call(token, b"Transfer-Encoding: chunked", body=b"", length=b"")
    for _ in range(120):  # 60 MB
        yield b"80000\r\n" + b"x" * 0x80000 + b"\r\n"


def _tiny_chunks(token: bytes) -> Iterator[bytes | float]:
    yield _call(token, b"Transfer-Encoding: chunked", body=b"", length=b"")
    for _ in range(40):
        yield b"1\r\nx\r\n" * 5000
    yield b"0\r\n\r\n"


def _large_body(token: bytes) -> Iterator[bytes | float]:
    yield _call(token, body=b"", length=str(1 << 26).encode())
    for _ in range(64):
        yield b"x" * (1 << 20)


def _hello() -> bytes:
    """Return the first bytes that a client of TLS sends."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="a.example")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


_NESTED = b"[" * 500_000 + b"]" * 500_000
FOREIGN = "a web page of another site"
UNREAD = "400 to what was no HTTP"
_SCHEMA, _PATH, _METHOD = "client.schema", "client.path", "client.method"
_LONG = "its head is longer than 65536 bytes"
_NO_HTTP = "this is no HTTP/1.1 request, or its head is malformed"
_CHUNK = "a chunk does not begin with its size"
_TWO_WAYS = "the length of its body is given in two ways"
_NO_LENGTH = "its Content-Length is not one number"
_ORIGIN = "its Origin is another site"
_HOST = "its Host is none of this proxy's names"
_FORWARD = "call this proxy like the server itself, by path alone"

_refused = {"plain": "400"}
_long = {"plain": "400", "proxy": "431"}


def _foreign(name: str, sends: Sends, proxied: str = _ORIGIN) -> HostileClient:
    return HostileClient(name, sends, {"plain": "403"}, FOREIGN, proxied)


def _unread(name: str, sends: Sends, proxied: str = _NO_HTTP, **more: Any) -> HostileClient:
    return HostileClient(name, sends, more.pop("answers", _refused), UNREAD, proxied, **more)


def _odd(name: str, sends: Sends, answer: str, told: str = "", **more: Any) -> HostileClient:
    proxy = more.pop("proxy", answer)
    return HostileClient(name, sends, {"plain": answer, "proxy": proxy}, told, **more)


def _hostname(token: bytes, name: bytes) -> bytes:
    return _call(token).replace(b"Host: 127.0.0.1", b"Host: " + name)


_origin = b"Origin: https://evil.example"
_chunked = b"Transfer-Encoding: chunked"
_upgrade = (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13")
_path = PATH.encode()

CLIENTS = (
    # slow, endless, huge
    _odd("a head, a byte at a time", _slow_head, WAITS),
    _odd("a body, a byte at a time", _slow_body, WAITS),
    _unread("a head without an end", _endless_head, _LONG, answers=_long),
    _unread("a header line of 1 MB", _with(b"X-Long: " + b"x" * 1_000_000), _LONG, answers=_long),
    _unread(
        "60,000 headers", _with(*(b"X-%d: y" % n for n in range(60_000))), _LONG, answers=_long
    ),
    _unread("a path of 1 MB", _with(path=b"/" + b"a" * 1_000_000), _LONG, answers=_long),
    _odd("chunks without an end", _endless_chunks, WAITS),
    _odd("200,000 chunks of a byte", _tiny_chunks, "400", _SCHEMA),
    _odd("a body of 64 MB", _large_body, "413"),
    _odd("1 GB announced, 10 bytes sent", _with(body=b"0123456789", length=b"1000000000"), WAITS),
    _odd("500 connections left idle", _once(b""), WAITS, connections=500),
    _odd("a request that a reset cuts", _with(length=b"500"), CLOSED, end="reset"),
    _odd("200 requests at once", lambda token: [_call(token) * 200], " ".join(["200"] * 200)),
    _odd(
        "requests piled up, none read",
        lambda token: [_call(token, body=b"{}") * 2000, 0.3],
        CLOSED,
        _SCHEMA,
        end="reset",
    ),
    # how the body is framed
    _odd("a body shorter than announced", _with(length=b"999"), WAITS),
    _unread(
        "a body longer than announced",
        _with(body=GOOD + b"tail\r\n\r\n", length=b"%d" % len(GOOD)),
        answers={"plain": "200 400"},
    ),
    _unread("both lengths", _with(_chunked, body=b"0\r\n\r\n"), _TWO_WAYS),
    _unread("two lengths", _with(b"Content-Length: 3"), "a request has one Content-Length at most"),
    _unread("a negative length", _with(length=b"-1"), _NO_LENGTH),
    _unread("a length that is no whole number", _with(length=b"1e3"), _NO_LENGTH),
    _unread("a length of 400 digits", _with(length=b"9" * 400), _NO_LENGTH),
    _unread("a chunk size that is no number", _with(_chunked, body=b"zz\r\n", length=b""), _CHUNK),
    _unread(
        "a chunk size of 40 digits", _with(_chunked, body=b"f" * 40 + b"\r\n", length=b""), _CHUNK
    ),
    _unread(
        "a transfer coding that nobody knows",
        _with(b"Transfer-Encoding: cow", length=b""),
        "no Transfer-Encoding but chunked is known",
        answers={"plain": "400", "proxy": "501"},
    ),
    _odd("a folded header", _with(b"X-Fold: a\r\n b"), "200", proxy="400", proxied=_NO_HTTP),
    _unread("a header without a colon", _with(b"nonsense")),
    _unread("a header with a blank before its colon", _with(b"Content-Length : 5", length=b"")),
    _unread("a NUL in a header", _with(b"X-Nul: a\0b")),
    # what is no HTTP of ours
    _unread("garbage", _once(bytes(range(256)) + b"\r\n\r\n")),
    _odd(
        "an HTTP/0.9 request", _once(b"GET /\r\n\r\n"), "404", _PATH, proxy="400", proxied=_NO_HTTP
    ),
    _odd(
        "the preface of HTTP/2",
        _once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        "404",
        _PATH,
        proxy="400",
        proxied=_NO_HTTP,
    ),
    _odd(
        "HTTP/9.9",
        _once(_head().replace(b"HTTP/1.1", b"HTTP/9.9")),
        "401",
        _SCHEMA,
        proxy="400",
        proxied=_NO_HTTP,
    ),
    _unread("a TLS hello to a plain port, or within TLS", _once(_hello())),
    HostileClient(
        "plain HTTP to a port with TLS", _with(), {"plain": "200", "tls": CLOSED}, raw=True
    ),
    HostileClient(
        "half a TLS hello",
        _once(_hello()[:50]),
        {"plain": "400", "tls": WAITS},
        UNREAD,
        _NO_HTTP,
        raw=True,
    ),
    _odd("a websocket", _with(*_upgrade, b"Sec-WebSocket-Key: x"), "200"),
    _odd(
        "CONNECT",
        _once(_head(method=b"CONNECT", path=b"elsewhere.example:443")),
        "404",
        _PATH,
        proxy="400",
        proxied=_FORWARD,
    ),
    _odd(
        "an absolute target at another host",
        _with(path=b"http://elsewhere.example" + _path),
        "200",
        proxy="400",
        proxied=_FORWARD,
    ),
    _odd("a method of 10,000 letters", _with(method=b"A" * 10_000), "405", _METHOD),
    # paths
    _odd("dots in a path", _with(path=b"/../../etc/passwd"), "404", _PATH),
    _odd("encoded dots in a path", _with(path=b"/%2e%2e/%2e%2e/etc/passwd"), "404", _PATH),
    _odd("%00 in a path", _with(path=_path + b"%00"), "404", _PATH),
    _odd("an encoded line end in a path", _with(path=_path + b"%0d%0aX-Evil:1"), "404", _PATH),
    _unread("an escape sequence in a path", _with(path=_path + EVIL)),
    _odd("an encoded escape sequence in a path", _with(path=_path + b"?%1b[2J"), "200"),
    _odd("a broken percent sign in a path", _with(path=b"/%zz%"), "404", _PATH),
    # what terminals act on
    _odd(
        "an escape sequence in a header",
        _with(b"X-Evil: " + EVIL),
        "200",
        proxy="400",
        proxied=_NO_HTTP,
    ),
    _odd("C1 controls in a header", _with(b"User-Agent: \x9b31m\x85"), "200"),
    _unread("an escape sequence in a method", _with(method=b"PO\x1b[2J")),
    _odd(
        "an escape sequence in a body",
        _with(body=b'{"store_code": "' + EVIL + b'"}'),
        "400",
        _SCHEMA,
    ),
    _odd(
        "an escaped escape sequence in a body",
        _with(body=b'{"store_code": "\\u001b[2J\\u202e", "inventories": 5}'),
        "401",
        _SCHEMA,
    ),
    _odd(
        "an escape sequence for a name in a body", _with(body=b'{"\\u001b[2J": 1}'), "401", _SCHEMA
    ),
    # bodies
    _odd("NUL bytes for a body", _with(body=b"\0" * 1000), "400", _SCHEMA),
    _odd("invalid UTF-8", _with(body=b'{"store_code": "\xff\xfe"}'), "400", _SCHEMA),
    _odd("half a surrogate pair", _with(body=b'{"store_code": "\\ud800"}'), "401", _SCHEMA),
    _odd("500,000 lists in each other", _with(body=_NESTED), "400", _SCHEMA),
    _odd(
        "a number of 100,000 digits", _with(body=b'{"a": ' + b"9" * 100_000 + b"}"), "400", _SCHEMA
    ),
    _odd("NaN and Infinity", _with(body=b'{"a": NaN, "b": [Infinity, 1e999]}'), "400", _SCHEMA),
    _odd(
        "the same name twice", _with(body=b'{"store_code": "A", "store_code": 5}'), "401", _SCHEMA
    ),
    _odd(
        "a gzip bomb",
        _with(b"Content-Encoding: gzip", body=gzip.compress(b"[" * 50_000_000)),
        "400",
    ),
    _odd("a body in UTF-16", _with(body=GOOD.decode().encode("utf-16")), "400", _SCHEMA),
    _odd("a credential of 40,000 bytes", _with(b"Authorization: token " + b"x" * 40_000), "401"),
    # web pages
    _foreign("a page's call", _with(_origin)),
    _foreign(
        "a page's simple post",
        _once(_head(_origin, b"Content-Type: text/plain", b"Content-Length: 2") + b"{}"),
    ),
    _foreign(
        "a page's preflight",
        _once(_head(_origin, b"Access-Control-Request-Method: POST", method=b"OPTIONS")),
    ),
    _foreign("an Origin that is null", _with(b"Origin: null")),
    _foreign("an Origin with an escape sequence", _with(_origin + b"\x9b2J")),
    _foreign(
        "a name that was bound again", lambda token: [_hostname(token, b"evil.example")], _HOST
    ),
    _foreign(
        "a name that looks like ours",
        lambda token: [_hostname(token, b"127.0.0.1.evil.example")],
        _HOST,
    ),
)
"""The corpus: what each client does, and what it gets."""


def play_all(server: Server) -> dict[str, Ended]:
    """Play every client, some at a time, and return how each ended."""
    with ThreadPoolExecutor(6) as threads:
        ended = threads.map(lambda client: play(client, server), CLIENTS)
        return dict(zip((client.name for client in CLIENTS), ended, strict=True))


def main() -> None:
    """Play every client against the server of the environment, one after the other."""
    parts = urlsplit(os.environ["RETAILSPEC_BASE_URL"])
    server = Server(
        "tls" if parts.scheme == "https" else "plain",
        parts.port or 0,
        os.environ["OMNI_INVENTORY_TOKEN"],
        os.environ.get("RETAILSPEC_CA_FILE", ""),
    )
    ended = {name: vars(one) for name, one in play_all(server).items()}
    Path(sys.argv[1]).write_text(json.dumps(ended))


if __name__ == "__main__":
    main()
