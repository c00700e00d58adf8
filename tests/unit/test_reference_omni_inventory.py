"""What the Omni inventory server answers, held against what its document prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from omni_caller import UPDATE, Caller, assert_common, calling

from retailspec.reference import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

TOKEN = "fc9a483c04a6b66745b26741aa24f3d0d29b9d84"


@pytest.fixture(scope="module")
def inventory() -> Iterator[Caller]:
    with calling(build("omni-inventory")) as caller:
        yield caller


def update(caller: Caller, **change: object) -> httpx.Response:
    """Send the documented body with changes to its first item (`variant__x`) or to itself."""
    item: dict[str, object] = {
        "variant_code": "BURGER01",
        "price": 36364,
        "out_of_stock": False,
        "is_active": True,
    }
    body: dict[str, object] = {"store_code": "Store1", "inventories": [item]}
    for name, value in change.items():
        part = item if name in {*item} else body
        if value is ...:
            del part[name]
        else:
            part[name] = value
    return caller.http.post(UPDATE, json=body)


def required(field: str) -> dict[str, object]:
    text = "This field is required."
    return {"error_message": text, "error_code": "required", "errors": {field: text}}


STORE_NOT_FOUND = {"error_message": "Store not found", "error_code": "store_not_found"}
VARIANT_NOT_FOUND = {
    "error_message": "Variant not found",
    "error_code": "variant_not_found",
    "errors": {"variant_code": "Variant not found"},
}
ENTER_A_NUMBER = {
    "error_message": "Enter a number.",
    "error_code": "invalid",
    "errors": {"price": "Enter a number."},
}


def test_documented_update_is_answered_as_printed() -> None:
    """The documented call, on a fresh server, gets the printed JSON string."""
    reference = build("omni-inventory", credentials={"token": TOKEN})
    with calling(reference) as caller:
        answer = update(caller)
    assert answer.status_code == 200
    assert_common(answer)
    assert answer.content == b"\"status: 'ok'\""


@pytest.mark.parametrize(
    ("change", "printed"),
    [
        ({"store_code": ""}, STORE_NOT_FOUND),
        ({"store_code": "Nowhere"}, STORE_NOT_FOUND),
        ({"store_code": ...}, STORE_NOT_FOUND),
        ({"store_code": 5}, STORE_NOT_FOUND),
        ({"store_code": ["Store1"]}, STORE_NOT_FOUND),
        ({"variant_code": ""}, required("variant_code")),
        ({"variant_code": ...}, required("variant_code")),
        ({"variant_code": None}, required("variant_code")),
        ({"variant_code": "NOSUCH"}, VARIANT_NOT_FOUND),
        ({"variant_code": 5}, VARIANT_NOT_FOUND),
        ({"variant_code": {}}, VARIANT_NOT_FOUND),
        ({"price": ""}, required("price")),
        ({"price": ...}, required("price")),
        ({"price": None}, required("price")),
        ({"price": "abc"}, ENTER_A_NUMBER),
        ({"price": "1_000"}, ENTER_A_NUMBER),
        ({"price": "nan"}, ENTER_A_NUMBER),
        ({"price": True}, ENTER_A_NUMBER),
        ({"price": [1]}, ENTER_A_NUMBER),
        ({"store_code": "", "variant_code": "", "price": ""}, STORE_NOT_FOUND),
        ({"variant_code": "", "price": ""}, required("variant_code")),
        ({"inventories": ...}, required("inventories")),
    ],
    ids=str,
)
def test_invalid_values_are_refused_as_printed(
    inventory: Caller, change: dict[str, Any], printed: dict[str, object]
) -> None:
    """Each value that does not validate gets the printed 401; the first of several counts."""
    answer = update(inventory, **change)
    assert (answer.status_code, answer.json()) == (401, printed)
    assert_common(answer)


@pytest.mark.parametrize("flag", ["out_of_stock", "is_active"])
@pytest.mark.parametrize("value", [None, 0, 1, "true", "", []], ids=repr)
def test_flags_are_booleans(inventory: Caller, flag: str, value: object) -> None:
    """A flag that is no boolean is refused under its own name."""
    answer = update(inventory, **{flag: value})
    assert answer.status_code == 401
    assert list(answer.json()["errors"]) == [flag]


@pytest.mark.parametrize("value", [{}, "BURGER01", 5, True, [5], [None], [[]]], ids=repr)
def test_inventories_are_a_list_of_objects(inventory: Caller, value: object) -> None:
    """What is no list of objects is refused under its own name."""
    answer = update(inventory, inventories=value)
    assert answer.status_code == 401
    assert list(answer.json()["errors"]) == ["inventories"]


@pytest.mark.parametrize("price", [0, 36364, 99.5, "36364", "99.50", 10**30])
def test_prices_are_numbers(inventory: Caller, price: object) -> None:
    """Whole and fractional prices are taken, as numbers or as their text."""
    assert update(inventory, price=price).json() == "status: 'ok'"


def test_flags_default_to_false(inventory: Caller) -> None:
    """Leaving a flag out is the same as false."""
    assert update(inventory, out_of_stock=..., is_active=...).status_code == 200
    line = inventory.reference.inventory["Store1", "BURGER01"]
    assert (line.out_of_stock, line.is_active) == (False, False)


def test_a_refused_update_takes_nothing_over(inventory: Caller) -> None:
    """Several variants are taken over together or, when one of them is wrong, not at all."""
    first = {"variant_code": "SODA01", "price": 1}
    good = {"variant_code": "FRIES01", "price": 2}
    bad = {"variant_code": "FRIES01", "price": "abc"}
    assert update(inventory, inventories=[first, bad]).json() == ENTER_A_NUMBER
    assert ("Store1", "SODA01") not in inventory.reference.inventory
    assert update(inventory, inventories=[first, good]).status_code == 200
    assert {("Store1", "SODA01"), ("Store1", "FRIES01")} <= inventory.reference.inventory.keys()
