"""Requests that are no proper JSON calls, and what a faulty server makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, bearer, send, variant
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


def _cut(body: bytes) -> bytes:
    return body[:-1]


def _mislabelled(operation: str) -> Callable[[Probe], Any]:
    def probe_label(probe: Probe) -> Any:
        headers = {**bearer(probe), "Content-Type": "text/plain"}
        return send(probe, operation, headers=headers).status_code

    return probe_label


class _Completes(MiposInventory):
    operation: ClassVar[str]

    def parse(self, call: Call) -> dict[str, object]:
        raw = call.raw or b""
        if call.operation.name == self.operation and not raw.rstrip().endswith(b"}}"):
            whole = raw + b"}" if not self.is_whole(raw) else raw
            call = replace(call, raw=whole)
        return super().parse(call)

    def is_whole(self, raw: bytes) -> bool:
        """Tell whether a body is JSON."""
        try:
            json.loads(raw)
        except (ValueError, RecursionError):
            return False
        return True


for _operation in ("sync", "stock", "webhook"):
    fault("malformed-json", asked(_operation, raw=_cut))(
        variant(
            _Completes,
            f"{_operation.title()}CompletesCutBodies",
            f"On {_operation}, a body that lost its last brace is completed and taken.",
            operation=_operation,
        )
    )


@fault("malformed-json", asked("webhook", raw=_cut))
class CutBodyFails(MiposInventory):
    """A body that is no JSON is not expected at all."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            json.loads(call.raw or b"")
        except ValueError:
            raise Refusal(Answer(500, {"message": "Server Error", "data": None})) from None
        return super().parse(call)


@fault("malformed-json", asked("sync", raw=_cut))
class CutBodyIsToldWith200(MiposInventory):
    """A body that is no JSON is answered 200 with a message that says so."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            json.loads(call.raw or b"")
        except ValueError:
            raise Refusal(self.done("Syntax error")) from None
        except RecursionError:
            pass
        return super().parse(call)


class _Takes(MiposInventory):
    operation: ClassVar[str]

    def check_content_type(self, call: Call) -> None:
        label = call.headers.get("content-type", "")
        if call.operation.name != self.operation or not label.startswith("text/plain"):
            super().check_content_type(call)


for _operation in ("sync", "stock", "webhook"):
    fault("wrong-content-type", _mislabelled(_operation))(
        variant(
            _Takes,
            f"{_operation.title()}TakesPlainText",
            f"On {_operation}, JSON that is labelled as plain text is taken.",
            operation=_operation,
        )
    )


@fault("wrong-content-type", _mislabelled("webhook"))
class LabelIsNotRead(MiposInventory):
    """How a body is labelled is not looked at on any call."""

    def check_content_type(self, call: Call) -> None:
        """Take every label."""


class _Methods(MiposInventory):
    """Answers another method in its own way."""

    other: ClassVar[str]
    operation: ClassVar[str]
    answer: ClassVar[Answer | None] = None

    async def dispatch(self, call: Call) -> Answer:
        if (call.method, call.operation.name) != (self.other, self.operation):
            return await super().dispatch(call)
        return self.answer or await super().dispatch(replace(call, method=call.operation.method))


for _name, _says, _operation, _method, _answer in (
    ("PutIsPost", "PUT does what POST does", "sync", "PUT", None),
    ("PatchIsPost", "PATCH does what POST does", "stock", "PATCH", None),
    ("GetShowsPage", "GET shows a page", "webhook", "GET", Answer(200, "<html></html>")),
    (
        "GetListsWebhooks",
        "GET lists what is registered",
        "webhook",
        "GET",
        Answer(200, {"message": "ok", "data": []}),
    ),
    ("DeleteSaysNothing", "DELETE is answered 204", "webhook", "DELETE", Answer(204)),
    (
        "GetIsABadRequest",
        "GET is answered 400",
        "sync",
        "GET",
        Answer(400, {"message": "POST, please.", "data": None}),
    ),
    ("GetIsUnavailable", "GET is answered 501", "stock", "GET", Answer(501, {"error": "no"})),
):
    fault("method", asked(_operation, method=_method))(
        variant(
            _Methods,
            _name,
            f"On {_operation}, {_says}.",
            other=_method,
            operation=_operation,
            answer=_answer,
        )
    )


class _Crash(MiposInventory):
    """Lets a kind of body through to where nothing is prepared for it."""

    operation: ClassVar[str]
    unprepared: ClassVar[Callable[[bytes], bool]]

    def parse(self, call: Call) -> dict[str, object]:
        if call.operation.name == self.operation and type(self).unprepared(call.raw or b""):
            raise Refusal(Answer(500, {"message": "Server Error", "data": None}))
        return super().parse(call)


def _broken(raw: bytes) -> bool:
    return b"\xc3\x28" in raw


_KINDS: Final = (
    ("Null", "null", lambda _: b"null", lambda raw: raw == b"null"),
    ("List", "a list", lambda _: b"[]", lambda raw: raw == b"[]"),
    ("Text", "a text", lambda _: b'"abc"', lambda raw: raw == b'"abc"'),
    (
        "Utf8",
        "no UTF-8",
        lambda body: body.replace(b'"1', b'"\xc3\x28', 1).replace(b'"3"', b'"\xc3\x28"'),
        _broken,
    ),
    ("Nesting", "a deep nest of lists", lambda _: b"[" * 9_000, lambda raw: b"[" * 900 in raw),
    (
        "Number",
        "a number of thousands of digits",
        lambda body: body.replace(b'"3"', b"9" * 5_000).replace(b'"30"', b"9" * 5_000),
        lambda raw: b"9" * 900 in raw,
    ),
)

for _operation in ("sync", "webhook"):
    for _word, _what, _raw, _unprepared in _KINDS:
        fault("no-server-error", asked(_operation, raw=_raw))(
            variant(
                _Crash,
                f"{_operation.title()}{_word}Crashes",
                f"On {_operation}, a body that is {_what} makes the server fail.",
                operation=_operation,
                unprepared=staticmethod(_unprepared),
            )
        )


class _Fails(MiposInventory):
    """Fails where something that is needed is not there."""

    def check_errors(self, errors: dict[str, list[str]]) -> None:
        self.fail_at(errors)
        super().check_errors(errors)

    def fail_at(self, errors: dict[str, list[str]]) -> None:
        """Fail over some of the errors."""


@fault("no-server-error", asked("sync", without="/suppliers"))
class NoSuppliersFails(_Fails):
    """A synchronisation without suppliers makes the server fail."""

    def fail_at(self, errors: dict[str, list[str]]) -> None:
        if "suppliers" in errors:
            raise Refusal(Answer(500, {"message": "Server Error", "data": None}))


@fault("no-server-error", asked("sync", change={"/inventory_system_id": 5}))
class NumericSystemFails(_Fails):
    """An inventory_system_id that is a number makes the server fail."""

    def fail_at(self, errors: dict[str, list[str]]) -> None:
        if any("must be a string" in one for one in errors.get("inventory_system_id", ())):
            raise Refusal(Answer(503, {"message": "Service Unavailable", "data": None}))
