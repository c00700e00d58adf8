"""The commands that the two Omni documents print, run as they are, get the printed answers."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from retailspec.reference.base import Reference

if shutil.which("curl") is None:
    pytest.skip("curl is missing: apt-get install curl", allow_module_level=True)

ORDERS_HOST = "https://orders.upnormal.co.id"
INVENTORY_HOST = "https://host.com"
ORDERS_TOKEN = "vE53k50FVtct50ll8iHBE6FgMRVCyJeF"
INVENTORY_TOKEN = "fc9a483c04a6b66745b26741aa24f3d0d29b9d84"

CONFIRM = (
    'curl -X POST -H "Content-Type: application/json" -H "Authorization: token '
    'vE53k50FVtct50ll8iHBE6FgMRVCyJeF" -H "Expect:" '
    'https://orders.upnormal.co.id/api/store/orders/confirm -i -d \'{ "number": "FR9TL74P" }\''
)
PAID = (
    'curl -X POST -H "Content-Type: application/json" -H "Authorization: token '
    'vE53k50FVtct50ll8iHBE6FgMRVCyJeF" -H "Expect:" '
    'https://orders.upnormal.co.id/api/store/orders/paid -i -d \'{ "order": "FR9TL74P" }\''
)
COMPLETE = (
    'curl -X POST -H "Content-Type: application/json" -H "Authorization: token '
    'vE53k50FVtct50ll8iHBE6FgMRVCyJeF" -H "Expect:" '
    'https://orders.upnormal.co.id/api/store/orders/complete -i -d \'{ "order": "FR9TL74P" }\''
)
CANCEL = (
    'curl -X POST -H "Content-Type: application/json" -H "Authorization: token '
    'vE53k50FVtct50ll8iHBE6FgMRVCyJeF" -H "Expect:" '
    'https://orders.upnormal.co.id/api/store/orders/cancel -i -d \'{ "order": "FR9TL74P" }\''
)
UPDATE = (
    'curl -X POST -H "Content-Type: application/json" -H "Authorization: token '
    'fc9a483c04a6b66745b26741aa24f3d0d29b9d84" -H "Expect:" '
    "https://host.com/api/backend/inventories/update -i -d "
    '\'{ "store_code": "Store1", "inventories": [{"variant_code": "BURGER01", "price": 36364, '
    '"out_of_stock": false, "is_active": true}] }\''
)

PRINTED: dict[str, Any] = {
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
"""The order that the document prints; what the calls change is told by their own sections."""


def server(name: str, token: str) -> Reference:
    return build(name, https_only=True, credentials={"token": token})


def run(command: str, served: Served, *, plain: bool = False) -> tuple[int, dict[str, str], str]:
    """Run a printed command with another host, and return status, headers and body."""
    address = served.plain_url if plain else served.url
    assert address is not None
    for host in (ORDERS_HOST, INVENTORY_HOST):
        command = command.replace(host, address)
    words = [*shlex.split(command), "--silent", "--show-error", "--cacert", str(served.ca_file)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    head, _, body = done.stdout.partition("\n\n")
    first, *rest = head.splitlines()
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
    }
    return int(first.split()[1]), headers, body


def assert_printed(answer: tuple[int, dict[str, str], str], status: int, body: Any) -> None:
    """The answer has the printed status, headers and body."""
    assert answer[0] == status
    assert json.loads(answer[2]) == body
    assert answer[1]["content-type"] == "application/json"
    assert answer[1]["vary"] == "Accept"
    assert answer[1]["allow"] == "POST, OPTIONS"


def error(message: str, code: str, field: str) -> dict[str, Any]:
    return {"error_message": message, "error_code": code, "errors": {field: message}}


@pytest.mark.parametrize(
    ("command", "changed", "again"),
    [
        (
            CONFIRM,
            {"status": 10, "statusText": "Confirmed"},
            error("Order has been confirmed", "invalid_status", "number"),
        ),
        (
            PAID,
            {"status": 1, "statusText": "New", "paymentStatus": 2},
            error("Order already paid", "already_paid", "order"),
        ),
        (
            COMPLETE,
            {"status": 20, "statusText": "Complete", "paymentStatus": 2},
            error("Order already completed", "order_already_completed", "order"),
        ),
        (
            CANCEL,
            {"status": 30, "statusText": "Cancelled"},
            error("Order already canceled", "order_already_canceled", "order"),
        ),
    ],
    ids=["confirm", "paid", "complete", "cancel"],
)
def test_order_command(command: str, changed: dict[str, Any], again: dict[str, Any]) -> None:
    """A command answers with the printed order, and run again with its printed error."""
    with Served(server("omni-orders", ORDERS_TOKEN)) as served:
        assert_printed(run(command, served), 200, {**PRINTED, **changed})
        assert_printed(run(command, served), 400, again)


def test_confirm_prints_the_very_example() -> None:
    """The printed answer is confirm's, to the last character of its values."""
    with Served(server("omni-orders", ORDERS_TOKEN)) as served:
        body = run(CONFIRM, served)[2]
    assert body == json.dumps(PRINTED)


def test_update_command() -> None:
    """The inventory's command answers with the printed text, which is no object."""
    with Served(server("omni-inventory", INVENTORY_TOKEN)) as served:
        answer = run(UPDATE, served)
    assert_printed(answer, 200, "status: 'ok'")
    assert answer[2] == "\"status: 'ok'\""


@pytest.mark.parametrize(
    ("name", "token", "command"),
    [
        ("omni-orders", ORDERS_TOKEN, CONFIRM),
        ("omni-orders", ORDERS_TOKEN, PAID),
        ("omni-orders", ORDERS_TOKEN, COMPLETE),
        ("omni-orders", ORDERS_TOKEN, CANCEL),
        ("omni-inventory", INVENTORY_TOKEN, UPDATE),
    ],
    ids=["confirm", "paid", "complete", "cancel", "update"],
)
def test_command_that_may_not(name: str, token: str, command: str) -> None:
    """With a wrong token, without one, or without TLS, a command gets the printed refusal."""
    invalid, insecure = "Invalid token", "Please use https instead of http"
    without = command.replace(f'-H "Authorization: token {token}" ', "")
    with Served(server(name, token)) as served:
        wrong = command.replace(token, token[:-1] + "0")
        assert_printed(run(wrong, served), 401, {"detail": invalid})
        assert_printed(run(without, served), 401, {"detail": invalid})
        assert_printed(run(command, served, plain=True), 403, {"detail": insecure})


def test_command_for_an_unknown_order() -> None:
    """An order that is not there gets the printed error."""
    with Served(server("omni-orders", ORDERS_TOKEN)) as served:
        answer = run(CONFIRM.replace("FR9TL74P", "FR9TL74Q"), served)
    assert_printed(answer, 400, error("Order not found", "invalid_order_number", "number"))


@pytest.mark.parametrize(
    ("old", "new", "printed"),
    [
        ("Store1", "", {"error_message": "Store not found", "error_code": "store_not_found"}),
        ("Store1", "Store9", {"error_message": "Store not found", "error_code": "store_not_found"}),
        ("BURGER01", "", error("This field is required.", "required", "variant_code")),
        ("BURGER01", "BURGER99", error("Variant not found", "variant_not_found", "variant_code")),
        ("36364", '""', error("This field is required.", "required", "price")),
        ("36364", '"abc"', error("Enter a number.", "invalid", "price")),
    ],
)
def test_update_command_with_one_field_wrong(old: str, new: str, printed: dict[str, Any]) -> None:
    """The inventory's command with a field that does not validate gets the printed 401."""
    with Served(server("omni-inventory", INVENTORY_TOKEN)) as served:
        assert_printed(run(UPDATE.replace(old, new), served), 401, printed)
