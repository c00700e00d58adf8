"""Calls every operation of a contract by the client that openapi-python-client made for it.

Run as: python generated_client.py CONTRACT, with the generated packages on PYTHONPATH.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import os
import ssl
import sys
import typing
from typing import Any
from urllib.parse import unquote

if typing.TYPE_CHECKING:
    import httpx

ENV = os.environ


def fixture(name: str) -> str:
    return ENV[f"RETAILSPEC_FIXTURE_{name}"]


def key(name: str) -> str:
    return ENV[f"{CONTRACT.upper().replace('-', '_')}_{name}"]


def call(operation: str, client: Any, body: Any = None, **parts: Any) -> None:
    """Call an operation with a body that its generated model read."""
    module = importlib.import_module(f"{PACKAGE}.api.default.{operation}")
    if body is not None:
        model = typing.get_type_hints(module.sync_detailed)["body"]
        parts["body"] = model.from_dict(body)
    module.sync_detailed(client=client, **parts)


def omni_orders() -> None:
    client = client_with(Authorization=f"token {key('TOKEN')}")
    order = ENV["RETAILSPEC_FRESH_ORDER"]
    call("confirm", client, {"number": order})
    call("paid", client, {"order": order})
    call("complete", client, {"order": order})
    call("cancel", client, {"order": order})


def omni_inventory() -> None:
    client = client_with(Authorization=f"token {key('TOKEN')}")
    variant = {"variant_code": fixture("VARIANT_CODE"), "price": 36364.5, "is_active": True}
    call("update", client, {"store_code": fixture("STORE_CODE"), "inventories": [variant]})


def comestri_inventory() -> None:
    client = client_with(Authorization=f"Token token={key('TOKEN')},email={key('EMAIL')}")
    inventory = {
        "inventory_source": fixture("INVENTORY_SOURCE"),
        "product_id": int(fixture("PRODUCT_ID")),
        "product_code": None,
        "qty": 5,
        "stock_availability": "in_stock",
        "stock_arrival_date": "2030-05-30T05:13:26Z",
        "style": "static",
    }
    call("create", client, {"inventory": inventory})


def sirclo_inventory() -> None:
    def sign(request: httpx.Request) -> None:
        uri = unquote(request.url.raw_path.decode()).encode()
        digest = hmac.digest(key("SECRET").encode(), uri + request.content, hashlib.sha256)
        request.headers["secret"] = base64.b64encode(digest).decode()

    client = client_with(sign, **{"partner-id": key("PARTNER_ID")})
    channel = {"code": fixture("CHANNEL"), "qty": 30}
    stocks = {
        "sku": fixture("SKU"),
        "sync_stock": False,
        "warehouse": fixture("WAREHOUSE"),
        "available_stock": 100,
        "buffer_stock": 0,
        "channel_stock": [channel],
    }
    call("update", client, stocks)
    call("history", client, updated_at="2021-02-05T15:04:05+07:00", limit=10, offset=0)


def mipos_inventory() -> None:
    client = client_with(Authorization=f"Bearer {key('TOKEN')}")
    owner = {
        "user_id_tps": fixture("USER_ID_TPS"),
        "inventory_system_id": fixture("INVENTORY_SYSTEM_ID"),
    }
    item = {
        "name": "Flour",
        "external_id": "item_1",
        "purchase_unit_external_id": "kg",
        "consumption_unit_external_id": "kg",
        "supplier_external_id": "mill",
        "cost": "1250",
        "stock": "11.22",
    }
    unit = {"name": "Kilogram", "short_name": "kg", "external_id": "kg"}
    supplier = {"name": "The mill", "external_id": "mill"}
    stock = {**owner, "items": [item], "units": [unit], "suppliers": [supplier]}
    call("sync", client, stock, store_id=fixture("STORE_ID"))
    movement = {
        **owner,
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": "2020-05-30 12:45:03",
        "movement_type": 1,
        "external_id": fixture("EXTERNAL_ID"),
    }
    call("stock", client, movement, store_id=fixture("STORE_ID"))
    call("webhook", client, {"type": "3", "url": fixture("POS_URL")})


def mipos_receiver() -> None:
    def sign(request: httpx.Request) -> None:
        digest = hmac.digest(key("CLIENT_SECRET").encode(), request.content, hashlib.sha256)
        request.headers["X-Signature-Request"] = digest.hex()

    movement = {
        "pos_id": fixture("POS_ID"),
        "inventory_system_id": fixture("INVENTORY_SYSTEM_ID"),
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": "2020-05-30 12:45:03",
        "movement_type": 2,
        "external_id": fixture("EXTERNAL_ID"),
        "now": "2020-06-01 02:55:18",
        "store_id": int(fixture("STORE_ID")),
    }
    call("deliver", client_with(sign), movement)


def client_with(*hooks: Any, **headers: str) -> Any:
    """Return the generated client, with headers and what signs each request."""
    made = importlib.import_module(PACKAGE).Client
    return made(
        base_url=ENV["RETAILSPEC_BASE_URL"],
        headers=headers,
        verify_ssl=ssl.create_default_context(cafile=ENV["RETAILSPEC_CA_FILE"]),
        httpx_args={"event_hooks": {"request": list(hooks)}},
        raise_on_unexpected_status=True,
    )


CONTRACT = sys.argv[1]
PACKAGE = CONTRACT.replace("-", "_")

globals()[PACKAGE]()
