"""Concurrent histories, and whether some order of the calls explains them."""

from __future__ import annotations

import random
from itertools import combinations, permutations

import pytest
from lifecycle_machines import CALLS, STATES, omni

from retailspec.lifecycle import Operation, explain, step


def fits(state: str, history: list[Operation], order: tuple[int, ...]) -> bool:
    """Whether an order respects the clock and gives each answer that was seen."""
    for place, index in enumerate(order):
        for later in order[place + 1 :]:
            over = history[later].returned
            if history[later].output is not None and (over or 0.0) < history[index].invoked:
                return False
        was = step(omni(), state, history[index].call)
        if history[index].output not in (None, was.output):
            return False
        state = was.state
    return True


def brute_force(state: str, history: list[Operation]) -> bool:
    answered = [i for i, operation in enumerate(history) if operation.output is not None]
    unknown = [i for i, operation in enumerate(history) if operation.output is None]
    return any(
        fits(state, history, order)
        for count in range(len(unknown) + 1)
        for happened in combinations(unknown, count)
        for order in permutations((*answered, *happened))
    )


def random_history(seed: int) -> tuple[str, list[Operation]]:
    """Return a history that often, but not always, comes from a real order of its calls."""
    chance = random.Random(seed)  # noqa: S311 - chance that has to repeat itself, not a secret
    at = state = chance.choice(STATES[:4])
    outputs = sorted({was.output for was in omni().table.values()})
    history = []
    for moment in range(chance.randrange(1, 6)):
        call = chance.choice(CALLS)
        was = step(omni(), at, call)
        at = was.state
        output: str | None = was.output
        if chance.random() < 0.15:
            output = chance.choice(outputs)
        if chance.random() < 0.2:
            output = None
        began, ended = moment - 2 * chance.random(), moment + 2 * chance.random()
        history.append(Operation(call, began, None if output is None else ended, output))
    chance.shuffle(history)
    return state, history


def test_the_search_agrees_with_trying_every_order() -> None:
    """On random histories the verdict is that of all permutations, and its witness holds."""
    verdicts = []
    for seed in range(600):
        state, history = random_history(seed)
        verdict = explain(omni(), state, history)
        assert verdict.linearizable == brute_force(state, history), seed
        assert fits(state, history, verdict.order), seed
        assert bool(verdict.stuck) != verdict.linearizable
        placed = sum(history[index].output is not None for index in verdict.order)
        if verdict.linearizable:
            assert placed == sum(operation.output is not None for operation in history)
        verdicts.append(verdict.linearizable)
    assert 100 < sum(verdicts) < 500


def test_what_overlaps_may_be_reordered() -> None:
    """A refusal is explained by a call that was sent later and answered earlier."""
    history = [
        Operation("paid", 0.0, 9.0, "order_already_canceled"),
        Operation("cancel", 1.0, 2.0, "30/1"),
    ]
    verdict = explain(omni(), "new-unpaid", history)
    assert verdict.linearizable
    assert verdict.order == (1, 0)


def test_what_came_later_explains_nothing() -> None:
    """A refusal that was answered before the cancelling call was sent cannot be explained."""
    history = [
        Operation("paid", 0.0, 1.0, "order_already_canceled"),
        Operation("cancel", 2.0, 3.0, "30/1"),
    ]
    verdict = explain(omni(), "new-unpaid", history)
    assert not verdict.linearizable
    assert verdict.order == ()
    assert verdict.stuck == (
        "at the start the order is new-unpaid, where paid answered order_already_canceled, not 1/2"
    )


def test_two_winners_are_stuck_after_the_first() -> None:
    """Where two equal calls both succeed, the sentence says what the second should have got."""
    history = [Operation("confirm", 0.0, 1.0, "10/1"), Operation("confirm", 0.5, 1.5, "10/1")]
    verdict = explain(omni(), "new-unpaid", history)
    assert verdict.order == (0,)
    assert verdict.stuck == (
        "after confirm the order is confirmed-unpaid, "
        "where confirm answered 10/1, not invalid_status"
    )


def test_a_call_without_an_answer_may_have_happened() -> None:
    """A timed-out cancel explains a later refusal, however much later it is."""
    history = [
        Operation("cancel", 0.0, None, None),
        Operation("paid", 5.0, 6.0, "1/2"),
        Operation("confirm", 7.0, 8.0, "order_already_canceled"),
    ]
    verdict = explain(omni(), "new-unpaid", history)
    assert verdict.linearizable
    assert verdict.order == (1, 0, 2)


def test_a_call_without_an_answer_need_not_have_happened() -> None:
    """A timed-out cancel is left out where later calls succeed."""
    history = [Operation("cancel", 0.0, None, None), Operation("paid", 5.0, 6.0, "1/2")]
    verdict = explain(omni(), "new-unpaid", history)
    assert verdict.linearizable
    assert verdict.order == (1,)


def test_a_call_that_was_not_yet_sent_has_not_happened() -> None:
    """A timed-out cancel does not explain a refusal that was answered before it was sent."""
    history = [
        Operation("paid", 0.0, 1.0, "order_already_canceled"),
        Operation("cancel", 2.0, None, None),
    ]
    assert not explain(omni(), "new-unpaid", history).linearizable


def test_many_equal_calls_at_once_are_judged_quickly() -> None:
    """Forty equal calls with one winner are explained without trying their permutations."""
    outputs = ["invalid_status"] * 39 + ["10/1"]
    history = [Operation("confirm", 0.0, 1.0, output) for output in outputs]
    verdict = explain(omni(), "new-unpaid", history)
    assert verdict.linearizable
    assert verdict.order[0] == 39
    twice = [*history, Operation("confirm", 0.0, 1.0, "10/1")]
    assert not explain(omni(), "new-unpaid", twice).linearizable


def test_nothing_is_explained_by_nothing() -> None:
    """An empty history is linearizable."""
    assert explain(omni(), "new-unpaid", []).linearizable


def test_names_are_checked_first() -> None:
    """A call that the machine lacks is an error, even where it has no answer."""
    with pytest.raises(ValueError, match="no call 'refund'"):
        explain(omni(), "new-unpaid", [Operation("refund", 0.0, None, None)])


def test_times_have_to_make_sense() -> None:
    """An answer before the call, or an output without an answer, is an error."""
    with pytest.raises(ValueError, match="returned before"):
        Operation("paid", 2.0, 1.0, "1/2")
    with pytest.raises(ValueError, match="did not return"):
        Operation("paid", 2.0, None, "1/2")
