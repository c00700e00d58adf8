"""Following orders through somebody else's exchanges: what client and server are told to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import client_exchanges as ex
import pytest

from retailspec.clients.orders import Follower
from retailspec.contract import load_contract
from retailspec.exchange import Exchange, Response

if TYPE_CHECKING:
    from retailspec.clients.judging import ExchangeJudge

NEW = {"status": 1, "statusText": "New", "paymentStatus": 1}
PAID = {**NEW, "paymentStatus": 2}
CONFIRMED = {"status": 10, "statusText": "Confirmed", "paymentStatus": 1}
COMPLETE = {"status": 20, "statusText": "Complete", "paymentStatus": 2}
CANCELLED = {"status": 30, "statusText": "Cancelled", "paymentStatus": 1}
BUSY = Response(503, (("Retry-After", "1"),))

Step = tuple[str, Response | None]


def said(judge: ExchangeJudge, exchange: Exchange) -> tuple[list[str], list[str]]:
    """Return the rules that client and server break by the lifecycle."""
    judged = judge.judge(exchange, "before")
    client = [one.rule_id for one in judged.client if one.finding]
    server = [one.rule_id for one in judged.server if one.finding and ".from." in one.rule_id]
    return client, server


def follow(*steps: Step, **view: Any) -> list[tuple[list[str], list[str]]]:
    """Return what each call of a sequence breaks."""
    judge = ex.judge("omni-orders", **view)
    return [said(judge, ex.call(name, response=response)) for name, response in steps]


def client_of(*steps: Step, **view: Any) -> list[bool]:
    """Return for each call of a sequence whether the client should have known better."""
    return ["client.lifecycle" in client for client, _ in follow(*steps, **view)]


@pytest.mark.parametrize(
    "steps",
    [
        [
            ("confirm", ex.ordered(**CONFIRMED)),
            ("paid", ex.ordered(**{**CONFIRMED, "paymentStatus": 2})),
            ("complete", ex.ordered(**COMPLETE)),
            ("cancel", ex.ordered(**{**CANCELLED, "paymentStatus": 2})),
        ],
        [("confirm", None), ("confirm", ex.ordered(**CONFIRMED))],
        [("confirm", None), ("confirm", ex.refused("invalid_status"))],
        [("cancel", None), ("cancel", None), ("cancel", ex.ordered(**CANCELLED))],
        [("paid", BUSY), ("paid", ex.ordered(**PAID))],
        [("paid", Response(503)), ("paid", ex.refused("already_paid"))],
        [("paid", Response(502)), ("paid", Response(504)), ("paid", ex.ordered(**PAID))],
        [("paid", Response(429)), ("paid", ex.ordered(**PAID))],
        [
            ("confirm", ex.answer(401, {"detail": "Invalid token"})),
            ("confirm", ex.ordered(**CONFIRMED)),
        ],
        [
            (
                "confirm",
                ex.answer(400, {"error_message": "?", "error_code": "invalid_order_number"}),
            ),
            ("confirm", ex.ordered(**CONFIRMED)),
        ],
        [("confirm", ex.answer(400, ["what"])), ("confirm", ex.ordered(**CONFIRMED))],
        [("confirm", Response(302)), ("confirm", ex.ordered(**CONFIRMED))],
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_sound_client_is_not_accused(steps: list[Step], *, own: bool) -> None:
    """Retries after no answer, an error or a busy one are right, and so is the way through."""
    accused = follow(*steps, own_server=own)
    assert [client for client, _ in accused] == [[]] * len(steps)
    assert [server for _, server in accused] == [[]] * len(steps)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (
            [
                ("cancel", ex.ordered(**CANCELLED)),
                ("confirm", ex.refused("order_already_canceled")),
            ],
            "call after cancel",
        ),
        ([("paid", ex.ordered(**PAID)), ("paid", ex.refused("already_paid"))], "paid twice"),
        (
            [("complete", ex.ordered(**COMPLETE)), ("paid", ex.refused("already_paid"))],
            "paid when complete",
        ),
        (
            [("confirm", ex.ordered(**CONFIRMED)), ("confirm", ex.refused("invalid_status"))],
            "confirmed twice",
        ),
        (
            [("confirm", ex.refused("invalid_status")), ("confirm", ex.refused("invalid_status"))],
            "told so",
        ),
        (
            [("confirm", ex.refused("order_already_canceled")), ("cancel", None)],
            "told it is cancelled",
        ),
        ([("complete", ex.ordered(**COMPLETE)), ("confirm", None)], "complete is beyond confirmed"),
        ([("cancel", ex.ordered(**CANCELLED)), ("cancel", BUSY)], "whatever the answer"),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_client_that_was_told_is_accused(steps: list[Step], what: str, *, own: bool) -> None:
    """A call that the state rules out, as the client was told, is told, whoever else acts."""
    assert client_of(*steps, own_server=own) == [False, True], what


def test_nothing_is_known_of_a_first_call() -> None:
    """Whatever the first answer shows of an order, the client could not know."""
    for name in ("confirm", "paid", "complete", "cancel"):
        for code in ("invalid_status", "already_paid", "order_already_canceled"):
            assert client_of((name, ex.refused(code))) == [False]


@pytest.mark.parametrize("own", [True, False])
def test_refusal_that_fits_no_state_tells_nothing(*, own: bool) -> None:
    """A code that no state explains leaves the client as wise as before."""
    steps: list[Step] = [
        ("complete", ex.refused("invalid_status")),
        ("confirm", ex.refused("already_paid")),
        ("confirm", ex.ordered(**CONFIRMED)),
    ]
    assert client_of(*steps, own_server=own) == [False, False, False]


def test_others_may_act_between_two_calls() -> None:
    """What somebody else can have done explains an answer, where others are about."""
    steps: list[Step] = [
        ("confirm", ex.ordered(**CONFIRMED)),
        ("paid", ex.refused("already_paid")),
        ("complete", ex.refused("order_already_canceled")),
    ]
    assert [server for _, server in follow(*steps)] == [[], [], []]
    alone = follow(*steps, alone=True)
    assert alone[1][1] == ["paid.from.confirmed-unpaid"]


def test_server_that_undoes_what_is_final_is_accused() -> None:
    """No act of others explains a call that succeeds on a cancelled order."""
    steps: list[Step] = [("cancel", ex.ordered(**CANCELLED)), ("paid", ex.ordered(**PAID))]
    assert follow(*steps)[1][1] == ["paid.from.cancelled-unpaid"]
    shown: list[Step] = [("confirm", ex.ordered(**NEW))]
    assert follow(*shown)[0][1] == ["confirm.from.new-unpaid"]


def test_two_hosts_may_have_the_same_number() -> None:
    """An order is known by its host too, where others are about."""
    judge = ex.judge("omni-orders")
    staging = ex.call("cancel", base="https://staging.example", response=ex.ordered(**CANCELLED))
    live = ex.call("confirm", response=ex.ordered(**CONFIRMED))
    assert said(judge, staging) == ([], [])
    assert said(judge, live) == ([], [])
    again = ex.call("confirm", base="https://Staging.example", response=ex.refused("x"))
    assert said(judge, again)[0] == ["client.lifecycle"]


def test_own_stub_is_one_server_at_two_addresses() -> None:
    """The stub's plain and its TLS address have the same orders."""
    judge = ex.judge("omni-orders", own_server=True)
    first = ex.call("cancel", base="https://127.0.0.1:8443", response=ex.ordered(**CANCELLED))
    then = ex.call("paid", base="http://localhost:8080", response=ex.refused("already_paid"))
    assert said(judge, first)[0] == []
    assert "client.lifecycle" in said(judge, then)[0]


def at(name: str, started: float, seconds: float, response: Response | None) -> Exchange:
    """Return a call that was sent and answered at given times."""
    return ex.call(name, response=response, started=started, seconds=seconds)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("later_first", [True, False])
def test_concurrent_calls_are_nobody_s_fault(*, own: bool, later_first: bool) -> None:
    """Of calls at once none was told by the other, in whichever order they are seen."""
    judge = ex.judge("omni-orders", own_server=own)
    calls = [
        at("confirm", 100.0, 2.0, ex.ordered(**CONFIRMED)),
        at("confirm", 100.5, 1.0, ex.refused("invalid_status")),
    ]
    for exchange in reversed(calls) if later_first else calls:
        assert said(judge, exchange) == ([], [])
    after = at("cancel", 103.0, 1.0, ex.ordered(**CANCELLED))
    assert said(judge, after) == ([], [])
    assert said(judge, at("paid", 105.0, 1.0, None))[0] == ["client.lifecycle"]


def test_impatient_client_that_calls_again_is_not_accused() -> None:
    """A second call while the first is not answered yet was told nothing."""
    judge = ex.judge("omni-orders", own_server=True)
    assert said(judge, at("confirm", 100.0, 5.0, ex.ordered(**CONFIRMED)))[0] == []
    assert said(judge, at("confirm", 101.0, 6.0, ex.refused("invalid_status")))[0] == []
    assert said(judge, at("confirm", 108.0, 1.0, ex.refused("invalid_status")))[0] == []
    assert said(judge, at("confirm", 110.0, 1.0, None))[0] == ["client.lifecycle"]


@pytest.mark.parametrize(
    "number", [None, 5, 1.5, True, [], {}, ["FR9TL74P"], "", "\ud800", "n" * 99_999]
)
def test_absurd_order_number_is_no_crash(number: Any) -> None:
    """Whatever stands for an order's number, it is followed or left alone."""
    judge = ex.judge("omni-orders")
    for name, key in (("confirm", "number"), ("cancel", "order"), ("paid", "order")):
        said(judge, ex.call(name, {key: number}, response=ex.ordered(**CANCELLED)))


def test_only_so_many_orders_are_kept_in_mind() -> None:
    """Beyond the bound the order that was left alone longest is forgotten, and that is counted."""
    follower = Follower(load_contract("omni-orders"), alone=False, most=2)
    for number in ("a", "b", "a", "c"):
        exchange = ex.call(
            "cancel", {"order": number}, response=ex.ordered(**CANCELLED), call="cancel"
        )
        follower.follow(exchange)
    assert follower.forgotten == 1

    def accused(number: str) -> bool:
        told = follower.follow(ex.call("paid", {"order": number}, call="paid"))
        return any(one.finding for one in told.client)

    assert [accused("a"), accused("c")] == [True, True]
    assert not accused("b")
