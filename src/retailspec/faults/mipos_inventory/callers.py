"""Callers who are let in, or turned away under another status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, bearer, send, story, told, variant
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.mipos import MiposInventory
from retailspec.signing import same_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []

_OPERATIONS: Final = ("sync", "stock", "webhook")


def _without(*operations: str) -> Callable[[Probe], Any]:
    return story(*(asked(one, headers={}) for one in operations))


def _spelt(*spellings: str) -> Callable[[Probe], Any]:
    """Return a probe: what a call is told whose token is made from the right one."""

    def probe_tokens(probe: Probe) -> Any:
        headers = [bearer(probe, spelling) for spelling in spellings]
        return [told(send(probe, "webhook", headers=one)) for one in headers]

    return probe_tokens


def _other_case(probe: Probe) -> Any:
    headers = {"Authorization": f"Bearer {probe.credentials['token'].swapcase()}"}
    return told(send(probe, "webhook", headers=headers))


class _Open(MiposInventory):
    """One of the calls asks nobody for a token."""

    operation: ClassVar[str]

    def authenticate(self, call: Call) -> str:
        here = call.operation.name == self.operation
        return "pos" if here and self.read_token(call) is None else super().authenticate(call)


class _Unchecked(MiposInventory):
    """One of the calls takes any token, as long as there is one."""

    operation: ClassVar[str]

    def authenticate(self, call: Call) -> str:
        here = call.operation.name == self.operation
        return "pos" if here and self.read_token(call) else super().authenticate(call)


def _random(operation: str) -> Callable[[Probe], Any]:
    return asked(operation, headers={"Authorization": "Bearer no-such-token"})


for _operation in _OPERATIONS:
    fault("auth.missing", _without(_operation))(
        variant(
            _Open,
            f"{_operation.title()}IsOpen",
            f"The call {_operation} needs no token; the others do.",
            operation=_operation,
        )
    )
    fault("auth.wrong", _random(_operation))(
        variant(
            _Unchecked,
            f"{_operation.title()}TakesAnyToken",
            f"The call {_operation} takes any token; the others do not.",
            operation=_operation,
        )
    )


@fault("auth.missing", story(asked("webhook"), asked("webhook", headers={})))
class RemembersTheAddress(MiposInventory):
    """Once a right token has come from an address, calls from there need none."""

    known = False

    def authenticate(self, call: Call) -> str:
        if self.known and "authorization" not in call.headers:
            return "pos"
        caller = super().authenticate(call)
        self.known = True
        return caller


@fault("auth.missing", asked("webhook", headers={}))
class MissingTokenIsAnError(MiposInventory):
    """The header is taken apart before anybody looks whether it is there."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            raise Refusal(Answer(500, {"message": "Server Error", "data": None}))
        return super().authenticate(call)


@fault("auth.missing", asked("webhook", headers={}))
class MissingTokenGoesToLogin(MiposInventory):
    """A call without a token is redirected to a page for logging in."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            raise Refusal(Answer(302, None, {"Location": "/login"}))
        return super().authenticate(call)


@fault("auth.missing", asked("webhook", headers={}))
class MissingTokenIsToldWith200(MiposInventory):
    """A call without a token is answered 200 with a message that says so."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            raise Refusal(Answer(200, {"message": "Unauthorized.", "data": None}))
        return super().authenticate(call)


class _Status(MiposInventory):
    """Turns callers away under another status."""

    missing: ClassVar[int] = 401
    wrong: ClassVar[int] = 401

    def authenticate(self, call: Call) -> str:
        given = self.read_token(call)
        status = self.missing if given is None else self.wrong
        if status != 401 and not self.is_token(given):
            self.refuse(status, "Unauthorized.")
        return super().authenticate(call)


for _status in (400, 403, 404, 422):
    fault("auth.missing.status", asked("webhook", headers={}))(
        variant(
            _Status,
            f"MissingTokenIs{_status}",
            f"A call without a token is answered {_status}, not 401.",
            missing=_status,
        )
    )
for _status in (400, 403, 404, 419):
    fault("auth.wrong.status", _random("webhook"))(
        variant(
            _Status,
            f"WrongTokenIs{_status}",
            f"A call with a wrong token is answered {_status}, not 401.",
            wrong=_status,
        )
    )


@fault("auth.wrong.status", _random("stock"))
class WrongTokenIsPassedThrough(MiposInventory):
    """On stock, a wrong token reaches the inventory system, which does not find the account."""

    def authenticate(self, call: Call) -> str:
        given = self.read_token(call)
        if call.operation.name == "stock" and given is not None and not self.is_token(given):
            self.pass_through(404, "account not found")
        return super().authenticate(call)


class _Tokens(MiposInventory):
    """Compares tokens in its own way."""

    def is_token(self, given: str | None) -> bool:
        return given is not None and self.compare(given, self.credentials["token"])

    def compare(self, given: str, token: str) -> bool:
        """Tell whether a token passes for the right one."""
        return same_signature(token, given)


@fault("auth.wrong", _spelt("{:.5}", "{:.12}"))
class TokenByItsBeginning(_Tokens):
    """The beginning of the token serves as well as all of it."""

    def compare(self, given: str, token: str) -> bool:
        return token.startswith(given)


@fault("auth.wrong", _spelt("{}0"))
class TokenWithATail(_Tokens):
    """What follows the right token is not looked at."""

    def compare(self, given: str, token: str) -> bool:
        return given.startswith(token)


@fault("auth.wrong", _spelt("0{}"))
class TokenByItsEnd(_Tokens):
    """What stands before the right token is not looked at."""

    def compare(self, given: str, token: str) -> bool:
        return given.endswith(token)


@fault("auth.wrong", _spelt("{:.16}"))
class TokenBySixteenLetters(_Tokens):
    """Only the first sixteen letters of a token are compared."""

    def compare(self, given: str, token: str) -> bool:
        return given[:16] == token[:16]


@fault("auth.wrong", _other_case)
class TokenInAnyCase(_Tokens):
    """Tokens are compared without regard to case, as a database collation may do."""

    def compare(self, given: str, token: str) -> bool:
        return given.casefold() == token.casefold()


@fault("auth.wrong", _random("sync"))
class TokenByItsPresence(_Tokens):
    """A token has to be there, and nobody looks at it."""

    def compare(self, given: str, token: str) -> bool:
        return bool(given and token)


@fault("auth.wrong", _random("sync"))
class WrongTokenFails(_Tokens):
    """A token that belongs to no account makes the server fail."""

    def compare(self, given: str, token: str) -> bool:
        if not super().compare(given, token):
            raise Refusal(Answer(500, {"message": "Server Error", "data": None}))
        return True


@fault("auth.wrong", _spelt("{}x"))
class TokenAnywhere(_Tokens):
    """It is enough that the right token stands somewhere in what is sent."""

    def compare(self, given: str, token: str) -> bool:
        return token in given
