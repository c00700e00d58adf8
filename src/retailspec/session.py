"""Sending requests and keeping what comes back, within the target's limits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from retailspec.build import NotJudged, Prepared
from retailspec.errors import UnreachableError
from retailspec.exchange import Domain, Exchange, Request, Response
from retailspec.target.supply import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.target.target import Target

__all__ = ["LARGEST_BODY", "Session"]

LARGEST_BODY = 4_000_000
"""Bytes of a body that are read; what follows is cut off."""

_OWN_HEADERS = {
    "User-Agent": "retailspec",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
_WARM = 2.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Session:
    """Sends requests to one target over connections that it keeps.

    Args:
        target: The target, for its limits and its certificates.
        record: Called with each exchange, in the order of the answers.
    """

    def __init__(self, target: Target, record: Callable[[Exchange], None] | None = None) -> None:
        self._target = target
        self._record = record
        self._client = self.new_client()
        self._single = False
        self._lanes: list[httpx.Client] = []
        self._pace = threading.Lock()
        self._next = 0.0
        self.sent = 0
        self.lost = ""

    def new_client(self) -> httpx.Client:
        """Return a client with the target's settings and connections of its own."""
        return httpx.Client(
            verify=self._target.verify,
            headers=_OWN_HEADERS,
            timeout=self._target.config.timeout,
            follow_redirects=False,
            trust_env=not is_loopback(self._target.base_url),
            limits=httpx.Limits(keepalive_expiry=1.0),
            transport=self._target.transport,
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()
        for client in self._lanes:
            client.close()

    def lanes(self, count: int) -> list[httpx.Client]:
        """Return clients with a connection each, open already, for calls that are made at once.

        They are kept for the next time; a server of one connection gets new ones instead.
        """
        self.rest()
        if self._single:
            for client in self._lanes:
                client.close()
            self._lanes = []
        missing = [self.new_client() for _ in range(count - len(self._lanes))]
        with ThreadPoolExecutor(max(1, len(missing))) as threads:
            opened = list(threads.map(self.warm, missing))
        if not all(opened):
            for client in missing:
                client.close()
            missing = [self.new_client() for _ in missing]
        self._lanes += missing
        return self._lanes[:count]

    def reach(self) -> None:
        """Make sure that something answers at the target's address, without calling an operation.

        Raises:
            UnreachableError: Nothing does; says what went wrong.
        """
        url = self._target.base_url
        try:
            self._client.request("OPTIONS", self._target.address)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = _reason(error)
            if "CERTIFICATE_VERIFY_FAILED" in reason:
                raise UnreachableError(
                    f"the certificate of {url} is not trusted; name the certificates to trust as "
                    f"ca_file in the target file ({reason})"
                ) from None
            raise UnreachableError(f"nothing answers at {url}: {reason}") from None
        except httpx.HTTPError:
            return  # it answers, if badly: that is for the checks to judge
        with self.new_client() as other:
            self._single = not self.warm(other)
        if self._single:
            self.rest()

    def rest(self) -> None:
        """Close the connections that are kept, so that a server with few of them is free."""
        self._client.close()
        self._client = self.new_client()

    def warm(self, client: httpx.Client) -> bool:
        """Open a client's connection, so that its first call does not wait for one.

        Returns:
            Whether it was opened: a server may serve one connection at a time.
        """
        if self._single:
            return False
        self._wait_turn()
        try:
            client.request("OPTIONS", self._target.address, timeout=_WARM)
        except httpx.TimeoutException:
            return False
        except httpx.HTTPError:
            return True  # it answers, if badly
        return True

    def send(self, prepared: Prepared, client: httpx.Client | None = None) -> Exchange:
        """Send a request and return the exchange; a busy target is waited for.

        Raises:
            NotJudged: The target stayed busy for all its patience, or redirects plain HTTP.
        """
        deadline = time.monotonic() + self._target.config.patience
        while True:
            exchange = self._once(prepared, client or self._client)
            wait = _busy(exchange)
            if wait is None:
                break
            if time.monotonic() + wait > deadline:
                raise NotJudged(
                    f"the target stayed busy ({exchange.status}) for its patience of "
                    f"{self._target.config.patience:g} s"
                )
            time.sleep(wait)
        if exchange.status in _REDIRECTS and self._is_plain(prepared.request.url):
            raise NotJudged("plain HTTP is redirected, so what it answers itself is not seen")
        if self._record is not None:
            self._record(exchange)
        return exchange

    def _once(self, prepared: Prepared, client: httpx.Client) -> Exchange:
        try:
            response, seconds = self._ask(prepared.request, client)
        except _LOST:
            # the other side may just have closed a kept connection: once more, on a new one
            with self.new_client() as fresh:
                try:
                    response, seconds = self._ask(prepared.request, fresh)
                except httpx.HTTPError as error:
                    return _exchange(prepared, None, _reason(error) + ", twice", 0.0)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotJudged(self._gone(prepared.request.url, _reason(error))) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _exchange(prepared, None, _reason(error), 0.0)
        return _exchange(prepared, response, "", seconds)

    def _gone(self, url: str, reason: str) -> str:
        if self._is_plain(url):
            return f"nothing answers over plain HTTP at {self._target.http_url}: {reason}"
        self.lost = reason
        return f"nothing answers at {self._target.base_url} any more: {reason}"

    def _is_plain(self, url: str) -> bool:
        """Tell whether a URL is below the target's address over plain HTTP and nowhere else."""
        plain = self._target.http_url
        return (
            plain is not None
            and url.startswith(plain)
            and not url.startswith(self._target.base_url)
        )

    def _ask(self, request: Request, client: httpx.Client) -> tuple[Response, float]:
        self._wait_turn()
        began = time.perf_counter()
        if self._single:
            request = replace(request, headers=(*request.headers, ("Connection", "close")))
        outgoing = client.build_request(
            request.method, request.url, headers=list(request.headers), content=request.body or None
        )
        if request.body == b"" and request.method == "POST":
            outgoing.headers["Content-Length"] = "0"
        incoming = client.send(outgoing, stream=True)
        try:
            body, truncated = self._read(incoming, began)
        finally:
            incoming.close()
        answer = Response(
            status=incoming.status_code,
            headers=tuple(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in incoming.headers.raw
            ),
            body=body,
            reason=incoming.reason_phrase,
            truncated=truncated,
        )
        return answer, time.perf_counter() - began

    def _read(self, incoming: httpx.Response, began: float) -> tuple[bytes, bool]:
        parts: list[bytes] = []
        size = 0
        for part in incoming.iter_raw():
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                return b"".join(parts)[:LARGEST_BODY], True
            if time.perf_counter() - began > self._target.config.timeout:
                raise httpx.ReadTimeout("the body took too long", request=incoming.request)
        return b"".join(parts), False

    def _wait_turn(self) -> None:
        with self._pace:
            self.sent += 1
            rate = self._target.config.rate
            if rate is None:
                return
            turn = max(self._next, time.monotonic())
            self._next = turn + 1 / rate
        time.sleep(max(0.0, turn - time.monotonic()))


def _exchange(
    prepared: Prepared, response: Response | None, error: str, seconds: float
) -> Exchange:
    exchange = Exchange(
        request=prepared.request,
        response=response,
        operation=prepared.operation,
        call=prepared.call,
        domain=prepared.domain,
        error=error,
        tags=prepared.tags,
        seconds=seconds,
    )
    if exchange.domain is not Domain.OPEN:
        return exchange
    return replace(exchange, domain=Domain.DOCUMENTED if exchange.accepted else Domain.OUTSIDE)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer within the target's timeout"
    text = " ".join(str(error).split())
    return text or type(error).__name__


def _busy(exchange: Exchange) -> float | None:
    """Return how long to wait where the target says that it is busy, else None."""
    response = exchange.response
    if response is None:
        return None
    after = response.header("retry-after")
    if response.status != 429 and not (response.status == 503 and after is not None):
        return None
    try:
        return max(0.05, float(after)) if after else 0.5
    except ValueError:
        return 1.0
