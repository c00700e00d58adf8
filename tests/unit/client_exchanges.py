"""Exchanges of somebody else's client for the tests of what judges them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from retailspec.clients.judging import ExchangeJudge, View
from retailspec.contract import load_contract
from retailspec.exchange import Exchange, Request, Response
from retailspec.signing import hex_hmac, sirclo_secret, unencoded_uri

HOST = "https://api.example"
SIRCLO = {"partner_id": "partner-7", "secret": "1IieSn9qXCYu3FeEG1eH05QxTMldKEiNIkLSN/5xtgc="}
RECEIVER = {"client_secret": "9468da7ccaed13055abcf183fb05c73e8cfc48c5"}
OMNI = {"token": "vE53k50FVtct50ll8iHBE6FgMRVCyJeF"}
COMESTRI = {"token": "c0mestri-t0ken", "email": "shop@example.com"}
MIPOS = {"token": "mip0s-access-t0ken"}
KEYS: dict[str, dict[str, str]] = {
    "omni-orders": OMNI,
    "omni-inventory": OMNI,
    "comestri-inventory": COMESTRI,
    "sirclo-inventory": SIRCLO,
    "mipos-inventory": MIPOS,
    "mipos-receiver": RECEIVER,
}

STOCKS = {
    "sku": "sku1",
    "sync_stock": False,
    "warehouse": "default",
    "available_stock": 100,
    "buffer_stock": 0,
    "channel_stock": [{"code": "bklp", "qty": 30}, {"code": "blib", "qty": 20}],
}
SYNC = {
    "items": [
        {
            "name": "Testing item 1",
            "external_id": "item_abc123",
            "purchase_unit_external_id": "pos_u1",
            "consumption_unit_external_id": "pos_u2",
            "supplier_external_id": "pos_sup_1",
            "cost": "1250",
            "stock": "11.22",
        }
    ],
    "user_id_tps": "30",
    "inventory_system_id": "3d40a24e-d570-4598-ae68-e20687edd1f9",
    "units": [
        {"name": "Unit 1", "short_name": "u1", "external_id": "pos_u1"},
        {"name": "Unit 2", "short_name": "u2", "external_id": "pos_u2"},
    ],
    "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}],
}
MOVE = {
    "user_id_tps": "30",
    "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",
    "current_stock": "12.44",
    "quantity": "1.25",
    "date": "2020-05-30 12:45:03",
    "movement_type": 2,
}
DELIVERY = {
    "pos_id": "1",
    "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",
    "current_stock": "12.44",
    "quantity": "1.25",
    "date": "2020-05-30 12:45:03",
    "movement_type": 2,
    "external_id": "avcc123",
    "now": "2020-06-01 02:55:18",
    "store_id": 1,
}
PRICES = {
    "store_code": "Store1",
    "inventories": [
        {"variant_code": "BURGER01", "price": 36364, "out_of_stock": False, "is_active": True}
    ],
}
INVENTORY = {"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": 5}}
ORDER = {
    "id": 1,
    "number": "FR9TL74P",
    "total": 36364.0,
    "tax": 3636.0,
    "serviceCharge": 0.0,
    "grandTotal": 40000.0,
    "tableNumber": "A1",
    "channel": 2,
    "notes": "No lettuce",
    "status": 10,
    "deliveryStatus": 10,
    "statusText": "Confirmed",
    "storeName": "Burger God",
    "userID": 1,
    "created": 1564045835,
    "paymentMethod": 1,
    "paymentStatus": 1,
    "user": {"id": 1, "name": "user", "phone": "+628111111111"},
    "delivery_info": None,
}

UPDATE = "/v1/partner/inventory/updatestocks"
HISTORY = "/v1/partner/inventory/history"
STORE = "/api/v1/inventory/pos/store/1/system"

_SOUND: dict[str, tuple[str, str, Any]] = {
    "confirm": ("omni-orders", "/api/store/orders/confirm", {"number": "FR9TL74P"}),
    "paid": ("omni-orders", "/api/store/orders/paid", {"order": "FR9TL74P"}),
    "complete": ("omni-orders", "/api/store/orders/complete", {"order": "FR9TL74P"}),
    "cancel": ("omni-orders", "/api/store/orders/cancel", {"order": "FR9TL74P"}),
    "prices": ("omni-inventory", "/api/backend/inventories/update", PRICES),
    "create": ("comestri-inventory", "/api/v2/inventories", INVENTORY),
    "stocks": ("sirclo-inventory", UPDATE, STOCKS),
    "history": ("sirclo-inventory", f"{HISTORY}?offset=0&limit=10", None),
    "sync": ("mipos-inventory", f"{STORE}/sync", SYNC),
    "move": ("mipos-inventory", f"{STORE}/stock/update", MOVE),
    "webhook": (
        "mipos-inventory",
        "/api/v1/inventory/pos/webhook/manage",
        {"type": "3", "url": "https://pos.example.com/moved"},
    ),
    "deliver": ("mipos-receiver", "/hooks/stock", DELIVERY),
}
NAMES = list(_SOUND)


def contract_of(name: str) -> str:
    """Return the contract that a sound call belongs to."""
    return _SOUND[name][0]


def body_of(name: str) -> Any:
    """Return a fresh copy of a sound call's body."""
    return json.loads(json.dumps(_SOUND[name][2]))


def headers_for(
    contract: str, url: str, body: bytes, *, slash: bool = True
) -> tuple[tuple[str, str], ...]:
    """Return the credentials of a call, signed over its bytes where the contract signs."""
    keys = KEYS[contract]
    _, path, query = urlsplit(url)[1:4]
    match contract:
        case "omni-orders" | "omni-inventory":
            return (("Authorization", f"token {keys['token']}"),)
        case "comestri-inventory":
            value = f"Token token={keys['token']},email={keys['email']}"
            return (("Authorization", value),)
        case "mipos-inventory":
            return (("Authorization", f"Bearer {keys['token']}"),)
        case "sirclo-inventory":
            uri = unencoded_uri(path, query)
            signature = sirclo_secret(keys["secret"], uri, body, leading_slash=slash)
            return (("partner-id", keys["partner_id"]), ("secret", signature))
    return (("X-Signature-Request", hex_hmac(keys["client_secret"], body)),)


_LABEL = object()


def call(
    name: str,
    body: Any = _LABEL,
    *,
    text: bytes | None = None,
    path: str | None = None,
    base: str = HOST,
    method: str | None = None,
    label: str | None = "application/json",
    auth: tuple[tuple[str, str], ...] | None = None,
    more: tuple[tuple[str, str], ...] = (),
    response: Response | None = None,
    **rest: Any,
) -> Exchange:
    """Return a sound call with some of it replaced."""
    contract, known, sound = _SOUND[name]
    value = sound if body is _LABEL else body
    if text is None:
        text = b"" if value is None else json.dumps(value).encode()
    url = base + (known if path is None else path)
    signed = headers_for(contract, url, text) if auth is None else auth
    labelled = (("Content-Type", label),) if label is not None and sound is not None else ()
    return Exchange(
        Request(
            method or ("GET" if sound is None else "POST"),
            url,
            (("Host", "api.example"), *labelled, *signed, *more),
            text,
        ),
        response,
        **rest,
    )


def answer(status: int, body: Any = None, *headers: tuple[str, str]) -> Response:
    """Return an answer, of JSON where it has a body."""
    if body is None:
        return Response(status, headers)
    return Response(
        status, (("Content-Type", "application/json"), *headers), json.dumps(body).encode()
    )


def ordered(**fields: Any) -> Response:
    """Return an answer with an order."""
    return answer(200, {**ORDER, **fields})


def refused(code: str) -> Response:
    """Return an order's refusal by its code."""
    return answer(400, {"error_message": code, "error_code": code, "errors": {"order": code}})


def judge(name: str, **view: Any) -> ExchangeJudge:
    """Return a judge that knows the right credentials, before a server on trial."""
    given = {"credentials": KEYS[name], **view}
    return ExchangeJudge(load_contract(name), View(**given))


def broken(name: str, exchange: Exchange, **view: Any) -> list[str]:
    """Return the ids of the client's rules that a call of the contract `name` breaks."""
    judged = judge(name, **view).judge(exchange)
    assert not judged.why_not, judged.why_not
    return [one.rule_id for one in judged.client if one.finding is not None]


def spoilt(name: str, /, **changes: Any) -> list[str]:
    """Return what a sound call with some of it replaced breaks."""
    return broken(contract_of(name), call(name, **changes))


def tagged(exchange: Exchange, *tags: str) -> Exchange:
    """Return an exchange with tags."""
    return replace(exchange, tags=frozenset(tags))
