"""Bodies, labels and methods that a faulty server takes for what they are not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.comestri_inventory.probes import (
    raw,
    send,
    token,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.comestri import ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


_CUT = b'{"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": 5}'


class _ReadsOn(ComestriInventory):
    """Takes something else where a body is not JSON."""

    def decode(self, raw: bytes) -> object:
        try:
            return super().decode(raw)
        except (ValueError, RecursionError):
            return self.instead(raw)

    def instead(self, raw: bytes) -> object:
        raise NotImplementedError


@fault("malformed-json", raw(_CUT))
class ClosesBraces(_ReadsOn):
    """Braces that a body leaves open are closed for it."""

    def instead(self, raw: bytes) -> object:
        return json.loads(raw + b"}" * (raw.count(b"{") - raw.count(b"}")))


@fault("malformed-json", raw(_CUT))
class AnswersNothingToNothing(ComestriInventory):
    """A body that is not JSON is answered 200, with an error in the body."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            return super().parse(call)
        except Refusal as refusal:
            raise Refusal(Answer(200, refusal.answer.body)) from None


@fault("malformed-json", lambda probe: [send(probe).status_code, raw(_CUT)(probe)])
class TakesTheLastAgain(_ReadsOn):
    """In the place of a body that is not JSON the last one that was taken is taken again."""

    last: object = None

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().create(call, body)
        self.last = body
        return answer

    def instead(self, raw: bytes) -> object:
        del raw
        return self.last


@fault("malformed-json", raw(_CUT))
class PicksFieldsOut(_ReadsOn):
    """The fields are searched for in the text of a body that is not JSON."""

    def instead(self, raw: bytes) -> object:
        pairs = re.findall(rb'"(\w+)"\s*:\s*("[^"]*"|\d+)', raw)
        return {"inventory": {name.decode(): json.loads(value) for name, value in pairs}}


_WHOLE = _CUT + b"}"


@fault("wrong-content-type", raw(_WHOLE, **{"Content-Type": "text/plain"}))
class LabelIsNotRead(ComestriInventory):
    """A JSON body is taken whatever its label."""

    def check_content_type(self, call: Call) -> None:
        """Take it."""


@fault("wrong-content-type", raw(_WHOLE, **{"Content-Type": "text/plain"}))
class TextMayBeJson(ComestriInventory):
    """A JSON body that is labelled as any kind of text is taken."""

    def check_content_type(self, call: Call) -> None:
        if not call.headers.get("content-type", "").startswith("text/"):
            super().check_content_type(call)


def _by(method: str, body: bytes = b"") -> Callable[[Probe], tuple[int, str]]:
    """Return a probe: status and text of the answer to another method."""

    def look(probe: Probe) -> tuple[int, str]:
        answer = probe.call("create", raw=body, headers=token(probe), method=method)
        return answer.status_code, answer.text

    return look


class _Answers(ComestriInventory):
    """Answers another method."""

    method: ClassVar[str]
    answer: ClassVar[Answer]

    def check_method(self, call: Call) -> None:
        if call.method == self.method:
            raise Refusal(self.answer)
        super().check_method(call)


_LISTED: Mapping[str, object] = {"inventories": []}
for _method, _says, _answer in (
    ("GET", "A GET is answered with a list.", Answer(200, _LISTED)),
    ("DELETE", "A DELETE is answered 204.", Answer(204, NO_BODY)),
    ("PATCH", "A PATCH is answered 400.", Answer(400, {"error": "Bad request"})),
):
    fault("method", _by(_method))(
        variant(_Answers, f"{_method.title()}IsAnswered", _says, method=_method, answer=_answer)
    )


@fault("method", _by("PUT", _WHOLE))
class PutIsPost(ComestriInventory):
    """A PUT does what a POST does."""

    def check_method(self, call: Call) -> None:
        if call.method != "PUT":
            super().check_method(call)


@fault("method", _by("PATCH", _WHOLE))
class PatchIsInvalid(ComestriInventory):
    """A method that is not known is looked at last: a PATCH gets 422."""

    def check_method(self, call: Call) -> None:
        if call.method == "PATCH":
            self.invalid("No such call")
        super().check_method(call)
