"""The delivery that the probes of this contract are made of, and a way to make many variants."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from retailspec.signing import hex_hmac

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.mipos_receiver import MiposReceiver

__all__ = ["HEADER", "STAMP", "deliver", "unsigned", "variant"]

HEADER: Final = "X-Signature-Request"
STAMP: Final = "%Y-%m-%d %H:%M:%S"


def _fields(changes: dict[str, object]) -> dict[str, object]:
    now = datetime.now(UTC).strftime(STAMP)
    return {
        "pos_id": "1",
        "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": now,
        "movement_type": 2,
        "external_id": "avcc123",
        "now": now,
        "store_id": 1,
        **changes,
    }


def deliver(
    *,
    signed: Callable[[str], str | None] = str,
    raw: Callable[[bytes], bytes] = bytes,
    method: str | None = None,
    label: str = "application/json",
    times: int = 1,
    changes: dict[str, object] | None = None,
) -> Callable[[Probe], Any]:
    """Return a probe: how a delivery is answered, and how the answer is labelled.

    Args:
        signed: What becomes of the right signature; None sends none.
        raw: What becomes of the body's bytes.
        method: Another method than POST.
        label: How the body is labelled.
        times: How many deliveries are made; the last one's answer counts.
        changes: Fields that differ.
    """

    def probe_delivery(probe: Probe) -> Any:
        body = raw(json.dumps(_fields(changes or {}), separators=(",", ":")).encode())
        key = probe.credentials["client_secret"]
        signature = signed(hex_hmac(key, body))
        headers = {"Content-Type": label}
        if signature is not None:
            headers[HEADER] = signature
        for _ in range(times):
            answer = probe.call("deliver", raw=body, headers=headers, method=method)
        return answer.status_code, answer.text, answer.headers.get("content-type")

    return probe_delivery


def unsigned(signature: str) -> None:
    """Return no signature in place of the right one."""
    del signature


def variant(
    base: type[MiposReceiver], name: str, says: str, **attributes: Any
) -> type[MiposReceiver]:
    """Return a subclass of its own for one of several things that a base can get wrong.

    Args:
        base: The defect, which reads what is special of this one from class attributes.
        name: The subclass's name.
        says: What is wrong, in one sentence.
        attributes: The class attributes.
    """
    return cast("type[MiposReceiver]", type(name, (base,), {"__doc__": says, **attributes}))
