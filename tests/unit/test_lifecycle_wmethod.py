"""Bounded suites and the exact search behind them, against every machine there is."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from lifecycle_machines import Tables, escapes, machine_of, omni, random_machine

from retailspec.lifecycle import (
    Depth,
    Machine,
    bounded_suite,
    covered,
    make_plan,
    minimise,
    wmethod,
)
from retailspec.lifecycle.compiled import compile_machine
from retailspec.lifecycle.survivors import survivors
from retailspec.lifecycle.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMP = machine_of(
    {
        "off": {"press": ("on", "lit"), "look": ("off", "dark")},
        "on": {"press": ("off", "out"), "look": ("on", "bright")},
    },
    "off",
)
LATCH = machine_of(
    {
        "open": {"shut": ("shut", "ok"), "poll": ("open", "no")},
        "shut": {"shut": ("shut", "no"), "poll": ("shut", "no")},
    },
    "open",
)


def every_machine(spec: Machine, states: int) -> Iterator[Tables]:
    """Yield every machine of a size that has the specification's outputs, and one more."""
    answers = sorted({(was.accepted, was.output) for was in spec.table.values()})
    outcomes = list(product(range(states), [*answers, "other"]))
    for flat in product(outcomes, repeat=states * len(spec.calls)):
        width = len(spec.calls)
        yield Tables(tuple(flat[at * width : (at + 1) * width] for at in range(states)))


def proven(machine: Machine, paths: tuple[tuple[str, ...], ...], extra: int) -> bool:
    small = compile_machine(minimise(machine))
    found, exhausted = survivors(small, small.words(paths), small.states + extra)
    return not found and exhausted


@pytest.mark.parametrize("machine", [LAMP, LATCH], ids=["lamp", "latch"])
@pytest.mark.parametrize("extra", [0, 1])
def test_a_suite_catches_every_machine_within_its_bound(machine: Machine, extra: int) -> None:
    """All machines of that size with those answers are made: each that differs is caught."""
    every = every_machine(machine, 2) if extra == 0 else every_three_state_machine(machine)
    shown, missed = escapes(machine, bounded_suite(machine, extra), every)
    assert shown > 1000
    assert missed == []


def every_three_state_machine(machine: Machine) -> Iterator[Tables]:
    """Yield every machine of three states whose calls give answers that they give somewhere."""
    answers = sorted({(was.accepted, was.output) for was in machine.table.values()})
    rights: list[list[tuple[bool, str]]] = [
        [a for a in answers if any((w.accepted, w.output) == a for w in row)]
        for row in (
            [machine.table[state, call] for state in machine.states] for call in machine.calls
        )
    ]
    rows = list(product(*(product(range(3), right) for right in rights)))
    for chosen in product(rows, repeat=3):
        yield Tables(chosen)


@pytest.mark.parametrize(("depth", "extra"), [(Depth.STATES, 0), (Depth.DEEP, 1)])
def test_the_omni_plans_are_proven_without_a_limit_on_effort(depth: Depth, extra: int) -> None:
    """An exhaustive search finds no machine of at most n + extra states that is not caught."""
    assert proven(omni(), make_plan(omni(), depth).paths, extra)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("seed", range(5))
def test_suites_of_other_machines_are_proven(seed: int, extra: int) -> None:
    """Random machines, with cycles and twins among them, get proven suites too."""
    machine = random_machine(seed, 4, 2, 2)
    paths = bounded_suite(machine, extra)
    assert covered(machine, paths) == set(machine.transitions())
    assert proven(machine, paths, extra)


@pytest.mark.parametrize("seed", range(5))
def test_the_h_method_s_conditions_are_a_proof_too(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no search at all the suite is complete by the conditions it then meets."""
    monkeypatch.setattr(wmethod, "EFFORT", 0)
    machine = random_machine(seed, 4, 2, 2)
    assert proven(machine, bounded_suite(machine), 0)


@pytest.mark.parametrize("machine", [LAMP, LATCH], ids=["lamp", "latch"])
@pytest.mark.parametrize(
    "paths",
    [
        ["0"],
        ["01"],
        ["00", "1"],
        ["010", "10"],
        ["1100", "011"],
        ["10010", "0110"],
        ["101010011"],
        ["0011", "1010", "0101"],
        ["110011", "001100", "01010"],
    ],
)
def test_the_search_agrees_with_trying_every_machine(machine: Machine, paths: list[str]) -> None:
    """A survivor is found just where some machine of two states escapes the paths."""
    words = [tuple(int(digit) for digit in path) for path in paths]
    named = [tuple(machine.calls[call] for call in word) for word in words]
    _, missed = escapes(machine, named, every_machine(machine, 2))
    found, exhausted = survivors(compile_machine(machine), words, 2)
    assert bool(found) == bool(missed)
    assert exhausted == (not missed)


def test_a_survivor_does_survive() -> None:
    """What the search returns answers the paths as the specification does, and differs."""
    small = compile_machine(minimise(omni()))
    words = [(0, 0, 1, 3), (2,), (3, 0)]
    found, _ = survivors(small, words, 6, most=5)
    assert found
    for fault in found:
        assert not any(small.catches(word, fault) for word in words)


def test_a_bound_below_the_machine_s_size_is_an_error() -> None:
    """No implementation can be smaller than the minimised machine and right."""
    with pytest.raises(ValueError, match="5 states are fewer than the specification's 6"):
        survivors(compile_machine(minimise(omni())), [], 5)
    with pytest.raises(ValueError, match="-1 extra states"):
        bounded_suite(omni(), -1)


def test_equal_states_cannot_be_told_apart() -> None:
    """Asking for calls that tell a state from itself, or from its twin, is an error."""
    spec = compile_machine(omni())
    tree = Tree(spec, [(3,), (1, 3)])
    unpaid, paid = tree.grow(0, (3,)), tree.grow(0, (1, 3))
    with pytest.raises(ValueError, match="no calls tell"):
        tree.tell_apart(unpaid, paid)
    with pytest.raises(ValueError, match="one state"):
        tree.tell_apart(unpaid, unpaid)
