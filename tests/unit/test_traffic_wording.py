"""What a recorded refusal says of an order's state, judged by what is printed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import client_exchanges as ex
import pytest

if TYPE_CHECKING:
    from retailspec.findings import Judgement

CONFIRMED: dict[str, Any] = {
    "error_message": "Order has been confirmed",
    "error_code": "invalid_status",
    "errors": {"number": "Order has been confirmed"},
}
CANCELED: dict[str, Any] = {
    "error_message": "Order already canceled",
    "error_code": "order_already_canceled",
    "errors": {"order": "Order already canceled"},
}
COMPLETED: dict[str, Any] = {
    "error_message": "Order already completed",
    "error_code": "order_already_completed",
    "errors": {"order": "Order already completed"},
}
OPTIONS = ("Allow", "POST, OPTIONS")


def said(*steps: tuple[str, Any], alone: bool = True, status: int = 400) -> dict[str, str]:
    """Return rule and level of what is wrong with the last of several answers."""
    judge = ex.judge("omni-orders", alone=alone)
    server: tuple[Judgement, ...] = ()
    for call, answer in steps:
        made = ex.answer(status, answer, OPTIONS) if isinstance(answer, dict) else answer
        server = judge.judge(ex.call(call, response=made)).server
    found = [one.finding for one in server if one.finding]
    return {one.rule.id: one.rule.level.value for one in found}


SEEN = ("confirm", ex.ordered())
GONE = ("cancel", ex.ordered(status=30, statusText="Cancelled"))


@pytest.mark.parametrize(
    "changed",
    [
        {"error_message": "Already confirmed"},
        {"errors": {"order": "Order has been confirmed"}},
        {"errors": {"number": ["Order has been confirmed"]}},
        {"errors": None},
        {"error_code": "already_confirmed"},
        {"error_code": "INVALID_STATUS"},
        {"error_code": "already_paid"},
    ],
)
def test_a_refusal_of_the_order_s_own_state_is_as_printed(changed: dict[str, Any]) -> None:
    """Message, code and field are those that are printed, where nobody else acts on the order."""
    found = said(SEEN, ("confirm", {**CONFIRMED, **changed}))
    assert found["refusal.own"] == "must"


@pytest.mark.parametrize(
    "steps",
    [
        [("confirm", CONFIRMED)],
        [("confirm", {**CONFIRMED, "more": 1, "errors": {**CONFIRMED["errors"], "id": "x"}})],
        [GONE, ("confirm", {**CANCELED, "error_message": "It was cancelled."})],
        [("confirm", ex.answer(404, {"detail": "Not found."}, OPTIONS))],
        [("confirm", ex.answer(403, {"detail": "Not yours."}, OPTIONS))],
        [
            (
                "confirm",
                {
                    "error_message": "Order not found",
                    "error_code": "invalid_order_number",
                    "errors": {"order": "Order not found"},
                },
            )
        ],
    ],
)
def test_another_reason_or_more_fields_are_free(steps: list[tuple[str, Any]]) -> None:
    """Fields beside the printed ones, another state's sentence and an order that is gone."""
    assert said(SEEN, *steps) == {}


@pytest.mark.parametrize(
    ("call", "wrong", "level"),
    [
        ("cancel", {**CANCELED, "error_message": "No"}, "must"),
        ("cancel", {**CANCELED, "errors": {"number": "Order already canceled"}}, "must"),
        ("complete", {**COMPLETED, "error_message": "No"}, "should"),
        ("confirm", {**CONFIRMED, "error_message": "No"}, "should"),
    ],
)
def test_where_others_may_act_the_state_that_asks_least_counts(
    call: str, wrong: dict[str, Any], level: str
) -> None:
    """A code that says one state, and not the words for it, is wrong whatever happened."""
    rule = {"must": "refusal.own", "should": "refusal.states-it"}[level]
    assert said((call, wrong), alone=False) == {rule: level}


def test_a_state_that_nobody_saw_is_not_held_against_a_refusal() -> None:
    """An order that may be Complete answers paid with the printed code and words of its own."""
    paid = {"error_message": "No", "error_code": "already_paid", "errors": {"order": "No"}}
    assert said(("paid", ex.ordered(paymentStatus=2)), ("paid", paid), alone=False) == {}


def test_a_refusal_with_the_printed_code_has_the_printed_status() -> None:
    """Whatever the state, the status of its refusal is 400."""
    found = said(SEEN, ("confirm", CONFIRMED), status=409)
    assert found == {"confirm.from.confirmed-unpaid": "must"}


def test_an_unlisted_code_is_free_where_the_call_might_have_been_accepted() -> None:
    """What else a server has against a call that the state allows is not known here."""
    other = {"error_message": "Closed", "error_code": "store_closed", "errors": {}}
    fresh = ("paid", ex.ordered(status=1, statusText="New", paymentStatus=2))
    assert said(fresh, ("confirm", other)) == {}
    assert said(("confirm", other), alone=False) == {}
