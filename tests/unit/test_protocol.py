"""HTTP as the reference servers speak it: the short way, the long one, and odd requests."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.reference import build
from retailspec.reference.base import Answer, Call, Reference
from retailspec.reference.omni_inventory import OmniInventory
from retailspec.reference.protocol import HEAD_LIMIT, Protocol
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "7d2fTokenOfTheProtocolTest"
BODY = json.dumps({"store_code": "Store1", "inventories": []}).encode()
PATH = b"/api/backend/inventories/update"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with Served(build("omni-inventory", credentials={"token": TOKEN}), tls=False) as served:
        yield int(served.url.rpartition(":")[2])


def request(
    *headers: bytes,
    method: bytes = b"POST",
    path: bytes = PATH,
    body: bytes = BODY,
    version: str = "1.1",
) -> bytes:
    lines = [
        method + b" " + path + b" HTTP/" + version.encode(),
        b"Host: localhost",
        b"Authorization: token " + TOKEN.encode(),
        b"Content-Type: application/json",
        *headers,
    ]
    if not any(header.lower().startswith(b"transfer-encoding") for header in headers):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def talk(port: int, *pieces: bytes, answers: int = 1) -> list[tuple[int, bytes]]:
    """Send pieces one by one; return status and body of each answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = peer.makefile("rb")
        for piece in pieces:
            peer.sendall(piece)
        return [read(file) for _ in range(answers)]


def read(file: Any) -> tuple[int, bytes]:
    status = int(file.readline().split()[1])
    length = 0
    while line := file.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, file.read(length)


OK = (200, b"\"status: 'ok'\"")


def test_whole_request_is_answered_on_a_connection_that_stays_open(port: int) -> None:
    """One after the other, on one connection."""
    assert talk(port, request(), request(), answers=2) == [OK, OK]


def test_requests_in_one_piece_are_answered_in_their_order(port: int) -> None:
    """Pipelined requests, good and bad, get their answers in turn."""
    pieces = request() + request(path=b"/nowhere") + request(body=b"{") + request()
    found = talk(port, pieces, answers=4)
    assert [status for status, _ in found] == [200, 404, 400, 200]


@pytest.mark.parametrize("size", [1, 7, 100, 230])
def test_request_may_come_in_pieces(port: int, size: int) -> None:
    """However it is cut up, two of them one after the other."""
    data = request() * 2
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert talk(port, *pieces, answers=2) == [OK, OK]


def test_chunked_body_is_read(port: int) -> None:
    """Whole, and in pieces."""
    half = len(BODY) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:half], BODY[half:]))
    data = request(b"Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n")
    assert talk(port, data) == [OK]
    assert talk(port, data[:-20], data[-20:]) == [OK]


def test_expectation_is_met_before_the_body_is_sent(port: int) -> None:
    """A client that waits for 100 Continue gets it."""
    head, _, body = request(b"Expect: 100-continue").partition(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        file = peer.makefile("rb")
        peer.sendall(head + b"\r\n\r\n")
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert file.readline() == b"\r\n"
        peer.sendall(body)
        assert read(file) == OK


@pytest.mark.parametrize(
    "data", [request(version="1.0"), request(b"Connection: close"), request(b"connection: Close")]
)
def test_connection_ends_where_the_client_wants_it(port: int, data: bytes) -> None:
    """After the answer, and it says so."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(data)
        answer = b"".join(iter(lambda: peer.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" in answer.lower()


def test_head_and_options_have_the_answers_of_their_methods(port: int) -> None:
    """A HEAD has no body, whatever its length says; the next request is read as one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(request(method=b"HEAD", body=b"") + request(method=b"OPTIONS", body=b""))
        file = peer.makefile("rb")
        assert file.readline() == b"HTTP/1.1 405 Method Not Allowed\r\n"
        while file.readline().strip():
            pass
        status, body = read(file)
    assert (status, json.loads(body)["name"]) == (200, "update")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(method=b"BREW"), 405),
        (request(method=b"post"), 200),
        (request(method=b"QUERY"), 405),
        (request(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"), 200),
        (b"\r\n" + request(), 200),
        (b"\r\n\r\n" + request(), 200),
        (request(path=b"http://localhost" + PATH), 200),
        (request(path=b"/%ff%fe"), 404),
        (request(path=PATH + b"?a=%ff"), 200),
        (request(path=PATH.replace(b"update", b"%75pdate")), 200),
        (request(path=b"/\xc3\xa9"), 400),
        (request(b"X: a\rb"), 400),
        (request(b"X y: 1"), 400),
        (request(b"X: a\x00b"), 400),
        (request(b"Content-Length: 7"), 400),
        (request(b"X: " + b"x" * 2 * HEAD_LIMIT), 400),
        (b"GET /\r\n\r\n", 404),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
    ids=repr,
)
def test_odd_requests_get_an_answer(port: int, data: bytes, status: int) -> None:
    """A method that nobody knows is none of the path's; what is no HTTP is refused."""
    try:
        assert talk(port, data)[0][0] == status
    except (ConnectionError, IndexError):
        assert len(data) > HEAD_LIMIT  # cut off before the answer can be read
    assert talk(port, request()) == [OK]


def test_odd_requests_after_a_good_one_do_not_pass_for_another(port: int) -> None:
    """A bad head behind a good request in one piece is refused, not read from the middle."""
    assert [one[0] for one in talk(port, request() + b"B\0D\r\n\r\n", answers=2)] == [200, 400]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        file = peer.makefile("rb")
        for data, status in ((request(), 200), (request(method=b"BREW"), 405), (request(), 200)):
            peer.sendall(data)
            assert read(file)[0] == status


class Waiting(OmniInventory):
    """Answers a variant count only after others had their turn."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        await asyncio.sleep(0.05 if body.get("wait") else 0)
        return Answer(200, body)


class Failing(OmniInventory):
    """Breaks down where nothing is left to answer with."""

    def failed(self, call: Call, error: Exception) -> Answer:
        raise error

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        raise ZeroDivisionError


class Unmeasured(OmniInventory):
    """Says nothing of the length of its answers."""

    def render(self, call: Call, answer: Answer) -> Any:
        response = super().render(call, answer)
        del response.headers["content-length"]
        return response


def served(reference: Reference) -> tuple[Served, bytes]:
    reference.credentials["token"] = TOKEN
    return Served(reference, tls=False), PATH


@pytest.mark.parametrize("together", [True, False])
def test_answers_that_take_a_while_keep_their_order(together: bool) -> None:
    """A request behind one that waits waits too, and others are served meanwhile."""
    server, _ = served(Waiting())
    with server:
        port = int(server.url.rpartition(":")[2])
        bodies = [b'{"wait": 1}', b'{"n": 2}', b'{"wait": 3}', b'{"n": 4}']
        data = [request(body=body) for body in bodies]
        pieces = [b"".join(data)] if together else data
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(request(body=b'{"wait": 1}'))
            found = talk(port, *pieces, answers=4)
            assert read(peer.makefile("rb"))[0] == 200
    assert [json.loads(body) for _, body in found] == [json.loads(body) for body in bodies]


def test_break_down_is_a_500_and_ends_the_connection() -> None:
    """The client is told; the next connection works."""
    server, _ = served(Failing())
    with server:
        port = int(server.url.rpartition(":")[2])
        for data in (request(), request(b"Connection: close"), request()):
            assert talk(port, data) == [(500, b"Internal Server Error")]


def test_answer_without_a_length_is_chunked() -> None:
    """What cannot be written as it is takes the long way."""
    server, _ = served(Unmeasured())
    with server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(request() + request())
            got = b""
            while got.count(b"0\r\n\r\n") < 2:
                got += peer.recv(65536)
    assert got.count(b"transfer-encoding: chunked") == 2


def test_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing was heard on it for long enough."""
    begun = Protocol.connection_made

    def impatient(self: Protocol, transport: Any) -> None:
        begun(self, transport)
        self.timeout_keep_alive = 0.05  # type: ignore[assignment]  # whole seconds in uvicorn

    monkeypatch.setattr(Protocol, "connection_made", impatient)
    with Served(build("omni-inventory"), tls=False) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(request())
            file = peer.makefile("rb")
            assert read(file)[0] == 401
            assert file.read() == b""
