"""The entries of an HTTP Archive, one after another, from a stream of any length.

What stands around the entries is skipped, and each entry is found by its brackets alone, so that
one that is broken or huge costs no more than itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["LARGEST", "HarEntries", "NoEntries"]

LARGEST: Final = 32_000_000
"""Bytes that one entry may have: a larger one is left out, so that memory stays bounded."""

_CHUNK = 1 << 18
_LONGEST_KEY = 1000
_BLANKS = re.compile(rb"[\s]*+")
_PLAIN = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_IN_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,:\]}]*+")
_OPEN, _CLOSE, _QUOTE, _BACKSLASH = b"{[", b"}]", ord('"'), ord("\\")


class NoEntries(ValueError):
    """A stream that is no archive, with what is wrong with it."""


class _End(Exception):
    """The stream has ended."""


class HarEntries:
    """Iterates over the entries of an archive, as bytes of JSON each.

    Args:
        stream: The archive.
        largest: Bytes beyond which an entry is left out.

    Attributes:
        cut: Whether the stream ended before the archive did.

    Raises:
        NoEntries: While iterating: it has no list `entries` in an object `log`.
    """

    def __init__(self, stream: BinaryIO, largest: int = LARGEST) -> None:
        self._stream = stream
        self._largest = largest
        self._buffer = b""
        self._at = 0
        self.cut = False

    def __iter__(self) -> Iterator[bytes | None]:
        """Yield each entry; None for one that is too large."""
        try:
            self._enter(b"log")
            self._enter(b"entries")
            if self._peek() != ord("["):
                raise NoEntries("log.entries is no list")
        except _End:
            raise NoEntries("it ends before its entries begin") from None
        self._at += 1
        try:
            while (first := self._peek()) != ord("]"):
                if first == ord(","):
                    self._at += 1
                else:
                    yield self._value(self._largest)
        except _End:
            self.cut = True

    def _enter(self, name: bytes) -> None:
        """Go to the value of a member of the object that comes next."""
        if self._peek() != ord("{"):
            raise NoEntries("it is no HTTP Archive")
        self._at += 1
        while (first := self._peek()) != ord("}"):
            if first == ord(","):
                self._at += 1
                continue
            key = self._value(_LONGEST_KEY)
            if first != _QUOTE or self._peek() != ord(":"):
                raise NoEntries("it is no JSON")
            self._at += 1
            if key == b'"%s"' % name:
                return
            self._value(0)
        raise NoEntries(f"it has no {name.decode()}")

    def _refill(self) -> None:
        self._buffer = self._stream.read(_CHUNK)
        self._at = 0
        if not self._buffer:
            raise _End

    def _peek(self) -> int:
        """Return the next byte that is no white space."""
        while True:
            self._at = _BLANKS.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches anything
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            self._refill()

    def _value(self, most: int) -> bytes | None:
        """Read a value, and return its bytes, or None where there are more than `most`."""
        pieces: list[bytes] = []
        size, depth, in_text = 0, 0, False
        first = self._peek()
        scalar = first != _QUOTE and first not in _OPEN
        while True:
            start = self._at
            if scalar:
                done = self._scalar(start if size else start + 1)
            else:
                depth, in_text, done = self._advance(depth, in_text=in_text)
            size += self._at - start
            if size <= most:
                pieces.append(self._buffer[start : self._at])
            else:
                pieces.clear()
            if done:
                return None if size > most else b"".join(pieces)
            try:
                rest = self._buffer[self._at :]
                self._refill()
                self._buffer = rest + self._buffer
            except _End:
                if not scalar:
                    raise
                return None if size > most else b"".join(pieces)

    def _scalar(self, start: int) -> bool:
        """Go on through a number or word, and tell whether it ends here."""
        self._at = _SCALAR.match(self._buffer, start).end()  # type: ignore[union-attr]  # as above
        return self._at < len(self._buffer)

    def _advance(self, depth: int, *, in_text: bool) -> tuple[int, bool, bool]:
        """Go on to the end of a value or of what is there, and tell where that is within it."""
        buffer = self._buffer
        while self._at < len(buffer):
            pattern = _IN_TEXT if in_text else _PLAIN
            if in_text or depth:
                self._at = pattern.match(buffer, self._at).end()  # type: ignore[union-attr]  # as above
            if self._at == len(buffer) or (in_text and buffer[self._at] == _BACKSLASH):
                break
            byte = buffer[self._at]
            self._at += 1
            if byte == _QUOTE:
                in_text = not in_text
            else:
                depth += 1 if byte in _OPEN else -1
            if not depth and not in_text:
                return depth, in_text, True
        return depth, in_text, False
