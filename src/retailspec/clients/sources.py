"""Files of recorded traffic: what kind each is, and its parts, in memory that stays bounded."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import stat
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from retailspec.clients.har_entries import LARGEST, HarEntries, NoEntries
from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from typing_extensions import Buffer

__all__ = ["STDIN", "Source", "is_whole", "open_source"]

STDIN: Final = "-"
"""The name that stands for the standard input."""

_HEAD = 1 << 16
_BUFFER = 1 << 18
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_HAR = re.compile(rb'\{\s*"log"\s*:|"(?:entries|creator|pages)"\s*:')
_LINE = re.compile(rb'\{.*"retailspec"\s*:')


_Bytes = io.BufferedReader | gzip.GzipFile


class _Rewound(io.RawIOBase):
    """A stream whose beginning was read already; where its data are damaged it just ends."""

    def __init__(self, head: bytes, rest: BinaryIO | _Bytes) -> None:
        self._head = head
        self._rest = rest
        self.damage = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = self._head[: len(view)]
        if data:
            self._head = self._head[len(view) :]
        else:
            data = self._more(len(view))
        view[: len(data)] = data
        return len(data)

    def _more(self, size: int) -> bytes:
        try:
            return self._rest.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.damage = "the compressed data end in the middle, or are damaged"
        except OSError as error:
            self.damage = f"it cannot be read any further: {error.strerror}"
        return b""


@dataclass
class Source:
    """An open file of traffic.

    Args:
        name: How it is named in messages.
        kind: "HAR", or "recording" for lines of our own format.
        stream: Its bytes.
        raw: What they come from.
        plain: Whether it is a file as it is: not compressed, and no stream.
        cut: Where and how it ends before its time; "" while that is not known.
    """

    name: str
    kind: str
    stream: BinaryIO
    raw: _Rewound
    plain: bool = False
    cut: str = ""

    def entries(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield number and JSON of each entry of an archive; None for one that is too large.

        Raises:
            UsageError: It has no entries.
        """
        found = HarEntries(self.stream)
        number = 0
        try:
            for number, entry in enumerate(found, 1):
                yield number, entry
        except NoEntries as error:
            raise UsageError(f"{self.name}: is no HAR file: {error}") from None
        if found.cut or self.raw.damage:
            self.cut = self.raw.damage or f"it ends in the middle, after entry {number}"

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield number and bytes of each line that is not blank; None for one that is too long."""
        number, last = 0, b""
        readline = self.stream.readline
        for line in iter(lambda: readline(LARGEST), b""):
            number += 1
            last = line
            if number > 1 and line.startswith(b"{") and len(line) < LARGEST:
                yield number, line
            elif len(line) == LARGEST and not line.endswith(b"\n"):
                while (last := self.stream.readline(LARGEST)) and not last.endswith(b"\n"):
                    pass
                yield number, None
            elif number == 1 and line.startswith(_BOM):
                yield number, line[len(_BOM) :]
            elif not line.isspace():
                yield number, line
        if self.raw.damage or (last and not is_whole(last)):
            self.cut = self.raw.damage or f"it ends in the middle of line {number}"


def is_whole(line: bytes) -> bool:
    """Tell whether the last line is one, though no line end may follow it."""
    return line.endswith(b"\n") or line.rstrip().endswith(b"}")


@contextlib.contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file of traffic, compressed by gzip or not, and find out what it is.

    Args:
        path: The file; `-` is the standard input.

    Raises:
        UsageError: It cannot be read, is empty, or is neither a HAR file nor recorded lines.
    """
    name = "standard input" if path == STDIN else path
    if path != STDIN:
        _refuse_streams(path)
    with contextlib.ExitStack() as stack:
        try:
            plain: BinaryIO = (
                sys.stdin.buffer if path == STDIN else stack.enter_context(Path(path).open("rb"))
            )
            start = plain.read(2)
            rest: _Bytes = io.BufferedReader(_Rewound(start, plain), _BUFFER)
            if start == _GZIP:
                rest = gzip.GzipFile(fileobj=cast("BinaryIO", rest))
            head = _beginning(rest)
        except OSError as error:
            problem = error.strerror or "it is no gzip file"
            raise UsageError(f"{name}: cannot be read: {problem}") from None
        except (EOFError, zlib.error):
            raise UsageError(f"{name}: cannot be read: its compressed data are damaged") from None
        kind = _kind(name, head)
        raw = _Rewound(head.removeprefix(_BOM) if kind == "HAR" else head, rest)
        is_file = path != STDIN and start != _GZIP
        yield Source(name, kind, io.BufferedReader(raw, _BUFFER), raw, is_file)


def _refuse_streams(path: str) -> None:
    """Refuse pipes and devices, which may never end, and can be read once: a file is read twice."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):  # opening it tells why
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise UsageError(
            f"{path}: is no regular file; a stream is piped into the command, and named - there"
        )


def _beginning(stream: _Bytes) -> bytes:
    """Return how a stream begins; damage after that does not matter yet."""
    head = b""
    try:
        while len(head) < _HEAD and (part := stream.read1(_HEAD - len(head))):
            head += part
    except (EOFError, zlib.error, gzip.BadGzipFile):
        if not head:
            raise
    return head


def _kind(name: str, head: bytes) -> str:
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        raise UsageError(f"{name}: is empty; it should be a HAR file or recorded lines")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{name}: is UTF-16; save it as UTF-8")
    if b"\x00" not in text:
        if any(_is_record(line) for line in text.split(b"\n")):
            return "recording"
        if text.startswith(b"{") and _HAR.search(text):
            return "HAR"
    raise UsageError(
        f"{name}: is neither a HAR file nor lines that retailspec recorded "
        "(--record writes them; docs/recording.md describes them)"
    )


def _is_record(line: bytes) -> bool:
    if _LINE.match(line) is None:
        return False
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):  # cut short, or broken as any other line may be
        return line.lstrip(b"{ ").startswith(b'"retailspec"')
    return "retailspec" in found
