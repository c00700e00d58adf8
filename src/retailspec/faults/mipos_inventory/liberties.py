"""Platforms that conform, each in its own way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlsplit

import httpx
from starlette.responses import HTMLResponse

from retailspec.faults.mipos_inventory.probes import variant
from retailspec.faults.model import liberty
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

    from starlette.responses import Response

    from retailspec.reference.base import Call
    from retailspec.reference.mipos_sync import Entry
    from retailspec.reference.mipos_webhook import Movement

__all__: list[str] = []

_PRINTED: Final = (401, 409, 422)


class _Foreign(MiposInventory):
    """Passes through what another system says to a movement that is not as documented."""

    status: ClassVar[int]
    page: ClassVar[str]
    label: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        own = answer.status < 400 or answer.status in _PRINTED
        if (call.method, call.operation.name) == ("POST", "stock") and not own:
            return HTMLResponse(self.page, self.status, media_type=self.label)
        return super().render(call, answer)


for _name, _says, _status, _page, _label in (
    ("PassesPagesThrough", "a page with status 404", 404, "<h1>Not found</h1>", "text/html"),
    ("PassesFailuresThrough", "a failure with status 500", 500, "Fatal error", "text/plain"),
    ("PassesListsThrough", "a JSON list, labelled as a page", 502, '["bad gateway"]', "text/html"),
    ("PassesConflictsThrough", "a 409 of another shape", 409, '{"error": 7}', "application/json"),
    ("PassesErrorsThrough", "a 422 of another shape", 422, '["what?"]', "application/json"),
):
    liberty()(
        variant(
            _Foreign,
            _name,
            f"To a movement that cannot be read, the inventory system's answer is {_says}.",
            status=_status,
            page=_page,
            label=_label,
        )
    )


@liberty()
class TellsTheFirstConflict(MiposInventory):
    """Where several sentences apply, a conflict tells only the first."""

    def conflict(self, sentences: list[str]) -> NoReturn:
        super().conflict(sentences[:1])


@liberty()
class TellsConflictsTwice(MiposInventory):
    """A conflict tells its sentences backwards, and each of them twice."""

    def conflict(self, sentences: list[str]) -> NoReturn:
        super().conflict([one for one in reversed(sentences) for _ in range(2)])


@liberty()
class TellsReferencesFirst(MiposInventory):
    """Units are compared with their types before anything else, and one sentence is told."""

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        ids = [entry.get("external_id") for entry in known]
        return (str(item[field]) for item in items if item.get(field, "") not in (*ids, ""))

    def conflict(self, sentences: list[str]) -> NoReturn:
        super().conflict(sorted(sentences, key=lambda one: "not found in" not in one)[:1])


@liberty()
class TellsFieldsOneByOne(MiposInventory):
    """A 422 is about the first field only, and tells its sentence with another one."""

    def invalid(self, errors: dict[str, list[str]]) -> NoReturn:
        field, said = next(iter(errors.items()))
        super().invalid({field: [*said, "Please look it up."]})


@liberty()
class SaysMore(MiposInventory):
    """Successes and conflicts have fields that are not printed."""

    def render(self, call: Call, answer: Answer) -> Response:
        if isinstance(answer.body, dict) and "data" in answer.body:
            answer = replace(answer, body={"code": answer.status, **answer.body, "trace": [1]})
        return super().render(call, answer)


@liberty()
class UnauthorizedIsAnObject(MiposInventory):
    """Who has no token is told so in an object, who has a wrong one in another."""

    def authenticate(self, call: Call) -> str:
        given = self.read_token(call)
        if not self.is_token(given):
            body = {"error": "missing"} if given is None else {"message": "wrong", "data": None}
            raise Refusal(Answer(401, body))
        return super().authenticate(call)


@liberty()
class UnauthorizedIsAPage(MiposInventory):
    """Who has no right token is shown a page, still with status 401."""

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status == 401:
            return HTMLResponse("<h1>Log in</h1>", 401)
        return super().render(call, answer)


@liberty("auth.missing.status", "auth.wrong.status")
class UnauthorizedIsForbidden(MiposInventory):
    """Who has no right token is answered 403."""

    def authenticate(self, call: Call) -> str:
        if not self.is_token(self.read_token(call)):
            self.refuse(403, "Forbidden.")
        return super().authenticate(call)


@liberty()
class AnySchemeWillDo(MiposInventory):
    """The token is read whatever word stands before it."""

    def read_token(self, call: Call) -> str | None:
        return call.headers.get("authorization", "").rpartition(" ")[2] or None


@liberty()
class WrongTypesAreConflicts(MiposInventory):
    """A webhook's type that there is not is the conflict 'Invalid type.'."""

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().webhook_errors(body)
        if "The selected type is invalid." in errors.get("type", ()):
            self.conflict(["Invalid type."])
        return errors


@liberty()
class UpdatesAreCreations(MiposInventory):
    """Another URL for a type is told like the first one."""

    def webhook_message(self, *, created: bool) -> str:
        del created
        return super().webhook_message(created=True)


@liberty()
class UpdatesAreToldBriefly(MiposInventory):
    """Another URL for a type is told in one word."""

    def webhook_message(self, *, created: bool) -> str:
        return super().webhook_message(created=created) if created else "OK"


@liberty()
class OtherMethodsAreNotFound(MiposInventory):
    """Another method than POST is answered 404."""

    def check_method(self, call: Call) -> None:
        if call.method != "POST":
            self.refuse(404, "Not found.")


@liberty("method")
class GetShowsPages(MiposInventory):
    """GET is answered with a page, as frameworks do that browsers are pointed at."""

    async def dispatch(self, call: Call) -> Answer:
        return Answer(200, "hello") if call.method == "GET" else await super().dispatch(call)


@liberty("wrong-content-type")
class LabelsAreNotRead(MiposInventory):
    """JSON is taken however it is labelled."""

    def check_content_type(self, call: Call) -> None:
        """Take every label."""


@liberty("sync.second-item")
class OneItemStandsForAll(MiposInventory):
    """Only the first item is looked at."""

    def entries(self, value: object) -> list[Entry]:
        entries = super().entries(value)
        return entries[:1] if any("cost" in entry for entry in entries) else entries


@liberty()
class UnreadableIsUnprocessable(MiposInventory):
    """A body that is no JSON object counts as one in which every field is missing."""

    def parse(self, call: Call) -> dict[str, object]:
        try:
            return super().parse(call)
        except Refusal:
            return {}


@liberty()
class PrintsSpaciously(MiposInventory):
    """Answers are indented, their charset is told, and an empty one says its length."""

    def encode(self, body: object) -> bytes:
        return json.dumps(body, indent=4, sort_keys=True).encode()

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.body is NO_BODY:
            response.headers["Content-Length"] = "0"
        else:
            response.headers["Content-Type"] = "Application/JSON; Charset=UTF-8"
        return response


@liberty()
class IsBusyAtFirst(MiposInventory):
    """The first call of all is asked to come again."""

    waited = False

    async def respond(self, call: Call) -> Answer:
        if not self.waited:
            self.waited = True
            return Answer(429, {"message": "Too Many Attempts."}, {"Retry-After": "0"})
        return await super().respond(call)


# Deliveries


@liberty(sockets=True)
class StoresAreTexts(MiposInventory):
    """In deliveries, the store_id is text, as in the tables."""

    def payload(self, movement: Movement) -> dict[str, object]:
        return {**super().payload(movement), "store_id": movement.store}


@liberty(sockets=True)
class DeliversSpaciously(MiposInventory):
    """Deliveries are indented, backwards, plain UTF-8, and have a field and a header more."""

    def payload(self, movement: Movement) -> dict[str, object]:
        return dict(reversed({**super().payload(movement), "note": "\u00e9 / \u2603"}.items()))

    def delivery_body(self, payload: Mapping[str, object]) -> bytes:
        return json.dumps(payload, indent=2, ensure_ascii=False).encode() + b"\n"

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        headers = {name.lower(): value for name, value in super().delivery_headers(body).items()}
        return {**headers, "content-type": "application/json; charset=utf-8", "X-Attempt": "1"}


@liberty(sockets=True)
class DeliversTwice(MiposInventory):
    """Each movement is delivered twice, to be sure."""

    def announce(self, payload: Mapping[str, object]) -> int:
        return super().announce(payload) + super().announce(payload)


@liberty(sockets=True)
class TriesUrls(MiposInventory):
    """A URL of this machine is looked at with GET when it is registered."""

    def register(self, webhook_type: str, url: str) -> bool:
        if urlsplit(url).hostname == "127.0.0.1":
            httpx.get(url, trust_env=False)
        return super().register(webhook_type, url)
