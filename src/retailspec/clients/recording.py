"""Recorded exchanges, a line of JSON each: the format of `--record`, and what `traffic` reads.

The format is described in docs/recording.md and, as JSON Schema, in exchange.schema.json beside
this module.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from retailspec.clients.hiding import hide_in
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.exchange import Exchange, Request, Response
from retailspec.values import instant

if TYPE_CHECKING:
    from retailspec.clients.auth import Credentials
    from retailspec.exchange import Headers
    from retailspec.secrets import Secrets

__all__ = ["FORMAT", "BrokenLine", "RecordedLine", "exchange_of", "line_of", "read_line"]

FORMAT: Final = 1
"""The version of the format, which each line names."""


class BrokenLine(ValueError):
    """A line that is no recorded exchange, with what is wrong with it."""


class RecordedRequest(msgspec.Struct, omit_defaults=True, gc=False):
    """A request; without `body` and `body_base64` its body was not recorded."""

    method: str
    url: str
    headers: list[tuple[str, str]] = []
    body: str | None = None
    body_base64: str | None = None


class RecordedResponse(msgspec.Struct, omit_defaults=True, gc=False):
    """An answer; without `body` and `body_base64` its body was not recorded."""

    status: Annotated[int, msgspec.Meta(ge=100, le=999)]
    headers: list[tuple[str, str]] = []
    body: str | None = None
    body_base64: str | None = None
    reason: str = ""
    truncated: bool = False


class RecordedLine(msgspec.Struct, omit_defaults=True, gc=False):
    """One exchange; `response` is null where no answer came, and `error` says why."""

    retailspec: int
    request: RecordedRequest
    response: RecordedResponse | None
    contract: str | None = None
    started: str | None = None
    seconds: float = 0.0
    error: str = ""


_DECODER = msgspec.json.Decoder(RecordedLine)
_ENCODER = msgspec.json.Encoder()


def read_line(line: bytes) -> RecordedLine:
    """Return the record that a line holds.

    Raises:
        BrokenLine: It holds none, or one of a later version of the format.
    """
    try:
        record = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenLine(str(error)) from None
    if record.retailspec != FORMAT:
        raise BrokenLine(f"format {record.retailspec}, and only {FORMAT} is known here")
    return record


def exchange_of(record: RecordedLine) -> Exchange:
    """Return the exchange of a record, tagged where a body was not recorded.

    Raises:
        BrokenLine: Its base64 or its time cannot be read.
    """
    tags = set()
    body = _bytes(record.request)
    if body is None and record.request.method.upper() not in {"GET", "HEAD", "OPTIONS"}:
        tags.add(BODY_LOST)
    return Exchange(
        request=Request(
            record.request.method.upper(),
            record.request.url,
            tuple(record.request.headers),
            body or b"",
        ),
        response=_answer(record.response, tags),
        error=record.error,
        tags=frozenset(tags),
        seconds=record.seconds,
        started=_seconds(record.started),
    )


def _answer(response: RecordedResponse | None, tags: set[str]) -> Response | None:
    if response is None:
        return None
    body = _bytes(response)
    if body is None or response.truncated:
        tags.add(ANSWER_LOST)
    return Response(
        response.status,
        tuple(response.headers),
        body or b"",
        response.reason,
        truncated=response.truncated,
    )


def line_of(
    exchange: Exchange, *, contract: str | None, credentials: Credentials, secrets: Secrets
) -> bytes:
    """Return the line that records an exchange, its end included, without its credentials.

    Args:
        exchange: The exchange.
        contract: The contract that it belongs to, where that is known.
        credentials: Tells which parts of which headers are credentials; `${NAME}` stands for them.
        secrets: The values that must not be written, wherever they stand.
    """
    request, response = exchange.request, exchange.response
    record = RecordedLine(
        retailspec=FORMAT,
        contract=contract,
        started=None if exchange.started is None else _timestamp(exchange.started),
        seconds=round(exchange.seconds, 6),
        request=RecordedRequest(
            request.method,
            _plain(hide_in(secrets.redact(request.url))),
            _headers(request.headers, credentials, secrets),
            **({} if BODY_LOST in exchange.tags else _text(request.body, secrets)),
        ),
        response=None
        if response is None
        else RecordedResponse(
            response.status,
            _headers(response.headers, credentials, secrets),
            reason=_plain(response.reason),
            truncated=response.truncated,
            **_text(response.body, secrets),
        ),
        error=_plain(secrets.redact(exchange.error)),
    )
    return _ENCODER.encode(record) + b"\n"


def _without(credentials: Credentials, name: str, value: str) -> str:
    for credential, start, end in sorted(credentials.spans(name, value), key=lambda it: -it[1]):
        value = f"{value[:start]}${{{credential}}}{value[end:]}"
    return value


def _headers(headers: Headers, credentials: Credentials, secrets: Secrets) -> list[tuple[str, str]]:
    found = []
    for name, value in headers:
        rest = _without(credentials, name, value)
        known = rest != value  # a documented name may look like a credential, and is none
        shown = name if known else secrets.redact(name)
        found.append((_plain(shown), _plain(secrets.redact(rest))))
    return found


def _plain(text: str) -> str:
    """Return a text that UTF-8 can hold: half a surrogate pair is no character."""
    return text.encode("utf-8", "replace").decode()


def _text(body: bytes, secrets: Secrets) -> dict[str, Any]:
    try:
        return {"body": hide_in(secrets.redact(body.decode()))}
    except UnicodeDecodeError:  # one character a byte, so that credentials can be seen in it
        text = hide_in(secrets.redact(body.decode("latin-1")))
        return {"body_base64": base64.b64encode(text.encode("latin-1")).decode()}


def _bytes(holder: RecordedRequest | RecordedResponse) -> bytes | None:
    if holder.body is not None:
        return holder.body.encode("utf-8", "surrogatepass")
    if holder.body_base64 is None:
        return None
    try:
        return base64.b64decode(holder.body_base64, validate=True)
    except ValueError as error:  # not base64, or not even ASCII
        raise BrokenLine(f"body_base64: {error}") from None


def _timestamp(moment: float) -> str:
    when = dt.datetime.fromtimestamp(moment, dt.UTC)
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    moment = instant(text)
    if moment is None:
        raise BrokenLine(f"started: {text[:40]!r} is no RFC 3339 timestamp")
    return moment.timestamp()
