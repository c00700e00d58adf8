"""What rule files can say of a page: its length, its echo, its instants and its embedded JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retailspec.contract import load_contract
from retailspec.exchange import Exchange, Request, Response
from retailspec.judge import judge
from retailspec.match import Mismatch, mismatch
from retailspec.signers import SIGNERS
from retailspec.values import lookup_in, spread

CONTRACT = load_contract("sirclo-inventory")
KINDS = (
    *("random", "other-key", "other-body", "without-body", "other-uri", "other-path"),
    *("truncated", "swapped", "hex"),
)


def page(body: Any, query: str = "offset=4&limit=2") -> Exchange:
    url = f"https://sandbox.example/v1/partner/inventory/history?{query}"
    label = (("Content-Type", "application/json"),)
    answer = Response(200, label, json.dumps(body).encode())
    return Exchange(Request("GET", url), answer, operation="history", call="history")


def found(expect: dict[str, Any], body: Any, query: str = "offset=4&limit=2") -> Mismatch | None:
    return mismatch(
        expect,
        page(body, query),
        schemas=CONTRACT.schemas,
        folder=CONTRACT.name,
        lookup=lookup_in(),
    )


def test_spread_names_each_part() -> None:
    """A star is any index of a list; parts that are not there are left out."""
    value = {"data": [{"at": 1}, {}, {"at": 3}], "other": {"0": {"at": 4}}}
    assert list(spread(value, "/data/*/at")) == [("/data/0/at", 1), ("/data/2/at", 3)]
    assert list(spread(value, "/other/*/at")) == []
    assert list(spread(value, "/none/*/at")) == []


@pytest.mark.parametrize(
    ("count", "query", "held"),
    [(2, "limit=2", True), (3, "limit=2", False), (3, "", True), (3, "limit=two", True)],
)
def test_at_most(count: int, query: str, held: bool) -> None:
    """A list is as long as the query's number says at most; without a number all is well."""
    miss = found({"at_most": {"/data": "limit"}}, {"data": [{}] * count}, query)
    assert (miss is None) is held
    assert held or (miss is not None and (miss.pointer, miss.actual) == ("/data", "3 elements"))


@pytest.mark.parametrize(
    ("body", "held"),
    [
        ({"offset": 4, "limit": 2}, True),
        ({"offset": 4.0, "limit": 2}, True),
        ({"offset": "4", "limit": 2}, False),
        ({"offset": 4, "limit": 1}, False),
        ({"limit": 2}, False),
    ],
)
def test_echo(body: Any, held: bool) -> None:
    """What was asked for comes back, as a number."""
    assert (found({"echo": {"/offset": "offset", "/limit": "limit"}}, body) is None) is held


@pytest.mark.parametrize(
    ("created", "updated", "held"),
    [
        ("2021-02-09T03:18:40Z", "2021-02-09T03:18:40Z", True),
        ("2021-02-09T10:18:40+07:00", "2021-02-09T03:18:40.5Z", True),
        ("2021-02-09 03:18:40Z", "2021-02-09T03:18:41Z", True),
        ("2021-02-09T03:18:41Z", "2021-02-09T03:18:40.9Z", False),
        ("2021-02-09T03:18:40-07:00", "2021-02-09T03:18:40Z", False),
        ("yesterday", "2021-02-09T03:18:40Z", True),
    ],
)
def test_in_order(created: str, updated: str, held: bool) -> None:
    """Instants are compared as such, whatever their zone; what is none is for another rule."""
    body = {"data": [{}, {"created_at": created, "updated_at": updated}]}
    miss = found({"in_order": {"/data/*": ["created_at", "updated_at"]}}, body)
    assert (miss is None) is held
    assert held or (miss is not None and miss.pointer == "/data/1")


@pytest.mark.parametrize(
    ("text", "held"),
    [("", True), (None, True), ("{}", True), ("3", True), ("{'a': 1}", False), ({}, False)],
)
def test_json_text(text: Any, held: bool) -> None:
    """A text is empty or holds JSON; an object beside it is none."""
    miss = found({"json_text": ["/data/*/remote"]}, {"data": [{"remote": text}]})
    assert (miss is None) is held


def test_an_empty_page_says_nothing_of_records() -> None:
    """Rules about records are judged by pages that have one."""
    judged = {one.rule_id for one in judge(CONTRACT, page({"data": []}))}
    assert "history.echo" in judged
    assert not judged & {"history.limit", "history.timestamps", "history.timeline"}


@pytest.mark.parametrize("slash", ["always", "never", "as-printed"])
def test_wrong_signatures_differ(slash: str) -> None:
    """Each kind of wrong signature is another one than the right one, and than the others."""

    def sign(kind: str | None) -> str:
        options = {"leading_slash": slash}
        return SIGNERS["sirclo"]("key", "POST", "/v1/x?a=1", b"{}", kind, options)

    made = {kind: sign(kind) for kind in (None, "without-query", *KINDS)}
    assert len(set(made.values())) == len(made)
    assert made[None] == sign(None)


def test_a_query_is_decoded() -> None:
    """The parameters of a request's query are those that the server reads."""
    request = page({}, "updated_at=2021-02-05T15%3A04%3A05%2B07%3A00&limit=").request
    assert request.query == {"updated_at": "2021-02-05T15:04:05+07:00", "limit": ""}
