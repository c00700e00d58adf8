"""Variations of updates and of refusals that the document allows."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from starlette.responses import Response

from retailspec.faults.model import liberty
from retailspec.faults.sirclo_inventory.seeding import Prompt
from retailspec.reference.base import NO_BODY, Answer, Refusal
from retailspec.reference.sirclo import SKUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.reference.base import Call
    from retailspec.reference.sirclo_history import ChannelStock, StockUpdate

__all__: list[str] = []

_UNAUTHORIZED = (
    "auth.partner-id.missing.status",
    "auth.partner-id.wrong.status",
    "auth.secret.missing.status",
    *(
        f"auth.secret.wrong.{kind}.status"
        for kind in ("random", "other-key", "other-body", "other-uri", "hex")
    ),
    "history.auth.status",
)


@liberty()
class AsDocumented(Prompt):
    """Nothing is different."""


# Updates


class _Answers(Prompt):
    status = 200

    async def update(self, call: Call, body: dict[str, object]) -> Answer:
        return replace(await super().update(call, body), status=self.status)


@liberty("update.ok.status")
class UpdatesAreCreated(_Answers):
    """An update makes something: it is answered 201."""

    status = 201


@liberty("update.ok.status", "update.ok.uuid")
class UpdatesAreQueued(_Answers):
    """An update is answered 202, and its code is a number in a text."""

    status = 202
    count = 0

    def transaction_code(self) -> str:
        self.count += 1
        return f"TX-{self.count:012}"


@liberty()
class CodesInCapitals(Prompt):
    """Transaction codes are UUIDs in capital letters."""

    def transaction_code(self) -> str:
        return str(uuid.uuid4()).upper()


@liberty("update.distinct")
class EqualUpdatesShareACode(Prompt):
    """Updates that say the same are one: they get the same code."""

    said = ""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        self.said = json.dumps(body, sort_keys=True)
        return super().check_update(body)

    def transaction_code(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.said))


@liberty("update.sync-stock.both")
class BooleansOnly(Prompt):
    """sync_stock is a boolean, as in the example."""

    def check_sync(self, value: object) -> bool:
        if not isinstance(value, bool):
            self.invalid("sync_stock must be a boolean")
        return value


@liberty("update.sync-stock.both")
class TextsOnly(Prompt):
    """sync_stock is a text, as in the table."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        if isinstance(body.get("sync_stock"), bool):
            self.invalid("sync_stock must be a string")
        return super().check_update(body)


@liberty()
class StocksAreRequired(Prompt):
    """Both stocks are required, as the table says."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        for field in ("available_stock", "buffer_stock"):
            if field not in body:
                self.invalid(f"{field} is required")
        return super().check_update(body)


@liberty()
class StricterThanItSays(Prompt):
    """A qty below zero, an empty list, another SKU and fields that are not known are refused."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        known = {"sku", "sync_stock", "warehouse", "available_stock", "buffer_stock"}
        if set(body) - known - {"channel_stock"}:
            self.invalid("a field is not known")
        update = super().check_update(body)
        if update.sku not in SKUS:
            self.refuse(404, "the product is not known")
        if not update.channels or any(one.qty < 0 for one in update.channels):
            self.invalid("channel_stock is empty, or has a qty below zero")
        return update


@liberty()
class NumbersInQuotes(Prompt):
    """An integer in quotes is taken for the integer."""

    def check_integer(self, field: str, value: object) -> int:
        if isinstance(value, str) and value.lstrip("-").isdecimal():
            value = int(value)
        return super().check_integer(field, value)


@liberty()
class OneItemForAChannel(Prompt):
    """Of channels that are sent twice, the last one counts."""

    def check_channels(self, value: object) -> list[ChannelStock]:
        return list({one.code: one for one in super().check_channels(value)}.values())


# The slash


@liberty(settings={"options": {"leading_slash": "never"}})
class NeverASlash(Prompt):
    """Paths are signed without their first slash."""

    def signs_slash(self, call: Call) -> bool:
        del call
        return False


@liberty(settings={"options": {"leading_slash": "as-printed"}})
class SlashAsPrinted(Prompt):
    """What GET calls is signed with its first slash, and the rest is not."""

    def signs_slash(self, call: Call) -> bool:
        return call.method == "GET"


# Refusals


@liberty(*_UNAUTHORIZED)
class Forbidden(Prompt):
    """Wrong credentials are answered 403."""

    def refuse(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        super().refuse(403 if status == 401 else status, text, headers)


@liberty()
class Unprocessable(Prompt):
    """A wrong value is answered 422."""

    def invalid(self, text: str) -> NoReturn:
        self.refuse(422, text)


@liberty()
class ErrorsAsPages(Prompt):
    """Errors are pages for people."""

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status < 400:
            return super().render(call, answer)
        text = f"<h1>{answer.status}</h1>"
        return Response(text, answer.status, answer.headers, media_type="text/html")


@liberty()
class ErrorsWithoutBody(Prompt):
    """Errors have no body."""

    def render(self, call: Call, answer: Answer) -> Response:
        bare = replace(answer, body=NO_BODY) if answer.status >= 400 else answer
        return super().render(call, bare)


@liberty()
class ErrorsAsProblems(Prompt):
    """Errors are problem details, labelled application/problem+json."""

    def error_body(self, status: int, text: str) -> object:
        return {"type": "about:blank", "status": status, "title": text}

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status >= 400:
            response.headers["content-type"] = "application/problem+json"
        return response


@liberty()
class OtherMethodsAreNotFound(Prompt):
    """Other methods are answered 404."""

    def check_method(self, call: Call) -> None:
        if call.method not in call.operation.methods:
            self.refuse(404, "There is no such resource")


@liberty()
class FormBeforeCaller(Prompt):
    """Method, label and body are looked at before the caller is."""

    async def respond(self, call: Call) -> Answer:
        self.check_method(call)
        if call.method == "POST":
            self.check_content_type(call)
            self.parse(call)
        return await super().respond(call)


@liberty("wrong-content-type")
class ReadsTextAsJson(Prompt):
    """A body is read as JSON whatever its label."""

    def check_content_type(self, call: Call) -> None:
        del call


@liberty()
class BusyNowAndThen(Prompt):
    """Every ninth call is turned away with 429 and is welcome again at once."""

    count = 0

    async def respond(self, call: Call) -> Answer:
        self.count += 1
        if self.count % 9 == 0:
            raise Refusal(Answer(429, {"message": "slow down"}, {"Retry-After": "0"}))
        return await super().respond(call)


@liberty()
class WritesJsonForPeople(Prompt):
    """JSON is indented, its keys are in order, and its label has a charset."""

    def encode(self, body: object) -> bytes:
        return json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False).encode()

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.body is not NO_BODY:
            response.headers["content-type"] = "application/json; charset=UTF-8"
        return response
