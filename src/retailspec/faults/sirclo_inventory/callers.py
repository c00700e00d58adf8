"""Callers that are let in although their id is not right, or although they give nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import BASE, send, sign
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__ = ["Callers", "called"]


def called(operation: str = "update", **also: Any) -> Callable[[Probe], int]:
    """Return a probe: the status of an update or of a page, signed or named in some way.

    Args:
        operation: Which of the two.
        also: `signer` and `partner`, see `send`.
    """
    query = "limit=10&offset=0" if operation == "history" else ""
    body = BASE if operation == "update" else None
    return lambda probe: send(probe, operation, body, query=query, **also).status_code


def _nothing(*_: object) -> None:
    return None


class Callers(Prompt):
    """Admits callers in its own way."""

    knows: ClassVar[Callable[[str, str | None], bool]]
    methods: ClassVar[tuple[str, ...]] = ("GET", "POST")

    def authenticate(self, call: Call) -> str:
        """Return the partner of a call that is let in; others are looked at as they should be."""
        if call.method in self.methods and self.admits(call):
            return self.credentials["partner_id"]
        return super().authenticate(call)

    def admits(self, call: Call) -> bool:
        """Tell whether a call that might not be right is let in."""
        known = type(self).knows(self.credentials["partner_id"], call.headers.get("partner-id"))
        return known and self.is_secret(call, call.headers.get("secret"))


for _rule, _name, _says, _knows, _partner in (
    (
        "auth.partner-id.missing",
        "PartnerMayBeMissing",
        "A call that is signed needs no partner-id.",
        lambda _, given: given is None,
        _nothing,
    ),
    (
        "auth.partner-id.wrong",
        "PartnerIsNotLookedAt",
        "Any partner-id is taken with a right signature.",
        lambda _, given: given is not None,
        lambda right: right[::-1] + "0",
    ),
    (
        "auth.partner-id.wrong",
        "PartnerOfThatLength",
        "Any partner-id of the right length is taken with a right signature.",
        lambda right, given: given is not None and len(given) == len(right),
        lambda right: "0" * len(right),
    ),
    (
        "auth.partner-id.wrong",
        "PartnerByItsBeginning",
        "The beginning of the partner-id is enough.",
        lambda right, given: bool(given) and right.startswith(given),
        lambda right: right[:-1],
    ),
    (
        "auth.partner-id.wrong",
        "PartnerWithMore",
        "What follows the right partner-id is not looked at.",
        lambda right, given: given is not None and given.startswith(right),
        lambda right: right + "x",
    ),
    (
        "auth.partner-id.wrong",
        "PartnerByItsEnd",
        "What stands before the right partner-id is not looked at.",
        lambda right, given: given is not None and given.endswith(right),
        lambda right: "x" + right,
    ),
    (
        "auth.partner-id.wrong",
        "PartnerInAnyCase",
        "A partner-id is compared without its case.",
        lambda right, given: given is not None and given.lower() == right.lower(),
        str.upper,
    ),
):
    seed(_rule, called(partner=_partner))(variant(Callers, _name, _says, knows=_knows))


@seed("auth.partner-id.missing", lambda probe: [called()(probe), called(partner=_nothing)(probe)])
class PartnerIsAskedForOnce(Callers):
    """Once a partner has called, a call that is signed needs no partner-id."""

    called = False

    def admits(self, call: Call) -> bool:
        signed = self.is_secret(call, call.headers.get("secret"))
        given = call.headers.get("partner-id")
        self.called = self.called or (signed and given == self.credentials["partner_id"])
        return self.called and signed and given is None


class _Strangers(Callers):
    """Lets in who gives neither id nor secret."""

    def admits(self, call: Call) -> bool:
        return not {"partner-id", "secret"} & set(call.headers.keys())


for _name, _says, _methods, _operation in (
    ("NobodyMayUpdate", "An update without id and secret is taken.", ("POST",), "update"),
    ("NobodyMayRead", "The history is shown without id and secret.", ("GET",), "history"),
):
    seed("auth.missing", called(_operation, signer=_nothing, partner=_nothing))(
        variant(_Strangers, _name, _says, methods=_methods)
    )


@seed("auth.secret.missing", called(signer=_nothing))
class SecretMayBeMissing(Callers):
    """A secret is looked at where there is one, and not asked for with a right partner-id."""

    def admits(self, call: Call) -> bool:
        right = call.headers.get("partner-id") == self.credentials["partner_id"]
        return right and "secret" not in call.headers


@seed("auth.secret.missing", lambda probe: [_update(probe), _update(probe, _nothing)])
class SecretIsAskedForOnce(Callers):
    """A partner that has signed an update need not sign the next one."""

    signed = False

    def admits(self, call: Call) -> bool:
        given = call.headers.get("secret")
        right = call.headers.get("partner-id") == self.credentials["partner_id"]
        self.signed = self.signed or (right and self.is_secret(call, given))
        return right and given is None and self.signed


def _update(probe: Probe, signer: Callable[[str, str, bytes], str | None] = sign) -> int:
    return called(signer=signer)(probe)


def _other_partner(key: str, uri: str, body: bytes) -> str:
    return sign(key[::-1], uri, body)


@seed("auth.wrong", called(partner=lambda right: right[::-1] + "0", signer=_other_partner))
class StrangersAreNotAsked(Callers):
    """A partner that is not known is let in, whatever it signs with."""

    def admits(self, call: Call) -> bool:
        return call.headers.get("partner-id") not in {None, self.credentials["partner_id"]}


class _Compares(Callers):
    """Compares secrets in another way."""

    same: ClassVar[Callable[[str, str], bool]]

    def admits(self, call: Call) -> bool:
        given = call.headers.get("secret") or ""
        right = call.headers.get("partner-id") == self.credentials["partner_id"]
        return right and type(self).same(self.expected_secret(call), given)


for _name, _says, _same, _change in (
    (
        "SecretInAnyCase",
        "Secrets are compared without their case.",
        lambda right, given: right.lower() == given.lower(),
        str.swapcase,
    ),
    (
        "SecretByItsBeginning",
        "A secret that lacks its end is taken.",
        lambda right, given: len(given) > 8 and right.startswith(given),
        lambda right: right[:-4],
    ),
    (
        "SecretByEightCharacters",
        "Of a secret the first eight characters are compared.",
        lambda right, given: right[:8] == given[:8],
        lambda right: right[:-4],
    ),
    (
        "SecretAsFarAsItGoes",
        "Secrets are compared as far as the shorter one goes, and no secret is none.",
        lambda right, given: (
            bool(given) and all(a == b for a, b in zip(right, given, strict=False))
        ),
        lambda right: right[:-4],
    ),
):

    def _changed(key: str, uri: str, body: bytes, change: Callable[[str], str] = _change) -> str:
        return change(sign(key, uri, body))

    seed("auth.wrong", called(signer=_changed))(variant(_Compares, _name, _says, same=_same))
