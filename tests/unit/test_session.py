"""Sending, against small servers on raw sockets that behave as no framework would."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from retailspec.build import NotJudged, Prepared
from retailspec.contract import load_contract
from retailspec.errors import UnreachableError
from retailspec.exchange import Request
from retailspec.secrets import Secrets
from retailspec.session import LARGEST_BODY, Session
from retailspec.target.config import TargetConfig
from retailspec.target.target import Target

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
Serve = Callable[[socket.socket, int], None]


def _read(connection: socket.socket) -> bytes:
    """Read one request, with its body where it announces one."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
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
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def served(serve: Serve) -> Iterator[str]:
    """Serve each connection in a thread of its own; `serve` gets it and its number."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def one(connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            serve(connection, number)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                thread = threading.Thread(
                    target=one, args=(connection, len(connections)), daemon=True
                )
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)


def _target(url: str, **settings: object) -> Target:
    config = TargetConfig.model_validate(
        {"base_url": url, "patience": 2.0, "timeout": 2.0, **settings}
    )
    contract = load_contract("omni-inventory")
    return Target(contract, url, Secrets({}, {}), {}, config, verify=True, embedded=True)


@contextlib.contextmanager
def session(url: str, **settings: object) -> Iterator[Session]:
    made = Session(_target(url, **settings))
    try:
        yield made
    finally:
        made.close()


def _prepared(url: str, body: bytes = b"{}") -> Prepared:
    return Prepared(
        Request("POST", url + "/x", (("Content-Type", "application/json"),), body),
        "update",
        "update",
    )


def _answering(*answers: bytes) -> Serve:
    """Give the answers in turn, whatever the connection; the last one for ever."""
    left = list(answers)
    lock = threading.Lock()

    def serve(connection: socket.socket, number: int) -> None:
        del number
        while _read(connection):
            with lock:
                answer = left.pop(0) if len(left) > 1 else left[0]
            connection.sendall(answer)

    return serve


def test_answer_is_kept_as_it_came() -> None:
    """Status, headers in order, and the body's bytes are those on the wire."""
    head = b"HTTP/1.1 201 Made\r\nX-B: 2\r\nX-A: 1\r\nContent-Encoding: gzip\r\n"
    raw = head + b"Content-Length: 3\r\n\r\n\x00\xff{"
    with served(_answering(raw)) as url, session(url) as own:
        exchange = own.send(_prepared(url))
    assert exchange.response is not None
    assert (exchange.status, exchange.response.reason) == (201, "Made")
    assert [name for name, _ in exchange.response.headers][:2] == ["X-B", "X-A"]
    assert exchange.response.body == b"\x00\xff{"


@pytest.mark.parametrize(
    "busy",
    [
        b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nRetry-After: 0.1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_busy_target_is_waited_for(busy: bytes) -> None:
    """429, and 503 with Retry-After, are asked again within the target's patience."""
    with served(_answering(busy, OK)) as url, session(url) as own:
        assert own.send(_prepared(url)).status == 200


def test_busy_target_is_not_judged_when_patience_ends() -> None:
    """A target that stays busy is neither broken nor held."""
    busy = b"HTTP/1.1 429 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    with (
        served(_answering(busy)) as url,
        session(url, patience=0.1) as own,
        pytest.raises(NotJudged, match="stayed busy"),
    ):
        own.send(_prepared(url))


def _closed_port() -> int:
    """Return a port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_server_that_is_started_anew_is_waited_for() -> None:
    """A call that finds nobody is sent once somebody is there again, within the patience."""
    port = _closed_port()
    listeners: list[socket.socket] = []

    def start() -> None:
        listener = socket.create_server(("127.0.0.1", port))
        listeners.append(listener)
        connection, _ = listener.accept()
        with connection:
            _read(connection)
            connection.sendall(OK)

    later = threading.Timer(0.3, start)
    later.start()
    try:
        with session(f"http://127.0.0.1:{port}", patience=20.0) as own:
            assert own.send(_prepared(f"http://127.0.0.1:{port}")).status == 200
            assert not own.lost
    finally:
        later.join(5)
        for listener in listeners:
            listener.close()


def test_server_that_stays_away_is_given_up_once() -> None:
    """The patience is waited for once; every later call says at once that nothing is sent."""
    url = f"http://127.0.0.1:{_closed_port()}"
    with session(url, patience=0.3) as own:
        with pytest.raises(NotJudged, match=f"nothing answers at {url} any more: "):
            own.send(_prepared(url))
        tried = own.sent
        with pytest.raises(NotJudged, match="the target was given up: nothing answers"):
            own.send(_prepared(url))
        assert own.sent == tried > 1
        assert own.lost.startswith("nothing answers")


def test_target_that_is_silent_from_the_start_is_unreachable() -> None:
    """What takes connections and sends no byte is told before a call of the API is made."""

    def serve(connection: socket.socket, number: int) -> None:
        del number
        while connection.recv(65536):
            pass

    with (
        served(serve) as url,
        session(url, timeout=0.2) as own,
        pytest.raises(UnreachableError, match=f"what listens at {url} gave no answer, twice"),
    ):
        own.reach()


def test_target_that_is_silent_to_options_alone_is_reached() -> None:
    """A server that leaves one method unanswered is for the checks to judge."""

    def serve(connection: socket.socket, number: int) -> None:
        del number
        while data := _read(connection):
            if not data.startswith(b"OPTIONS"):
                connection.sendall(OK)

    with served(serve) as url, session(url, timeout=0.3) as own:
        own.reach()
        assert own.send(_prepared(url)).status == 200


def test_503_without_retry_after_is_an_answer() -> None:
    """Only a 503 that says when to come back is a busy target."""
    down = b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"
    with served(_answering(down, OK)) as url, session(url) as own:
        assert own.send(_prepared(url)).status == 503


def test_closed_connection_is_tried_once_more() -> None:
    """A connection that the other side closed between two calls does not cost a call."""

    def serve(connection: socket.socket, number: int) -> None:
        if number > 1:
            _answering(OK)(connection, number)
        elif _read(connection):
            connection.sendall(OK)
            _read(connection)  # the second call on it gets no answer

    with served(serve) as url, session(url) as own:
        assert own.send(_prepared(url)).status == 200
        assert own.send(_prepared(url)).status == 200


def test_no_answer_is_an_exchange_without_one() -> None:
    """A server that closes on a call, twice, is told as such."""

    def serve(connection: socket.socket, number: int) -> None:
        del number
        _read(connection)

    with served(serve) as url, session(url) as own:
        exchange = own.send(_prepared(url))
    assert exchange.response is None
    assert "twice" in exchange.error


def test_slow_answer_ends_at_the_timeout() -> None:
    """An answer that does not come within the target's timeout is no answer."""
    gate = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        del number
        _read(connection)
        gate.wait(10)

    with served(serve) as url, session(url, timeout=0.2) as own:
        exchange = own.send(_prepared(url))
        gate.set()
    assert exchange.response is None
    assert "timeout" in exchange.error


def test_endless_body_is_cut() -> None:
    """A body beyond the limit is cut off and counts as no JSON."""

    def serve(connection: socket.socket, number: int) -> None:
        del number
        _read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"1" * 65536)

    with served(serve) as url, session(url) as own:
        response = own.send(_prepared(url)).response
    assert response is not None
    assert response.truncated
    assert len(response.body) == LARGEST_BODY


def test_redirects_are_not_followed() -> None:
    """A redirect is the answer; its address is never called."""
    away = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with served(_answering(away)) as url, session(url) as own:
        assert own.send(_prepared(url)).status == 302


def test_nothing_there_is_unreachable() -> None:
    """A port where nothing listens is an error with the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with session(url) as own, pytest.raises(UnreachableError, match=url):
        own.reach()


def test_target_that_goes_away_is_not_judged() -> None:
    """Once nothing answers any more, what is left is not judged, and the session says so."""
    with served(_answering(OK)) as url, session(url) as own:
        assert own.send(_prepared(url)).status == 200
        gone = url
    with session(gone) as own:
        with pytest.raises(NotJudged, match="any more"):
            own.send(_prepared(gone))
        assert own.lost


def test_closed_plain_port_is_not_judged() -> None:
    """Where only the plain-HTTP address is dead, the target itself is not lost."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    with served(_answering(OK)) as url, session(url, http_url=dead) as own:
        with pytest.raises(NotJudged, match="over plain HTTP"):
            own.send(_prepared(dead))
        assert not own.lost


def test_rate_holds_between_calls() -> None:
    """With a rate of 20 a second, five calls take at least four twentieths of one."""
    with served(_answering(OK)) as url, session(url, rate=20.0) as own:
        began = time.monotonic()
        for _ in range(5):
            own.send(_prepared(url))
        assert time.monotonic() - began >= 4 / 20


def test_server_of_one_connection_is_served_one() -> None:
    """A server that serves one connection at a time gets a new one for each call."""
    one_at_a_time = threading.Lock()
    heads: list[bytes] = []

    def serve(connection: socket.socket, number: int) -> None:
        with one_at_a_time:
            while head := _read(connection):
                heads.append(head)
                connection.sendall(OK)
                if b"connection: close" in head.lower():
                    return
            del number

    with served(serve) as url, session(url) as own:
        own.reach()
        assert [own.send(_prepared(url)).status for _ in range(3)] == [200, 200, 200]
        assert all(b"connection: close" in head.lower() for head in heads[-3:])


def test_every_header_is_the_callers_or_harmless() -> None:
    """Only the call's own headers and the client's few go out; no encoding is asked for."""
    seen: list[bytes] = []

    def serve(connection: socket.socket, number: int) -> None:
        del number
        while request := _read(connection):
            seen.append(request)
            connection.sendall(OK)

    with served(serve) as url, session(url) as own:
        prepared = _prepared(url, b'{"a":1}')
        own.send(prepared)
        bare = replace(prepared.request, headers=(), body=b"")
        own.send(replace(prepared, request=bare))
    assert b"Accept-Encoding: identity" in seen[0]
    assert seen[0].endswith(b'{"a":1}')
    assert b"Content-Type" not in seen[1]
    assert b"Content-Length: 0" in seen[1]
