"""What recognises clear exchanges quickly says the same as the judge with plain jsonschema."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import traffic_samples as samples

from retailspec.clients import recipes
from retailspec.clients.fast import FastJudge
from retailspec.contract.schemas import Schemas
from retailspec.faults.model import CORPORA, corpus

if TYPE_CHECKING:
    from retailspec.clients.bodies import Test
    from retailspec.clients.recording import RecordedLine
    from retailspec.contract.model import Every

SHARE = 60
"""Of how many faults one is looked at here; `benchmarks/traffic.py --corpus` looks at all."""


def _only_jsonschema(schemas: Schemas, reference: str, value: Any) -> bool:
    raise ValueError(reference)


def _compare(file: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> int:
    """Compare both ways of judging a file, and return how many lines were recognised."""
    seen = 0
    see = FastJudge.see

    def counting(self: FastJudge, record: RecordedLine, number: int) -> bool:
        nonlocal seen
        clear = see(self, record, number)
        seen += clear
        return clear

    with monkeypatch.context() as patch:
        patch.setattr(FastJudge, "see", counting)
        quick = samples.judged(file, quick=True, **options)
    with monkeypatch.context() as patch:
        patch.setattr(Schemas, "fits", _only_jsonschema)
        thorough = samples.judged(file, quick=False, **options)
    assert quick.keys() == thorough.keys()
    for name in thorough:
        assert quick[name] == thorough[name], name
    return seen


def test_5000_exchanges_get_the_same_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Healthy and mutated exchanges of all contracts, each part of them changed, in one file."""
    draw = random.Random(5)  # noqa: S311 - no secret
    lines = samples.made(2600)
    for name, exchanges in samples.healthy().items():
        lines += samples.recorded(exchanges, name)
    lines += [samples.mutated(draw.choice(lines), draw) for _ in range(5000 - len(lines))]
    draw.shuffle(lines)
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"".join(lines))
    assert len(lines) == 5000
    assert _compare(file, monkeypatch) > 2000


@pytest.mark.parametrize("alone", [False, True], ids=["others may act", "nobody else acts"])
def test_orders_are_followed_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    """Orders of which some answers are wrong, some calls late, and some at once."""
    draw = random.Random(11)  # noqa: S311 - no secret
    own = [line for line in samples.made(900) if b'"omni-orders"' in line]
    lines = [line if draw.random() > 0.1 else samples.mutated(line, draw) for line in own]
    for _ in range(60):
        one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    file = tmp_path / "orders.jsonl"
    file.write_bytes(b"".join(lines))
    assert _compare(file, monkeypatch, alone=alone) > 100


def test_nothing_is_asked_of_a_sound_request_that_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What rules say of wrong requests costs the usual ones no time: schemas rule it out."""
    asked: list[str] = []

    def unlike(form: Every) -> Test:
        asked.append(str(form.sent))
        return lambda *_: True

    monkeypatch.setattr(recipes, "unlike", unlike)
    file = tmp_path / "usual.jsonl"
    file.write_bytes(b"".join(samples.made(600)))
    samples.judged(file, quick=True)
    assert asked == []


def test_faulty_servers_get_the_same_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conversations of a spread of the faults and liberties, a file for each contract."""
    entries = [one for name in CORPORA for some in corpus(name) for one in some]
    some = [one for one in entries if not one.sockets][::SHARE]
    by_contract: dict[str, list[bytes]] = {}
    for entry in some:
        exchanges = samples.conversation(entry.contract, entry.server(), **entry.settings)
        lines = samples.recorded(exchanges, entry.contract)
        by_contract.setdefault(entry.contract, []).extend(lines)
    for name, lines in by_contract.items():
        file = tmp_path / f"{name}.jsonl"
        file.write_bytes(b"".join(lines))
        assert _compare(file, monkeypatch) > 0
