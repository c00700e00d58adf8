"""Each depth's guarantee, proven by running its plan against every fault of the kind it names."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from lifecycle_machines import CALLS, STATES, best_coverage, escapes, label, omni, tables

from retailspec.lifecycle import Depth, Plan, covered, limits, make_plan, minimise, step, taken_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.lifecycle import Machine


def calls_of(plan: Plan) -> int:
    return sum(len(path) for path in plan.paths)


@pytest.mark.parametrize(
    ("depth", "orders", "calls"),
    [(Depth.TRANSITIONS, 8, 32), (Depth.STATES, 8, 61), (Depth.DEEP, 40, 320)],
)
def test_each_depth_stays_within_its_cost(depth: Depth, orders: int, calls: int) -> None:
    """A complete plan makes all 28 transitions on few orders with few calls."""
    plan = make_plan(omni(), depth)
    assert len(plan.paths) <= orders
    assert calls_of(plan) <= calls
    assert plan.covered == set(omni().transitions())
    assert plan.missing == frozenset()


def test_the_transition_plan_is_exact() -> None:
    """The least depth takes exactly 8 orders and 32 calls."""
    plan = make_plan(omni(), Depth.TRANSITIONS)
    assert (len(plan.paths), calls_of(plan)) == (8, 32)


@pytest.mark.parametrize("supply", [None, *range(1, 9), 20])
@pytest.mark.parametrize("depth", Depth)
def test_an_order_that_is_spent_is_taken_to_the_end(depth: Depth, supply: int | None) -> None:
    """Each path goes on until nothing is accepted, with each refusal of the states on that way."""
    machine = omni()
    plan = make_plan(machine, depth, supply)
    longer = taken_on(machine, plan)
    assert (longer.covered, longer.missing) == (plan.covered, plan.missing)
    for path, whole in zip(plan.paths, longer.paths, strict=True):
        assert whole[: len(path)] == path
        ended = machine.run(path)[-1].state
        refused = {pair for pair, was in machine.table.items() if not was.accepted}
        after = [machine.initial, *(was.state for was in machine.run(whole))]
        made = set(zip(after, whole, strict=False))
        assert not any(step(machine, after[-1], call).accepted for call in machine.calls)
        for state in {ended, *after[len(path) + 1 :]}:
            assert {pair for pair in refused if pair[0] == state} <= made


def test_no_path_is_the_beginning_of_another() -> None:
    """No order is spent on calls that another order makes anyway."""
    for depth in Depth:
        paths = make_plan(omni(), depth).paths
        for path in paths:
            assert sum(other[: len(path)] == path for other in paths) == 1


def test_transitions_catch_each_single_wrong_answer() -> None:
    """Every machine with one other answer is caught by the least depth."""
    machine = omni()
    spec = tables(machine)
    wrong = [
        fault
        for fault in spec.single_faults()
        if [[end for end, _ in row] for row in fault.rows]
        == [[end for end, _ in row] for row in spec.rows]
    ]
    shown, missed = escapes(machine, make_plan(machine, Depth.TRANSITIONS).paths, wrong)
    assert shown == len(wrong) > 28
    assert missed == []


@pytest.mark.parametrize("shape", [omni, lambda: minimise(omni())], ids=["full", "minimised"])
@pytest.mark.parametrize("depth", [Depth.STATES, Depth.DEEP])
def test_states_catch_each_single_fault(shape: Callable[[], Machine], depth: Depth) -> None:
    """Every machine with one other end or answer that calls can show is caught."""
    faults = tables(shape()).single_faults()
    shown, missed = escapes(omni(), make_plan(omni(), depth).paths, faults)
    assert shown > 300
    assert missed == []


@pytest.mark.parametrize("shape", [omni, lambda: minimise(omni())], ids=["full", "minimised"])
def test_deep_catches_each_faulty_extra_state(shape: Callable[[], Machine]) -> None:
    """Every machine with a call into a faulty copy of a state that calls can show is caught."""
    faults = tables(shape()).extra_state_faults()
    shown, missed = escapes(omni(), make_plan(omni(), Depth.DEEP).paths, faults)
    assert shown > 5000
    assert missed == []


def test_deep_catches_what_states_do_not() -> None:
    """The depth in between leaves some faulty extra state unseen: the deepest is not for show."""
    faults = tables(minimise(omni())).extra_state_faults()
    _, missed = escapes(omni(), make_plan(omni(), Depth.STATES).paths, faults)
    assert missed


def test_a_look_at_each_order_catches_the_payment_of_cancelled_ones() -> None:
    """With a details call after each call no single fault at all escapes."""
    seen = omni().with_details({state: label(state) for state in STATES})
    faults = list(tables(seen).single_faults())
    shown, missed = escapes(seen, make_plan(seen, Depth.STATES).paths, faults)
    assert shown == len(faults)
    assert missed == []
    assert limits(seen) == ()


def test_a_target_without_codes_is_still_planned() -> None:
    """With all refusals alike the plan keeps its guarantee, and its limits say what is lost."""
    weak = omni().with_refusals()
    plan = make_plan(weak, Depth.STATES)
    assert len(plan.paths) <= 19
    assert plan.missing == frozenset()
    for shape in (weak, minimise(weak)):
        shown, missed = escapes(weak, plan.paths, tables(shape).single_faults())
        assert shown > 100
        assert missed == []
    told = " ".join(limits(weak))
    assert "All 15 refusals look the same (refused)" in told
    assert "cancelled-unpaid and cancelled-paid answer every call alike" in told


def test_the_limits_name_the_states_that_answer_alike() -> None:
    """With codes, all that calls cannot tell is the payment of a cancelled order."""
    (told,) = limits(omni())
    assert told.startswith("cancelled-unpaid and cancelled-paid answer every call alike")


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("supply", range(1, 8))
def test_a_supply_below_eight_covers_most_and_says_what_not(depth: Depth, supply: int) -> None:
    """With 1 to 7 orders each depth makes as many transitions as can be, and names the rest."""
    plan = make_plan(omni(), depth, supply)
    assert len(plan.paths) == supply
    assert plan.covered == covered(omni(), plan.paths)
    assert len(plan.covered) == best_coverage(omni(), supply)
    assert plan.covered | plan.missing == set(omni().transitions())
    assert f"{len(plan.covered)} of 28" in plan.guarantee
    for state, call in plan.missing:
        assert f"{call} on {state}" in plan.guarantee


def test_a_supply_between_the_depths_keeps_the_lesser_guarantee() -> None:
    """Orders beyond the lesser plan go to the deeper one, and nothing more is claimed."""
    machine = omni()
    whole = make_plan(machine, Depth.DEEP)
    lesser = make_plan(machine, Depth.STATES)
    for supply in range(len(lesser.paths), len(whole.paths)):
        plan = make_plan(machine, Depth.DEEP, supply)
        assert len(plan.paths) == supply
        assert plan.paths[: len(lesser.paths)] == lesser.paths
        assert plan.missing == frozenset()
        assert plan.guarantee.startswith(lesser.guarantee)
        assert f"{supply} of the {len(whole.paths)} orders" in plan.guarantee


def test_more_orders_catch_more_faults() -> None:
    """Half of the deepest plan's orders catch more faulty extra states than the lesser plan."""
    machine = omni()
    faults = list(tables(minimise(machine)).extra_state_faults())
    half = len(make_plan(machine, Depth.DEEP).paths) // 2
    _, missed = escapes(machine, make_plan(machine, Depth.STATES).paths, faults)
    _, fewer = escapes(machine, make_plan(machine, Depth.DEEP, half).paths, faults)
    assert len(fewer) < len(missed)


def test_a_larger_supply_is_not_spent() -> None:
    """A plan never takes more orders than it needs."""
    for depth in Depth:
        assert make_plan(omni(), depth, 500) == make_plan(omni(), depth)


@pytest.mark.parametrize("supply", [0, -1])
def test_an_empty_supply_is_an_error(supply: int) -> None:
    """Without a fresh order there is no plan, and the error says so."""
    with pytest.raises(ValueError, match=f"at least one fresh order, not {supply}"):
        make_plan(omni(), Depth.TRANSITIONS, supply)


def test_the_guarantee_names_its_bound() -> None:
    """The sentence of a complete plan says how many states an implementation may have."""
    said = {depth: make_plan(omni(), depth).guarantee for depth in Depth}
    assert "28 transitions" in said[Depth.TRANSITIONS]
    assert "at most 6 states" in said[Depth.STATES]
    assert "at most 7 states" in said[Depth.DEEP]


def test_the_first_orders_make_most_transitions() -> None:
    """No later path of a complete plan would make more new transitions than the one before it."""
    for depth in Depth:
        left = list(make_plan(omni(), depth).paths)
        made: set[tuple[str, str]] = set()
        while left:
            gains = [len(covered(omni(), [path]) - made) for path in left]
            assert gains[0] == max(gains)
            made |= covered(omni(), [left.pop(0)])


def test_depths_are_spelled_as_the_command_line_has_them() -> None:
    """A depth is its own name."""
    assert [str(depth) for depth in Depth] == ["transitions", "states", "deep"]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_plan_is_the_same_in_every_process(seed: str) -> None:
    """However a process hashes its strings, it plans the same paths."""
    code = (
        "from lifecycle_machines import omni\n"
        "from retailspec.lifecycle import Depth, make_plan\n"
        "print([make_plan(omni(), depth).paths for depth in list(Depth)[:2]])"
    )
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{code}"],
        env={"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [make_plan(omni(), depth).paths for depth in list(Depth)[:2]]
    assert done.stdout.strip() == str(here)


def test_paths_are_made_of_the_machine_s_calls() -> None:
    """Every call of every path is one of the machine's, by its name."""
    for depth in Depth:
        assert {call for path in make_plan(omni(), depth).paths for call in path} == set(CALLS)
        assert re.fullmatch(r"[A-Z].*\.", make_plan(omni(), depth).guarantee)
