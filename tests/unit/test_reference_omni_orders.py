"""What the Omni order server answers, held against what its document prints."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from omni_caller import DETAILS, FIELDS, Caller, assert_common, calling

from retailspec.reference import build
from retailspec.reference.omni_orders import OmniOrders, Order

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "vE53k50FVtct50ll8iHBE6FgMRVCyJeF"
PRINTED_ORDER = {
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
NOT_FOUND = {
    "error_message": "Order not found",
    "error_code": "invalid_order_number",
    "errors": {"number": "Order not found"},
}
CONFIRMED = {
    "error_message": "Order has been confirmed",
    "error_code": "invalid_status",
    "errors": {"number": "Order has been confirmed"},
}
PAID = {
    "error_message": "Order already paid",
    "error_code": "already_paid",
    "errors": {"order": "Order already paid"},
}
COMPLETED = {
    "error_message": "Order already completed",
    "error_code": "order_already_completed",
    "errors": {"order": "Order already completed"},
}
CANCELED = {
    "error_message": "Order already canceled",
    "error_code": "order_already_canceled",
    "errors": {"order": "Order already canceled"},
}


@pytest.fixture(scope="module")
def orders() -> Iterator[Caller]:
    with calling(build("omni-orders")) as caller:
        yield caller


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("confirm", {}),
        ("paid", {"status": 1, "statusText": "New", "paymentStatus": 2}),
        ("complete", {"status": 20, "statusText": "Complete", "paymentStatus": 2}),
        ("cancel", {"status": 30, "statusText": "Cancelled"}),
    ],
)
def test_documented_order_is_answered_as_printed(action: str, change: dict[str, Any]) -> None:
    """Each documented call, on a fresh server, gets the printed order with the call's effect."""
    with calling(build("omni-orders", credentials={"token": TOKEN})) as caller:
        answer = caller.send(action, "FR9TL74P")
    assert answer.status_code == 200
    assert_common(answer)
    assert list(answer.json().items()) == list({**PRINTED_ORDER, **change}.items())


@pytest.mark.parametrize(
    ("before", "action", "printed"),
    [
        (["confirm"], "confirm", CONFIRMED),
        (["complete"], "confirm", COMPLETED),
        (["cancel"], "confirm", CANCELED),
        (["paid"], "paid", PAID),
        (["complete"], "paid", PAID),
        (["cancel"], "paid", CANCELED),
        (["paid", "cancel"], "paid", CANCELED),
        (["complete"], "complete", COMPLETED),
        (["cancel"], "complete", CANCELED),
        (["cancel"], "cancel", CANCELED),
    ],
)
def test_state_refuses_as_printed_and_stays(
    orders: Caller, before: list[str], action: str, printed: dict[str, object]
) -> None:
    """A call that the order's state rules out gets the printed error and changes nothing."""
    number = orders.fresh(*before)
    was = orders.details(number)
    answer = orders.send(action, number)
    assert (answer.status_code, answer.json()) == (400, printed)
    assert_common(answer)
    assert orders.details(number) == was


@pytest.mark.parametrize("paid", [[], ["paid"]], ids=["unpaid", "paid"])
@pytest.mark.parametrize(
    ("calls", "effect"),
    [
        (["confirm"], {"status": 10, "statusText": "Confirmed"}),
        (["complete"], {"status": 20, "statusText": "Complete", "paymentStatus": 2}),
        (["confirm", "complete"], {"status": 20, "statusText": "Complete", "paymentStatus": 2}),
        (["cancel"], {"status": 30, "statusText": "Cancelled"}),
        (["confirm", "cancel"], {"status": 30, "statusText": "Cancelled"}),
        (["complete", "cancel"], {"status": 30, "statusText": "Cancelled"}),
    ],
)
def test_effect_is_the_documented_one_and_no_other(
    orders: Caller, paid: list[str], calls: list[str], effect: dict[str, Any]
) -> None:
    """A call changes the fields that the document names, and no others."""
    *before, last = calls
    number = orders.fresh(*paid, *before)
    was = orders.details(number)["order"]
    answer = orders.send(last, number).json()
    after = orders.details(number)["order"]
    assert after == {**was, **effect}
    assert answer == {name: after[name] for name in PRINTED_ORDER}


@pytest.mark.parametrize("before", [[], ["confirm"]], ids=["new", "confirmed"])
def test_paying_changes_the_payment_alone(orders: Caller, before: list[str]) -> None:
    """An unpaid order is paid and keeps its status."""
    number = orders.fresh(*before)
    was = orders.details(number)["order"]
    assert orders.send("paid", number).status_code == 200
    assert orders.details(number)["order"] == {**was, "paymentStatus": 2}


@pytest.mark.parametrize("action", FIELDS)
def test_unknown_and_foreign_orders_are_not_found(orders: Caller, action: str) -> None:
    """An order that does not exist and one of another store get the same printed answer."""
    for number in ("NOSUCH00", orders.reference.fixtures()["foreign_order"]):
        answer = orders.send(action, number)
        assert (answer.status_code, answer.json()) == (400, NOT_FOUND)
        assert_common(answer)


def test_foreign_order_is_the_other_stores_own(orders: Caller) -> None:
    """Each of two stores finds its own order and not the other's."""
    headers = {"Authorization": f"token {orders.reference.foreign_token}"}
    path = "/api/store/orders/paid"
    own = {"order": orders.reference.foreign_number}
    other = {"order": orders.fresh()}
    assert orders.http.post(path, headers=headers, json=own).json()["paymentStatus"] == 2
    assert orders.http.post(path, headers=headers, json=other).json() == NOT_FOUND


@pytest.mark.parametrize("action", FIELDS)
@pytest.mark.parametrize("number", [None, "", 5, 1.5, True, [], {}, ["FR9TL74P"]], ids=repr)
def test_number_that_is_no_text_is_refused_with_the_error_shape(
    orders: Caller, action: str, number: object
) -> None:
    """A number that is empty or of another type is a 400 that names the call's own field."""
    answer = orders.send(action, number)
    assert answer.status_code == 400
    body = answer.json()
    assert body["errors"] == {FIELDS[action]: body["error_message"]}


@pytest.mark.parametrize("action", FIELDS)
def test_number_under_the_other_key_is_missing(orders: Caller, action: str) -> None:
    """Confirm takes `number`, the others `order`, and neither takes the other's."""
    wrong = {"number": "order", "order": "number"}[FIELDS[action]]
    answer = orders.http.post(f"/api/store/orders/{action}", json={wrong: orders.fresh()})
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "required"


def test_details_show_an_order_without_changing_it(orders: Caller) -> None:
    """The details call answers the 19 fields and the items, and refuses as the others do."""
    number = orders.fresh()
    found = orders.details(number)
    assert found == orders.details(number)
    assert list(found["order"]) == [*PRINTED_ORDER, "items"]
    assert orders.http.get(DETAILS, params={"number": "NOSUCH00"}).json() == NOT_FOUND
    assert orders.http.get(DETAILS).status_code == 400
    assert orders.http.post(DETAILS).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("action", FIELDS)
def test_of_equal_calls_at_once_one_wins(orders: Caller, action: str) -> None:
    """Of many equal calls on one order, released together, exactly one succeeds."""
    number = orders.fresh()
    count = 8
    barrier = Barrier(count)

    def call(_: int) -> int:
        with httpx.Client(base_url=orders.http.base_url, headers=orders.http.headers) as http:
            http.options(f"/api/store/orders/{action}")  # a connection each, made beforehand
            barrier.wait(10)
            body = {FIELDS[action]: number}
            return http.post(f"/api/store/orders/{action}", json=body).status_code

    with ThreadPoolExecutor(count) as pool:
        assert sorted(pool.map(call, range(count))) == [200] + [400] * (count - 1)


def test_an_order_is_locked_while_a_call_changes_it() -> None:
    """Also where carrying a call out takes a while, exactly one of many equal calls succeeds."""

    class Slow(OmniOrders):
        async def carry_out(self, action: str, before: Order) -> Order:
            await asyncio.sleep(0)
            return await super().carry_out(action, before)

    async def statuses() -> list[int]:
        reference = Slow(credentials={"token": TOKEN})
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(reference.app),
            base_url="http://localhost",
            headers={"Authorization": f"token {TOKEN}"},
        ) as http:
            path, body = "/api/store/orders/paid", {"order": "FR9TL74P"}
            answers = await asyncio.gather(*(http.post(path, json=body) for _ in range(6)))
        return sorted(answer.status_code for answer in answers)

    assert asyncio.run(statuses()) == [200] + [400] * 5


def test_fresh_orders_differ_and_are_new(orders: Caller) -> None:
    """Each order that is made is new and unpaid, with a number like the documented one."""
    numbers = {orders.fresh() for _ in range(5)}
    assert len(numbers) == 5
    for number in numbers:
        order = orders.details(number)["order"]
        assert (order["status"], order["statusText"], order["paymentStatus"]) == (1, "New", 1)
        assert len(number) == 8
        assert number.isalnum()
        assert number == number.upper()
