"""Defects that only drawn requests show, each found, made small, and made again by its text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from property_servers import DEFECTS, AnswersTheOther, OneAtATime, SkuHasNoBlank, SmallIntegers

from retailspec.checks import Options
from retailspec.contract import load_contract, names
from retailspec.errors import UsageError
from retailspec.faults.in_process import in_process_target
from retailspec.findings import Finding
from retailspec.reference import build
from retailspec.reference.base import Reference
from retailspec.report.record import result_record
from retailspec.runner import Run

_TEXT = re.compile(r"--replay (\S+)")


def ran(reference: Reference, *rules: str, **chosen: object) -> Run:
    """Judge some rules of a server's contract, or all, by the written cases and what is drawn."""
    contract = load_contract(reference.name)
    judged = [rule.id for rule in contract.rules.values() if rule.judged]
    with in_process_target(contract, reference) as target:
        run = Run(target, Options(races=False, **chosen))  # type: ignore[arg-type]  # a test's own
        run.selected = frozenset(rules or judged)
        for rule in run.selected:
            run.result(rule)
        run.close()
    return run


def found(run: Run) -> dict[str, tuple[Finding, ...]]:
    """Return what was found, by rule."""
    results = {one: run.result(one).findings for one in run.selected}
    results |= {one.rule.id: one.findings for one in run.also_broken()}
    return {rule: findings for rule, findings in results.items() if findings}


def text_of(finding: Finding) -> str:
    match = _TEXT.search(finding.note)
    assert match is not None
    return match[1]


@pytest.mark.parametrize(("server", "rule"), DEFECTS, ids=lambda one: getattr(one, "__name__", one))
def test_only_drawn_requests_show_it(server: type[Reference], rule: str) -> None:
    """The written cases hold on the server, and the drawn requests break the rule."""
    assert found(ran(server(https_only=True), profile="off")) == {}
    own = "confirm.from.complete-paid" if server in {OneAtATime, AnswersTheOther} else rule
    findings = found(ran(server(https_only=True), own, profile="ci"))
    assert rule in findings
    again = ran(server(https_only=True), replay=text_of(findings[rule][0]))
    assert rule in found(again)
    assert len(again.exchanges) <= 12


@pytest.mark.parametrize("name", names())
def test_healthy_servers_are_not_accused(name: str) -> None:
    """Whatever is drawn, a healthy server keeps every rule."""
    assert found(ran(build(name, https_only=True), profile="ci", seed=len(name))) == {}


def test_counterexamples_are_small() -> None:
    """What has nothing to do with a failure is taken out of it."""
    finding = found(ran(SkuHasNoBlank(https_only=True), "create.full", profile="ci"))[
        "create.full"
    ][0]
    assert finding.exchange is not None
    inventory = finding.exchange.request.json["inventory"]
    assert inventory.keys() == {"inventory_source", "product_id", "qty", "sku"}
    assert len(inventory["sku"]) <= 5
    finding = found(ran(SmallIntegers(https_only=True), "update.ok", profile="ci"))["update.ok"][0]
    assert finding.exchange is not None
    assert len(finding.exchange.request.json["channel_stock"]) == 1


def test_mixed_orders_are_printed_as_calls() -> None:
    """A departure that takes several orders is told as the calls that lead to it, oldest first."""
    rule = "confirm.from.complete-paid"
    run = ran(OneAtATime(https_only=True), rule, profile="ci")
    record = result_record(run.result(rule), run)["findings"][0]
    assert len(record["before"]) == 2
    lines = [*record["before"], record["curl"]]
    assert all(line.startswith("curl -i -X POST") for line in lines)
    numbers = [re.search(r'"(?:number|order)":"(\w+)"', line) for line in lines]
    first, other, last = [match[1] for match in numbers if match]
    assert first == last != other


def test_orders_are_never_spent_beyond_the_budget() -> None:
    """The sandbox profile takes two orders, and making a counterexample smaller takes no more."""
    plain = ran(OneAtATime(https_only=True), profile="off")
    for server in (OneAtATime, AnswersTheOther):
        run = ran(server(https_only=True), seed=3)
        spent = len(run.target.pools["order"].spent)
        assert spent - len(plain.target.pools["order"].spent) == 2
    run = ran(OneAtATime(https_only=True), profile="ci")
    assert len(run.target.pools["order"].spent) - len(plain.target.pools["order"].spent) <= 40


def test_a_broken_rule_is_not_looked_for_again() -> None:
    """Where the written cases break a rule, no requests are drawn to break it once more."""

    class TakesNoQuantity(SkuHasNoBlank):
        def check_integer(self, field: str, value: object) -> int:
            self.invalid(field)

    run = ran(TakesNoQuantity(https_only=True))
    assert "create.minimal" in found(run)
    assert not any("--replay" in one.note for one in run.found("create.full"))


def test_the_same_seed_draws_the_same() -> None:
    """Two runs with one seed send the same requests, and another seed sends others."""

    def bodies(seed: int) -> list[bytes]:
        run = ran(build("omni-inventory", https_only=True), seed=seed)
        return [exchange.request.body for exchange in run.exchanges]

    assert bodies(5) == bodies(5) != bodies(6)


def test_a_replay_of_a_healthy_server_holds() -> None:
    """The text of an example sends that example alone, and judges it."""
    run = ran(
        build("comestri-inventory", https_only=True),
        replay="comestri-inventory/create/create.full:0",
    )
    assert found(run) == {}
    assert len(run.exchanges) == 1


@pytest.mark.parametrize(
    "text",
    [
        "omni-inventory/update",
        "omni-inventory/update/update.ok:1,2",
        "omni-inventory/update/auth.missing:1",
        "omni-inventory/lifecycle/update.ok:1",
    ],
)
def test_wrong_replays_are_refused(text: str) -> None:
    """A text that no finding prints is a mistake of the user."""
    with pytest.raises(UsageError, match="--replay"):
        ran(build("omni-inventory", https_only=True), replay=text)


def test_small_profiles_do_without_hypothesis(tmp_path: Path) -> None:
    """The default profile does not load hypothesis, and a larger one leaves no files behind."""
    code = (
        "import sys\n"
        "from retailspec.command_check import _FLAGS, _VALUES, run_check\n"
        "no = dict.fromkeys({*_FLAGS, *_VALUES} - {'profile'})\n"
        "assert run_check(('mipos-receiver',), verbose=False, profile=None, **no) == 0\n"
        "assert 'hypothesis' not in sys.modules\n"
        "assert run_check(('mipos-receiver',), verbose=False, profile='ci', **no) == 0\n"
        "assert 'hypothesis' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
