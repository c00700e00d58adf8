"""Exchanges as an HTTP Archive (HAR 1.2), which browsers and HTTP tools read."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from retailspec.exchange import find_header

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["har"]

Record = dict[str, Any]

_VERSION = "HTTP/1.1"


def har(exchanges: Iterable[Record], tool: Record, started: str) -> Record:
    """Return the archive of exchanges.

    Args:
        exchanges: Exchanges as `ExchangeLog` records them.
        tool: Name and version of what wrote them.
        started: The moment that stands for an exchange's own where that is not known.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": tool["name"], "version": tool["version"]},
            "entries": [_entry(exchange, started) for exchange in exchanges],
        }
    }


def _entry(exchange: Record, started: str) -> Record:
    milliseconds = exchange["seconds"] * 1000
    comment = f"{exchange['contract']} {exchange['number']}"
    if exchange["operation"]:
        comment += f": {exchange['operation']}"
    if exchange["error"]:
        comment += f"; no answer: {exchange['error']}"
    return {
        "startedDateTime": exchange["started"] or started,
        "time": milliseconds,
        "request": _request(exchange["request"]),
        "response": _response(exchange["response"]),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": comment,
    }


def _request(request: Record) -> Record:
    pairs = parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True)
    made: Record = {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": _VERSION,
        "cookies": _cookies(request["headers"], "cookie"),
        "headers": _named(request["headers"]),
        "queryString": _named(pairs),
        "headersSize": -1,
        "bodySize": request["body"]["size"],
    }
    if request["body"]["size"]:
        made["postData"] = {"mimeType": _label(request["headers"]), **_text(request["body"])}
    return made


def _response(response: Record | None) -> Record:
    if response is None:  # as browsers write a request that got no answer
        body: Record = {"size": 0, "text": ""}
        response = {"status": 0, "reason": "", "headers": [], "body": body, "truncated": False}
    made: Record = {
        "status": response["status"],
        "statusText": response["reason"],
        "httpVersion": _VERSION,
        "cookies": _cookies(response["headers"], "set-cookie"),
        "headers": _named(response["headers"]),
        "content": {
            "size": response["body"]["size"],
            "mimeType": _label(response["headers"]),
            **_text(response["body"]),
        },
        "redirectURL": find_header(_pairs(response["headers"]), "location") or "",
        "headersSize": -1,
        "bodySize": response["body"]["size"],
    }
    if response["truncated"]:
        made["content"]["comment"] = "cut: the body was longer"
    return made


def _text(body: Record) -> Record:
    return {"text": body["text"]} if "text" in body else _encoded(body["base64"])


def _encoded(base64: str) -> Record:
    return {"text": base64, "encoding": "base64"}


def _pairs(headers: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers)


def _named(pairs: Iterable[Iterable[str]]) -> list[Record]:
    return [{"name": name, "value": value} for name, value in pairs]


def _label(headers: Iterable[Iterable[str]]) -> str:
    return find_header(_pairs(headers), "content-type") or ""


def _cookies(headers: Iterable[Iterable[str]], header: str) -> list[Record]:
    made: list[Record] = []
    for name, value in headers:
        if name.lower() != header:
            continue
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(value)
        except CookieError:
            continue  # it stands among the headers as it came
        made += [{"name": key, "value": morsel.value} for key, morsel in jar.items()]
    return made
