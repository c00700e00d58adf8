"""Delivers webhooks: in the background, with retries that end."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Courier", "Delivery", "is_deliverable"]

logger = logging.getLogger(__name__)

RETRY_DELAYS: Final = (0.1, 0.3)
"""The pauses between the attempts, in seconds: one attempt more than there are pauses."""

PATIENCE: Final = 5.0
"""How long one attempt may take, in seconds."""


@dataclass(frozen=True)
class Delivery:
    """One webhook call to make.

    Attributes:
        url: Where to.
        body: The exact bytes of the body.
        headers: Its headers.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]


class Courier:
    """Makes webhook calls in background tasks of the running event loop, which ends them with it.

    Args:
        retry_delays: The pauses between attempts, in seconds.
        patience: How long one attempt may take, in seconds.
        tls: What certificates to trust at https URLs; None for the usual ones.
    """

    def __init__(
        self,
        *,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        patience: float = PATIENCE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.retry_delays = tuple(retry_delays)
        self.patience = patience
        self.tls = tls
        self._tasks: set[asyncio.Task[bool]] = set()

    def send(self, delivery: Delivery) -> None:
        """Begin a delivery and return at once."""
        task = asyncio.get_running_loop().create_task(self.deliver(delivery))
        self._tasks.add(task)  # the loop itself holds no strong reference
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, delivery: Delivery) -> bool:
        """Return whether the delivery was taken, at the first attempt or a later one."""
        async with self._client(delivery.url) as client:
            for delay in (0.0, *self.retry_delays):
                await asyncio.sleep(delay)
                if await self.attempt(client, delivery):
                    return True
        logger.info("gave up a delivery to %s", delivery.url)
        return False

    async def attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        """Return whether one attempt is answered with a 2xx; the answer's body is not read."""
        try:
            async with (
                asyncio.timeout(self.patience),
                client.stream(
                    "POST", delivery.url, content=delivery.body, headers=dict(delivery.headers)
                ) as response,
            ):
                return response.is_success
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return False

    def _client(self, url: str) -> httpx.AsyncClient:
        """Return a client; certificates take a while to load, and only https needs any."""
        if not url.lower().startswith("https:"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        else:
            context = self.tls or ssl.create_default_context()
        return httpx.AsyncClient(verify=context, trust_env=False)


def is_deliverable(url: object) -> bool:
    """Tell whether a value is an http or https URL that a call can be made to."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        return False
