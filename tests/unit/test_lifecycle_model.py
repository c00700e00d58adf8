"""The lifecycle as a machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lifecycle_machines import STATES, label, machine_of, omni

import retailspec.lifecycle
from retailspec.lifecycle import Machine, Outcome, classes, minimise, step


def test_the_public_names_are_sorted_and_there() -> None:
    """The package exports exactly what its sorted list of names says."""
    names = retailspec.lifecycle.__all__
    assert names == sorted(names)
    assert all(hasattr(retailspec.lifecycle, name) for name in names)


def test_the_omni_table_has_the_documented_size() -> None:
    """The machine that these tests use has 7 states, 28 transitions and 13 successes."""
    machine = omni()
    assert len(machine.reachable()) == 7
    assert len(machine.transitions()) == 28
    assert sum(was.accepted for was in machine.table.values()) == 13


def test_a_step_gives_the_state_and_what_the_caller_sees() -> None:
    """A step returns the next state, whether the call succeeded, and its output."""
    machine = omni()
    assert step(machine, "new-paid", "confirm") == Outcome("confirmed-paid", True, "10/2")
    assert step(machine, "complete-paid", "paid") == Outcome("complete-paid", False, "already_paid")


def test_a_run_is_one_step_after_the_other() -> None:
    """Running several calls gives each one's outcome from the state that the last one left."""
    outputs = [was.output for was in omni().run(("paid", "cancel", "cancel"))]
    assert outputs == ["1/2", "30/2", "order_already_canceled"]
    assert omni().run(("cancel",), "complete-paid")[0].state == "cancelled-paid"


@pytest.mark.parametrize(("state", "call"), [("lost", "paid"), ("new-paid", "refund")])
def test_an_unknown_step_is_named(state: str, call: str) -> None:
    """A state or call that the machine lacks is an error that names both."""
    with pytest.raises(ValueError, match=f"no call '{call}' on a state '{state}'"):
        step(omni(), state, call)


def test_an_incomplete_table_is_refused() -> None:
    """A table without some pair of state and call is an error that names the pair."""
    machine = omni()
    table = {pair: was for pair, was in machine.table.items() if pair != ("new-paid", "paid")}
    with pytest.raises(ValueError, match="no outcome for paid on new-paid"):
        replace(machine, table=table)


def test_a_table_with_unknown_names_is_refused() -> None:
    """A pair or a next state that does not exist is an error that names it."""
    machine = omni()
    stray = Outcome("new-paid", True, "1/2")
    with pytest.raises(ValueError, match="unknown state or call in refund on new-paid"):
        replace(machine, table={**machine.table, ("new-paid", "refund"): stray})
    lost = Outcome("lost", True, "0/0")
    with pytest.raises(ValueError, match="paid on new-paid leads to the unknown state 'lost'"):
        replace(machine, table={**machine.table, ("new-paid", "paid"): lost})


def test_names_have_to_make_sense() -> None:
    """Repeated names, no names and an unknown initial state are errors."""
    with pytest.raises(ValueError, match="state is named twice"):
        Machine(("a", "a"), ("x",), "a", {})
    with pytest.raises(ValueError, match="at least one call"):
        Machine(("a",), (), "a", {})
    with pytest.raises(ValueError, match="initial state 'b'"):
        Machine(("a",), ("x",), "b", {})


def test_the_table_is_a_copy_that_cannot_be_changed() -> None:
    """Changing the mapping that a machine was made from does not change the machine."""
    table = {("a", "x"): Outcome("a", True, "ok")}
    machine = Machine(("a",), ("x",), "a", table)
    table.clear()
    assert step(machine, "a", "x").output == "ok"
    with pytest.raises(TypeError):
        machine.table["a", "x"] = Outcome("a", True, "other")  # type: ignore[index]  # the point


def test_unreachable_states_are_left_out() -> None:
    """Only states that calls can reach are reachable, in the machine's order."""
    rows = {
        "island": {"go": ("start", "1")},
        "start": {"go": ("end", "1")},
        "end": {"go": ("end", "no")},
    }
    machine = machine_of(rows, "start")
    assert machine.reachable() == ("start", "end")
    assert minimise(machine).states == ("start", "end")


def test_cancelled_orders_answer_alike_whatever_their_payment() -> None:
    """Calls alone tell six classes apart: the two cancelled states are one."""
    groups = classes(omni())
    assert len(groups) == 6
    assert frozenset({"cancelled-unpaid", "cancelled-paid"}) in groups


def test_the_minimised_machine_answers_alike() -> None:
    """The minimised machine has a state per class and the same answers to every three calls."""
    machine, small = omni(), minimise(omni())
    assert small.states == STATES[:6]
    assert classes(small) == tuple(frozenset({state}) for state in small.states)
    for one in machine.calls:
        for two in machine.calls:
            for three in machine.calls:
                path = (one, two, three)
                whole = [(was.accepted, was.output) for was in machine.run(path)]
                assert [(was.accepted, was.output) for was in small.run(path)] == whole


def test_refusals_can_be_made_to_look_alike() -> None:
    """Without codes every refusal has one output, and successes keep theirs."""
    weak = omni().with_refusals()
    assert {was.output for was in weak.table.values() if not was.accepted} == {"refused"}
    assert step(weak, "new-paid", "confirm").output == "10/2"


def test_a_look_tells_the_payment_of_a_cancelled_order() -> None:
    """With a details call after each call all seven states can be told apart."""
    seen = omni().with_details({state: label(state) for state in STATES})
    assert len(classes(seen)) == 7
    assert step(seen, "cancelled-paid", "paid").output == "order_already_canceled, then 30/2"


def test_a_look_needs_a_label_for_each_state() -> None:
    """A state without a label is an error that names it."""
    with pytest.raises(ValueError, match="no label for the state 'new-unpaid'"):
        omni().with_details({})
