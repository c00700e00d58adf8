"""A contract that the package does not know is files in a folder, and nothing else."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

OPENAPI = """
openapi: 3.1.0
info: {title: Corner shop, version: "1"}
paths:
  /shelf:
    post:
      operationId: put
      requestBody:
        content:
          application/json:
            schema: {$ref: ../schemas/corner-shop/item.json}
      responses:
        "201":
          description: It is on the shelf.
          content:
            application/json:
              schema: {$ref: ../schemas/corner-shop/item.json}
        "401": {description: Who are you.}
        "422": {description: No such thing.}
    get:
      operationId: look
      responses:
        "200":
          description: What is on the shelf.
          content:
            application/json:
              schema: {type: array, items: {$ref: ../schemas/corner-shop/item.json}}
        "401": {description: Who are you.}
"""
SCHEMA = """
{"type": "object", "required": ["name", "count"],
 "properties": {"name": {"type": "string"}, "count": {"type": "integer"}}}
"""
RULES = """
contract: corner-shop
title: Corner shop
document: A card in the window
openapi: corner-shop.yaml
credentials:
  key: {says: the shop's key, required: true}
authorization:
  X-Key: ${key}
fixtures:
  name: {says: something that the shop sells, required: true, example: soap}
calls:
  put: {operation: put, body: {name: "${name}", count: 3}}
  look: {operation: look}
rules:
  count.negative:
    level: must
    where: the card, second line
    says: A count below zero is refused.
    cases: [{call: put, change: {/count: -1}}]
    expect: {status: 422}
  put.echo:
    level: must
    where: the card, third line
    says: The answer holds what was put.
    every: [{call: put, accepted: true}]
    expect: {body: {name: {$sent: /name}, count: {$sent: /count}}}
  look.ok:
    level: must
    where: the card, first line
    says: Looking is free.
    cases: [{call: look}, {call: put}]
    expect: {status: accepted}
  auth.missing: {where: "the card, last line"}
  response.status: {where: the card}
  response.schema: {where: the card}
"""


class Shop(BaseHTTPRequestHandler):
    """A shop that keeps its card, or takes a negative count if it is careless."""

    careless = False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        known = self.headers.get("X-Key") == "open sesame"
        self._answer(200 if known else 401, [{"name": "soap", "count": 3}] if known else {})

    def do_POST(self) -> None:
        item = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-Key") != "open sesame":
            self._answer(401, {})
        elif item["count"] < 0 and not self.careless:
            self._answer(422, {})
        else:
            self._answer(201, item)


@pytest.fixture(params=[False, True], ids=["careful", "careless"])
def shop(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    handler = type("Handler", (Shop,), {"careless": request.param})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", request.param
        server.shutdown()
        thread.join()


def test_a_vendor_is_files(shop: tuple[str, bool], tmp_path: Path) -> None:
    """Rules, schema and OpenAPI document in a folder are enough to check a server."""
    url, careless = shop
    files = {
        "openapi/corner-shop.yaml": OPENAPI,
        "schemas/corner-shop/item.json": SCHEMA,
        "rules/corner-shop.yaml": RULES,
        "target.toml": (
            f'[corner-shop]\nbase_url = "{url}"\ncredentials.key = "env:SHOP_KEY"\n'
            'fixtures.name = "soap"\n'
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "retailspec", "check", "--target", "target.toml"],
        cwd=tmp_path,
        env={**os.environ, "RETAILSPEC_CONTRACTS": str(tmp_path), "SHOP_KEY": "open sesame"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == int(careless), done.stdout + done.stderr
    if careless:
        assert "BROKEN corner-shop/count.negative (must)" in done.stdout
        assert "X-Key: $SHOP_KEY" in done.stdout
        assert "open sesame" not in done.stdout
    else:
        assert "rules: 6 held" in done.stdout
