"""Bodies without the coding that they were transferred with."""

from __future__ import annotations

import zlib
from typing import Final

from retailspec.exchange import find_header

__all__ = ["LARGEST_DECODED", "decoded"]

LARGEST_DECODED: Final = 32_000_000
"""Bytes beyond which a compressed body is not decoded: it may be a bomb."""

_READABLE = frozenset({"gzip", "x-gzip", "deflate"})


def decoded(body: bytes, headers: tuple[tuple[str, str], ...]) -> tuple[bytes, bool]:
    """Return a body without its Content-Encoding, and whether that could be taken off.

    Args:
        body: The body's bytes.
        headers: The headers that go with it.
    """
    coding = (find_header(headers, "content-encoding") or "identity").strip().lower()
    if coding == "identity" or not body:
        return body, True
    if coding not in _READABLE:
        return body, False
    raw = coding == "deflate" and body[0] & 15 != 8  # some send it without zlib's frame
    decoder = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)
    try:
        content = decoder.decompress(body, LARGEST_DECODED)
    except zlib.error:
        return body, False
    return (content, True) if decoder.eof else (body, False)
