"""Looking at a server from outside the suite: plain calls, whose outcome can be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from retailspec.contract import Contract
    from retailspec.reference.base import Reference

__all__ = ["Probe"]


class Probe:
    """Makes plain calls to a server, with the right credentials unless told otherwise.

    It knows the operations' paths from the OpenAPI document and nothing of rules or judges.

    Args:
        contract: The contract, for paths and methods.
        reference: The server, for its credentials and fixtures.
        client: The connection to it.
        base_url: Where it is.
        plain_url: The same over plain HTTP.
    """

    def __init__(
        self,
        contract: Contract,
        reference: Reference,
        client: httpx.Client,
        base_url: str,
        plain_url: str | None = None,
    ) -> None:
        self.contract = contract
        self.reference = reference
        self.client = client
        self.base_url = base_url
        self.plain_url = plain_url
        self.credentials = dict(reference.credentials)
        self.fixtures = dict(reference.fixtures())

    def fresh(self, supply: str = "order") -> str:
        """Return a fresh entry of one of the server's supplies."""
        way = self.reference.supplies()[supply]
        url = "http://localhost" if "invalid" in self.base_url else self.base_url
        answer = self.client.request(way["method"], url + way["path"]).json()
        return str(answer[way["pointer"].removeprefix("/")])

    def call(
        self,
        operation: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
        path: Mapping[str, str] | None = None,
        query: str = "",
        base_url: str | None = None,
    ) -> httpx.Response:
        """Make one call.

        Args:
            operation: The operation's id.
            body: The JSON body; None for none.
            raw: The body's bytes, in place of `body`.
            headers: All headers but the content type, credentials among them.
            method: Another method than the operation's.
            path: The values of the path's parts.
            query: The query, as it goes over the wire.
            base_url: Another address, that of plain HTTP say.
        """
        described = self.contract.operations[operation]
        target = described.path
        for name, value in (path or {}).items():
            target = target.replace("{" + name + "}", value)
        content = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        sent = {"Content-Type": "application/json"} if content else {}
        return self.client.request(
            method or described.method,
            (base_url or self.base_url) + target + (f"?{query}" if query else ""),
            headers={**sent, **(headers or {})},
            content=content,
        )
