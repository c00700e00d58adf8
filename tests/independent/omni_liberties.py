"""Variants of the independent server that still conform, each with the advisories that it costs."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request
from omni_server import (
    ALREADY_CANCELED,
    ALREADY_COMPLETED,
    CANCELLED,
    COMPLETE,
    HAS_BEEN_CONFIRMED,
    KEYS,
    PAID,
    OmniServer,
    Order,
    Problem,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.exceptions import HTTPException

ORDERS, INVENTORY = "omni-orders", "omni-inventory"


@dataclass(frozen=True)
class Liberty:
    """A server that conforms.

    Args:
        server: The server.
        costs: The advisories that it costs, and has to cost.
        silent: The rules that cannot be judged on it.
        contract: The contract that it is a liberty of.
    """

    server: type[OmniServer]
    costs: frozenset[str]
    silent: frozenset[str]
    contract: str


LIBERTIES: list[Liberty] = []

STATUS_RULES = frozenset(
    f"{field}.status"
    for field in (
        "store_code.empty",
        "store_code.unknown",
        "store_code.missing",
        "variant_code.empty",
        "variant_code.unknown",
        "variant_code.missing",
        "price.empty",
        "price.invalid",
        "price.missing",
    )
)


def liberty(
    *costs: str, silent: tuple[str, ...] = (), of: tuple[str, ...] = (ORDERS, INVENTORY)
) -> Callable[[type], type]:
    """Register a server that conforms with exactly these advisories, once for each contract."""

    def register(server: type) -> type:
        LIBERTIES.extend(
            Liberty(server, frozenset(costs), frozenset(silent), contract) for contract in of
        )
        return server

    return register


@liberty()
class AsPrinted(OmniServer):
    """Nothing is different."""


@liberty()
class MoreFields(OmniServer):
    """Answers have fields that no document knows."""

    def json(self, status: int, value: Any) -> Response:
        if isinstance(value, dict):
            value = {**value, "request_id": "7f3a", "meta": {"took_ms": 3, "warnings": []}}
        return super().json(status, value)

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        return {**shown, "items": [], "user": {**shown["user"], "email": None}}


@liberty()
class CharsetInTheLabel(OmniServer):
    """The label has a charset, and capitals."""

    def label(self, status: int) -> str:
        return "Application/JSON; Charset=UTF-8"


@liberty(*STATUS_RULES, of=(INVENTORY,))
class PlainBadRequests(OmniServer):
    """The inventory's validation errors come as 400, as its status table has them."""

    refusal_status = 400


@liberty(of=(ORDERS,))
class UnknownOrderUnderItsOwnKey(OmniServer):
    """An unknown order is told under the field that the request used."""

    def not_found(self, action: str) -> Response:
        key = "number" if action == "confirm" else "order"
        return self.problem(400, ("Order not found", "invalid_order_number", key))


@liberty(of=(ORDERS,))
class DeliveryFollows(OmniServer):
    """The delivery status moves with the status."""

    def show(self, order: Order) -> dict[str, Any]:
        return {**super().show(order), "deliveryStatus": order["status"] + 1}


@liberty(of=(ORDERS,))
class TakeAway(OmniServer):
    """Orders have neither a table nor notes."""

    def show(self, order: Order) -> dict[str, Any]:
        return {**super().show(order), "tableNumber": None, "notes": None}


@liberty()
class JsonFrameworkPages(OmniServer):
    """What the framework says has a shape and a label of its own."""

    def framework_error(self, error: HTTPException) -> Any:
        body = json.dumps({"type": "about:blank", "title": error.name})
        answer = Response(body, error.code, content_type="application/problem+json")
        if error.code == 405:
            answer.headers["Allow"] = "OPTIONS"
            answer.headers.add("Allow", "post")
        return answer


@liberty()
class SilentFramework(OmniServer):
    """What the framework refuses has no body at all."""

    def framework_error(self, error: HTTPException) -> Any:
        return Response(b"", error.code, {"Allow": "POST,OPTIONS"})


@liberty()
class StrictAboutFields(OmniServer):
    """Fields that the document does not know are refused."""

    def body(self, action: str) -> dict[str, Any]:
        body = super().body(action)
        known = {"confirm": {"number"}, "update": {"store_code", "inventories"}}
        unknown = body.keys() - known.get(action, {"order"})
        if unknown:
            raise Refused(self.problem(400, ("Unknown field.", "unknown", min(unknown))))
        return body


@liberty(of=(ORDERS,))
class FormErrors(OmniServer):
    """What is only required comes without `errors`, or with lists under it."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        number = body.get("number" if action == "confirm" else "order", "")
        if number == "":
            shape = {"error_message": "Bad request", "error_code": "bad", "errors": {"x": ["y"]}}
            raise Refused(self.json(400, shape))
        return super().number_in(action, body)


@liberty("number.wrong-type.status", of=(ORDERS,))
class UnprocessableTypes(OmniServer):
    """A value of another type is unprocessable."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        value = next(iter(body.values()), "")
        if not isinstance(value, str):
            raise Refused(self.json(422, [{"loc": ["body"], "msg": "str type expected"}]))
        return super().number_in(action, body)


@liberty(of=(INVENTORY,))
class UnprocessableFlags(OmniServer):
    """A flag of another type is unprocessable."""

    def check_flags(self, item: dict[str, Any]) -> Problem | None:
        if super().check_flags(item) is not None:
            raise Refused(self.json(422, {"msg": "bool type expected"}))
        return None


@liberty()
class Closing(OmniServer):
    """Each answer is HTTP/1.0 and ends its connection."""

    closing = True


@liberty()
class BusyNowAndThen(OmniServer):
    """Every 23rd call is told to come back, with or without saying when."""

    def __init__(self) -> None:
        super().__init__()
        self._count = itertools.count(1)

    def before(self) -> Response | None:
        number = next(self._count)
        if number % 23:
            return None
        if number % 2:
            return Response("slow down", 429, {"Retry-After": "0"})
        return Response("back soon", 503, {"Retry-After": "0"})


@liberty("refusal.states-it", of=(ORDERS,))
class OtherCodes(OmniServer):
    """Where another call's state stands in the way, the codes are others, without `errors`."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        found = super().obstacle(action, order)
        if found is ALREADY_CANCELED and action != "cancel":
            return ("Order is cancelled", "order_not_accessible", None)
        if order["status"] == COMPLETE and action == "confirm":
            return HAS_BEEN_CONFIRMED
        if order["status"] == COMPLETE and action == "paid":
            return ALREADY_COMPLETED
        return found


@liberty(of=(ORDERS,))
class OtherNumberSpellings(OmniServer):
    """The same numbers, written otherwise."""

    def dumps(self, value: Any) -> str:
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return (
            text.replace("36364.0", "3.6364E4")
            .replace("40000.0", "40000")
            .replace('"status": 10', '"status": 10.0')
        )


@liberty(of=(ORDERS,))
class Trimming(OmniServer):
    """White space around a number, and its case, do not matter."""

    def find(self, action: str, number: str) -> Order:
        return super().find(action, number.strip().upper())


@liberty("allow-header")
class NoAllow(OmniServer):
    """No answer says what is allowed."""

    def finish(self, answer: Response) -> Response:
        answer.headers["Allow"] = ""
        answer.headers.pop("Vary", None)
        return answer


@liberty()
class NoVary(OmniServer):
    """No answer has Vary."""

    def finish(self, answer: Response) -> Response:
        answer = super().finish(answer)
        del answer.headers["Vary"]
        return answer


@liberty("order.delivery-info", of=(ORDERS,))
class DeliveryTold(OmniServer):
    """The delivery information is an object."""

    def show(self, order: Order) -> dict[str, Any]:
        return {**super().show(order), "delivery_info": {"courier": "Budi"}}


@liberty("order.field-types", of=(ORDERS,))
class OtherTypes(OmniServer):
    """Types that only the example shows are others."""

    def show(self, order: Order) -> dict[str, Any]:
        shown = super().show(order)
        user = f"u-{shown['userID']}"
        return {
            **shown,
            "total": "36364.00",
            "created": "2019-07-25T08:43:55Z",
            "userID": user,
            "user": {**shown["user"], "id": user},
        }


@liberty(
    "order.frame",
    silent=tuple(f"{call}.from.cancelled-paid" for call in KEYS),
    of=(ORDERS,),
)
class RefundOnCancel(OmniServer):
    """A cancelled order is unpaid again."""

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        if action == "cancel":
            order["paymentStatus"] = 1


@liberty("order.payment-status", "order.frame", of=(ORDERS,))
class Refunded(OmniServer):
    """A cancelled order that was paid has a payment status of its own."""

    def apply(self, action: str, order: Order) -> None:
        super().apply(action, order)
        if action == "cancel" and order["paymentStatus"] == PAID:
            order["paymentStatus"] = 3


@liberty("auth.scheme")
class BearerToo(OmniServer):
    """The token is taken under another scheme too."""

    def known(self, action: str, authorization: str) -> bool:
        return super().known(action, authorization.replace("Bearer", "token"))


@liberty("wrong-content-type", "missing-content-type")
class AnyLabel(OmniServer):
    """The label of a body does not matter."""

    def check_label(self, action: str) -> None:
        pass


@liberty(of=(ORDERS,))
class ForeignOrdersForbidden(OmniServer):
    """An order of another store is forbidden, without a documented body."""

    def find(self, action: str, number: str) -> Order:
        if number == self.foreign:
            raise Refused(Response("<h1>403</h1>", 403, content_type="text/html"))
        return super().find(action, number)


@liberty()
class Challenging(OmniServer):
    """A 401 has a challenge and says more."""

    def unauthorized(self) -> Response:
        answer = self.json(401, {"detail": "Invalid token", "code": 17})
        answer.headers["WWW-Authenticate"] = "Token"
        return answer


@liberty(silent=("https",))
class Redirecting(OmniServer):
    """Plain HTTP is redirected."""

    def before(self) -> Response | None:
        if request.is_secure:
            return None
        return Response(
            status=301, headers={"Location": request.url.replace("http:", "https:"), "Allow": ""}
        )


@liberty(silent=("https",))
class RedirectingForGood(OmniServer):
    """Plain HTTP is redirected, keeping the method."""

    def before(self) -> Response | None:
        if request.is_secure:
            return None
        return Response(status=308, headers={"Location": "https://shop.example/"})


@liberty(*STATUS_RULES, of=(INVENTORY,))
class OneBadRequestAmongUnauthorized(OmniServer):
    """The inventory's refusals of a store have no `errors`, those of a list no fixed words."""

    refusal_status = 400

    def no_list(self, items: object) -> Problem:
        return ("inventories: wrong", "wrong", None)


@liberty()
class NoBodyWithGet(OmniServer):
    """A front end turns away a GET or DELETE that has a body, before the method is looked at."""

    def before(self) -> Response | None:
        if request.method in {"GET", "DELETE"} and request.get_data():
            return Response("no content with this method, please", 400)
        return None


@liberty()
class LateTokens(OmniServer):
    """The token is looked at after method, label and JSON, before anything else."""

    def admit(self, action: str) -> None:
        super().body(action)
        super().admit(action)


@liberty(of=(INVENTORY,))
class StringPrices(OmniServer):
    """A price may be a text, null or below zero, and is kept for the items before a bad one."""

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        price = item.get("price", "")
        if price is None or (isinstance(price, str) and price.replace(".", "").isdigit()):
            return None
        return super().check_price(item)


@liberty(of=(ORDERS,))
class StateInWords(OmniServer):
    """A refusal's own message is long and has more keys where no message is printed."""

    def obstacle(self, action: str, order: Order) -> Problem | None:
        found = super().obstacle(action, order)
        if found is not None and order["status"] == CANCELLED and action != "cancel":
            return ("The order was cancelled é " * 40, found[1], "status")
        return found
