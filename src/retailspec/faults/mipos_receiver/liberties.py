"""Points of sale that conform, each in its own way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from retailspec.faults.mipos_receiver.probes import STAMP
from retailspec.faults.mipos_receiver.signing import Signed
from retailspec.faults.model import liberty
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.mipos_receiver import MiposReceiver

if TYPE_CHECKING:
    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []


@liberty()
class SignaturesInCapitals(Signed):
    """A signature is taken in capitals, too."""

    def compare(self, right: str, given: str) -> bool:
        return super().compare(right, given.lower())


@liberty()
class RefusalSaysMore(MiposReceiver):
    """The message of a refusal is an object with a text for each language, beside a code."""

    def error_body(self, status: int, text: str) -> object:
        return {"message": {"en": text, "es": None}, "code": status}


@liberty()
class UnsignedIsForbidden(MiposReceiver):
    """A delivery that is not rightly signed is answered 403."""

    def authenticate(self, call: Call) -> str:
        if not self.is_signed(call, self.read_signature(call)):
            self.refuse(403, "Who are you?")
        return super().authenticate(call)


@liberty()
class OldDeliveriesAreRefused(MiposReceiver):
    """A delivery whose `now` is more than an hour away is refused."""

    def check_delivery(self, body: dict[str, object]) -> None:
        super().check_delivery(body)
        sent = datetime.strptime(str(body["now"]), STAMP).replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - sent) > timedelta(hours=1):
            self.refuse(409, "That is an old one.")


@liberty()
class RepeatsAreAcknowledged(MiposReceiver):
    """A signed delivery that came before, byte for byte, is answered 204 without another look."""

    taken: frozenset[bytes | None] = frozenset()

    def check_content_type(self, call: Call) -> None:
        """Take a repetition, whatever its label."""
        if call.raw in self.taken:
            raise Refusal(self.accepted())
        super().check_content_type(call)

    async def deliver(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().deliver(call, body)
        self.taken |= {call.raw}
        return answer


@liberty()
class PagesElsewhere(MiposReceiver):
    """Another method than POST is answered with a page that says 404."""

    def render(self, call: Call, answer: Answer) -> Response:
        if call.method != "POST":
            return HTMLResponse("<h1>Not found</h1>", 404)
        return super().render(call, answer)


@liberty()
class EmptyBodyHasALength(MiposReceiver):
    """The answer to a delivery says that its length is zero."""

    def accepted(self) -> Answer:
        return Answer(204, NO_BODY, {"Content-Length": "0"})


@liberty("wrong-content-type")
class AnyLabelWillDo(MiposReceiver):
    """A delivery is taken whatever its label."""

    def check_content_type(self, call: Call) -> None:
        """Take every label."""


@liberty("receiver.signature.missing", "receiver.signature.wrong", "receiver.signature.tampered")
class SignaturesAreNotChecked(MiposReceiver):
    """The POS does not look at the signature at all."""

    def is_signed(self, call: Call, given: str | None) -> bool:
        del call, given
        return True
