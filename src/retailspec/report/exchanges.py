"""The exchanges of a run as plain data, numbered, with every secret replaced."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retailspec.exchange import Exchange, Headers
    from retailspec.runner import Run
    from retailspec.secrets import Secrets

__all__ = ["ExchangeLog", "body_record", "moment"]


def moment(seconds: float) -> str:
    """Return a moment as ISO 8601 text in UTC, to the millisecond.

    Args:
        seconds: Seconds since 1970.
    """
    made = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return made.replace("+00:00", "Z")


def body_record(body: bytes, secrets: Secrets) -> dict[str, Any]:
    """Return a body as `text`, or as `base64` where it is no UTF-8 text, without its secrets.

    `size` counts the bytes as they were on the wire.
    """
    record: dict[str, Any] = {"size": len(body)}
    try:
        record["text"] = secrets.redact(body.decode())
    except UnicodeDecodeError:
        shown = secrets.redact(body.decode("latin-1")).encode("latin-1", "replace")
        record["base64"] = base64.b64encode(shown).decode()
    return record


class ExchangeLog:
    """Numbers a run's exchanges from 1 on, and hands each one out once as plain data.

    Args:
        run: The run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._numbers: dict[int, int] = {}
        self._known: list[Exchange] = []  # they are kept, so that no other takes over an id
        self._seen = 0
        self._told = 0

    def number(self, exchange: Exchange) -> int:
        """Return an exchange's number; one that the session did not send is numbered, too."""
        self._look()
        return self._add(exchange)

    def take(self) -> list[dict[str, Any]]:
        """Return the exchanges that were not handed out before, in the order of their numbers."""
        self._look()
        fresh = self._known[self._told :]
        first, self._told = self._told + 1, len(self._known)
        return [self._record(number, one) for number, one in enumerate(fresh, start=first)]

    def _look(self) -> None:
        for exchange in self._run.exchanges[self._seen :]:
            self._seen += 1
            self._add(exchange)

    def _add(self, exchange: Exchange) -> int:
        if id(exchange) not in self._numbers:
            self._known.append(exchange)
            self._numbers[id(exchange)] = len(self._known)
        return self._numbers[id(exchange)]

    def _record(self, number: int, exchange: Exchange) -> dict[str, Any]:
        secrets = self._run.target.secrets
        request, response = exchange.request, exchange.response
        answer = None
        if response is not None:
            answer = {
                "status": response.status,
                "reason": secrets.redact(response.reason),
                "headers": _headers(response.headers, secrets),
                "body": body_record(response.body, secrets),
                "truncated": response.truncated,
            }
        return {
            "contract": self._run.contract.name,
            "number": number,
            "operation": exchange.operation,
            "started": None if exchange.started is None else moment(exchange.started),
            "seconds": round(exchange.seconds, 6),
            "error": secrets.redact(exchange.error),
            "request": {
                "method": secrets.redact(request.method),
                "url": secrets.redact(request.url),
                "headers": _headers(request.headers, secrets),
                "body": body_record(request.body, secrets),
            },
            "response": answer,
        }


def _headers(headers: Headers, secrets: Secrets) -> list[list[str]]:
    return [[secrets.redact(name), secrets.redact(value)] for name, value in headers]
