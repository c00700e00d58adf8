"""The Comestri reference server, over real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS, REQUIRED
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/api/v2/inventories"
INTEGERS = [field for field, kind in FIELDS.items() if kind == "integer"]
STRINGS = [field for field, kind in FIELDS.items() if kind in ("string", "timestamp")]
ANSWER = [
    *("id", "qty", "available_qty", "stock_availability", "out_of_stock_threshold"),
    *("dispatch_time", "dispatch_time_unit", "unit_cost", "style", "sku", "lead_time"),
    *("lead_time_unit", "stock_arrival_date", "back_order_handling", "back_order_allocation"),
    *("source_system_stock_timestamp", "support_shipping", "inventory_source"),
]
FULL = {
    "sku": "S-1",
    "available_qty": 7,
    "stock_availability": "in_stock",
    "out_of_stock_threshold": 2,
    "dispatch_time": 1,
    "dispatch_time_unit": "hour",
    "lead_time": 3,
    "lead_time_unit": "weeks",
    "stock_arrival_date": "2016-05-30T05:13:26Z",
    "back_order_handling": "pre_orderable",
    "back_order_allocation": 4,
    "source_system_stock_timestamp": "2016-05-30T05:13:26+10:00",
    "unit_cost": 12.5,
    "style": "static",
}
NO_INTEGERS: list[object] = [1.5, True, "5", [], {}]
NO_STRINGS: list[object] = [{}, [], 5, False]
NO_VALUES: list[object] = [[], {}, 1, ""]
WRONG: list[tuple[str, object]] = [
    *((field, "many") for field in (*INTEGERS, "unit_cost", *ENUMERATIONS)),
    *((field, value) for field in INTEGERS for value in NO_INTEGERS),
    *((field, value) for field in STRINGS for value in NO_STRINGS),
    *((field, value) for field in ENUMERATIONS for value in NO_VALUES),
    *((field, value) for field in REQUIRED for value in (..., None)),
    ("unit_cost", True),
    ("unit_cost", "1.5"),
    ("unit_cost", []),
    ("stock_arrival_date", "30/05/2016"),
    ("source_system_stock_timestamp", "2016-13-30T05:13:26Z"),
    ("source_system_stock_timestamp", ""),
    ("product_code", "OIL-5W40-1L"),
    ("product_id", ...),
]


@pytest.fixture(scope="module")
def reference() -> ComestriInventory:
    return ComestriInventory()


@pytest.fixture(scope="module")
def client(reference: ComestriInventory) -> Iterator[httpx.Client]:
    with (
        Served(reference, tls=False) as served,
        httpx.Client(base_url=served.url, trust_env=False) as client,
    ):
        client.headers["Authorization"] = authorization(reference)
        yield client


def authorization(reference: ComestriInventory, prefix: str = "") -> str:
    token, email = (reference.credentials[prefix + part] for part in ("token", "email"))
    return f"Token token={token},email={email}"


def inventory(**changes: Any) -> dict[str, Any]:
    body = {"inventory_source": "MOTUL", "product_id": 1, "qty": 5, **changes}
    return {"inventory": {field: value for field, value in body.items() if value is not ...}}


def test_a_created_inventory_is_answered_in_the_printed_order(client: httpx.Client) -> None:
    """A minimal call gets 201 and the 18 fields of the example in its order."""
    answer = client.post(PATH, json=inventory())
    assert answer.status_code == 201
    assert list(answer.json()) == ANSWER
    assert answer.json()["qty"] == 5
    assert answer.json()["inventory_source"] == {"id": 1, "name": "MOTUL"}


def test_everything_sent_comes_back(client: httpx.Client) -> None:
    """A call with every optional field is answered with the values sent, by either product name."""
    by_id = client.post(PATH, json=inventory(**FULL)).json()
    by_code = client.post(PATH, json=inventory(**FULL, product_id=..., product_code="OIL-5W40-1L"))
    assert {field: by_id[field] for field in FULL} == FULL
    assert by_code.json() == by_id


@pytest.mark.parametrize("field", [field for field in FIELDS if field not in REQUIRED])
def test_null_is_allowed(client: httpx.Client, field: str) -> None:
    """Each of the 16 optional fields may be null."""
    other = {"product_id": {"product_code": "OIL-5W40-1L"}}.get(field, {})
    assert client.post(PATH, json=inventory(**{field: None}, **other)).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"), [(field, one) for field, values in ENUMERATIONS.items() for one in values]
)
def test_each_enumeration_value_is_taken(client: httpx.Client, field: str, value: str) -> None:
    """Every value of every enumeration is accepted and answered."""
    answer = client.post(PATH, json=inventory(**{field: value}))
    assert (answer.status_code, answer.json()[field]) == (201, value)


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_parameter_is_refused(client: httpx.Client, field: str, value: object) -> None:
    """A value of another kind, a required one left out, or a product named twice gets 422."""
    answer = client.post(PATH, json=inventory(**{field: value}))
    assert answer.status_code == 422
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("body", [{}, {"inventory": None}, {"inventory": []}, {"inventory": "x"}])
def test_inventory_must_be_an_object(client: httpx.Client, body: object) -> None:
    """A body without an inventory object gets 422."""
    assert client.post(PATH, json=body).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"inventory_source": "NOBODY"},
        {"product_id": 10**400},
        {"product_id": ..., "product_code": "x"},
    ],
)
def test_unknown_names_are_not_found(client: httpx.Client, changes: dict[str, Any]) -> None:
    """A source or product that does not exist gets 404."""
    assert client.post(PATH, json=inventory(**changes)).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Token",
        "Token token=x,email=y",
        "Bearer {token}",
        "Token token={token}",
        "Token {{",
    ],
)
def test_wrong_credentials_are_challenged(
    client: httpx.Client, reference: ComestriInventory, value: str | None
) -> None:
    """Missing and wrong credentials get 401 with a challenge."""
    request = client.build_request("POST", PATH, json=inventory())
    del request.headers["Authorization"]
    if value is not None:
        request.headers["Authorization"] = value.replace("{token}", reference.credentials["token"])
    answer = client.send(request)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Token ")


def test_credentials_may_be_quoted(client: httpx.Client, reference: ComestriInventory) -> None:
    """The header's values may stand in quotes, after a blank."""
    token, email = reference.credentials["token"], reference.credentials["email"]
    header = {"Authorization": f'Token token="{token}", email="{email}"'}
    assert client.post(PATH, json=inventory(), headers=header).status_code == 201


def test_a_reader_is_forbidden(client: httpx.Client, reference: ComestriInventory) -> None:
    """The account that may not write gets 403."""
    header = {"Authorization": authorization(reference, "forbidden_")}
    assert client.post(PATH, json=inventory(), headers=header).status_code == 403


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"inventory": NaN}',
        b'{"inventory": "\xff"}',
        b"[" * 100_000,
        b'{"inventory":' * 100_000,
        b'{"inventory": {"inventory_source": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": 1e999}}',
        b'{"inventory": {"inventory_source": "MOTUL", "product_id": 1, "qty": '
        + b"9" * 5000
        + b"}}",
        b'{"inventory": {"inventory_source": "\\ud800", "product_id": 1, "qty": 1}}',
    ],
)
def test_hostile_bodies_are_refused(client: httpx.Client, raw: bytes) -> None:
    """Bodies that are no JSON, or monstrous, get a 4xx with the error's shape."""
    answer = client.post(PATH, content=raw, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert isinstance(answer.json()["error"], str)


def test_fixtures_unlock_a_call(client: httpx.Client, reference: ComestriInventory) -> None:
    """The fixtures name a source and both names of one product."""
    fixtures = reference.fixtures()
    for product in ("product_id", "product_code"):
        sent = {"inventory_source": fixtures["inventory_source"], product: fixtures[product]}
        assert client.post(PATH, json={"inventory": {**sent, "qty": 0}}).status_code == 201
