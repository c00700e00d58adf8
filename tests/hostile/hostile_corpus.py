"""Hostile and broken targets: what each does, and what the user is told of it.

Each is checked by the real suite with two rules selected, `update.ok` and `no-server-error`.
"""

from __future__ import annotations

import gzip
import json
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hostile_server import answering, once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostile_server import Peer

HELD, BROKEN, NOT_JUDGED, STOPPED = "held", "broken", "not judged", "stopped"
GOOD = b"\"status: 'ok'\""
SLOW = "no answer within the target's timeout"


@dataclass(frozen=True)
class Behaviour:
    """One way for a target to behave.

    Args:
        name: What it does.
        serve: Does it.
        ends: How `update.ok` ends, or that the run is stopped before.
        says: A part of what the user is told.
        tls: How TLS is spoken: `""` for not at all, else by the name of a certificate.
        scheme: The scheme that the target file has, where it is not the server's.
        settings: Further settings of the target file.
    """

    name: str
    serve: Callable[[Peer], None]
    ends: str
    says: str = ""
    tls: str = ""
    scheme: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def ok(
    body: bytes = GOOD, *headers: bytes, status: bytes = b"200 OK", length: bytes | None = None
) -> bytes:
    """Return an answer with a JSON label, and the body's length unless another is given."""
    size = str(len(body)).encode() if length is None else length
    head = [b"HTTP/1.1 " + status, b"Content-Type: application/json", b"Content-Length: " + size]
    return b"\r\n".join([*head, *headers, b"", body])


def bare(*lines: bytes, body: bytes = b"") -> bytes:
    """Return an answer of these lines, whatever they are."""
    return b"\r\n".join([*lines, b"", body])


def _at_once(peer: Peer) -> None:
    time.sleep(0.1)  # else the caller may see the reset while it still connects
    peer.reset()


def _after_request(peer: Peer) -> None:
    peer.read()
    peer.reset()


def _mid_head(peer: Peer) -> None:
    peer.read()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    time.sleep(0.05)
    peer.reset()


def _mid_body(peer: Peer) -> None:
    peer.read()
    peer.send(ok(b'{"sta', length=b"100"))
    time.sleep(0.05)
    peer.reset()


def _silent(peer: Peer) -> None:
    peer.read()
    peer.hold()


def _dripping_head(peer: Peer) -> None:
    peer.read()
    peer.drip(b"HTTP/1.1 200 OK\r\nX-Slow: aaaa")


def _dripping_body(peer: Peer) -> None:
    peer.read()
    peer.send(ok(b"", length=b"1000000"))
    peer.drip(b'{"status":"o')


def _half(peer: Peer) -> None:
    peer.read()
    peer.send(ok(b'{"sta', length=b"100"))
    peer.hold()


def _endless_body(peer: Peer) -> None:
    peer.read()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    peer.pour(b'["' + b"1" * 65_000 + b'"],')


def _gigabyte(peer: Peer) -> None:
    peer.read()
    peer.send(ok(b"", length=b"1073741824"))
    for _ in range(16_384):
        peer.send(b"x" * 65_536)


def _endless_chunks(peer: Peer) -> None:
    peer.read()
    peer.send(bare(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"))
    peer.pour(b"1\r\n1\r\n" * 4_000)


def _endless_extension(peer: Peer) -> None:
    peer.read()
    peer.send(bare(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"))
    peer.send(b"5;a=")
    peer.pour(b"a" * 65_536)


def _endless_trailers(peer: Peer) -> None:
    peer.read()
    peer.send(bare(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", body=b"0\r\n"))
    peer.pour(b"X-Trailer: 1\r\n" * 1_000)


def _endless_headers(peer: Peer) -> None:
    peer.read()
    peer.send(b"HTTP/1.1 200 OK\r\n")
    peer.pour(b"X-More: and more\r\n" * 1_000)


def _endless_header(peer: Peer) -> None:
    peer.read()
    peer.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    peer.pour(b"a" * 65_536)


def _endless_reason(peer: Peer) -> None:
    peer.read()
    peer.send(b"HTTP/1.1 200 ")
    peer.pour(b"O" * 65_536)


def _continue_flood(peer: Peer) -> None:
    peer.read()
    peer.pour(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


def _slow_continue(peer: Peer) -> None:
    peer.read()
    while True:
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        time.sleep(0.05)


def _garbage(peer: Peer) -> None:
    peer.connection.recv(1_000)
    peer.send(bytes(range(256)) * 40)


def _nothing(peer: Peer) -> None:
    peer.connection.recv(1_000)


def _plain(peer: Peer) -> None:
    peer.connection.recv(1_000)
    peer.send(ok(status=b"400 Bad Request"))


def _tls_old(peer: Peer) -> None:
    peer.connection.recv(1_000)
    peer.send(b"\x15\x03\x01\x00\x02\x02\x46")  # the alert "protocol version"


def _stale(peer: Peer) -> None:
    """Give each call the answer to the call before it."""
    before = ok(b'{"status":"early"}', status=b"418 Teapot")
    while peer.read():
        peer.send(before)
        before = ok()


def _busy_then_gone(peer: Peer) -> None:
    if peer.number > 1:
        peer.reset()
        return
    while peer.read():
        peer.send(ok(b"", status=b"429 Too Many Requests"))


BUSY = b"429 Too Many Requests"
_DEEP = b"[" * 1_000_000 + b"]" * 1_000_000
_BOMB = gzip.compress(b"0" * 200_000_000, 1)
_DEFLATED = zlib.compress(b"0" * 50_000_000)
_CHUNKED = b"Transfer-Encoding: chunked"
_JSON = b"Content-Type: application/json"
_LINE = b"HTTP/1.1 200 OK"
_TWICE = b'{"status":"bad","status":"ok"}'
_ESCAPES = b'{"status":"\\u001b[2J\\u001b]0;owned\\u0007","detail":"\\u202Eevil"}'
_RAW_ESCAPES = b'\x1b[2J\x1b]0;owned\x07\x9b31m{"status"\r\n::error::spoofed'

BEHAVIOURS = [
    Behaviour("resets on accept", _at_once, BROKEN, ", twice"),
    Behaviour("resets after the request", _after_request, BROKEN, ", twice"),
    Behaviour("resets amid the head", _mid_head, BROKEN, "got:"),
    Behaviour("resets amid the body", _mid_body, BROKEN, "got:"),
    Behaviour("closes without a word", _nothing, BROKEN, "disconnected without sending a response"),
    Behaviour("never answers", _silent, STOPPED, "gave no answer, twice within 0.6 s"),
    Behaviour("drips its head, a byte at a time", _dripping_head, BROKEN, SLOW),
    Behaviour("drips its body, a byte at a time", _dripping_body, BROKEN, SLOW),
    Behaviour("stops amid the body", _half, BROKEN, SLOW),
    Behaviour("sends an endless body", _endless_body, BROKEN, "beyond the size limit"),
    Behaviour("sends a body of 1 GB", _gigabyte, BROKEN, "beyond the size limit"),
    Behaviour("sends endless chunks of a byte", _endless_chunks, BROKEN, "got:"),
    Behaviour("sends an endless chunk extension", _endless_extension, BROKEN, "got:"),
    Behaviour("sends endless trailers", _endless_trailers, BROKEN, "got:"),
    Behaviour("sends endless headers", _endless_headers, BROKEN, "got:"),
    Behaviour("sends one endless header", _endless_header, BROKEN, "got:"),
    Behaviour("sends an endless reason", _endless_reason, BROKEN, "got:"),
    Behaviour("floods with 100 Continue", _continue_flood, BROKEN, "got:"),
    Behaviour("gives hints for ever", _slow_continue, BROKEN, SLOW),
    Behaviour(
        "sends a head of 90 kB",
        answering(ok(GOOD, *[b"X-%d: " % n + b"a" * 900 for n in range(96)])),
        BROKEN,
        "a head of more than",
    ),
    Behaviour(
        "sends a gzip bomb", answering(ok(_BOMB, b"Content-Encoding: gzip")), BROKEN, "a JSON body"
    ),
    Behaviour(
        "sends a deflate bomb",
        answering(ok(_DEFLATED, b"Content-Encoding: deflate")),
        BROKEN,
        "a JSON body",
    ),
    Behaviour(
        "says br and sends none",
        answering(ok(GOOD, b"Content-Encoding: br")),
        HELD,
        " held",
    ),
    Behaviour(
        "says zstd and sends none",
        answering(ok(GOOD, b"Content-Encoding: zstd")),
        HELD,
        " held",
    ),
    Behaviour(
        "says gzip, and it is broken",
        answering(ok(_BOMB[:50] + b"\xff" * 50, b"Content-Encoding: gzip")),
        BROKEN,
        "a JSON body",
    ),
    Behaviour(
        "announces too long a body and closes",
        once(ok(length=b"999")),
        BROKEN,
        "peer closed connection",
    ),
    Behaviour("announces too short a body", answering(ok(length=b"5")), BROKEN, "a JSON body"),
    Behaviour("announces a negative length", answering(ok(length=b"-5")), BROKEN, "got:"),
    Behaviour("announces a length in words", answering(ok(length=b"fifteen")), BROKEN, "got:"),
    Behaviour("announces a length of 10^30", once(ok(length=b"9" * 30)), BROKEN, "got:"),
    Behaviour(
        "announces two lengths", answering(ok(GOOD, b"Content-Length: 3")), BROKEN, "conflicting"
    ),
    Behaviour(
        "announces a length and chunks",
        once(
            bare(
                _LINE,
                _JSON,
                b"Content-Length: 3",
                _CHUNKED,
                body=b"e\r\n" + GOOD + b"\r\n0\r\n\r\n",
            )
        ),
        HELD,
        " held",
    ),
    Behaviour(
        "sends bad chunk sizes", once(bare(_LINE, _CHUNKED, body=b"xyz\r\nabc")), BROKEN, "got:"
    ),
    Behaviour(
        "sends a huge chunk size",
        once(bare(_LINE, _CHUNKED, body=b"f" * 30 + b"\r\nabc")),
        BROKEN,
        "got:",
    ),
    Behaviour("ends amid a chunk", once(bare(_LINE, _CHUNKED, body=b"ff\r\nabc")), BROKEN, "got:"),
    Behaviour(
        "encodes in an unknown way",
        once(bare(_LINE, b"Transfer-Encoding: rot13", body=GOOD)),
        BROKEN,
        "got:",
    ),
    Behaviour("speaks HTTP/0.9", once(b"<html>hello</html>\r\n"), BROKEN, "got:"),
    Behaviour("sends binary garbage", _garbage, BROKEN, "got:"),
    Behaviour("speaks HTTP/2 unasked", once(b"\x00\x00\x12\x04\x00" + bytes(22)), BROKEN, "got:"),
    Behaviour("has no status", once(bare(b"HTTP/1.1 OK", body=GOOD)), BROKEN, "got:"),
    Behaviour("has status 99", once(bare(b"HTTP/1.1 99 Low", body=GOOD)), BROKEN, "got:"),
    Behaviour("has status 1000", once(bare(b"HTTP/1.1 1000 High", body=GOOD)), BROKEN, "got:"),
    Behaviour("has status 999", answering(ok(status=b"999 High")), BROKEN, "status 999"),
    Behaviour(
        "speaks HTTP/7.3", once(bare(b"HTTP/7.3 200 OK", body=GOOD)), HELD, "no Content-Type"
    ),
    Behaviour("has a header without a colon", once(bare(_LINE, b"Nonsense")), BROKEN, "got:"),
    Behaviour("has a header with a NUL", once(bare(_LINE, b"X: a\x00b")), BROKEN, "got:"),
    Behaviour(
        "sends invalid UTF-8", answering(ok(b'{"status":"\xc3\x28"}')), BROKEN, "a JSON body"
    ),
    Behaviour("sends lone surrogates", answering(ok(b'{"status":"\\ud800"}')), BROKEN, "got:"),
    Behaviour("sends NaN", answering(ok(b'{"status":NaN}')), BROKEN, "a JSON body"),
    Behaviour("sends Infinity", answering(ok(b'{"status":-Infinity}')), BROKEN, "a JSON body"),
    Behaviour("sends 1e999999", answering(ok(b'{"status":1e999999}')), BROKEN, "got:"),
    Behaviour("sends a key twice", answering(ok(_TWICE)), BROKEN, "got:"),
    Behaviour("nests a million deep", answering(ok(_DEEP)), BROKEN, "got:"),
    Behaviour(
        "nests 900 objects deep",
        answering(ok(b'{"status":' * 900 + b"1" + b"}" * 900)),
        BROKEN,
        "a JSON body",
    ),
    Behaviour(
        "sends a number of 100,000 digits",
        answering(ok(b'{"status":' + b"7" * 100_000 + b"}")),
        BROKEN,
        "got:",
    ),
    Behaviour(
        "sends 300,000 empty lists",
        answering(ok(b"[" + b"[]," * 300_000 + b"0]")),
        BROKEN,
        "got:",
    ),
    Behaviour(
        "redirects to itself",
        answering(ok(b"", b"Location: /", status=b"302 Found")),
        BROKEN,
        "status 302",
    ),
    Behaviour(
        "redirects to no URL",
        answering(ok(b"", b"Location: http://[::1/\xff", status=b"308 Gone")),
        BROKEN,
        "status 308",
    ),
    Behaviour(
        "sets 1,500 cookies",
        answering(ok(GOOD, *[b"Set-Cookie: c%d=%d; Path=/" % (n, n) for n in range(1_500)])),
        HELD,
        " held",
    ),
    Behaviour("puts escapes into JSON", answering(ok(_ESCAPES)), BROKEN, "\\u001b[2J"),
    Behaviour("puts raw escapes into the body", answering(ok(_RAW_ESCAPES)), BROKEN, "\\x1b[2J"),
    Behaviour(
        "puts escapes into its label",
        answering(
            bare(
                b"HTTP/1.1 200 OK",
                b"Content-Type: a\x1b[31m\xe2\x80\xae",
                b"Content-Length: 2",
                body=b"{}",
            )
        ),
        BROKEN,
        "got:",
    ),
    Behaviour(
        "puts escapes into the reason",
        answering(ok(GOOD, status=b"500 \x1b[31mred\xe2\x80\xae")),
        BROKEN,
        "got:",
    ),
    Behaviour("is busy for ever", answering(ok(b"", status=BUSY)), NOT_JUDGED, "stayed busy (429)"),
    Behaviour(
        "is busy until the year 9999",
        answering(ok(b"", b"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", status=b"503 Down")),
        NOT_JUDGED,
        "stayed busy (503)",
    ),
    Behaviour(
        "is busy for a billion seconds",
        answering(ok(b"", b"Retry-After: 1000000000", status=BUSY)),
        NOT_JUDGED,
        "stayed busy (429)",
    ),
    Behaviour(
        "is busy for minus five seconds",
        answering(ok(b"", b"Retry-After: -5", status=BUSY)),
        NOT_JUDGED,
        "stayed busy (429)",
    ),
    Behaviour(
        "is busy for nan seconds",
        answering(ok(b"", b"Retry-After: nan", status=BUSY)),
        NOT_JUDGED,
        "stayed busy (429)",
    ),
    Behaviour(
        "is busy until yesterday, by a clock of 1999",
        answering(
            ok(
                b"",
                b"Date: Fri, 31 Dec 1999 23:59:59 GMT",
                b"Retry-After: Thu, 30 Dec 1999 00:00:00 GMT",
                status=BUSY,
            )
        ),
        NOT_JUDGED,
        "stayed busy (429)",
    ),
    Behaviour("is busy, then gone", _busy_then_gone, NOT_JUDGED, "stayed busy (429)"),
    Behaviour("is down for ever", answering(ok(b"", status=b"503 Down")), BROKEN, "status 503"),
    Behaviour("answers the call before", _stale, HELD, " held"),
    Behaviour(
        "answers twice to each call", answering(ok() + ok(b"{}", status=b"500 No")), BROKEN, "500"
    ),
    Behaviour(
        "upgrades to something else",
        answering(
            bare(b"HTTP/1.1 101 Switching", b"Upgrade: h2c", b"Connection: Upgrade", body=GOOD)
        ),
        BROKEN,
        "got:",
    ),
    Behaviour(
        "answers with a 204 that has a body",
        answering(ok(GOOD, status=b"204 No Content")),
        BROKEN,
        "status 204",
    ),
    # TLS
    Behaviour(
        "has a certificate of its own making",
        answering(ok()),
        STOPPED,
        "is not trusted; name",
        tls="unknown",
    ),
    Behaviour(
        "has another host's certificate",
        answering(ok()),
        STOPPED,
        "is for another host",
        tls="other",
    ),
    Behaviour("has an expired certificate", answering(ok()), STOPPED, "has expired", tls="expired"),
    Behaviour(
        "speaks plain HTTP where TLS is due",
        _plain,
        STOPPED,
        "does not speak TLS",
        scheme="https",
    ),
    Behaviour(
        "speaks TLS where plain HTTP is due",
        answering(ok()),
        BROKEN,
        "got:",
        tls="good",
        scheme="http",
    ),
    Behaviour("speaks only TLS 1.0", _tls_old, STOPPED, "the TLS handshake with", scheme="https"),
    Behaviour("sends garbage in the handshake", _garbage, STOPPED, "TLS", scheme="https"),
    Behaviour(
        "closes in the handshake", _nothing, STOPPED, "the TLS handshake with", scheme="https"
    ),
    Behaviour("resets in the handshake", _at_once, STOPPED, "127.0.0.1", scheme="https"),
    Behaviour(
        "hangs in the handshake",
        lambda peer: peer.hold(),
        STOPPED,
        "no answer within",
        scheme="https",
    ),
    Behaviour("is well over TLS", answering(ok()), HELD, " held", tls="good"),
]


def supplies(url: str) -> dict[str, tuple[dict[str, Any], str]]:
    """Return settings of order supplies that do not serve, each with what the user is told.

    Args:
        url: A server whose paths behave as they are called.
    """

    def call(path: str) -> dict[str, Any]:
        return {"http": {"url": f"{url}/{path}", "pointer": "/n"}, "timeout": 1.0}

    return {
        "fails": ({"command": "echo no orders >&2; exit 3"}, "ended with status 3: no orders"),
        "is not there": ({"command": ["./no-such-command"]}, "cannot be run: No such file"),
        "hangs": ({"command": "sleep 60 & sleep 60", "timeout": 0.5}, "took longer than 0.5 s"),
        "closes its output and hangs": (
            {"command": "exec >&- 2>&-; sleep 60", "timeout": 0.5},
            "took longer than 0.5 s",
        ),
        "prints nothing": ({"command": "true"}, "gave nothing"),
        "prints without end": ({"command": "yes order"}, "printed more than 64 kB"),
        "prints 1 GB": ({"command": "head -c 1073741824 /dev/zero"}, "printed more than 64 kB"),
        "complains in 1 GB": (
            {"command": "head -c 50000000 /dev/zero >&2; exit 1"},
            "ended with status 1",
        ),
        "complains in escapes": (
            {"command": r"printf '\033[2J\033]0;owned\007' >&2; exit 1"},
            "\\x1b[2J",
        ),
        "prints escapes": ({"command": r"printf '\033[2J'"}, "gave what cannot be an entry"),
        "is killed": ({"command": "kill -9 $$"}, "ended with status -9"),
        "is asked where nothing listens": (
            {"http": {"url": "http://127.0.0.1:1/new", "pointer": "/n"}},
            "gave no answer",
        ),
        "hangs over HTTP": (call("hangs"), "gave no answer: "),
        "redirects": (call("redirects"), "answered 302"),
        "gives a bomb": (call("bomb"), "answered no JSON"),
        "gives huge JSON": (call("huge"), "answered no JSON"),
        "gives deep JSON": (call("deep"), "answered no JSON"),
        "gives an object": (call("object"), "has no text at /n"),
    }


def supply_answers(peer: Peer) -> None:
    """Answer calls for fresh orders, each path badly in its own way."""
    while request := peer.read():
        path = request.split(b" ")[1].strip(b"/").decode()
        match path:
            case "hangs":
                peer.hold()
            case "redirects":
                peer.send(ok(b"", b"Location: /object", status=b"302 Found"))
            case "bomb":
                peer.send(ok(_BOMB, b"Content-Encoding: gzip"))
            case "huge":
                peer.send(ok(json.dumps({"n": "A", "x": "y" * 5_000_000}).encode()))
            case "deep":
                peer.send(ok(_DEEP))
            case _:
                peer.send(ok(b'{"n":{"n":"A"}}'))
