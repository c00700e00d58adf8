"""Deliveries that are taken although nobody has signed them rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.mipos_receiver.probes import HEADER, deliver, unsigned, variant
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.mipos_receiver import MiposReceiver
from retailspec.signing import same_signature

if TYPE_CHECKING:
    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__ = ["Signed"]


def _any(signature: str) -> str:
    return "0" * len(signature)


class Signed(MiposReceiver):
    """A POS that compares signatures in its own way."""

    def is_signed(self, call: Call, given: str | None) -> bool:
        """Tell whether a signature is there and passes for that of the raw body."""
        return given is not None and self.compare(self.signature(call.raw or b""), given)

    def compare(self, right: str, given: str) -> bool:
        """Tell whether a signature passes for the right one."""
        return same_signature(right, given)


@fault("receiver.signature.missing", deliver(signed=unsigned))
class UnsignedIsTaken(MiposReceiver):
    """A delivery without the header is taken; one with a wrong signature is not."""

    def is_signed(self, call: Call, given: str | None) -> bool:
        return given is None or super().is_signed(call, given)


@fault("receiver.signature.missing", deliver(signed=lambda _: ""))
class EmptySignatureIsTaken(Signed):
    """A delivery whose header is empty is taken; one without the header is not."""

    def compare(self, right: str, given: str) -> bool:
        return not given or super().compare(right, given)


@fault("receiver.signature.missing", deliver(signed=unsigned))
class UnsignedFails(MiposReceiver):
    """The header is read before anybody looks whether it is there."""

    def read_signature(self, call: Call) -> str | None:
        if HEADER not in call.headers:
            raise Refusal(Answer(500, {"message": "Server Error"}))
        return super().read_signature(call)


@fault("receiver.signature.missing", deliver(signed=unsigned))
class UnsignedIsAcknowledged(MiposReceiver):
    """A delivery without the header is answered 204 and thrown away."""

    async def respond(self, call: Call) -> Answer:
        return await super().respond(call) if HEADER in call.headers else Answer(204)


@fault("receiver.signature.wrong", deliver(signed=lambda right: right[:-1]))
class SignatureByItsBeginning(Signed):
    """The beginning of the right signature serves as well as all of it."""

    def compare(self, right: str, given: str) -> bool:
        return bool(given) and right.startswith(given)


@fault("receiver.signature.wrong", deliver(signed=lambda right: right[:20]))
class SignatureBySixteenLetters(Signed):
    """Only the first sixteen letters of a signature are compared."""

    def compare(self, right: str, given: str) -> bool:
        return right[:16] == given[:16]


@fault("receiver.signature.wrong", deliver(signed=lambda right: right + "00"))
class SignatureWithATail(Signed):
    """What follows the right signature in the header is not looked at."""

    def compare(self, right: str, given: str) -> bool:
        return given.startswith(right)


@fault("receiver.signature.wrong", deliver(signed=_any))
class SignatureByItsForm(Signed):
    """Any 64 letters of hex pass for a signature."""

    def compare(self, right: str, given: str) -> bool:
        return len(given) == len(right) and set(given) <= set("0123456789abcdef")


@fault("receiver.signature.wrong", deliver(signed=_any))
class SignatureByItsPresence(Signed):
    """The header has to be there, and nobody looks at it."""

    def compare(self, right: str, given: str) -> bool:
        return bool(right and given)


def _after_a_right_one(probe: Probe) -> Any:
    return [deliver()(probe), deliver(signed=_any)(probe)]


@fault("receiver.signature.wrong", _after_a_right_one)
class TrustIsKept(MiposReceiver):
    """After one signed delivery, those that follow are not looked at if the header is there."""

    trusted = False

    def is_signed(self, call: Call, given: str | None) -> bool:
        self.trusted = self.trusted or super().is_signed(call, given)
        return given is not None and self.trusted


class _Lax(MiposReceiver):
    """Does not look at the signature of some deliveries."""

    field: ClassVar[str]
    strict: ClassVar[tuple[object, ...]]

    def is_signed(self, call: Call, given: str | None) -> bool:
        try:
            sent = self.decode(call.raw or b"")
        except (ValueError, RecursionError):
            sent = None
        lax = isinstance(sent, dict) and self.is_lax(sent.get(self.field))
        return (given is not None and lax) or super().is_signed(call, given)

    def is_lax(self, value: object) -> bool:
        """Tell whether a delivery with this value is taken whatever its signature."""
        return value not in self.strict


for _name, _field, _says, _strict, _value in (
    ("Addition", "movement_type", "that does not remove", (2,), 1),
    (
        "UnknownItem",
        "external_id",
        "about an item that the POS does not have",
        ("avcc123",),
        "other",
    ),
    ("OtherPos", "pos_id", "for another POS", ("1",), "9"),
    (
        "OtherSystem",
        "inventory_system_id",
        "of an inventory system that the POS is not connected with",
        ("4344be8c-c6b9-4c51-88a6-d620144ab406",),
        "other",
    ),
    ("UnknownStore", "store_id", "about a store that the POS does not have", (1, "1"), 7),
    ("LargeQuantity", "quantity", "of more than the usual quantities", ("1.25", "0.5"), "9.25"),
    (
        "LargeStock",
        "current_stock",
        "after which more is left than before",
        ("12.44", "13.69", "11.94"),
        "99",
    ),
):
    fault("receiver.signature.tampered", deliver(signed=_any, changes={_field: _value}))(
        variant(
            _Lax,
            f"{_name}IsNotSigned",
            f"A delivery {_says} is taken whatever its signature.",
            field=_field,
            strict=_strict,
        )
    )


class _LaxOnOld(_Lax):
    def is_lax(self, value: object) -> bool:
        return str(value) < "2021"


for _name, _field, _says in (
    ("OldMovement", "date", "about a movement of years ago"),
    ("OldDelivery", "now", "that was sent years ago"),
):
    fault(
        "receiver.signature.tampered",
        deliver(signed=_any, changes={_field: "2020-06-01 02:55:18"}),
    )(
        variant(
            _LaxOnOld,
            f"{_name}IsNotSigned",
            f"A delivery {_says} is taken whatever its signature.",
            field=_field,
        )
    )
