"""Every mistake of a client is caught by the rule that it breaks, and sound clients break none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from client_faults import COMMANDS, FAULTS, Fault
from stages import source, spoilt

from retailspec.contract import load_contract, names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stages import Stage

StageOf = "Callable[[str], Stage]"
SOUND = [
    *(("curl", name) for name in COMMANDS),
    *((kind, name) for name in names() for kind in ("python", "node")),
]


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_sound_client_breaks_nothing(
    kind: str, name: str, stage_of: Callable[[str], Stage], tmp_path: Path
) -> None:
    """A sound client breaks no rule, not even a should, and calls every operation."""
    broken, records = stage_of(name).run(kind, source(kind, name), folder=tmp_path)
    assert broken == set()
    spoken = set(load_contract(name).clients)
    assert {rule for rule, one in records.items() if one["verdict"] == "held"} == spoken


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault.contract}-{fault.kind}-{fault.name}"
)
def test_fault_is_caught_by_its_rule(
    fault: Fault, stage_of: Callable[[str], Stage], tmp_path: Path
) -> None:
    """A fault is caught by the rule that it names; beside it only its consequences are."""
    broken, records = stage_of(fault.contract).run(fault.kind, spoilt(fault), folder=tmp_path)
    assert broken == {fault.rule, *fault.also}
    for record in records.values():
        for finding in record["findings"]:
            assert finding["expected"]
            assert finding["curl"].startswith("curl ")


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.kind == "python"],
    ids=lambda fault: f"{fault.contract}-{fault.name}",
)
def test_fault_is_caught_after_sound_calls(
    fault: Fault, stage_of: Callable[[str], Stage], tmp_path: Path
) -> None:
    """A fault is caught as well where the stub knows by then what a sound call looks like."""
    sound = source("python", fault.contract)
    stage = stage_of(fault.contract)
    broken, records = stage.run("python", sound, spoilt(fault), folder=tmp_path)
    assert broken == {fault.rule, *fault.also}
    for rule in broken:
        assert records[rule]["times"] <= records[rule]["judged"]


def test_every_rule_has_a_fault() -> None:
    """There is a fault for each rule for clients of each contract, and of each kind of client."""
    wanted = {(name, rule) for name in names() for rule in load_contract(name).clients}
    assert {(fault.contract, fault.rule) for fault in FAULTS} == wanted
    assert len({(fault.contract, fault.kind, fault.name) for fault in FAULTS}) == len(FAULTS)
    counted = {
        kind: sum(fault.kind == kind for fault in FAULTS) for kind in ("curl", "python", "node")
    }
    assert min(counted.values()) >= 15
