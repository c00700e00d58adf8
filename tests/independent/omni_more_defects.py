"""More defective variants: credentials, transport, what is read, and the inventory."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response, request
from omni_defects import defect
from omni_server import KEYS, OmniServer, Order, Problem, Refused

INVENTORY = "omni-inventory"

# Who may call, and how


@defect("auth.wrong")
class TokenByPrefix(OmniServer):
    """A part of the token does."""

    def is_token(self, action: str, token: str) -> bool:
        return bool(token) and self.token.startswith(token)


@defect("auth.wrong")
class TokenInAnyCase(OmniServer):
    """The token's case does not matter."""

    def is_token(self, action: str, token: str) -> bool:
        return token.lower() == self.token.lower()


@defect("auth.wrong", contract=INVENTORY)
class LongerToken(OmniServer):
    """More may follow the token."""

    def is_token(self, action: str, token: str) -> bool:
        return token.startswith(self.token)


@defect("auth.missing")
class NoTokenForCancel(OmniServer):
    """Cancel does without a token, though not with a wrong one."""

    def known(self, action: str, authorization: str) -> bool:
        return (action == "cancel" and not authorization) or super().known(action, authorization)


@defect("auth.missing", "auth.wrong")
class CompleteForAll(OmniServer):
    """Complete never looks at the token."""

    def known(self, action: str, authorization: str) -> bool:
        return action == "complete" or super().known(action, authorization)


@defect("auth.missing", "auth.wrong", contract=INVENTORY)
class OtherWords(OmniServer):
    """A missing token is told in other words."""

    def unauthorized(self) -> Response:
        return self.json(401, {"detail": "Invalid token."})


@defect("auth.wrong")
class WrongIsForbidden(OmniServer):
    """A wrong token gets 403."""

    def unauthorized(self) -> Response:
        status = 403 if request.headers.get("Authorization") else 401
        return self.json(status, {"detail": "Invalid token"})


@defect("auth.scheme", contract=INVENTORY)
class BearerServes(OmniServer):
    """The scheme does not matter."""

    def known(self, action: str, authorization: str) -> bool:
        return self.is_token(action, authorization.rpartition(" ")[2])


@defect("refusal.no-effect", whole=True)
class RefusedAndConfirmed(OmniServer):
    """Confirm with a wrong token is refused, and carried out all the same."""

    def known(self, action: str, authorization: str) -> bool:
        known = super().known(action, authorization)
        if not known and action == "confirm":
            order = self.orders.get((request.get_json(silent=True) or {}).get("number", ""))
            if order is not None:
                self.apply(action, order)
        return known


@defect("https")
class PlainPaid(OmniServer):
    """Paid is open over plain HTTP."""

    def secure(self, action: str) -> bool:
        return action == "paid" or super().secure(action)


@defect("https", contract=INVENTORY)
class PlainForbidden(OmniServer):
    """Plain HTTP is told that it is forbidden, not why."""

    def answer(self, action: str) -> Response:
        if not self.secure(action):
            return self.json(403, {"detail": "Forbidden"})
        return super().answer(action)


@defect("isolation")
class EverybodysOrders(OmniServer):
    """Orders of another store are found."""

    def find(self, action: str, number: str) -> Order:
        return self.orders[number] if number == self.foreign else super().find(action, number)


# What it reads


@defect("method")
class PutServes(OmniServer):
    """PUT serves on one path."""

    def paths(self) -> dict[str, list[str]]:
        return {**super().paths(), "/api/store/orders/complete": ["POST", "PUT"]}


@defect("method", contract=INVENTORY)
class GetIsNotFound(OmniServer):
    """GET is answered 404."""

    def framework_error(self, error: Any) -> Any:
        return Response("", 404) if request.method == "GET" else error


@defect("allow-header", contract=INVENTORY)
class AllowLacksOptions(OmniServer):
    """Allow names POST only."""

    def finish(self, answer: Response) -> Response:
        answer.headers["Allow"] = "POST"
        return answer


@defect("malformed-json")
class GuessesJson(OmniServer):
    """A body that ends too early is mended."""

    def parse(self, raw: bytes) -> Any:
        found = re.search(rb'"(\w+)" *: *"(\w*)', raw)
        try:
            return super().parse(raw)
        except ValueError:
            return {found[1].decode(): found[2].decode()} if found else {}


@defect("wrong-content-type")
class TextServes(OmniServer):
    """A body labelled as text is read."""

    def check_label(self, action: str) -> None:
        if request.mimetype != "text/plain":
            super().check_label(action)


@defect("missing-content-type", contract=INVENTORY)
class NoLabelServes(OmniServer):
    """A body without a label is read."""

    def check_label(self, action: str) -> None:
        if request.mimetype:
            super().check_label(action)


class Crashing(OmniServer):
    """Fails with 500 over some bodies."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        raise NotImplementedError

    def body(self, action: str) -> dict[str, Any]:
        raw = request.get_data()
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError) as error:
            value = error
        if self.crashes(raw, value):
            raise Refused(Response("oops", 500))
        return super().body(action)


@defect("no-server-error")
class CrashesOverNull(Crashing):
    """A body that is null is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return value is None


@defect("no-server-error", contract=INVENTORY)
class CrashesOverLists(Crashing):
    """A body that is a list is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return isinstance(value, list)


@defect("no-server-error")
class CrashesOverNesting(Crashing):
    """A body that is nested deeply is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return isinstance(value, RecursionError)


@defect("no-server-error", contract=INVENTORY)
class CrashesOverHugeNumbers(Crashing):
    """A number of thousands of digits is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return re.search(rb"\d{400}", raw) is not None


@defect("no-server-error")
class CrashesOverBrokenText(Crashing):
    """A body that is not UTF-8 is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return isinstance(value, UnicodeDecodeError)


@defect("no-server-error", "number.wrong-type")
class CrashesOverNumbersOfNull(Crashing):
    """A number that is null is too much for it."""

    def crashes(self, raw: bytes, value: Any) -> bool:
        return isinstance(value, dict) and None in value.values()


@defect("number.wrong-key")
class EitherKey(OmniServer):
    """Any key serves for the number."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        key = KEYS[action]
        return super().number_in(action, {key: body.get(key, body.get("order"))})


@defect("number.empty")
class EmptyIsNotFound(OmniServer):
    """An empty number is answered 404."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        if "" in body.values():
            raise Refused(self.problem(404, ("Not found", "not_found", None)))
        return super().number_in(action, body)


@defect("number.missing", "error.shape")
class BareDetail(OmniServer):
    """A missing number is told as a framework tells it."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        if KEYS[action] not in body:
            raise Refused(self.json(400, {KEYS[action]: ["This field is required."]}))
        return super().number_in(action, body)


@defect("number.unknown")
class UnknownIs404(OmniServer):
    """Cancel answers an unknown number 404."""

    def not_found(self, action: str) -> Response:
        answer = super().not_found(action)
        answer.status_code = 404 if action == "cancel" else 400
        return answer


@defect("number.unknown")
class UnknownUnderAnotherKey(OmniServer):
    """Confirm tells an unknown number under `order`."""

    def not_found(self, action: str) -> Response:
        return self.problem(400, ("Order not found", "invalid_order_number", "order"))


@defect("number.wrong-type")
class FirstOfAList(OmniServer):
    """The first of a list serves as the number."""

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        key = KEYS[action]
        number = body.get(key)
        return super().number_in(
            action, {key: number[0] if isinstance(number, list) and number else number}
        )


# The inventory


@defect("inventories.second-item", contract=INVENTORY)
class OnlyTheFirstItem(OmniServer):
    """Only the first of the variants is looked at."""

    def check(self, item: object, position: int) -> Problem | None:
        return super().check(item, position) if position == 0 else None


@defect("flags.invalid", contract=INVENTORY)
class FlagsByTruth(OmniServer):
    """Anything serves as a flag."""

    def check_flags(self, item: dict[str, Any]) -> Problem | None:
        return None


@defect("update.defaults", contract=INVENTORY)
class ActiveIsRequired(OmniServer):
    """is_active may not be left out."""

    def check_flags(self, item: dict[str, Any]) -> Problem | None:
        if "is_active" not in item:
            return ("This field is required.", "required", "is_active")
        return super().check_flags(item)


@defect("update.flags", contract=INVENTORY)
class NotBothFlags(OmniServer):
    """A variant cannot be active and out of stock."""

    def check_flags(self, item: dict[str, Any]) -> Problem | None:
        if item.get("is_active") is True and item.get("out_of_stock") is True:
            return ("Contradiction.", "invalid", "is_active")
        return super().check_flags(item)


@defect("update.price", contract=INVENTORY)
class WholePricesOnly(OmniServer):
    """A fractional price is refused."""

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        if isinstance(item.get("price"), float):
            return ("Enter a whole number.", "invalid", "price")
        return super().check_price(item)


@defect("price.invalid", "no-server-error", contract=INVENTORY)
class CrashesOverWords(OmniServer):
    """A price that is a word is too much for it."""

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        if item.get("price") == "abc":
            raise Refused(Response("oops", 500))
        return super().check_price(item)


@defect("price.empty", contract=INVENTORY)
class EmptyIsNoNumber(OmniServer):
    """An empty price is told as one that is no number."""

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        if item.get("price") == "":
            return ("Enter a number.", "invalid", "price")
        return super().check_price(item)


@defect("price.missing", contract=INVENTORY)
class PriceLeftOut(OmniServer):
    """A price may be left out."""

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        return super().check_price(item) if "price" in item else None


@defect("variant_code.unknown", contract=INVENTORY)
class AddsVariants(OmniServer):
    """An unknown variant is added."""

    def check_variant(self, item: dict[str, Any]) -> Problem | None:
        found = super().check_variant(item)
        return None if found is not None and found[1] == "variant_not_found" else found


@defect("variant_code.empty", contract=INVENTORY)
class NamesVariant(OmniServer):
    """An empty variant is told under another field."""

    def problem(self, status: int, problem: Problem) -> Response:
        message, code, field = problem
        if (code, field) == ("required", "variant_code"):
            field = "variant"
        return super().problem(status, (message, code, field))


@defect("store_code.empty", contract=INVENTORY)
class EmptyStoreIsMine(OmniServer):
    """An empty store is taken for the merchant's only one."""

    def body(self, action: str) -> dict[str, Any]:
        body = super().body(action)
        return {**body, "store_code": body.get("store_code") or "Store1"}


@defect("store_code.unknown.status", contract=INVENTORY)
class UnknownStoreIsBadRequest(OmniServer):
    """Only an unknown store is refused with 400."""

    def problem(self, status: int, problem: Problem) -> Response:
        return super().problem(400 if problem[1] == "store_not_found" else status, problem)


@defect("update.ok", "update.many", contract=INVENTORY)
class ObjectInPlaceOfText(OmniServer):
    """A success is an object."""

    def json(self, status: int, value: Any) -> Response:
        return super().json(status, {"status": "ok"} if status == 200 else value)


@defect("update.many", contract=INVENTORY)
class OneAtATime(OmniServer):
    """Only one variant is taken at a time."""

    def check(self, item: object, position: int) -> Problem | None:
        if position:
            return ("Only one item.", "too_many", "inventories")
        return super().check(item, position)


@defect("inventories.not-a-list", contract=INVENTORY)
class OneObjectServes(OmniServer):
    """A single variant serves for a list."""

    def body(self, action: str) -> dict[str, Any]:
        body = super().body(action)
        items = body.get("inventories")
        return {**body, "inventories": [items] if isinstance(items, dict) else items}
