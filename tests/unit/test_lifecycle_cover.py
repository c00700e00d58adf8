"""The transition cover with the least number of orders."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lifecycle_machines import best_coverage, machine_of, omni, random_machine

from retailspec.lifecycle import Machine, Outcome, covered, transition_cover


def acyclic(seed: int) -> Machine:
    """Return a random machine in which no call leads back."""
    drawn = random_machine(seed, 6, 3, 2)
    table = {
        (state, call): Outcome(max(state, was.state), was.state > state, was.output)
        for (state, call), was in drawn.table.items()
    }
    return Machine(drawn.states, drawn.calls, drawn.initial, table)


def test_eight_orders_and_thirty_two_calls_cover_the_omni_lifecycle() -> None:
    """The cover takes 8 orders: 17 successes, and each of the 15 refusals once."""
    machine = omni()
    paths = transition_cover(machine)
    outcomes = [was for path in paths for was in machine.run(path)]
    assert len(paths) == 8
    assert len(outcomes) == 32
    assert sum(was.accepted for was in outcomes) == 17
    assert covered(machine, paths) == set(machine.transitions())


def test_fewer_than_eight_orders_cannot_cover_the_omni_lifecycle() -> None:
    """Trying every seven routes shows that eight orders are the least."""
    assert best_coverage(omni(), 7) < 28
    assert best_coverage(omni(), 8) == 28


@pytest.mark.parametrize("supply", range(1, 8))
def test_a_small_supply_covers_as_much_as_it_can(supply: int) -> None:
    """With 1 to 7 orders no choice of routes makes more transitions."""
    machine = omni()
    paths = transition_cover(machine, supply)
    assert len(paths) == supply
    assert len(covered(machine, paths)) == best_coverage(machine, supply)


@pytest.mark.parametrize("seed", range(12))
def test_other_machines_are_covered_optimally_too(seed: int) -> None:
    """On random machines without cycles each supply covers what the best routes cover."""
    machine = acyclic(seed)
    full = transition_cover(machine)
    assert covered(machine, full) == set(machine.transitions())
    for supply in range(1, min(len(full), 3) + 1):
        made = covered(machine, transition_cover(machine, supply))
        assert len(made) == best_coverage(machine, supply)
    if len(full) > 1:
        assert len(covered(machine, transition_cover(machine, len(full) - 1))) < len(
            machine.transitions()
        )


@pytest.mark.parametrize("seed", range(12))
def test_machines_with_cycles_are_covered_whole(seed: int) -> None:
    """Where calls lead back the cover still makes every reachable transition."""
    machine = random_machine(seed, 6, 3, 2)
    assert covered(machine, transition_cover(machine)) == set(machine.transitions())


def test_states_that_lead_to_one_another_are_toured_on_one_order() -> None:
    """A cycle and the way out of it take one order."""
    rows = {
        "open": {"toggle": ("held", "held"), "close": ("closed", "closed")},
        "held": {"toggle": ("open", "open"), "close": ("held", "no")},
        "closed": {"toggle": ("closed", "no"), "close": ("closed", "no")},
    }
    machine = machine_of(rows, "open")
    paths = transition_cover(machine)
    assert len(paths) == 1
    assert covered(machine, paths) == set(machine.transitions())


def test_the_first_paths_cover_most() -> None:
    """Each path adds at most as many transitions as the one before it."""
    machine = omni()
    paths = transition_cover(machine)
    totals = [len(covered(machine, paths[:count])) for count in range(len(paths) + 1)]
    gains = [after - before for before, after in pairwise(totals)]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0


def test_a_supply_of_none_is_an_error() -> None:
    """A cover of no orders is refused with a reason."""
    with pytest.raises(ValueError, match="at least one fresh order, not 0"):
        transition_cover(omni(), 0)


def test_a_state_that_nothing_leaves_takes_one_order() -> None:
    """A machine of one state is covered on one order."""
    machine = machine_of({"only": {"poke": ("only", "no"), "prod": ("only", "no")}}, "only")
    assert transition_cover(machine) == (("poke", "prod"),)
