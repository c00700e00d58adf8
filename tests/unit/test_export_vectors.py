"""The vectors say what the suite does: the same bytes, the same expectations, every rule."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

import retailspec.build
from retailspec.build import Builder, NotJudged
from retailspec.contract import Contract, load_contract, names
from retailspec.errors import ContractError
from retailspec.export import requests
from retailspec.export.recipes import recipe
from retailspec.export.vectors import vectors
from retailspec.judge import STANDING
from retailspec.reference import build
from retailspec.secrets import Secrets
from retailspec.signers import SIGNERS
from retailspec.target.config import SupplyConfig, TargetConfig
from retailspec.target.target import make_target
from retailspec.values import fill

NAMES = names()
ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "src/retailspec/export/vectors.schema.json").read_text("utf-8"))
DOCUMENT = (ROOT / "src/retailspec/export/vectors.md").read_text("utf-8")
MATCHERS = ("$sent", "$echo", "$answer", "$any", "$holds")
NOW = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)


@cache
def _vectors(name: str) -> Any:
    return json.loads(json.dumps(vectors(load_contract(name))))


def _objects(node: Any) -> list[dict[str, Any]]:
    inner = node if isinstance(node, list) else node.values() if isinstance(node, dict) else ()
    own = [node] if isinstance(node, dict) else []
    return own + [found for one in inner for found in _objects(one)]


@pytest.mark.parametrize("name", NAMES)
def test_vectors_keep_their_schema(name: str) -> None:
    """The schema that is exported beside the vectors accepts them."""
    Draft202012Validator.check_schema(SCHEMA)
    errors = Draft202012Validator(SCHEMA).iter_errors(_vectors(name))
    assert not [f"{error.json_path}: {error.message[:200]}" for error in errors]


@pytest.mark.parametrize("name", NAMES)
def test_vectors_use_the_described_matchers(name: str) -> None:
    """Whoever runs the vectors knows every matcher that stands in them."""
    made = _vectors(name)
    expected = [made["standing"], *(one["expect"] for one in made["cases"])]
    keys = {key for some in expected for one in _objects(some) for key in one}
    assert {key for key in keys if re.fullmatch(r"\$[a-z]+", key)} <= set(MATCHERS)


def test_the_schema_is_closed_and_described() -> None:
    """No object of the format takes a key that the schema does not know, and each key is told."""
    for node in _objects(SCHEMA):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            assert node["additionalProperties"] is False
    expect = SCHEMA["$defs"]["expect"]["properties"]
    assert all(f"`{key}`" in DOCUMENT for key in expect)
    for matcher in MATCHERS:
        assert matcher in expect["body"]["description"]
        assert f'{{"{matcher}": ' in DOCUMENT
    assert set(SCHEMA["$defs"]["standing"]["oneOf"][0]["properties"]["check"]["enum"]) == set(
        STANDING
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_in_the_vectors_or_named_as_left_out(name: str) -> None:
    """Each rule that is judged has a vector, or stands under left_out; none is in both."""
    made = _vectors(name)
    judged = {rule.id for rule in load_contract(name).rules.values() if rule.judged}
    steps = made.get("lifecycle", {}).get("transitions", [])
    told = {one["rule"] for each in (*made["cases"], *steps) for one in each["expect"]}
    told |= {one["rule"] for one in made["standing"]}
    left = {one["rule"] for one in made["left_out"]}
    assert told | left == judged == set(made["rules"])
    assert not told & left


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_that_is_named_is_there(name: str) -> None:
    """Expectations and answers refer to schemas in the same file, and none is idle."""
    made = _vectors(name)
    parts = {key: value for key, value in made.items() if key != "schemas"}
    used = {one["schema"] for one in _objects(parts) if isinstance(one.get("schema"), str)}
    assert used == set(made["schemas"])
    for schema in made["schemas"].values():
        Draft202012Validator.check_schema(schema)
        assert "$ref" not in json.dumps(schema)


def _bytes(body: dict[str, Any] | None, look: Any) -> bytes:
    if body is None:
        return b""
    if "bytes" in body:
        return b"".join(bytes.fromhex(one["hex"]) * one["times"] for one in body["bytes"])
    if "text" in body:
        return f"{fill(body['text'], look)}{body.get('append', '')}".encode()
    form: dict[str, Any] = {"indent": 3} if "layout" in body else {"separators": (",", ":")}
    made = f"{json.dumps(fill(body['json'], look), **form)}{body.get('append', '')}".encode()
    if splice := body.get("splice"):
        made = made.replace(splice["find"].encode(), bytes.fromhex(splice["hex"]) * splice["times"])
    return made[: len(made) - body.get("drop_last", 0)]


def _variable(value: dict[str, str]) -> str:
    return value["text"] if "text" in value else NOW.strftime(value["clock"])


def _sent(request: dict[str, Any], known: dict[str, Any], secrets: Secrets) -> Any:
    """Make a vector's request as its README tells."""
    variables = {name: _variable(one) for name, one in request.get("variables", {}).items()}
    look = {**known, **variables}.__getitem__
    body = _bytes(request.get("body"), look)
    spoil = request.get("spoil", {})

    def key(name: str) -> str:
        value = secrets.spoiled(name, spoil[name]) if name in spoil else secrets.values[name]
        assert value is not None
        return value

    headers = {**fill(request["headers"], look), **fill(request.get("authorization", {}), key)}
    path, query = fill(request["path"], look), fill(request.get("query", {}), look)
    if sign := request.get("sign"):
        secret = key(sign["key"])
        if sign.get("spoil") == "last":
            secret = secret[:-1] + ("B" if secret.endswith("A") else "A")
        over = _bytes(sign["over"], look) if "over" in sign else body
        message = ("/base" + fill(sign["uri"], look)).encode() if "uri" in sign else b""
        digest = hmac.digest(secret.encode(), message + over, hashlib.sha256)
        text = b64encode(digest).decode() if sign["encoding"] == "base64" else digest.hex()
        text = text.swapcase() if sign.get("swap") else text
        headers[sign["header"]] = text[: len(text) - sign.get("cut", 0)] + sign.get("append", "")
    pairs = "&".join(f"{quote(n, safe='')}={quote(str(v), safe='')}" for n, v in query.items())
    uri = ("" if path == "/" else quote(path)) + (f"?{pairs}" if pairs else "")
    return request["method"], uri, headers, body


def _target(contract: Contract) -> Any:
    reference = build(contract.name)
    settings = TargetConfig(
        base_url="https://127.0.0.1:1/base",
        http_url="http://127.0.0.1:2/base",
        fixtures=dict(reference.fixtures()),
        supply={name: SupplyConfig(numbers=["FRESH"]) for name in contract.supplies},
    )
    secrets = Secrets(reference.credentials, {name: name for name in reference.credentials})
    return make_target(contract, settings, "test:", secrets=secrets, embedded=True)


class _Moment(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return NOW


@pytest.mark.parametrize("name", NAMES)
def test_vectors_send_what_the_suite_sends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made as README.md says, each case's request is, byte for byte, the one of a live run."""
    monkeypatch.setattr(retailspec.build, "datetime", _Moment)
    monkeypatch.setattr("retailspec.secrets.random_other", lambda value: "r" * max(len(value), 8))
    contract = load_contract(name)
    target = _target(contract)
    builder, fresh = Builder(target), dict.fromkeys(contract.supplies, "FRESH")
    cases = {
        f"{rule.id}#{number}": case
        for rule in contract.rules.values()
        if rule.judged
        for number, case in enumerate(rule.cases)
    }
    assert {one["id"] for one in _vectors(name)["cases"]} == cases.keys()
    compared = 0
    for one in _vectors(name)["cases"]:
        case, request = cases[one["id"]], one["request"]
        if case.edits.get("sign") == "random" or "random" in request.get("spoil", {}).values():
            continue
        if (case.edits.get("sign"), request.get("sign", {}).get("spoil")) == (
            "other-key",
            "random",
        ):
            continue
        try:
            live = builder.prepare(case, fresh).request
        except NotJudged:
            assert (
                set(one["needs"].get("credentials", ())) - target.secrets.values.keys()
                or set(one["needs"].get("fixtures", ())) - target.fixtures.keys()
            )
            continue
        method, uri, headers, body = _sent(request, {**target.fixtures, **fresh}, target.secrets)
        base = "http://127.0.0.1:2/base" if "transport" in request else "https://127.0.0.1:1/base"
        assert (live.method, live.url) == (method, base + uri), one["id"]
        assert (dict(live.headers), live.body) == (headers, body), one["id"]
        compared += 1
    assert compared > len(cases) * 0.8


@pytest.mark.parametrize("name", ["sirclo-inventory", "mipos-receiver"])
def test_signatures_are_right(name: str) -> None:
    """Each signature vector is what the project's own signer gives, and wrong ones differ."""
    made = _vectors(name)["signatures"]
    for one in made:
        sign = SIGNERS[one["scheme"]]
        part = (one["key"], one["method"], one["uri"], one["body"].encode())
        assert sign(*part, None, one["options"]) == one["signature"], one["name"]
        for kind, wrong in one.get("wrong", {}).items():
            assert sign(*part, kind, one["options"]) == wrong != one["signature"]
    assert any(one.get("wrong") for one in made)


def test_the_vendors_own_signatures_are_among_them() -> None:
    """The two that SIRCLO prints are exported, the unverified one of mipOS is not."""
    printed = {
        one["signature"]: one["source"] for one in _vectors("sirclo-inventory")["signatures"]
    }
    assert printed["XoPRRDtfNWaGm4nbw7A0LY/c2U0+jg3F3Ay2d3VR3bM="] == "printed"
    assert printed["CxWnlMigAoSQgKcFIxVme0bXYk8Ftk99daJXssYCXC8="] == "printed"
    assert {one["source"] for one in _vectors("mipos-receiver")["signatures"]} == {"computed"}


def test_the_lifecycle_is_whole() -> None:
    """All 28 transitions are there, and each plan's paths follow them and make all of them."""
    spec = _vectors("omni-orders")["lifecycle"]
    table = {(one["from"], one["call"]): one for one in spec["transitions"]}
    assert len(table) == len(spec["transitions"]) == 28
    assert sum(one["accepted"] for one in table.values()) == 13
    assert [plan["depth"] for plan in spec["plans"]] == ["transitions", "states", "deep"]
    assert len(spec["plans"][0]["paths"]) == 8
    for plan in spec["plans"]:
        made = set()
        for path in plan["paths"]:
            state = spec["initial"]
            for call in path:
                made.add((state, call))
                state = table[state, call]["to"]
        assert made == table.keys()


def test_refusals_of_another_state_are_told_apart() -> None:
    """A refusal has the printed body where it is the call's own, else the code of the state."""
    spec = _vectors("omni-orders")["lifecycle"]
    table = {(one["from"], one["call"]): one["expect"] for one in spec["transitions"]}
    own = table["confirmed-unpaid", "confirm"][1]
    assert own["rule"] == "refusal.own"
    assert own["expect"]["body"]["errors"] == {"number": "Order has been confirmed"}
    other = table["complete-paid", "confirm"][1]
    assert other["rule"] == "refusal.states-it"
    assert other["expect"] == {"body": {"error_code": "order_already_completed"}}


def test_what_cannot_be_said_is_an_error() -> None:
    """A scheme or a kind of wrongness without a recipe is named, not left out in silence."""
    with pytest.raises(ContractError, match="rot13"):
        recipe("rot13", None, "/", None)
    with pytest.raises(ContractError, match="upside-down"):
        recipe("sirclo", "upside-down", "/", None)
    contract = load_contract("omni-inventory")
    case = contract.rules["malformed-json"].cases[0]
    with pytest.raises(ContractError, match="melted"):
        requests.request_vector(contract, replace(case, edits={"mangle": "melted"}))
    with pytest.raises(ContractError, match="nothing at /nowhere"):
        requests.request_vector(contract, replace(case, edits={"without": ["/nowhere"]}))


def test_the_runner_is_short() -> None:
    """The example of a runner stays below a hundred lines."""
    text = (ROOT / "examples" / "run-vectors.mjs").read_text("utf-8")
    assert len(text.splitlines()) < 100
    imported = set(re.findall(r'from "([^"]+)"', text))
    assert all(name.startswith("node:") for name in imported)
