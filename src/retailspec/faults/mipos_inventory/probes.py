"""The calls that the probes of this contract are made of, and a way to make many variants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from retailspec.listener import Listener
from retailspec.values import change as changed
from retailspec.values import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from retailspec.exchange import Request
    from retailspec.faults.probe import Probe
    from retailspec.reference.mipos import MiposInventory

__all__ = ["asked", "bearer", "delivered", "labelled", "send", "story", "told", "variant"]

_URL = "https://pos.example.com/stock-moved"
_LONG_ENOUGH = 2.0


def bearer(probe: Probe, spelling: str = "{}") -> dict[str, str]:
    """Return the header with the right token, or with one made from it.

    Args:
        probe: The probe.
        spelling: A text whose braces stand for the token.
    """
    return {"Authorization": "Bearer " + spelling.format(probe.credentials["token"])}


def _body(probe: Probe, operation: str) -> dict[str, Any]:
    if operation == "webhook":
        return {"type": "3", "url": _URL}
    owner = {name: probe.fixtures[name] for name in ("user_id_tps", "inventory_system_id")}
    if operation == "stock":
        moved = {"current_stock": "12.44", "quantity": "1.25", "date": "2020-05-30 12:45:03"}
        return {**owner, **moved, "movement_type": 2, "external_id": probe.fixtures["external_id"]}
    return {
        **owner,
        "items": [_item(1, "pos_u1"), _item(2, "pos_u2")],
        "units": [_unit(1), _unit(2)],
        "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}],
    }


def _item(number: int, unit: str) -> dict[str, str]:
    return {
        "name": f"Item {number}",
        "external_id": f"item_{number}",
        "purchase_unit_external_id": unit,
        "consumption_unit_external_id": "pos_u2",
        "supplier_external_id": "pos_sup_1",
        "cost": "12.50",
        "stock": "11.22",
    }


def _unit(number: int) -> dict[str, str]:
    return {
        "name": f"Unit {number}",
        "short_name": f"u{number}",
        "external_id": f"pos_u{number}",
    }


def _store(probe: Probe, store: str) -> dict[str, str]:
    return {"store_id": str(probe.fixtures.get(store, store))}


def send(
    probe: Probe,
    operation: str,
    *,
    change: Mapping[str, Any] | None = None,
    without: str = "",
    raw: Callable[[bytes], bytes] | None = None,
    **sending: Any,
) -> httpx.Response:
    """Make one of the three calls, which is good as far as nothing of it is changed.

    Args:
        probe: The probe.
        operation: `sync`, `stock` or `webhook`.
        change: Values to put into the body, by JSON pointer.
        without: A JSON pointer to what is left out of it.
        raw: What becomes of the body's bytes.
        sending: What `Probe.call` takes beside the body; the store is the account's first.
    """
    body: Any = _body(probe, operation)
    for pointer, value in (change or {}).items():
        body = changed(body, pointer, value)
    if without:
        body = remove(body, without)
    sending = {"headers": bearer(probe), "path": _store(probe, "store_id"), **sending}
    content = json.dumps(body).encode()
    return probe.call(operation, raw=raw(content) if raw else content, **sending)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Return an answer's status and text."""
    return answer.status_code, answer.text


def labelled(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    """Return an answer's status, and how its body is labelled and measured."""
    return (
        answer.status_code,
        answer.headers.get("content-type"),
        answer.headers.get("content-length"),
    )


def asked(
    operation: str,
    *,
    look: Callable[[httpx.Response], Any] = told,
    store: str = "",
    **edits: Any,
) -> Callable[[Probe], Any]:
    """Return a probe: something about the answer to one call.

    Args:
        operation: `sync`, `stock` or `webhook`.
        look: What is looked at.
        store: A store other than the account's first, or the fixture that names it.
        edits: What `send` takes.
    """

    def probe_call(probe: Probe) -> Any:
        return look(send(probe, operation, path=_store(probe, store or "store_id"), **edits))

    return probe_call


def story(*probes: Callable[[Probe], Any]) -> Callable[[Probe], Any]:
    """Return a probe: what several others find, one after the other, on one server."""
    return lambda probe: [one(probe) for one in probes]


def _at_least(count: int) -> Callable[[list[Request]], bool]:
    return lambda heard: len(heard) >= count


def delivered(
    look: Callable[[Probe, list[Request]], Any],
    *,
    urls: tuple[str, ...] = ("/stock-moved-in-the-inventory-system",),
    moves: int = 1,
    seconds: float = _LONG_ENOUGH,
    enough: int = 1,
) -> Callable[[Probe], Any]:
    """Return a probe: something about what is delivered to a listener of its own.

    Args:
        look: What is looked at, given the calls that the listener has heard.
        urls: The paths at the listener that are registered, in turn, before stock is moved.
        moves: How many movements there are, one after the other.
        seconds: How long to wait for deliveries at most.
        enough: How many deliveries of each movement are not waited beyond.
    """

    def probe_deliveries(probe: Probe) -> Any:
        with Listener() as listener:
            for path in urls:
                send(probe, "webhook", change={"/url": listener.url + path})
            for count in range(1, moves + 1):
                movement = probe.base_url + "/_control/movements"
                probe.client.post(movement).raise_for_status()
                listener.wait(_at_least(count * enough), seconds)
            return look(probe, listener.heard)

    return probe_deliveries


def variant(
    base: type[MiposInventory], name: str, says: str, **attributes: Any
) -> type[MiposInventory]:
    """Return a subclass of its own for one of several things that a base can get wrong.

    Args:
        base: The defect, which reads what is special of this one from class attributes.
        name: The subclass's name.
        says: What is wrong, in one sentence.
        attributes: The class attributes.
    """
    made: type[MiposInventory] = type(name, (base,), {"__doc__": says, **attributes})
    return made
