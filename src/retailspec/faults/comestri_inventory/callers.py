"""Callers that are not told apart as they should be, and refusals that tell them too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.comestri_inventory.probes import token
from retailspec.faults.model import fault
from retailspec.reference.base import Refusal
from retailspec.reference.comestri import ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []


def _call(probe: Probe, headers: dict[str, str]) -> httpx.Response:
    named = {name: probe.fixtures[name] for name in ("inventory_source", "product_id")}
    return probe.call("create", {"inventory": {**named, "qty": 5}}, headers=headers)


def _without(probe: Probe) -> int:
    return _call(probe, {}).status_code


def _as_reader(probe: Probe) -> int:
    return _call(probe, token(probe, "forbidden_")).status_code


def _with_token(spoil: Callable[[str], str]) -> Callable[[Probe], int]:
    """Return a probe: the status of a call with a spoilt token."""
    return lambda probe: (
        _call(probe, token(probe, token=spoil(probe.credentials["token"]))).status_code
    )


_random = _with_token(lambda _: "f" * 32)


@fault("auth.missing", _without)
class AnybodyMayWrite(ComestriInventory):
    """A call without credentials is taken, a wrong token is not."""

    def identify(self, given: tuple[str, str] | None) -> str | None:
        return self.credentials["email"] if given is None else super().identify(given)


class _Unnamed(ComestriInventory):
    """Answers a call without credentials in another way than one with wrong ones."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            self.unnamed()
        return super().authenticate(call)

    def unnamed(self) -> None:
        """Let it go on."""


@fault("auth.missing", _without)
class NoCredentialsAreForbidden(_Unnamed):
    """A call without credentials gets 403, one with wrong ones 401."""

    def unnamed(self) -> None:
        self.refuse(403, "Forbidden")


@fault("auth.missing", _without)
class NoCredentialsFindNothing(_Unnamed):
    """A call without credentials gets 404, as if there were nothing here."""

    def unnamed(self) -> None:
        self.refuse(404, "Not found.")


@fault("auth.missing", _without)
class NoCredentialsAreInvalid(_Unnamed):
    """A call without credentials gets 422, as for a parameter that is missing."""

    def unnamed(self) -> None:
        self.invalid("Missing header Authorization")


@fault("auth.missing", _without)
class SentToLogIn(_Unnamed):
    """A call without credentials is sent to a page to log in, with 302."""

    def unnamed(self) -> None:
        self.refuse(302, "Log in", {"Location": "/login"})


@fault("auth.wrong", _with_token(lambda value: value + "x"))
class LongerTokensFit(ComestriInventory):
    """A token only has to begin with the right one."""

    def is_same(self, expected: str, given: str) -> bool:
        return given.startswith(expected)


@fault("auth.wrong", _with_token(lambda value: "x" + value))
class TokensByTheirEnd(ComestriInventory):
    """A token only has to end with the right one."""

    def is_same(self, expected: str, given: str) -> bool:
        return given.endswith(expected)


@fault("auth.wrong", _with_token(lambda value: value[:-1]))
class ShorterTokensFit(ComestriInventory):
    """A token only has to be the beginning of the right one, and not empty."""

    def is_same(self, expected: str, given: str) -> bool:
        return bool(given) and expected.startswith(given)


@fault("auth.wrong", _with_token(lambda value: value.swapcase()))
class TokensInAnyCase(ComestriInventory):
    """A token is compared without its case."""

    def is_same(self, expected: str, given: str) -> bool:
        return given.casefold() == expected.casefold()


@fault("auth.wrong", _with_token(lambda value: value[:-1]))
class TokensUpToTheirShorterLength(ComestriInventory):
    """Only as many letters of a token are compared as the shorter of both has."""

    def is_same(self, expected: str, given: str) -> bool:
        return bool(given) and all(left == right for left, right in zip(expected, given))  # noqa: B905 - the defect


@fault("auth.wrong", _random)
class AddressIsEnough(ComestriInventory):
    """Any token is good beside the address of an account."""

    def is_same(self, expected: str, given: str) -> bool:
        return "@" not in expected or super().is_same(expected, given)


@fault("auth.wrong", _random)
class AnyWellFormedToken(ComestriInventory):
    """A token only has to be as long as the right one."""

    def is_same(self, expected: str, given: str) -> bool:
        return len(given) == len(expected)


@fault("auth.wrong", _random)
class WrongTokenIsForbidden(ComestriInventory):
    """A wrong token gets 403, no credentials get 401."""

    def identify(self, given: tuple[str, str] | None) -> str | None:
        known = super().identify(given)
        if known is None and given is not None:
            self.refuse(403, "Forbidden")
        return known


@fault("auth.wrong", _with_token(lambda value: value + "x"))
class LongTokenIsABadRequest(ComestriInventory):
    """A token of another length than tokens have gets 400, another wrong one 401."""

    def identify(self, given: tuple[str, str] | None) -> str | None:
        if given is not None and len(given[0]) != len(self.credentials["token"]):
            self.refuse(400, "Bad request")
        return super().identify(given)


@fault("auth.challenge", lambda probe: _call(probe, {}).headers.get("www-authenticate"))
class NoChallengeForNobody(_Unnamed):
    """A 401 for a call without credentials has no WWW-Authenticate."""

    def unnamed(self) -> None:
        self.refuse(401, "Unauthorized")


def _challenged(probe: Probe) -> Any:
    wrong = token(probe, token="0" * 32)
    return _call(probe, wrong).headers.get("www-authenticate")


@fault("auth.challenge", _challenged)
class NoChallengeForWrongTokens(ComestriInventory):
    """A 401 for wrong credentials has no WWW-Authenticate."""

    def authenticate(self, call: Call) -> str:
        try:
            return super().authenticate(call)
        except Refusal as refusal:
            if refusal.answer.status == 401 and "authorization" in call.headers:
                self.refuse(401, "Unauthorized")
            raise


@fault("auth.challenge", _challenged)
class EmptyChallenge(ComestriInventory):
    """The WWW-Authenticate of a 401 is empty."""

    def challenge(self) -> dict[str, str]:
        return {"WWW-Authenticate": ""}


@fault("auth.challenge", _challenged)
class ChallengeWithoutScheme(ComestriInventory):
    """The WWW-Authenticate of a 401 names a realm and no scheme."""

    def challenge(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'realm="Comestri"'}


@fault("auth.challenge", _challenged)
class ChallengeUnderAnotherName(ComestriInventory):
    """The challenge of a 401 is sent as Proxy-Authenticate."""

    def challenge(self) -> dict[str, str]:
        return {"Proxy-Authenticate": 'Token realm="Comestri"'}


@fault("forbidden", _as_reader)
class ReadersMayWrite(ComestriInventory):
    """An account that may not write inventory writes it."""

    def may_write(self, caller: str) -> bool:
        del caller
        return True


class _TurnsReadersAway(ComestriInventory):
    def may_write(self, caller: str) -> bool:
        if not super().may_write(caller):
            self.turn_away()
        return True

    def turn_away(self) -> None:
        """Let it go on."""


@fault("forbidden", _as_reader)
class ReadersAreUnknown(_TurnsReadersAway):
    """An account that may not write inventory gets 401, as if it were unknown."""

    def turn_away(self) -> None:
        self.refuse(401, "Unauthorized", self.challenge())


@fault("forbidden", _as_reader)
class ReadersFindNothing(_TurnsReadersAway):
    """An account that may not write inventory gets 404."""

    def turn_away(self) -> None:
        self.refuse(404, "Not found.")


@fault("forbidden", _as_reader)
class ReadersAreInvalid(_TurnsReadersAway):
    """An account that may not write inventory gets 422."""

    def turn_away(self) -> None:
        self.invalid("Account may not write inventory")


@fault("forbidden", _as_reader)
class ForbiddenWithSuccess(_TurnsReadersAway):
    """An account that may not write inventory gets 200, and an error in the body."""

    def turn_away(self) -> None:
        self.refuse(200, "Forbidden")
