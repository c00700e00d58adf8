"""Answering without a task: a usual response as bytes, and handling that waits after all."""

from __future__ import annotations

import types
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterable

    from starlette.responses import Response

__all__ = ["plain_bytes", "resumed"]

_SEPARATE: Final = frozenset({b"connection", b"transfer-encoding"})
_MOST: Final = 1024

_sound: set[tuple[bytes, bytes]] = set()
"""Headers that were found to be in order."""


def plain_bytes(
    response: Response, beside: Iterable[tuple[bytes, bytes]], *, with_body: bool
) -> bytes | None:
    """Return a response as it goes over the wire, None where it cannot go as it is.

    It can where its length is told, and true, and no header concerns the connection.

    Args:
        response: The response.
        beside: Headers that every response has, in order.
        with_body: Whether the body is sent; that of a HEAD is not.
    """
    body = bytes(response.body)
    lines = [STATUS_LINE[response.status_code]]
    for name, value in beside:
        lines += (name, b": ", value, b"\r\n")
    length = None
    for header in response.raw_headers:
        name, value = header
        if name == b"content-length":
            length = value
        elif header not in _sound and not _is_sound(header):
            return None
        lines += (name, b": ", value, b"\r\n")
    if length is None:
        if body or response.status_code not in {204, 304}:
            return None
    elif length != b"%d" % len(body):
        return None
    lines += (b"\r\n", body if with_body else b"")
    return b"".join(lines)


def _is_sound(header: tuple[bytes, bytes]) -> bool:
    """Tell whether a header can be written as it is, and keep it in mind where it can."""
    name, value = header
    if name in _SEPARATE or HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        return False
    if len(_sound) < _MOST:
        _sound.add(header)
    return True


@types.coroutine
def resumed(
    coroutine: Coroutine[Any, Any, Response], waiting: Any
) -> Generator[Any, Any, Response]:
    """Go on with a coroutine that was begun outside a task and waits for something.

    Args:
        coroutine: What was begun.
        waiting: What it yielded.
    """
    while True:
        try:
            heard = yield waiting
        except BaseException as error:
            step: partial[Any] = partial(coroutine.throw, error)
        else:
            step = partial(coroutine.send, heard)
        try:
            waiting = step()
        except StopIteration as done:
            made: Response = done.value
            return made
