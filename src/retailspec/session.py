"""Sending requests and keeping what comes back, within the target's limits."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import httpx

from retailspec.build import NotJudged, Prepared
from retailspec.checks.withheld import why_withheld
from retailspec.endurance import Endurance, busy_for
from retailspec.errors import UnreachableError
from retailspec.exchange import Domain, Exchange, Request, Response
from retailspec.findings import AT_ONCE
from retailspec.parallel import together
from retailspec.reasons import reason, silent, unreachable
from retailspec.wire import LARGEST_BODY, Wire, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.target.target import Target

__all__ = ["LARGEST_BODY", "Session"]

_WARM = 2.0
_FIRST_TRY_AGAIN = 0.05
_LAST_TRY_AGAIN = 1.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Session:
    """Sends requests to one target over connections that it keeps.

    Args:
        target: The target, for its limits and its certificates.
        record: Called with each exchange, in the order of the answers.
        withheld: The operations that are never called.
    """

    def __init__(
        self,
        target: Target,
        record: Callable[[Exchange], None] | None = None,
        withheld: frozenset[str] = frozenset(),
    ) -> None:
        self._target = target
        self._withheld = withheld
        self._record = record
        self._stop = threading.Event()
        self._endurance = Endurance(target.config.timeout, target.config.patience)
        self._wire = self.new_wire()
        self._single = False
        self._lanes: list[Wire] = []
        self._count = threading.Lock()
        self._recording = threading.Lock()
        self.sent = 0

    def new_wire(self) -> Wire:
        """Return a client with the target's settings and connections of its own."""
        return Wire(
            verify=self._target.verify,
            timeout=self._target.config.timeout,
            direct=is_loopback(self._target.base_url),
            carry=self._target.carry,
            stop=self._stop,
        )

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()
        for wire in self._lanes:
            wire.close()

    def stop(self) -> None:
        """Let every call end at once, those of other threads too; nothing is sent any more."""
        self._stop.set()

    def lanes(self, count: int) -> list[Wire]:
        """Return clients with a connection each, open already, for calls that are made at once.

        They are kept for the next time; a server of one connection gets new ones instead.
        """
        self.rest()
        if self._single:
            for wire in self._lanes:
                wire.close()
            self._lanes = []
        missing = [self.new_wire() for _ in range(count - len(self._lanes))]
        if not all(together([partial(self.warm, wire) for wire in missing], self.stop)):
            for wire in missing:
                wire.close()
            missing = [self.new_wire() for _ in missing]
        self._lanes += missing
        return self._lanes[:count]

    def reach(self) -> None:
        """Make sure that something answers at the target's address, without calling an operation.

        Raises:
            UnreachableError: Nothing does; says what went wrong.
        """
        url = self._target.base_url
        try:
            if self._is_silent("OPTIONS") and self._is_silent("GET"):
                raise UnreachableError(silent(url, self._target.config.timeout))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise UnreachableError(unreachable(url, reason(error))) from None
        except httpx.HTTPError:
            return  # it answers, if badly: that is for the checks to judge
        other = self.new_wire()
        self._single = not self.warm(other)
        other.close()
        if self._single:
            self.rest()

    def _is_silent(self, method: str) -> bool:
        """Tell whether not one byte comes in answer to a call of no operation."""
        try:
            self._touch(self._wire, None, method)
        except httpx.ConnectTimeout:
            raise
        except httpx.TimeoutException:
            if self._wire.received:
                raise
            return True
        return False

    def _touch(self, wire: Wire, timeout: float | None, method: str = "OPTIONS") -> None:
        self._wait_turn()
        wire.fetch(method, self._target.address, timeout=timeout)

    @property
    def over(self) -> str:
        """Why nothing is sent any more; empty while it is."""
        if self._stop.is_set():
            return "the run was stopped"
        return f"the target was given up: {self.lost}" if self.lost else ""

    @property
    def lost(self) -> str:
        """Why the target was given up; empty while it is not."""
        return self._endurance.over

    def rest(self) -> None:
        """Close the connections that are kept, so that a server with few of them is free."""
        self._wire.close()

    def warm(self, wire: Wire) -> bool:
        """Open a client's connection, so that its first call does not wait for one.

        Returns:
            Whether it was opened: a server may serve one connection at a time.
        """
        if self._single:
            return False
        try:
            self._touch(wire, min(_WARM, self._target.config.timeout))
        except httpx.TimeoutException:
            return False
        except httpx.HTTPError:
            return True  # it answers, if badly
        return True

    def send(self, prepared: Prepared, wire: Wire | None = None) -> Exchange:
        """Send a request and return the exchange; a busy target is waited for.

        Raises:
            NotJudged: The target stayed busy for all its patience, redirects plain HTTP, or was
                given up; or the call is one that is never made.
        """
        if prepared.operation in self._withheld:
            raise NotJudged(why_withheld({prepared.operation}))
        exchange = self._answered(prepared, wire or self._wire)
        if exchange.status in _REDIRECTS and self._is_plain(prepared.request.url):
            raise NotJudged("plain HTTP is redirected, so what it answers itself is not seen")
        with self._recording:  # one at a time, since what a target answers may be large
            if self._record is not None and not self._stop.is_set():
                self._record(exchange)
        return exchange

    def _answered(self, prepared: Prepared, wire: Wire) -> Exchange:
        """Return the exchange with the first answer that does not ask to come back later."""
        began = time.monotonic()
        patience = self._endurance.patience
        while True:
            if self.over:
                raise NotJudged(self.over)
            exchange = self._once(prepared, wire)
            wait = busy_for(exchange)
            if wait is None:
                break
            if time.monotonic() + wait > began + patience:
                self._endurance.busy(time.monotonic() - began)
                raise NotJudged(
                    f"the target stayed busy ({exchange.status}) for its patience of "
                    f"{self._target.config.patience:g} s"
                )
            self._stop.wait(wait)
        if exchange.response is None:
            alone = AT_ONCE not in prepared.tags
            self._endurance.silent(time.monotonic() - began, in_a_row=alone)
        else:
            self._endurance.answered()
        return exchange

    def _once(self, prepared: Prepared, wire: Wire) -> Exchange:
        try:
            response, seconds = self._ask(prepared.request, wire)
        except _LOST as error:
            if wire.received:
                return _exchange(prepared, None, reason(error), 0.0)
            # the other side may just have closed a kept connection: once more, on a new one
            return self._again(prepared)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return self._waited_for(prepared, wire, error)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _exchange(prepared, None, reason(error), 0.0)
        return _exchange(prepared, response, "", seconds)

    def _waited_for(self, prepared: Prepared, wire: Wire, error: httpx.TransportError) -> Exchange:
        """Send a request once its server is there again: one that fell may be started anew.

        Raises:
            NotJudged: It is not there within the target's patience, and is given up.
        """
        url = prepared.request.url
        if self._is_plain(url):
            raise NotJudged(
                f"nothing answers over plain HTTP at {self._target.http_url}: {reason(error)}"
            )
        until, pause = time.monotonic() + self._endurance.patience, _FIRST_TRY_AGAIN
        while time.monotonic() + pause < until and not self.over:
            self._stop.wait(pause)
            pause = min(2 * pause, _LAST_TRY_AGAIN)
            try:
                response, seconds = self._ask(prepared.request, wire)
            except (httpx.ConnectError, httpx.ConnectTimeout) as again:
                error = again
            except httpx.HTTPError as other:
                return _exchange(prepared, None, reason(other), 0.0)
            else:
                return _exchange(prepared, response, "", seconds)
        if not self.over:
            gone = f"nothing answers at {self._target.base_url} any more: {reason(error)}"
            self._endurance.gone(gone)
        raise NotJudged(self.over)

    def _again(self, prepared: Prepared) -> Exchange:
        fresh = self.new_wire()
        try:
            response, seconds = self._ask(prepared.request, fresh)
        except httpx.HTTPError as error:
            return _exchange(prepared, None, reason(error) + ", twice", 0.0)
        finally:
            fresh.close()
        return _exchange(prepared, response, "", seconds)

    def _is_plain(self, url: str) -> bool:
        """Tell whether a URL is below the target's address over plain HTTP and nowhere else."""
        plain = self._target.http_url
        return (
            plain is not None
            and url.startswith(plain)
            and not url.startswith(self._target.base_url)
        )

    def _ask(self, request: Request, wire: Wire) -> tuple[Response, float]:
        self._wait_turn()
        began = time.perf_counter()
        headers = [*request.headers, *([("Connection", "close")] if self._single else [])]
        answer = wire.fetch(request.method, request.url, headers, request.body)
        return answer, time.perf_counter() - began

    def _wait_turn(self) -> None:
        with self._count:
            self.sent += 1
        self._target.pace.wait(self._stop)


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
        started=time.time() - seconds,
    )
    if exchange.domain is not Domain.OPEN:
        return exchange
    return replace(exchange, domain=Domain.DOCUMENTED if exchange.accepted else Domain.OUTSIDE)
