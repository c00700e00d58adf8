"""The proxy's traffic: bytes pass unchanged, whatever happens to whom."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import random
import socket
import ssl
import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trustme
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proxy_peers import WAIT, Proxied, Scripted, exactly, open_to, talk, until_closed

from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.clients.proxy_relay import Limits
from retailspec.clients.proxy_seen import exchange_of
from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(params=list(LOOPS))
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Scripted, Proxied]]:
    """A scripted upstream and the proxy before it."""
    with Scripted() as upstream, Proxied(upstream.url, loop=LOOPS[request.param]) as proxy:
        yield upstream, proxy


def sized(path: bytes, body: bytes, *fields: bytes, method: bytes = b"POST") -> bytes:
    lines = b"".join(field + b"\r\n" for field in fields)
    return b"%b %b HTTP/1.1\r\nHoSt:  127.0.0.1\r\n%bContent-Length: %d\r\n\r\n%b" % (
        method,
        path,
        lines,
        len(body),
        body,
    )


def forwarded(upstream: Scripted, sent: bytes) -> bytes:
    """Return what the upstream has to get: the same with another Host."""
    return sent.replace(b"HoSt:  127.0.0.1", b"HoSt:  127.0.0.1:%d" % upstream.port)


def both(
    pair: tuple[Scripted, Proxied], sent: bytes, answer: list[bytes | str], steps: Any = None
) -> tuple[bytes, bytes]:
    """Talk to the upstream without and with the proxy; both ends must get the same bytes."""
    upstream, proxy = pair
    heard, read = [], []
    for port, arrives in ((upstream.port, sent), (proxy.port, forwarded(upstream, sent))):
        upstream.scripts.put([len(arrives), *answer])
        heard.append(talk(port, [sent] if steps is None else steps))
        read.append(upstream.read.get(timeout=WAIT))
        assert read[-1] == arrives
    assert heard[0] == heard[1]
    assert heard[0] == b"".join(piece for piece in answer if isinstance(piece, bytes))
    return heard[1], read[1]


@st.composite
def bodies(draw: Any) -> bytes:
    kind = draw(st.sampled_from(["empty", "small", "binary", "large", "json"]))
    if kind == "small":
        return bytes(draw(st.binary(max_size=300)))
    if kind == "json":
        return json.dumps(draw(st.dictionaries(st.text(max_size=5), st.integers()))).encode()
    if kind == "empty":
        return b""
    sizes = [65_535, 65_536, 300_001] if kind == "binary" else [10_000_000]
    size: int = draw(st.sampled_from(sizes))
    seed: int = draw(st.integers(0, 255))
    return bytes((seed + number * 7) % 256 for number in range(251)) * (size // 251 + 1)


@st.composite
def coded(draw: Any, *, answer: bool) -> tuple[bytes, bytes]:
    """Return the fields of a body and its bytes on the wire."""
    body = draw(bodies())
    fields = b"X-Odd:  kept \t\r\n"
    coding = draw(st.sampled_from(["identity", "gzip", "deflate"]))
    if coding != "identity" and len(body) < 1_000_000:
        body = gzip.compress(body, mtime=0) if coding == "gzip" else zlib.compress(body)
        fields += b"content-encoding: " + coding.encode() + b"\r\n"
    framing = draw(
        st.sampled_from(["length", "chunked", "close"] if answer else ["length", "chunked"])
    )
    if framing == "length":
        return fields + b"Content-Length: %d\r\n" % len(body), body
    if framing == "close":
        return fields, body
    size = draw(st.sampled_from([7, 1000, 1 << 20])) if len(body) < 10_000 else 1 << 19
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    wire = b"".join(b"%X;x=y\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    trailers = draw(st.sampled_from([b"", b"X-Sum: 1\r\nx-more: 2\r\n"]))
    return fields + b"Transfer-Encoding: chunked\r\n", wire + b"0\r\n" + trailers + b"\r\n"


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_bytes_pass_unchanged(pair: tuple[Scripted, Proxied], data: st.DataObject) -> None:
    """Answers and requests are byte-equal with and without the proxy, but for the Host's value."""
    method = data.draw(st.sampled_from([b"POST", b"GET", b"HEAD", b"PUT"]))
    fields, body = data.draw(coded(answer=False))
    sent = b"%b /a//b?c=%%20 HTTP/1.1\r\nHoSt:  127.0.0.1\r\n%b\r\n%b" % (method, fields, body)
    status = data.draw(st.sampled_from([b"200 OK", b"204 ", b"304 Not Modified", b"500 N\xf6"]))
    fields, body = data.draw(coded(answer=True))
    if method == b"HEAD" or status[:3] in {b"204", b"304"}:
        body = b""
    head = b"HTTP/1.1 %b\r\n%b\r\n" % (status, fields)
    middle = data.draw(st.integers(0, len(body)))
    both(pair, sent, [head, body[:middle], body[middle:]])


@pytest.mark.parametrize("final", [b"200 OK", b"417 No"])
def test_expect_continue(pair: tuple[Scripted, Proxied], final: bytes) -> None:
    """Interim answers pass at once, and the body that waited for them."""
    upstream, proxy = pair
    sent = sized(b"/", b"x" * 50, b"Expect: 100-continue")
    head, body = sent[:-50], sent[-50:]
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    answer = b"HTTP/1.1 %b\r\nContent-Length: 1\r\n\r\ny" % final
    upstream.scripts.put([len(forwarded(upstream, head)), interim, 50, answer])
    before = len(proxy.watcher.seen)
    assert talk(proxy.port, [head, len(interim), body]) == interim + answer
    assert upstream.read.get(timeout=WAIT) == forwarded(upstream, sent)
    seen = proxy.watcher.wait(before + 1)[-1]
    assert (seen.body, seen.answer.split(b" ")[1]) == (b"x" * 50, final[:3])


def test_pipelined_requests(pair: tuple[Scripted, Proxied]) -> None:
    """Requests that come at once go on at once, and each is seen with its own answer."""
    upstream, proxy = pair
    sent = [sized(b"/%d" % number, b"q%d" % number) for number in range(150)]
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%04d" % one for one in range(150)]
    parts = [slice(start, start + 30) for start in range(0, 150, 30)]
    arrives = [forwarded(upstream, b"".join(sent[part])) for part in parts]
    replies = [b"".join(answers[part]) for part in parts]
    steps = zip(map(len, arrives), replies, strict=True)
    upstream.scripts.put([step for both_steps in steps for step in both_steps])
    assert talk(proxy.port, [b"".join(sent)]) == b"".join(answers)
    assert upstream.read.get(timeout=WAIT) == b"".join(arrives)
    seen = proxy.watcher.wait(150)
    assert [one.body for one in seen] == [b"q%d" % number for number in range(150)]
    assert [one.answer_body for one in seen] == [b"%04d" % number for number in range(150)]


def test_upgrades_are_passed_blindly(pair: tuple[Scripted, Proxied]) -> None:
    """After a 101 bytes of any kind pass; after another answer HTTP goes on."""
    upstream, proxy = pair
    head = b"GET / HTTP/1.1\r\nHoSt:  127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    switched = b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"
    upstream.scripts.put([len(forwarded(upstream, head)), switched, 4, b"\0\r\n\r\nBYE"])
    heard = talk(proxy.port, [head + b"\xff\0", len(switched), b"\0\1"])
    assert heard == switched + b"\0\r\n\r\nBYE"
    assert upstream.read.get(timeout=WAIT) == forwarded(upstream, head) + b"\xff\0\0\1"
    following = sized(b"/next", b"n")
    first, second = forwarded(upstream, head), forwarded(upstream, following)
    upstream.scripts.put([len(first), OK, len(second), OK])
    assert talk(proxy.port, [head + following]) == OK + OK
    assert upstream.read.get(timeout=WAIT) == first + second


def test_an_answer_before_the_request_ends(pair: tuple[Scripted, Proxied]) -> None:
    """An early answer is passed on, and the exchange is seen with a body that is not whole."""
    upstream, proxy = pair
    sent = sized(b"/", b"x" * 100_000)
    early = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    upstream.scripts.put([300, early])
    before = len(proxy.watcher.seen)
    with open_to(proxy.port) as client:
        client.sendall(sent[:400])
        assert until_closed(client) == early
    upstream.read.get(timeout=WAIT)
    exchange = exchange_of(proxy.watcher.wait(before + 1)[-1])
    assert (exchange.status, exchange.error) == (413, "")
    assert BODY_LOST in exchange.tags


def test_an_answer_may_end_with_the_connection(pair: tuple[Scripted, Proxied]) -> None:
    """An answer without a length is whole when the upstream closes."""
    both(pair, sized(b"/", b""), [b"HTTP/1.1 200 OK\r\n\r\nabc", b"def"])
    (seen,) = pair[1].watcher.wait(1)
    assert (seen.answer_body, seen.answer_lost, seen.error) == (b"abcdef", False, "")


def test_a_client_that_is_done_is_let_go(pair: tuple[Scripted, Proxied]) -> None:
    """A client that sends no more has its connection closed after the last answer."""
    upstream, proxy = pair
    sent, gate = sized(b"/", b""), threading.Event()
    upstream.scripts.put([len(forwarded(upstream, sent)), OK, gate])
    assert talk(proxy.port, [sent]) == OK
    assert upstream.read.empty()  # it has not closed its side
    gate.set()
    upstream.read.get(timeout=WAIT)


def test_a_slow_head_after_a_whole_request(pair: tuple[Scripted, Proxied]) -> None:
    """The time for a head counts for later ones on a connection, too."""
    upstream, sent = pair[0], sized(b"/", b"")
    with Proxied(upstream.url, limits=Limits(head=0.2)) as proxy:
        upstream.scripts.put([len(forwarded(upstream, sent)), OK, "rest"])
        with open_to(proxy.port) as client:
            client.sendall(sent)
            assert exactly(client, len(OK)) == OK
            client.sendall(b"GET / HT")
            assert until_closed(client).startswith(b"HTTP/1.1 408 ")
        upstream.read.get(timeout=WAIT)


def test_unreadable_answers_pass(pair: tuple[Scripted, Proxied]) -> None:
    """What is no HTTP is passed on all the same, and told once."""
    _, proxy = pair
    both(pair, sized(b"/", b""), [b"HTTP/1.1 200 OK\nbare: feeds\n\nbody"])
    both(pair, sized(b"/", b""), [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nbody"])
    assert len([line for line in proxy.watcher.told if "Transfer-Encoding other" in line]) == 1


def test_bodies_are_kept_up_to_a_cap(pair: tuple[Scripted, Proxied]) -> None:
    """A longer body is passed on whole, and marked as lost in what is judged."""
    proxy = pair[1]
    before = len(proxy.watcher.seen)
    large = b"z" * 10_000_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + large
    both(pair, sized(b"/", large), [answer])
    exchange = exchange_of(proxy.watcher.wait(before + 1)[-1])
    assert {BODY_LOST, ANSWER_LOST} <= exchange.tags
    assert proxy.relay.budget.left == 128_000_000


# What ends early


@pytest.mark.parametrize(
    ("part", "end"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "close"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "close"),
        (b"HTTP/1.1 200 OK\r\nConte", "close"),
        (b"", "close"),
        (b"", "reset"),
    ],
)
def test_upstream_dies(pair: tuple[Scripted, Proxied], part: bytes, end: str) -> None:
    """The client gets what there was and a closed connection; the exchange has the reason."""
    upstream, proxy = pair
    sent = sized(b"/", b"{}")
    upstream.scripts.put([len(forwarded(upstream, sent)), part, end])
    before = len(proxy.watcher.seen)
    with open_to(proxy.port) as client:
        client.sendall(sent)
        assert until_closed(client) == part
    upstream.read.get(timeout=WAIT)
    seen = proxy.watcher.wait(before + 1)[-1]
    assert seen.error == "the upstream closed the connection before the answer was whole"
    assert seen.body == b"{}"


def test_a_cut_answer_without_length_is_no_whole_one(pair: tuple[Scripted, Proxied]) -> None:
    """An answer that ends with the connection does not look whole when a reset cut it."""
    upstream, proxy = pair
    sent = sized(b"/", b"")
    gate = threading.Event()
    part = b"HTTP/1.1 200 OK\r\n\r\nabc"
    upstream.scripts.put([len(forwarded(upstream, sent)), part, gate, "reset"])
    with open_to(proxy.port) as client:
        client.sendall(sent)
        assert exactly(client, len(part)) == part
        gate.set()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    upstream.read.get(timeout=WAIT)
    assert proxy.watcher.wait(1)[0].error


@pytest.mark.parametrize("reset", [True, False])
def test_client_dies(pair: tuple[Scripted, Proxied], reset: bool) -> None:
    """The upstream's connection is closed as well, and the exchange is seen."""
    upstream, proxy = pair
    sent = sized(b"/", b"{}")
    upstream.scripts.put([len(forwarded(upstream, sent)), "rest"])
    before = len(proxy.watcher.seen)
    client = open_to(proxy.port)
    client.sendall(sent)
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    upstream.read.get(timeout=WAIT)
    assert exchange_of(proxy.watcher.wait(before + 1)[-1]).response is None


def test_nothing_answers() -> None:
    """The client gets a 502 with one line, the user is told once, and the exchanges have it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Proxied(url) as proxy:
        for _ in range(3):
            answer = httpx.post(proxy.url + "/x", json={})
            assert answer.status_code == 502
            assert answer.text.startswith(f"retailspec proxy: upstream {url}: nothing answers: ")
            assert answer.text.count("\n") == 1
        assert httpx.head(proxy.url).status_code == 502
        assert len(proxy.watcher.told) == 1
        assert [one.error for one in proxy.watcher.wait(4)] == proxy.watcher.told * 4


def test_slow_clients_are_waited_for(pair: tuple[Scripted, Proxied]) -> None:
    """What a client leaves unread is not piled up in the proxy."""
    upstream, proxy = pair
    size, sent = 60_000_000, sized(b"/", b"")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    upstream.scripts.put([len(forwarded(upstream, sent)), head + bytes(size)])
    with open_to(proxy.port) as client:
        client.sendall(sent)
        exactly(client, 1)
        (side,) = proxy.relay.clients
        assert _settles(side.transport.get_write_buffer_size)
        assert side.transport.get_write_buffer_size() < 2_000_000
        assert upstream.read.empty()
        assert len(exactly(client, len(head) + size - 1)) == len(head) + size - 1
    upstream.read.get(timeout=WAIT)


def test_a_slow_upstream_is_waited_for(pair: tuple[Scripted, Proxied]) -> None:
    """What the upstream leaves unread is not piled up in the proxy."""
    upstream, proxy = pair
    size, gate = 60_000_000, threading.Event()
    sent = sized(b"/", bytes(size))
    arrives = forwarded(upstream, sent)
    upstream.scripts.put([1, gate, len(arrives) - 1, OK])
    with open_to(proxy.port) as client:
        client.settimeout(0.3)
        count = 0
        with contextlib.suppress(TimeoutError):
            while count < size:
                count += client.send(sent[count : count + 1_000_000])
        assert count < size
        (side,) = proxy.relay.clients
        assert side._side is not None
        assert side._side.transport.get_write_buffer_size() < 2_000_000
        gate.set()
        client.settimeout(WAIT)
        client.sendall(sent[count:])
        assert exactly(client, len(OK)) == OK
    assert upstream.read.get(timeout=WAIT) == arrives


def _settles(value: Callable[[], int]) -> bool:
    deadline, last, same = time.monotonic() + WAIT, -1, 0
    while same < 10:
        assert time.monotonic() < deadline
        same, last = (same + 1, last) if value() == last else (0, value())
        time.sleep(0.01)
    return True


# Who is refused


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: \r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://192.0.2.7\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
    ],
)
def test_refused(head: bytes, status: int) -> None:
    """Calls of foreign pages, of forward proxies and of smugglers never reach the upstream."""
    with Proxied("http://127.0.0.1:9", names=["my-proxy"]) as proxy:
        with open_to(proxy.port) as client:
            client.sendall(head)
            answer = until_closed(client)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert (len(proxy.watcher.missed), proxy.watcher.seen) == (1, [])
        assert len(proxy.watcher.told) == 1


@pytest.mark.parametrize(
    "field",
    [
        b"Host: LOCALHOST:8080",
        b"Host: [::1]:80",
        b"Host: my-proxy:1",
        b"Host: 192.0.2.7",
        b"Host: app.localhost\r\nOrigin: http://localhost:3000",
        b"Host: localhost\r\nOrigin: http://127.0.0.1:3000\r\nSec-Fetch-Site: cross-site",
        b"Host: localhost\r\nSec-Fetch-Site: same-origin",
    ],
)
def test_taken(pair: tuple[Scripted, Proxied], field: bytes) -> None:
    """Calls by a name or number of this machine, and by its own pages, are passed on."""
    upstream, _ = pair
    with Proxied(upstream.url, keep_host=True, names=["my-proxy"]) as proxy:
        head = b"GET / HTTP/1.1\r\n" + field + b"\r\n\r\n"
        upstream.scripts.put([len(head), OK])
        assert talk(proxy.port, [head]) == OK
        assert upstream.read.get(timeout=WAIT) == head


def test_the_upstreams_path_is_put_before(pair: tuple[Scripted, Proxied]) -> None:
    """Where the upstream's URL has a path, requests go below it."""
    upstream, _ = pair
    with Proxied(upstream.url + "/base/") as proxy:
        wanted = b"GET /base/x?y HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % upstream.port
        upstream.scripts.put([len(wanted), OK])
        assert talk(proxy.port, [b"GET /x?y HTTP/1.1\r\nHost: localhost\r\n\r\n"]) == OK
        assert upstream.read.get(timeout=WAIT) == wanted
        assert exchange_of(proxy.watcher.wait(1)[0]).request.url == upstream.url + "/base/x?y"


@pytest.mark.parametrize("loop", list(LOOPS))
def test_hostile_clients_do_not_hold_up_others(loop: str) -> None:
    """Slow heads, endless heads and garbage end by themselves while others are served."""
    reference = build("omni-inventory")
    limits = Limits(head=0.3, linger=0.2, connections=40)
    with (
        Served(reference, tls=False) as served,
        Proxied(served.url, limits=limits, loop=LOOPS[loop]) as proxy,
    ):
        slow = [open_to(proxy.port) for _ in range(20)]
        for client in slow[:10]:
            client.sendall(b"POST / HTTP/1.1\r\nHost: loc")
        endless = open_to(proxy.port)
        endless.sendall(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000)
        garbage = open_to(proxy.port)
        garbage.sendall(bytes(range(256)) * 50)
        with httpx.Client(base_url=proxy.url) as one, httpx.Client(base_url=proxy.url) as other:
            for _ in range(20):
                assert one.get("/").status_code == 404
                assert other.get("/").status_code == 404
        answers = [until_closed(client)[:12] for client in slow]
        assert answers == [b"HTTP/1.1 408"] * 10 + [b""] * 10
        for client, status in ((endless, b"431"), (garbage, b"400")):
            with contextlib.suppress(ConnectionError):  # it was cut while it was still sending
                assert until_closed(client)[9:12] == status
        for client in (*slow, endless, garbage):
            client.close()


def test_too_many_connections() -> None:
    """Beyond the limit a client is told so; within it all goes on."""
    with Scripted() as upstream, Proxied(upstream.url, limits=Limits(connections=1)) as proxy:
        sent = sized(b"/", b"")
        with open_to(proxy.port) as first:
            time.sleep(0.05)
            assert talk(proxy.port, []).startswith(b"HTTP/1.1 503 ")
            upstream.scripts.put([len(forwarded(upstream, sent)), OK])
            first.sendall(sent)
            assert exactly(first, len(OK)) == OK


@pytest.mark.parametrize("loop", list(LOOPS))
def test_no_bytes_at_all_break_the_proxy(loop: str) -> None:
    """Whatever clients send, and whenever they go away, nothing is raised, kept or left open."""
    source = random.Random(7)  # noqa: S311 - no secret is made of it
    pieces = [
        *(
            b"GET / HTTP/1.1\r\n",
            b"Host: localhost\r\n",
            b"\r\n",
            b"\r",
            b"\n",
            b"POST /x HTTP/1.1\r\n",
        ),
        *(
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
        ),
        *(
            b"Upgrade: h2c\r\n",
            b"hello",
            b"\xff\0",
            b"HEAD / HTTP/1.1\r\n",
            b"Expect: 100-continue\r\n",
        ),
    ]
    whole = b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
    limits = Limits(head=0.2, linger=0.1)
    with (
        Served(build("omni-inventory"), tls=False) as served,
        Proxied(served.url, limits=limits, loop=LOOPS[loop]) as proxy,
    ):
        for _ in range(150):
            with open_to(proxy.port) as client, contextlib.suppress(OSError):
                for _ in range(source.randrange(4)):
                    client.sendall(source.choice([whole, b"".join(source.choices(pieces, k=6))]))
                if source.random() < 0.5:
                    client.shutdown(socket.SHUT_WR)
                if source.random() < 0.5:
                    client.settimeout(0.02)
                    client.recv(1 << 16)
                if source.random() < 0.3:
                    linger = struct.pack("ii", 1, 0)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert httpx.get(proxy.url + "/").status_code == 404


# TLS


@pytest.mark.parametrize("known", [True, False])
def test_the_upstreams_certificate_is_verified(known: bool) -> None:
    """A certificate of an unknown authority, or for another name, is refused with a clear line."""
    context = ssl.create_default_context()
    with Served(build("omni-inventory"), plain_port=None) as served:
        if known:
            context.load_verify_locations(served.ca_file)
        with Proxied(served.url, trust=context) as proxy:
            answer = httpx.get(proxy.url + "/")
        assert answer.status_code == (404 if known else 502)
        if not known:
            assert "its certificate is not trusted" in answer.text
            assert "--ca-file FILE" in proxy.watcher.told[0]


@pytest.mark.parametrize("loop", list(LOOPS))
def test_bytes_pass_unchanged_over_tls(loop: str) -> None:
    """Large bodies pass in both directions at once towards a TLS upstream, too."""
    authority, body = trustme.CA(), bytes(range(256)) * 20_000
    context, server_side = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + body
    with (
        Scripted(server_side) as upstream,
        Proxied(upstream.url, trust=context, loop=LOOPS[loop]) as proxy,
    ):
        sent = sized(b"/", body)
        arrives = forwarded(upstream, sent)
        upstream.scripts.put([len(arrives) // 2, answer, len(arrives) - len(arrives) // 2])
        assert talk(proxy.port, [sent]) == answer
        assert upstream.read.get(timeout=WAIT) == arrives


def test_a_certificate_for_another_name_is_refused() -> None:
    """The host name is checked, and not the authority alone."""
    authority = trustme.CA()
    context, server_side = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(context)
    authority.issue_cert("other.example").configure_cert(server_side)

    def accept(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            server_side.wrap_socket(connection, server_side=True).recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with Proxied(url, trust=context) as proxy:
            answer = httpx.get(proxy.url)
        thread.join(WAIT)
    assert answer.status_code == 502
    assert "127.0.0.1" in answer.text
