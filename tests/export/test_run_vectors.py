"""A Node script runs the vectors: all hold for the reference servers, and seeded faults show."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from export_tools import ROOT, node_target, node_with_ajv, ran, served, write_export

from retailspec.contract import names
from retailspec.faults.model import corpus
from retailspec.reference import build

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from retailspec.reference.base import Reference

FAULTS = [
    ("omni-orders", "cancel-answers-an-error-with-200"),
    ("omni-orders", "complete-skips-payment-of-new-orders"),
    ("omni-inventory", "fractions-must-be-text"),
    ("comestri-inventory", "dispatch-time-cut-to-an-integer"),
    ("sirclo-inventory", "body-need-not-be-signed"),
    ("mipos-inventory", "sync-item-name-unchecked"),
    ("mipos-receiver", "taken-answers-200"),
]
"""At least one seeded fault per contract; the rule that it breaks has to be named."""

LIBERTIES = [
    ("omni-inventory", "busy-now-and-then"),
    ("omni-inventory", "plain-http-is-redirected"),
]
"""What conforms all the same, and what a hasty runner would stumble over."""


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the vectors of all contracts."""
    folder = tmp_path_factory.mktemp("vectors")
    write_export(folder, "vectors")
    return folder


def _run(node: str, vectors: Path, reference: Reference, folder: Path) -> CompletedProcess[str]:
    with served(reference) as (_, settings, environ):
        target = folder / "target.json"
        target.write_text(node_target(reference, settings), encoding="utf-8")
        script = ROOT / "examples" / "run-vectors.mjs"
        return ran(node, script, vectors / f"{reference.name}.json", target, **environ)


@pytest.mark.parametrize("name", names())
def test_reference_servers_keep_every_vector(name: str, vectors: Path, tmp_path: Path) -> None:
    """Each case is made, none skipped, and each expectation holds."""
    done = _run(node_with_ajv(), vectors, build(name, https_only=True), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads((vectors / f"{name}.json").read_text("utf-8"))
    plans = made.get("lifecycle", {"plans": [{"paths": []}]})["plans"]
    calls = len(made["cases"]) + sum(len(path) for path in plans[0]["paths"])
    told = re.search(r"(\d+) calls, (\d+) held, 0 must, 0 should, 0 skipped", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) == calls
    assert int(told[2]) > calls


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_seeded_faults_break_their_rule(
    name: str, fault: str, vectors: Path, tmp_path: Path
) -> None:
    """Against a server with a seeded fault the script fails, and names the rule."""
    node = node_with_ajv()
    seeded = next(one for one in corpus(name)[0] if one.name == fault)
    done = _run(node, vectors, seeded.server(), tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"BROKEN {name}/{seeded.breaks} (must)" in done.stdout


@pytest.mark.parametrize(("name", "liberty"), LIBERTIES)
def test_liberties_are_not_accused(name: str, liberty: str, vectors: Path, tmp_path: Path) -> None:
    """A server that conforms in another way breaks no must."""
    node = node_with_ajv()
    free = next(one for one in corpus(name)[1] if one.name == liberty)
    done = _run(node, vectors, free.server(), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_has_a_seeded_fault() -> None:
    """No contract is proven by its healthy server alone."""
    assert {name for name, _ in FAULTS} == set(names())
