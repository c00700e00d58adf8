"""Turned round: without a rule's check, the fault that breaks the rule goes through."""

from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import pytest
from overlaps import OVERLAPS, SOMETIMES

from retailspec.contract import load_contract
from retailspec.faults.measure import Measured, measure_one
from retailspec.faults.model import CORPORA, corpus


class Case(NamedTuple):
    """A rule, the fault that fewest other rules see too, and who sees it."""

    contract: str
    rule: str
    fault: str
    seen_by: frozenset[str]


def _without(case: Case) -> tuple[Case, Measured]:
    fault = next(one for one in corpus(case.contract)[0] if one.name == case.fault)
    return case, measure_one(fault, without=frozenset({case.rule}))


@pytest.fixture(scope="module")
def cases(measured: list[Measured]) -> list[Case]:
    """For each rule that some fault breaks, the fault that is the most its own."""
    by_rule: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for one in measured:
        if one.breaks is not None and one.right:
            seen = frozenset({*one.broken, *one.advisory})
            by_rule[one.contract, one.breaks].append(Case(one.contract, one.breaks, one.name, seen))
    return [
        min(found, key=lambda case: (len(case.seen_by), case.fault)) for found in by_rule.values()
    ]


def test_a_fault_goes_through_without_its_rule(cases: list[Case], processes: int) -> None:
    """With a rule taken out, its fault is not found at all, or only by rules that say as much."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        without = list(pool.map(_without, cases, chunksize=4))
    assert len(without) == len(cases)
    wrong = {}
    for case, left in without:
        still = {*left.broken, *left.advisory}
        assert case.rule not in still
        known = OVERLAPS.get(case.contract, {}).get(case.rule, frozenset())
        known |= SOMETIMES.get(case.contract, {}).get(case.rule, frozenset())
        if not still <= known:
            wrong[f"{case.contract}/{case.rule}"] = (case.fault, still)
    assert not wrong


def test_overlaps_are_real(cases: list[Case]) -> None:
    """No rule is listed as overlapping another that has a fault of its own alone."""
    alone = {(case.contract, case.rule) for case in cases if case.seen_by == {case.rule}}
    listed = {(name, rule) for name, rules in OVERLAPS.items() for rule in rules}
    assert not listed & alone
    for name in CORPORA:
        known = load_contract(name).rules
        for rule, others in OVERLAPS.get(name, {}).items():
            assert {rule, *others} <= known.keys()
