"""Bodies on the wire: where they end, found in bytes that come in any pieces (RFC 9112)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LARGEST_HEAD", "TOKEN", "Body", "Chunked", "Endless", "FramingError", "Sized"]

LARGEST_HEAD: Final = 65_536
"""Bytes of a head, or of trailers, beyond which a message is refused."""

TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
"""A pattern for what names are made of (RFC 9110, section 5.6.2)."""

_LONGEST_LINE = 4_096
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[\t ]*+(?:;[\t\x20-\x7e\x80-\xff]*+)?\r\n")
_TRAILER = re.compile(rb"(" + TOKEN + rb"):[\t\x20-\x7e\x80-\xff]*+\r\n")
_NO_TRAILERS = frozenset({b"host", b"content-length", b"transfer-encoding"})


class FramingError(ValueError):
    """Bytes that are no HTTP/1.1 message, or that two readers could take for different ones.

    Args:
        message: What is wrong with them, in plain English.
        status: The status to refuse a request with.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Body(Protocol):
    """The body of a message that is being read."""

    done: bool

    def feed(self, data: bytes, at: int, wire: list[bytes], keep: Callable[[bytes], object]) -> int:
        """Read on, and return where the reading stopped: at the end of the data or of the body.

        Args:
            data: What came.
            at: Where in it to begin.
            wire: Takes the bytes that are known to be right, framing included.
            keep: Takes the bytes of the body itself.

        Raises:
            FramingError: The body is framed wrongly.
        """
        ...


class Sized:
    """A body of a known length, in bytes (section 6.2)."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = False

    def feed(self, data: bytes, at: int, wire: list[bytes], keep: Callable[[bytes], object]) -> int:
        """Read on; see `Body`."""
        stop = min(at + self._left, len(data))
        piece = data[at:stop]
        wire.append(piece)
        keep(piece)
        self._left -= stop - at
        self.done = not self._left
        return stop


class Endless:
    """A body that ends with the connection (section 6.3, rule 8)."""

    done = False

    def feed(self, data: bytes, at: int, wire: list[bytes], keep: Callable[[bytes], object]) -> int:
        """Read on; see `Body`."""
        piece = data[at:]
        wire.append(piece)
        keep(piece)
        return len(data)


class Chunked:
    """A body in chunks, with its extensions and trailers (section 7.1)."""

    def __init__(self) -> None:
        self.done = False
        self._left = 0
        self._line = b""
        self._trailing = 0
        self._next = self._size

    def feed(self, data: bytes, at: int, wire: list[bytes], keep: Callable[[bytes], object]) -> int:
        """Read on; see `Body`. A line of framing is handed on when all of it is there."""
        start = at
        while at < len(data) and not self.done:
            if self._left:
                stop = min(at + self._left, len(data))
                keep(data[at:stop])
                self._left -= stop - at
                at = stop
                continue
            cut = data.find(b"\n", at) + 1
            if not cut:
                self._line += data[at:]
                if len(self._line) > _LONGEST_LINE:
                    raise FramingError("a line of a chunked body is too long")
                break
            self._next(self._line + data[at:cut])
            if self._line:  # begun in data that came before: nothing else is waiting
                wire.append(self._line)
                self._line = b""
            at = cut
        if at > start:
            wire.append(data[start:at])
        return at if self.done else len(data)

    def _size(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if found is None or len(line) > _LONGEST_LINE:
            raise FramingError("a chunk does not begin with its size")
        self._left = int(found[1], 16)
        self._next = self._end if self._left else self._trailer

    def _end(self, line: bytes) -> None:
        if line != b"\r\n":
            raise FramingError("a chunk is longer than its size says")
        self._next = self._size

    def _trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self.done = True
            return
        self._trailing += len(line)
        found = _TRAILER.fullmatch(line)
        if found is None or found[1].lower() in _NO_TRAILERS:
            raise FramingError("a trailer is no header field, or one that cannot be a trailer")
        if self._trailing > LARGEST_HEAD:
            raise FramingError("the trailers are too long", 431)
