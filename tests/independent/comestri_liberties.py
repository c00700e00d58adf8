"""Variants of the independent Comestri server that still conform, each with what it costs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from comestri_server import (
    EMAIL,
    ENUMERATIONS,
    INTEGERS,
    OPTIONAL,
    READER_TOKEN,
    STRINGS,
    TIMESTAMPS,
    TOKEN,
    ComestriServer,
)
from flask import Response, request

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

REFUSALS = [
    *(f"{field}.missing" for field in ("inventory", "inventory_source", "qty")),
    *(f"{field}.type" for field in ("inventory", "inventory_source", "qty", "unit_cost")),
    *(f"{field}.type" for field in (*INTEGERS, *STRINGS)),
    *(f"{field}.value" for field in ENUMERATIONS),
]
STATUSES = {f"refuse.{refusal}.status" for refusal in REFUSALS}
DEFAULTS = {"style": "dynamic", "dispatch_time_unit": "day", "lead_time_unit": "hours"}


class Ok(ComestriServer):
    """Answers 200, with fields of its own and a charset in the label."""

    success = 200

    def reply(self, status: int, body: Any) -> Response:
        more = {"_links": [], "updated_at": 5} if status == 200 else {}
        text = json.dumps({**body, **more})
        return Response(text, status, {"Content-Type": "Application/JSON; charset=UTF-8"})


class Accepted(ComestriServer):
    """Answers 202."""

    success = 202


class BadRequest(ComestriServer):
    """Answers 400 to whatever is wrong with a value."""

    def refuse(self, status: int, text: str) -> NoReturn:
        super().refuse(400 if status == 422 else status, text)


class Unprocessable(ComestriServer):
    """Answers 422 to names that nothing has."""

    def unknown(self, what: str) -> NoReturn:
        self.refuse(422, f"{what}?")


class Gone(ComestriServer):
    """Answers 410 to names that nothing has."""

    def unknown(self, what: str) -> NoReturn:
        self.refuse(410, f"{what}?")


class Defaulting(ComestriServer):
    """Fills in what was null or left out, counts numbers as floats, names a source by text."""

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        shown = super().shown(inventory)
        for field, value in DEFAULTS.items():
            shown[field] = shown[field] or value
        if shown["available_qty"] is None:
            shown["available_qty"] = shown["qty"]
        shown["qty"] = float(shown["qty"])
        shown["inventory_source"]["id"] = "src-7"
        return shown


class NumericStrings(ComestriServer):
    """Takes numbers in quotes."""

    def inventory(self, body: Any) -> dict[str, Any]:
        inventory = super().inventory(body)
        for field in ("qty", *INTEGERS, "unit_cost"):
            value = inventory.get(field)
            if isinstance(value, str) and value.isdigit():
                inventory[field] = int(value)
        return inventory


class OtherZone(ComestriServer):
    """Answers timestamps in another zone, with milliseconds."""

    def shown(self, inventory: dict[str, Any]) -> dict[str, Any]:
        shown = super().shown(inventory)
        zone = timezone(timedelta(hours=10))
        for field in TIMESTAMPS:
            if shown[field] is not None:
                moment = datetime.fromisoformat(shown[field]).astimezone(zone)
                shown[field] = moment.isoformat(timespec="milliseconds")
        return shown


class OtherErrors(ComestriServer):
    """Answers refusals as problem documents, as text or with no body at all."""

    def refusal(self, status: int, text: str) -> Response:
        if status == 422:
            problem = json.dumps([text])
            return Response(problem, status, mimetype="application/problem+json")
        return Response("" if status == 403 else f"<p>{text}", status, mimetype="text/html")


class Challenges(ComestriServer):
    """Answers a 401 with two challenges in two headers, and no body."""

    def unauthorized(self) -> Response:
        answer = Response("", 401)
        answer.headers.add("www-authenticate", 'Basic realm="a, b"')
        answer.headers.add("www-authenticate", "Negotiate")
        return answer


class Closed(ComestriServer):
    """Refuses fields that it does not know, and a product that is not named."""

    def check(self, inventory: dict[str, Any]) -> None:
        for field, value in inventory.items():
            if field not in (*OPTIONAL, "inventory_source", "qty"):
                self.invalid(field, value)
        super().check(inventory)


class Lenient(ComestriServer):
    """Reads any label and any date, takes a product named twice, answers other methods."""

    def body(self) -> Any:
        return self.parsed(request.get_data())

    def is_instant(self, value: str) -> bool:
        return bool(value)

    def both(self) -> None:
        """Take it."""

    def other_method(self) -> Response:
        return self.reply(200, {"inventories": []})


class Busy(ComestriServer):
    """Answers every thirtieth call 429 first."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def respond(self, path: str) -> Response:
        self.calls += 1
        if self.calls % 30 == 0:
            return Response("", 429, {"Retry-After": "0"})
        return super().respond(path)


LENIENT = {"dates.format", "product.both", "wrong-content-type", "method"}

LIBERTIES: list[tuple[type[ComestriServer], set[str]]] = [
    (ComestriServer, set()),
    (Ok, set()),
    (Accepted, {"create.minimal.status"}),
    (BadRequest, {*STATUSES, "product.both"}),
    (Unprocessable, set()),
    (Gone, {"source.unknown.status", "product.unknown.status"}),
    (Defaulting, set()),
    (NumericStrings, set()),
    (OtherZone, set()),
    (OtherErrors, set()),
    (Challenges, set()),
    (Closed, set()),
    (Lenient, LENIENT),
    (Busy, set()),
]
"""Each conforming variant, with the advisories that it costs."""


class Bearer(ComestriServer):
    """Wants a bearer token, at another path and with another method; it knows no addresses."""

    path = "/shop/v9/stock"
    method = "PUT"

    def caller(self) -> str | None:
        known = {f"Bearer {TOKEN}": "writer", f"Bearer {READER_TOKEN}": "reader"}
        return known.get(request.headers.get("Authorization", ""))

    def unauthorized(self) -> Response:
        answer = super().unauthorized()
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


class KeyHeader(ComestriServer):
    """Wants a key, the token as a rule, in a header of its own."""

    def __init__(self, key: str = TOKEN) -> None:
        super().__init__()
        self.key = key

    def caller(self) -> str | None:
        return "writer" if request.headers.get("X-Api-Key") == self.key else None


class TwoHeaders(ComestriServer):
    """Wants token and address in two headers."""

    def caller(self) -> str | None:
        given = (request.headers.get("X-Token"), request.headers.get("X-Email"))
        return "writer" if given == (TOKEN, EMAIL) else None


class Quoted(ComestriServer):
    """Reads the documented form with its values in quotes."""

    def caller(self) -> str | None:
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        given = parse_qs(rest.replace('"', "").replace(", ", "&"))
        fits = scheme == "Token" and given == {"token": [TOKEN], "email": [EMAIL]}
        return "writer" if fits else None


AUTHORIZATIONS: list[tuple[Callable[[], ComestriServer], str, list[str]]] = [
    (
        Bearer,
        """authorization.Authorization = "Bearer ${token}"
        paths.create = "/shop/v9/stock"
        methods.create = "PUT"
        """,
        ["token", "forbidden_token"],
    ),
    (KeyHeader, 'authorization.X-Api-Key = "${token}"', ["token"]),
    (
        TwoHeaders,
        'authorization.X-Token = "${token}"\nauthorization.X-Email = "${email}"',
        ["token", "email"],
    ),
    (
        Quoted,
        'authorization.Authorization = \'Token token="${token}", email="${email}"\'',
        ["token", "email"],
    ),
]
"""A server with another authorization, the settings for it, and the credentials to give."""
