"""Plain calls to the two Omni servers, for the probes of their faults."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retailspec.faults.probe import Probe

__all__ = [
    "allowed",
    "at_once",
    "field_of",
    "headed",
    "kept",
    "order_call",
    "posted",
    "sent",
    "shown",
    "story",
    "token",
    "told",
    "update",
    "valid",
]

_TELLING = frozenset(
    {
        "status",
        "statusText",
        "paymentStatus",
        "delivery_info",
        "error_message",
        "error_code",
        "errors",
        "detail",
    }
)


def token(probe: Probe, spelling: str = "{}", scheme: str = "token") -> dict[str, str]:
    """Return the header with the right token.

    Args:
        probe: The probe.
        spelling: A text whose braces stand for the token, to spoil it.
        scheme: The word before it.
    """
    return {"Authorization": f"{scheme} " + spelling.format(probe.credentials["token"])}


def told(answer: httpx.Response) -> Any:
    """Return an answer's status and what it says, without what differs from server to server."""
    try:
        body = answer.json()
    except ValueError:
        return answer.status_code, answer.text
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key in _TELLING}
    return answer.status_code, body


def field_of(action: str) -> str:
    """Return what an order call names the order."""
    return "number" if action == "confirm" else "order"


def order_call(probe: Probe, action: str, number: Any, **also: Any) -> httpx.Response:
    """Make one of the four order calls with the right token."""
    return probe.call(action, {field_of(action): number}, headers=token(probe), **also)


def story(calls: str) -> Callable[[Probe], Any]:
    """Return a probe: what each of some calls on one fresh order is told.

    Args:
        calls: The calls' names, with blanks between them.
    """

    def probe_story(probe: Probe) -> Any:
        number = probe.fresh()
        return [told(order_call(probe, action, number)) for action in calls.split()]

    return probe_story


def shown(calls: str, look: Callable[[dict[str, Any]], Any]) -> Callable[[Probe], Any]:
    """Return a probe: something about the last answer of some calls on one fresh order.

    Args:
        calls: The calls' names, with blanks between them.
        look: What is looked at, given the answer's body.
    """

    def probe_answer(probe: Probe) -> Any:
        number = probe.fresh()
        answer = [order_call(probe, action, number) for action in calls.split()][-1]
        return look(answer.json())

    return probe_answer


def kept(calls: str, field: str) -> Callable[[Probe], Any]:
    """Return a probe: whether a field is the same in the first and the last of some answers."""

    def probe_field(probe: Probe) -> Any:
        number = probe.fresh()
        answers = [order_call(probe, action, number).json() for action in calls.split()]
        return answers[0].get(field) == answers[-1].get(field)

    return probe_field


def update(probe: Probe, *items: dict[str, Any], **body: Any) -> httpx.Response:
    """Make an inventory update with the right token.

    Args:
        probe: The probe.
        items: What the first, the second and each further variant has that is not usual; a value
            of None leaves a field out.
        body: What the body has that is not usual, in the same way.
    """
    codes = [probe.fixtures["variant_code"], probe.fixtures["second_variant_code"]]
    usual = [{"variant_code": code, "price": 100} for code in codes]
    lines = [_without({**first, **own}) for first, own in zip(usual, items or ({},), strict=False)]
    whole = {"store_code": probe.fixtures["store_code"], "inventories": lines, **body}
    return probe.call("update", _without(whole), headers=token(probe))


def _without(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def valid(probe: Probe) -> tuple[str, Any]:
    """Return an operation of the server and a body that it accepts."""
    if "store_code" not in probe.fixtures:
        return "confirm", {"number": probe.fresh()}
    item = {"variant_code": probe.fixtures["variant_code"], "price": 100}
    return "update", {"store_code": probe.fixtures["store_code"], "inventories": [item]}


def sent(
    spelling: str = "{}", scheme: str = "token", *, plain: bool = False, method: str | None = None
) -> Callable[[Probe], Any]:
    """Return a probe: what a valid call is told.

    Args:
        spelling: A text whose braces stand for the token.
        scheme: The word before it; "" sends no token at all.
        plain: Whether it goes over plain HTTP.
        method: Another method.
    """

    def probe_call(probe: Probe) -> Any:
        operation, body = valid(probe)
        headers = token(probe, spelling, scheme) if scheme else {}
        base = probe.plain_url if plain else None
        return told(probe.call(operation, body, headers=headers, method=method, base_url=base))

    return probe_call


def posted(
    label: str | None = "application/json", change: Callable[[bytes], bytes] = bytes
) -> Callable[[Probe], Any]:
    """Return a probe: what a valid call is told whose bytes or label are changed.

    Args:
        label: The content type, or None for none.
        change: What becomes of the body's bytes.
    """

    def probe_bytes(probe: Probe) -> Any:
        operation, body = valid(probe)
        request = probe.client.build_request(
            "POST",
            probe.base_url + probe.contract.operations[operation].path,
            headers=token(probe),
            content=change(httpx.Request("POST", "http://x", json=body).read()),
        )
        if label is not None:
            request.headers["Content-Type"] = label
        return told(probe.client.send(request))

    return probe_bytes


def headed(
    name: str, *, scheme: str = "token", method: str | None = None
) -> Callable[[Probe], Any]:
    """Return a probe: a header of the answer to a valid call, or to one with another method."""

    def probe_header(probe: Probe) -> Any:
        operation, body = valid(probe)
        headers = token(probe, scheme=scheme) if scheme else {}
        return probe.call(operation, body, headers=headers, method=method).headers.get(name)

    return probe_header


def allowed(*methods: str) -> Callable[[Probe], Any]:
    """Return a probe: the statuses of a valid call made with some other methods."""

    def probe_methods(probe: Probe) -> Any:
        return [sent(method=method)(probe)[0] for method in methods]

    return probe_methods


def at_once(
    calls: Sequence[str], look: Callable[[list[httpx.Response]], Any]
) -> Callable[[Probe], Any]:
    """Return a probe: something about the answers of calls made at once on one fresh order.

    Args:
        calls: The calls' names.
        look: What is looked at, given the answers in the order of the calls.
    """

    def probe_race(probe: Probe) -> Any:
        number = probe.fresh()
        with ThreadPoolExecutor(len(calls)) as threads:
            answers = threads.map(lambda action: order_call(probe, action, number), calls)
            return look(list(answers))

    return probe_race
