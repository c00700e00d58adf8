"""Refusals without a message, and requests that are no proper deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.mipos_receiver.probes import deliver, unsigned, variant
from retailspec.faults.model import fault
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.mipos_receiver import MiposReceiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []


class _Told(MiposReceiver):
    body: ClassVar[Callable[[str], object]]

    def error_body(self, status: int, text: str) -> object:
        del status
        return type(self).body(text)


for _name, _says, _body in (
    ("RefusalHasAnError", "has the field error", lambda text: {"error": text}),
    ("RefusalHasADetail", "has the field detail", lambda text: {"detail": text}),
    ("RefusalIsAText", "is a text", lambda text: text),
    ("RefusalIsAList", "is a list of messages", lambda text: [{"message": text}]),
    ("RefusalMessageIsBelow", "has the message below error", lambda x: {"error": {"message": x}}),
    ("RefusalMessageInCapitals", "has the field Message", lambda text: {"Message": text}),
    ("RefusalMessageIsNull", "has a message that is null", lambda _: {"message": None}),
    ("RefusalMessageIsEmpty", "has a message that says nothing", lambda _: {"message": ""}),
    ("RefusalIsEmpty", "is empty", lambda _: NO_BODY),
):
    fault("receiver.error.message", deliver(signed=unsigned))(
        variant(_Told, _name, f"The body of a refusal {_says}.", body=staticmethod(_body))
    )


class _Labelled(MiposReceiver):
    label: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.body is not NO_BODY:
            response.headers["Content-Type"] = self.label
        return response


for _name, _label in (("RefusalIsHtml", "text/html"), ("RefusalIsPlainText", "text/plain")):
    fault("response.content-type", deliver(signed=unsigned))(
        variant(_Labelled, _name, f"A refusal is JSON, but labelled {_label}.", label=_label)
    )


class _Fails(MiposReceiver):
    """Lets a kind of body through to where nothing is prepared for it."""

    unprepared: ClassVar[Callable[[bytes], bool]]

    def parse(self, call: Call) -> dict[str, object]:
        if type(self).unprepared(call.raw or b""):
            raise Refusal(Answer(500, {"message": "Server Error"}))
        return super().parse(call)


for _word, _says, _raw, _unprepared in (
    ("Null", "null", lambda _: b"null", lambda raw: raw == b"null"),
    ("List", "a list", lambda _: b"[]", lambda raw: raw == b"[]"),
    ("Text", "a text", lambda _: b'"abc"', lambda raw: raw == b'"abc"'),
    (
        "Utf8",
        "no UTF-8",
        lambda body: body.replace(b'"1"', b'"\xc3\x28"', 1),
        lambda raw: b"\xc3\x28" in raw,
    ),
    ("Nesting", "a deep nest of lists", lambda _: b"[" * 9_000, lambda raw: b"[" * 900 in raw),
    (
        "Number",
        "a number of thousands of digits",
        lambda body: body.replace(b'"1"', b"9" * 5_000, 1),
        lambda raw: b"9" * 900 in raw,
    ),
):
    fault("no-server-error", deliver(raw=_raw))(
        variant(
            _Fails,
            f"{_word}Crashes",
            f"A signed body that is {_says} makes the POS fail.",
            unprepared=staticmethod(_unprepared),
        )
    )


def _cut(body: bytes) -> bytes:
    return body[:-1]


@fault("malformed-json", deliver(raw=_cut))
class CutBodyIsAcknowledged(MiposReceiver):
    """A signed body that is no JSON is answered 204 and thrown away."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            return super().parse(call)
        except Refusal:
            raise Refusal(self.accepted()) from None


@fault("malformed-json", deliver(raw=_cut))
class CutBodyIsCompleted(MiposReceiver):
    """A body that lost its last brace is completed and taken."""

    def decode(self, raw: bytes) -> object:
        try:
            return super().decode(raw)
        except ValueError:
            return super().decode(raw + b"}")


@fault("wrong-content-type", deliver(label="text/plain"))
class LabelIsNotRead(MiposReceiver):
    """A delivery that is labelled as plain text is taken."""

    def check_content_type(self, call: Call) -> None:
        """Take every label."""


class _Methods(MiposReceiver):
    other: ClassVar[str]
    answer: ClassVar[Answer]

    async def respond(self, call: Call) -> Answer:
        return self.answer if call.method == self.other else await super().respond(call)


for _method, _says, _answer in (
    ("GET", "200 and a page", Answer(200, "hello")),
    ("PUT", "204", Answer(204)),
    ("PATCH", "400", Answer(400, {"message": "POST, please."})),
    ("DELETE", "204", Answer(204)),
):
    fault("method", deliver(method=_method))(
        variant(
            _Methods,
            f"{_method.title()}IsTaken",
            f"{_method} is answered {_says}.",
            other=_method,
            answer=_answer,
        )
    )
