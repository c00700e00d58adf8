"""Judging whoever calls: sound clients however unusual, and every rule broken."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import client_exchanges as ex
import pytest

from retailspec.clients.judging import ANSWER_LOST, BODY_LOST
from retailspec.clients.tally import Tally
from retailspec.contract import load_contract, names
from retailspec.exchange import Exchange, Request, Response
from retailspec.report.clients import exit_status, verdict_lines

LONG = 60_000
_TEXT = re.compile(r'"[^"]*"')


def changed(name: str, pointer: str, value: Any) -> Any:
    """Return a sound body with one value set; an Ellipsis takes it out."""
    body = ex.body_of(name)
    *above, last = pointer.split("/")[1:]
    holder = body
    for part in above:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    if value is ...:
        del holder[last]
    elif isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value
    return body


def _escaped(found: re.Match[str]) -> str:
    return found[0].replace("e", "\\u0065")


# Sound clients


@pytest.mark.parametrize("name", ex.NAMES)
def test_sound_call_breaks_nothing(name: str) -> None:
    """The printed calls keep every rule that their contract has for clients."""
    judged = ex.judge(ex.contract_of(name)).judge(ex.call(name))
    assert [one for one in judged.client if one.finding] == []
    rules = load_contract(ex.contract_of(name)).clients
    said = {one.rule_id for one in judged.client}
    silent = {id_ for id_, rule in rules.items() if id_ not in said}
    assert silent <= {
        "client.buffer",
        "client.content-type",
        "client.content-type.missing",
        "client.lifecycle",
        "client.references",
        "client.references.consumption-unit",
        "client.schema.stocks",
        "client.schema.text",
    }


@pytest.mark.parametrize("name", ex.NAMES)
@pytest.mark.parametrize(
    "how",
    [
        {"label": "application/json; charset=utf-8"},
        {"label": "Application/JSON;charset=UTF-8"},
        {"label": " application/json "},
        {"more": (("content-type", "application/json"),)},
        {"more": (("X-Request-Id", "1"), ("X-Request-Id", "2"))},
        {"more": (("Accept", "*/*"), ("Expect", ""))},
        {"method": "post"},
    ],
    ids=["charset", "case", "blanks", "label twice", "repeated header", "Expect off", "lower case"],
)
def test_unusual_head_is_sound(name: str, how: dict[str, Any]) -> None:
    """Parameters, case, blanks and repetition of headers are nobody's fault."""
    if name == "history":
        how = {**how, "method": "get"} if "method" in how else how
    assert ex.spoilt(name, **how) == []


@pytest.mark.parametrize("name", [one for one in ex.NAMES if one != "history"])
@pytest.mark.parametrize(
    "write",
    [
        lambda body: json.dumps(body, indent=4).encode(),
        lambda body: b"\r\n\t " + json.dumps(body, separators=(",", ":")).encode() + b"\n",
        lambda body: _TEXT.sub(_escaped, json.dumps(body)).encode(),
        lambda body: json.dumps({"surprise": [None, {"a": 1}], **body}).encode(),
        lambda body: b"\xef\xbb\xbf" + json.dumps(body).encode(),
        lambda body: json.dumps(dict(reversed(body.items()))).encode(),
    ],
    ids=["indented", "compact", "escapes", "more fields", "byte order mark", "other order"],
)
def test_unusual_json_is_sound(name: str, write: Any) -> None:
    """However its JSON is written, and whatever else it holds, a body is what it says."""
    assert ex.spoilt(name, text=write(ex.body_of(name))) == []


@pytest.mark.parametrize(
    ("name", "pointer", "value"),
    [
        ("create", "/inventory/qty", 5.0),
        ("create", "/inventory/qty", 0),
        ("create", "/inventory/qty", 10**30),
        ("create", "/inventory/product_code", None),
        ("create", "/inventory/unit_cost", 1e2),
        ("create", "/inventory/stock_arrival_date", "2016-05-30"),
        ("create", "/inventory/stock_arrival_date", "2016-05-30T05:13:26.123+07:00"),
        ("create", "/inventory/stock_arrival_date", "20160530T051326Z"),
        ("create", "/inventory/stock_arrival_date", "2016-W22-1"),
        ("create", "/inventory/stock_arrival_date", "2016-151"),
        ("create", "/inventory/source_system_stock_timestamp", None),
        ("create", "/inventory/sku", "\ud83d\ude00"),
        ("stocks", "/available_stock", 100.0),
        ("stocks", "/buffer_stock", 100),
        ("stocks", "/sync_stock", "true"),
        ("stocks", "/sync_stock", ...),
        ("stocks", "/channel_stock", []),
        ("prices", "/inventories", []),
        ("prices", "/inventories/0/price", 0.5),
        ("prices", "/inventories/0/is_active", ...),
        ("sync", "/items", []),
        ("sync", "/units/0/unheard_of", 5),
        ("move", "/movement_type", 1.0),
        ("move", "/external_id", "avcc123"),
        ("deliver", "/store_id", "1"),
        ("confirm", "/number", "  FR9TL74P "),
        ("confirm", "/number", "n" * LONG),
    ],
)
def test_unusual_value_is_sound(name: str, pointer: str, value: Any) -> None:
    """Whatever spelling of a value a document allows is no departure."""
    assert ex.spoilt(name, body=changed(name, pointer, value)) == []


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("confirm", {"base": "https://api.example:8443/tenant/7"}),
        ("stocks", {"base": "https://api.example/gateway"}),
        ("confirm", {"path": "/api/store/orders/confirm?"}),
        ("confirm", {"path": "/api/store/orders/confirm?trace=a%20b&trace=c&debug"}),
        ("confirm", {"path": "/api/store/orders/con%66ir%6D"}),
        ("create", {"path": "/api/v2/%69nventories"}),
        ("sync", {"path": "/api/v1/inventory/pos/store/a%2Fb%20c/system/sync"}),
        ("sync", {"path": "/api/v1/inventory/pos/store/%C3%A9/system/sync"}),
        ("history", {"path": ex.HISTORY}),
        ("history", {"path": f"{ex.HISTORY}?limit=10&offset=0&updated_at=2021-02-05T15:04:05Z"}),
        ("history", {"path": f"{ex.HISTORY}?updated_at=2021-02-05T15%3A04%3A05%2B07%3A00&limit=1"}),
        ("history", {"path": f"{ex.HISTORY}?updated_at=2021-02-05T15:04:05+07:00&limit=1"}),
        ("history", {"path": f"{ex.HISTORY}?updated_at=2021-02-05+15:04:05Z&offset=1"}),
        ("history", {"path": f"{ex.HISTORY}?limit=007&offset=0&cursor=x+y"}),
        ("history", {"more": (("Content-Type", "application/json"), ("Content-Length", "0"))}),
        ("deliver", {"path": "/"}),
        ("deliver", {"path": "/anything/at%20all/?secretly=1"}),
    ],
)
def test_unusual_address_is_sound(name: str, how: dict[str, Any]) -> None:
    """Base paths, encodings that make no difference and more parameters are no departure."""
    assert ex.spoilt(name, **how) == []


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_question_about_a_path_is_no_call(method: str) -> None:
    """What only asks about a path is not judged."""
    judged = ex.judge("omni-orders").judge(ex.call("confirm", method=method))
    assert "asks" in judged.why_not
    assert judged.client == ()


def test_numbers_for_names_cost_an_advisory_alone() -> None:
    """No sentence of the mipOS document asks for text there: only its example shows it."""
    body = ex.body_of("sync")
    body["items"][0] |= {"name": 1, "external_id": 5, "supplier_external_id": 9}
    body["suppliers"][0]["external_id"] = 9
    assert ex.spoilt("sync", body=body) == ["client.schema.text"]
    assert ex.spoilt("sync", body=changed("sync", "/items/0/name", None)) == ["client.schema"]
    assert ex.spoilt("sync", body=changed("sync", "/items/0/name", True)) == ["client.schema"]
    assert ex.spoilt("sync", body=changed("sync", "/items/0/name", ...)) == ["client.schema"]


def test_an_id_is_the_same_as_number_and_as_text() -> None:
    """Units and suppliers are found whichever way their id is written."""
    body = ex.body_of("sync")
    body["items"][0]["supplier_external_id"] = "9"
    body["suppliers"][0]["external_id"] = 9
    assert ex.spoilt("sync", body=body) == ["client.schema.text"]


@pytest.mark.parametrize("field", ["available_stock", "buffer_stock"])
def test_a_stock_with_a_default_may_be_left_out(field: str) -> None:
    """It is required and has a default in one line: leaving it out costs an advisory alone."""
    assert ex.spoilt("stocks", body=changed("stocks", f"/{field}", ...)) == ["client.schema.stocks"]
    body = {**changed("stocks", f"/{field}", ...), "sku": 5}
    assert ex.spoilt("stocks", body=body) == ["client.schema", "client.schema.stocks"]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("confirm", "client.content-type"),
        ("prices", "client.content-type"),
        ("sync", "client.content-type"),
        ("deliver", "client.content-type"),
        ("stocks", "client.content-type.missing"),
        ("create", "client.content-type.missing"),
    ],
)
def test_no_label(name: str, rule: str) -> None:
    """Leaving the label out breaks a must only where the document lists the header."""
    assert ex.spoilt(name, label=None) == [rule]


# Clients at fault


@pytest.mark.parametrize(
    ("name", "how", "rules"),
    [
        ("confirm", {"path": "/api/store/orders/confirm/", "base": ex.HOST}, ["client.path"]),
        ("confirm", {"path": "/api/store/order/confirm"}, ["client.path"]),
        ("stocks", {"path": "/v1/partner/inventory/updatestock"}, ["client.path"]),
        ("create", {"path": "/api/v2/inventory"}, ["client.path"]),
        ("sync", {"path": "/api/v1/inventory/pos/store//system/sync"}, ["client.path"]),
        ("sync", {"path": "/"}, ["client.path"]),
        ("confirm", {"method": "PUT"}, ["client.method"]),
        ("confirm", {"method": "GET", "text": b""}, ["client.method"]),
        ("history", {"method": "POST"}, ["client.method"]),
        ("deliver", {"method": "PUT"}, ["client.method"]),
        ("confirm", {"label": "text/plain"}, ["client.content-type"]),
        ("confirm", {"label": "application/x-www-form-urlencoded"}, ["client.content-type"]),
        ("stocks", {"label": "text/json"}, ["client.content-type"]),
        ("create", {"label": "application/vnd.api+json"}, ["client.content-type"]),
        ("deliver", {"label": ""}, ["client.content-type"]),
        ("prices", {"more": (("Content-Type", "text/plain"),)}, ["client.content-type"]),
        ("confirm", {"text": b""}, ["client.schema"]),
        ("confirm", {"text": b"number=FR9TL74P"}, ["client.schema"]),
        ("confirm", {"text": b"{'number': 'FR9TL74P'}"}, ["client.schema"]),
        ("confirm", {"text": b'{"number": "FR9TL74P",}'}, ["client.schema"]),
        ("confirm", {"text": b'{"number": "\xff"}'}, ["client.schema"]),
        ("confirm", {"text": '{"number": "FR9TL74P"}'.encode("utf-16")}, ["client.schema"]),
        ("confirm", {"body": []}, ["client.schema"]),
        ("confirm", {"body": [{"number": "FR9TL74P"}]}, ["client.schema"]),
        ("confirm", {"body": "FR9TL74P"}, ["client.schema"]),
        ("confirm", {"body": {"order": "FR9TL74P"}}, ["client.schema"]),
        ("confirm", {"body": {"number": 5}}, ["client.schema"]),
        ("confirm", {"body": {"number": ""}}, ["client.schema"]),
        ("confirm", {"body": {"number": ["FR9TL74P"]}}, ["client.schema"]),
        ("paid", {"body": {"number": "FR9TL74P"}}, ["client.schema"]),
        ("prices", {"text": b'{"store_code": "a", "inventories": NaN}'}, ["client.schema"]),
        (
            "create",
            {"text": b'{"inventory": {"inventory_source": "M", "qty": 1e999}}'},
            ["client.schema"],
        ),
        (
            "create",
            {"text": b'{"inventory": {"inventory_source": "M", "qty": 5' + b"0" * 5000 + b"}}"},
            ["client.schema"],
        ),
        ("create", {"text": b"[" * LONG + b"]" * LONG}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?limit=ten&offset=0"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?limit=1_0&offset=0"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?limit=10&offset=-1"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?limit=%D9%A3"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?updated_at=05/02/2021"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?updated_at=2021-02-05"}, ["client.schema"]),
        ("history", {"path": f"{ex.HISTORY}?updated_at=1612537445"}, ["client.schema"]),
        ("confirm", {"more": (("Expect", "100-continue"),)}, ["client.expect-header"]),
        ("prices", {"more": (("expect", "100-Continue"),)}, ["client.expect-header"]),
        ("confirm", {"base": "http://api.example"}, ["client.https"]),
        ("stocks", {"base": "http://api.example"}, ["client.https"]),
    ],
)
def test_fault_is_told_by_its_rule(name: str, how: dict[str, Any], rules: list[str]) -> None:
    """A fault is told by the rule that it breaks, and by no other."""
    view = {"only_api": True} if rules == ["client.path"] else {}
    assert ex.broken(ex.contract_of(name), ex.call(name, **how), **view) == rules


@pytest.mark.parametrize(
    ("name", "pointer", "value", "rules"),
    [
        ("prices", "/store_code", ..., ["client.schema"]),
        ("prices", "/store_code", "", ["client.schema"]),
        ("prices", "/inventories", {"0": {}}, ["client.schema"]),
        ("prices", "/inventories/0/price", "36364", ["client.schema"]),
        ("prices", "/inventories/0/price", None, ["client.schema"]),
        ("prices", "/inventories/0/variant_code", ..., ["client.schema"]),
        ("prices", "/inventories/0/is_active", "true", ["client.schema"]),
        ("prices", "/inventories/0/out_of_stock", 0, ["client.schema"]),
        ("create", "/inventory/qty", "5", ["client.schema"]),
        ("create", "/inventory/qty", 5.5, ["client.schema"]),
        ("create", "/inventory/qty", None, ["client.schema"]),
        ("create", "/inventory/inventory_source", ..., ["client.schema"]),
        ("create", "/inventory/style", "fixed", ["client.schema"]),
        ("create", "/inventory/lead_time_unit", "day", ["client.schema"]),
        ("create", "/inventory/stock_arrival_date", "tomorrow", ["client.schema"]),
        ("create", "/inventory/stock_arrival_date", "30/05/2016", ["client.schema"]),
        ("create", "/inventory/product_code", "OIL", ["client.schema", "client.product.both"]),
        ("stocks", "/buffer_stock", 101, ["client.buffer"]),
        ("stocks", "/buffer_stock", -1, ["client.schema", "client.buffer"]),
        ("stocks", "/available_stock", -1, ["client.schema", "client.buffer"]),
        ("stocks", "/channel_stock/1/qty", -1, ["client.schema", "client.buffer"]),
        ("stocks", "/available_stock", "100", ["client.schema"]),
        ("stocks", "/sync_stock", "yes", ["client.schema"]),
        ("stocks", "/channel_stock/0/code", ..., ["client.schema"]),
        ("sync", "/items/0/purchase_unit_external_id", "pos_u3", ["client.references"]),
        ("sync", "/items/0/supplier_external_id", "pos_sup_2", ["client.references"]),
        (
            "sync",
            "/items/0/consumption_unit_external_id",
            "u",
            ["client.references.consumption-unit"],
        ),
        ("sync", "/items/0/cost", 1250, ["client.schema"]),
        ("sync", "/items/0/purchase_unit_external_id", 1, ["client.schema", "client.references"]),
        ("sync", "/user_id_tps", 30, ["client.schema"]),
        ("move", "/movement_type", 3, ["client.schema"]),
        ("move", "/movement_type", "2", ["client.schema"]),
        ("move", "/quantity", 1.25, ["client.schema"]),
        ("webhook", "/type", 3, ["client.schema"]),
        ("webhook", "/type", "2", ["client.schema"]),
        ("deliver", "/now", ..., ["client.schema"]),
        ("deliver", "/quantity", 1.25, ["client.schema"]),
    ],
)
def test_wrong_value_is_told_by_its_rule(
    name: str, pointer: str, value: Any, rules: list[str]
) -> None:
    """A field that is missing or wrong is told by the rules that speak of it."""
    assert ex.spoilt(name, body=changed(name, pointer, value)) == rules


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v2/api/store/orders/confirm", "/api/store/orders/confirm"),
        ("//api/store/orders/confirm", "/api/store/orders/confirm"),
        ("/api/store/orders/archive", None),
    ],
)
def test_the_stub_has_no_base_path(path: str, known: str | None) -> None:
    """In front of the reference server, a documented path below another one is a wrong one."""
    view: dict[str, Any] = {"own_server": True, "only_api": True}
    assert ex.broken("omni-orders", ex.call("confirm", path=path), **view) == ["client.path"]
    judged = ex.judge("omni-orders").judge(ex.call("confirm", path=path))
    assert bool(judged.why_not) is (known is None)


@pytest.mark.parametrize("name", ["confirm", "prices", "stocks", "sync"])
def test_a_doubled_slash_is_the_client_s_where_nothing_is_there(name: str) -> None:
    """A base URL that ends in a slash makes one: some servers take it, others answer 404."""
    path = f"/{ex.call(name).request.url.removeprefix(ex.HOST)}"
    gone = ex.call(name, path=path, response=ex.answer(404, {"detail": "Not found."}))
    judged = ex.judge(ex.contract_of(name)).judge(gone)
    assert [one.rule_id for one in judged.client if one.finding] == ["client.path"]
    assert [one for one in judged.server if one.finding] == []
    taken = ex.judge(ex.contract_of(name)).judge(ex.call(name, path=path))
    assert not taken.why_not
    assert [one for one in taken.client if one.finding] == []


@pytest.mark.parametrize("status", [400, 415])
def test_a_byte_order_mark_may_be_refused(status: int) -> None:
    """It is no fault to send one, and none not to read it: JSON's standard leaves both open."""
    text = b"\xef\xbb\xbf" + json.dumps(ex.SYNC).encode()
    answer = ex.answer(status, {"message": "Syntax error"})
    judged = ex.judge("mipos-inventory").judge(ex.call("sync", text=text, response=answer))
    assert [one.rule_id for one in (*judged.client, *judged.server) if one.finding] == []


@pytest.mark.parametrize("status", [200, 400, 404])
def test_other_resources_of_a_vendor_are_nobody_s_fault(status: int) -> None:
    """In traffic, a call to a path that looks like a slip of the pen is one where it is a 404."""
    sibling = ex.call("confirm", path="/api/store/orders/refund", response=ex.answer(status))
    assert ex.judge("omni-orders").judge(sibling).why_not
    slip = ex.call("confirm", path="/api/store/orders/confirm/", response=ex.answer(status))
    judged = ex.judge("omni-orders").judge(slip)
    assert bool(judged.why_not) is (status != 404)


# What cannot be read, and what was not recorded


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://[::1",
        "https://[/api/store/orders/confirm",
        "not a url",
        "/",
        "\ud800",
        "//",
        "?#",
    ],
)
@pytest.mark.parametrize("name", names())
def test_absurd_url_is_no_crash(url: str, name: str) -> None:
    """Whatever a recording has for a URL, it is judged or said not to be."""
    judged = ex.judge(name).judge(Exchange(Request("POST", url), ex.answer(404)))
    assert judged.why_not or judged.client


BODIES = [
    b"",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{}",
    b"\xff\xfe\x00",
    b'{"a":' * 500,
    b'"\\ud800"',
    b'{"number": "\\ud800", "order": "\\udfff"}',
    b'{"number": {}, "order": [1]}',
    b'{"items": {}, "units": 5, "suppliers": null}',
    b'{"items": [5, null, []], "units": [[]]}',
    b'{"available_stock": 1e400, "buffer_stock": -1e400, "channel_stock": [1]}',
    b'{"available_stock": {}, "buffer_stock": 5}',
    b'{"inventory": []}',
    b'{"inventory": 5}',
    b'{"movement_type": 1' + b"0" * 400 + b"}",
    b'{"price": 1E+999999999}',
]


@pytest.mark.parametrize("name", ex.NAMES)
def test_absurd_body_is_no_crash(name: str) -> None:
    """Whatever a body holds, it is judged, added up and printed."""
    contract = load_contract(ex.contract_of(name))
    for own, status in itertools.product((True, False), (200, 204, 400, 401, 404, 409, 500)):
        judge = ex.judge(contract.name, own_server=own)
        tally = Tally(contract, judge.view)
        for body in BODIES:
            response = Response(status, (), body)
            tally.add(judge.judge(ex.call(name, text=body, response=response)), "call 1")
        printed = "\n".join(line for line, _ in verdict_lines([tally]))
        assert printed.encode()
        assert exit_status([tally], strict=False) in {0, 1}


def test_body_that_was_not_recorded_is_not_held_against_anybody() -> None:
    """Where a recorder kept no body, neither shape nor signature is judged, nor the server."""
    for name in ("stocks", "deliver", "sync", "confirm"):
        sent = ex.call(name)
        lost = Exchange(
            Request("POST", sent.request.url, sent.request.headers, b""),
            ex.answer(400, {"what": "ever"}),
            tags=frozenset({BODY_LOST}),
        )
        judged = ex.judge(ex.contract_of(name)).judge(lost)
        assert [one for one in judged.client if one.finding] == []
        assert [one for one in judged.server if one.finding] == []
        assert "client.schema" not in {one.rule_id for one in judged.client}


@pytest.mark.parametrize("tags", [frozenset({ANSWER_LOST}), frozenset()])
def test_answer_that_was_not_recorded_is_not_held_against_anybody(tags: frozenset[str]) -> None:
    """Where an answer's body was not kept, or is compressed still, its status alone is judged."""
    coded = () if tags else (("Content-Type", "application/json"), ("Content-Encoding", "br"))
    response = Response(200, coded, b"" if tags else b"\x8b\x02\x80")
    judge = ex.judge("omni-orders")
    judged = judge.judge(ex.call("confirm", response=response, tags=tags))
    assert {one.rule_id for one in judged.server} == {"response.status", "no-server-error"}
    assert [one for one in judged.server if one.finding] == []
    again = judge.judge(ex.call("confirm", response=ex.refused("invalid_status")))
    assert [one.rule_id for one in again.client if one.finding] == ["client.lifecycle"]


def test_headers_that_were_not_recorded_are_not_held_against_the_client() -> None:
    """A recording without any headers says nothing about those that were sent."""
    sent = ex.call("confirm")
    bare = Exchange(Request("POST", sent.request.url, (), sent.request.body), ex.ordered())
    judged = ex.judge("omni-orders", credentials_kept=False).judge(bare)
    assert [one for one in judged.client if one.finding] == []
    rules = {one.rule_id for one in judged.client}
    assert not rules & {"client.content-type", "client.expect-header", "client.auth"}


@pytest.mark.parametrize("name", ex.NAMES)
@pytest.mark.parametrize("status", [301, 308, 403, 426])
def test_refusal_of_plain_http_is_right(name: str, status: int) -> None:
    """A server that sends plain HTTP elsewhere, or refuses it, does nothing wrong."""
    for base in ("http://api.example", "http://127.0.0.1:8080"):
        exchange = ex.call(name, base=base, response=ex.answer(status, {"message": "by TLS"}))
        judged = ex.judge(ex.contract_of(name)).judge(exchange)
        assert [one for one in judged.server if one.finding] == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "127.9.9.9", "[::1]:9"])
def test_plain_http_to_this_machine_is_nobody_s_fault(host: str) -> None:
    """Only the own stub offers both, so only there is plain HTTP to this machine told."""
    exchange = ex.call("confirm", base=f"http://{host}", response=ex.ordered())
    assert ex.broken("omni-orders", exchange) == []
    assert ex.broken("omni-orders", exchange, own_server=True) == ["client.https"]
    assert ex.broken("omni-orders", exchange, own_server=True, scheme_seen=False) == []


def test_many_references_are_looked_up_quickly() -> None:
    """Thousands of items with thousands of units take no square of time."""
    body = ex.body_of("sync")
    many = [{"name": "u", "short_name": "u", "external_id": f"u{n}"} for n in range(4_000)]
    item = body["items"][0]
    body["units"] = many
    body["items"] = [
        {**item, "purchase_unit_external_id": f"u{n}", "consumption_unit_external_id": f"u{n}"}
        for n in range(4_000)
    ]
    assert ex.spoilt("sync", body=body) == []


def test_long_body_is_cut_in_print() -> None:
    """A finding about a body of megabytes is printed short, and says so; no half of a secret."""
    contract = load_contract("omni-orders")
    judge = ex.judge("omni-orders", own_server=True)
    tally = Tally(contract, judge.view)
    token = ex.OMNI["token"]
    text = b'{"x": "' + b"abc" * 1325 + token.encode() + b"y" * 5_000_000 + b'"}'
    tally.add(judge.judge(ex.call("confirm", text=text)), "call 1")
    printed = "\n".join(line for line, _ in verdict_lines([tally]))
    assert len(printed) < 20_000
    assert "longer than is shown" in printed
    assert token[:8] not in printed
