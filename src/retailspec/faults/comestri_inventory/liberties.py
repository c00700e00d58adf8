"""Variations that the document allows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.faults.model import liberty
from retailspec.reference.base import NO_BODY, Answer, Call, Operation
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from starlette.responses import Response

    from retailspec.reference.comestri import Product

__all__: list[str] = []

_TYPES = [
    *(f"refuse.{field}.missing" for field in ("inventory", "inventory_source", "qty")),
    "refuse.inventory.type",
    *(f"refuse.{field}.{'value' if field in ENUMERATIONS else 'type'}" for field in FIELDS),
]
_STATUSES = [f"{rule}.status" for rule in _TYPES]


@liberty()
class AnswersOk(ComestriInventory):
    """A success is answered 200."""

    success_status = 200


@liberty("create.minimal.status")
class AnswersAccepted(ComestriInventory):
    """Inventory is taken for later: a success is answered 202, with all its fields."""

    success_status = 202


@liberty("product.both", *_STATUSES)
class BadRequests(ComestriInventory):
    """Whatever is wrong with a value is answered 400."""

    def invalid(self, text: str) -> NoReturn:
        self.refuse(400, text)


class _Unknown(ComestriInventory):
    status = 404

    def refuse(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        super().refuse(self.status if status == 404 else status, text, headers)


@liberty()
class UnknownIsUnprocessable(_Unknown):
    """What does not exist is answered 422."""

    status = 422


@liberty("source.unknown.status", "product.unknown.status")
class UnknownIsGone(_Unknown):
    """What does not exist is answered 410."""

    status = 410


@liberty()
class AnswersMore(ComestriInventory):
    """An answer has fields that are not printed, and its source too."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        answer = super().apply(source, product, sent)
        place = {"id": self.sources[source], "name": source, "country": "ID"}
        return {**answer, "inventory_source": place, "product": {"id": product.id}, "_links": []}


@liberty()
class LabelsWithCharset(ComestriInventory):
    """The label of an answer is in capitals and has a charset."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        response.headers["content-type"] = "Application/JSON; charset=UTF-8"
        return response


@liberty()
class RefusesWithProblems(ComestriInventory):
    """Refusals are problem documents, labelled application/problem+json."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status >= 400:
            response.headers["content-type"] = "application/problem+json"
        return response


@liberty()
class RefusesWithoutWords(ComestriInventory):
    """Refusals have no body."""

    def render(self, call: Call, answer: Answer) -> Response:
        return super().render(
            call, replace(answer, body=NO_BODY) if answer.status >= 400 else answer
        )


@liberty()
class RefusesWithPages(ComestriInventory):
    """Refusals are pages for people."""

    def encode(self, body: object) -> bytes:
        if isinstance(body, dict) and body.keys() == {"error"}:
            return f"<p>{body['error']}</p>".encode()
        return super().encode(body)

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status >= 400:
            response.headers["content-type"] = "text/html"
        return response


@liberty("product.both")
class CodeBesideNumber(ComestriInventory):
    """A product may be named in both ways: the number counts."""

    def both_products(self) -> None:
        """Let it pass."""


@liberty("dates.format")
class AnyDate(ComestriInventory):
    """A timestamp may be any text."""

    def is_timestamp(self, text: str) -> bool:
        del text
        return True


@liberty("wrong-content-type")
class AnyLabel(ComestriInventory):
    """A JSON body is taken under any label, or under none."""

    def check_content_type(self, call: Call) -> None:
        """Take it."""


@liberty("method")
class ListsToo(ComestriInventory):
    """A GET is answered with a list, which the document does not describe."""

    def check_method(self, call: Call) -> None:
        if call.method != "GET":
            super().check_method(call)

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        if call.method == "GET":
            return Answer(200, {"inventories": list(self.inventories.values())})
        return await super().create(call, body)

    def check_content_type(self, call: Call) -> None:
        if call.method != "GET":
            super().check_content_type(call)

    def parse(self, call: Call) -> dict[str, object]:
        return {} if call.method == "GET" else super().parse(call)


@liberty()
class OtherMethodsAreNotFound(ComestriInventory):
    """Another method is answered 404."""

    def check_method(self, call: Call) -> None:
        if call.method not in call.operation.methods:
            self.refuse(404, "Not found.")


@liberty()
class KnownFieldsOnly(ComestriInventory):
    """A field that the document does not know is refused."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        inventory = body.get("inventory")
        known = not isinstance(inventory, dict) or inventory.keys() <= FIELDS.keys()
        if body.keys() - {"inventory"} or not known:
            self.invalid("Unknown parameter")
        return super().check_inventory(body)


@liberty()
class TwoChallenges(ComestriInventory):
    """A 401 offers two schemes in one header, and the first has no parameters."""

    def challenge(self) -> dict[str, str]:
        return {"www-authenticate": 'Negotiate, Basic realm="a, b"'}


@liberty()
class OtherRefusalsOfTheFramework(ComestriInventory):
    """Bodies that cannot be read, and labels that are not known, are answered 422."""

    def refuse(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        super().refuse(422 if status in {400, 413, 415} else status, text, headers)


@liberty(settings={"paths": {"create": "/shop/v9/stock"}, "methods": {"create": "PUT"}})
class AnotherPlace(ComestriInventory):
    """The call has another path and method, which the target file names."""

    def operations(self) -> list[Operation]:
        return [Operation("create", "PUT", "/shop/v9/stock", self.create)]


@liberty(settings={"authorization": {"Authorization": "Bearer ${token}"}})
class BearerTokens(ComestriInventory):
    """Accounts are known by a bearer token, which the target file says."""

    def read_token(self, call: Call) -> tuple[str, str] | None:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        for prefix in ("", "forbidden_"):
            if self.is_same(self.credentials[f"{prefix}token"], given):
                return given, self.credentials[f"{prefix}email"]
        return given, ""

    def challenge(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


@liberty()
class Busy(ComestriInventory):
    """Every fiftieth call is answered 429 first, with the time to wait."""

    calls = 0

    def authenticate(self, call: Call) -> str:
        self.calls += 1
        if self.calls % 50 == 0:
            self.refuse(429, "Too many requests", {"Retry-After": "0"})
        return super().authenticate(call)
