"""Answers whose label is not what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    send,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call

__all__: list[str] = []


def _label(**changes: Any) -> Callable[[Probe], Any]:
    """Return a probe: the label of the answer to a call with these changes."""
    return lambda probe: send(probe, **changes).headers.get("content-type")


def _label_of_nobody(probe: Probe) -> Any:
    return probe.call("create", {"inventory": {}}).headers.get("content-type")


class _Labels(ComestriInventory):
    """Labels the answers of some statuses in another way; an empty label is none."""

    statuses: ClassVar[tuple[int, ...]]
    label: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status in self.statuses:
            del response.headers["content-type"]
            if self.label:
                response.headers["content-type"] = self.label
        return response


for _name, _says, _statuses, _value, _probe in (
    ("SuccessIsAPage", "A success is labelled text/html.", (201,), "text/html", _label()),
    ("SuccessWithoutLabel", "A success has no Content-Type.", (201,), "", _label()),
    (
        "SuccessOfAVendor",
        "A success is labelled application/vnd.comestri+json.",
        (201,),
        "application/vnd.comestri+json",
        _label(),
    ),
    ("SuccessIsText", "A success is labelled text/json.", (201,), "text/json", _label()),
    (
        "RefusalIsAPage",
        "JSON that refuses a value is labelled text/html.",
        (422,),
        "text/html; charset=utf-8",
        _label(qty="abc"),
    ),
    (
        "NotFoundIsText",
        "JSON that says what was not found is labelled text/plain.",
        (404,),
        "text/plain",
        _label(inventory_source="Bandung"),
    ),
    (
        "UnauthorizedWithoutLabel",
        "The JSON of a 401 has no Content-Type.",
        (401,),
        "",
        _label_of_nobody,
    ),
):
    fault("response.content-type", _probe)(
        variant(_Labels, _name, _says, statuses=_statuses, label=_value)
    )
