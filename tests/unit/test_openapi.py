"""Every OpenAPI document is valid, complete, and true to what its vendor prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FILES = {path.stem: path for path in sorted((ROOT / "openapi").glob("*.yaml"))}
DOCUMENTS: dict[str, Any] = {
    name: yaml.safe_load(path.read_text("utf-8")) for name, path in FILES.items()
}
OMNI = ("200", "400", "401", "403", "405", "500", "502", "503", "504")
POS = "/api/v1/inventory/pos"

OPERATIONS: dict[tuple[str, str], tuple[str, str, tuple[str, ...]]] = {
    ("omni-orders", "confirm"): ("post", "/api/store/orders/confirm", OMNI),
    ("omni-orders", "paid"): ("post", "/api/store/orders/paid", OMNI),
    ("omni-orders", "complete"): ("post", "/api/store/orders/complete", OMNI),
    ("omni-orders", "cancel"): ("post", "/api/store/orders/cancel", OMNI),
    ("omni-orders", "details"): ("get", "/api/store/orders/details", ("200", "4XX")),
    ("omni-inventory", "update"): ("post", "/api/backend/inventories/update", OMNI),
    ("comestri-inventory", "create"): (
        "post",
        "/api/v2/inventories",
        ("2XX", "401", "403", "404", "422", "500"),
    ),
    ("sirclo-inventory", "update"): (
        "post",
        "/v1/partner/inventory/updatestocks",
        ("2XX", "4XX"),
    ),
    ("sirclo-inventory", "history"): ("get", "/v1/partner/inventory/history", ("2XX", "4XX")),
    ("mipos-inventory", "sync"): (
        "post",
        f"{POS}/store/{{store_id}}/system/sync",
        ("200", "401", "409", "422"),
    ),
    ("mipos-inventory", "stock"): (
        "post",
        f"{POS}/store/{{store_id}}/system/stock/update",
        ("204", "401", "409", "422", "default"),
    ),
    ("mipos-inventory", "webhook"): (
        "post",
        f"{POS}/webhook/manage",
        ("200", "401", "409", "422"),
    ),
    ("mipos-inventory", "stock-moved"): ("post", "stock-moved", ("204", "4XX", "5XX")),
    ("mipos-receiver", "deliver"): ("post", "/", ("204", "4XX", "5XX")),
}
"""Each operation: its method, its path (a webhook: its name), and the statuses listed for it."""

SECURITY = {
    "omni-orders": {("apiKey", "Authorization")},
    "omni-inventory": {("apiKey", "Authorization")},
    "comestri-inventory": {("apiKey", "Authorization")},
    "sirclo-inventory": {("apiKey", "partner-id"), ("apiKey", "secret")},
    "mipos-inventory": {("http", "bearer"), ("apiKey", "X-Signature-Request")},
    "mipos-receiver": {("apiKey", "X-Signature-Request")},
}


def _error(message: str, code: str, field: str | None = None) -> str:
    errors = f', "errors": {{"{field}": "{message}"}}' if field else ""
    return f'{{"error_message": "{message}", "error_code": "{code}"{errors}}}'


REQUIRED = "This field is required."
TOKEN = '{"detail": "Invalid token"}'
HTTPS = '{"detail": "Please use https instead of http"}'
NUMBER, REFERENCE = '{"number": "FR9TL74P"}', '{"order": "FR9TL74P"}'
DELIVERY = (
    '{"pos_id": "1", "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",'
    ' "current_stock": "12.44", "quantity": "1.25", "date": "2020-05-30 12:45:03",'
    ' "movement_type": 2, "external_id": "avcc123", "now": "2020-06-01 02:55:18", "store_id": 1}'
)
ORDER = (
    '{"id": 1, "number": "FR9TL74P", "total": 36364.0, "tax": 3636.0, "serviceCharge": 0.0,'
    ' "grandTotal": 40000.0, "tableNumber": "A1", "channel": 2, "notes": "No lettuce",'
    ' "status": 10, "deliveryStatus": 10, "statusText": "Confirmed", "storeName": "Burger God",'
    ' "userID": 1, "created": 1564045835, "paymentMethod": 1, "paymentStatus": 1,'
    ' "user": {"id": 1, "name": "user", "phone": "+628111111111"}, "delivery_info": null}'
)
REFUSALS = [
    _error("Order not found", "invalid_order_number", "number"),
    _error("Order has been confirmed", "invalid_status", "number"),
    _error("Order already paid", "already_paid", "order"),
    _error("Order already completed", "order_already_completed", "order"),
    _error("Order already canceled", "order_already_canceled", "order"),
]
PRINTED: dict[tuple[str, str, str], list[str]] = {
    ("omni-orders", "confirm", "request"): [NUMBER],
    **{("omni-orders", call, "request"): [REFERENCE] for call in ("paid", "complete", "cancel")},
    **{
        ("omni-orders", call, status): bodies
        for call in ("confirm", "paid", "complete", "cancel")
        for status, bodies in (
            ("200", [ORDER]),
            ("400", REFUSALS),
            ("401", [TOKEN]),
            ("403", [HTTPS]),
        )
    },
    ("omni-inventory", "update", "request"): [
        (
            '{ "store_code": "Store1", "inventories": [{"variant_code": "BURGER01", "price": 36364,'
            ' "out_of_stock": false, "is_active": true}] }'
        )
    ],
    ("omni-inventory", "update", "200"): ["\"status: 'ok'\""],
    ("omni-inventory", "update", "401"): [
        _error("Store not found", "store_not_found"),
        _error(REQUIRED, "required", "variant_code"),
        _error("Variant not found", "variant_not_found", "variant_code"),
        _error(REQUIRED, "required", "price"),
        _error("Enter a number.", "invalid", "price"),
        TOKEN,
    ],
    ("omni-inventory", "update", "403"): [HTTPS],
    ("comestri-inventory", "create", "request"): [
        '{"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": 5}}'
    ],
    ("comestri-inventory", "create", "2XX"): [
        (
            '{"id": 2, "qty": 5, "available_qty": 7, "stock_availability": null,'
            ' "out_of_stock_threshold": null, "dispatch_time": null, "dispatch_time_unit": "day",'
            ' "unit_cost": null, "style": "dynamic", "sku": null, "lead_time": 48,'
            ' "lead_time_unit": "hours", "stock_arrival_date": null, "back_order_handling": null,'
            ' "back_order_allocation": null, "source_system_stock_timestamp": null,'
            ' "support_shipping": true, "inventory_source": {"id": 1, "name": "MOTUL"}}'
        )
    ],
    ("sirclo-inventory", "update", "request"): [
        (
            '{"sku": "sku1", "sync_stock": false, "warehouse": "default", "available_stock": 100,'
            ' "buffer_stock": 0, "channel_stock": [{"code": "bklp", "qty": 30},'
            ' {"code": "blib", "qty": 20}]}'
        )
    ],
    ("sirclo-inventory", "update", "2XX"): [
        '{"transaction_code" : "591d4ab5-841e-499a-bfa2-99a4fb879e44"}'
    ],
    ("sirclo-inventory", "history", "2XX"): [
        (
            '{"data": [{"id": 233, "tenant_id": 123, "user_id": 0,'
            ' "transaction_code": "2a4048b2-bdaf-4d31-922c-58472691f217",'
            ' "action_name": "partner_update_stocks", "upload_file_url": "", "total_sku": 1,'
            ' "created_at": "2021-02-09T03:18:40.424625Z",'
            ' "updated_at": "2021-02-09T03:19:20.240855Z", "finished_at": "2021-02-09T03:19:20Z",'
            ' "update_stock_history_item": [{"id": 11701, "update_stock_history_id": 1234,'
            ' "store_id": 123, "store_name": "Test Toko", "warehouse_id": 0,'
            ' "warehouse_name": "default", "variant_id": 334621, "sku": "asdfg",'
            r' "remote_variant": "{\"item_id\": 12346, \"variation_id\": 0}", "row_number": 0,'
            ' "channel": "shpe", "qty": 10, "retrier_count": 1, "progress": false,'
            r' "client_reponse": "{\"item\":{\"item_id\":12345,\"modified_time\":1612840732}}",'
            ' "message": "Successfully Updated", "success": true,'
            ' "created_at": "2021-02-09T03:18:40.529807Z",'
            ' "updated_at": "2021-02-09T03:18:52.879618Z",'
            ' "finished_at": "2021-02-09T03:18:52Z"}]}],'
            ' "total_record": 120, "offset": 0, "limit": 1, "message": "",'
            ' "reference": "591d4ab5-841e-499a-bfa2-99a4fb879e44"}'
        )
    ],
    ("mipos-inventory", "sync", "request"): [
        (
            '{"items": [{"name": "Testing item 1", "external_id": "item_abc123",'
            ' "purchase_unit_external_id": "pos_u1", "consumption_unit_external_id": "pos_u2",'
            ' "supplier_external_id": "pos_sup_1", "cost": "1250", "stock": "11.22"},'
            ' {"name": "Testing item 2", "external_id": "item_abc456",'
            ' "purchase_unit_external_id": "pos_u2", "consumption_unit_external_id": "pos_u2",'
            ' "supplier_external_id": "pos_sup_1", "cost": "100", "stock": "5.50"}],'
            ' "user_id_tps": "30", "inventory_system_id": "3d40a24e-d570-4598-ae68-e20687edd1f9",'
            ' "units": [{"name": "Unit 1", "short_name": "u1", "external_id": "pos_u1"},'
            ' {"name": "Unit 2", "short_name": "u2", "external_id": "pos_u2"}],'
            ' "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}]}'
        )
    ],
    ("mipos-inventory", "sync", "200"): [
        '{"message": "Synchronization data was sent to the inventory system.", "data": null}'
    ],
    ("mipos-inventory", "sync", "409"): [
        (
            '{"message": ["You don\'t have this store available.",'
            ' "The third_party_id does not have an Inventory System role or does not exist.",'
            ' "No integration record was found between this user store and the third party'
            ' system.",'
            ' "External id not found for this store in the inventory system.",'
            ' "The item must have a name.", "The item must have an external id.",'
            ' "The item must have an purchase unit external id.",'
            ' "The item must have an consumption unit external id.",'
            ' "The item must have a supplier external id.", "The item must have a cost.",'
            ' "The item must have a stock.", "The unit must have a name.",'
            ' "The unit must have a short name.", "The unit must have an external id.",'
            ' "The supplier must have a name.", "The supplier must have an external id.",'
            ' "Item purchase unit external id (____) not found in units array",'
            ' "The item purchase unit external id must be a string.",'
            ' "The item consumption unit external id must be a string.",'
            ' "Item supplier external id (____) not found in suppliers array",'
            ' "The item cost must be a string.", "The item stock must be a string."], "data": null}'
        )
    ],
    ("mipos-inventory", "sync", "422"): [
        (
            '{"items": ["The items field is required."], "inventory_system_id":'
            ' ["The inventory system id field is required.",'
            ' "The inventory system id must be a string."],'
            ' "units": ["The units field is required."],'
            ' "suppliers": ["The suppliers field is required."],'
            ' "user_id_tps": ["The user id tps field is required."]}'
        )
    ],
    ("mipos-inventory", "stock", "request"): [
        (
            '{"user_id_tps": "30", "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",'
            ' "current_stock": "12.44", "quantity": "1.25", "date": "2020-05-30 12:45:03",'
            ' "movement_type": 2}'
        )
    ],
    ("mipos-inventory", "stock", "409"): [
        (
            '{"message": ["This user_id_tps does not own this inventory system.",'
            ' "No integration record was found between this user store and the third party'
            ' system.",'
            ' "External id not found for this store in the inventory system.",'
            ' "This type of webhook is not available.",'
            ' "This inventory system does not have this type of webhook available."], "data": null}'
        )
    ],
    ("mipos-inventory", "stock", "422"): [
        (
            '{"user_id_tps": ["The user id tps field is required."],'
            ' "inventory_system_id": ["The inventory system id field is required."],'
            ' "current_stock": ["The current stock field is required."],'
            ' "quantity": ["The quantity field is required."],'
            ' "date": ["The date field is required."],'
            ' "movement_type": ["The movement type field is required.",'
            ' "The selected movement type is invalid."]}'
        )
    ],
    ("mipos-inventory", "webhook", "200"): [
        '{"message": "Webhook successfully created.", "data": null}'
    ],
    ("mipos-inventory", "webhook", "409"): ['{"message": ["Invalid type."], "data": null}'],
    ("mipos-inventory", "webhook", "422"): [
        (
            '{"type": ["The type field is required.", "The selected type is invalid."],'
            ' "url": ["The url field is required."]}'
        )
    ],
    ("mipos-inventory", "stock-moved", "request"): [DELIVERY],
    ("mipos-receiver", "deliver", "request"): [DELIVERY],
}
"""The bodies that the documents print, by contract, operation, and request or status."""


def _load(path: Path) -> Any:
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def _retrieve(uri: str) -> Resource[Any]:
    return Resource.from_contents(_load(Path(unquote(urlsplit(uri).path))), DRAFT202012)


REGISTRY: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]  # attrs alias


def _resolved(contract: str, node: Any) -> Any:
    """A node of a document, its own reference (into the same document) followed."""
    while isinstance(node, dict) and "$ref" in node:
        node = REGISTRY.resolver(FILES[contract].as_uri()).lookup(node["$ref"]).contents
    return node


def _operations(contract: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = DOCUMENTS[contract]
    for path, item in {**document["paths"], **document.get("webhooks", {})}.items():
        for method in ("get", "put", "post", "delete", "options", "head", "patch", "trace"):
            if method in item:
                yield path, method, item[method]


def _bodies() -> dict[tuple[str, str, str], dict[str, Any]]:
    """Every media type object, by contract, operation, and `request` or the status."""
    found = {}
    for contract in FILES:
        for _, _, operation in _operations(contract):
            parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for part, node in parts.items():
                content = _resolved(contract, node).get("content", {})
                for label, media in content.items():
                    assert label == "application/json"
                    found[contract, operation["operationId"], part] = media
    return found


BODIES = _bodies()


def _examples(media: dict[str, Any]) -> list[Any]:
    named = [example["value"] for example in media.get("examples", {}).values()]
    return [media["example"], *named] if "example" in media else named


def _validator(contract: str, schema: dict[str, Any]) -> Draft202012Validator:
    resource = Resource.from_contents(schema, DRAFT202012)
    base = urljoin(FILES[contract].as_uri(), "inline")
    return Draft202012Validator(
        {"$ref": base}, registry=REGISTRY.with_resource(uri=base, resource=resource)
    )


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _refs(child)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _refs(child)


def _operation(contract: str, name: str) -> dict[str, Any]:
    return next(item for *_, item in _operations(contract) if item["operationId"] == name)


def test_the_documents_are_the_contracts() -> None:
    """There is one document per contract, the receiving side of the webhook included."""
    assert set(FILES) == set(SECURITY)


@pytest.mark.parametrize("contract", FILES)
def test_document_is_valid_openapi(contract: str) -> None:
    """Each document keeps to OpenAPI 3.1, references included."""
    assert DOCUMENTS[contract]["openapi"].startswith("3.1.")
    validate(DOCUMENTS[contract], base_uri=FILES[contract].as_uri())


@pytest.mark.parametrize("contract", FILES)
def test_references_are_local(contract: str) -> None:
    """Each reference leads into the document itself or to a file in schemas/."""
    base = FILES[contract].as_uri()
    for ref in _refs(DOCUMENTS[contract]):
        assert ref.startswith(("#/components/", "../schemas/"))
        assert REGISTRY.resolver(base).lookup(ref).contents


def test_operations_and_their_statuses_are_as_documented() -> None:
    """Each operation has its fixed id, method, path and list of statuses, and none is extra."""
    found = {
        (contract, item["operationId"]): (method, path, tuple(item["responses"]))
        for contract in FILES
        for path, method, item in _operations(contract)
    }
    assert found == OPERATIONS


@pytest.mark.parametrize("contract", FILES)
def test_security_is_as_documented(contract: str) -> None:
    """Each contract asks for the credentials that its document names, all of them at once."""
    schemes = DOCUMENTS[contract]["components"]["securitySchemes"]
    found = {(s["type"], s.get("name") or s["scheme"]) for s in schemes.values()}
    assert found == SECURITY[contract]
    assert all(s["in"] == "header" for s in schemes.values() if s["type"] == "apiKey")
    needed = DOCUMENTS[contract]["security"]
    webhooks = DOCUMENTS[contract].get("webhooks", {}).values()
    assert len(needed) == 1
    assert set(needed[0]).union(*(item["post"]["security"][0] for item in webhooks)) == set(schemes)


def test_what_is_not_in_the_documents_is_marked() -> None:
    """The assumed path and the optional call carry their marks, and nothing else does."""
    marks = {
        (contract, path, mark)
        for contract in FILES
        for path, item in DOCUMENTS[contract]["paths"].items()
        for mark in ("x-assumed", "x-optional")
        if item.get(mark) or any(isinstance(op, dict) and op.get(mark) for op in item.values())
    }
    assert marks == {
        ("comestri-inventory", "/api/v2/inventories", "x-assumed"),
        ("omni-orders", "/api/store/orders/details", "x-optional"),
    }


@pytest.mark.parametrize("key", BODIES, ids="-".join)
def test_examples_match_their_schema(key: tuple[str, str, str]) -> None:
    """Each example of a body is accepted by the schema beside it."""
    media = BODIES[key]
    for example in _examples(media):
        _validator(key[0], media["schema"]).validate(example)


@pytest.mark.parametrize("contract", FILES)
def test_examples_of_parameters_and_headers_match_their_schema(contract: str) -> None:
    """Each example of a parameter or a header is accepted by the schema beside it."""
    components = DOCUMENTS[contract]["components"]
    nodes = [*components.get("headers", {}).values(), *components.get("parameters", {}).values()]
    nodes += [node for *_, item in _operations(contract) for node in item.get("parameters", [])]
    for node in nodes:
        if "example" in node:
            _validator(contract, node["schema"]).validate(node["example"])


@pytest.mark.parametrize("key", PRINTED, ids="-".join)
def test_examples_are_the_printed_bodies(key: tuple[str, str, str]) -> None:
    """Each body that a document prints is an example, value for value and in its order."""
    found = [json.dumps(example) for example in _examples(BODIES[key])]
    assert found == [json.dumps(json.loads(text)) for text in PRINTED[key]]


def test_no_example_is_made_up_but_one() -> None:
    """Only webhook registration, for which no body is printed, has an example of our own."""
    shown = {key for key, media in BODIES.items() if _examples(media)}
    assert shown - set(PRINTED) == {("mipos-inventory", "webhook", "request")}


@pytest.mark.parametrize("name", ["confirm", "paid", "complete", "cancel", "update"])
def test_omni_answers_carry_the_printed_headers(name: str) -> None:
    """Allow and Vary stand on the printed answers and on a 405, and are not required."""
    contract = "omni-inventory" if name == "update" else "omni-orders"
    for status in ("200", "400", "401", "403", "405"):
        answer = _resolved(contract, _operation(contract, name)["responses"][status])
        headers = {key: _resolved(contract, node) for key, node in answer["headers"].items()}
        assert {key: node["example"] for key, node in headers.items()} == {
            "Allow": "POST, OPTIONS",
            "Vary": "Accept",
        }
        assert not any(node.get("required") for node in headers.values())


def test_comestri_challenges_a_caller_it_does_not_know() -> None:
    """The 401 has to carry a WWW-Authenticate header."""
    answer = _operation("comestri-inventory", "create")["responses"]["401"]
    assert answer["headers"]["WWW-Authenticate"]["required"] is True


@pytest.mark.parametrize(
    ("key", "body"),
    [
        (("omni-orders", "confirm", "400"), {"number": ["Not a valid string."]}),
        (("omni-orders", "confirm", "403"), {"message": "no"}),
        (("omni-inventory", "update", "400"), {"inventories": ["This field is required."]}),
        (("omni-inventory", "update", "403"), "no"),
        (("mipos-inventory", "stock", "409"), {"message": "no", "data": None}),
        (("mipos-inventory", "stock", "422"), {"error": 1}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_open_answers_stay_open(key: tuple[str, str, str], body: Any) -> None:
    """Where the document leaves a body open, what a framework or another system says is taken."""
    _validator(key[0], BODIES[key]["schema"]).validate(body)


@pytest.mark.parametrize("contract", FILES)
def test_redocly_finds_nothing(contract: str) -> None:
    """The linter of the OpenAPI ecosystem has neither an error nor a warning."""
    local = ROOT / "node_modules" / ".bin" / "redocly"
    tool = str(local) if local.exists() else shutil.which("redocly")
    if tool is None:
        pytest.skip("redocly is not here: npm install --no-save @redocly/cli@2")
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run = subprocess.run(
        [tool, "lint", "--extends=recommended-strict", "--format=stylish", str(FILES[contract])],
        cwd=ROOT,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
