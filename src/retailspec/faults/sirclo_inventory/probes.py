"""The calls that the probes of this contract are made of."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from retailspec.faults.probe import Probe

__all__ = [
    "BASE",
    "LEFT_OUT",
    "channels",
    "code_of",
    "field_of_item",
    "field_of_record",
    "history",
    "page",
    "raw",
    "rows",
    "rows_since",
    "send",
    "sign",
    "status_of",
    "status_of_history",
    "traces",
    "update",
]

LEFT_OUT: Final = object()
"""In place of a field's value: the field is not sent."""

BASE: Final[Mapping[str, object]] = {
    "sku": "sku1",
    "warehouse": "default",
    "available_stock": 100,
    "buffer_stock": 0,
    "channel_stock": [{"code": "bklp", "qty": 30}],
}
"""An update that is accepted."""

_TRIES = 20
_PAUSE = 0.02


def sign(key: str, uri: str, body: bytes = b"", digest: str = "sha256") -> str:
    """Return the `secret` header of a call (section Composing Secret)."""
    made = hmac.digest(key.encode(), uri.encode() + body, digest)
    return base64.b64encode(made).decode("ascii")


def send(
    probe: Probe,
    operation: str,
    body: object = None,
    *,
    raw: bytes | None = None,
    query: str = "",
    signer: Callable[[str, str, bytes], str | None] = sign,
    partner: Callable[[str], str | None] = str,
    **also: Any,
) -> httpx.Response:
    """Make one signed call.

    Args:
        probe: The probe.
        operation: The operation's id.
        body: The JSON body; None for none.
        raw: The body's bytes, in place of `body`.
        query: The query, as it goes over the wire.
        signer: Makes the `secret` header from key, path with query, and body; None leaves it out.
        partner: Makes the `partner-id` header from the right one; None leaves it out.
        also: `method`; `label`, another content type.
    """
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    uri = probe.contract.operations[operation].path + (f"?{unquote(query)}" if query else "")
    given = {
        "partner-id": partner(probe.credentials["partner_id"]),
        "secret": signer(probe.credentials["secret"], uri, content),
        "Content-Type": also.pop("label", None),
    }
    headers = {name: value for name, value in given.items() if value is not None}
    return probe.call(operation, raw=content, headers=headers, query=query, **also)


def channels(*codes: str) -> list[dict[str, object]]:
    """Return what some channels say, 30 in the first, 29 in the second, and so on."""
    return [{"code": code, "qty": 30 - row} for row, code in enumerate(codes)]


def update(probe: Probe, **changes: Any) -> httpx.Response:
    """Send an update with some parameters changed, added or left out."""
    fields = {**BASE, **changes}
    body = {name: value for name, value in fields.items() if value is not LEFT_OUT}
    return send(probe, "update", body)


def status_of(**changes: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of an update with these changes."""
    return lambda probe: update(probe, **changes).status_code


def raw(body: bytes, **also: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of an update with this body."""
    return lambda probe: send(probe, "update", raw=body, **also).status_code


def code_of(answer: httpx.Response) -> Any:
    """Return the transaction code of an answer, whatever it is."""
    return answer.json()["transaction_code"]


def history(probe: Probe, query: str = "limit=10&offset=0") -> httpx.Response:
    """Read a page of the history."""
    return send(probe, "history", query=query)


def status_of_history(query: str = "limit=10&offset=0", **also: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of a page of the history."""
    return lambda probe: send(probe, "history", query=query, **also).status_code


def page(name: str, query: str = "limit=10&offset=0") -> Callable[[Probe], Any]:
    """Return a probe: a field of a page, beside its records; None where it has none."""
    return lambda probe: history(probe, query).json().get(name)


def rows(query: str = "limit=10&offset=0") -> Callable[[Probe], list[int]]:
    """Return a probe: the numbers of the records of a page."""
    return lambda probe: _numbers(history(probe, query))


def rows_since(
    row: int, seconds: float = 0, hours: int = 0, query: str = "limit=40&offset=0"
) -> Callable[[Probe], list[int]]:
    """Return a probe: the numbers of the records since the update of one of them.

    Args:
        row: The number of that record.
        seconds: How much later the instant is.
        hours: The zone that the instant is written in, in hours west of Greenwich.
        query: The rest of the query.
    """

    def look(probe: Probe) -> list[int]:
        every = history(probe, "limit=40&offset=0").json()["data"]
        text = next(one["updated_at"] for one in every if one["id"] == row)
        moment = datetime.fromisoformat(text) + timedelta(seconds=seconds)
        local = (moment - timedelta(hours=hours)).replace(tzinfo=None).isoformat()
        zone = f"-{hours:02}:00" if hours else "Z"
        return _numbers(history(probe, f"{query}&updated_at={local}{zone}"))

    return look


def _numbers(answer: httpx.Response) -> list[int]:
    return [record["id"] for record in answer.json()["data"]]


def field_of_record(name: str) -> Callable[[Probe], list[tuple[bool, str, Any]]]:
    """Return a probe: per record whether it has a field, of which type, and where fixed which."""
    return lambda probe: [_told(one, name) for one in history(probe).json()["data"]]


def field_of_item(name: str) -> Callable[[Probe], list[tuple[bool, str, Any]]]:
    """Return a probe: the same of the items of each record."""
    return lambda probe: [
        _told(item, name)
        for record in history(probe).json()["data"]
        for item in record["update_stock_history_item"]
    ]


def _told(holder: Mapping[str, Any], name: str) -> tuple[bool, str, Any]:
    value = holder.get(name)
    passing = name.endswith("_at") or name in {"transaction_code", "client_reponse"}
    return name in holder, type(value).__name__, None if passing else value


def traces(*updates: Mapping[str, Any]) -> Callable[[Probe], list[Any]]:
    """Return a probe: what the history shows of some updates, as soon as it shows them all.

    Args:
        updates: What each has that is not usual.
    """

    def look(probe: Probe) -> list[Any]:
        codes = [code_of(update(probe, **changes)) for changes in updates]
        seen: dict[str, Any] = {}
        for _ in range(_TRIES):
            every = history(probe, "limit=60&offset=0").json()["data"]
            seen = {one["transaction_code"]: one["update_stock_history_item"] for one in every}
            if all(code in seen for code in codes):
                break
            time.sleep(_PAUSE)
        return [None if code not in seen else [_item(one) for one in seen[code]] for code in codes]

    return look


def _item(item: Mapping[str, Any]) -> list[Any]:
    return [item.get(name) for name in ("sku", "warehouse_name", "channel", "qty")]
