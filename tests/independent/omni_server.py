"""A small server for both Omni documents, written from them with Flask and nothing of ours.

Each decision is one method, so that a variant of the server is a subclass with one of them changed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import ssl
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import trustme
from flask import Flask, Response, request
from listening import listening
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW, CONFIRMED, COMPLETE, CANCELLED = 1, 10, 20, 30
UNPAID, PAID = 1, 2
WORDS = {NEW: "New", CONFIRMED: "Confirmed", COMPLETE: "Complete", CANCELLED: "Cancelled"}
KEYS = {"confirm": "number", "paid": "order", "complete": "order", "cancel": "order"}

Order = dict[str, Any]
Problem = tuple[str, str, str | None]
"""A message, a code, and the field that goes under `errors`, if any."""

HAS_BEEN_CONFIRMED = ("Order has been confirmed", "invalid_status", "number")
ALREADY_PAID = ("Order already paid", "already_paid", "order")
ALREADY_COMPLETED = ("Order already completed", "order_already_completed", "order")
ALREADY_CANCELED = ("Order already canceled", "order_already_canceled", "order")


class Refused(Exception):
    """Ends a call with an answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


class ClosingHandler(WSGIRequestHandler):
    """Answers each call with HTTP/1.0 and closes, as the documents print it; says nothing."""

    protocol_version = "HTTP/1.0"
    disable_nagle_algorithm = True

    def log(self, *args: Any) -> None:
        """Say nothing."""


@cache
def certificate() -> tuple[ssl.SSLContext, bytes]:
    """Return a server's TLS settings, and what its clients have to trust."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context, authority.cert_pem.bytes()


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    https: str
    http: str


class OmniServer:
    """One store behind both APIs."""

    closing = False
    """Whether it closes after each answer."""

    def __init__(self) -> None:
        self.token = f"Zq{secrets.token_hex(14)}fM"
        self.lock: contextlib.AbstractContextManager[Any] = threading.RLock()
        self.orders: dict[str, Order] = {}
        self._serial = itertools.count(4001)
        self.foreign = self.fresh(store="Taco Temple")
        self.stores = ["Store1"]
        self.variants: dict[str, dict[str, Any]] = {"BURGER01": {}, "BURGER02": {}}

    # The stock of orders

    def fresh(self, store: str = "Burger God") -> str:
        """Return the number of an order that is new and unpaid."""
        serial = next(self._serial)
        number = f"PW{serial}{secrets.token_hex(2).upper()}"
        self.orders[number] = {
            "id": serial,
            "number": number,
            "total": 36364.0,
            "tax": 3636.0,
            "serviceCharge": 0.0,
            "grandTotal": 40000.0,
            "tableNumber": "A1",
            "channel": 2,
            "notes": "No lettuce",
            "status": NEW,
            "deliveryStatus": 10,
            "storeName": store,
            "created": 1564045835 + serial,
            "paymentMethod": 1,
            "paymentStatus": UNPAID,
            "customer": serial * 3,
        }
        return number

    # The orders API

    def change(self, action: str) -> Response:
        """Answer one of the four calls."""
        self.admit(action)
        order = self.find(action, self.number_in(action, self.body(action)))
        with self.lock:
            problem = self.obstacle(action, order)
            if problem is not None:
                self.on_refusal(action, order)
                return self.problem(400, problem)
            before = dict(order)
            self.apply(action, order)
        return self.success(action, order, before)

    def number_in(self, action: str, body: dict[str, Any]) -> str:
        """Return the order number that a body names."""
        key = KEYS[action]
        number = body.get(key)
        if number is None or number == "":
            raise Refused(self.problem(400, ("This field is required.", "required", key)))
        if not isinstance(number, str):
            raise Refused(self.problem(400, ("Not a valid string.", "invalid", key)))
        return number

    def find(self, action: str, number: str) -> Order:
        """Return the order of that number."""
        order = self.orders.get(number)
        if order is None or order["storeName"] != "Burger God":
            raise Refused(self.not_found(action))
        return order

    def not_found(self, action: str) -> Response:
        """Answer a number that no order has."""
        return self.problem(400, ("Order not found", "invalid_order_number", "number"))

    def obstacle(self, action: str, order: Order) -> Problem | None:
        """Return why a call is refused in the order's state, or None where it is not."""
        status, paid = order["status"], order["paymentStatus"] == PAID
        if status == CANCELLED:
            return ALREADY_CANCELED
        if action == "paid":
            return ALREADY_PAID if paid else None
        if status == COMPLETE and action != "cancel":
            return ALREADY_COMPLETED
        return HAS_BEEN_CONFIRMED if action == "confirm" and status != NEW else None

    def on_refusal(self, action: str, order: Order) -> None:
        """Do nothing: a refused call leaves the order alone."""

    def apply(self, action: str, order: Order) -> None:
        """Carry a call out."""
        if action in {"paid", "complete"}:
            order["paymentStatus"] = PAID
        if action != "paid":
            order["status"] = {"confirm": CONFIRMED, "complete": COMPLETE, "cancel": CANCELLED}[
                action
            ]

    def success(self, action: str, order: Order, before: Order) -> Response:
        """Answer a success."""
        return self.json(200, self.show(order))

    def show(self, order: Order) -> dict[str, Any]:
        """Return the 19 fields of an order."""
        shown = {key: value for key, value in order.items() if key != "customer"}
        user = order["customer"]
        shown["statusText"] = self.word(order)
        shown["userID"] = user
        shown["user"] = {"id": user, "name": "Sari", "phone": "+6281200000"}
        shown["delivery_info"] = None
        return shown

    def word(self, order: Order) -> str:
        """Return the status as a word."""
        return WORDS[order["status"]]

    # The inventory API

    refusal_status = 401

    def update(self) -> Response:
        """Answer an update of variants."""
        self.admit("update")
        body = self.body("update")
        if not isinstance(body.get("store_code"), str) or body["store_code"] not in self.stores:
            return self.problem(self.refusal_status, ("Store not found", "store_not_found", None))
        items = body.get("inventories")
        if not isinstance(items, list):
            return self.problem(self.refusal_status, self.no_list(items))
        for position, item in enumerate(items):
            problem = self.check(item, position)
            if problem is not None:
                return self.problem(self.refusal_status, problem)
            self.variants.setdefault(item["variant_code"], {}).update(item)
        return self.json(200, "status: 'ok'")

    def no_list(self, items: object) -> Problem:
        """Return what is wrong with `inventories` that is no list."""
        if items is None:
            return ("This field is required.", "required", "inventories")
        return ("Expected a list of items.", "not_a_list", "inventories")

    def check(self, item: object, position: int) -> Problem | None:
        """Return what is wrong with one item, or None."""
        if not isinstance(item, dict):
            return ("Invalid data.", "invalid", "inventories")
        return self.check_variant(item) or self.check_price(item) or self.check_flags(item)

    def check_variant(self, item: dict[str, Any]) -> Problem | None:
        """Return what is wrong with an item's variant, or None."""
        code = item.get("variant_code")
        if code in {None, ""} if not isinstance(code, list | dict) else False:
            return ("This field is required.", "required", "variant_code")
        if not isinstance(code, str) or code not in self.variants:
            return ("Variant not found", "variant_not_found", "variant_code")
        return None

    def check_price(self, item: dict[str, Any]) -> Problem | None:
        """Return what is wrong with an item's price, or None."""
        price = item.get("price")
        if price is None or price == "":
            return ("This field is required.", "required", "price")
        if isinstance(price, bool) or not isinstance(price, int | float):
            return ("Enter a number.", "invalid", "price")
        return None

    def check_flags(self, item: dict[str, Any]) -> Problem | None:
        """Return what is wrong with an item's flags, or None."""
        for flag in ("out_of_stock", "is_active"):
            if not isinstance(item.get(flag, False), bool):
                return ("Must be a valid boolean.", "invalid", flag)
        return None

    # What both have in common

    def admit(self, action: str) -> None:
        """Refuse plain HTTP, and whoever has no right token."""
        if not self.secure(action):
            raise Refused(self.json(403, {"detail": "Please use https instead of http"}))
        if not self.known(action, request.headers.get("Authorization", "")):
            raise Refused(self.unauthorized())

    def secure(self, action: str) -> bool:
        """Tell whether a call came over HTTPS."""
        return request.is_secure

    def unauthorized(self) -> Response:
        """Answer a call without the right token."""
        return self.json(401, {"detail": "Invalid token"})

    def known(self, action: str, authorization: str) -> bool:
        """Tell whether an Authorization header has the right token."""
        scheme, _, token = authorization.partition(" ")
        return scheme == "token" and self.is_token(action, token)

    def is_token(self, action: str, token: str) -> bool:
        """Tell whether a token is the right one."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def body(self, action: str) -> dict[str, Any]:
        """Return the JSON object of the call."""
        self.check_label(action)
        try:
            value = self.parse(request.get_data())
        except (ValueError, RecursionError):
            raise BadRequest from None
        if not isinstance(value, dict):
            raise BadRequest
        return value

    def check_label(self, action: str) -> None:
        """Refuse a body that is not labelled as JSON."""
        if request.mimetype != "application/json":
            raise UnsupportedMediaType

    def parse(self, raw: bytes) -> Any:
        """Return the value of JSON text."""
        return json.loads(raw.decode())

    def problem(self, status: int, problem: Problem) -> Response:
        """Return an answer of the documented error shape."""
        message, code, field = problem
        shape: dict[str, Any] = {"error_message": message, "error_code": code}
        if field is not None:
            shape["errors"] = {field: message}
        return self.json(status, shape)

    def json(self, status: int, value: Any) -> Response:
        """Return an answer that is JSON."""
        return Response(self.dumps(value), status, content_type=self.label(status))

    def dumps(self, value: Any) -> str:
        """Return JSON text."""
        return json.dumps(value)

    def label(self, status: int) -> str:
        """Return the Content-Type of an answer that is JSON."""
        return "application/json"

    # Serving it

    def paths(self) -> dict[str, list[str]]:
        """Return the paths with their methods."""
        return {
            **{f"/api/store/orders/{action}": ["POST"] for action in KEYS},
            "/api/backend/inventories/update": ["POST"],
        }

    def answer(self, action: str) -> Response:
        """Answer a call, refusals included."""
        try:
            return self.update() if action == "update" else self.change(action)
        except Refused as refused:
            return refused.answer

    def finish(self, answer: Response) -> Response:
        """Put the headers on an answer that all of them have."""
        if request.url_rule is not None and "Allow" not in answer.headers:
            answer.headers["Allow"] = "POST, OPTIONS"
        answer.headers["Vary"] = "Accept"
        return answer

    def before(self) -> Response | None:
        """Look at every call before anything else does; an answer ends it."""
        return None

    def framework_error(self, error: HTTPException) -> Any:
        """Answer what is not documented: an HTML page."""
        return error

    def application(self) -> Flask:
        """Return the WSGI application."""
        app = Flask("independent")
        for path, methods in self.paths().items():
            app.add_url_rule(
                path,
                endpoint=path,
                view_func=lambda path=path: self.answer(path.rsplit("/", 1)[1]),
                methods=methods,
            )
        app.before_request(self.before)
        app.after_request(self.finish)
        app.register_error_handler(HTTPException, self.framework_error)
        app.logger.disabled = True
        return app

    @contextlib.contextmanager
    def serving(self) -> Iterator[Address]:
        """Serve over HTTPS and over plain HTTP, each on a free port of its own."""
        app = self.application()
        context, _ = certificate()
        serve = _closing if self.closing else listening
        with serve(app, context) as https, serve(app) as http:
            yield Address(f"https://127.0.0.1:{https}", f"http://127.0.0.1:{http}")


@contextlib.contextmanager
def _closing(app: Flask, context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=ClosingHandler, ssl_context=context
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
