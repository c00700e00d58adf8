"""Variations of either Omni server that conform all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from starlette.responses import HTMLResponse

from retailspec.faults.omni.shared import shared_liberty
from retailspec.reference.base import Answer
from retailspec.reference.omni import Omni

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []


@shared_liberty()
class NamesItsCharset(Omni):
    """The label of an answer names a charset too."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        response.headers["Content-Type"] = "application/json; charset=utf-8"
        return response


@shared_liberty()
class SaysMore(Omni):
    """Error bodies have a field more than printed."""

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status >= 400 and isinstance(answer.body, dict):
            answer = replace(answer, body={**answer.body, "request_id": "a1"})
        return super().render(call, answer)


@shared_liberty()
class FrameworkPages(Omni):
    """What the framework refuses for its own reasons is answered with an HTML page."""

    def refuse(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        super().refuse(status, text, {**(headers or {}), "X-Page": "yes"})

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status in {401, 403} or "X-Page" not in answer.headers:
            return super().render(call, answer)
        page = f"<h1>{answer.status}</h1>"
        return HTMLResponse(page, answer.status, self.headers(call))


@shared_liberty("allow-header")
class NoAllowAnywhere(Omni):
    """No answer carries `Allow`."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        del response.headers["Allow"]
        return response


@shared_liberty()
class NoVaryAnywhere(Omni):
    """No answer carries `Vary`."""

    def headers(self, call: Call) -> dict[str, str]:
        return {"Allow": call.operation.allow}


@shared_liberty("wrong-content-type")
class ReadsTextAsJson(Omni):
    """A body is read as JSON whatever its label says, as long as it has one."""

    def check_content_type(self, call: Call) -> None:
        if "content-type" not in call.headers:
            super().check_content_type(call)


@shared_liberty("missing-content-type")
class ReadsUnlabelledBodies(Omni):
    """A body without a label is read as JSON."""

    def check_content_type(self, call: Call) -> None:
        if "content-type" in call.headers:
            super().check_content_type(call)


@shared_liberty("auth.scheme")
class BearerToo(Omni):
    """The right token is taken with the scheme `Bearer` as well."""

    def read_token(self, call: Call) -> str | None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in {"token", "bearer"} else None


@shared_liberty()
class BusyNowAndThen(Omni):
    """Every ninth call is turned away with 429 and is welcome again at once."""

    _calls = 0

    async def respond(self, call: Call) -> Answer:
        self._calls += 1
        if self._calls % 9 == 0:
            return Answer(429, self.error_body(429, "Slow down."), {"Retry-After": "0"})
        return await super().respond(call)


@shared_liberty()
class MethodBeforeToken(Omni):
    """The method and the label are looked at before the token is."""

    async def respond(self, call: Call) -> Answer:
        self.check_method(call)
        if call.method == "POST":
            self.check_content_type(call)
        return await super().respond(call)


@shared_liberty()
class OtherRefusalsOfTheFramework(Omni):
    """A wrong label is answered 400 and a body that is no object 422."""

    def check_content_type(self, call: Call) -> None:
        label = call.headers.get("content-type", "")
        if not label.startswith("application/json"):
            self.refuse(400, "Send JSON.")

    def parse(self, call: Call) -> dict[str, object]:
        try:
            value = self.decode(call.raw or b"")
        except (ValueError, RecursionError):
            self.refuse(422, "Not JSON.")
        if not isinstance(value, dict):
            self.refuse(422, "No object.")
        return value


@shared_liberty()
class PlainHttpIsRedirected(Omni):
    """Plain HTTP is redirected, as a front end does before the server sees it."""

    def check_scheme(self, call: Call) -> None:
        if not call.secure:
            self.refuse(301, "Moved.", {"Location": "https://in-process.invalid" + call.target})


@shared_liberty()
class WritesJsonForPeople(Omni):
    """JSON is indented and its keys are sorted."""

    def encode(self, body: object) -> bytes:
        return json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False).encode()
