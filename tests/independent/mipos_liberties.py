"""Conforming variants of the mipOS platform and POS: each takes a liberty of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response
from mipos_server import Platform, Pos, Refused, answer


class FirstSentence(Platform):
    """It tells only the first sentence that applies."""

    def told(self, sentences: list[str]) -> list[str]:
        return sentences[:1]


class ReferenceFirst(FirstSentence):
    """It looks at references first, strictly, and tells one sentence."""

    def told(self, sentences: list[str]) -> list[str]:
        return sorted(sentences, key=lambda sentence: "not found in" not in sentence)[:1]


class Repetitive(Platform):
    """It tells each sentence twice, and says more than it has to."""

    def told(self, sentences: list[str]) -> list[str]:
        return sentences * 2

    def conflict_body(self, sentences: list[str]) -> Any:
        return {"code": 409, "message": sentences, "data": None}

    def done(self, message: str) -> Response:
        return answer(200, {"message": message, "data": None, "trace": "a1b2"})


class Loose(Platform):
    """It compares ids without a look at their types, and takes what is not printed as a fault."""

    def dangling(
        self, items: list[dict[str, Any]], field: str, known: list[dict[str, Any]]
    ) -> list[Any]:
        ids = {str(entry.get("external_id")) for entry in known}
        return [item[field] for item in items if field in item and str(item[field]) not in ids]


class Foreign(Platform):
    """The inventory system behind it breaks down over whatever it does not expect on stock."""

    def passed_on(self) -> Response:
        return Response("Fatal error", 500, mimetype="text/plain")

    def read_movement(self) -> dict[str, Any]:
        try:
            return super().read_movement()
        except Refused:
            raise Refused(Response("<b>502</b>", 502, mimetype="text/html")) from None


class OtherSentences(Platform):
    """It answers 409 to a wrong type, says another thing to an update, and has its own 401."""

    def wrong_type(self, value: Any) -> None:
        if value != "3":
            self.conflict(["Invalid type."])

    def updated(self) -> Response:
        return self.done("Webhook successfully updated.")

    def unauthorized(self) -> Response:
        return Response("no", 401, mimetype="text/plain")


class OtherLayout(Platform):
    """Its deliveries are indented, in another order, with escapes, a text id and one field more."""

    def delivery(self) -> dict[str, Any]:
        delivery = super().delivery()
        delivery |= {"store_id": "11", "note": "Caf\u00e9 \u2603 a/b", "movement_type": 1}
        return dict(reversed(delivery.items()))

    def delivery_body(self, delivery: dict[str, Any]) -> bytes:
        return json.dumps(delivery, indent=2).replace("/", "\\/").encode() + b"\n"

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        headers = super().delivery_headers(body)
        return {**headers, "Content-Type": "application/json; charset=utf-8", "X-Attempt": "1"}


class Unescaped(Platform):
    """Its deliveries are plain UTF-8."""

    def delivery_body(self, delivery: dict[str, Any]) -> bytes:
        return json.dumps({**delivery, "note": "Caf\u00e9 \u2603"}, ensure_ascii=False).encode()


class Curious(Platform):
    """It looks at a URL when it is registered, and delivers twice."""

    def register(self, url: str) -> None:
        super().register(url)
        if "127.0.0.1" in url:
            self.post(url, b"ping", {})

    def deliver(self, url: str) -> None:
        super().deliver(url)
        self.moved += 1
        super().deliver(url)


class Helpful(Pos):
    """It says more than a message, in an object, under another status."""

    def refusal(self, status: int, text: str) -> Response:
        return answer(403, {"message": {"en": text}, "code": status})


class UpperCase(Pos):
    """It takes a signature in any case."""

    def is_genuine(self, given: str, body: bytes) -> bool:
        return super().is_genuine(given.lower(), body)


class Elsewhere(Pos):
    """It is at a path that ends in a slash, and nowhere else."""

    path = "/pos/hook/"


class AtTheRoot(Pos):
    """It is at the root."""

    path = "/"


class Careful(Pos):
    """It refuses deliveries that were not sent just now."""

    def validate(self, body: dict[str, Any]) -> None:
        super().validate(body)
        sent = datetime.strptime(body["now"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - sent) > timedelta(hours=1):
            raise Refused(self.refusal(409, "That is an old one."))


PLATFORMS = [
    Platform,
    FirstSentence,
    ReferenceFirst,
    Repetitive,
    Loose,
    Foreign,
    OtherSentences,
    OtherLayout,
    Unescaped,
    Curious,
]
POSES = [Pos, Helpful, UpperCase, Elsewhere, AtTheRoot, Careful]
