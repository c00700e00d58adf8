"""A small server for the Comestri document, written from it with Flask and nothing of ours.

Each decision is one method, so that a variant of the server is a subclass with one of them changed.
"""

from __future__ import annotations

import contextlib
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

TOKEN, EMAIL = "T0ken-of-the-writer", "writer@shop.example"
READER_TOKEN, READER_EMAIL = "T0ken-of-the-reader", "reader@shop.example"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

ENUMERATIONS = {
    "stock_availability": ["out_of_stock", "in_stock"],
    "dispatch_time_unit": ["day", "hour"],
    "lead_time_unit": ["months", "weeks", "days", "hours"],
    "back_order_handling": ["pre_orderable", "back_orderable"],
    "style": ["dynamic", "static", "perpetual"],
}
INTEGERS = [
    "product_id",
    "available_qty",
    "out_of_stock_threshold",
    "dispatch_time",
    "lead_time",
    "back_order_allocation",
]
TIMESTAMPS = ["stock_arrival_date", "source_system_stock_timestamp"]
STRINGS = ["product_code", "sku", *TIMESTAMPS]
OPTIONAL = [*INTEGERS, *STRINGS, "unit_cost", *ENUMERATIONS]
ANSWERED = [field for field in OPTIONAL if not field.startswith("product_")]


class Refused(Exception):
    """Ends a call with an answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class ComestriServer:
    """An account's inventory: the source `Oslo`, and the product 41, which is also `P-41`."""

    path = "/api/v2/inventories"
    method = "POST"
    success = 201

    def __init__(self) -> None:
        self.ids: dict[tuple[str, int], int] = {}

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port and yield the address."""
        app = Flask("comestri")
        app.add_url_rule("/", "root", lambda: self.refusal(404, "not found"), methods=METHODS)
        app.add_url_rule("/<path:path>", "all", self.respond, methods=METHODS)
        with listening(app) as port:
            yield f"http://127.0.0.1:{port}"

    def respond(self, path: str) -> Response:
        try:
            caller = self.caller()
            if caller is None:
                return self.unauthorized()
            if f"/{path}" != self.path:
                return self.refusal(404, "not found")
            if request.method != self.method:
                return self.other_method()
            if caller != "writer":
                return self.forbidden()
            return self.create(self.inventory(self.body()))
        except Refused as refused:
            return refused.answer

    # Who is calling

    def caller(self) -> str | None:
        known = {(TOKEN, EMAIL): "writer", (READER_TOKEN, READER_EMAIL): "reader"}
        found = re.fullmatch(
            r"Token token=([^,]+),email=(.+)", request.headers.get("Authorization", "")
        )
        return known.get((found[1], found[2])) if found else None

    def unauthorized(self) -> Response:
        answer = self.refusal(401, "who are you?")
        answer.headers["WWW-Authenticate"] = 'Token realm="Application"'
        return answer

    def forbidden(self) -> Response:
        return self.refusal(403, "you may not do this")

    def other_method(self) -> Response:
        return self.refusal(405, "not this way")

    # What is sent

    def body(self) -> Any:
        if request.mimetype != "application/json":
            self.refuse(415, "only JSON")
        return self.parsed(request.get_data())

    def parsed(self, raw: bytes) -> Any:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            self.refuse(400, "no JSON")

    def inventory(self, body: Any) -> dict[str, Any]:
        inventory = body.get("inventory") if isinstance(body, dict) else None
        if not isinstance(inventory, dict):
            self.invalid("inventory", inventory)
        return inventory

    def problem(self, field: str, value: Any) -> bool:
        """Tell whether a field has another value than the document allows."""
        if value is None:
            return not self.nullable(field)
        if field in ENUMERATIONS:
            return value not in ENUMERATIONS[field]
        if field in INTEGERS or field == "qty":
            return not is_integer(value)
        if field == "unit_cost":
            return isinstance(value, bool) or not isinstance(value, int | float)
        return not isinstance(value, str) or (field in TIMESTAMPS and not self.is_instant(value))

    def nullable(self, field: str) -> bool:
        return field in OPTIONAL

    def is_instant(self, value: str) -> bool:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True

    def check(self, inventory: dict[str, Any]) -> None:
        for field in ("inventory_source", "qty"):
            if field not in inventory:
                self.missing(field)
        for field, value in inventory.items():
            if field in (*OPTIONAL, "inventory_source", "qty") and self.problem(field, value):
                self.invalid(field, value)
        if inventory.get("product_id") is not None and inventory.get("product_code") is not None:
            self.both()

    def missing(self, field: str) -> None:
        self.refuse(422, f"{field} is missing")

    def invalid(self, field: str, value: Any) -> NoReturn:
        self.refuse(422, f"{field} is invalid: {value!r}")

    def both(self) -> None:
        self.refuse(422, "name the product once")

    # What it names

    def check_source(self, name: Any) -> None:
        if name != "Oslo":
            self.unknown("source")

    def find_product(self, inventory: dict[str, Any]) -> int:
        number, code = inventory.get("product_id"), inventory.get("product_code")
        if number is None and code is None:
            self.refuse(422, "name a product")
        named = number == 41 if number is not None else code == "P-41"
        return 41 if named else self.no_product()

    def no_product(self) -> int:
        self.unknown("product")

    def unknown(self, what: str) -> NoReturn:
        self.refuse(404, f"there is no such {what}")

    # The answer

    def create(self, inventory: dict[str, Any]) -> Response:
        self.check(inventory)
        source = inventory.get("inventory_source", "Oslo")
        self.check_source(source)
        product = self.find_product(inventory)
        number = self.ids.setdefault((str(source), product), len(self.ids) + 1)
        answer = {"id": number, **self.shown(inventory)}
        return self.reply(self.success, answer)

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        """Return the answer's fields besides the id."""
        return {
            "qty": inventory.get("qty"),
            **{field: inventory.get(field) for field in ANSWERED},
            "support_shipping": True,
            "inventory_source": {"id": 7, "name": inventory.get("inventory_source", "Oslo")},
        }

    def refuse(self, status: int, text: str) -> NoReturn:
        raise Refused(self.refusal(status, text))

    def refusal(self, status: int, text: str) -> Response:
        return self.reply(status, {"error": {"message": text}})

    def reply(self, status: int, body: Any) -> Response:
        return Response(json.dumps(body), status, mimetype="application/json")
