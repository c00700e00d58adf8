"""What one recorded exchange shows by itself, and what it leaves open."""

from __future__ import annotations

import copy
import json
from typing import Any

import client_exchanges as ex
import pytest

from retailspec.contract import load_contract, names
from retailspec.exchange import Response
from retailspec.values import change, remove

GONE = object()
ALLOW = ("Allow", "POST, OPTIONS")
NUMBER = {"confirm": "number", "paid": "order", "complete": "order", "cancel": "order"}
INVENTORY = {
    "id": 2,
    "qty": 5,
    "available_qty": 7,
    "stock_availability": None,
    "out_of_stock_threshold": None,
    "dispatch_time": None,
    "dispatch_time_unit": "day",
    "unit_cost": None,
    "style": "dynamic",
    "sku": None,
    "lead_time": 48,
    "lead_time_unit": "hours",
    "stock_arrival_date": None,
    "back_order_handling": None,
    "back_order_allocation": None,
    "source_system_stock_timestamp": None,
    "support_shipping": True,
    "inventory_source": {"id": 1, "name": "MOTUL"},
}
TAKEN = {"transaction_code": "591d4ab5-841e-499a-bfa2-99a4fb879e44"}
SENT = {"message": "Synchronization data was sent to the inventory system.", "data": None}
MADE = {"message": "Webhook successfully created.", "data": None}
ITEM = {
    "id": 11701,
    "update_stock_history_id": 1234,
    "store_id": 123,
    "store_name": "Test Toko",
} | {
    "warehouse_id": 0,
    "warehouse_name": "default",
    "variant_id": 334621,
    "sku": "asdfg",
    "remote_variant": "",
    "row_number": 0,
    "channel": "shpe",
    "qty": 10,
    "retrier_count": 1,
    "progress": False,
    "client_reponse": "",
    "message": "Successfully Updated",
    "success": True,
    "created_at": "2021-02-09T03:18:40.529807Z",
    "updated_at": "2021-02-09T03:18:52.879618Z",
    "finished_at": "2021-02-09T03:18:52Z",
}
RECORD = {
    "id": 233,
    "tenant_id": 123,
    "user_id": 0,
    "transaction_code": "2a4048b2-bdaf-4d31-922c-58472691f217",
    "action_name": "partner_update_stocks",
    "upload_file_url": "",
    "total_sku": 1,
    "created_at": "2021-02-09T03:18:40.424625Z",
    "updated_at": "2021-02-09T03:19:20.240855Z",
    "finished_at": "2021-02-09T03:19:20Z",
    "update_stock_history_item": [ITEM],
}
TO_THE_SECOND = {**RECORD, "updated_at": "2021-02-09T03:19:20Z"}
PAGE = {
    "data": [RECORD, RECORD],
    "total_record": 120,
    "offset": 0,
    "limit": 10,
    "message": "",
    "reference": "591d4ab5-841e-499a-bfa2-99a4fb879e44",
}
DONE = {"status": 20, "statusText": "Complete", "paymentStatus": 2}
FINE: dict[str, Response] = {
    "confirm": ex.answer(200, ex.ORDER, ALLOW),
    "paid": ex.answer(200, {**ex.ORDER, "paymentStatus": 2}, ALLOW),
    "complete": ex.answer(200, {**ex.ORDER, **DONE}, ALLOW),
    "cancel": ex.answer(200, {**ex.ORDER, "status": 30, "statusText": "Cancelled"}, ALLOW),
    "prices": ex.answer(200, "status: 'ok'", ALLOW),
    "create": ex.answer(201, INVENTORY),
    "stocks": ex.answer(200, TAKEN),
    "history": ex.answer(200, PAGE),
    "sync": ex.answer(200, SENT),
    "move": Response(204),
    "webhook": ex.answer(200, MADE),
    "deliver": Response(204),
}
"""What is answered to a sound call."""


def said(name: str, **how: Any) -> set[str]:
    """Return the rules that the answer to a call breaks."""
    view = how.pop("view", {})
    exchange = ex.call(name, **{"response": FINE[name], **how})
    judged = ex.judge(ex.contract_of(name), **view).judge(exchange)
    return {one.rule_id for one in judged.server if one.finding}


def wrong(name: str, *edits: tuple[str, Any], **how: Any) -> set[str]:
    """Return what the success of a call with parts of its body replaced breaks."""
    return said(name, body=bent(name, *edits), **how)


ROOT = "/inventory"


def bent(name: str, *edits: tuple[str, Any]) -> Any:
    """Return a sound body with parts of it set, or taken out."""
    body = copy.deepcopy(ex.body_of(name))
    for pointer, value in edits:
        body = remove(body, pointer) if value is GONE else change(body, pointer, value)
    return body


LISTED: Any = [{"qty": 5}]
UNCOUNTED: tuple[Any, ...] = ("abc", 5.5, {}, None)
UNTYPED: tuple[Any, ...] = ("abc", 1.5, {"value": 5})
NO_COUNT: tuple[Any, ...] = ("many", {})
ACCEPTED: list[tuple[str, str, list[tuple[str, Any]]]] = [
    *[(n, "number.missing", [(f"/{f}", GONE)]) for n, f in NUMBER.items()],
    *[(n, "number.empty", [(f"/{f}", "")]) for n, f in NUMBER.items()],
    ("confirm", "number.wrong-key", [("/number", GONE), ("/order", "FR9TL74P")]),
    ("cancel", "number.wrong-key", [("/order", GONE), ("/number", "FR9TL74P")]),
    *[("paid", "number.wrong-type", [("/order", it)]) for it in (["A"], {"number": "A"}, None)],
    ("prices", "store_code.empty", [("/store_code", "")]),
    ("prices", "store_code.missing", [("/store_code", GONE)]),
    ("prices", "variant_code.empty", [("/inventories/0/variant_code", "")]),
    ("prices", "variant_code.missing", [("/inventories/0/variant_code", GONE)]),
    ("prices", "price.empty", [("/inventories/0/price", "")]),
    ("prices", "price.invalid", [("/inventories/0/price", "abc")]),
    ("prices", "price.missing", [("/inventories/0/price", GONE)]),
    ("prices", "inventories.missing", [("/inventories", GONE)]),
    ("prices", "inventories.not-a-list", [("/inventories", "abc")]),
    ("prices", "inventories.not-a-list", [("/inventories", {"variant_code": "A", "price": 1})]),
    ("prices", "inventories.second-item", [("/inventories/1", {"variant_code": "A"})]),
    ("prices", "inventories.second-item", [("/inventories/1", {"variant_code": "", "price": 1})]),
    ("prices", "flags.invalid", [("/inventories/0/is_active", "abc")]),
    ("prices", "flags.invalid", [("/inventories/0/out_of_stock", {})]),
    ("create", "refuse.inventory.missing", [("/inventory", GONE)]),
    *[("create", "refuse.inventory.type", [(ROOT, it)]) for it in ("abc", 5, None, LISTED)],
    ("create", "refuse.inventory_source.missing", [(f"{ROOT}/inventory_source", GONE)]),
    ("create", "refuse.inventory_source.type", [(f"{ROOT}/inventory_source", ["MOTUL"])]),
    ("create", "refuse.qty.missing", [(f"{ROOT}/qty", GONE)]),
    *[("create", "refuse.qty.type", [(f"{ROOT}/qty", it)]) for it in UNCOUNTED],
    *[
        ("create", f"refuse.{name}.value", [(f"{ROOT}/{name}", value)])
        for name, value in (
            ("stock_availability", "back_orderable"),
            ("dispatch_time_unit", "days"),
            ("lead_time_unit", "WEEKS"),
            ("back_order_handling", "abc"),
            ("style", "static_soon"),
        )
    ],
    *[
        ("create", f"refuse.{name}.type", [(f"{ROOT}/{name}", value)])
        for name in (
            "available_qty",
            "out_of_stock_threshold",
            "dispatch_time",
            "lead_time",
            "back_order_allocation",
        )
        for value in UNTYPED
    ],
    ("create", "refuse.product_id.type", [(f"{ROOT}/product_id", "abc")]),
    *[
        ("create", f"refuse.{name}.type", [(f"{ROOT}/{name}", {"value": "abc"})])
        for name in ("sku", "stock_arrival_date", "source_system_stock_timestamp")
    ],
    (
        "create",
        "refuse.product_code.type",
        [(f"{ROOT}/product_id", GONE), (f"{ROOT}/product_code", ["abc"])],
    ),
    ("create", "refuse.unit_cost.type", [(f"{ROOT}/unit_cost", "abc")]),
    ("create", "dates.format", [(f"{ROOT}/stock_arrival_date", "soon")]),
    ("create", "product.both", [(f"{ROOT}/product_code", "OIL")]),
    *[("stocks", f"refuse.{it}.missing", [(f"/{it}", GONE)]) for it in ("sku", "warehouse")],
    ("stocks", "refuse.channel_stock.missing", [("/channel_stock", GONE)]),
    ("stocks", "refuse.code.missing", [("/channel_stock/0/code", GONE)]),
    ("stocks", "refuse.qty.missing", [("/channel_stock/0/qty", GONE)]),
    ("stocks", "refuse.second-channel", [("/channel_stock/1/code", GONE)]),
    ("stocks", "refuse.second-channel", [("/channel_stock/1/qty", "some")]),
    *[("stocks", f"refuse.{it}.type", [(f"/{it}", {})]) for it in ("sku", "warehouse")],
    *[
        ("stocks", f"refuse.{it}.type", [(f"/{it}", value)])
        for it in ("available_stock", "buffer_stock")
        for value in NO_COUNT
    ],
    ("stocks", "refuse.qty.type", [("/channel_stock/0/qty", "some")]),
    ("stocks", "refuse.code.type", [("/channel_stock/0/code", {})]),
    *[
        ("stocks", "refuse.fraction", [(place, 9.5)])
        for place in ("/available_stock", "/buffer_stock", "/channel_stock/0/qty")
    ],
    ("stocks", "refuse.channel_stock.type", [("/channel_stock", "bklp")]),
    ("stocks", "refuse.available_stock.negative", [("/available_stock", -1)]),
    ("stocks", "refuse.buffer_stock.negative", [("/buffer_stock", -1)]),
    ("stocks", "refuse.buffer.above-available", [("/buffer_stock", 101)]),
    *[
        ("sync", f"sync.required.{it}", [(f"/{it}", GONE)])
        for it in ("items", "inventory_system_id", "units", "suppliers", "user_id_tps")
    ],
    ("sync", "sync.system-id.type", [("/inventory_system_id", 5)]),
    *[
        ("sync", f"sync.item.{rule}", [(f"/items/0/{it}", GONE)])
        for rule, it in (
            ("name", "name"),
            ("external-id", "external_id"),
            ("purchase-unit", "purchase_unit_external_id"),
            ("consumption-unit", "consumption_unit_external_id"),
            ("supplier", "supplier_external_id"),
            ("cost", "cost"),
            ("stock", "stock"),
        )
    ],
    *[
        ("sync", f"sync.item.type.{rule}", [(f"/items/0/{it}", 5)])
        for rule, it in (
            ("purchase-unit", "purchase_unit_external_id"),
            ("consumption-unit", "consumption_unit_external_id"),
            ("cost", "cost"),
            ("stock", "stock"),
        )
    ],
    ("sync", "sync.second-item", [("/items/1", bent("sync", ("/items/0/cost", 5))["items"][0])]),
    ("sync", "sync.second-item", [("/items/1", {"name": "Other"})]),
    ("sync", "sync.unit.name", [("/units/1/name", GONE)]),
    ("sync", "sync.unit.short-name", [("/units/1/short_name", GONE)]),
    ("sync", "sync.unit.external-id", [("/units/1/external_id", GONE)]),
    ("sync", "sync.supplier.name", [("/suppliers/0/name", GONE)]),
    ("sync", "sync.supplier.external-id", [("/suppliers/0/external_id", GONE)]),
    ("sync", "sync.reference.unit", [("/items/0/purchase_unit_external_id", "pos_u9")]),
    ("sync", "sync.reference.supplier", [("/items/0/supplier_external_id", "pos_u1")]),
    *[
        ("move", f"stock.required.{it}", [(f"/{it}", GONE)])
        for it in (
            "user_id_tps",
            "inventory_system_id",
            "current_stock",
            "quantity",
            "date",
            "movement_type",
        )
    ],
    *[("move", "stock.movement-type.invalid", [("/movement_type", it)]) for it in (0, 3, "abc")],
    ("webhook", "webhook.required.type", [("/type", GONE)]),
    ("webhook", "webhook.required.url", [("/url", GONE)]),
    ("webhook", "webhook.type.invalid", [("/type", "9")]),
]
"""Calls that no server may take, and the rule that says so."""


@pytest.mark.parametrize(("name", "rule", "edits"), ACCEPTED)
def test_what_must_be_refused_is_not_taken(
    name: str, rule: str, edits: list[tuple[str, Any]]
) -> None:
    """The success of a call that is plainly wrong breaks the rule that refuses it."""
    assert rule in wrong(name, *edits)


@pytest.mark.parametrize(("name", "rule", "edits"), ACCEPTED)
def test_a_refusal_of_it_is_right_whatever_it_says_of_who_calls(
    name: str, rule: str, edits: list[tuple[str, Any]]
) -> None:
    """The token may be a wrong one, so that nothing else is looked at."""
    answer = ex.answer(401, {"detail": "Invalid token"}, ALLOW, ("WWW-Authenticate", "Token"))
    assert rule not in wrong(name, *edits, response=answer)


@pytest.mark.parametrize("name", ex.NAMES)
def test_the_success_of_a_sound_call_is_right(name: str) -> None:
    """What the documents print breaks nothing."""
    assert said(name) == set()


WRONG_ANSWERS: list[tuple[str, str, Response]] = [
    ("sync", "sync.ok", ex.answer(200, {"message": "Done.", "data": None})),
    ("sync", "sync.ok", ex.answer(200, {**SENT, "data": {}})),
    ("sync", "sync.ok", ex.answer(201, SENT)),
    ("move", "stock.ok", ex.answer(200, {"message": "OK"})),
    ("move", "stock.ok", Response(204, (), b"{}")),
    ("move", "stock.ok", Response(204, (("Content-Length", "2"),))),
    ("stocks", "update.ok", ex.answer(200, {"transaction_code": 5})),
    ("stocks", "update.ok.status", ex.answer(202, TAKEN)),
    ("stocks", "update.ok.uuid", ex.answer(200, {"transaction_code": "T1"})),
    ("create", "create.minimal.status", ex.answer(202, INVENTORY)),
    ("create", "echo.qty", ex.answer(200, {**INVENTORY, "qty": 6})),
    (
        "create",
        "echo.inventory_source",
        ex.answer(200, {**INVENTORY, "inventory_source": {"id": 1, "name": "OTHER"}}),
    ),
    ("create", "auth.challenge", ex.answer(401, {"error": "Unauthorized"})),
    ("history", "history.limit", ex.answer(200, {**PAGE, "data": [RECORD] * 11})),
    ("history", "history.total", ex.answer(200, {**PAGE, "total_record": 1})),
    ("history", "history.echo", ex.answer(200, {**PAGE, "limit": 11})),
    ("deliver", "receiver.accepts", ex.answer(200, {"ok": True})),
    ("confirm", "order.number", ex.ordered(number="FR9TL74Q")),
]


def test_one_fault_is_told_once() -> None:
    """What narrows a rule is not asked where that is broken; nor a buffer of a negative stock."""
    assert "update.ok.uuid" not in said("stocks", response=ex.answer(200, {"transaction_code": ""}))
    assert wrong("stocks", ("/available_stock", -1)) == {"refuse.available_stock.negative"}
    both = wrong("stocks", ("/available_stock", -1), ("/buffer_stock", -1))
    assert both == {"refuse.available_stock.negative"}


@pytest.mark.parametrize(("name", "rule", "answer"), WRONG_ANSWERS)
def test_a_wrong_success_shows_itself(name: str, rule: str, answer: Response) -> None:
    """An answer that is not what the document has for a success breaks the rule on it."""
    assert rule in said(name, response=answer)


def asking(query: str, **page: Any) -> set[str]:
    """Return what a page of the history breaks."""
    return said("history", path=f"{ex.HISTORY}?{query}", response=ex.answer(200, {**PAGE, **page}))


@pytest.mark.parametrize(
    ("rule", "query", "page"),
    [
        ("history.updated_at", "updated_at=2021-02-09T03:19:21Z&offset=0&limit=10", {}),
        ("history.updated_at", "updated_at=2021-02-09T10:19:21%2B07:00&offset=0&limit=10", {}),
        ("history.total", "offset=119&limit=10", {"offset": 119}),
        ("history.total", "limit=10", {"total_record": 1}),
        ("history.invalid.limit.type", "offset=0&limit=ten", {}),
        ("history.invalid.offset.type", "offset=ten&limit=10", {}),
        ("history.invalid.updated_at.value", "updated_at=yesterday&offset=0&limit=10", {}),
        ("history.invalid.updated_at.value", "updated_at=2021-02-05&offset=0&limit=10", {}),
        (
            "history.invalid.updated_at.value",
            "updated_at=2021-02-05T15:04:05&offset=0&limit=10",
            {},
        ),
        ("history.invalid.limit.negative", "offset=0&limit=-1", {}),
        ("history.invalid.offset.negative", "offset=-1&limit=10", {}),
    ],
)
def test_a_page_is_what_was_asked_for(rule: str, query: str, page: dict[str, Any]) -> None:
    """What the query says and the page denies, and a query that no server may take."""
    assert rule in asking(query, **page)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("updated_at=2021-02-09T03:19:20Z&offset=0&limit=10", {}),
        ("updated_at=2021-02-09T03:19:20.240855Z&offset=0&limit=10", {}),
        ("updated_at=2021-02-09T10:19:20%2B07:00&offset=0&limit=10", {}),
        ("updated_at=2021-02-09T10:19:20+07:00&offset=0&limit=10", {}),
        ("updated_at=2021-02-10T00:00:00Z&offset=0&limit=10", {"data": []}),
        ("updated_at=2021-02-09T03:19:20.1Z&offset=0&limit=10", {"data": [TO_THE_SECOND]}),
        ("updated_at=2021-01-01T00:00:00Z&updated_at=2021-03-01T00:00:00Z&offset=0&limit=10", {}),
        ("updated_at=2021-02-09t03:19:20z&offset=0&limit=10", {}),
        ("updated_at=&offset=0&limit=10", {}),
        ("offset=118&limit=10", {"offset": 118}),
        ("offset=500&limit=10", {"offset": 500, "data": []}),
        ("offset=0&limit=0", {"limit": 0}),
        ("limit=1&limit=10&offset=0", {}),
        ("offset=5&offset=119&limit=10", {"offset": 5}),
    ],
)
def test_what_a_page_leaves_open(query: str, page: dict[str, Any]) -> None:
    """The instant itself, other zones, pages past the end, and what stands twice in a query."""
    assert asking(query, **page) == set()


LENIENT: list[tuple[str, list[tuple[str, Any]]]] = [
    ("confirm", [("/number", " fr9tl74p ")]),
    ("paid", [("/order", 12345)]),
    ("prices", [("/inventories/0/price", "36364")]),
    ("prices", [("/inventories/0/price", None)]),
    ("prices", [("/inventories/0/price", -5)]),
    ("prices", [("/inventories", [])]),
    ("prices", [("/inventories/0/is_active", "true")]),
    ("prices", [("/inventories/0/is_active", 1)]),
    ("create", [(f"{ROOT}/qty", "5")]),
    ("create", [(f"{ROOT}/available_qty", "7")]),
    ("create", [(f"{ROOT}/stock_availability", "")]),
    ("create", [(f"{ROOT}/product_id", GONE)]),
    ("create", [(f"{ROOT}/sku", 5)]),
    ("create", [(f"{ROOT}/product_code", "")]),
    ("stocks", [("/available_stock", GONE), ("/buffer_stock", GONE)]),
    ("stocks", [("/sync_stock", "true")]),
    ("stocks", [("/channel_stock/0/qty", -1)]),
    ("stocks", [("/available_stock", "100")]),
    ("stocks", [("/sku", 7)]),
    ("sync", [("/items", [])]),
    ("sync", [("/items/0/name", 7)]),
    ("sync", [("/items/0/supplier_external_id", 1), ("/suppliers/0/external_id", "1")]),
    ("sync", [("/items/0/consumption_unit_external_id", "pos_u9")]),
    ("sync", [("/items/0/purchase_unit_external_id", " pos_u1")]),
    ("move", [("/movement_type", "2")]),
    ("move", [("/external_id", "avcc123")]),
    ("webhook", [("/type", 3)]),
    ("webhook", [("/type", "1")]),
]
"""Calls that may be taken or refused."""


@pytest.mark.parametrize(("name", "edits"), LENIENT)
def test_what_may_be_taken_may_be_taken(name: str, edits: list[tuple[str, Any]]) -> None:
    """A leniency that the documents leave open breaks nothing."""
    assert wrong(name, *edits) == set()


WITHOUT_SKU = json.dumps({**{k: v for k, v in ex.STOCKS.items() if k != "sku"}})


@pytest.mark.parametrize(
    "how",
    [
        {"text": ('{"sku": "a", ' + WITHOUT_SKU[1:-1] + ', "available_stock": -1}').encode()},
        {"text": WITHOUT_SKU.encode(), "path": f"{ex.UPDATE}?sku=a"},
        {"text": WITHOUT_SKU.encode(), "more": (("Content-Encoding", "br"),)},
        {"text": WITHOUT_SKU.encode(), "label": "application/x-www-form-urlencoded"},
        {"text": b"\xff" + WITHOUT_SKU.encode()},
        {"text": WITHOUT_SKU.replace('"default"', "${redacted}").encode()},
        {"text": WITHOUT_SKU.replace("100", "NaN").encode()},
    ],
    ids=["twice", "query", "coded", "other label", "no UTF-8", "redacted", "NaN"],
)
def test_a_body_that_can_be_read_in_two_ways_shows_nothing(how: dict[str, Any]) -> None:
    """Where another reading makes a sound call of it, its success is nobody's fault."""
    assert said("stocks", **how) == set()


def test_a_body_that_is_no_json_is_not_taken() -> None:
    """A body cut short, and a label that says text."""
    body = json.dumps(ex.STOCKS)
    assert said("stocks", text=body[:-1].encode()) == {"malformed-json"}
    assert said("stocks", text=body.encode(), label="text/plain") == {"wrong-content-type"}
    assert said("stocks", text=b"") == set()


NO_NUMBER = ex.answer(400, {"detail": "number is required"}, ALLOW)
DETAIL = ex.answer(401, {"detail": "Authentication credentials were not provided."}, ALLOW)


def printed(message: str, code: str, status: int = 401, **errors: str) -> Response:
    """Return a refusal of the inventory in the printed form."""
    body: dict[str, Any] = {"error_message": message, "error_code": code}
    return ex.answer(status, {**body, "errors": errors} if errors else body, ALLOW)


@pytest.mark.parametrize(
    ("rule", "edits", "answer"),
    [
        ("store_code.empty", [("/store_code", "")], printed("No store", "store_not_found")),
        ("store_code.empty", [("/store_code", "")], printed("Store not found", "not_found", 400)),
        (
            "variant_code.empty",
            [("/inventories/0/variant_code", "")],
            printed("This field is required.", "required", variant="This field is required."),
        ),
        (
            "price.empty",
            [("/inventories/0/price", "")],
            printed("Enter a number.", "invalid", price="Enter a number."),
        ),
        ("price.invalid", [("/inventories/0/price", "abc")], printed("Enter a number.", "invalid")),
        ("price.missing", [("/inventories/0/price", GONE)], ex.answer(400, {"price": ["?"]})),
        ("store_code.missing", [("/store_code", GONE)], ex.answer(400, {"store_code": ["?"]})),
    ],
)
def test_omni_inventory_s_errors_are_as_printed(
    rule: str, edits: list[tuple[str, Any]], answer: Response
) -> None:
    """Where nothing else is wrong with a call, its refusal is the printed one."""
    assert rule in wrong("prices", *edits, response=answer)


@pytest.mark.parametrize(
    ("edits", "answer"),
    [
        ([("/store_code", "")], printed("Store not found", "store_not_found")),
        ([("/store_code", "")], printed("Store not found", "store_not_found", store_code="x")),
        ([("/store_code", "")], DETAIL),
        (
            [("/inventories/0/price", "abc")],
            printed("Store not found", "store_not_found"),
        ),
        (
            [("/inventories/0/price", "abc")],
            printed("Variant not found", "variant_not_found", variant_code="Variant not found"),
        ),
        (
            [("/inventories/0/price", "abc"), ("/inventories/0/variant_code", "")],
            printed("This field is required.", "required", variant_code="This field is required."),
        ),
        (
            [("/inventories/0/price", "abc"), ("/inventories/1", {"variant_code": "A"})],
            printed("This field is required.", "required", price="This field is required."),
        ),
    ],
)
def test_another_fault_of_the_call_may_be_answered(
    edits: list[tuple[str, Any]], answer: Response
) -> None:
    """A store or a variant may be unknown, and of several faults any may come first."""
    assert wrong("prices", *edits, response=answer) == set()


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("rule", "pointer", "value"),
    [
        ("store_code.empty", "/store_code", ""),
        ("store_code.missing", "/store_code", GONE),
        ("variant_code.empty", "/inventories/0/variant_code", ""),
        ("variant_code.missing", "/inventories/0/variant_code", GONE),
        ("price.empty", "/inventories/0/price", ""),
        ("price.invalid", "/inventories/0/price", "abc"),
        ("price.missing", "/inventories/0/price", GONE),
    ],
)
def test_the_printed_status_is_a_should(rule: str, pointer: str, value: Any, status: int) -> None:
    """The validation errors are printed with 401, and 400 is listed too."""
    answer = printed("Store not found", "store_not_found", status)
    expected = {f"{rule}.status"} if status == 400 else set()
    assert wrong("prices", (pointer, value), response=answer) == expected


def test_a_missing_number_is_refused_in_the_error_shape() -> None:
    """The printed shape is asked where no framework may have answered another label."""
    assert wrong("confirm", ("/number", GONE), response=NO_NUMBER) == {"number.missing"}
    body = bent("confirm", ("/number", GONE))
    assert said("confirm", body=body, label="text/plain", response=NO_NUMBER) == set()


@pytest.mark.parametrize("field", ["items", "units", "suppliers", "user_id_tps"])
def test_a_required_field_of_a_sync_is_named(field: str) -> None:
    """A 422 for a field that is left out holds the printed message, and may hold more."""
    rule, sentence = f"sync.required.{field}", f"The {field.replace('_', ' ')} field is required."
    answers = {
        json.dumps(it): wrong("sync", (f"/{field}", GONE), response=ex.answer(422, it))
        for it in ({field: ["Missing."]}, {"other": [sentence]}, {field: [sentence], "x": ["y"]})
    }
    assert list(answers.values()) == [{rule}, {rule}, set()]
    also = wrong(
        "sync", (f"/{field}", GONE), ("/inventory_system_id", 5), response=ex.answer(422, {"x": []})
    )
    assert also == set()


@pytest.mark.parametrize(
    "name", ["confirm", "prices", "sync", "move", "stocks", "history", "deliver"]
)
def test_a_call_without_credentials_is_not_taken(name: str) -> None:
    """Where every header is kept, a request without the documented ones shows who it is not."""
    found = said(name, auth=())
    rules = {
        "stocks": {"auth.partner-id.missing", "auth.secret.missing"},
        "history": {"history.auth"},
        "deliver": {"receiver.signature.missing"},
    }
    assert found == rules.get(name, {"auth.missing"})


@pytest.mark.parametrize(
    "how",
    [
        {"view": {"credentials_kept": False, "recorded": True}},
        {"more": (("Cookie", "session=1"),)},
        {"more": (("X-Api-Key", "k"),)},
        {"path": f"{ex.STORE}/sync?access_token=abc"},
        {"path": f"{ex.STORE}/sync?access_token=${{redacted}}"},
    ],
    ids=["archive", "cookie", "key", "query", "redacted query"],
)
def test_credentials_may_be_elsewhere(how: dict[str, Any]) -> None:
    """A recorder leaves them out; and a server may take a cookie or a key as well."""
    assert said("sync", auth=(), **how) == set()


def test_omni_s_answer_to_a_call_without_a_token_is_as_printed() -> None:
    """Status and detail are printed; a recording without credentials leaves both open."""
    assert said("confirm", auth=(), response=DETAIL) == {"auth.missing"}
    assert said("prices", auth=(), response=DETAIL) == {"auth.missing"}
    right = ex.answer(401, {"detail": "Invalid token"}, ALLOW)
    assert said("confirm", auth=(), response=right) == set()
    kept = {"view": {"credentials_kept": False, "recorded": True}}
    assert said("confirm", auth=(), response=DETAIL, **kept) == set()
    assert said("confirm", response=DETAIL, view={"credentials": {}}) == set()


@pytest.mark.parametrize("name", ["confirm", "prices"])
def test_another_scheme_is_not_taken(name: str) -> None:
    """A token under another scheme than the printed one is like a wrong one."""
    bearer = (("Authorization", f"Bearer {ex.OMNI['token']}"),)
    assert said(name, auth=bearer) == {"auth.scheme"}
    refused = ex.answer(401, {"detail": "Invalid token"}, ALLOW)
    assert said(name, auth=bearer, response=refused) == set()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_taken(method: str) -> None:
    """Its success breaks the rule on methods; a refusal may have any documented status."""
    for name in ("confirm", "prices", "create", "stocks", "sync"):
        assert "method" in said(name, method=method)
        assert said(name, method=method, response=ex.answer(405, None, ALLOW)) == set()
        refused = ex.answer(401, None, ("WWW-Authenticate", "Token"))
        assert said(name, method=method, response=refused) == set()
    assert said("confirm", method=method, response=ex.answer(405)) == {"allow-header"}
    assert said("confirm", method="OPTIONS") == set()


def test_an_order_answers_under_its_own_spelling() -> None:
    """White space and case of a number that somebody else sent are free, in the answer too."""
    for sent in ("fr9tl74p", " FR9TL74P "):
        assert wrong("confirm", ("/number", sent)) == set()
    assert "order.number" in wrong("confirm", ("/number", "FR9TL74"))


def test_every_rule_that_has_such_a_form_is_shown_here() -> None:
    """No form without an exchange that breaks it."""
    shown = {(ex.contract_of(name), rule) for name, rule, _ in (*ACCEPTED, *WRONG_ANSWERS)}
    shown |= {("sirclo-inventory", one) for one in ("history.updated_at", "history.auth")}
    shown |= {
        ("sirclo-inventory", f"history.invalid.{one}")
        for one in ("limit.type", "offset.type", "updated_at.value")
    }
    shown |= {
        ("sirclo-inventory", f"history.invalid.{one}.negative") for one in ("limit", "offset")
    }
    shown |= {("sirclo-inventory", f"auth.{one}.missing") for one in ("partner-id", "secret")}
    shown |= {("mipos-receiver", "receiver.signature.missing")}
    anywhere = {"malformed-json", "wrong-content-type", "method", "auth.missing", "auth.scheme"}
    forms = {
        (name, rule.id)
        for name in names()
        for rule in load_contract(name).rules.values()
        if rule.shown
        and rule.id not in anywhere
        and not rule.id.endswith((".empty.status", ".missing.status", ".invalid.status"))
    }
    assert forms - shown == set()
