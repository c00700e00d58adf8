"""The values that a reference server works with, and how they are read off an HTTP request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, QueryParams

from retailspec.hosts import is_own

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = [
    "BODY_LIMIT",
    "NO_BODY",
    "Answer",
    "Call",
    "Handler",
    "Operation",
    "Refusal",
    "is_local",
    "make_call",
]

BODY_LIMIT: Final = 10 * 1024 * 1024
"""The largest request body that is read, in bytes; a larger one is answered 413."""


_NO_QUERY: Final = QueryParams("")


class _NoBody:
    """The type of `NO_BODY`."""


NO_BODY: Final = _NoBody()
"""An `Answer` body that is not there at all (not `null`): what a 204 has."""


@dataclass(frozen=True)
class Call:
    """One request to one operation, as its handler sees it.

    Attributes:
        operation: The operation that the path belongs to, whatever the method.
        method: The request's method, in upper case.
        target: Path and query as they were on the wire, percent-encoding included.
        query: The decoded query parameters.
        params: The decoded path parameters.
        headers: The request's headers, looked up in any case.
        raw: The exact bytes of the body, or None when they are more than `BODY_LIMIT`.
        secure: Whether the request came over TLS.
        caller: Who is calling, as `Reference.authenticate` found; empty before that.
    """

    operation: Operation
    method: str
    target: str
    query: QueryParams
    params: Mapping[str, str]
    headers: Headers
    raw: bytes | None
    secure: bool
    caller: str = ""

    def of(self, caller: str) -> Call:
        """Return the same call with its caller."""
        return Call(
            self.operation,
            self.method,
            self.target,
            self.query,
            self.params,
            self.headers,
            self.raw,
            self.secure,
            caller,
        )


@dataclass(frozen=True)
class Answer:
    """What a call is answered with.

    Attributes:
        status: The HTTP status.
        body: Anything that JSON can say, or `NO_BODY`.
        headers: Headers beside those that the server always sends.
    """

    status: int
    body: object = NO_BODY
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends the handling of a call with an answer.

    Attributes:
        answer: What the caller gets.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


Handler = Callable[[Call, dict[str, object]], Awaitable[Answer]]
"""Takes the call and its JSON object (empty where none is read), returns or raises the answer."""


@dataclass(frozen=True)
class Operation:
    """One path with the one method that it allows.

    Attributes:
        name: What the contract calls it, e.g. "confirm".
        method: The method, in upper case; "GET" allows HEAD too.
        path: The path, with parameters in braces.
        handle: What answers an admitted call.
        reads_json: Whether the body must be a JSON object; False for operations without a body,
            or those that read `Call.raw` themselves. A GET never reads one.
    """

    name: str
    method: str
    path: str
    handle: Handler
    reads_json: bool = True

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the path allows."""
        return (self.method, *(("HEAD",) if self.method == "GET" else ()), "OPTIONS")

    @property
    def allow(self) -> str:
        """The methods as the `Allow` header writes them."""
        return ", ".join(self.methods)


def make_call(
    scope: Scope, raw: bytes | None, operation: Operation, params: Mapping[str, str]
) -> Call:
    """Return a request to an operation as a call.

    Args:
        scope: The request as ASGI has it.
        raw: The exact bytes of its body, or None when they are more than `BODY_LIMIT`.
        operation: The operation that the path belongs to.
        params: The decoded path parameters.
    """
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return Call(
        operation=operation,
        method=scope["method"].upper(),
        target=f"{path}?{query}" if query else path,
        query=QueryParams(query) if query else _NO_QUERY,
        params=params,
        headers=Headers(raw=scope["headers"]),
        raw=raw,
        secure=scope["scheme"] == "https",
    )


def is_local(scope: Scope, headers: Headers) -> bool:
    """Tell whether a request comes from this machine and from no web page.

    A page in this machine's browser has a loopback address too: it is known by `Origin`, or, when
    it had its own name resolved to this machine, by `Host`.

    Args:
        scope: The request as ASGI has it.
        headers: Its headers.
    """
    client = (scope.get("client") or ("", 0))[0]
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return "origin" not in headers and is_own(client) and is_own(host)
