"""HTTP/1.1 on the wire: where messages begin and end, found in bytes that come in any pieces.

Written for a relay that passes bytes on as they are, so it is strict where a lenient reader and a
strict one could see different messages in the same bytes (RFC 9112, sections 2.2, 5, 6 and 11.2).
"""

from __future__ import annotations

import re
from typing import Protocol

from retailspec.clients.framing_body import (
    LARGEST_HEAD,
    TOKEN,
    Body,
    Chunked,
    Endless,
    FramingError,
    Sized,
)

__all__ = ["Events", "FramingError", "Reader", "RequestHead", "ResponseHead"]

_FIELDS = rb"((?:" + TOKEN + rb":[\t\x20-\x7e\x80-\xff]*+\r\n)*+)"
_REQUEST = re.compile(
    rb"([A-Za-z](?:" + TOKEN + rb")?) ([\x21-\x7e\x80-\xff]++) HTTP/1\.([01])\r\n" + _FIELDS
)
_RESPONSE = re.compile(
    rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*+))?\r\n" + _FIELDS
)
_FRAMING = re.compile(
    rb"\n(host|content-length|transfer-encoding|upgrade|origin|sec-fetch-site)"
    rb":[\t ]*+([^\r]*+)",
    re.IGNORECASE,
)
_DIGITS = re.compile(rb"[0-9]{1,15}")


class _Head:
    """What the fields that decide about framing say, by their names in lower case."""

    def __init__(self, head: bytes) -> None:
        self.fields: dict[bytes, list[tuple[bytes, int, int]]] = {}
        for found in _FRAMING.finditer(head):
            value, start = found[2].rstrip(b" \t"), found.start(2)
            one = (value, start, start + len(value))
            self.fields.setdefault(found[1].lower(), []).append(one)

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a field, one per line of the head."""
        return [value for value, _, _ in self.fields.get(name, ())]

    def length(self) -> int | None:
        """Return what Content-Length says, or None where there is none."""
        values = set(self.values(b"content-length"))
        if not values:
            return None
        if len(values) > 1 or _DIGITS.fullmatch(value := values.pop()) is None:
            raise FramingError("its Content-Length is not one number")
        return int(value)


class RequestHead(_Head):
    """The head of a request.

    Args:
        head: Its bytes, the empty line at its end included.

    Attributes:
        method: The method.
        target: What stands between method and version.
        target_at: Where that begins.
        fields: Per field that decides about framing or admission: value, start, end, per line.

    Raises:
        FramingError: It is no head, or how its body is framed can be read in two ways.
    """

    def __init__(self, head: bytes) -> None:
        found = _REQUEST.fullmatch(head, 0, len(head) - 2)
        if found is None:
            raise FramingError("this is no HTTP/1.1 request, or its head is malformed")
        super().__init__(head)
        self.method, self.target, minor, _ = found.groups()
        self.target_at = found.start(2)
        self._modern = minor == b"1"
        if len(self.values(b"host")) > 1 or (self._modern and b"host" not in self.fields):
            raise FramingError("a request has one Host header")
        if len(self.values(b"content-length")) > 1:
            raise FramingError("a request has one Content-Length at most")

    @property
    def upgrades(self) -> bool:
        """Whether another protocol may be spoken after the answer."""
        return b"upgrade" in self.fields

    def body(self) -> Body | None:
        """Return what reads the body, or None where there is none (section 6.3)."""
        length, coded = self.length(), self.values(b"transfer-encoding")
        if coded:
            if length is not None or not self._modern or len(coded) > 1:
                raise FramingError("the length of its body is given in two ways")
            if coded[0].lower() != b"chunked":
                raise FramingError("no Transfer-Encoding but chunked is known", 501)
            return Chunked()
        return Sized(length) if length else None


class ResponseHead(_Head):
    """The head of an answer.

    Args:
        head: Its bytes, the empty line at its end included.

    Attributes:
        status: The status.

    Raises:
        FramingError: It is no head.
    """

    def __init__(self, head: bytes) -> None:
        found = _RESPONSE.fullmatch(head, 0, len(head) - 2)
        if found is None:
            raise FramingError("the answer is no HTTP/1.1, or its head is malformed")
        super().__init__(head)
        self.status = int(found[1])

    def body(self, method: bytes) -> Body | None:
        """Return what reads the body of the answer to a method, or None where there is none."""
        if method == b"HEAD" or self.status < 200 or self.status in {204, 304}:
            return None
        coded = self.values(b"transfer-encoding")
        if coded:
            if [value.lower() for value in coded] != [b"chunked"]:
                raise FramingError("the answer has a Transfer-Encoding other than chunked")
            return Chunked()
        length = self.length()
        if length is None:
            return Endless()
        return Sized(length) if length else None


class Events(Protocol):
    """What a `Reader` tells as it reads."""

    def begin(self, head: bytes) -> tuple[bytes, Body | None]:
        """Take a head; return the bytes to hand on in its place, and what reads the body."""
        ...

    def payload(self, piece: bytes) -> object:
        """Take a piece of a body, without its framing."""
        ...

    def ended(self) -> None:
        """Learn that a message is whole."""
        ...


class Reader:
    """Reads messages, one after the other, from bytes that come in any pieces.

    Args:
        events: Told of each head, piece of a body, and end.

    Attributes:
        held: While true, nothing is read after the end of the message that is being read.
        body: What reads the body; None between messages, and in a head.
    """

    def __init__(self, events: Events) -> None:
        self.held = False
        self.body: Body | None = None
        self._events = events
        self._rest = b""

    @property
    def waiting(self) -> bool:
        """Whether part of a head has come."""
        return bool(self._rest) and self.body is None and not self.held

    def take_rest(self) -> bytes:
        """Return what has come and was not read, and forget it."""
        rest, self._rest = self._rest, b""
        return rest

    def feed(self, data: bytes, wire: list[bytes]) -> None:
        """Read on.

        Args:
            data: What came.
            wire: Takes the bytes to hand on; it has those before a mistake, too.

        Raises:
            FramingError: It is no HTTP/1.1, or no safe one.
        """
        if self._rest:
            data = self.take_rest() + data
        at = 0
        while at < len(data) and not self.held:
            if self.body is None:
                while data.startswith(b"\r\n", at):  # left over from a sloppy sender
                    at += 2
                cut = data.find(b"\r\n\r\n", at) + 4
                if cut < 4 or cut - at > LARGEST_HEAD:
                    _check_begun(data, at)
                    break
                piece, self.body = self._events.begin(data[at:cut])
                wire.append(piece)
                at = cut
            else:
                at = self.body.feed(data, at, wire, self._events.payload)
            if self.body is None or self.body.done:
                self.body = None
                self._events.ended()
        self._rest = data[at:]


def _check_begun(data: bytes, at: int) -> None:
    if len(data) - at > LARGEST_HEAD:
        raise FramingError(f"its head is longer than {LARGEST_HEAD} bytes", 431)
    if at < len(data) and not (data[at : at + 1].isalpha() or data[at:] == b"\r"):
        raise FramingError("this is no HTTP/1.1 request, or its head is malformed")
