"""Every JSON Schema is sound, accepts what its document allows, and refuses near misses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
NAMES = sorted(path.relative_to(SCHEMAS).as_posix() for path in SCHEMAS.glob("*/*.json"))
DIALECT = "https://json-schema.org/draft/2020-12/schema"
GONE = object()
"""As a mutation's value: the member is left out."""

ORDER: dict[str, Any] = json.loads(
    '{"id": 1, "number": "FR9TL74P", "total": 36364.0, "tax": 3636.0, "serviceCharge": 0.0,'
    ' "grandTotal": 40000.0, "tableNumber": "A1", "channel": 2, "notes": "No lettuce",'
    ' "status": 10, "deliveryStatus": 10, "statusText": "Confirmed", "storeName": "Burger God",'
    ' "userID": 1, "created": 1564045835, "paymentMethod": 1, "paymentStatus": 1,'
    ' "user": {"id": 1, "name": "user", "phone": "+628111111111"}, "delivery_info": null}'
)
ERROR = {"error_message": "m", "error_code": "c", "errors": {"order": "m"}}
VARIANTS: dict[str, Any] = {
    "store_code": "Store1",
    "inventories": [{"variant_code": "BURGER01", "price": 36364, "is_active": True}],
}
CREATE: dict[str, Any] = {"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": 5}}
INVENTORY: dict[str, Any] = json.loads(
    '{"id": 2, "qty": 5, "available_qty": 7, "stock_availability": null,'
    ' "out_of_stock_threshold": null, "dispatch_time": null, "dispatch_time_unit": "day",'
    ' "unit_cost": null, "style": "dynamic", "sku": null, "lead_time": 48,'
    ' "lead_time_unit": "hours", "stock_arrival_date": null, "back_order_handling": null,'
    ' "back_order_allocation": null, "source_system_stock_timestamp": null,'
    ' "support_shipping": true, "inventory_source": {"id": 1, "name": "MOTUL"}}'
)
UPDATE: dict[str, Any] = json.loads(
    '{"sku": "sku1", "sync_stock": false, "warehouse": "default", "available_stock": 100,'
    ' "buffer_stock": 0, "channel_stock": [{"code": "bklp", "qty": 30},'
    ' {"code": "blib", "qty": 20}]}'
)
ITEM: dict[str, Any] = json.loads(
    '{"id": 11701, "update_stock_history_id": 1234, "store_id": 123, "store_name": "Test Toko",'
    ' "warehouse_id": 0, "warehouse_name": "default", "variant_id": 334621, "sku": "asdfg",'
    ' "remote_variant": "{}", "row_number": 0, "channel": "shpe", "qty": 10,'
    ' "retrier_count": 1, "progress": false, "client_reponse": "{}",'
    ' "message": "Successfully Updated", "success": true,'
    ' "created_at": "2021-02-09T03:18:40.529807Z", "updated_at": "2021-02-09T03:18:52.879618Z",'
    ' "finished_at": "2021-02-09T03:18:52Z"}'
)
RECORD: dict[str, Any] = json.loads(
    '{"id": 233, "tenant_id": 123, "user_id": 0, "transaction_code": "2a4048b2",'
    ' "action_name": "partner_update_stocks", "upload_file_url": "", "total_sku": 1,'
    ' "created_at": "2021-02-09T03:18:40.424625Z", "updated_at": "2021-02-09T03:19:20.240855Z",'
    ' "finished_at": "2021-02-09T03:19:20Z"}'
) | {"update_stock_history_item": [ITEM]}
HISTORY: dict[str, Any] = json.loads(
    '{"total_record": 120, "offset": 0, "limit": 1, "message": "", "reference": "591d4ab5"}'
) | {"data": [RECORD]}
SYNC: dict[str, Any] = json.loads(
    '{"items": [{"name": "Testing item 1", "external_id": "item_abc123",'
    ' "purchase_unit_external_id": "pos_u1", "consumption_unit_external_id": "pos_u1",'
    ' "supplier_external_id": "pos_sup_1", "cost": "1250", "stock": "11.22"}],'
    ' "user_id_tps": "30", "inventory_system_id": "3d40a24e-d570-4598-ae68-e20687edd1f9",'
    ' "units": [{"name": "Unit 1", "short_name": "u1", "external_id": "pos_u1"}],'
    ' "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}]}'
)
STOCK: dict[str, Any] = json.loads(
    '{"user_id_tps": "30", "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",'
    ' "current_stock": "12.44", "quantity": "1.25", "date": "2020-05-30 12:45:03",'
    ' "movement_type": 2}'
)
DELIVERY: dict[str, Any] = json.loads(
    '{"pos_id": "1", "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",'
    ' "current_stock": "12.44", "quantity": "1.25", "date": "2020-05-30 12:45:03",'
    ' "movement_type": 2, "external_id": "avcc123", "now": "2020-06-01 02:55:18", "store_id": 1}'
)
MISSING_UNIT = "Item purchase unit external id (pos_u9) not found in units array"
UUID = "591d4ab5-841e-499a-bfa2-99a4fb879e44"

ACCEPTED: dict[str, Any] = {
    "comestri-inventory/create.json": CREATE,
    "comestri-inventory/inventory.json": INVENTORY,
    "mipos-inventory/conflict-stock.json": {
        "message": ["This type of webhook is not available."],
        "data": None,
    },
    "mipos-inventory/conflict-sync.json": {
        "message": ["The item must have a name.", MISSING_UNIT],
        "data": None,
    },
    "mipos-inventory/conflict-webhook.json": {"message": ["Invalid type."], "data": None},
    "mipos-inventory/conflict.json": {"message": ["Any sentence."], "data": None},
    "mipos-inventory/delivery.json": DELIVERY,
    "mipos-inventory/message.json": {"message": "Any sentence.", "data": None},
    "mipos-inventory/stock.json": STOCK,
    "mipos-inventory/sync.json": SYNC,
    "mipos-inventory/validation.json": {"url": ["The url field is required."]},
    "mipos-inventory/webhook.json": {"type": "3", "url": "https://pos.example.com/hook"},
    "mipos-receiver/delivery.json": DELIVERY,
    "mipos-receiver/refusal.json": {"message": "The store is closed."},
    "omni-inventory/detail.json": {"detail": "Invalid token"},
    "omni-inventory/error-printed.json": ERROR,
    "omni-inventory/error.json": ERROR,
    "omni-inventory/ok.json": "status: 'ok'",
    "omni-inventory/update.json": VARIANTS,
    "omni-orders/confirm.json": {"number": "FR9TL74P"},
    "omni-orders/delivery-info.json": ORDER,
    "omni-orders/detail.json": {"detail": "Invalid token"},
    "omni-orders/details.json": {"order": ORDER},
    "omni-orders/error-printed.json": ERROR,
    "omni-orders/error.json": ERROR,
    "omni-orders/order-reference.json": {"order": "FR9TL74P"},
    "omni-orders/order-status-pair.json": ORDER,
    "omni-orders/order-types.json": ORDER,
    "omni-orders/order.json": ORDER,
    "omni-orders/payment-status.json": ORDER,
    "omni-orders/refusal.json": ERROR,
    "sirclo-inventory/history-timestamps.json": HISTORY,
    "sirclo-inventory/history.json": HISTORY,
    "sirclo-inventory/timestamp.json": "2021-02-05T15:04:05Z",
    "sirclo-inventory/transaction-uuid.json": {"transaction_code": UUID},
    "sirclo-inventory/transaction.json": {"transaction_code": UUID},
    "sirclo-inventory/update.json": UPDATE,
}
"""One body that each schema accepts, from the documents where they print one."""

Change = tuple[str, str, Any]
"""A schema, a JSON pointer into its accepted body, and the value to put there."""


def _each(schema: str, where: str, keys: str, value: Any) -> list[Change]:
    """The same value under each of several keys."""
    return [(schema, f"{where}/{key}", value) for key in keys.split()]


def _all_gone(schema: str, where: str, body: dict[str, Any]) -> list[Change]:
    """Each member of an object left out, one at a time."""
    return [(schema, f"{where}/{key}", GONE) for key in body]


_C, _I = "comestri-inventory/create.json", "comestri-inventory/inventory.json"
_O, _T, _P = (f"omni-orders/{name}.json" for name in ("order", "order-types", "order-status-pair"))
_H, _HT = "sirclo-inventory/history.json", "sirclo-inventory/history-timestamps.json"
_U, _V = "sirclo-inventory/update.json", "omni-inventory/update.json"
_S, _M, _D = (f"mipos-inventory/{name}.json" for name in ("sync", "stock", "delivery"))
_ENUMS = "stock_availability dispatch_time_unit lead_time_unit back_order_handling style"
_OPTIONAL_INTEGERS = (
    "product_id available_qty out_of_stock_threshold dispatch_time lead_time back_order_allocation"
)
_OPTIONAL_STRINGS = "product_code sku stock_arrival_date source_system_stock_timestamp"
_TIMES = "created_at updated_at finished_at"
_TEXTS = "user_id_tps inventory_system_id current_stock quantity date"

NEAR_MISSES: list[Change] = [
    *_each(_C, "/inventory", "inventory_source qty", GONE),
    *_each(_C, "/inventory", f"qty {_OPTIONAL_INTEGERS}", "word"),
    *_each(_C, "/inventory", f"inventory_source {_OPTIONAL_STRINGS}", {}),
    *_each(_C, "/inventory", f"{_ENUMS} unit_cost", "word"),
    *[(_C, "/inventory", GONE), (_C, "/inventory", []), (_C, "/inventory/qty", 1.5)],
    *[(_C, "/inventory/qty", None), (_C, "/inventory/inventory_source", None)],
    (_C, "/inventory/product_code", "M1"),
    *_all_gone(_I, "", INVENTORY),
    *_each(_I, "", f"{_ENUMS} id qty inventory_source", "word"),
    *_each(_I, "/inventory_source", "id name", GONE),
    ("mipos-inventory/conflict-stock.json", "/message/0", "The item must have a name."),
    ("mipos-inventory/conflict-sync.json", "/message/1", MISSING_UNIT + "s"),
    ("mipos-inventory/conflict-sync.json", "/message", "The item must have a name."),
    ("mipos-inventory/conflict-webhook.json", "/message/0", "Wrong type."),
    *[("mipos-inventory/conflict.json", "/message", value) for value in (GONE, "word", [1])],
    *[("mipos-inventory/conflict.json", "/data", value) for value in (GONE, {})],
    *_all_gone(_D, "", DELIVERY),
    *_each(_D, "", "pos_id inventory_system_id current_stock quantity date external_id now", 1),
    *[(_D, "/movement_type", value) for value in (0, 3, "1")],
    *[(_D, "/store_id", value) for value in (None, 1.5)],
    *[("mipos-inventory/message.json", "/message", value) for value in (GONE, ["word"])],
    *[("mipos-inventory/message.json", "/data", value) for value in (GONE, [])],
    *_all_gone(_M, "", STOCK),
    *_each(_M, "", f"{_TEXTS} external_id", 1),
    *[(_M, "/movement_type", value) for value in (0, 3, "2", None)],
    *_all_gone(_S, "", SYNC),
    *_all_gone(_S, "/items/0", SYNC["items"][0]),
    *_all_gone(_S, "/units/0", SYNC["units"][0]),
    *_all_gone(_S, "/suppliers/0", SYNC["suppliers"][0]),
    *_each(_S, "/items/0", " ".join(SYNC["items"][0]), 1),
    *_each(_S, "", "user_id_tps inventory_system_id", 30),
    *_each(_S, "", "items units suppliers", {}),
    *[("mipos-inventory/validation.json", "/url", value) for value in ("word", [1], None)],
    *[("mipos-inventory/webhook.json", "/type", value) for value in (GONE, 3, "1")],
    ("mipos-inventory/webhook.json", "/url", GONE),
    *_all_gone("mipos-receiver/delivery.json", "", DELIVERY),
    ("mipos-receiver/refusal.json", "/message", GONE),
    *[("omni-orders/refusal.json", "/error_message", value) for value in (GONE, "", None)],
    *[("omni-inventory/detail.json", "/detail", value) for value in (GONE, ["word"])],
    *[("omni-inventory/error-printed.json", "/errors", value) for value in (GONE, [], {"a": []})],
    ("omni-inventory/error-printed.json", "/error_code", GONE),
    *_each("omni-inventory/error.json", "", "error_message error_code", GONE),
    *[("omni-inventory/ok.json", "", value) for value in ({"status": "ok"}, "ok", None)],
    *_each(_V, "", "store_code inventories", GONE),
    *_each(_V, "/inventories/0", "variant_code price", GONE),
    *_each(_V, "/inventories/0", "price out_of_stock is_active", "36364"),
    *[(_V, "/store_code", ""), (_V, "/inventories", {}), (_V, "/inventories/0/variant_code", "")],
    *[("omni-orders/confirm.json", "/number", value) for value in (GONE, "", 1, None, [])],
    ("omni-orders/delivery-info.json", "/delivery_info", {}),
    *[("omni-orders/detail.json", "/detail", value) for value in (GONE, None)],
    *_each("omni-orders/details.json", "/order", "number status statusText paymentStatus", GONE),
    *[("omni-orders/error-printed.json", "/errors", value) for value in (GONE, {"order": None})],
    *_each("omni-orders/error.json", "", "error_message error_code", 1),
    *[("omni-orders/order-reference.json", "/order", value) for value in (GONE, "", 1, None, [])],
    *[(_P, "/status", value) for value in (1, 20, 30, 40)],
    *[(_P, "/statusText", value) for value in ("New", "Complete", "Cancelled", "Canceled")],
    *_each(_T, "", "id userID created total tax serviceCharge grandTotal", "1"),
    *[(_T, "/user/id", "1"), (_T, "/user/name", 1), (_T, "/user/phone", None)],
    *_all_gone(_O, "", ORDER),
    *_all_gone(_O, "/user", ORDER["user"]),
    *_each(_O, "", "number tableNumber notes statusText storeName", 1),
    *_each(_O, "", "channel status deliveryStatus paymentMethod paymentStatus", "1"),
    *_each(_O, "", "number statusText storeName channel status user", None),
    *[("omni-orders/payment-status.json", "/paymentStatus", value) for value in (0, 3, "1")],
    *_each(_HT, "/data/0", _TIMES, "2021-02-09 03:18:40"),
    *_each(_HT, "/data/0/update_stock_history_item/0", _TIMES, None),
    *_all_gone(_H, "", HISTORY),
    *_all_gone(_H, "/data/0", RECORD),
    *_all_gone(_H, "/data/0/update_stock_history_item/0", ITEM),
    *_each(_H, "", "data total_record offset limit", "1"),
    *_each(_H, "", "message reference", 1),
    *_each(_H, "/data/0", " ".join(RECORD), True),
    *_each(_H, "/data/0/update_stock_history_item/0", " ".join(ITEM), {}),
    *[("sirclo-inventory/timestamp.json", "", value) for value in ("2021-02-05", 1612537445)],
    *[("sirclo-inventory/timestamp.json", "", f"2021-{rest}") for rest in ("13-01T00:00:00Z",)],
    ("sirclo-inventory/timestamp.json", "", "2021-02-05T15:04:05"),
    ("sirclo-inventory/transaction-uuid.json", "/transaction_code", UUID[:-1]),
    *[("sirclo-inventory/transaction.json", "/transaction_code", v) for v in (GONE, "", 1)],
    *_each(_U, "", "sku warehouse available_stock buffer_stock channel_stock", GONE),
    *_each(_U, "", "sku warehouse available_stock buffer_stock channel_stock", {}),
    *_each(_U, "", "available_stock buffer_stock", -1),
    *[(_U, "/sync_stock", value) for value in ("yes", 1, None)],
    *_each(_U, "/channel_stock/1", "code qty", GONE),
    *[(_U, "/channel_stock/1/qty", "word"), (_U, "/channel_stock/1/code", 1)],
]

LIBERTIES: list[Change] = [
    *_each(_C, "/inventory", f"{_OPTIONAL_INTEGERS} {_OPTIONAL_STRINGS} {_ENUMS} unit_cost", None),
    *[(_C, "/inventory/qty", 0), (_C, "/inventory/qty", 5.0), (_C, "/inventory/product_id", GONE)],
    *_each(_I, "", f"{_ENUMS} support_shipping lead_time", None),
    *[(_I, "/sku", 1), (_I, "/inventory_source/id", "a"), (_I, "/extra", {})],
    *[(_D, "/store_id", "1"), (_D, "/extra", None), (_D, "/movement_type", 1)],
    *[("mipos-inventory/validation.json", "", {}), (_M, "/external_id", "avcc123")],
    *_each(_S, "", "items units suppliers", []),
    *[("mipos-receiver/refusal.json", "/message", value) for value in (["a"], {"a": 1})],
    ("omni-inventory/error.json", "/errors", GONE),
    *[("omni-orders/error.json", "/errors", value) for value in (GONE, None, ["a"])],
    *[(_V, "/inventories", []), (_V, "/inventories/0/price", 0.5)],
    *[(_V, "/inventories/0/out_of_stock", GONE), (_V, "/inventories/0/is_active", GONE)],
    *_each(_O, "", "tableNumber notes", None),
    *_each(_O, "", "id total tax serviceCharge grandTotal userID created delivery_info", "text"),
    *[(_O, "/status", 10.0), (_O, "/extra", 1), (_O, "/paymentStatus", 7), (_O, "/user/id", "u")],
    *[(_T, "/id", 1.0), (_T, "/total", 36364), (_P, "/status", 10.0), (_P, "/status", GONE)],
    *_each(_H, "/data/0", _TIMES, "soon"),
    *[
        (_H, "/data", []),
        (_H, "/data/0/update_stock_history_item", []),
        (_H, "/data/0/deleted_at", None),
    ],
    (_HT, "/data/0/deleted_at", None),
    *[
        ("sirclo-inventory/timestamp.json", "", f"2021-02-05T15:04:05{zone}")
        for zone in ("+07:00", ".5z")
    ],
    ("sirclo-inventory/transaction.json", "/transaction_code", "not a UUID"),
    *[(_U, "/sync_stock", value) for value in (GONE, True, "true", "false")],
    (_U, "/channel_stock", []),
]


def _retrieve(uri: str) -> Resource[Any]:
    path = Path(unquote(urlsplit(uri).path))
    return Resource.from_contents(json.loads(path.read_text("utf-8")), DRAFT202012)


REGISTRY: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]  # attrs alias


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": (SCHEMAS / name).as_uri()}, registry=REGISTRY)


def _changed(change: Change) -> Any:
    name, pointer, value = change
    if not pointer:
        return value
    body = holder = copy.deepcopy(ACCEPTED[name])
    *parents, last = (int(key) if key.isdigit() else key for key in pointer.split("/")[1:])
    for key in parents:
        holder = holder[key]
    if value is GONE:
        holder.pop(last, None)
    else:
        holder[last] = value
    return body


def _refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for child in node for ref in _refs(child)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [ref for child in node.values() for ref in _refs(child)]


def _label(change: Change) -> str:
    name, pointer, value = change
    return f"{name}:{pointer}={'gone' if value is GONE else json.dumps(value)}"


def test_every_schema_has_a_sample_and_a_near_miss() -> None:
    """No schema is left out of the tables below, and none is named that is not there."""
    assert sorted(ACCEPTED) == NAMES
    assert {name for name, _, _ in NEAR_MISSES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_valid_2020_12(name: str) -> None:
    """Each file declares the dialect, keeps to it, says what it is, and claims no host."""
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert "$id" not in schema
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", NAMES)
def test_references_are_local_files(name: str) -> None:
    """Each $ref leads to a file in schemas/, or to a place in the same file."""
    base = (SCHEMAS / name).as_uri()
    resolver = REGISTRY.resolver(base)
    for ref in _refs(json.loads((SCHEMAS / name).read_text("utf-8"))):
        assert urljoin(base, ref).startswith(SCHEMAS.as_uri() + "/")
        assert isinstance(resolver.lookup(ref).contents, dict)


@pytest.mark.parametrize("name", NAMES)
def test_schema_accepts_its_sample(name: str) -> None:
    """Each schema accepts a body as its document has it."""
    _validator(name).validate(ACCEPTED[name])


@pytest.mark.parametrize("change", NEAR_MISSES, ids=_label)
def test_schema_refuses_a_near_miss(change: Change) -> None:
    """One small change that the document rules out is refused."""
    assert not _validator(change[0]).is_valid(_changed(change))


@pytest.mark.parametrize("change", LIBERTIES, ids=_label)
def test_schema_tolerates_a_liberty(change: Change) -> None:
    """One small change that the document leaves open is accepted."""
    _validator(change[0]).validate(_changed(change))
