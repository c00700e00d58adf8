"""What a rule file's `expect` says, and how an answer departs from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.contract import load_contract
from retailspec.exchange import Exchange, NotJson, Request, Response
from retailspec.match import Mismatch, mismatch, show
from retailspec.values import ABSENT, lookup_in

if TYPE_CHECKING:
    from collections.abc import Mapping


def exchange(
    body: Any = None,
    status: int = 200,
    *,
    sent: Any = None,
    headers: tuple[tuple[str, str], ...] = (),
    url: str = "https://api.example/x",
) -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST", url, body=json.dumps(sent).encode())
    return Exchange(request, Response(status, headers, raw))


def missed(
    expect: Mapping[str, Any], answer: Exchange, values: Mapping[str, Any] | None = None
) -> Mismatch | None:
    contract = load_contract("omni-orders")
    return mismatch(
        expect,
        answer,
        schemas=contract.schemas,
        folder=contract.name,
        lookup=lookup_in(values or {}),
    )


@pytest.mark.parametrize(
    ("wanted", "fitting", "others"),
    [
        (200, [200], [201, 400, 500]),
        ([401, 400], [400, 401], [200, 403, 500]),
        ("accepted", [200, 201, 299], [199, 300, 400, 500]),
        ("refused", [400, 415, 499], [200, 302, 399, 500]),
        ("not-5xx", [200, 302, 499], [500, 503, 599]),
        ("error", [400, 500, 503], [200, 302]),
        ("any", [200, 404, 500], []),
    ],
)
def test_status(wanted: Any, fitting: list[int], others: list[int]) -> None:
    """A status is one, one of several, or of a kind."""
    assert [status for status in fitting if missed({"status": wanted}, exchange({}, status))] == []
    for status in others:
        miss = missed({"status": wanted}, exchange({}, status))
        assert miss is not None
        assert miss.actual == f"status {status}"
        assert "status" in miss.expected


def test_no_answer_fits_nothing() -> None:
    """Where no answer came, that is what is told."""
    request = Request("POST", "https://api.example")
    assert missed({"status": "any"}, Exchange(request, None, error="cut off")) == Mismatch(
        "an answer", "cut off"
    )
    assert missed({"status": 200}, Exchange(request, None)) == Mismatch("an answer", "no answer")


def test_body_is_a_subset() -> None:
    """What is named has to be there, at any depth; more may be."""
    answer = exchange({"code": "x", "errors": {"a": "1", "b": "2"}, "more": [1]})
    assert missed({"body": {"code": "x", "errors": {"a": "1"}}}, answer) is None
    assert missed({"body": {"errors": {"a": "2"}}}, answer) == Mismatch('"2"', '"1"', "/errors/a")
    assert missed({"body": {"errors": {"c": "2"}}}, answer) == Mismatch(
        '"2"', "nothing", "/errors/c"
    )


@pytest.mark.parametrize("body", [[], "text", 1, None, b"<html>", b"", b'{"code": NaN}'])
def test_body_that_is_no_object(body: Any) -> None:
    """Another value, no JSON, or nothing at all is not the object that was wanted."""
    assert missed({"body": {"code": "x"}}, exchange(body)) is not None


def test_empty_body_is_called_so() -> None:
    """An empty body is told as one, not as broken JSON."""
    miss = missed({"body": {"code": "x"}}, exchange(b""))
    assert miss is not None
    assert miss.actual == "an empty body"


def test_lists_are_compared_whole() -> None:
    """A list is not a subset of another."""
    assert missed({"body": {"a": [1]}}, exchange({"a": [1, 2]})) is not None
    assert missed({"body": {"a": [1.0]}}, exchange({"a": [1]})) is None


def test_body_uses_placeholders() -> None:
    """Placeholders stand in keys and values of what is wanted."""
    wanted = {"errors": {"${field}": "bad ${field}"}}
    answer = exchange({"errors": {"order": "bad order"}})
    assert missed({"body": wanted}, answer, {"field": "order"}) is None
    assert missed({"body": wanted}, answer, {"field": "number"}) is not None


def test_exactly_allows_no_more() -> None:
    """An exact body is the whole body, with numbers in any spelling."""
    assert missed({"exactly": "status: 'ok'"}, exchange("status: 'ok'")) is None
    assert missed({"exactly": {"a": 1}}, exchange(b'{"a": 1.0}')) is None
    for body in ({"a": 1, "b": 2}, {}, b'{"a": 1', [{"a": 1}]):
        miss = missed({"exactly": {"a": 1}}, exchange(body))
        assert miss is not None
        assert miss.expected == 'the body {"a": 1}'


def test_sent_and_answer_refer_to_the_exchange() -> None:
    """A value may have to be what was sent, or what another part of the answer is."""
    answer = exchange({"number": "A", "userID": 1, "user": {"id": 1}}, sent={"order": "A"})
    assert missed({"body": {"number": {"$sent": "/order"}}}, answer) is None
    assert missed({"body": {"user": {"id": {"$answer": "/userID"}}}}, answer) is None
    assert missed({"body": {"number": {"$answer": "/userID"}}}, answer) == Mismatch(
        "1", '"A"', "/number"
    )
    other = exchange({"number": "B"}, sent={"order": "A"})
    assert missed({"body": {"number": {"$sent": "/order"}}}, other) == Mismatch(
        '"A"', '"B"', "/number"
    )


def test_echo_is_silent_where_nothing_was_sent() -> None:
    """An echo is judged where it was sent and came back, null excepted."""
    wanted = {"body": {"sku": {"$echo": "/sku"}}}
    for body, sent in (({"sku": 1}, {}), ({"sku": 1}, {"sku": None}), ({}, {"sku": 1})):
        assert missed(wanted, exchange(body, sent=sent)) is None
    assert missed(wanted, exchange({"sku": 2}, sent={"sku": 1})) is not None


def test_any_and_holds() -> None:
    """One of several values will do; a list has to hold one."""
    either: dict[str, Any] = {"errors": {"$any": [{"number": "x"}, {"order": "x"}]}}
    assert missed({"body": either}, exchange({"errors": {"order": "x", "z": 1}})) is None
    miss = missed({"body": either}, exchange({"errors": {"z": "x"}}))
    assert miss == Mismatch('{"number": "x"} or {"order": "x"}', '{"z": "x"}', "/errors")
    holds = {"message": {"$holds": "bad"}}
    assert missed({"body": holds}, exchange({"message": ["bad", "worse"]})) is None
    for message in ("bad", [], ["worse"], None):
        assert missed({"body": holds}, exchange({"message": message})) is not None


def test_unknown_matcher_is_a_mistake_of_ours() -> None:
    """A rule file that uses a matcher that is not there does not pass in silence."""
    with pytest.raises(ValueError, match=r"unknown matcher \$nope"):
        missed({"body": {"a": {"$nope": 1}}}, exchange({"a": 1}))


def test_alternatives() -> None:
    """Under `any`, one of several expectations will do; all are told where none does."""
    expect = {"any": [{"status": 403}, {"status": 400, "body": {"code": "gone"}}]}
    assert missed(expect, exchange({}, 403)) is None
    assert missed(expect, exchange({"code": "gone"}, 400)) is None
    miss = missed(expect, exchange({"code": "other"}, 400))
    assert miss is not None
    assert miss.expected == 'status 403 or "gone"'


def test_schema_tells_the_place() -> None:
    """A schema is the contract's own, and says where it is broken."""
    assert missed({"schema": "detail.json"}, exchange({"detail": "x"})) is None
    miss = missed({"schema": "detail.json"}, exchange({"detail": 5}))
    assert miss == Mismatch("string", "5", "/detail")
    assert missed({"schema": "detail.json"}, exchange({})) == Mismatch("the field detail", "{}")
    assert missed({"schema": "detail.json"}, exchange(b"<p>")) == Mismatch("a JSON body", "<p>")


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("POST, OPTIONS", True),
        ("OPTIONS,POST", True),
        ("options, post, HEAD", True),
        ("POST", False),
        ("POSTER, OPTIONS", False),
        ("", False),
        (None, False),
    ],
)
def test_headers_hold_tokens(value: str | None, fits: bool) -> None:
    """A header's list holds each wanted token, in any case and order."""
    headers = () if value is None else (("aLLow", value),)
    expect = {"headers": {"Allow": {"tokens": ["POST", "OPTIONS"]}}}
    assert (missed(expect, exchange({}, headers=headers)) is None) is fits


def test_header_that_stands_twice_is_one_list() -> None:
    """Two lines of one header are one list."""
    headers = (("Allow", "POST"), ("Allow", "OPTIONS"))
    expect = {"headers": {"Allow": {"tokens": ["POST", "OPTIONS"]}}}
    assert missed(expect, exchange({}, headers=headers)) is None


@pytest.mark.parametrize(
    ("body", "length", "fits"),
    [
        (b"", None, True),
        (b"", "0", True),
        (b"", "5", False),
        (b" ", None, False),
        (b"null", "4", False),
    ],
)
def test_empty_body(body: bytes, length: str | None, fits: bool) -> None:
    """An empty answer has no bytes and announces none."""
    headers = () if length is None else (("Content-Length", length),)
    assert (missed({"empty": True}, exchange(body, 204, headers=headers)) is None) is fits


def test_first_departure_is_told() -> None:
    """The status comes before the body, as the rule file has it."""
    miss = missed({"status": 400, "body": {"a": 1}}, exchange({"a": 2}, 200))
    assert miss == Mismatch("status 400", "status 200")


def test_show_is_short_and_plain() -> None:
    """A value is shown as JSON, cut to a readable length."""
    assert show({"é": [1.5, None, True]}) == '{"é": [1.5, null, true]}'
    assert show(ABSENT) == "nothing"
    assert show(NotJson.BODY) == "no JSON"
    assert len(show("x" * 5000)) == 300


def test_what_nests_too_deep_is_no_json() -> None:
    """An answer that nests deeper than any document's is judged, and does not end the run."""
    for depth in (300, 600, 980, 100_000):
        answer = exchange(b'{"a": ' + b"[" * depth + b"]" * depth + b"}")
        assert missed({"body": {"a": 1}}, answer) is not None
        assert answer.response is not None
        assert isinstance(answer.response.json, NotJson)
    assert missed({"body": {"a": [[]] * 500}}, exchange({"a": [[]] * 500})) is None
