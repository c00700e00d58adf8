"""What every reference server is made of: the way of a call, and the parts a contract fills in.

A call goes through scheme, credentials, method, content type and JSON, in that order, before its
operation sees it. Each step is one small method that a subclass may replace, so that a server that
differs in one point is a subclass with one method.
"""

from __future__ import annotations

import difflib
import json
import logging
import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn

from starlette.responses import Response

from retailspec.errors import UsageError
from retailspec.reference.application import Application
from retailspec.reference.wire import (
    BODY_LIMIT,
    NO_BODY,
    Answer,
    Call,
    Handler,
    Operation,
    Refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BODY_LIMIT",
    "CONTROL_PREFIX",
    "NO_BODY",
    "Answer",
    "Call",
    "Handler",
    "Operation",
    "Reference",
    "Refusal",
]

logger = logging.getLogger(__name__)

CONTROL_PREFIX: Final = "/_control"
"""Where the routes begin that no vendor has: they make what a check needs, locally only."""


class Reference(ABC):
    """One reference server: its application, and what a target needs to be checked against it.

    All state belongs to the instance. Handlers run in one event loop.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: Credentials to use instead of random ones, by name.

    Raises:
        UsageError: A credential has a name that the contract does not know.
    """

    name: ClassVar[str]

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        self.https_only = https_only
        self.credentials: dict[str, str] = self.default_credentials()
        for name, value in (credentials or {}).items():
            if name not in self.credentials:
                raise UsageError(f"{self.name}: {_unknown_credential(name, self.credentials)}")
            self.credentials[name] = value

    # What a contract fills in

    @abstractmethod
    def default_credentials(self) -> dict[str, str]:
        """Return fresh random credentials, by name."""

    @abstractmethod
    def operations(self) -> list[Operation]:
        """Return the operations of the documented API."""

    def controls(self) -> list[Operation]:
        """Return the operations under `CONTROL_PREFIX`."""
        return []

    def fixtures(self) -> dict[str, object]:
        """Return what a target file would name of this server, by fixture name."""
        return {}

    def supplies(self) -> dict[str, dict[str, str]]:
        """Return how fresh things are made: by supply, `method`, `path` and JSON `pointer`."""
        return {}

    def steady(self) -> None:  # noqa: B027 - most servers are
        """Let no answer depend on how long calls take, so that every run is the same."""

    # The way of a call

    @cached_property
    def app(self) -> Application:
        """The ASGI application: API, control routes, and JSON for every error. Built once."""
        return Application(self)

    async def respond(self, call: Call) -> Answer:
        """Answer an API call: scheme and credentials first, then as `dispatch` does."""
        self.check_scheme(call)
        return await self.dispatch(call.of(self.authenticate(call)))

    async def dispatch(self, call: Call) -> Answer:
        """Answer an admitted call: check its method and its body, then ask its handler."""
        self.check_method(call)
        if call.method == "OPTIONS":
            return self.options(call)
        body: dict[str, object] = {}
        if call.operation.reads_json and call.operation.method != "GET":
            self.check_content_type(call)
            body = self.parse(call)
        return await call.operation.handle(call, body)

    def check_scheme(self, call: Call) -> None:
        """Refuse a call over plain HTTP with 403, where the server is told to."""
        if self.https_only and not call.secure:
            self.refuse(403, "Please use https instead of http")

    def authenticate(self, call: Call) -> str:  # noqa: ARG002 - subclasses read the call
        """Return who is calling (it becomes `Call.caller`), or refuse. Here: anybody may."""
        return ""

    def check_method(self, call: Call) -> None:
        """Refuse a method that the path does not have: 405 with `Allow`."""
        if call.method not in call.operation.methods:
            text = f'Method "{call.method}" not allowed.'
            self.refuse(405, text, {"Allow": call.operation.allow})

    def options(self, call: Call) -> Answer:
        """Answer OPTIONS with what the path allows."""
        body = {"name": call.operation.name, "parses": ["application/json"]}
        return Answer(200, body, {"Allow": call.operation.allow})

    def check_content_type(self, call: Call) -> None:
        """Refuse a body not labelled `application/json` (parameters do not matter): 415."""
        label = call.headers.get("content-type", "")
        if label.partition(";")[0].strip().lower() != "application/json":
            self.refuse(415, f'Unsupported media type "{label}" in request.')

    def parse(self, call: Call) -> dict[str, object]:
        """Return the body's JSON object; refuse one too large (413), no JSON or no object (400)."""
        if call.raw is None:
            self.refuse(413, "Request body is too large.")
        try:
            value = self.decode(call.raw)
        except (ValueError, RecursionError):
            self.refuse(400, "JSON parse error.")
        if not isinstance(value, dict):
            self.refuse(400, "The body must be a JSON object.")
        return value

    def decode(self, raw: bytes) -> object:
        """Return the value that UTF-8 JSON stands for.

        Raises:
            ValueError: It is not UTF-8, not JSON, or holds NaN, an infinity, or a number too large.
            RecursionError: It nests too deep.
        """
        text = raw.decode("utf-8")
        return _DECODER.decode(text)

    def refuse(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        """End the call with an error of the framework's kind.

        Raises:
            Refusal: Always.
        """
        raise Refusal(Answer(status, self.error_body(status, text), headers or {}))

    def error_body(self, status: int, text: str) -> object:  # noqa: ARG002 - subclasses read it
        """Return the body of an error that the framework finds, not the operation."""
        return {"detail": text}

    # The way of an answer

    def headers(self, call: Call) -> dict[str, str]:  # noqa: ARG002 - subclasses read the call
        """Return the headers that every answer on a known path has."""
        return {}

    def render(self, call: Call, answer: Answer) -> Response:
        """Return the answer as it goes over the wire: JSON, or no body at all."""
        headers = {**self.headers(call), **answer.headers}
        if answer.body is NO_BODY:
            return Response(status_code=answer.status, headers=headers)
        content = self.encode(answer.body)
        return Response(content, answer.status, headers, media_type="application/json")

    def encode(self, body: object) -> bytes:
        """Return JSON text; its escapes keep it valid for any string that a request can hold."""
        return _ENCODER.encode(body).encode("ascii")

    def failed(self, call: Call, error: Exception) -> Answer:
        """Return the answer to a call whose handling broke down, and log why."""
        logger.error("%s: %s failed", self.name, call.operation.name, exc_info=error)
        return Answer(500, self.error_body(500, "Internal server error."))

    def unknown_path(self) -> Response:
        """Return the answer on a path that there is not."""
        body = self.encode(self.error_body(404, "Not found."))
        return Response(body, 404, media_type="application/json")


def _unknown_credential(name: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0)
    return f"no credential is named {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond all bounds")
    return value


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite_float)
_ENCODER: Final = json.JSONEncoder(allow_nan=False)
