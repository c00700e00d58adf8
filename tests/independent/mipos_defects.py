"""Defective variants of the mipOS platform and POS, each with the rule that it breaks."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
from flask import Response, request
from mipos_server import CLIENT_SECRET, TOKEN, Platform, Pos, Refused, answer, json_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


DEFECTS: list[tuple[type[Platform], str]] = []
POS_DEFECTS: list[tuple[type[Pos], str]] = []


def breaks(*rules: str) -> Any:
    """Note which rules a variant breaks."""

    def note(variant: Any) -> Any:
        noted: list[Any] = POS_DEFECTS if issubclass(variant, Pos) else DEFECTS
        noted += [(variant, rule) for rule in rules]
        return variant

    return note


class Worded(Platform):
    """It has another sentence."""

    right = ""
    wrong = ""

    def worded(self, sentence: str) -> str:
        return self.wrong if sentence == self.right else sentence


@breaks("sync.item.name", "conflict.shape")
class Misspelt(Worded):
    right, wrong = "The item must have a name.", "The item must have name."


@breaks("sync.item.purchase-unit")
class Corrected(Worded):
    right = "The item must have an purchase unit external id."
    wrong = "The item must have a purchase unit external id."


@breaks("sync.item.type.purchase-unit")
class Mistyped(Worded):
    right = "The item purchase unit external id must be a string."
    wrong = "The item purchase unit external id must be text."

    def dangling(self, items: list[Any], field: str, known: list[Any]) -> list[Any]:
        return []


@breaks("sync.required.inventory_system_id", "stock.required.inventory_system_id")
class WrongKey(Platform):
    def under(self, field: str) -> str:
        return "inventory_system" if field == "inventory_system_id" else field


@breaks("sync.required.units")
class UnitsOptional(Platform):
    def read(self) -> dict[str, Any]:
        body = super().read()
        return body if "suppliers" not in body else {"units": [], **body}


@breaks("conflict.shape")
class NoData(Platform):
    def conflict_body(self, sentences: list[str]) -> Any:
        return {"message": sentences}


@breaks("conflict.shape", "sync.item.cost", "stock.conflicts.not-owner")
class JoinedSentences(Platform):
    def conflict_body(self, sentences: list[str]) -> Any:
        return {"message": " ".join(sentences), "data": None}


@breaks("validation.shape", "stock.required.date")
class BareSentences(Platform):
    def refuse(self, errors: Mapping[str, Any]) -> None:
        super().refuse({field: said[0] for field, said in errors.items()})


@breaks("validation.shape")
class BareOnStock(Platform):
    def refuse_movement(self, errors: Mapping[str, Any]) -> None:
        self.refuse({**errors, "status": "failed"} if errors else {})


@breaks("sync.second-item")
class FirstItemOnly(Platform):
    def looked_at(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [entries[0], *(entry for entry in entries[1:] if "cost" not in entry)]


@breaks("sync.unit.name", "sync.supplier.external-id")
class FirstEntryOnly(Platform):
    def looked_at(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries[:1]


@breaks("sync.reference.unit")
class Blank(Platform):
    def no_unit(self, unit: Any) -> str:
        return "Item purchase unit external id (____) not found in units array"


@breaks("sync.reference.supplier")
class OtherBlank(Platform):
    def no_supplier(self, supplier: Any) -> str:
        return "Item supplier external id (pos_sup_1) not found in suppliers array"


@breaks("sync.item.type.cost")
class NumericCost(Platform):
    def is_number(self, field: str, value: Any) -> bool:
        return field != "cost" and super().is_number(field, value)


@breaks("sync.item.type.stock")
class FractionalStock(Platform):
    def is_number(self, field: str, value: Any) -> bool:
        return isinstance(value, int) or (field != "stock" and super().is_number(field, value))


@breaks("sync.system-id.type")
class NumericSystem(Platform):
    def is_odd_id(self, value: Any) -> bool:
        return False


@breaks("sync.store.unknown", "response.status")
class LostStore(Platform):
    def unknown_store(self) -> list[str]:
        raise Refused(answer(404, {"message": ["You don't have this store available."]}))


@breaks("sync.user.role")
class RenamedParty(Platform):
    def no_role(self) -> str:
        return super().no_role().replace("third_party_id", "user_id_tps")


@breaks("sync.ok", "response.schema")
class DataOfItsOwn(Platform):
    def done(self, message: str) -> Response:
        return answer(200, {"message": message, "data": {}})


@breaks("response.content-type")
class Unlabelled(Platform):
    def conflict_body(self, sentences: list[str]) -> Any:
        text = json.dumps(super().conflict_body(sentences))
        raise Refused(Response(text, 409, mimetype="text/html"))


@breaks("stock.ok")
class BodyAfterAll(Platform):
    """Werkzeug drops the body of a 204, so this one is written below it."""

    def __init__(self) -> None:
        super().__init__()
        inner = self.app.wsgi_app

        def outer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            said: list[str] = []

            def begin(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
                said.append(status)
                extra = [("Content-Length", "2")] if status.startswith("204") else []
                return start(status, headers + extra, error)

            body = list(inner(environ, begin))
            return [b"{}"] if said[0].startswith("204") else body

        self.app.wsgi_app = outer  # type: ignore[assignment]  # Flask documents it as the way


@breaks("stock.ok")
class Fine(Platform):
    def moved_on(self) -> Response:
        return answer(200)


@breaks("stock.movement-type.invalid")
class ThirdMovement(Platform):
    def is_movement(self, value: Any) -> bool:
        return value in (1, 2, 3)


@breaks("stock.movement-type.invalid")
class NoMovement(Platform):
    def is_movement(self, value: Any) -> bool:
        return value in (0, 1, 2)


@breaks("stock.movement-type.invalid", "no-server-error")
class WordBreaksIt(Platform):
    def is_movement(self, value: Any) -> bool:
        if isinstance(value, str):
            raise Refused(Response("Fatal error", 500, mimetype="text/html"))
        return super().is_movement(value)


@breaks("stock.required.quantity", "response.content-type")
class PrintedPassedOn(Platform):
    def refuse_movement(self, errors: Mapping[str, Any]) -> None:
        if errors:
            raise Refused(Response(json.dumps(errors), 404, mimetype="text/html"))


@breaks("stock.conflicts.not-owner")
class AnyOwner(Platform):
    def owns(self, user: str, system: Any) -> bool:
        return True


@breaks("webhook.create")
class OtherMessage(Platform):
    def created(self) -> Response:
        return self.done("Webhook created.")


@breaks("webhook.create")
class SameSuccess(Platform):
    """Says the same whether a URL is the first or not, and nothing of a creation."""

    def created(self) -> Response:
        return self.done("Success.")

    updated = created


@breaks("webhook.create")
class OtherFirst(Platform):
    """Says of the first URL something else than of all others."""

    def created(self) -> Response:
        return self.done("Webhook successfully registered.")


@breaks("webhook.create")
class Numbered(Platform):
    """Counts the URLs in its message."""

    count = 0

    def created(self) -> Response:
        self.count += 1
        return self.done(f"URL {self.count} is set.")

    updated = created


@breaks("webhook.update")
class OnlyOnce(Platform):
    def updated(self) -> Response:
        return answer(409, {"message": ["Invalid type."], "data": None})


@breaks("webhook.type.invalid")
class AnyType(Platform):
    def wrong_type(self, value: Any) -> None:
        """Take every type."""


@breaks("auth.wrong")
class Prefix(Platform):
    def is_token(self, header: str) -> bool:
        return header.startswith(f"Bearer {TOKEN[:-1]}")


@breaks("auth.missing")
class Open(Platform):
    def is_token(self, header: str) -> bool:
        return not header or super().is_token(header)


@breaks("auth.missing.status", "auth.wrong.status")
class Forbidden(Platform):
    def unauthorized(self) -> Response:
        return answer(403, "Unauthorized.")


@breaks("malformed-json")
class Forgiving(Platform):
    def read(self) -> dict[str, Any]:
        text = request.get_data(as_text=True)
        body = json.loads(text if text.endswith("}") else text + "}")
        return body if isinstance(body, dict) else {}


@breaks("no-server-error")
class Fragile(Platform):
    def read(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(request.get_data())
        return dict(body.items())


@breaks("wrong-content-type")
class Unread(Platform):
    def read(self) -> dict[str, Any]:
        return json_object(("application/json", "text/plain"))


@breaks("method")
class Browsable(Platform):
    def other_method(self) -> Response:
        return answer(200, {"message": "hello", "data": None})


@breaks("sender.delivers")
class Silent(Platform):
    def addresses(self) -> list[str]:
        return []


@breaks("sender.delivers")
class Putting(Platform):
    def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        httpx.put(url, content=body, headers=headers, trust_env=False)


@breaks("sender.url")
class OldAddress(Platform):
    def addresses(self) -> list[str]:
        heard = [url for url in self.urls if "127.0.0.1" in url]
        return heard[:1]


@breaks("sender.url")
class BothAddresses(Platform):
    def addresses(self) -> list[str]:
        return [url for url in self.urls if "127.0.0.1" in url]


@breaks("sender.body")
class NoNow(Platform):
    def delivery(self) -> dict[str, Any]:
        delivery = super().delivery()
        del delivery["now"]
        return delivery


@breaks("sender.body")
class MovementAsText(Platform):
    def delivery(self) -> dict[str, Any]:
        return {**super().delivery(), "movement_type": "2"}


@breaks("sender.body")
class NumericStock(Platform):
    def delivery(self) -> dict[str, Any]:
        return {**super().delivery(), "current_stock": 12.44}


@breaks("sender.body")
class OtherPos(Platform):
    def delivery(self) -> dict[str, Any]:
        return {**super().delivery(), "pos_id": "8"}


@breaks("sender.body")
class PlainText(Platform):
    def delivery_headers(self, body: bytes) -> dict[str, str]:
        return {**super().delivery_headers(body), "Content-Type": "text/plain"}


@breaks("sender.body")
class Form(Platform):
    def delivery_body(self, delivery: dict[str, Any]) -> bytes:
        return "&".join(f"{name}={value}" for name, value in delivery.items()).encode()


@breaks("sender.signature")
class UpperHex(Platform):
    def signature(self, body: bytes) -> str:
        return super().signature(body).upper()


@breaks("sender.signature")
class Reserialised(Platform):
    def signature(self, body: bytes) -> str:
        return super().signature(json.dumps(json.loads(body)).encode())


@breaks("sender.signature")
class Base64(Platform):
    def signature(self, body: bytes) -> str:
        digest = hmac.new(CLIENT_SECRET.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


@breaks("sender.signature")
class DecodedKey(Platform):
    def signature(self, body: bytes) -> str:
        return hmac.new(bytes.fromhex(CLIENT_SECRET), body, hashlib.sha256).hexdigest()


@breaks("sender.signature")
class Unsigned(Platform):
    def delivery_headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json"}


# The POS


@breaks("receiver.signature.missing", "receiver.signature.wrong", "receiver.signature.tampered")
class Trusting(Pos):
    def is_genuine(self, given: str, body: bytes) -> bool:
        return True


@breaks("receiver.signature.missing")
class UnsignedToo(Pos):
    def is_genuine(self, given: str, body: bytes) -> bool:
        return not given or super().is_genuine(given, body)


@breaks("receiver.signature.wrong")
class AnyHex(Pos):
    def is_genuine(self, given: str, body: bytes) -> bool:
        return len(given) == 64


@breaks("receiver.signature.wrong")
class Shortened(Pos):
    def is_genuine(self, given: str, body: bytes) -> bool:
        return bool(given) and self.signature(body).startswith(given)


@breaks("receiver.signature.tampered")
class QuantityUnsigned(Pos):
    """Its signature does not cover the quantity."""

    def is_genuine(self, given: str, body: bytes) -> bool:
        amounts = (b"1.25", b"0.5")
        bodies = [re.sub(rb'"quantity":"[^"]*"', b'"quantity":"%s"' % one, body) for one in amounts]
        genuine = super().is_genuine
        return any(genuine(given, one) for one in (body, *bodies))


@breaks("receiver.accepts")
class ParsedFirst(Pos):
    def signature(self, body: bytes) -> str:
        with contextlib.suppress(ValueError):
            body = json.dumps(json.loads(body), separators=(",", ":")).encode()
        return super().signature(body)


@breaks("receiver.accepts", "response.status")
class Alright(Pos):
    def accepted(self) -> Response:
        return answer(200, {"message": "ok"})


@breaks("receiver.accepts")
class NumbersOnly(Pos):
    def validate(self, body: dict[str, Any]) -> None:
        super().validate(body)
        if not isinstance(body["store_id"], int):
            raise Refused(self.refusal(422, "store_id"))


@breaks("receiver.accepts")
class RemovesOnly(Pos):
    def validate(self, body: dict[str, Any]) -> None:
        if body["movement_type"] != 2:
            raise Refused(self.refusal(422, "movement_type"))


@breaks("receiver.error.message")
class Speechless(Pos):
    def refusal(self, status: int, text: str) -> Response:
        return answer(status, {"error": text})


@breaks("receiver.error.message")
class Mute(Pos):
    def refusal(self, status: int, text: str) -> Response:
        return Response(status=status)


@breaks("no-server-error")
class Brittle(Pos):
    def validate(self, body: dict[str, Any]) -> None:
        """Say nothing."""

    def respond(self) -> Response:
        self.verify(request.get_data())
        body = json.loads(request.get_data())
        return self.accepted() if body["now"] else self.refusal(422, "now")


@breaks("malformed-json")
class Unparsed(Pos):
    def respond(self) -> Response:
        try:
            self.verify(request.get_data())
        except Refused as refused:
            return refused.answer
        return self.accepted()


@breaks("wrong-content-type")
class Unlabeled(Pos):
    labels = ("application/json", "text/plain")


@breaks("method")
class AnyMethod(Pos):
    def respond(self) -> Response:
        return super().respond() if request.method == "POST" else self.accepted()
