"""The listener hears calls exactly as they were sent, bounded, and goes away cleanly."""

from __future__ import annotations

import http.client
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from retailspec.errors import UsageError
from retailspec.listener import LARGEST_BODY, Listener, listen_address

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def raw(listener: Listener, sent: bytes, *, end: bool = False) -> bytes:
    """Send bytes as they are and return everything that is answered."""
    parts = urlsplit(listener.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as sock:
        sock.sendall(sent)
        if end:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := sock.recv(65536):
            answer += part
        return answer


def test_keeps_the_exact_bytes(listener: Listener) -> None:
    """Body, path with query, and each header are kept as they were on the wire."""
    body = b'{ "a" :1,\r\n\t"b": "\xc3\xa9\\u00e9\xff\x00" }\n'
    headers = [("X-Signature-Request", "aB"), ("X-Twice", "1"), ("x-twice", "2")]
    url = listener.url + "/hook/a%20b?x=1&x=2"
    answer = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.content) == (204, b"")
    (request,) = listener.heard
    assert (request.method, request.url, request.body) == ("POST", url, body)
    assert request.header("x-signature-request") == "aB"
    assert [pair for pair in request.headers if pair[0].lower() == "x-twice"] == [
        ("X-Twice", "1"),
        ("x-twice", "2"),
    ]


def test_blanks_around_a_header_are_no_part_of_it(listener: Listener) -> None:
    """White space before and behind a header's value belongs to the line, not to the value."""
    raw(listener, b"POST /x HTTP/1.1\r\nHost: a\r\nX-Signature-Request: \t aB c \t\r\n\r\n")
    assert listener.heard[0].header("x-signature-request") == "aB c"


def test_listens_on_loopback_at_a_free_port() -> None:
    """Two listeners stand side by side, both on this machine alone."""
    with Listener() as one, Listener() as other:
        assert one.url != other.url
        assert urlsplit(one.url).hostname == urlsplit(other.url).hostname == "127.0.0.1"


def test_public_url_is_what_is_registered() -> None:
    """A listener behind another address is known by that one, without a slash at the end."""
    with Listener(public_url="https://tunnel.example/pos/") as listener:
        assert listener.url == "https://tunnel.example/pos"


def test_reads_chunked_bodies(listener: Listener) -> None:
    """A body in chunks, with trailers, is put together."""

    def parts() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    httpx.post(listener.url, content=parts(), trust_env=False)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw(listener, head + b"2;x=y\r\nab\r\n0\r\nX-Trailer: 1\r\n\r\n")
    assert [request.body for request in listener.heard] == [b'{"a":1}', b"ab"]


def test_answers_expect_continue(listener: Listener) -> None:
    """A caller that asks before it sends its body is told to go on."""
    parts = urlsplit(listener.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Expect", "100-continue")
    connection.putheader("Content-Length", "2")
    connection.endheaders()
    connection.send(b"ok")
    assert connection.getresponse().status == 204
    connection.close()
    assert listener.heard[0].body == b"ok"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_hears_every_method(listener: Listener, method: str) -> None:
    """Whatever the method, the call is kept and answered 204."""
    assert httpx.request(method, listener.url, trust_env=False).status_code == 204
    assert [request.method for request in listener.heard] == [method]


@pytest.mark.parametrize(
    "head",
    [
        f"Content-Length: {LARGEST_BODY + 1}",
        "Content-Length: " + "9" * 40,
    ],
)
def test_refuses_bodies_that_are_too_large(listener: Listener, head: str) -> None:
    """A body beyond the limit is answered 413 without being read, and is not kept."""
    answer = raw(listener, f"POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert listener.heard == []


def test_refuses_chunks_that_are_too_large(listener: Listener) -> None:
    """The limit holds for the sum of all chunks too."""
    size = LARGEST_BODY // 2 + 1
    chunk = f"{size:x}\r\n".encode() + b"a" * size + b"\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(listener, head + chunk + f"{size:x}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert listener.heard == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\n\r\nab",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: two\r\n\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
    ],
)
def test_keeps_no_half_calls(listener: Listener, rest: bytes) -> None:
    """A body that is framed wrongly or ends too early is answered 400 and not kept."""
    answer = raw(listener, b"POST / HTTP/1.1\r\nHost: x\r\n" + rest, end=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert listener.heard == []


@pytest.mark.parametrize("noise", [b"", b"\x16\x03\x01\x02\x00", b"GET", b"\r\n\r\n"])
def test_survives_noise(listener: Listener, noise: bytes) -> None:
    """What is no HTTP, such as a TLS greeting, is not kept, and the next call is heard."""
    raw(listener, noise, end=True)
    httpx.post(listener.url, content=b"after", trust_env=False)
    assert [request.body for request in listener.heard] == [b"after"]


def test_waits_until_enough_is_heard(listener: Listener) -> None:
    """Waiting ends as soon as the calls are enough, in whatever thread they come."""
    calls = [
        threading.Thread(target=httpx.post, args=(listener.url,), kwargs={"trust_env": False})
        for _ in range(3)
    ]
    for call in calls:
        call.start()
    assert listener.wait(lambda heard: len(heard) == 3, 30)
    for call in calls:
        call.join()


def test_waiting_ends(listener: Listener) -> None:
    """Waiting for what does not come ends after the time that was given."""
    assert not listener.wait(bool, 0.01)
    assert listener.wait(lambda heard: not heard, 0)


def test_is_gone_after_its_context() -> None:
    """Nothing answers at the address of a listener that has ended."""
    with Listener() as listener:
        url = listener.url
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, trust_env=False)


def test_a_taken_port_is_told() -> None:
    """A port that is taken is a mistake of the user, told in one line."""
    with Listener() as listener:
        port = urlsplit(listener.url).port or 0
        with (
            pytest.raises(UsageError, match=f"cannot listen at 127.0.0.1 port {port}"),
            Listener(port=port),
        ):
            pass


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:80", ("localhost", 80)),
    ],
)
def test_listen_addresses(text: str, address: tuple[str, int]) -> None:
    """An address is a host and a port, an IPv6 host in brackets."""
    assert listen_address(text, "options.listen") == address


@pytest.mark.parametrize("text", ["", "9000", ":9000", "host:", "host:x", "host:65536", "h:-1"])
def test_wrong_listen_addresses(text: str) -> None:
    """What is no address is refused with its place and an example."""
    with pytest.raises(UsageError, match=r"options\.listen: .* is no HOST:PORT"):
        listen_address(text, "options.listen")


def test_keeps_no_more_than_fits(listener: Listener) -> None:
    """A target that delivers megabytes again and again does not fill the memory."""
    size = LARGEST_BODY - 1
    call = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"a" * size
    for _ in range(20):
        assert raw(listener, call).startswith(b"HTTP/1.1 204 ")
    assert 10 <= len(listener.heard) <= 16


def test_trailers_have_an_end(listener: Listener) -> None:
    """A call that goes on in trailers is refused, and not kept."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert raw(listener, head + b"X-More: 1\r\n" * 100).startswith(b"HTTP/1.1 400 ")
    assert listener.heard == []
