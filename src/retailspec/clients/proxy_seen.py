"""What the proxy saw pass: the message from the process that relays to the one that judges."""

from __future__ import annotations

import re

import msgspec

from retailspec.clients.coding import decoded
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.exchange import Exchange, Request, Response

__all__ = ["Missed", "Seen", "exchange_of", "pack", "unpack"]

_LINE = re.compile(r"([^:\r\n]+):([^\r\n]*+)")


class Seen(msgspec.Struct, array_like=True, tag=1):
    """One exchange, in bytes.

    Args:
        origin: The upstream's scheme and authority.
        request: The request's head as it was passed on.
        body: The request's body, without its framing.
        body_lost: Whether there was more of it.
        answer: The answer's head; empty where none came.
        answer_body: The answer's body, without its framing.
        answer_lost: Whether there was more of it.
        started: When the request came, in seconds since 1970.
        seconds: How long it took from there to the answer's end.
        error: Why the answer did not come, or not whole.
    """

    origin: str
    request: bytes
    body: bytes
    body_lost: bool
    answer: bytes
    answer_body: bytes
    answer_lost: bool
    started: float
    seconds: float
    error: str


class Missed(msgspec.Struct, array_like=True, tag=2):
    """Exchanges that were passed on, or refused, and cannot be judged."""

    reason: str
    times: int


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Seen | Missed)


def pack(message: Seen | Missed) -> bytes:
    """Return a message as bytes."""
    return _ENCODER.encode(message)


def unpack(data: bytes) -> Seen | Missed:
    """Return the message that bytes hold."""
    message: Seen | Missed = _DECODER.decode(data)
    return message


def exchange_of(seen: Seen) -> Exchange:
    """Return the exchange, its bodies decoded where they were compressed, tagged where lost."""
    tags = set()
    line, fields = _head(seen.request)
    method, target, _ = line.split(" ", 2)
    body, whole = decoded(seen.body, fields)
    if seen.body_lost or not whole:
        tags.add(BODY_LOST)
    request = Request(method, seen.origin + target, fields, body)
    response = None
    if seen.answer:
        line, fields = _head(seen.answer)
        status, _, reason = line.partition(" ")[2].partition(" ")
        content, whole = decoded(seen.answer_body, fields)
        truncated = seen.answer_lost or not whole
        if truncated:
            tags.add(ANSWER_LOST)
        response = Response(int(status), fields, content, reason, truncated=truncated)
    return Exchange(
        request,
        response,
        error=seen.error,
        tags=frozenset(tags),
        seconds=seen.seconds,
        started=seen.started,
    )


def _head(head: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    line, _, rest = head.decode("latin-1").partition("\r\n")
    return line, tuple((name, value.strip(" \t")) for name, value in _LINE.findall(rest))
