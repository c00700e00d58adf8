"""Whole runs against servers that take liberties, read as somebody else's traffic."""

from __future__ import annotations

import json
from dataclasses import replace
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
    from retailspec.faults.model import Fault, Liberty
    from retailspec.findings import Finding

LIBERAL = {
    "omni-orders": (
        "foreign-orders-are-404",
        "foreign-orders-are-forbidden",
        "refunds-have-a-status",
        "other-refusals-of-the-framework",
    ),
    "comestri-inventory": ("unknown-is-gone",),
    "mipos-inventory": ("unauthorized-is-forbidden",),
}
"""Liberties over which a server was once accused wrongly."""

FAULTS = {
    "omni-orders": ("confirm-takes-payment-back", "payment-completes"),
}
VIEWS = {
    "live": View(only_api=True, scheme_seen=False),
    "recorded": View(recorded=True),
    "nobody else": View(recorded=True, alone=True),
    "archive": View(recorded=True, credentials_kept=False),
}


@cache
def run(contract: str, name: str) -> tuple[list[Exchange], dict[str, str]]:
    """Return the exchanges of a run against an entry of the corpus, and its credentials."""
    faults, liberties = corpus(contract)
    entries: list[Fault | Liberty] = [*faults, *liberties]
    entry = next(one for one in entries if one.name == name)
    server = entry.server()
    return samples.conversation(contract, server, **entry.settings), dict(server.credentials)


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
        entry["request"]["postData"] = {"text": request.body.decode("utf-8", "replace")}
    if response is not None:
        entry["response"] = {
            "status": response.status,
            "headers": _listed(response.headers),
            "content": {"size": len(response.body), "text": response.body.decode()},
        }
    return entry_exchange(json.dumps(entry).encode())


def _listed(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def accused(
    contract: str, exchanges: list[Exchange], view: str, credentials: dict[str, str]
) -> list[Finding]:
    """Return what is said about the server."""
    known = replace(VIEWS[view], credentials=credentials if view == "live" else {})
    judge = ExchangeJudge(samples.contracts()[contract], known)
    if view == "live":
        seen = [replace(one, operation=None, call=None, tags=frozenset()) for one in exchanges]
    elif view == "archive":
        seen = [archived(one) for one in exchanges]
    else:
        lines = samples.recorded(exchanges, contract)
        seen = [recorded_exchange(read_line(line)) for line in lines]
    return [one.finding for exchange in seen for one in judge.judge(exchange).server if one.finding]


def broken(found: Iterable[Finding]) -> set[tuple[str, str, str]]:
    return {(it.rule.id, it.expected, it.actual) for it in found if it.rule.level is Level.MUST}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("contract", CORPORA)
def test_a_healthy_server_is_not_accused_whatever_it_is_sent(contract: str, view: str) -> None:
    """The suite sends many wrong requests: the answers to those are right."""
    assert (
        broken(accused(contract, samples.healthy()[contract], view, samples.credentials(contract)))
        == set()
    )


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("contract", "name"), [(one, name) for one, names in LIBERAL.items() for name in names]
)
def test_a_liberty_is_not_held_against_a_server(contract: str, name: str, view: str) -> None:
    """What a document leaves open breaks no must, seen from outside either."""
    exchanges, credentials = run(contract, name)
    assert broken(accused(contract, exchanges, view, credentials)) == set()


@pytest.mark.parametrize("name", FAULTS["omni-orders"])
def test_a_change_that_no_call_names_is_an_advisory(name: str) -> None:
    """That the rest of an order stays as it was is a should, and no must."""
    found = accused("omni-orders", run("omni-orders", name)[0], "nobody else", {})
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


SEEN = {
    "confirm": (
        ex.ordered(statusText="Complete"),
        ex.ordered(number="OTHER"),
        ex.answer(500, {"detail": "Oh."}),
        ex.answer(400, {"detail": "No."}),
        ex.answer(200, {"number": "FR9TL74P"}),
    ),
    "prices": (ex.answer(200, {"status": "ok"}), ex.answer(404, {"detail": "No."})),
    "create": (ex.answer(201, {"id": 1}), ex.answer(500, {"error": "Oh."})),
    "stocks": (ex.answer(200, {"transaction_code": ""}), ex.answer(502, {"message": "Oh."})),
    "sync": (ex.answer(409, {"message": "No"}),),
    "deliver": (ex.answer(500, {"message": "Oh."}),),
}
"""Answers to sound calls that are wrong whatever the server knows."""


@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, answers in SEEN.items() for at in range(len(answers))]
)
def test_a_wrong_answer_to_a_sound_call_is_the_server_s_fault(name: str, at: int) -> None:
    """What is free for some refusals hides no defect that an answer shows by itself."""
    judged = ex.judge(ex.contract_of(name)).judge(ex.call(name, response=SEEN[name][at]))
    assert [one.rule_id for one in judged.client if one.finding] == []
    assert broken(one.finding for one in judged.server if one.finding)
