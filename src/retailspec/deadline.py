"""Network connections on which no wait is longer than what is left of a call's time."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    import threading

__all__ = ["Backend", "Clock", "body_after_head"]

_GLANCE = 0.25
"""Seconds after which a reader looks whether it is to stop."""

_LATE = 0.01
"""Seconds in which a body follows its head, where there should be none."""

_KEPT = 70_000
_NOTHING = (b"", b"0")  # a stray line's end, and the chunk that ends a body
_HEAD_ENDS = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d\D")


class Clock:
    """When a call has to end, and how much came for it so far.

    Args:
        stop: Set by another thread to end what is waited for.
        largest: The most bytes that may come for one call.
    """

    def __init__(self, stop: threading.Event, largest: int) -> None:
        self.received = 0
        self._stop = stop
        self._largest = largest
        self._deadline = 0.0

    def begin(self, seconds: float) -> None:
        """Begin a call that may take some seconds."""
        self.received = 0
        self._deadline = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            httpcore.ReadTimeout: There are none, or the call is to stop.
        """
        left = self._deadline - time.monotonic()
        if left <= 0 or self._stop.is_set():
            raise httpcore.ReadTimeout
        return left

    def count(self, size: int) -> None:
        """Take note of bytes that came.

        Raises:
            httpcore.RemoteProtocolError: They are too many.
        """
        self.received += size
        if self.received > self._largest:
            raise httpcore.RemoteProtocolError(f"an answer of more than {self._largest} bytes")


class Backend(httpcore.SyncBackend):
    """Connects, and gives every connection the call's clock.

    Args:
        clock: The clock of the calls that are made one after the other.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        """Connect, and return the connection."""
        return _Stream(super().connect_tcp(*args, **options), self._clock)


class _Stream(httpcore.NetworkStream):
    """A connection on which no wait is longer than what is left of the call's time."""

    def __init__(self, inner: httpcore.NetworkStream, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._answer = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        while True:
            try:
                data = self._inner.read(max_bytes, min(self._clock.left(), _GLANCE))
            except httpcore.ReadTimeout:
                self._clock.left()
                continue
            self._clock.count(len(data))
            self._keep(data)
            return data

    def _keep(self, data: bytes) -> None:
        self._answer += data[: _KEPT - len(self._answer)]

    def after_head(self) -> bytes:
        with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
            self._keep(self._inner.read(_KEPT, _LATE))
        rest = bytes(self._answer)
        while interim := _INTERIM.match(rest):
            rest = _after_head(rest, interim.end())
        return _after_head(rest)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._answer.clear()
        self._inner.write(buffer, self._clock.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        made = self._inner.start_tls(ssl_context, server_hostname, self._clock.left())
        return _Stream(made, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def body_after_head(stream: object) -> bytes:
    """Return what follows the head of an answer that may have no body, and hang up after it.

    Args:
        stream: The connection, as the answer names it; only one of a `Backend` can tell.
    """
    if not isinstance(stream, _Stream):
        return b""
    rest = stream.after_head()
    if rest:
        stream.close()
    return b"" if rest.strip() in _NOTHING else rest


def _after_head(answer: bytes, start: int = 0) -> bytes:
    end = _HEAD_ENDS.search(answer, start)
    return b"" if end is None else answer[end.end() :]
