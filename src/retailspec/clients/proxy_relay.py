"""What all connections of a proxy share: where to, who may, how long, and where it is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from retailspec.clients.proxy_client import ClientSide
from retailspec.clients.proxy_refusal import reason
from retailspec.clients.proxy_turn import Budget

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from retailspec.clients.proxy_guard import Guard, Upstream
    from retailspec.clients.proxy_seen import Seen

__all__ = ["Limits", "Relay", "Sink"]

_MOST_TOLD = 1000


class Sink(Protocol):
    """Where the proxy's observations go. Nothing here may raise, or take long."""

    def see(self, seen: Seen) -> None:
        """Take an exchange, its bytes delivered."""
        ...

    def miss(self, reason: str, times: int = 1) -> None:
        """Take note of exchanges that cannot be judged."""
        ...

    def tell(self, line: str) -> None:
        """Tell the user something."""
        ...


class Limits:
    """How long the proxy waits, in seconds, and how many connections it takes.

    Args:
        head: For a request's head, from its first byte on; for a new connection's first byte.
        connect: For the upstream to accept a connection, and its TLS.
        linger: For a client to read a refusal.
        connections: The most client connections at a time.
    """

    def __init__(
        self,
        *,
        head: float = 15.0,
        connect: float = 10.0,
        linger: float = 2.0,
        connections: int = 1000,
    ) -> None:
        self.head = head
        self.connect = connect
        self.linger = linger
        self.connections = connections


class Relay:
    """What all connections of a proxy share.

    Args:
        upstream: Where requests go.
        guard: Which are taken.
        trust: How the upstream's certificate is verified; None for plain HTTP.
        sink: Where observations go.
        limits: How long to wait, and how many connections to take.
    """

    def __init__(
        self,
        upstream: Upstream,
        guard: Guard,
        trust: ssl.SSLContext | None,
        sink: Sink,
        limits: Limits | None = None,
    ) -> None:
        self.upstream = upstream
        self.guard = guard
        self.trust = trust
        self.sink = sink
        self.limits = limits or Limits()
        self.budget = Budget()
        self.clients: set[ClientSide] = set()
        self._told: set[str] = set()
        self._trouble = ""

    def protocol(self) -> ClientSide:
        """Return what serves one more client connection."""
        return ClientSide(self)

    def tell(self, line: str) -> None:
        """Tell the user something, once."""
        if line not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(line)
            self.sink.tell(line)

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> str:
        """Connect to the upstream; return "" or, in words, why that cannot be done.

        The user is told once, until it can be done again.

        Args:
            factory: Makes the protocol of the connection.
        """
        loop, where = asyncio.get_running_loop(), self.upstream
        try:
            async with asyncio.timeout(self.limits.connect):
                await loop.create_connection(
                    factory,
                    where.host,
                    where.port,
                    ssl=self.trust,
                    server_hostname=where.host if self.trust else None,
                )
        except (OSError, ValueError) as error:
            trouble = f"upstream {where.url}: {reason(error, self.limits.connect)}"
            if trouble != self._trouble:
                self._trouble = trouble
                self.sink.tell(trouble)
            return trouble
        self._trouble = ""
        return ""

    async def finish(self, seconds: float) -> None:
        """Let answers that are under way arrive, for so long; then cut every connection."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while any(client.turns for client in self.clients) and loop.time() < deadline:
            await asyncio.sleep(0.01)
        for client in list(self.clients):
            client.cut("the proxy was stopped before the answer was whole")
        while self.clients:
            await asyncio.sleep(0)
