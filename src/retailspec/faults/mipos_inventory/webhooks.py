"""Webhooks that are registered, or refused, otherwise than documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, story, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, Renamed
from retailspec.faults.model import fault
from retailspec.reference.base import NO_BODY, Answer, Call, Refusal
from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_courier import is_deliverable

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe

__all__: list[str] = []

_CREATE: Final = asked("webhook")
_AGAIN: Final = story(_CREATE, _CREATE)


def _typed(value: object) -> Callable[[Probe], object]:
    return asked("webhook", change={"/type": value})


for _name, _says, _spelt in (
    ("CreatedWithoutFullStop", "successfully created.", "successfully created"),
    ("CreatedLosesALetter", "successfully created", "succesfully created"),
    ("CreatedIsRegistered", "successfully created", "successfully registered"),
):
    fault("webhook.create", _CREATE)(
        variant(
            Misspelt,
            _name,
            f"The message for a new URL has {_spelt!r} for {_says!r}.",
            operation="webhook",
            printed=_says,
            spelt=_spelt,
        )
    )


class _Answering(MiposInventory):
    """Answers the first registration, or those after it, otherwise."""

    again: ClassVar[bool] = False
    answer: ClassVar[Answer]

    async def manage_webhook(self, call: Call, body: dict[str, object]) -> Answer:
        again = "3" in self.webhooks
        answer = await super().manage_webhook(call, body)
        return self.answer if again is self.again else answer


_CREATED: Final = "Webhook successfully created."
_UPDATED: Final = "Webhook successfully updated."

for _name, _says, _answer in (
    ("CreatedAnswers201", "is answered 201", Answer(201, {"message": _CREATED, "data": None})),
    ("CreatedSaysNothing", "is answered 204", Answer(204, NO_BODY)),
    (
        "CreatedHasUrl",
        "is answered with a URL in `data`",
        Answer(200, {"message": _CREATED, "data": "u"}),
    ),
    ("CreatedHasNoData", "is answered without `data`", Answer(200, {"message": _CREATED})),
    (
        "CreatedSaysUpdated",
        "is told as an update",
        Answer(200, {"message": _UPDATED, "data": None}),
    ),
):
    fault("webhook.create", _CREATE)(
        variant(_Answering, _name, f"A type's first URL {_says}.", answer=_answer)
    )

for _name, _says, _answer in (
    ("UpdatedSaysNothing", "is answered 204", Answer(204, NO_BODY)),
    (
        "UpdatedMessageIsNull",
        "has null for a message",
        Answer(200, {"message": None, "data": None}),
    ),
    ("UpdatedDataIsTrue", "has true for `data`", Answer(200, {"message": _UPDATED, "data": True})),
    ("UpdatedAnswers201", "is answered 201", Answer(201, {"message": _UPDATED, "data": None})),
    ("UpdatedIsNotModified", "is answered 304", Answer(304, NO_BODY)),
    (
        "UpdatedIsAConflict",
        "is a conflict",
        Answer(409, {"message": ["Invalid type."], "data": None}),
    ),
    (
        "UpdatedIsTaken",
        "is refused, since the URL has been taken",
        Answer(422, {"url": ["The url has already been taken."]}),
    ),
):
    fault("webhook.update", _AGAIN)(
        variant(
            _Answering,
            _name,
            f"A type's second URL {_says}.",
            again=True,
            answer=_answer,
        )
    )


@fault("webhook.required.url", asked("webhook", without="/url"))
class NoUrlMeansOff(MiposInventory):
    """A call without a URL switches deliveries off."""

    async def manage_webhook(self, call: Call, body: dict[str, object]) -> Answer:
        if "url" not in body and self.is_webhook_type(body.get("type")):
            self.webhooks.pop("3", None)
            return self.done("Webhook successfully deleted.")
        return await super().manage_webhook(call, body)


@fault("webhook.required.url", asked("webhook", without="/url"))
class NoUrlIsMisshapen(MiposInventory):
    """A call without a URL is told that its format is invalid, as if there were one."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if not is_deliverable(body.get("url")):
            errors["url"] = ["The url format is invalid."]
        return errors


@fault("webhook.required.type", asked("webhook", without="/type"))
class NoTypeIsInvalid(MiposInventory):
    """A call without a type is told that its type is invalid, as if there were one."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if "type" not in body:
            errors["type"] = ["The selected type is invalid."]
        return errors


class _Types(MiposInventory):
    also: ClassVar[str]

    def is_webhook_type(self, value: object) -> bool:
        taken = value == self.also
        return taken or super().is_webhook_type(value)


for _value, _word in (("9", "9"), ("0", "zero"), ("33", "33"), ("abc", "a word")):
    fault("webhook.type.invalid", _typed(_value))(
        variant(
            _Types,
            f"Type{_value.title()}IsTaken",
            f"A webhook's type that is {_word} is taken for type 3.",
            also=_value,
        )
    )


@fault("webhook.type.invalid", _typed("abc"))
class TypeWordFails(MiposInventory):
    """A webhook's type that is a word is counted with, and the server fails."""

    def is_webhook_type(self, value: object) -> bool:
        if isinstance(value, str) and not value.isdecimal():
            raise Refusal(Answer(500, {"message": "Server Error", "data": None}))
        return super().is_webhook_type(value)


@fault("webhook.type.invalid", _typed("abc"))
class TypeWordIsMissing(MiposInventory):
    """A webhook's type that is a word counts as one that is left out."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if not str(body.get("type")).isdecimal():
            errors["type"] = [self.required_sentence("type")]
        return errors


@fault("webhook.type.invalid", _typed("9"))
class TypeIsNotFound(MiposInventory):
    """A webhook's type that there is not is answered 404."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if "The selected type is invalid." in errors.get("type", ()):
            self.refuse(404, "The selected type is invalid.")
        return errors


@fault("webhook.type.invalid", _typed("9"))
class TypeConflictSpeltOtherwise(MiposInventory):
    """A webhook's type that there is not is a conflict, told as 'Invalid type', less a stop."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if "The selected type is invalid." in errors.get("type", ()):
            self.conflict(["Invalid type"])
        return errors


@fault("conflict.shape", _typed("9"))
class TypeConflictHasData(MiposInventory):
    """A webhook's type that there is not is a conflict, whose `data` is the type."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if "The selected type is invalid." in errors.get("type", ()):
            known = {"message": ["Invalid type."], "data": body["type"]}
            raise Refusal(Answer(409, known))
        return errors


fault("webhook.type.invalid", _typed("9"))(
    variant(
        Misspelt,
        "WebhookTypeMisspelt",
        "The sentence on a webhook's type that there is not has 'is not valid'.",
        operation="webhook",
        printed="is invalid",
        spelt="is not valid",
    )
)
fault("webhook.type.invalid", _typed("9"))(
    variant(
        Renamed,
        "WebhookTypeUnderWebhook",
        "The sentence on a webhook's type that there is not stands under webhook.",
        operation="webhook",
        field="type",
        key="webhook",
    )
)
