"""A reference server as a target without sockets: the same application, called directly."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import httpx

from retailspec.exchange import Response
from retailspec.secrets import Secrets, variable
from retailspec.target.config import HttpCall, SupplyConfig, TargetConfig
from retailspec.target.supply import HttpSupply, Pool
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from typing import Any

    from starlette.types import ASGIApp, Scope

    from retailspec.contract import Contract
    from retailspec.reference.base import Reference
    from retailspec.target.target import Target

__all__ = ["InProcess", "in_process_target"]

_SECURE = "https://in-process.invalid"
_PLAIN = "http://in-process.invalid"
_OWN = (b"host", b"content-length")


class InProcess(httpx.BaseTransport):
    """Carries requests to an ASGI application in this process, one at a time.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._one = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's answer to a request."""
        asked = [(name, value) for name, value in request.headers.raw if name.lower() not in _OWN]
        answer = self.carry(request.method, request.url, asked, request.read())
        told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        return httpx.Response(answer.status, headers=told, stream=httpx.ByteStream(answer.body))

    def carry(
        self, method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], content: bytes
    ) -> Response:
        """Return the application's answer to a request that is given in its parts.

        Raises:
            httpx.RemoteProtocolError: It gave none.
        """
        sent: list[MutableMapping[str, Any]] = []
        with self._one:
            scope = _scope(method, url, headers, len(content))
            self._loop.run_until_complete(self._call(scope, content, sent))
        start = next((part for part in sent if part["type"] == "http.response.start"), None)
        if start is None:
            raise httpx.RemoteProtocolError("the application gave no answer")
        raw = start.get("headers", ())
        return Response(
            status=start["status"],
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw),
            body=b"".join(part.get("body", b"") for part in sent[1:]),
            reason=httpx.codes.get_reason_phrase(start["status"]),
        )

    def stop(self) -> None:
        """Close the event loop that the application ran in."""
        self._loop.close()

    async def _call(
        self, scope: Scope, content: bytes, sent: list[MutableMapping[str, Any]]
    ) -> None:
        waiting = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        # an application that fails has answered 500 by then, as a server would pass on
        with contextlib.suppress(Exception):
            await self._app(scope, receive, send)


def _scope(method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], size: int) -> Scope:
    own = [(b"host", url.netloc)]
    if size or method == "POST":
        own.append((b"content-length", b"%d" % size))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "root_path": "",
        "query_string": url.query,
        "headers": own + [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
    }


@contextlib.contextmanager
def in_process_target(
    contract: Contract, reference: Reference, settings: Mapping[str, Any] | None = None
) -> Iterator[Target]:
    """Yield a target whose requests reach a reference server without a socket.

    Args:
        contract: The contract.
        reference: The server, healthy or not.
        settings: Keys of the target's settings that differ.
    """
    transport = InProcess(reference.app)
    config = TargetConfig(
        base_url=_SECURE,
        http_url=_PLAIN,
        fixtures=dict(reference.fixtures()),
        supply={
            name: SupplyConfig(http=HttpCall(url=_SECURE + way["path"], method=way["method"]))
            for name, way in reference.supplies().items()
        },
    )
    config = config.model_copy(update=dict(settings or {}))
    variables = {name: variable(contract.name, name) for name in reference.credentials}
    secrets = Secrets(reference.credentials, variables)
    target = make_target(
        contract, config, f"in-process {contract.name}:", secrets=secrets, embedded=True
    )
    target.carry = transport.carry
    for name, way in reference.supplies().items():
        url = "http://localhost" + way["path"]
        supply = HttpSupply(way["method"], url, way["pointer"], name, carry=transport.carry)
        target.pools[name] = Pool(supply)
    try:
        yield target
    finally:
        target.close()
        transport.stop()
