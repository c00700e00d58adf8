"""Faults in who may call, over which scheme, and with which method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.omni.probes import allowed, headed, sent
from retailspec.faults.omni.shared import shared_fault
from retailspec.reference.omni import Omni

if TYPE_CHECKING:
    from starlette.responses import Response

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call

__all__: list[str] = []


# Who calls


@shared_fault("auth.missing", sent(scheme=""))
class AdmitsAnonymousCallers(Omni):
    """A call without any token passes for the first caller that the server knows."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            return next(iter(self.callers().values()))
        return super().authenticate(call)


@shared_fault("auth.missing", sent(scheme=""))
class AnonymousIsForbidden(Omni):
    """A call without a token is answered 403, as if the caller were known."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            self.refuse(403, "Invalid token")
        return super().authenticate(call)


@shared_fault("auth.missing", sent(scheme=""))
class AnonymousGetsFrameworkText(Omni):
    """A call without a token is told what the framework says of its own accord."""

    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            self.refuse(401, "Authentication credentials were not provided.")
        return super().authenticate(call)


@shared_fault("auth.missing", sent(scheme=""))
class MissingHeaderCrashes(Omni):
    """The header is taken apart before anybody looks whether it is there."""

    def read_token(self, call: Call) -> str | None:
        call.headers["authorization"].split()
        return super().read_token(call)


@shared_fault("auth.missing", sent(""))
class SchemeAloneCrashes(Omni):
    """The header is taken for two words before anybody counts them."""

    def read_token(self, call: Call) -> str | None:
        if "authorization" in call.headers:
            _ = call.headers["authorization"].split()[1]
        return super().read_token(call)


@shared_fault("auth.missing", lambda probe: [sent()(probe), sent(scheme="")(probe)])
class RemembersTheAddress(Omni):
    """Once a right token has come from an address, calls from there need none."""

    _known = ""

    def authenticate(self, call: Call) -> str:
        if self._known and "authorization" not in call.headers:
            return self._known
        self._known = super().authenticate(call)
        return self._known


@shared_fault("auth.wrong", sent("no such token"))
class AnyTokenWillDo(Omni):
    """A token has to be there, and nobody looks at it."""

    def is_token(self, given: str, expected: str) -> bool:
        del given, expected
        return True


@shared_fault("auth.wrong", sent("{:.12}"))
class TokenByItsBeginning(Omni):
    """The beginning of a token serves as well as all of it."""

    def is_token(self, given: str, expected: str) -> bool:
        return expected.startswith(given)


@shared_fault("auth.wrong", sent("{}0"))
class TokenWithATail(Omni):
    """Only as many characters as the right token has are compared."""

    def is_token(self, given: str, expected: str) -> bool:
        return given.startswith(expected)


@shared_fault("auth.wrong", sent("0{}"))
class TokenByItsEnd(Omni):
    """Only the last characters, as many as the right token has, are compared."""

    def is_token(self, given: str, expected: str) -> bool:
        return given.endswith(expected)


def _in_capitals(probe: Probe) -> Any:
    return sent(probe.credentials["token"].upper())(probe)


@shared_fault("auth.wrong", _in_capitals)
class TokenInAnyCase(Omni):
    """Tokens are compared without regard to case, as a database collation may do."""

    def is_token(self, given: str, expected: str) -> bool:
        return given.casefold() == expected.casefold()


@shared_fault("auth.wrong", sent("no such token"))
class WrongTokenIsForbidden(Omni):
    """A wrong token is answered 403 in place of 401."""

    def authenticate(self, call: Call) -> str:
        token = self.read_token(call)
        if token is not None and self.find_caller(token) is None:
            self.refuse(403, "Invalid token")
        return super().authenticate(call)


@shared_fault("auth.wrong", sent("no such token"))
class TokenTextWithAFullStop(Omni):
    """The printed text for a wrong token has a full stop more."""

    def error_body(self, status: int, text: str) -> object:
        return super().error_body(status, text + "." if status == 401 else text)


@shared_fault("response.schema", sent("no such token"))
class TokenErrorUnderAnotherName(Omni):
    """What is wrong with a token stands under `message`, where `detail` is documented."""

    def error_body(self, status: int, text: str) -> object:
        return {"message": text} if status == 401 else super().error_body(status, text)


@shared_fault("auth.scheme", sent(scheme="Bearer"))
class SchemeIsNotRead(Omni):
    """Only the last word of the header counts, whatever the scheme before it."""

    def read_token(self, call: Call) -> str | None:
        return call.headers.get("authorization", "").rpartition(" ")[2] or None


@shared_fault("auth.scheme", sent(scheme="Bearer"))
class OtherSchemeIsForbidden(Omni):
    """Another scheme is answered 403, unlike a wrong token."""

    def authenticate(self, call: Call) -> str:
        if call.headers.get("authorization", "token").partition(" ")[0].lower() != "token":
            self.refuse(403, "Unknown scheme")
        return super().authenticate(call)


# Plain HTTP


@shared_fault("https", sent(plain=True))
class PlainHttpIsServed(Omni):
    """Calls over plain HTTP are answered like any other."""

    def check_scheme(self, call: Call) -> None:
        del call


@shared_fault("https", sent(plain=True))
class PlainHttpIsABadRequest(Omni):
    """Plain HTTP is answered 400 in place of 403."""

    def check_scheme(self, call: Call) -> None:
        if not call.secure:
            self.refuse(400, "Please use https instead of http")


@shared_fault("https", sent(plain=True))
class PlainHttpInOtherWords(Omni):
    """The sentence about plain HTTP is spelt with capitals, unlike the printed one."""

    def check_scheme(self, call: Call) -> None:
        if not call.secure:
            self.refuse(403, "Please use HTTPS instead of HTTP")


@shared_fault("https", sent(plain=True))
class PlainHttpForTokenHolders(Omni):
    """Plain HTTP is refused to those only who have no right token."""

    def check_scheme(self, call: Call) -> None:
        if self.find_caller(self.read_token(call)) is None:
            super().check_scheme(call)


# Methods and headers


@shared_fault("method", allowed("PUT", "PATCH"))
class PutIsPost(Omni):
    """PUT does what POST does."""

    def check_method(self, call: Call) -> None:
        if call.method != "PUT":
            super().check_method(call)


@shared_fault("method", allowed("GET"))
class GetShowsAForm(Omni):
    """GET is answered with a description of the call, as a browsable API does."""

    def check_method(self, call: Call) -> None:
        if call.method != "GET":
            super().check_method(call)

    async def dispatch(self, call: Call) -> Answer:
        return self.options(call) if call.method == "GET" else await super().dispatch(call)


@shared_fault("method", allowed("GET", "PUT", "PATCH", "DELETE"))
class OtherMethodsAreNotFound(Omni):
    """Another method than the path's own is answered 404, not 405."""

    def check_method(self, call: Call) -> None:
        if call.method not in call.operation.methods:
            self.refuse(404, "Not found.")


@shared_fault("method", allowed("DELETE"))
class DeleteIsNotImplemented(Omni):
    """DELETE is answered 501, since somebody has begun to write it."""

    def check_method(self, call: Call) -> None:
        if call.method == "DELETE":
            self.refuse(501, "Not implemented.")
        super().check_method(call)


@shared_fault("allow-header", headed("Allow", method="PUT"))
class NotAllowedWithoutAllow(Omni):
    """A 405 does not say which methods there are; other answers do."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status == 405:
            del response.headers["Allow"]
        return response


@shared_fault("allow-header", headed("Allow"))
class AllowOnErrorsOnly(Omni):
    """Only errors carry `Allow`."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status == 200:
            del response.headers["Allow"]
        return response


@shared_fault("allow-header", headed("Allow"))
class AllowForgetsOptions(Omni):
    """`Allow` names POST alone."""

    def headers(self, call: Call) -> dict[str, str]:
        return {**super().headers(call), "Allow": call.operation.method}

    def check_method(self, call: Call) -> None:
        if call.method not in call.operation.methods:
            self.refuse(405, f'Method "{call.method}" not allowed.')
