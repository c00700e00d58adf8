"""An HTTP client for servers that cannot be trusted: each call ends by itself, within limits.

It follows no redirect, keeps no cookie and decodes no body. Whatever a server sends, a call ends at
its deadline, and no more is read of an answer than `LARGEST_BODY` bytes of its body.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from retailspec.deadline import Backend, Clock, body_after_head
from retailspec.exchange import Response
from retailspec.hosts import is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retailspec.exchange import Headers

__all__ = ["LARGEST_BODY", "LARGEST_HEAD", "Carry", "Pace", "Wire", "is_loopback"]

LARGEST_BODY = 1_000_000
"""Bytes of a body that are read; what follows is cut off."""

LARGEST_HEAD = 64_000
"""Bytes of a head that are read; an answer with a longer one is none."""

_NO_CONTENT = 204
_LARGEST_ANSWER = 2 * LARGEST_BODY + LARGEST_HEAD
_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)

_OWN_HEADERS = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"keep-alive"),
    (b"User-Agent", b"retailspec"),
]


def is_loopback(url: str) -> bool:
    """Return whether an address is this machine's own, which no proxy stands before."""
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return False
    return is_own(host)


class Pace:
    """Lets calls begin no faster than a rate, whoever makes them.

    Args:
        rate: Calls per second at most; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0 if rate is None else 1 / rate
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, stop: threading.Event | None = None) -> None:
        """Wait until it is the caller's turn, or until `stop` is set."""
        if not self._gap:
            return
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._gap
        left = max(0.0, turn - time.monotonic())
        if stop is None:
            time.sleep(left)
        else:
            stop.wait(left)


Carry = Callable[[str, httpx.URL, list[tuple[bytes, bytes]], bytes], Response]
"""Answers a method, a URL, headers and a body, in place of a server."""


class Wire:
    """Connections to servers, for one call at a time.

    Args:
        verify: How certificates are verified.
        timeout: Seconds that a call may take, from its beginning to the end of its answer.
        direct: Whether the environment's proxies are left out.
        carry: What carries requests in place of the network, or None.
        stop: Set by another thread to end what is waited for.
    """

    def __init__(
        self,
        *,
        verify: ssl.SSLContext | bool = True,
        timeout: float = 10.0,
        direct: bool = True,
        carry: Carry | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._verify = verify
        self._timeout = timeout
        self._proxies = {} if direct else urllib.request.getproxies()
        self._carry = carry
        self._clock = Clock(stop or threading.Event(), _LARGEST_ANSWER)
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()
        self._pools = {}

    @property
    def received(self) -> int:
        """How many bytes came during the last call."""
        return self._clock.received

    def fetch(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]] = (),
        content: bytes = b"",
        *,
        timeout: float | None = None,
    ) -> Response:
        """Make a call and return its answer, as bytes.

        Args:
            method: The method.
            url: The absolute URL.
            headers: Headers besides the few that go out with every call.
            content: The body.
            timeout: Seconds that this call may take, where that differs.

        Raises:
            httpx.HTTPError: There is no answer: `ConnectError`, `RemoteProtocolError` and the like.
            httpx.InvalidURL: The URL is none.
        """
        given = [(name.encode(), _encoded(value)) for name, value in headers]
        named = {name.lower() for name, _ in given}
        own = [header for header in _OWN_HEADERS if header[0].lower() not in named]
        self._clock.begin(self._timeout if timeout is None else timeout)
        if self._carry is not None:
            return self._carry(method, _parsed(url), own + given, content)
        request = httpx.Request(method, _parsed(url), headers=own + given, content=content or None)
        if not content and method == "POST":
            request.headers["Content-Length"] = "0"
        with _quietly(), _as_httpx(request):
            return self._exchanged(request)

    def _exchanged(self, request: httpx.Request) -> Response:
        url = request.url
        times = dict.fromkeys(("connect", "read", "write", "pool"), self._clock.left())
        outgoing = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": times},
        )
        incoming = self._pool(url).handle_request(outgoing)
        try:
            head = sum(len(name) + len(value) for name, value in incoming.headers)
            if head > LARGEST_HEAD:
                raise httpcore.RemoteProtocolError(f"a head of more than {LARGEST_HEAD} bytes")
            body, truncated = self._body(incoming.iter_stream())
            if incoming.status == _NO_CONTENT:
                body = body_after_head(incoming.extensions["network_stream"])
        finally:
            incoming.close()
        return _answer(incoming.status, incoming.headers, incoming.extensions, body, truncated)

    def _body(self, parts: Iterable[bytes]) -> tuple[bytes, bool]:
        """Return a body up to the limit, and whether it is longer."""
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > LARGEST_BODY:
                return bytes(body[:LARGEST_BODY]), True
            self._clock.left()
        return bytes(body), False

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = self._proxy(url)
        if proxy not in self._pools:
            verify = self._verify
            context = verify if isinstance(verify, ssl.SSLContext) else _context(verify=verify)
            options: dict[str, Any] = {
                "ssl_context": context,
                "keepalive_expiry": 1.0,
                "network_backend": Backend(self._clock),
            }
            self._pools[proxy] = _new_pool(proxy, options)
        return self._pools[proxy]

    def _proxy(self, url: httpx.URL) -> str:
        """Return the address of the proxy that the environment names for a URL, or ""."""
        if not self._proxies or urllib.request.proxy_bypass(url.host):
            return ""
        return self._proxies.get(url.scheme) or self._proxies.get("all") or ""


@lru_cache(maxsize=512)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


def _encoded(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


_calling = threading.local()


def _is_others(record: logging.LogRecord) -> bool:
    """Tell whether a record is none of a call of ours, which may repeat a secret."""
    del record
    return not getattr(_calling, "now", False)


for _name in ("httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks"):
    logging.getLogger(_name).addFilter(_is_others)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Let httpcore log nothing of this call: its records hold heads."""
    _calling.now = True
    try:
        yield
    finally:
        _calling.now = False


def _new_pool(proxy: str, options: dict[str, Any]) -> httpcore.ConnectionPool:
    if not proxy:
        return httpcore.ConnectionPool(**options)
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    given = httpx.Proxy(proxy)
    address = httpcore.URL(
        scheme=given.url.raw_scheme, host=given.url.raw_host, port=given.url.port, target=b"/"
    )
    if given.url.scheme.startswith("socks5"):
        return httpcore.SOCKSProxy(proxy_url=address, proxy_auth=given.raw_auth, **options)
    return httpcore.HTTPProxy(proxy_url=address, proxy_auth=given.raw_auth, **options)


def _context(*, verify: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=verify)


def _answer(
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    extensions: Any,
    body: bytes,
    truncated: bool,  # noqa: FBT001 - as it comes with the body
) -> Response:
    return Response(
        status=status,
        headers=_decoded(headers),
        body=body,
        reason=_reason(status, extensions),
        truncated=truncated,
    )


def _reason(status: int, extensions: Any) -> str:
    if "reason_phrase" not in extensions:
        return httpx.codes.get_reason_phrase(status)
    phrase: bytes = extensions["reason_phrase"]
    return phrase.decode("ascii", "replace")


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


@contextlib.contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Raise the errors of httpcore, and of Python where a host is no host, as httpx' own."""
    names = (
        "NetworkError",
        "TimeoutException",
        "ProtocolError",
        "ProxyError",
        "UnsupportedProtocol",
    )
    try:
        yield
    except tuple(getattr(httpcore, name) for name in names) as error:
        kind = getattr(httpx, type(error).__name__)
        raise kind(str(error), request=request) from None
    except (ValueError, OverflowError, ImportError) as error:
        raise httpx.ConnectError(str(error), request=request) from None
