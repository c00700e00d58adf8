"""The catalogue holds exactly the rules that the documents were read to have."""

from pathlib import Path

import pytest

from retailspec.contract import load_contract, names
from retailspec.report.catalogue import catalogue

ROOT = Path(__file__).parents[2]
IDS = Path(__file__).parent / "data" / "rule-ids.txt"


def _read() -> set[tuple[str, str, str]]:
    lines = IDS.read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split()) for line in lines if line and not line.startswith("#")]
    assert len(rows) == len(set(rows))
    return {(contract, rule, level) for contract, rule, level in rows}


@pytest.mark.parametrize("name", names())
def test_catalogue_is_the_reading(name: str) -> None:
    """Each rule of the reading is in the catalogue at its level, and none besides."""
    read = {(rule, level) for contract, rule, level in _read() if contract == name}
    contract = load_contract(name)
    rules = [*contract.rules.values(), *contract.clients.values()]
    held = {(rule.id, rule.level.value) for rule in rules}
    assert held == read


def test_reading_knows_every_contract() -> None:
    """The list of ids names the contracts that there are."""
    assert {contract for contract, _, _ in _read()} == set(names())


def test_printed_catalogue_is_current() -> None:
    """docs/rules.md is what `retailspec rules --all --format markdown` prints."""
    printed = catalogue([load_contract(name) for name in names()], "markdown")
    kept = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert kept == printed, "run: retailspec rules --all --format markdown > docs/rules.md"
