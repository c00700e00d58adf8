"""The calls that the probes of this contract are made of, and a way to make many variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from retailspec.faults.probe import Probe
    from retailspec.reference.comestri import ComestriInventory

__all__ = [
    "FULL",
    "LEFT_OUT",
    "answer_to",
    "pascal",
    "raw",
    "send",
    "status_of",
    "token",
    "variant",
]

LEFT_OUT: Final = object()
"""In place of a field's value: the field is not sent."""

FULL: Final[Mapping[str, object]] = {
    "sku": "Oil-1",
    "available_qty": 4,
    "stock_availability": "in_stock",
    "out_of_stock_threshold": 2,
    "dispatch_time": 1,
    "dispatch_time_unit": "hour",
    "lead_time": 3,
    "lead_time_unit": "weeks",
    "stock_arrival_date": "2016-05-30T05:13:26Z",
    "back_order_handling": "pre_orderable",
    "back_order_allocation": 8,
    "source_system_stock_timestamp": "2016-05-29T04:12:25Z",
    "unit_cost": 12.5,
    "style": "static",
}
"""A value for every optional field but the product's names."""


def token(probe: Probe, prefix: str = "", **changes: str) -> dict[str, str]:
    """Return the header of the account, or of the one that may not write (`forbidden_`).

    Args:
        probe: The probe, for the credentials.
        prefix: Which account's credentials.
        changes: `token` or `email` to send instead.
    """
    given = {part: probe.credentials[prefix + part] for part in ("token", "email")} | changes
    return {"Authorization": f"Token token={given['token']},email={given['email']}"}


def send(probe: Probe, **changes: Any) -> httpx.Response:
    """Send an inventory of five with some fields changed, added or left out."""
    fields = {
        "inventory_source": probe.fixtures["inventory_source"],
        "product_id": probe.fixtures["product_id"],
        "qty": 5,
        **changes,
    }
    inventory = {name: value for name, value in fields.items() if value is not LEFT_OUT}
    return probe.call("create", {"inventory": inventory}, headers=token(probe))


def status_of(**changes: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of a call with these changes."""
    return lambda probe: send(probe, **changes).status_code


def raw(body: bytes, **headers: str) -> Callable[[Probe], int]:
    """Return a probe: the status of a call with this body."""
    return lambda probe: (
        probe.call("create", raw=body, headers={**token(probe), **headers}).status_code
    )


def answer_to(**changes: Any) -> Callable[[Probe], tuple[int, str]]:
    """Return a probe: the status and the text of the answer to a call with these changes."""

    def look(probe: Probe) -> tuple[int, str]:
        answer = send(probe, **changes)
        return answer.status_code, answer.text

    return look


def pascal(field: str) -> str:
    """Return a field's name as a part of a class's name."""
    return "".join(part.title() for part in field.split("_"))


def variant(
    base: type[ComestriInventory], name: str, says: str, **attributes: Any
) -> type[ComestriInventory]:
    """Return a subclass of its own for one of several things that a base can get wrong.

    Args:
        base: The defect, which reads what is special of this one from class attributes.
        name: The subclass's name.
        says: What is wrong, in one sentence.
        attributes: The class attributes.
    """
    made: type[ComestriInventory] = type(name, (base,), {"__doc__": says, **attributes})
    return made
