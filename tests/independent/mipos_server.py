"""A small platform and a small POS for the mipOS document, written from it with Flask alone.

Each decision is one method, so that a variant is a subclass with one of them changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
from flask import Flask, Response, request
from listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN, CLIENT_SECRET = "the-Token-of-the-POS-1", "9f6c3d1f0a5b4e7c8d2a1b0c9d8e7f6a5b4c3d2e"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ROLES = {"70": True, "71": True, "72": False}
OWNER = {"500": "70", "501": "70", "502": "70"}
STORES = {"11": ("500", "A-11"), "12": (None, "A-12"), "13": ("500", None)}
FIXTURES: dict[str, Any] = {
    "store_id": "11",
    "user_id_tps": "70",
    "inventory_system_id": "500",
    "external_id": "8001",
    "pos_id": "7",
    "webhook_unregistered": True,
    "user_without_role": "72",
    "user_not_owner": "71",
    "store_without_integration": "12",
    "store_without_external_id": "13",
    "inventory_system_webhook_unavailable": "501",
    "inventory_system_without_webhook": "502",
}
INTEGRATION = "No integration record was found between this user store and the third party system."
EXTERNAL = "External id not found for this store in the inventory system."
PRESENT = {
    "items": {
        "name": "The item must have a name.",
        "external_id": "The item must have an external id.",
        "purchase_unit_external_id": "The item must have an purchase unit external id.",
        "consumption_unit_external_id": "The item must have an consumption unit external id.",
        "supplier_external_id": "The item must have a supplier external id.",
        "cost": "The item must have a cost.",
        "stock": "The item must have a stock.",
    },
    "units": {
        "name": "The unit must have a name.",
        "short_name": "The unit must have a short name.",
        "external_id": "The unit must have an external id.",
    },
    "suppliers": {
        "name": "The supplier must have a name.",
        "external_id": "The supplier must have an external id.",
    },
}
TEXTS = {
    "purchase_unit_external_id": "The item purchase unit external id must be a string.",
    "consumption_unit_external_id": "The item consumption unit external id must be a string.",
    "cost": "The item cost must be a string.",
    "stock": "The item stock must be a string.",
}


class Refused(Exception):
    """Ends a call with an answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def moment() -> str:
    """Return the time as deliveries print it."""
    return f"{datetime.now():%Y-%m-%d %H:%M:%S}"  # noqa: DTZ005 - the document names no zone


def answer(status: int, body: Any = None, **headers: str) -> Response:
    """Return a JSON answer."""
    return Response(json.dumps(body), status, headers, mimetype="application/json")


def json_object(labels: tuple[str, ...] = ("application/json",)) -> dict[str, Any]:
    """Return the call's JSON object, or refuse the call."""
    if request.mimetype not in labels:
        raise Refused(answer(415, {"message": "JSON, please."}))
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Refused(answer(400, {"message": "That is no JSON."})) from None
    if not isinstance(body, dict):
        raise Refused(answer(400, {"message": "That is no object."}))
    return body


class _Served:
    """An application that can be served, at a free port, in a thread of its own."""

    app: Flask

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the application and yield its address."""
        with listening(self.app) as port:
            yield f"http://127.0.0.1:{port}"


class Platform(_Served):
    """The platform: three calls, and a trigger that moves stock in the inventory system."""

    def __init__(self) -> None:
        self.app = Flask("platform")
        base = "/api/v1/inventory/pos"
        for path, call in {
            f"{base}/store/<store>/system/sync": self.sync,
            f"{base}/store/<store>/system/stock/update": self.stock,
            f"{base}/webhook/manage": self.webhook,
        }.items():
            self.app.add_url_rule(path, path, self._guarded(call), methods=METHODS)
        self.app.add_url_rule("/move", "move", self.move, methods=["POST"])
        self.urls: list[str] = []
        self.moved = 0
        self.moved_at = moment()

    def _guarded(self, call: Any) -> Any:
        def respond(**parts: str) -> Response:
            try:
                self.admit()
                if request.method != "POST":
                    return self.other_method()
                made: Response = call(**parts)
            except Refused as refused:
                return refused.answer
            return made

        return respond

    def other_method(self) -> Response:
        return answer(405, {"message": "POST is what this path takes."}, Allow="POST")

    def admit(self) -> None:
        if not self.is_token(request.headers.get("Authorization", "")):
            raise Refused(self.unauthorized())

    def is_token(self, header: str) -> bool:
        return header == f"Bearer {TOKEN}"

    def unauthorized(self) -> Response:
        return answer(401, "Unauthorized.")

    # Sync

    def sync(self, store: str) -> Response:
        body = self.read()
        errors = self.missing(
            body, ["items", "inventory_system_id", "units", "suppliers", "user_id_tps"]
        )
        if "inventory_system_id" not in errors and self.is_odd_id(body["inventory_system_id"]):
            errors["inventory_system_id"] = ["The inventory system id must be a string."]
        self.refuse(errors)
        self.conflict([*self.sync_access(store, body), *self.contents(body)])
        return self.done("Synchronization data was sent to the inventory system.")

    def read(self) -> dict[str, Any]:
        return json_object()

    def is_odd_id(self, value: Any) -> bool:
        return not isinstance(value, str)

    def sync_access(self, store: str, body: Mapping[str, Any]) -> list[str]:
        if store not in STORES:
            return self.unknown_store()
        system, external = STORES[store]
        said = []
        if not ROLES.get(str(body["user_id_tps"])):
            said.append(self.no_role())
        if system is None:
            said.append(INTEGRATION)
        if external is None:
            said.append(EXTERNAL)
        return said

    def unknown_store(self) -> list[str]:
        return ["You don't have this store available."]

    def no_role(self) -> str:
        return "The third_party_id does not have an Inventory System role or does not exist."

    def looked_at(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries

    def contents(self, body: Mapping[str, Any]) -> Iterator[str]:
        for part, sentences in PRESENT.items():
            for field, sentence in sentences.items():
                if any(entry.get(field) is None for entry in self.looked_at(body[part])):
                    yield self.worded(sentence)
        items = self.looked_at(body["items"])
        for field, sentence in TEXTS.items():
            values = [item.get(field) for item in items]
            if any(self.is_number(field, value) for value in values):
                yield self.worded(sentence)
        for unit in self.dangling(items, "purchase_unit_external_id", body["units"]):
            yield self.no_unit(unit)
        for supplier in self.dangling(items, "supplier_external_id", body["suppliers"]):
            yield self.no_supplier(supplier)

    def worded(self, sentence: str) -> str:
        return sentence

    def is_number(self, field: str, value: Any) -> bool:
        return isinstance(value, int | float)

    def dangling(
        self, items: list[dict[str, Any]], field: str, known: list[dict[str, Any]]
    ) -> list[Any]:
        ids = [entry.get("external_id") for entry in known]
        named = [item.get(field) for item in items]
        return [value for value in named if value is not None and value not in ids]

    def no_unit(self, unit: Any) -> str:
        return f"Item purchase unit external id ({unit}) not found in units array"

    def no_supplier(self, supplier: Any) -> str:
        return f"Item supplier external id ({supplier}) not found in suppliers array"

    # What calls share

    def missing(self, body: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
        return {
            self.under(field): [f"The {field.replace('_', ' ')} field is required."]
            for field in fields
            if body.get(field) in (None, "")
        }

    def under(self, field: str) -> str:
        return field

    def refuse(self, errors: Mapping[str, Any]) -> None:
        if errors:
            raise Refused(answer(422, errors))

    def conflict(self, sentences: list[str]) -> None:
        told = self.told(sentences)
        if told:
            raise Refused(answer(409, self.conflict_body(told)))

    def told(self, sentences: list[str]) -> list[str]:
        return sentences

    def conflict_body(self, sentences: list[str]) -> Any:
        return {"message": sentences, "data": None}

    def done(self, message: str) -> Response:
        return answer(200, {"message": message, "data": None})

    # Stock

    def stock(self, store: str) -> Response:
        body = self.read_movement()
        errors = self.missing(
            body,
            [
                "user_id_tps",
                "inventory_system_id",
                "current_stock",
                "quantity",
                "date",
                "movement_type",
            ],
        )
        if "movement_type" not in errors and not self.is_movement(body["movement_type"]):
            errors["movement_type"] = ["The selected movement type is invalid."]
        self.refuse_movement(errors)
        if store not in STORES:
            return self.passed_on()
        self.conflict(self.stock_access(store, body))
        return self.moved_on() if body.get("external_id") == "8001" else self.passed_on()

    def read_movement(self) -> dict[str, Any]:
        return json_object()

    def refuse_movement(self, errors: Mapping[str, Any]) -> None:
        self.refuse(errors)

    def is_movement(self, value: Any) -> bool:
        return value in (1, 2)

    def stock_access(self, store: str, body: Mapping[str, Any]) -> list[str]:
        system, external = STORES[store]
        said = []
        if not self.owns(str(body["user_id_tps"]), body["inventory_system_id"]):
            said.append("This user_id_tps does not own this inventory system.")
        if system is None:
            said.append(INTEGRATION)
        if external is None:
            said.append(EXTERNAL)
        if body["inventory_system_id"] == "501":
            said.append("This type of webhook is not available.")
        if body["inventory_system_id"] == "502":
            said.append("This inventory system does not have this type of webhook available.")
        return said

    def owns(self, user: str, system: Any) -> bool:
        return OWNER.get(system) == user

    def moved_on(self) -> Response:
        return Response(status=204)

    def passed_on(self) -> Response:
        return Response("<h1>Not found</h1>", 404, mimetype="text/html")

    # Webhook

    def webhook(self) -> Response:
        body = self.read()
        errors = self.missing(body, ["type", "url"])
        self.refuse(errors)
        self.wrong_type(body["type"])
        again = bool(self.urls)
        self.register(body["url"])
        return self.updated() if again else self.created()

    def wrong_type(self, value: Any) -> None:
        if value != "3":
            self.refuse({"type": ["The selected type is invalid."]})

    def register(self, url: str) -> None:
        self.urls.append(url)

    def created(self) -> Response:
        return self.done("Webhook successfully created.")

    def updated(self) -> Response:
        return self.done("Webhook successfully created.")

    # Deliveries

    def move(self) -> Response:
        self.moved += 1
        self.moved_at = moment()
        for url in self.addresses():
            self.deliver(url)
        return answer(200)

    def addresses(self) -> list[str]:
        return self.urls[-1:]

    def deliver(self, url: str) -> None:
        body = self.delivery_body(self.delivery())
        with contextlib.suppress(httpx.HTTPError):
            self.post(url, body, self.delivery_headers(body))

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        httpx.post(url, content=body, headers=headers, trust_env=False)

    def delivery(self) -> dict[str, Any]:
        return {
            "pos_id": "7",
            "inventory_system_id": "500",
            "current_stock": f"{100 - self.moved}.00",
            "quantity": "1.00",
            "date": self.moved_at,
            "movement_type": 2,
            "external_id": "8001",
            "now": moment(),
            "store_id": 11,
        }

    def delivery_body(self, delivery: dict[str, Any]) -> bytes:
        return json.dumps(delivery, separators=(",", ":")).encode()

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Signature-Request": self.signature(body)}

    def signature(self, body: bytes) -> str:
        return hmac.new(CLIENT_SECRET.encode(), body, hashlib.sha256).hexdigest()


class Pos(_Served):
    """A POS that takes deliveries at one path, by default `/hook`."""

    path = "/hook"
    labels: tuple[str, ...] = ("application/json",)
    fields = (
        "pos_id",
        "inventory_system_id",
        "quantity",
        "date",
        "movement_type",
        "external_id",
        "now",
        "store_id",
        "current_stock",
    )

    def __init__(self) -> None:
        self.app = Flask("pos")
        self.app.add_url_rule(self.path, "hook", self.respond, methods=METHODS)
        self.app.register_error_handler(404, self.lost)
        self.taken: list[dict[str, Any]] = []
        self.strays: list[str] = []

    def lost(self, error: Exception) -> Response:
        self.strays.append(f"{request.method} {request.full_path}")
        return answer(404, {"message": "There is nothing here."})

    def respond(self) -> Response:
        if request.method != "POST":
            return answer(405, {"message": "POST, please."}, Allow="POST")
        try:
            self.verify(request.get_data())
            body = json_object(self.labels)
            self.validate(body)
        except Refused as refused:
            return refused.answer
        self.taken.append(body)
        return self.accepted()

    def verify(self, body: bytes) -> None:
        given = request.headers.get("X-Signature-Request", "")
        if not self.is_genuine(given, body):
            raise Refused(self.refusal(401, "Who are you?"))

    def is_genuine(self, given: str, body: bytes) -> bool:
        return hmac.compare_digest(self.signature(body).encode(), given.encode("latin-1"))

    def signature(self, body: bytes) -> str:
        return hmac.new(CLIENT_SECRET.encode(), body, hashlib.sha256).hexdigest()

    def validate(self, body: dict[str, Any]) -> None:
        absent = [field for field in self.fields if field not in body]
        if absent or body["movement_type"] not in (1, 2):
            raise Refused(self.refusal(422, f"Something is wrong: {absent}"))

    def accepted(self) -> Response:
        return Response(status=204)

    def refusal(self, status: int, text: str) -> Response:
        return answer(status, {"message": text})
