"""One request and its answer, as bytes: the value that every judge looks at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from retailspec.values import ELLIPSIS

__all__ = ["Domain", "Exchange", "NotJson", "Request", "Response", "media_type"]

_DEEPEST = 200
_SMALL = 64_000

Headers = tuple[tuple[str, str], ...]


class NotJson:
    """Stands for a body that is not JSON; there is one instance of it, `NotJson.BODY`."""

    BODY: NotJson

    def __repr__(self) -> str:
        return "no JSON"


NotJson.BODY = NotJson()


class Domain(StrEnum):
    """Whether a call stays inside what the document describes."""

    DOCUMENTED = "documented"
    REFUSED = "refused"  # a request that must be refused: any 4xx keeps the must
    OUTSIDE = "outside"  # another method, a wrong content type, a body that is not JSON
    OPEN = "open"  # may be refused: documented where it is accepted, outside where it is not


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def parse_json(body: bytes) -> Any:
    """Return the JSON value of `body`, or `NotJson.BODY`.

    NaN and Infinity are not JSON, nor is what nests deeper than any document's answer could.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return NotJson.BODY
    brackets = body.count(b"[") + body.count(b"{")
    return NotJson.BODY if brackets > _DEEPEST and _is_deep(value) else value


@lru_cache(maxsize=1)
def _large_json(body: bytes) -> Any:
    """Return the value of a large body; it takes up to fifty times the room, so one is kept."""
    return parse_json(body)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            below
            for one in level
            if isinstance(one, dict | list)
            for below in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def find_header(headers: Headers, name: str) -> str | None:
    """Return the values of a header, joined by commas, or None where it is absent."""
    values = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def media_type(headers: Headers) -> str | None:
    """Return the media type of the Content-Type header, in lower case, without parameters."""
    value = find_header(headers, "content-type")
    return None if value is None else value.split(";")[0].strip().lower()


@dataclass(frozen=True, repr=False)
class Request:
    """A request as it was sent.

    Args:
        method: The method, in capitals.
        url: The absolute URL, query included.
        headers: Name and value of each header, in order.
        body: The exact bytes of the body; empty where there is none.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    def __repr__(self) -> str:
        """Leave out what may hold a secret: headers, body and query."""
        return f"<Request {self.method} {urlsplit(self.url).path}, {len(self.body)} bytes>"

    @cached_property
    def json(self) -> Any:
        """The body's JSON value, or `NotJson.BODY`."""
        return parse_json(self.body)

    @cached_property
    def query(self) -> dict[str, str]:
        """The decoded parameters of the URL's query; of one that stands twice, the last."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return find_header(self.headers, name)


@dataclass(frozen=True, repr=False)
class Response:
    """An answer as it came.

    Args:
        status: The status code.
        headers: Name and value of each header, in order.
        body: The bytes of the body as they were on the wire.
        reason: The reason phrase, where there was one.
        truncated: Whether the body was longer than the session's cap.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""
    truncated: bool = False

    def __repr__(self) -> str:
        """Leave out what may repeat a secret: headers, reason and body."""
        return f"<Response {self.status}, {len(self.body)} bytes>"

    @property
    def size(self) -> int:
        """How many bytes its parts have together."""
        head = sum(len(name) + len(value) for name, value in self.headers)
        return head + len(self.reason) + len(self.body)

    def cut(self, limit: int) -> None:
        """Keep no more than the beginning from now on, where head or body are longer.

        Args:
            limit: The most bytes of the body, and of the head.
        """
        self.forget()
        if len(self.body) > limit:
            object.__setattr__(self, "body", _cut(self.body, limit))
            object.__setattr__(self, "truncated", True)
        kept, left = [], limit
        for name, value in self.headers:
            left -= len(name) + len(value)
            if left < 0:
                break
            kept.append((name, value))
        object.__setattr__(self, "headers", tuple(kept))
        object.__setattr__(self, "reason", self.reason[:limit])

    def forget(self) -> None:
        """Let go of the JSON value, which takes many times the body's room; it is read again."""
        self.__dict__.pop("_json", None)

    @property
    def json(self) -> Any:
        """The body's JSON value, or `NotJson.BODY`; of a large one it is kept for a while only."""
        if self.truncated:
            return NotJson.BODY
        if len(self.body) > _SMALL:
            return _large_json(self.body)
        if "_json" not in self.__dict__:
            self.__dict__["_json"] = parse_json(self.body)
        return self.__dict__["_json"]

    @cached_property
    def media_type(self) -> str | None:
        """The media type that the answer is labelled with."""
        return media_type(self.headers)

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return find_header(self.headers, name)


def _cut(body: bytes, limit: int) -> bytes:
    """Return the beginning of a body; that of a text ends with an ellipsis, as other cut texts."""
    for end in range(limit, limit - 4, -1):
        try:
            return (body[:end].decode() + ELLIPSIS).encode()
        except UnicodeDecodeError:
            continue
    return body[:limit]


@dataclass(frozen=True)
class Exchange:
    """A request with its answer.

    Args:
        request: What was sent.
        response: What came back; None where no answer came.
        operation: The operation's id, where the request is one of the contract's calls.
        call: The name of the contract's base call that was sent, where there is one.
        domain: Whether the call stays inside what the document describes.
        error: Why no answer came.
        tags: Marks by which a contract's standing rules select exchanges.
        seconds: How long the answer took.
        started: When it was sent, in seconds since 1970, where that is known.
    """

    request: Request
    response: Response | None
    operation: str | None = None
    call: str | None = None
    domain: Domain = Domain.DOCUMENTED
    error: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)
    seconds: float = 0.0
    started: float | None = None

    @property
    def status(self) -> int | None:
        """The answer's status, or None where no answer came."""
        return None if self.response is None else self.response.status

    @property
    def accepted(self) -> bool:
        """Whether the answer is a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer is a 4xx."""
        return self.status is not None and 400 <= self.status < 500
