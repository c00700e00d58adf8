"""What the two Omni servers share: the token, the headers of an answer, the shape of an error."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from retailspec.reference.base import Answer, Call, Reference, Refusal

__all__ = ["REQUIRED", "Omni", "Problem"]


@dataclass(frozen=True)
class Problem:
    """Why a call is refused, in the documents' terms.

    Attributes:
        message: The text, which `errors` repeats.
        code: The `error_code`.
        field: The key under `errors`; None where the document prints no `errors`.
    """

    message: str
    code: str
    field: str | None = None

    def of(self, field: str) -> Problem:
        """Return the same problem with another field."""
        return replace(self, field=field)


REQUIRED: Final = Problem("This field is required.", "required")
"""A parameter is missing or empty (inventory document, "Empty variant_code field")."""


class Omni(Reference):
    """An Omni server: knows its callers by a token and answers as Django REST framework does.

    The documents print the shared answers under "B. Generic Response" and "B. Response".
    """

    def default_credentials(self) -> dict[str, str]:
        """Return a random `token`."""
        return {"token": secrets.token_hex(16)}

    def headers(self, call: Call) -> dict[str, str]:
        """Return `Allow` and `Vary`, which the documents print on every answer."""
        return {"Allow": call.operation.allow, "Vary": "Accept"}

    def authenticate(self, call: Call) -> str:
        """Return the caller whose token the call carries; refuse any other with the printed 401."""
        caller = self.find_caller(self.read_token(call))
        if caller is None:
            self.refuse(401, "Invalid token", {"WWW-Authenticate": "Token"})
        return caller

    def find_caller(self, token: str | None) -> str | None:
        """Return the name of the caller who has this token, if there is one."""
        if not token:
            return None
        known = self.callers().items()
        return next((name for expected, name in known if self.is_token(token, expected)), None)

    def callers(self) -> dict[str, str]:
        """Return who may call: token to a caller's name."""
        return {self.credentials["token"]: "merchant"}

    def read_token(self, call: Call) -> str | None:
        """Return the token of the one `Authorization: token ...` header, if there is just one."""
        values = call.headers.getlist("authorization")
        if len(values) != 1:
            return None
        scheme, _, token = values[0].partition(" ")
        return token.strip() if scheme.lower() == "token" else None

    def is_token(self, given: str, expected: str) -> bool:
        """Tell whether a token is the expected one, in a time that tells nothing else."""
        return secrets.compare_digest(given.encode(), expected.encode())

    def reject(self, status: int, problem: Problem) -> NoReturn:
        """End the call with a problem of the documented shape.

        Raises:
            Refusal: Always.
        """
        raise Refusal(Answer(status, self.problem_body(problem)))

    def problem_body(self, problem: Problem) -> dict[str, object]:
        """Return `error_message`, `error_code` and, where there is a field, `errors`."""
        body: dict[str, object] = {
            "error_message": problem.message,
            "error_code": problem.code,
        }
        if problem.field is not None:
            body["errors"] = {problem.field: problem.message}
        return body
