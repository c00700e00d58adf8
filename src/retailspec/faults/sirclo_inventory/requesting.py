"""Requests of the wrong form that are answered as if they were right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import BASE, raw, send
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


# Methods


class _Methods(Prompt):
    """Answers other methods."""

    methods: ClassVar[tuple[str, ...]]
    operation: ClassVar[str]
    status: ClassVar[int] = 0

    def check_method(self, call: Call) -> None:
        other = call.operation.name == self.operation and call.method in self.methods
        if other and self.status:
            self.refuse(self.status, "Try another method")
        if not other:
            super().check_method(call)


def _other_method(operation: str, method: str) -> Callable[[Probe], int]:
    return lambda probe: send(probe, operation, method=method).status_code


_OTHERS = ("GET", "PUT", "PATCH", "DELETE", "POST")
for _name, _says, _operation, _methods, _status in (
    ("HistoryMayBeDeleted", "A DELETE of the history is answered 200.", "history", ("DELETE",), 0),
    ("PutIsABadRequest", "A PUT on updates is answered 400.", "update", ("PUT",), 400),
    ("DeleteIsDone", "A DELETE of updates is answered 204.", "update", ("DELETE",), 204),
    ("UpdatesAreRead", "A GET of updates is answered 200.", "update", ("GET",), 200),
    ("OtherMethodsAreBad", "Other methods are answered 422.", "update", _OTHERS[:4], 422),
):
    seed("method", _other_method(_operation, _methods[0]))(
        variant(_Methods, _name, _says, operation=_operation, methods=_methods, status=_status)
    )


# Bodies that are no JSON, and other labels of bodies


class _Decodes(Prompt):
    """Reads bodies that are no JSON."""

    mended: ClassVar[Callable[[bytes], bytes]]

    def decode(self, raw: bytes) -> object:
        try:
            return super().decode(raw)
        except ValueError:
            return super().decode(type(self).mended(raw))


_CUT = json.dumps(BASE).encode()[:-1]
for _name, _says, _mended in (
    ("CutIsCompleted", "A body that lacks its last brace is completed.", lambda raw: raw + b"}"),
    (
        "NoJsonIsTheUsual",
        "A body that is no JSON is taken for an update of nothing.",
        lambda _: b'{"sku": "sku1", "warehouse": "default", "channel_stock": []}',
    ),
):
    seed("malformed-json", raw(_CUT))(variant(_Decodes, _name, _says, mended=_mended))


@seed("malformed-json", raw(_CUT))
class NoJsonIsASuccess(Prompt):
    """A body that is no JSON is answered 200 with a message."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            self.decode(call.raw or b"")
        except (ValueError, RecursionError):
            self.refuse(200, "JSON parse error")
        return super().parse(call)


class _Unlabelled(Prompt):
    """Reads bodies that are labelled otherwise."""

    label: ClassVar[str]

    def check_content_type(self, call: Call) -> None:
        if not call.headers.get("content-type", "").startswith(self.label):
            super().check_content_type(call)


_LABELLED = raw(json.dumps(BASE).encode(), label="text/plain")
for _name, _says, _label in (
    ("AnyLabel", "A body is read whatever its label.", ""),
    ("PlainText", "A body that is labelled text/plain is read as JSON.", "text/plain"),
):
    seed("wrong-content-type", _LABELLED)(variant(_Unlabelled, _name, _says, label=_label))


@seed("wrong-content-type", _LABELLED)
class WrongLabelIsASuccess(Prompt):
    """A body with another label is answered 200 with a message."""

    def check_content_type(self, call: Call) -> None:
        if call.headers.get("content-type", "").startswith("text/plain"):
            self.refuse(200, "application/json is wanted")
        super().check_content_type(call)
