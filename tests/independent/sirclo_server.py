"""A small server for the SIRCLO document, written from it with Flask and nothing of ours.

Each decision is one method, so that a variant of the server is a subclass with one of them changed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import secrets
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from flask import Flask, Response, request
from listening import listening
from sirclo_printing import Printing, Record
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterator

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Wrong(Exception):
    """Ends a call with a refusal."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class SircloServer(Printing):
    """One partner's inventory API."""

    options: dict[str, str] = {}  # noqa: RUF012 - a variant names another one
    seeded = 8
    delay = 0.0

    def __init__(self) -> None:
        self.partner = f"Pq{secrets.token_hex(6)}"
        self.key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.lock = threading.RLock()
        self.numbers = itertools.count(233)
        self.reads = 0
        self.records: list[Record] = []
        now = datetime.now(UTC)
        for age in range(self.seeded, 0, -1):
            body = {
                "sku": "sku1",
                "warehouse": "default",
                "channel_stock": [{"code": "bklp", "qty": age}, {"code": "blib", "qty": 2}],
            }
            made = now - timedelta(hours=age)
            self.records.append(self.record(str(uuid.uuid4()), body, made, timedelta(seconds=40)))

    # Serving

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port of this machine and yield the address."""
        with listening(self.app()) as port:
            yield f"http://127.0.0.1:{port}"

    def app(self) -> Flask:
        app = Flask(__name__)
        base = "/v1/partner/inventory"
        app.before_request(self.admit)
        app.add_url_rule(f"{base}/updatestocks", "update", self.update, methods=["POST"])
        app.add_url_rule(f"{base}/history", "history", self.history, methods=["GET"])
        app.register_error_handler(Wrong, lambda wrong: self.problem(wrong.status, wrong.text))
        app.register_error_handler(
            HTTPException, lambda error: self.problem(error.code or 500, error.name)
        )
        app.register_error_handler(Exception, lambda _: self.problem(500, "It broke"))
        return app

    def json(self, status: int, value: Any) -> Response:
        return Response(json.dumps(value), status, mimetype="application/json")

    def problem(self, status: int, text: str) -> Response:
        return self.json(status, {"message": text})

    def wrong(self, text: str) -> NoReturn:
        raise Wrong(400, text)

    # Who calls

    def admit(self) -> Response | None:
        raw = str(request.environ.get("RAW_URI") or request.environ["REQUEST_URI"])
        if request.method == "OPTIONS":
            return None
        given = request.headers.get("secret", "")
        if not self.is_partner(request.headers.get("partner-id", "")):
            return self.unauthorized("unknown partner")
        if not self.is_signed(given, unquote(raw), request.get_data()):
            return self.unauthorized("wrong secret")
        return None

    def unauthorized(self, text: str) -> Response:
        return self.problem(401, text)

    def is_partner(self, given: str) -> bool:
        return given == self.partner

    def is_signed(self, given: str, uri: str, body: bytes) -> bool:
        return given == self.sign(uri, body)

    def sign(self, uri: str, body: bytes) -> str:
        return base64.b64encode(self.digest(uri.encode() + body)).decode()

    def digest(self, message: bytes) -> bytes:
        return hmac.new(self.key.encode(), message, hashlib.sha256).digest()

    # Update Stocks

    def update(self) -> Response:
        if request.mimetype != "application/json":
            raise Wrong(415, "JSON is wanted")
        body = self.parse(request.get_data())
        self.check(body)
        code = self.code()
        with self.lock:
            self.records.append(self.record(code, body, datetime.now(UTC), timedelta()))
        return self.accepted(code)

    def parse(self, raw: bytes) -> dict[str, Any]:
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            self.wrong("no JSON")
        if not isinstance(body, dict):
            self.wrong("no object")
        return body

    def check(self, body: dict[str, Any]) -> None:
        self.text(body, "sku")
        self.text(body, "warehouse")
        available = self.stock(body, "available_stock")
        buffer = self.stock(body, "buffer_stock")
        self.compare(buffer, available)
        self.sync(body)
        channels = body.get("channel_stock")
        if not isinstance(channels, list):
            self.wrong("channel_stock")
        for index, channel in enumerate(channels):
            self.channel(index, channel)

    def text(self, body: dict[str, Any], name: str) -> None:
        if not isinstance(body.get(name), str):
            self.wrong(name)

    def stock(self, body: dict[str, Any], name: str) -> int:
        value = self.integer(body.get(name), name)
        self.not_negative(name, value)
        return value

    def integer(self, value: Any, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(name)
        return value

    def not_negative(self, name: str, value: int) -> None:
        if value < 0:
            self.wrong(name)

    def compare(self, buffer: int, available: int) -> None:
        if buffer > available:
            self.wrong("buffer_stock is above available_stock")

    def sync(self, body: dict[str, Any]) -> None:
        if "sync_stock" in body and not self.is_sync(body["sync_stock"]):
            self.wrong("sync_stock")

    def is_sync(self, value: Any) -> bool:
        return isinstance(value, bool) or value in ("true", "false")

    def channel(self, index: int, channel: Any) -> None:
        if not isinstance(channel, dict):
            self.wrong(f"channel {index}")
        self.text(channel, "code")
        self.integer(channel.get("qty"), "qty")

    def code(self) -> Any:
        return str(uuid.uuid4())

    def accepted(self, code: Any) -> Response:
        return self.json(200, {"transaction_code": code})

    # Get Update History

    def record(self, code: Any, body: dict[str, Any], made: datetime, took: timedelta) -> Record:
        number = next(self.numbers)
        return {
            "number": number,
            "code": code,
            "made": made,
            "done": made + took,
            "shows": time.monotonic() + (self.delay if took == timedelta() else 0),
            "sku": body["sku"],
            "warehouse": body["warehouse"],
            "channels": self.kept(body["channel_stock"]),
        }

    def kept(self, channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return channels

    def history(self) -> Response:
        limit = self.count("limit", 100)
        offset = self.count("offset", 0)
        since = self.since(request.args.get("updated_at"))
        with self.lock:
            self.reads += 1
            shown = [one for one in self.records if one["shows"] <= time.monotonic()]
        everything = self.ordered(shown)
        matching = [one for one in everything if since is None or self.matches(one, since)]
        page = self.cut(matching, offset, limit)
        return self.page(page, self.total(everything, matching, page), offset, limit)

    def count(self, name: str, default: int) -> int:
        text = request.args.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,30}", text):
            self.wrong(name)
        return int(text)

    def since(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        if not RFC3339.fullmatch(text):
            self.wrong("updated_at")
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            self.wrong("updated_at")

    def matches(self, record: Record, since: datetime) -> bool:
        return bool(record["done"] >= since)

    def ordered(self, records: list[Record]) -> list[Record]:
        return sorted(records, key=lambda one: (one["done"], one["number"]), reverse=True)

    def cut(self, records: list[Record], offset: int, limit: int) -> list[Record]:
        return records[offset : offset + limit]

    def total(self, everything: list[Record], matching: list[Record], page: list[Record]) -> Any:
        return len(matching)

    def page(self, page: list[Record], total: Any, offset: int, limit: int) -> Response:
        return self.json(
            200,
            {
                "data": [self.show(record) for record in page],
                "total_record": total,
                "offset": offset,
                "limit": limit,
                "message": "",
                "reference": str(uuid.uuid4()),
            },
        )
