"""Stock movements that are answered otherwise than documented."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, labelled, story, told, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, Renamed
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Call, Refusal
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from retailspec.faults.probe import Probe

__all__: list[str] = []

_ADD: Final = asked("stock", change={"/movement_type": 1})
_REMOVE: Final = asked("stock")


def _typed(value: object) -> Callable[[Probe], object]:
    return asked("stock", change={"/movement_type": value})


class _Moved(MiposInventory):
    status: ClassVar[int] = 204
    body: ClassVar[object] = None

    def stock_answer(self) -> Answer:
        return Answer(self.status, self.body)


for _status in (200, 201, 202):
    fault("stock.ok", _REMOVE)(
        variant(
            _Moved,
            f"MovementAnswers{_status}",
            f"A movement that is taken is answered {_status} with null.",
            status=_status,
        )
    )
for _name, _says, _body in (
    ("NullAfterMovement", "null", None),
    ("ObjectAfterMovement", "an empty object", {}),
    ("MessageAfterMovement", "the message of a success", {"message": "ok", "data": None}),
):
    fault("stock.ok", _REMOVE)(
        variant(_Moved, _name, f"The 204 of a movement has a body: {_says}.", body=_body)
    )


@fault("stock.ok", asked("stock", look=labelled))
class EmptyBodyHasALength(MiposInventory):
    """The 204 of a movement has no body, and a Content-Length of two nevertheless."""

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status == 204:
            answer = replace(answer, headers={"Content-Length": "2"})
        return super().render(call, answer)


@fault("stock.ok", story(_REMOVE, _ADD))
class AddingAnswersOk(MiposInventory):
    """A movement that adds is answered 200, one that removes 204."""

    async def update_stock(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().update_stock(call, body)
        return answer if body["movement_type"] == 2 else Answer(200, {})


@fault("stock.ok", story(_REMOVE, _ADD))
class AddingIsInvalid(MiposInventory):
    """A movement that adds is refused, as if only removals were known."""

    def is_movement_type(self, value: object) -> bool:
        return super().is_movement_type(value) and value != 1


@fault("stock.ok", story(_REMOVE, _ADD))
class TypesAreTexts(MiposInventory):
    """A movement type has to be text, so that the documented integers are invalid."""

    def is_movement_type(self, value: object) -> bool:
        return value in ("1", "2")


class _Amounts(MiposInventory):
    """Refuses amounts of some form."""

    field: ClassVar[str]

    def allows(self, text: str) -> bool:
        """Tell whether an amount has a form that is taken."""
        raise NotImplementedError

    def stock_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().stock_errors(body)
        if self.field not in errors and not self.allows(str(body[self.field])):
            errors[self.field] = [self.required_sentence(self.field)]
        return errors


@fault("stock.ok", asked("stock", change={"/current_stock": "0"}))
class ZeroStockIsNothing(_Amounts):
    """A current_stock of '0' counts as one that is left out."""

    field = "current_stock"

    def allows(self, text: str) -> bool:
        return text != "0"


@fault("stock.ok", _REMOVE)
class QuantitiesAreWhole(_Amounts):
    """A quantity with a fraction is refused."""

    field = "quantity"

    def allows(self, text: str) -> bool:
        return "." not in text


@fault("stock.ok", asked("stock", change={"/quantity": "1"}))
class QuantitiesNeedAPoint(_Amounts):
    """A quantity without a fraction is refused."""

    field = "quantity"

    def allows(self, text: str) -> bool:
        return "." in text


@fault("stock.ok", story(_REMOVE, _REMOVE))
class ItemMovesOnce(MiposInventory):
    """After an item has moved once it is not found any more."""

    def pass_on(self, store: str, body: dict[str, object]) -> None:
        super().pass_on(store, body)
        self.stock.pop((store, str(body.get("external_id"))), None)


class _Types(MiposInventory):
    also: ClassVar[tuple[object, ...]]

    def is_movement_type(self, value: object) -> bool:
        return value in self.also or super().is_movement_type(value)


for _name, _says, _value in (
    ("TypeZeroIsTaken", "0", 0),
    ("TypeThreeIsTaken", "3", 3),
    ("TypeWordIsTaken", "a word", "abc"),
    ("TypeNameIsTaken", "the word add", "add"),
    ("TypeBelowZeroIsTaken", "-1", -1),
    ("TypeTwelveIsTaken", "12", 12),
):
    fault("stock.movement-type.invalid", _typed(_value))(
        variant(_Types, _name, f"A movement type that is {_says} is taken.", also=(_value,))
    )


@fault("stock.movement-type.invalid", _typed(0))
class TypeZeroIsMissing(MiposInventory):
    """A movement type of 0 is told as one that is left out."""

    def stock_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().stock_errors(body)
        if body.get("movement_type") == 0:
            errors["movement_type"] = [self.required_sentence("movement_type")]
        return errors


@fault("stock.movement-type.invalid", _typed("abc"))
class TypeWordCrashes(MiposInventory):
    """A movement type that is a word is counted with, and the server fails."""

    def is_movement_type(self, value: object) -> bool:
        if isinstance(value, str) and not value.isdecimal():
            raise Refusal(Answer(500, {"message": "Server Error"}))
        return super().is_movement_type(value)


@fault("stock.movement-type.invalid", _typed(3))
class TypeThreeIsPassedOn(MiposInventory):
    """A movement type of 3 is left to the inventory system, which does not know it."""

    def stock_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().stock_errors(body)
        if body.get("movement_type") == 3:
            self.pass_through(400, "unknown movement")
        return errors


fault("stock.movement-type.invalid", _typed(3))(
    variant(
        Misspelt,
        "TypeSentenceMisspelt",
        "The sentence on a movement type that there is not has 'is not valid'.",
        operation="stock",
        printed="is invalid",
        spelt="is not valid",
    )
)
fault("stock.movement-type.invalid", _typed(3))(
    variant(
        Renamed,
        "TypeSentenceUnderType",
        "The sentence on a movement type that there is not stands under type.",
        operation="stock",
        field="movement_type",
        key="type",
    )
)


@fault("stock.movement-type.invalid", asked("stock", look=told, change={"/movement_type": 3}))
class TypeIsAConflict(MiposInventory):
    """A movement type that there is not is a conflict, 409, with the sentence of a 422."""

    def check_errors(self, errors: dict[str, list[str]]) -> None:
        if "The selected movement type is invalid." in errors.get("movement_type", ()):
            self.conflict(errors["movement_type"])
        super().check_errors(errors)
