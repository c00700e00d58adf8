"""Answers whose label or status is not the documented one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, labelled, send, story, told, variant
from retailspec.faults.model import fault
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from starlette.responses import Response

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


class _Labelled(MiposInventory):
    """Labels bodies of some statuses otherwise."""

    statuses: ClassVar[tuple[int, ...]]
    label: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status in self.statuses and answer.body is not NO_BODY:
            response.headers["Content-Type"] = self.label
        return response


def _seen(operation: str, **edits: Any) -> Callable[[Probe], object]:
    return asked(operation, look=labelled, **edits)


for _name, _says, _statuses, _label, _probe in (
    ("SuccessIsHtml", "A success", (200,), "text/html; charset=UTF-8", _seen("sync")),
    (
        "ConflictIsHtml",
        "A conflict",
        (409,),
        "text/html; charset=UTF-8",
        _seen("sync", without="/items/0/name"),
    ),
    (
        "InvalidIsPlainText",
        "A 422",
        (422,),
        "text/plain",
        _seen("webhook", without="/url"),
    ),
    ("SuccessIsTextJson", "A success", (200,), "text/json", _seen("webhook")),
    (
        "InvalidIsAProblem",
        "A 422",
        (422,),
        "application/problem+json",
        _seen("sync", without="/units"),
    ),
    ("SuccessIsBinary", "A success", (200,), "application/octet-stream", _seen("webhook")),
):
    fault("response.content-type", _probe)(
        variant(
            _Labelled,
            _name,
            f"{_says} is JSON, but labelled {_label}.",
            statuses=_statuses,
            label=_label,
        )
    )


@fault("response.content-type", asked("sync", look=labelled))
class SuccessIsNotLabelled(MiposInventory):
    """A success has no label at all."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status == 200:
            del response.headers["Content-Type"]
        return response


@fault("response.status", asked("sync", without="/items"))
class InvalidIsABadRequest(MiposInventory):
    """A field that is left out is answered 400, which is not listed, with the printed body."""

    def invalid(self, errors: dict[str, list[str]]) -> NoReturn:
        raise Refusal(Answer(400, errors))


@fault("response.status", asked("sync", without="/units/0/name"))
class UnitsConflictIsABadRequest(MiposInventory):
    """A conflict about units is answered 400, which is not listed; others are 409."""

    def conflict(self, sentences: list[str]) -> NoReturn:
        status = 400 if any("unit must" in one for one in sentences) else 409
        raise Refusal(Answer(status, self.conflict_body(sentences)))


_MOVES: Final = ("https://pos.example.com/a", "https://pos.example.com/b")
_TO_ANOTHER: Final = story(*(asked("webhook", change={"/url": url}) for url in _MOVES))


class _Moves(MiposInventory):
    """Answers otherwise when a URL is replaced by another one."""

    async def manage_webhook(self, call: Call, body: dict[str, object]) -> Answer:
        former = self.webhooks.get("3")
        answer = await super().manage_webhook(call, body)
        moved = former is not None and former != body["url"]
        return self.moved(former or "") if moved else answer

    def moved(self, former: str) -> Answer:
        """Return the answer to a URL in place of another one."""
        raise NotImplementedError


@fault("response.status", _TO_ANOTHER, sockets=True)
class AnotherUrlIsAccepted(_Moves):
    """A URL in place of another one is answered 202; the same one again, 200."""

    def moved(self, former: str) -> Answer:
        del former
        return Answer(202, {"message": "Webhook successfully updated.", "data": None})


@fault("response.schema", _TO_ANOTHER, sockets=True)
class AnotherUrlTellsTheFormer(_Moves):
    """When a URL replaces another one, `data` holds the former one."""

    def moved(self, former: str) -> Answer:
        message = "Webhook successfully updated."
        return Answer(200, {"message": message, "data": former})


@fault("response.schema", asked("webhook"))
class SuccessHasAList(MiposInventory):
    """The message of any success is a list of one text."""

    def done(self, message: str) -> Answer:
        return Answer(200, {"message": [message], "data": None})


@fault("response.schema", lambda probe: [told(send(probe, "webhook")) for _ in range(2)])
class UpdateWithoutMessage(MiposInventory):
    """Registering a type again is answered with `data` alone."""

    async def manage_webhook(self, call: Call, body: dict[str, object]) -> Answer:
        again = "3" in self.webhooks
        answer = await super().manage_webhook(call, body)
        return Answer(200, {"data": None}) if again else answer
