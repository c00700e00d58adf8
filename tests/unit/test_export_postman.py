"""A collection has what the contract says, and no secret."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from retailspec.contract import load_contract, names
from retailspec.export.postman import collection, environment
from retailspec.export.scripts import signing_script
from retailspec.signers import SIGNERS

NAMES = names()


def _script(made: dict[str, Any], listen: str) -> str:
    lines = [
        line
        for event in made.get("event", [])
        if event["listen"] == listen
        for line in event["script"]["exec"]
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_every_call_is_a_request_with_tests(name: str) -> None:
    """There is a request per call, in the contract's order, each with a test of its status."""
    contract = load_contract(name)
    made = collection(contract)
    assert [item["name"] for item in made["item"]] == list(contract.calls)
    for item in made["item"]:
        assert "pm.response.code" in _script(item, "test")
        assert item["request"]["method"] == contract.operation_of(item["name"]).method


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_is_in_the_environment(name: str) -> None:
    """Each {{name}} of a request is in the environment, or set by the collection's own script."""
    contract = load_contract(name)
    made = collection(contract)
    text = json.dumps([item["request"] for item in made["item"]])
    used = {part.split("}}")[0] for part in text.split("{{")[1:]}
    known = {value["key"] for value in environment(contract)["values"]}
    clocks = {one for one in used - known if f'"{one}": "%' in _script(made, "prerequest")}
    assert used - known == clocks
    signed = {contract.signing["key"]} if contract.signing else set()
    switches = {value for value in known if value.startswith("with_")}
    assert known - used <= signed | switches


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_marked_and_empty(name: str) -> None:
    """Credentials are secret variables without a value; nothing else is secret."""
    contract = load_contract(name)
    secret = [one for one in environment(contract)["values"] if one["type"] == "secret"]
    assert {one["key"] for one in secret} <= contract.credentials.keys()
    needed = {key for key, one in contract.credentials.items() if one.required}
    assert needed <= {one["key"] for one in secret}
    assert not any(one["value"] for one in secret)


def test_each_order_is_used_once() -> None:
    """Every call that takes an order has a variable of its own for it."""
    contract = load_contract("omni-orders")
    bodies = [
        item["request"].get("body", {}).get("raw", "") for item in collection(contract)["item"]
    ]
    orders = [f"{{{{{call}_order}}}}" for call in ("confirm", "paid", "complete", "cancel")]
    assert [body.count(order) for body, order in zip(bodies, orders, strict=False)] == [1] * 4


@pytest.mark.parametrize("scheme", SIGNERS)
def test_every_scheme_has_a_script(scheme: str) -> None:
    """Each signing scheme that requests can be signed by has its function in JavaScript."""
    assert "function sign(key, method, uri, body)" in (signing_script(scheme) or "")


def test_the_script_follows_the_scheme() -> None:
    """The script is the scheme's, whoever uses it; of an unknown one it is said to be missing."""
    contract = load_contract("omni-inventory")
    signing = {"scheme": "hex-hmac-of-body", "header": "X-Sum", "key": "token"}
    made = collection(replace(contract, signing=signing))
    before = _script(made, "prerequest")
    assert '{"header": "X-Sum", "key": "token"}' in before
    assert (signing_script("hex-hmac-of-body") or "no script") in before + "\n"
    other = collection(replace(contract, signing={**signing, "scheme": "rot13"}))
    assert "event" not in other
    assert "rot13 has no script" in other["info"]["description"]


def test_numbers_stand_without_quotes() -> None:
    """A fixture that is a number in a target file is a number in the body."""
    contract = load_contract("mipos-receiver")
    raw = collection(contract)["item"][0]["request"]["body"]["raw"]
    assert '"store_id": {{store_id}}' in raw
    assert '"pos_id": "{{pos_id}}"' in raw
    values = {one["key"]: one["value"] for one in environment(contract)["values"]}
    assert values["store_id"] == "1"
