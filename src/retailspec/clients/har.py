"""Exchanges of an HTTP Archive (HAR 1.1 and 1.2), as browsers and HTTP tools write them.

The tools differ in what they leave out: headers, bodies, sizes. What was not recorded is marked, so
that nobody is accused over it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlencode, urlsplit

import msgspec

from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.exchange import Exchange, NotJson, Request, Response, find_header
from retailspec.values import instant, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.exchange import Headers

__all__ = ["BrokenEntry", "NoCall", "entry_exchange"]

_DECODER = msgspec.json.Decoder()
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
_FORM = "application/x-www-form-urlencoded"
_UNKNOWN = frozenset({"", "x-unknown"})  # what tools write for a media type that they do not know
_UNREADABLE = "\ufffd".encode()  # what tools write for bytes that are no text


class BrokenEntry(ValueError):
    """An entry that is none, with what is wrong with it."""


class NoCall(ValueError):
    """An entry that stands for no call to a server, with the reason."""


def entry_exchange(data: bytes) -> Exchange:
    """Return the exchange of an entry, tagged where a body was not recorded.

    Args:
        data: The entry as JSON.

    Raises:
        BrokenEntry: It is no JSON, or lacks what an entry has.
        NoCall: It is no call over HTTP, or was answered from a cache.
    """
    entry = _object(_parsed(data), "the entry")
    request = _object(entry.get("request"), "request")
    url = _text(request, "url", "request.url")
    method = _text(request, "method", "request.method").upper()
    if not url.lower().startswith(("http://", "https://")):
        raise NoCall("it is no call over HTTP")
    if entry.get("_fromCache"):
        raise NoCall("it was answered from the browser's cache")
    tags: set[str] = set()
    headers = _labelled(_headers(request), request.get("postData"))
    body = _request_body(request, method, headers)
    if body is None:
        tags.add(BODY_LOST)
    answer = entry.get("response")
    response = None if answer is None else _response(_object(answer, "response"), method, tags)
    return Exchange(
        request=Request(method, url, headers, body or b""),
        response=response,
        error="" if response is not None else _why(entry, answer),
        tags=frozenset(tags),
        seconds=_seconds(entry.get("time")),
        started=_moment(entry.get("startedDateTime")),
    )


def _parsed(data: bytes) -> Any:
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:  # half of a surrogate pair, say, which some tools write
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenEntry(f"no JSON: {_problem(error)}") from None


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8"
    if "integer string conversion" in str(error):  # which speaks of Python's own settings
        return "a number in it has thousands of digits"
    return str(error)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BrokenEntry(f"{name} is {'missing' if value is None else 'no object'}")
    return value


def _text(holder: Mapping[str, Any], key: str, name: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value:
        raise BrokenEntry(f"{name} is {'missing' if value in (None, '') else 'no text'}")
    try:
        urlsplit(value)
        value.encode()
    except ValueError:
        raise BrokenEntry(f"{name} cannot be read") from None
    return value


def _headers(message: Mapping[str, Any]) -> Headers:
    """Return the headers of a message, without the pseudo headers of HTTP/2 and HTTP/3."""
    listed = message.get("headers")
    if isinstance(listed, dict):  # a few exporters write an object
        listed = [{"name": name, "value": value} for name, value in listed.items()]
    if not isinstance(listed, list):
        return ()
    return tuple(
        (one["name"], _plain(one.get("value")))
        for one in listed
        if isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and not one["name"].startswith(":")
    )


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _labelled(headers: Headers, content: Any) -> Headers:
    """Return headers with a Content-Type, where only the body's own label was recorded."""
    label = content.get("mimeType") if isinstance(content, dict) else None
    if headers or not isinstance(label, str) or label.strip().lower() in _UNKNOWN:
        return headers
    return (("Content-Type", label),)


def _request_body(request: Mapping[str, Any], method: str, headers: Headers) -> bytes | None:
    """Return a request's body; None where it had one that was not recorded."""
    posted = request.get("postData")
    size = request.get("bodySize")
    size = size if _is_number(size) and size >= 0 else None
    if isinstance(posted, dict):
        body = _posted(posted, headers)
        return None if not body and size else body
    if size is not None:
        return None if size else b""
    length = (find_header(headers, "content-length") or "").strip()
    if length:
        return b"" if length == "0" else None
    return b"" if method in _BODILESS else None


def _posted(posted: Mapping[str, Any], headers: Headers) -> bytes | None:
    text, fields = posted.get("text"), posted.get("params")
    if isinstance(text, str) and (text or not fields):
        body = _content(text, posted.get("encoding"))
        return None if _UNREADABLE in body else body
    label = _plain(posted.get("mimeType")) or find_header(headers, "content-type") or ""
    if not isinstance(fields, list) or label.split(";")[0].strip().lower() != _FORM:
        return None
    pairs = [
        (_plain(one.get("name")), _plain(one.get("value")))
        for one in fields
        if isinstance(one, dict)
    ]
    return urlencode(pairs).encode() if pairs else None


def _content(text: str, encoding: Any) -> bytes:
    if isinstance(encoding, str) and encoding.lower() == "base64":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise BrokenEntry("a body's base64 cannot be read") from None
    return text.encode("utf-8", "surrogatepass")


def _response(answer: dict[str, Any], method: str, tags: set[str]) -> Response | None:
    status = answer.get("status")
    if isinstance(status, str) and status.isdecimal() and len(status) < 4:
        status = int(status)
    if not _is_number(status):
        raise BrokenEntry("response.status is no number")
    if status <= 0:
        return None
    if not 100 <= status <= 999:
        raise BrokenEntry(f"response.status is {status!r:.40}")
    content = answer.get("content")
    content = content if isinstance(content, dict) else {}
    headers = _headers(answer)
    body = _answer_body(answer, content, method)
    response = Response(int(status), headers, body or b"", _plain(answer.get("statusText")))
    if body is None or not headers or _is_cut(response, content):
        tags.add(ANSWER_LOST)
    return response


def _answer_body(
    answer: Mapping[str, Any], content: Mapping[str, Any], method: str
) -> bytes | None:
    """Return an answer's body; None where it had one that was not recorded."""
    size = content.get("size")
    text = content.get("text")
    if isinstance(text, str) and (text or not _is_number(size) or size <= 0):
        return _content(text, content.get("encoding"))
    if method == "HEAD" or answer.get("status") in {204, 304}:
        return b""
    return b"" if _is_number(size) and size == 0 else None


def _is_cut(response: Response, content: Mapping[str, Any]) -> bool:
    """Tell whether a body is shorter than it was, and no JSON any more."""
    size = content.get("size")
    shorter = _is_number(size) and len(response.body) < size
    return shorter and isinstance(response.json, NotJson)


def _why(entry: Mapping[str, Any], answer: Any) -> str:
    """Return why no answer came."""
    holders = [answer, entry] if isinstance(answer, dict) else [entry]
    for holder in holders:
        for key in ("_error", "_errorText", "statusText", "comment"):
            if isinstance(holder.get(key), str) and holder[key]:
                return shorten(holder[key], 100)
    return "no answer was recorded"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(milliseconds: Any) -> float:
    fits = _is_number(milliseconds) and 0 <= milliseconds < 1e12
    return float(milliseconds) / 1000 if fits else 0.0


def _moment(text: Any) -> float | None:
    moment = instant(text)
    return None if moment is None else moment.timestamp()
