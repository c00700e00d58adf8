"""Answers of the wrong form or label, and requests of the wrong form that are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.sirclo_inventory.probes import (
    BASE,
    channels,
    history,
    send,
    update,
)
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant
from retailspec.faults.sirclo_inventory.updating import Answers
from retailspec.reference.base import NO_BODY, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call
    from retailspec.reference.sirclo_history import HistoryRecord, StockUpdate

__all__: list[str] = []


# Statuses and bodies


class _Sometimes(Prompt):
    """Answers some updates otherwise than the rest."""

    fits: ClassVar[Callable[[StockUpdate], bool]]
    told: ClassVar[Callable[[Answer], Answer]]
    checked: StockUpdate

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        self.checked = super().check_update(body)
        return self.checked

    async def update(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().update(call, body)
        return type(self).told(answer) if type(self).fits(self.checked) else answer


def _several(update: StockUpdate) -> bool:
    return len(update.channels) > 1


def _held(update: StockUpdate) -> bool:
    return update.buffer_stock == update.available_stock


def _shape(**changes: Any) -> Callable[[Probe], Any]:
    def look(probe: Probe) -> Any:
        answer = update(probe, **changes)
        body = answer.json() if answer.text else None
        shape = {k: type(it).__name__ for k, it in body.items()} if isinstance(body, dict) else body
        return answer.status_code, shape

    return look


_BOTH = channels("bklp", "blib")
for _rule, _name, _says, _fits, _told, _probe in (
    (
        "response.status",
        "SeveralChannelsAreElsewhere",
        "An update of several channels is answered 303, to look elsewhere.",
        _several,
        lambda answer: Answer(303, answer.body, {"Location": "/v1/partner/inventory/history"}),
        _shape(channel_stock=_BOTH),
    ),
    (
        "response.status",
        "SyncIsRedirected",
        "An update that synchronises is redirected with 308.",
        lambda update: update.sync_stock,
        lambda answer: Answer(308, answer.body, {"Location": "/v2/partner/inventory"}),
        _shape(sync_stock=True),
    ),
    (
        "response.schema",
        "SeveralCodes",
        "An update of several channels is answered with a list of codes.",
        _several,
        lambda answer: Answer(200, {"transaction_code": list(answer.body.values())}),
        _shape(channel_stock=_BOTH),
    ),
    (
        "response.schema",
        "NoCodeForSync",
        "An update that synchronises is answered with null for its code.",
        lambda update: update.sync_stock,
        lambda _: Answer(200, {"transaction_code": None}),
        _shape(sync_stock=True),
    ),
):
    seed(_rule, _probe)(variant(_Sometimes, _name, _says, fits=_fits, told=_told))


class _PastTheEnd(Prompt):
    """Answers a page past the end otherwise."""

    told: ClassVar[Callable[[dict[str, Any]], Answer]]

    async def history(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().history(call, body)
        page = answer.body
        return answer if not isinstance(page, dict) or page["data"] else type(self).told(page)


for _rule, _name, _says, _told in (
    (
        "response.schema",
        "NothingIsNull",
        "A page past the end has null for its records.",
        lambda page: Answer(200, {**page, "data": None}),
    ),
    (
        "response.status",
        "NothingIsNotModified",
        "A page past the end is answered 304.",
        lambda _: Answer(304, NO_BODY),
    ),
):
    seed(_rule, lambda probe: history(probe, "limit=2&offset=90").text[:14])(
        variant(_PastTheEnd, _name, _says, told=_told)
    )


@seed("response.schema", lambda probe: history(probe, "limit=40&offset=0").json()["data"][-1]["id"])
class OldestNumberIsText(Prompt):
    """The oldest record of all has its number in quotes."""

    def record_body(self, record: HistoryRecord) -> dict[str, object]:
        body = super().record_body(record)
        return {**body, "id": str(record.number)} if record.number == 1 else body


seed("response.schema", _shape())(
    variant(
        Answers,
        "CodeIsTrue",
        "An update is answered with true for its code.",
        form=lambda _: {"transaction_code": True},
    )
)


# Labels


class _Labels(Prompt):
    """Labels some answers in another way; an empty label is none."""

    label: ClassVar[str]
    fits: ClassVar[Callable[[Call, Answer], bool]]

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if type(self).fits(call, answer):
            del response.headers["content-type"]
            if self.label:
                response.headers["content-type"] = self.label
        return response


def _labels(probe: Probe) -> list[str | None]:
    answers = [update(probe), update(probe, sku={}), history(probe)]
    answers.append(send(probe, "update", BASE, signer=lambda *_: None))
    return [answer.headers.get("content-type") for answer in answers]


for _name, _says, _label, _labelled in (
    (
        "UpdateIsAPage",
        "An update is answered with JSON that is labelled text/html.",
        "text/html; charset=utf-8",
        lambda call, answer: call.method == "POST" and answer.status == 200,
    ),
    (
        "PageHasNoLabel",
        "The history has no Content-Type.",
        "",
        lambda call, _: call.method == "GET",
    ),
    (
        "PageOfAVendor",
        "The history is labelled application/vnd.api+json.",
        "application/vnd.api+json",
        lambda call, answer: call.method == "GET" and answer.status == 200,
    ),
    ("AnswersAreText", "JSON is labelled text/plain.", "text/plain", lambda *_: True),
    (
        "RefusalsAreText",
        "JSON that says what is wrong is labelled text/plain.",
        "text/plain",
        lambda _, answer: answer.status == 400,
    ),
    (
        "StrangersGetAPage",
        "The JSON of a 401 is labelled text/html.",
        "text/html",
        lambda _, answer: answer.status == 401,
    ),
):
    seed("response.content-type", _labels)(
        variant(_Labels, _name, _says, label=_label, fits=_labelled)
    )
