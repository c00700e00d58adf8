"""Variants of the independent Comestri server that break the document, each in one point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from comestri_server import TOKEN, ComestriServer
from flask import Response, request

if TYPE_CHECKING:
    from typing import NoReturn


class QtyAsText(ComestriServer):
    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        return {**super().shown(inventory), "qty": str(inventory["qty"])}


class QtyAddedUp(ComestriServer):
    total = 0

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        self.total += inventory["qty"]
        return {**super().shown(inventory), "qty": self.total}


class SourceInCapitals(ComestriServer):
    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        return {**super().shown(inventory), "inventory_source": {"id": 7, "name": "OSLO"}}


class SourceWithoutId(ComestriServer):
    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        return {**super().shown(inventory), "inventory_source": {"name": "Oslo"}}


class IdAsText(ComestriServer):
    def reply(self, status: int, body: Any) -> Response:
        if "id" in body:
            body["id"] = f"inv-{body['id']}"
        return super().reply(status, body)


class OtherUnit(ComestriServer):
    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        shown = super().shown(inventory)
        return {**shown, "dispatch_time_unit": shown["dispatch_time_unit"] or "hours"}


class NoBody(ComestriServer):
    success = 204

    def reply(self, status: int, body: Any) -> Response:
        return Response("", 204) if status == 204 else super().reply(status, body)


class Wrapped(ComestriServer):
    def reply(self, status: int, body: Any) -> Response:
        return super().reply(status, {"inventory": body} if status == 201 else body)


class Html(ComestriServer):
    def reply(self, status: int, body: Any) -> Response:
        return Response(json.dumps(body), status, mimetype="text/html")


class HtmlRefusals(ComestriServer):
    def refusal(self, status: int, text: str) -> Response:
        return Response(json.dumps({"error": text}), status, mimetype="text/html")


class NotListed(ComestriServer):
    def create(self, inventory: dict[str, Any]) -> Response:
        if len(inventory) > 10:
            self.refuse(400, "too many fields")
        return super().create(inventory)


class FailsOnNull(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        if field == "lead_time" and value is None:
            self.refuse(500, "undefined method for nil")
        return super().problem(field, value)


class FailsOnNoJson(ComestriServer):
    def parsed(self, raw: bytes) -> Any:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            self.refuse(500, "parser error")


class FailsOnLists(ComestriServer):
    def inventory(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            self.refuse(502, "bad gateway")
        return super().inventory(body)


class TakesBrokenJson(ComestriServer):
    def parsed(self, raw: bytes) -> Any:
        return super().parsed(raw + b"}" * (raw.count(b"{") - raw.count(b"}")))


class ZeroIsBlank(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        return super().problem(field, value) or (field == "qty" and not value)


class QtyRounded(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        return super().problem(field, value) and not (field == "qty" and isinstance(value, float))


class OneListOfUnits(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        return super().problem(field, value) and not (
            field.endswith("time_unit") and value == "day"
        )


class FirstOfAList(ComestriServer):
    def inventory(self, body: Any) -> dict[str, Any]:
        inventory = body.get("inventory") if isinstance(body, dict) else None
        if isinstance(inventory, list):
            body = {"inventory": inventory[0]}
        return super().inventory(body)


class EmptyInventory(ComestriServer):
    def inventory(self, body: Any) -> dict[str, Any]:
        if body == {}:
            body = {"inventory": {"inventory_source": "Oslo", "product_id": 41, "qty": 0}}
        return super().inventory(body)


class NoSourceNeeded(ComestriServer):
    def missing(self, field: str) -> None:
        if field != "inventory_source":
            super().missing(field)


class NoQtyNeeded(ComestriServer):
    def missing(self, field: str) -> None:
        if field != "qty":
            super().missing(field)


class NullQty(ComestriServer):
    def nullable(self, field: str) -> bool:
        return field == "qty" or super().nullable(field)


class NoCodes(ComestriServer):
    def check(self, inventory: dict[str, Any]) -> None:
        if isinstance(inventory.get("product_code"), str):
            self.unknown("product")
        super().check(inventory)


class NoNumbers(ComestriServer):
    def find_product(self, inventory: dict[str, Any]) -> int:
        if inventory.get("product_id") is not None:
            self.unknown("product")
        return super().find_product(inventory)


class CodesInAList(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        return super().problem(field, value) and not (field == "product_code" and value == ["P-41"])

    def find_product(self, inventory: dict[str, Any]) -> int:
        return 41 if inventory.get("product_code") == ["P-41"] else super().find_product(inventory)


class MakesSources(ComestriServer):
    def check_source(self, name: Any) -> None:
        """Take any."""


class MakesProducts(ComestriServer):
    def no_product(self) -> int:
        return 42


class NoChallenge(ComestriServer):
    def unauthorized(self) -> Response:
        return self.refusal(401, "who are you?")


class EnumeratesByNumber(ComestriServer):
    def problem(self, field: str, value: Any) -> bool:
        return not (field == "style" and value == 0) and super().problem(field, value)

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        return {**super().shown(inventory), "style": inventory.get("style") or "dynamic"}


class QtyUpToAWord(ComestriServer):
    def check(self, inventory: dict[str, Any]) -> None:
        words = str(inventory.get("qty")).split()
        if len(words) > 1 and words[0].isdigit():
            inventory["qty"] = int(words[0])
        super().check(inventory)


class EmptyChallenge(ComestriServer):
    def unauthorized(self) -> Response:
        answer = self.refusal(401, "who are you?")
        answer.headers["WWW-Authenticate"] = 'realm="Application"'
        return answer


class ForbidsStrangers(ComestriServer):
    def unauthorized(self) -> Response:
        return self.forbidden()


class NobodyMayCall(ComestriServer):
    def caller(self) -> str | None:
        return super().caller() if "Authorization" in request.headers else "writer"


class PrefixIsEnough(ComestriServer):
    def caller(self) -> str | None:
        given = request.headers.get("Authorization", "")
        return "writer" if f"token={TOKEN[:-1]}" in given else super().caller()


class ReaderMayWrite(ComestriServer):
    def caller(self) -> str | None:
        return "writer" if super().caller() else None


class ReaderIsUnknown(ComestriServer):
    def forbidden(self) -> Response:
        return self.unauthorized()


SHAPE = {"response.schema", "response.fields"}

DEFECTS: list[tuple[type[ComestriServer], set[str]]] = [
    (QtyAsText, {*SHAPE, "echo.qty"}),
    (QtyAddedUp, {"echo.qty"}),
    (SourceInCapitals, {"echo.inventory_source"}),
    (SourceWithoutId, SHAPE),
    (IdAsText, SHAPE),
    (OtherUnit, SHAPE),
    (NoBody, {*SHAPE, "echo.qty", "echo.inventory_source"}),
    (Wrapped, {*SHAPE, "echo.qty", "echo.inventory_source"}),
    (Html, {"response.content-type"}),
    (HtmlRefusals, {"response.content-type"}),
    (NotListed, {"response.status", "create.full"}),
    (FailsOnNull, {"create.nulls", "no-server-error"}),
    (FailsOnNoJson, {"malformed-json", "no-server-error"}),
    (FailsOnLists, {"no-server-error"}),
    (TakesBrokenJson, {"malformed-json"}),
    (ZeroIsBlank, {"create.qty-zero"}),
    (QtyRounded, {"refuse.qty.type"}),
    (NullQty, {"refuse.qty.type"}),
    (QtyUpToAWord, {"refuse.qty.type"}),
    (EnumeratesByNumber, {"refuse.style.value"}),
    (OneListOfUnits, {"refuse.lead_time_unit.value"}),
    (FirstOfAList, {"refuse.inventory.type"}),
    (EmptyInventory, {"refuse.inventory.missing"}),
    (NoSourceNeeded, {"refuse.inventory_source.missing"}),
    (NoQtyNeeded, {"refuse.qty.missing"}),
    (NoCodes, {"create.by-product-code", "create.nulls"}),
    (
        NoNumbers,
        {
            "create.minimal",
            "create.by-product-id",
            "create.full",
            "create.nulls",
            "create.qty-zero",
            "create.enums",
        },
    ),
    (CodesInAList, {"refuse.product_code.type"}),
    (MakesSources, {"source.unknown"}),
    (MakesProducts, {"product.unknown"}),
    (NoChallenge, {"auth.challenge"}),
    (EmptyChallenge, {"auth.challenge"}),
    (ForbidsStrangers, {"auth.missing", "auth.wrong"}),
    (NobodyMayCall, {"auth.missing"}),
    (PrefixIsEnough, {"auth.wrong"}),
    (ReaderMayWrite, {"forbidden"}),
    (ReaderIsUnknown, {"forbidden"}),
]
"""Each defective variant, with the musts that it breaks."""


class Loose(ComestriServer):
    """Does not look at the type of one field."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def problem(self, field: str, value: Any) -> bool:
        return field != self.field and super().problem(field, value)

    def invalid(self, field: str, value: Any) -> NoReturn:
        if field == self.field == "inventory":
            value = {"inventory_source": "Oslo", "product_id": 41, "qty": 5}
            self.refuse(201, json.dumps(value))
        super().invalid(field, value)

    def check_source(self, name: Any) -> None:
        if self.field != "inventory_source":
            super().check_source(name)

    def find_product(self, inventory: dict[str, Any]) -> int:
        return 41 if self.field.startswith("product_") else super().find_product(inventory)


class Picky(ComestriServer):
    """Refuses one field where it has one value."""

    def __init__(self, field: str, value: Any) -> None:
        super().__init__()
        self.refused = field, value

    def problem(self, field: str, value: Any) -> bool:
        return (field, value) == self.refused or super().problem(field, value)


class Forgetful(ComestriServer):
    """Leaves one field out of its answer, or out of what it keeps."""

    def __init__(self, field: str, *, null: bool = False) -> None:
        super().__init__()
        self.field = field
        self.null = null

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        shown = super().shown(inventory)
        if self.null:
            shown[self.field] = None
        else:
            del shown[self.field]
        return shown
