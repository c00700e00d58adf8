"""A small client of each contract, to try `retailspec watch` and the servers with.

    retailspec watch omni-orders -- python examples/client.py omni-orders

Where the server is, the credentials, and what the server knows are read from the environment, in
the variables that `watch` sets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx

Calls = Iterator[httpx.Response]


def omni_orders(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Take an order all the way, then cancel it."""
    headers = {"Authorization": f"token {env['OMNI_ORDERS_TOKEN']}"}
    order = env["RETAILSPEC_FRESH_ORDER"]
    url = "/api/store/orders"
    yield http.post(f"{url}/confirm", headers=headers, json={"number": order})
    yield http.post(f"{url}/paid", headers=headers, json={"order": order})
    yield http.post(f"{url}/complete", headers=headers, json={"order": order})
    yield http.post(f"{url}/cancel", headers=headers, json={"order": order})


def omni_inventory(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Set the price of a variant."""
    headers = {"Authorization": f"token {env['OMNI_INVENTORY_TOKEN']}"}
    variant = {
        "variant_code": env["RETAILSPEC_FIXTURE_VARIANT_CODE"],
        "price": 36364,
        "is_active": True,
    }
    body = {"store_code": env["RETAILSPEC_FIXTURE_STORE_CODE"], "inventories": [variant]}
    yield http.post("/api/backend/inventories/update", headers=headers, json=body)


def comestri_inventory(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Tell how much of a product a source has."""
    token, email = env["COMESTRI_INVENTORY_TOKEN"], env["COMESTRI_INVENTORY_EMAIL"]
    headers = {"Authorization": f"Token token={token},email={email}"}
    inventory = {
        "inventory_source": env["RETAILSPEC_FIXTURE_INVENTORY_SOURCE"],
        "product_id": int(env["RETAILSPEC_FIXTURE_PRODUCT_ID"]),
        "qty": 5,
        "lead_time": 48,
        "lead_time_unit": "hours",
        "stock_arrival_date": "2030-05-30T05:13:26Z",
    }
    yield http.post("/api/v2/inventories", headers=headers, json={"inventory": inventory})


def sirclo_inventory(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Set the stock of a product, then look at the history of the last hours."""

    def sign(uri: str, body: bytes = b"") -> dict[str, str]:
        """Sign path, query with its values as they are, and the bytes of the body."""
        key = env["SIRCLO_INVENTORY_SECRET"].encode()
        digest = hmac.digest(key, uri.encode() + body, hashlib.sha256)
        secret = base64.b64encode(digest).decode()
        return {"partner-id": env["SIRCLO_INVENTORY_PARTNER_ID"], "secret": secret}

    stocks = {
        "sku": env["RETAILSPEC_FIXTURE_SKU"],
        "warehouse": env["RETAILSPEC_FIXTURE_WAREHOUSE"],
        "available_stock": 100,
        "buffer_stock": 10,
        "channel_stock": [{"code": env["RETAILSPEC_FIXTURE_CHANNEL"], "qty": 30}],
    }
    body = json.dumps(stocks).encode()
    url = "/v1/partner/inventory/updatestocks"
    headers = {"Content-Type": "application/json", **sign(url, body)}
    yield http.post(url, headers=headers, content=body)

    since = "2021-02-05T15:04:05Z"
    url = "/v1/partner/inventory/history"
    query = f"updated_at={quote(since)}&offset=0&limit=10"
    headers = sign(f"{url}?updated_at={since}&offset=0&limit=10")
    yield http.get(f"{url}?{query}", headers=headers)


def mipos_inventory(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Send what is in stock, then a movement, and say where to hear of others."""
    headers = {"Authorization": f"Bearer {env['MIPOS_INVENTORY_TOKEN']}"}
    owner = {
        "user_id_tps": env["RETAILSPEC_FIXTURE_USER_ID_TPS"],
        "inventory_system_id": env["RETAILSPEC_FIXTURE_INVENTORY_SYSTEM_ID"],
    }
    item = {
        "name": "Flour",
        "external_id": "item_1",
        "purchase_unit_external_id": "kilogram",
        "consumption_unit_external_id": "gram",
        "supplier_external_id": "mill",
        "cost": "1250",
        "stock": "11.22",
    }
    units = [
        {"name": "Kilogram", "short_name": "kg", "external_id": "kilogram"},
        {"name": "Gram", "short_name": "g", "external_id": "gram"},
    ]
    suppliers = [{"name": "The mill", "external_id": "mill"}]
    stock = {**owner, "items": [item], "units": units, "suppliers": suppliers}
    store = f"/api/v1/inventory/pos/store/{env['RETAILSPEC_FIXTURE_STORE_ID']}/system"
    yield http.post(f"{store}/sync", headers=headers, json=stock)
    movement = {
        **owner,
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "movement_type": 2,
        "external_id": env["RETAILSPEC_FIXTURE_EXTERNAL_ID"],
    }
    yield http.post(f"{store}/stock/update", headers=headers, json=movement)
    webhook = {"type": "3", "url": env["RETAILSPEC_FIXTURE_POS_URL"]}
    yield http.post("/api/v1/inventory/pos/webhook/manage", headers=headers, json=webhook)


def mipos_receiver(http: httpx.Client, env: Mapping[str, str]) -> Calls:
    """Deliver a stock movement to a POS, as the platform does."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    movement = {
        "pos_id": env["RETAILSPEC_FIXTURE_POS_ID"],
        "inventory_system_id": env["RETAILSPEC_FIXTURE_INVENTORY_SYSTEM_ID"],
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": now,
        "movement_type": 2,
        "external_id": env["RETAILSPEC_FIXTURE_EXTERNAL_ID"],
        "now": now,
        "store_id": env["RETAILSPEC_FIXTURE_STORE_ID"],
    }
    body = json.dumps(movement).encode()
    key = env["MIPOS_RECEIVER_CLIENT_SECRET"].encode()
    signature = hmac.digest(key, body, hashlib.sha256).hex()
    headers = {"Content-Type": "application/json", "X-Signature-Request": signature}
    yield http.post("/", headers=headers, content=body)


CLIENTS = {
    "omni-orders": omni_orders,
    "omni-inventory": omni_inventory,
    "comestri-inventory": comestri_inventory,
    "sirclo-inventory": sirclo_inventory,
    "mipos-inventory": mipos_inventory,
    "mipos-receiver": mipos_receiver,
}


def main(name: str, env: Mapping[str, str]) -> int:
    """Make the calls of a contract, print each answer, and return how many were no success."""
    context = ssl.create_default_context(cafile=env.get("RETAILSPEC_CA_FILE"))
    failed = 0
    with httpx.Client(base_url=env["RETAILSPEC_BASE_URL"], verify=context) as http:
        for answer in CLIENTS[name](http, env):
            where = urlsplit(str(answer.request.url)).path
            print(answer.request.method, where, answer.status_code, answer.text)  # noqa: T201
            failed += not answer.is_success
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
