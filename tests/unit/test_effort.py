"""How many of a rule's cases are sent, by the effort that the user chooses."""

from collections import Counter, defaultdict

import pytest

from retailspec.checks import Effort, Options, make_checks
from retailspec.contract import load_contract, names
from retailspec.faults.in_process import in_process_target
from retailspec.lifecycle import Depth
from retailspec.reference import build

FEW = Options(depth=Depth.TRANSITIONS, races=False, effort=Effort.FEW)


def _numbers(name: str, options: Options) -> dict[str, set[int]]:
    contract = load_contract(name)
    sent: dict[str, set[int]] = defaultdict(set)
    with in_process_target(contract, build(name, https_only=True)) as target:
        for check in make_checks(contract, target, options):
            rule_id, mark, number = check.id.rpartition("#")
            if mark:
                sent[rule_id].add(int(number))
    return sent


@pytest.mark.parametrize("name", names())
def test_few_sends_each_variant_and_each_call(name: str) -> None:
    """Of each rule's cases, few still sends every variant once and every call once."""
    contract = load_contract(name)
    for rule_id, numbers in _numbers(name, FEW).items():
        cases = contract.rules[rule_id].cases
        sent = [cases[number] for number in numbers]
        assert {case.call for case in sent} == {case.call for case in cases}, rule_id
        for case in cases:
            assert any(case.edits == one.edits for one in sent), f"{rule_id}: {case.name}"


def test_few_lets_variants_take_turns() -> None:
    """Variants are spread over the calls: no call gets two before each other has one."""
    cases = load_contract("omni-orders").rules["number.wrong-type"].cases
    sent = [cases[number] for number in _numbers("omni-orders", FEW)["number.wrong-type"]]
    assert sorted(case.call for case in sent) == ["cancel", "complete", "confirm", "paid"]
    assert len({str(case.edits) for case in sent}) == 4


@pytest.mark.parametrize("name", names())
def test_full_sends_every_case(name: str) -> None:
    """By default each variant is sent on each call."""
    contract = load_contract(name)
    for rule_id, numbers in _numbers(name, Options()).items():
        assert numbers == set(range(len(contract.rules[rule_id].cases)))


def test_few_keeps_a_run_short() -> None:
    """An omni-orders run over all transitions takes at most 150 calls with few, looks aside."""
    contract = load_contract("omni-orders")
    with in_process_target(contract, build("omni-orders", https_only=True)) as target:
        checks = make_checks(contract, target, FEW)
    called = sum((Counter(check.calls) for check in checks), Counter())
    assert called.total() - called["details"] <= 150
