"""Updates that are right and are answered wrongly, or refused."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, cast

from retailspec.faults.sirclo_inventory.probes import (
    BASE,
    channels,
    code_of,
    raw,
    status_of,
    update,
)
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant
from retailspec.reference.base import NO_BODY, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call
    from retailspec.reference.sirclo_history import StockUpdate

__all__ = ["Answers"]


class Answers(Prompt):
    """Answers an update that it takes in another form."""

    form: ClassVar[Callable[[str], Any]]
    status: ClassVar[int] = 200

    async def update(self, call: Call, body: dict[str, object]) -> Answer:
        """Answer an update in that form."""
        answer = await super().update(call, body)
        code = cast("dict[str, str]", answer.body)["transaction_code"]
        return Answer(self.status, type(self).form(code))


def _shape(probe: Probe) -> Any:
    """Return the answer to an update, with the code's length in place of the code."""
    answer = update(probe)
    text = answer.text
    found = json.loads(text) if text else None
    if isinstance(found, dict) and isinstance(found.get("transaction_code"), str):
        found = {**found, "transaction_code": len(found["transaction_code"])}
    return answer.status_code, found


for _name, _says, _form in (
    ("CodeIsEmpty", "An update is answered with an empty code.", lambda _: _code("")),
    ("CodeIsNull", "An update is answered with null as its code.", lambda _: _code(None)),
    (
        "CodeIsANumber",
        "An update is answered with a number as its code.",
        lambda code: _code(int(code[:8], 16)),
    ),
    (
        "CodeInCamelCase",
        "The code of an update is called transactionCode.",
        lambda code: {"transactionCode": code},
    ),
    (
        "CodeIsWrapped",
        "The code of an update is below data.",
        lambda code: {"data": _code(code)},
    ),
    ("CodeAlone", "An update is answered with a JSON string, its code.", lambda code: code),
    ("AnswerIsAList", "An update is answered with a list of one.", lambda code: [_code(code)]),
):
    seed("update.ok", _shape)(variant(Answers, _name, _says, form=_form))


def _code(value: object) -> dict[str, object]:
    return {"transaction_code": value}


seed("update.ok", _shape)(
    variant(
        Answers,
        "NothingIsAnswered",
        "An update is answered 204, without its code.",
        form=lambda _: NO_BODY,
        status=204,
    )
)
for _name, _says, _status in (("AnswersCreated", "An update is answered 201.", 201),):
    seed("update.ok.status", status_of())(
        variant(Answers, _name, _says, form=_code, status=_status)
    )


@seed("update.ok.status", lambda probe: [update(probe).status_code for _ in range(2)])
class EverySecondIsQueued(Prompt):
    """Every second update is answered 202, the others 200."""

    count = 0

    async def update(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().update(call, body)
        self.count += 1
        return Answer(200 if self.count % 2 else 202, answer.body)


# transaction_code


class _Codes(Prompt):
    """Makes transaction codes in another way."""

    make: ClassVar[Callable[[int], str]]
    count = 0

    def transaction_code(self) -> str:
        self.count += 1
        return type(self).make(self.count)


for _name, _says, _make in (
    ("CodeWithoutDashes", "A transaction code is 32 digits.", lambda _: uuid.uuid4().hex),
    (
        "CodeInBraces",
        "A transaction code is a UUID in braces.",
        lambda _: f"{{{uuid.uuid4()}}}",
    ),
    ("CodeCounts", "A transaction code is TX and a number.", lambda count: f"TX-{count:012}"),
):
    seed("update.ok.uuid", _shape)(variant(_Codes, _name, _says, make=_make))

_PRINTED = "591d4ab5-841e-499a-bfa2-99a4fb879e44"
for _name, _says, _make in (
    ("OneCodeForAll", "Every update has the printed code.", lambda _: _PRINTED),
    (
        "TwoByTwo",
        "Two updates in a row have one code.",
        lambda count: str(uuid.uuid5(uuid.NAMESPACE_OID, str(count // 2))),
    ),
    (
        "CodesBeginAgain",
        "The ninth update has the code of the first, as a counter overflows.",
        lambda count: str(uuid.uuid5(uuid.NAMESPACE_OID, str(count % 8))),
    ),
):
    seed("update.distinct", lambda probe: len({code_of(update(probe)) for _ in range(10)}))(
        variant(_Codes, _name, _says, make=_make)
    )


@seed("update.distinct", lambda probe: code_of(update(probe)) == code_of(update(probe)))
class CodeOfTheContent(Prompt):
    """Two updates that say the same have the same code."""

    said = ""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        self.said = json.dumps(body, sort_keys=True)
        return super().check_update(body)

    def transaction_code(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.said))


# Boundaries


class _Bounds(Prompt):
    """Refuses updates that are at the edge of what is documented."""

    bad: ClassVar[Callable[[StockUpdate], bool]]

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        update = super().check_update(body)
        if type(self).bad(update):
            self.invalid("out of bounds")
        return update


_ZERO = channels("bklp")[0] | {"qty": 0}
for _name, _says, _bad, _probe in (
    (
        "EqualBufferIsRefused",
        "A buffer that equals the available stock is refused.",
        lambda one: one.buffer_stock == one.available_stock,
        status_of(available_stock=30, buffer_stock=30),
    ),
    (
        "EqualBufferIsRefusedAboveZero",
        "A buffer that equals the available stock is refused unless both are zero.",
        lambda one: one.buffer_stock == one.available_stock > 0,
        status_of(available_stock=30, buffer_stock=30),
    ),
    (
        "NoStockIsRefused",
        "An available stock of zero counts as one left out, and is refused.",
        lambda one: not one.available_stock,
        status_of(available_stock=0),
    ),
    (
        "NoQtyIsRefused",
        "A channel's qty of zero counts as one left out, and is refused.",
        lambda one: any(not channel.qty for channel in one.channels),
        status_of(channel_stock=[_ZERO]),
    ),
    (
        "SecondChannelIsRefused",
        "An update of more than one channel is refused.",
        lambda one: len(one.channels) > 1,
        status_of(channel_stock=channels("bklp", "blib")),
    ),
):
    seed("update.boundaries", _probe)(variant(_Bounds, _name, _says, bad=_bad))


# Bytes as they are sent

_INDENTED = json.dumps(BASE, indent=3).encode()


class _SignsAnother(Prompt):
    """Checks the secret over another form of the body than the one that was sent."""

    form: ClassVar[Callable[[bytes], bytes]]

    def signed_body(self, call: Call) -> bytes:
        body = super().signed_body(call)
        try:
            return type(self).form(body)
        except (ValueError, RecursionError):
            return body


for _name, _says, _form in (
    (
        "SignsWhatItReads",
        "The secret is checked over the body as the server writes it.",
        lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
    ),
    (
        "SignsWithoutBlanks",
        "The secret is checked over the body without its white space.",
        lambda body: b"".join(body.split()),
    ),
    (
        "SignsSortedKeys",
        "The secret is checked over the body with its keys in order.",
        lambda body: json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode(),
    ),
):
    seed("update.ok", raw(_INDENTED))(variant(_SignsAnother, _name, _says, form=_form))
