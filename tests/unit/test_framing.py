"""Framing: every cut of a stream is read alike, as other parsers read it, or refused."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import h11
import httptools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retailspec.clients.framing import FramingError, Reader, RequestHead, ResponseHead

if TYPE_CHECKING:
    from retailspec.clients.framing_body import Body

Message = tuple[bytes, bytes, bytes]
"""Method and target, or status and nothing; then the body."""

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class Log:
    """Writes down what a reader tells."""

    def __init__(self, methods: list[bytes] | None = None) -> None:
        self.methods = methods
        self.messages: list[Message] = []
        self.interim = False
        self._head: tuple[bytes, bytes] = (b"", b"")
        self._body: list[bytes] = []

    def begin(self, head: bytes) -> tuple[bytes, Body | None]:
        self._body = []
        if self.methods is None:
            request = RequestHead(head)
            self._head = request.method, request.target
            return head, request.body()
        answer = ResponseHead(head)
        self._head = str(answer.status).encode(), b""
        method = self.methods[len([one for one in self.messages if one[0][:1] != b"1"])]
        return head, answer.body(method)

    def payload(self, piece: bytes) -> None:
        self._body.append(piece)

    def ended(self) -> None:
        self.messages.append((*self._head, b"".join(self._body)))


def read(
    pieces: list[bytes], methods: list[bytes] | None = None
) -> tuple[list[Message], bytes, FramingError | None]:
    """Return the whole messages, the bytes that were let through, and the refusal if any."""
    log = Log(methods)
    reader = Reader(log)
    wire: list[bytes] = []
    try:
        for piece in pieces:
            reader.feed(piece, wire)
    except FramingError as error:
        return log.messages, b"".join(wire), error
    if reader.body is not None and not reader.body.done and methods is not None:
        log.ended()  # the connection ends here
    return log.messages, b"".join(wire), None


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(data) + 1) for place in places})
    return [
        data[start:end]
        for start, end in zip([0, *at], [*at, len(data)], strict=True)
        if end > start
    ]


SPOILERS = [
    *(b"\n", b"\r", b"\0", b" ", b":", b"0", b"5", b"\r\n", b"\r\n\r\n", b";", b"\x0b", b",", b"+"),
    *(b"x", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"),
]
TOKENS = st.text("abcXYZ-_!~09", min_size=1, max_size=8).map(str.encode)
VALUES = st.text('ab c\t:;,"é\x80', max_size=12).map(lambda it: it.encode("latin-1"))
FIELDS = st.lists(st.tuples(TOKENS.map(lambda it: b"x-" + it), VALUES), max_size=3)
BODIES = st.binary(max_size=40)


@st.composite
def chunked(draw: Any, body: bytes) -> bytes:
    out, left = b"", body
    while left:
        size = draw(st.integers(1, len(left)))
        extension = draw(st.sampled_from([b"", b";a=b", b';q="x"']))
        spelled = draw(st.sampled_from([b"%x", b"%X", b"00%x"])) % size
        out += spelled + extension + b"\r\n" + left[:size] + b"\r\n"
        left = left[size:]
    trailers = b"".join(b"%b: %b\r\n" % field for field in draw(FIELDS))
    return out + b"0\r\n" + trailers + b"\r\n"


@st.composite
def framed(draw: Any, *, answer: bool = False) -> tuple[bytes, bytes]:
    """Return the fields that frame a body, and the bytes of that body."""
    body = draw(BODIES)
    if draw(st.booleans()):
        name = draw(st.sampled_from([b"Transfer-Encoding", b"transfer-encoding"]))
        value = draw(st.sampled_from([b"chunked", b"Chunked"]))
        return b"%b: %b\r\n" % (name, value), draw(chunked(body))
    if not body and not answer and draw(st.booleans()):
        return b"", b""
    return b"content-LENGTH:%b%d\r\n" % (draw(st.sampled_from([b"", b" \t"])), len(body)), body


@st.composite
def requests(draw: Any) -> bytes:
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS"]))
    target = b"/" + draw(TOKENS) + draw(st.sampled_from([b"", b"?a=%20&b", b"//;x"]))
    fields = b"".join(b"%b: %b\r\n" % field for field in draw(FIELDS))
    framing, body = draw(framed())
    return b"%b %b HTTP/1.1\r\nHost: a.example\r\n%b%b\r\n%b" % (
        method,
        target,
        fields,
        framing,
        body,
    )


def by_h11(data: bytes) -> list[Message]:
    """Return the requests that h11 reads, up to the first that it refuses."""
    messages: list[Message] = []
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request: Any = None
    body = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                messages.append((request.method, request.target, body))
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is h11.MUST_CLOSE:
                    return messages
                connection.start_next_cycle()
            else:
                return messages
    except h11.RemoteProtocolError:
        return messages


class _Llhttp:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.url = self.body = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.messages.append((self.parser.get_method(), self.url, self.body))


def by_llhttp(data: bytes) -> list[Message]:
    """Return the requests that llhttp reads, up to the first that it refuses."""
    told = _Llhttp()
    with contextlib.suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):
        told.parser.feed_data(data)
    return told.messages


@QUICK
@given(st.lists(requests(), min_size=1, max_size=3), st.lists(st.integers(0, 10**6), max_size=12))
def test_requests_are_read_as_others_read_them(sent: list[bytes], places: list[int]) -> None:
    """However a stream of requests is cut, its messages are those that h11 and llhttp see."""
    data = b"".join(sent)
    messages, wire, error = read(cut(data, places))
    assert error is None
    assert wire == data
    assert messages == by_h11(data)
    assert messages == by_llhttp(data)
    assert len(messages) == len(sent)


@QUICK
@given(
    st.lists(requests(), min_size=1, max_size=2),
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.integers(0, 2),
            st.sampled_from(SPOILERS),
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.integers(0, 10**6), max_size=6),
)
def test_nothing_is_let_through_that_others_read_otherwise(
    sent: list[bytes], spoilt: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    """A malformed stream is refused, or what is let through means the same to strict parsers."""
    data = b"".join(sent)
    for at, drop, put in spoilt:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + drop :]
    messages, wire, error = read(cut(data, places))
    whole, _, _ = read([data])
    assert messages == whole
    for oracle in (by_h11, by_llhttp):
        theirs = oracle(wire)
        assert theirs == messages[: len(theirs)], error


@QUICK
@given(st.data())
def test_answers_are_read_as_h11_reads_them(data: st.DataObject) -> None:
    """However a stream of answers is cut, bodies are those that h11 sees: HEAD, 204, 1xx, close."""
    methods, stream = [], b""
    count = data.draw(st.integers(1, 3))
    for number in range(count):
        method = data.draw(st.sampled_from([b"GET", b"HEAD", b"POST"]))
        status = data.draw(st.sampled_from([200, 204, 304, 404, 503]))
        methods.append(method)
        for interim in data.draw(st.lists(st.sampled_from([100, 103]), max_size=2)):
            stream += b"HTTP/1.1 %d\r\nlink: x\r\n\r\n" % interim
        framing, body = data.draw(framed(answer=True))
        if number == count - 1 and data.draw(st.booleans()):
            framing, body = b"", data.draw(BODIES)
        if method == b"HEAD" or status in {204, 304}:
            body = b""
            if status == 204:
                framing = b""
        reason = data.draw(st.sampled_from([b" OK", b" ", b"", b" N\xf6"]))
        stream += b"HTTP/1.1 %d%b\r\n%b\r\n%b" % (status, reason, framing, body)
    places = data.draw(st.lists(st.integers(0, 10**6), max_size=12))
    messages, wire, error = read(cut(stream, places), methods)
    assert error is None
    assert wire == stream
    finals = [one for one in messages if one[0][:1] != b"1"]
    assert finals == _answers_by_h11(stream, methods)


def _answers_by_h11(stream: bytes, methods: list[bytes]) -> list[Message]:
    messages = []
    for method in methods:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method=method, target="/", headers=[("host", "a")]))
        client.send(h11.EndOfMessage())
        client.receive_data(stream)
        client.receive_data(b"")
        status, body = 0, b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
        messages.append((str(status).encode(), b"", body))
        stream = client.trailing_data[0] if client.their_state is h11.DONE else b""
    return messages


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (HEAD + b"Content-Length: 3, 3\r\n\r\nabc", 400),
        (HEAD + b"Content-Length: +3\r\n\r\nabc", 400),
        (HEAD + b"Content-Length: 0x3\r\n\r\nabc", 400),
        (HEAD + b"Content-Length: 3_0\r\n\r\nabc", 400),
        (HEAD + b"Content-Length:\r\n\r\nabc", 400),
        (HEAD + b"Content-Length : 3\r\n\r\nabc", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"X: a\r\n b: folded\r\n\r\n", 400),
        (HEAD + b"X: a\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (HEAD + b"X: a\rb\r\n\r\n", 400),
        (HEAD + b"X: a\0b\r\n\r\n", 400),
        (HEAD + b": a\r\n\r\n", 400),
        (HEAD + b"Host: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (HEAD + b"X: " + b"a" * 70_000, 431),
        (HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 16 + b"\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000, 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 11_000, 431),
    ],
)
@pytest.mark.parametrize("step", [None, 7])
def test_refused(data: bytes, status: int, step: int | None) -> None:
    """What two readers could frame differently, or what has no end, is refused at once."""
    pieces = [data] if step is None else [data[at : at + step] for at in range(0, len(data), step)]
    _, wire, error = read(pieces)
    assert error is not None
    assert error.status == status
    assert b"\n" not in wire.replace(b"\r\n", b"")


def test_a_reader_can_be_held() -> None:
    """What follows a message is kept back while the reader is held, and given out as it came."""
    log = Log()
    reader = Reader(log)
    reader.held = False
    first, rest = HEAD + b"\r\n", b"not HTTP at all"
    wire: list[bytes] = []
    log.ended = lambda: setattr(reader, "held", True)  # type: ignore[method-assign]
    reader.feed(first + rest, wire)
    assert b"".join(wire) == first
    assert reader.take_rest() == rest
