"""Deliveries that are refused, or answered otherwise than documented."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.mipos_receiver.probes import deliver, variant
from retailspec.faults.model import fault
from retailspec.reference.base import Answer
from retailspec.reference.mipos_receiver import MiposReceiver

if TYPE_CHECKING:
    from retailspec.reference.base import Call

__all__: list[str] = []


class _Accepted(MiposReceiver):
    answer: ClassVar[Answer]

    def accepted(self) -> Answer:
        return self.answer


for _name, _says, _answer in (
    ("TakenAnswers200", "200 without a body", Answer(200)),
    ("TakenAnswersOk", "200 with a message", Answer(200, {"message": "ok"})),
    ("TakenAnswers202", "202 without a body", Answer(202)),
    ("TakenAnswersNull", "204 with the body null", Answer(204, None)),
    ("TakenAnswersObject", "204 with an empty object", Answer(204, {})),
):
    fault("receiver.accepts", deliver())(
        variant(_Accepted, _name, f"A delivery is answered {_says}.", answer=_answer)
    )
fault("response.status", deliver())(
    variant(
        _Accepted,
        "TakenAnswersCreated",
        "A delivery is answered 201, as if it made something.",
        answer=Answer(201),
    )
)


@fault("response.status", deliver(changes={"movement_type": 1}))
class AddingAnswersOk(MiposReceiver):
    """A delivery that adds is answered 200, one that removes 204."""

    async def deliver(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().deliver(call, body)
        return Answer(200) if body["movement_type"] == 1 else answer


@fault("receiver.accepts", deliver(changes={"store_id": 1}))
class StoresAreTexts(MiposReceiver):
    """A store_id that is an integer, as in the example, is refused."""

    def is_store_id(self, value: object) -> bool:
        return isinstance(value, str)


@fault("receiver.accepts", deliver(changes={"store_id": "1"}))
class StoresAreNumbers(MiposReceiver):
    """A store_id that is text, as in the table, is refused."""

    def is_store_id(self, value: object) -> bool:
        return isinstance(value, int)


@fault("receiver.accepts", deliver(changes={"movement_type": 1}))
class AddingIsRefused(MiposReceiver):
    """A delivery that adds is refused, as if only removals were known."""

    def is_movement_type(self, value: object) -> bool:
        return value == 2


@fault("receiver.accepts", deliver(changes={"movement_type": 2}))
class MovementsAreTexts(MiposReceiver):
    """A movement_type has to be text, so that the documented integers are refused."""

    def is_movement_type(self, value: object) -> bool:
        return value in ("1", "2")


@fault("receiver.accepts", deliver(times=2))
class OneDeliveryASecond(MiposReceiver):
    """A second delivery with the same `now` is taken for a replay, whatever it says."""

    def check_delivery(self, body: dict[str, object]) -> None:
        super().check_delivery(body)
        if any(one["now"] == body["now"] for one in self.received):
            self.refuse(409, "This delivery has been here before.")


class _Parsed(MiposReceiver):
    """Checks the signature over JSON of its own making."""

    layout: ClassVar[dict[str, Any]]

    def signature(self, body: bytes) -> str:
        with contextlib.suppress(ValueError, RecursionError):
            body = json.dumps(json.loads(body), **self.layout).encode()
        return super().signature(body)


for _name, _says, _layout, _raw in (
    (
        "SignatureOverCompactJson",
        "without blanks",
        {"separators": (",", ":")},
        lambda body: json.dumps(json.loads(body), indent=2).encode(),
    ),
    ("SignatureOverSpacedJson", "with a blank after each comma", {}, bytes),
    (
        "SignatureOverSortedJson",
        "with its fields in order and no blanks",
        {"sort_keys": True, "separators": (",", ":")},
        bytes,
    ),
):
    fault("receiver.accepts", deliver(raw=_raw))(
        variant(
            _Parsed,
            _name,
            f"The signature is compared with that of the same JSON {_says}.",
            layout=_layout,
        )
    )


@fault("receiver.accepts", deliver(raw=lambda body: b'{"x":0,' + body[1:]))
class FieldsAreInOrder(MiposReceiver):
    """A delivery whose first field is not pos_id is refused."""

    def check_delivery(self, body: dict[str, object]) -> None:
        super().check_delivery(body)
        if next(iter(body)) != "pos_id":
            self.invalid("pos_id comes first.")
