"""A request as a curl line that can be pasted into a shell, without its secrets."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.exchange import Request

__all__ = ["curl_line", "plain"]

_LONG_RUN = 40
_LONG_BODY = 2_000
_VARIABLE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*")


def plain(text: str) -> str:
    """Return text with every character that a terminal would obey written out."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def curl_line(request: Request, redact: Callable[[str], str], *, ca_file: str | None = None) -> str:
    """Return the curl command that sends a request again.

    Args:
        request: The request.
        redact: Replaces secrets by the shell expressions that stand for them.
        ca_file: The certificates to trust, where the usual ones do not do.
    """
    words = ["curl", "-i"]
    if ca_file is not None:
        words += ["--cacert", shlex.quote(ca_file)]
    if request.method != "GET":
        words += ["-X", request.method]
    words.append(_quoted(redact(request.url)))
    labelled = False
    for name, value in request.headers:
        labelled = labelled or name.lower() == "content-type"
        words += ["-H", _quoted(redact(f"{name}: {value}"))]
    if not request.body:
        return plain(" ".join(words))
    if not labelled:
        words += ["-H", "'Content-Type:'"]
    made = _generated(request.body)
    if made is not None:
        return plain(" ".join([made, "|", *words, "--data-binary", "@-"]))
    return plain(" ".join([*words, "--data-binary", _body(request.body, redact)]))


def _quoted(text: str) -> str:
    if _VARIABLE.search(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'
    return shlex.quote(text)


def _body(body: bytes, redact: Callable[[str], str]) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable():
        return _quoted(redact(text))
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in body
    )
    return f"$'{escaped}'"


def _generated(body: bytes) -> str | None:
    """Return a command that prints a body too long to paste, from its long runs of one byte."""
    if len(body) <= _LONG_BODY:
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
