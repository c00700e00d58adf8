"""Whole runs against servers that take liberties, read as somebody else's traffic."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import client_exchanges as ex
import pytest
import traffic_samples as samples

from retailspec.clients.har import entry_exchange
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.recording import read_line
from retailspec.clients.traffic import recorded_exchange
from retailspec.contract.model import Level
from retailspec.faults.model import CORPORA, corpus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.exchange import Exchange
    from retailspec.findings import Finding

LIBERAL = {
    "omni-orders": (
        "foreign-orders-are404",
        "foreign-orders-are-404",
        "refunds-have-a-status",
    ),
    "comestri-inventory": ("unknown-is-gone",),
    "mipos-inventory": ("unauthorized-is-forbidden",),
}
"""Liberties over which a server was once accused wrongly."""

FAULTS = {
    "omni-orders": ("confirm-takes-payment-back", "payment-confirms"),
}
VIEWS = {
    "recorded": View(recorded=True),
    "nobody else": View(recorded=True, alone=True),
    "archive": View(recorded=True, credentials_kept=False),
}


@cache
def run(contract: str, name: str) -> list[Exchange]:
    """Return the exchanges of a run against one entry of the corpus."""
    faults, liberties = corpus(contract)
    entry = next(one for one in (*faults, *liberties) if one.name == name)
    return samples.conversation(contract, entry.server(), **entry.settings)


def archived(exchange: Exchange) -> Exchange:
    """Return an exchange as a browser's archive has it: without what tells who called."""
    request, response = exchange.request, exchange.response
    hidden = {"authorization", "secret", "partner-id", "x-signature-request"}
    entry: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": _listed(one for one in request.headers if one[0].lower() not in hidden),
            "bodySize": len(request.body),
        },
        "response": {"status": 0},
    }
    if request.body:
        entry["request"]["postData"] = {"text": request.body.decode("latin-1")}
    if response is not None:
        entry["response"] = {
            "status": response.status,
            "headers": _listed(response.headers),
            "content": {"size": len(response.body), "text": response.body.decode()},
        }
    return entry_exchange(json.dumps(entry).encode())


def _listed(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def accused(contract: str, exchanges: list[Exchange], view: str) -> list[Finding]:
    """Return what is said about the server."""
    judge = ExchangeJudge(samples.contracts()[contract], VIEWS[view])
    if view == "archive":
        seen = [archived(one) for one in exchanges]
    else:
        lines = samples.recorded(exchanges, contract)
        seen = [recorded_exchange(read_line(line)) for line in lines]
    return [
        one.finding for exchange in seen for one in judge.judge(exchange).server if one.finding
    ]


def broken(found: Iterable[Finding]) -> set[tuple[str, str, str]]:
    return {(it.rule.id, it.expected, it.actual) for it in found if it.rule.level is Level.MUST}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("contract", CORPORA)
def test_a_healthy_server_is_not_accused_whatever_it_is_sent(contract: str, view: str) -> None:
    """The suite sends many wrong requests: the answers to those are right."""
    assert broken(accused(contract, samples.healthy()[contract], view)) == set()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("contract", "name"), [(one, name) for one, names in LIBERAL.items() for name in names]
)
def test_a_liberty_is_not_held_against_a_server(contract: str, name: str, view: str) -> None:
    """What a document leaves open breaks no must, seen from outside either."""
    assert broken(accused(contract, run(contract, name), view)) == set()


@pytest.mark.parametrize("name", FAULTS["omni-orders"])
def test_a_change_that_no_call_names_is_an_advisory(name: str) -> None:
    """That the rest of an order stays as it was is a should, and no must."""
    found = accused("omni-orders", run("omni-orders", name), "nobody else")
    assert broken(found) == set()
    assert "order.frame" in {one.rule.id for one in found}


def test_an_effect_that_is_not_there_is_broken() -> None:
    """The call's own effect is a must, whatever else stays."""
    steps = [ex.ordered(status=1, statusText="New"), ex.ordered(status=30, statusText="Cancelled")]
    judge = ex.judge("omni-orders", alone=True)
    said = [judge.judge(ex.call("confirm", response=one)).server for one in steps]
    assert [any(".from." in one.rule_id and one.finding for one in it) for it in said] == [True] * 2


@pytest.mark.parametrize(
    ("name", "status", "accused_of"),
    [
        ("confirm", 404, set()),
        ("confirm", 403, set()),
        ("create", 410, set()),
        ("prices", 404, {"response.status"}),
        ("webhook", 403, {"response.status"}),
        ("confirm", 301, {"response.status"}),
        ("create", 301, set()),
    ],
)
def test_a_refusal_for_what_cannot_be_seen_may_have_another_status(
    name: str, status: int, accused_of: set[str]
) -> None:
    """An order may be another store's, a source unknown: any refusal of those is right."""
    exchange = ex.call(name, response=ex.answer(status, {"detail": "No."}))
    said = ex.judge(ex.contract_of(name)).judge(exchange).server
    assert {one.rule_id for one in said if one.finding} - {"allow-header"} == accused_of


def test_a_refused_caller_may_be_forbidden_where_credentials_are_not_known() -> None:
    """Where nobody can say whether a token was the right one, its refusal is free."""
    exchange = ex.call("webhook", response=ex.answer(403, {"message": "No."}))
    said = ex.judge("mipos-inventory", credentials={}).judge(exchange).server
    assert [one.rule_id for one in said if one.finding] == []
