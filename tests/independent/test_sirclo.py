"""The SIRCLO contract against an independent server: its liberties, and its defects."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import sirclo_defects_of_calls  # noqa: F401 - registers its defects
from sirclo_defects import DEFECTS
from sirclo_liberties import LIBERTIES, BooleansOnly
from sirclo_server import SircloServer

from retailspec.contract import load_contract
from retailspec.findings import Verdict
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.runner import RuleResult

FIXTURES = {"sku": "sku1", "channel": "bklp", "second_channel": "blib"}


@contextlib.contextmanager
def running(server: SircloServer, patience: float = 1.0, **fixtures: Any) -> Iterator[Run]:
    """Serve a server and yield a run of the contract against it."""
    with server.serving() as url:
        target = make_target(
            load_contract("sirclo-inventory"),
            TargetConfig(fixtures=fixtures or FIXTURES, options=server.options, patience=patience),
            "independent:",
            base_url=url,
            secrets=Secrets(
                {"partner_id": server.partner, "secret": server.key},
                {"partner_id": "SIRCLO_PARTNER_ID", "secret": "SIRCLO_SECRET"},
            ),
        )
        run = Run(target)
        try:
            yield run
        finally:
            run.close()


def results(run: Run) -> dict[str, RuleResult]:
    return {rule.id: run.result(rule.id) for rule in run.contract.rules.values() if rule.judged}


def told(found: dict[str, RuleResult], *verdicts: Verdict) -> set[str]:
    return {rule_id for rule_id, result in found.items() if result.verdict in verdicts}


@pytest.mark.parametrize(
    ("kind", "costs", "silent"), LIBERTIES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_liberty_breaks_nothing(
    kind: type[SircloServer], costs: frozenset[str], silent: frozenset[str]
) -> None:
    """A server that uses what the document leaves open keeps every must, at its known cost."""
    with running(kind(), patience=0.6 if silent else 5.0) as run:
        found = results(run)
    assert told(found, Verdict.BROKEN) == set()
    assert told(found, Verdict.ADVISORY) == costs
    assert told(found, Verdict.NOT_JUDGED) == silent


@pytest.mark.parametrize(
    ("kind", "rule", "others"), DEFECTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_defect_is_caught_by_its_rule(
    kind: type[SircloServer], rule: str, others: frozenset[str]
) -> None:
    """A server with one defect breaks the rule that speaks of it, and none that does not."""
    with running(kind(), patience=0.3) as run:
        found = results(run)
    assert told(found, Verdict.BROKEN, Verdict.ADVISORY) == {rule, *others}


def test_one_channel_is_enough() -> None:
    """Without a second channel, all rules are judged by what needs none, and say what they lack."""
    with running(SircloServer(), sku="sku1", channel="bklp") as run:
        found = results(run)
    assert told(found, *Verdict) - told(found, Verdict.HELD) == set()
    for rule in ("update.boundaries", "refuse.second-channel"):
        assert "fixtures.second_channel" in found[rule].reasons[0]


def test_rules_stand_alone() -> None:
    """A rule that looks at others' calls makes them itself where it is asked for alone."""
    for rule in ("update.sync-stock", "update.distinct", "history.offset", "history.shows-update"):
        with running(BooleansOnly()) as run:
            run.selected = frozenset({rule})
            assert run.result(rule).verdict is Verdict.HELD, rule


def test_waiting_is_bounded_and_counted() -> None:
    """What is awaited in vain is awaited no longer than the target's patience, and is told."""
    server = SircloServer()
    server.delay = 3600.0
    with running(server, patience=0.3) as run:
        run.selected = frozenset({"history.shows-update"})
        result = run.result("history.shows-update")
        assert 0.05 < run.waited < 1.5
    assert result.verdict is Verdict.BROKEN
    assert result.findings[0].actual == "none"
