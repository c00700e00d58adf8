"""A request as a curl line that can be pasted into a shell, without its secrets."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retailspec.exchange import Request

__all__ = ["curl_line", "plain"]

_LONG_RUN = 40
_LONG_BODY = 2_000
_NAME = re.compile(r"^\$([A-Za-z_][A-Za-z0-9_]*)$")
_IN_NAME = re.compile(r"[A-Za-z0-9_]")

Split = Callable[[str], list[tuple[str, bool]]]
"""Cuts a text into pieces, and says of each whether it is a shell expression for a secret."""


def plain(text: str) -> str:
    """Return text with every character that a terminal would obey written out."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def curl_line(request: Request, split: Split, *, ca_file: str | None = None) -> str:
    """Return the curl command that sends a request again, for bash.

    Args:
        request: The request.
        split: Finds secrets, and gives the shell expressions that stand for them.
        ca_file: The certificates to trust, where the usual ones do not do.
    """
    words = ["curl", "-i"]
    if ca_file is not None:
        words += ["--cacert", shlex.quote(ca_file)]
    if request.method != "GET":
        words += ["-X", request.method]
    words.append(_word(request.url, split))
    labelled = False
    for name, value in request.headers:
        labelled = labelled or name.lower() == "content-type"
        words += ["-H", _word(f"{name}: {value}" if value else f"{name};", split)]
    if not request.body:
        return plain(" ".join(words))
    if not labelled:
        words += ["-H", "'Content-Type:'"]
    made = _generated(request.body, split)
    if made is not None:
        return plain(" ".join([made, "|", *words, "--data-binary", "@-"]))
    option = "--data-raw" if request.body.startswith(b"@") else "--data-binary"
    return plain(" ".join([*words, option, _body(request.body, split)]))


def _word(text: str, split: Split) -> str:
    """Return a word of a command line that stands for a text."""
    pieces = split(text)
    if not any(secret for _, secret in pieces):
        return shlex.quote(text)
    if "!" in text:  # the history character of interactive shells is safe in single quotes only
        return "".join(f'"{it}"' if secret else shlex.quote(it) for it, secret in pieces)
    following = [piece for piece, _ in pieces[1:]] + [""]
    inner = ""
    for (piece, secret), after in zip(pieces, following, strict=True):
        if not secret:
            inner += re.sub(r'[\\"`$]', r"\\\g<0>", piece)
        elif _IN_NAME.match(after):
            inner += _NAME.sub(r"${\1}", piece)
        else:
            inner += piece
    return f'"{inner}"'


def _body(body: bytes, split: Split) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable():
        return _word(text, split)
    return "".join(
        f'"{piece}"' if secret else _escaped(piece.encode("latin-1"))
        for piece, secret in split(body.decode("latin-1"))
    )


def _escaped(piece: bytes) -> str:
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in piece
    )
    return f"$'{escaped}'"


def _generated(body: bytes, split: Split) -> str | None:
    """Return a command that prints a body too long to paste, from its long runs of one byte."""
    if len(body) <= _LONG_BODY or any(secret for _, secret in split(body.decode("latin-1"))):
        return None
    parts: list[str] = []
    rest = b""
    for byte, run in itertools.groupby(body):
        count = sum(1 for _ in run)
        if count < _LONG_RUN:
            rest += bytes([byte]) * count
            continue
        if rest:
            parts.append(repr(rest))
        parts.append(f"{bytes([byte])!r}*{count}")
        rest = b""
    if rest:
        parts.append(repr(rest))
    code = "import sys; sys.stdout.buffer.write(" + "+".join(parts) + ")"
    return "python3 -c " + shlex.quote(code)
