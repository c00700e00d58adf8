"""The layer of schemathesis: what it finds, what it leaves alone, and what it takes."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from retailspec.checks import Generated, Options
from retailspec.cli import main
from retailspec.contract import load_contract, names
from retailspec.exchange import Exchange
from retailspec.faults.in_process import in_process_target
from retailspec.faults.model import corpus
from retailspec.findings import Finding
from retailspec.layers.situations import kind
from retailspec.layers.standins import is_tame
from retailspec.layers.verdicts import check_table
from retailspec.reference import build
from retailspec.reference.base import Answer, Call, Reference
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.omni_inventory import OmniInventory
from retailspec.reference.omni_orders import OmniOrders
from retailspec.reference.sirclo import SircloInventory
from retailspec.report.record import result_record
from retailspec.runner import RuleResult, Run

MANY = 100


@contextmanager
def layered(
    reference: Reference, *, calls: int = 60, seed: int = 1, spent: int = 0
) -> Iterator[tuple[Run, dict[str, list[Finding]]]]:
    """Run the layer alone, and yield the run with its findings by rule."""
    contract = load_contract(reference.name)
    with in_process_target(contract, reference) as target:
        for pool in target.pools.values():
            for _ in range(spent):
                pool.take()
        run = Run(target, Options(races=False, schemathesis=Generated(calls, seed)))
        run.checks = {
            check_id: check
            for check_id, check in run.checks.items()
            if check_id.startswith("schemathesis ")
        }
        for check_id, check in run.checks.items():
            run.checks[check_id] = type(check)(**{**vars(check), "after": ()})
        try:
            results = [run.result(rule.id) for rule in contract.rules.values() if rule.judged]
            yield run, {one.rule.id: list(one.findings) for one in results if one.findings}
        finally:
            run.close()


def sent(run: Run) -> list[tuple[str, str, bytes]]:
    return [(one.request.method, one.request.url, one.request.body) for one in run.exchanges]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", names())
def test_healthy_servers_are_not_accused(name: str, seed: int) -> None:
    """Against a healthy reference server the layer finds nothing, whatever the seed."""
    with layered(build(name, https_only=True), calls=MANY, seed=seed) as (run, findings):
        assert findings == {}
        assert MANY // 2 < len(run.exchanges) <= MANY


@pytest.mark.parametrize(
    "name",
    [
        ("omni-orders", "wrong-types-get-framework-text"),
        ("omni-orders", "framework-pages"),
        ("omni-inventory", "says-more"),
        ("comestri-inventory", "bad-requests"),
    ],
    ids="/".join,
)
def test_liberties_are_not_accused(name: tuple[str, str]) -> None:
    """A server that differs where a document leaves it open is not accused by the layer either."""
    liberty = next(one for one in corpus(name[0])[1] if one.name == name[1])
    with layered(liberty.server(), calls=MANY) as (_, findings):
        assert findings.keys() <= liberty.costs


class FailsOnNull(OmniOrders):
    def read_number(self, field: str, values: Any) -> str:
        if field in values and values[field] is None:
            raise TypeError(field)
        return super().read_number(field, values)


class TakesNumbersOfAnyType(OmniOrders):
    def read_number(self, field: str, values: Any) -> str:
        if isinstance(values.get(field), list | dict):
            return "FR9TL74P"
        return super().read_number(field, values)


class AnswersGet(OmniOrders):
    def check_method(self, call: Call) -> None:
        if call.method != "GET":
            super().check_method(call)


class LabelsErrorsAsHtml(OmniOrders):
    def render(self, call: Call, answer: Answer) -> Any:
        response = super().render(call, answer)
        if answer.status == 400:
            response.headers["Content-Type"] = "text/html"
        return response


class RefusesWithTeapot(OmniOrders):
    def reject(self, status: int, problem: Any) -> Any:
        return super().reject(418 if problem.code == "invalid_order_number" else status, problem)


class NeedsNoToken(OmniOrders):
    def authenticate(self, call: Call) -> str:
        if "authorization" not in call.headers:
            return self.own_store
        return super().authenticate(call)


class TakesWordsForPrices(OmniInventory):
    def decode(self, raw: bytes) -> object:
        return super().decode(raw.replace(b'"AAA"', b"5"))


class NeedsNoSource(ComestriInventory):
    def decode(self, raw: bytes) -> object:
        value = super().decode(raw)
        if isinstance(value, dict) and isinstance(value.get("inventory"), dict):
            value["inventory"].setdefault("inventory_source", "MOTUL")
        return value


class TakesNegativeStock(SircloInventory):
    def decode(self, raw: bytes) -> object:
        return super().decode(raw.replace(b'"available_stock": -', b'"available_stock": '))


FAULTS: list[tuple[type[Reference], str]] = [
    (FailsOnNull, "no-server-error"),
    (TakesNumbersOfAnyType, "number.wrong-type"),
    (AnswersGet, "method"),
    (LabelsErrorsAsHtml, "response.content-type"),
    (RefusesWithTeapot, "response.status"),
    (NeedsNoToken, "auth.missing"),
    (TakesWordsForPrices, "price.invalid"),
    (NeedsNoSource, "refuse.inventory_source.missing"),
    (TakesNegativeStock, "refuse.available_stock.negative"),
]


@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda one: getattr(one, "__name__", one))
def test_defects_are_found_under_our_rules(fault: type[Reference], rule: str) -> None:
    """A seeded defect is found, and reported under the rule of the contract that it breaks."""
    calls = 220 if issubclass(fault, ComestriInventory) else MANY  # it has many fields to cover
    with layered(fault(https_only=True), calls=calls) as (_, findings):
        assert rule in findings


def test_one_defect_is_told_once_per_operation() -> None:
    """However many made-up requests show a defect, each operation has one finding of it."""
    with layered(RefusesWithTeapot(https_only=True), calls=120) as (run, findings):
        shown = [one for one in run.exchanges if one.status == 418]
        operations = {one.operation for one in shown}
        assert len(shown) > len(operations)
        assert len(findings["response.status"]) == len(operations)


def test_findings_are_ordinary_and_keep_secrets() -> None:
    """A finding has our curl line, in which the credentials are environment variables."""
    server = TakesNumbersOfAnyType(https_only=True)
    with layered(server, calls=120) as (run, findings):
        rule = run.contract.rules["number.wrong-type"]
        verdict = findings[rule.id][0].verdict
        told = result_record(RuleResult(rule, verdict, tuple(findings[rule.id])), run)
    curl = told["findings"][0]["curl"]
    assert curl.startswith("curl ")
    assert "OMNI_ORDERS_TOKEN" in curl
    assert server.credentials["token"] not in str(told)


def test_calls_are_bounded() -> None:
    """The layer makes no more calls than it is told, spread over the operations."""
    with layered(build("omni-orders", https_only=True), calls=21) as (run, _):
        assert len(run.exchanges) == 21
        assert sorted(run.sent.values()) == [5, 5, 5, 6]


def test_seed_decides_what_is_sent() -> None:
    """The same seed makes the same requests, another seed others."""
    made = []
    for seed in (7, 7, 8):
        with layered(OmniInventory(https_only=True), calls=40, seed=seed) as (run, _):
            made.append(sent(run))
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_no_order_is_used_beyond_those_that_are_spent() -> None:
    """Orders are never taken from the supply, and only spent ones are changed."""
    server = OmniOrders(https_only=True)
    fresh = server.add(server.fresh_order(server.own_store))
    with layered(server, calls=MANY, spent=3) as (run, _):
        spent = run.target.pools["order"].spent
        assert len(spent) == 3
        changed = {one.request.body for one in run.exchanges if one.accepted}
        assert all(any(number.encode() in body for number in spent) for body in changed)
        named = b" ".join(one.request.body for one in run.exchanges)
    assert server.orders[fresh.number] == fresh
    assert b"FR9TL74P" not in named


def test_made_up_names_give_way_to_the_targets_own() -> None:
    """No accepted request names a variant that the target file does not name."""
    with layered(OmniInventory(https_only=True), calls=MANY) as (run, _):
        accepted = [one for one in run.exchanges if one.accepted]
        assert accepted
        for one in accepted:
            items = one.request.json["inventories"]
            assert {item["variant_code"] for item in items} <= {run.target.fixtures["variant_code"]}


def test_requests_that_would_leave_traces_are_withheld() -> None:
    """What fits the schema is not made up where a contract withholds it."""
    with layered(build("mipos-inventory", https_only=True), calls=MANY) as (run, _):
        schemas, operations = run.contract.schemas, run.contract.operations

        def fits(one: Exchange) -> bool:
            operation = operations[one.operation or ""]
            own = one.request.method == operation.method and one.status not in {401, 415}
            reference = operation.request_schema
            return own and schemas.violation(str(reference), one.request.json) is None

        assert not [one.request.body for one in run.exchanges if one.accepted and fits(one)]


def test_every_check_of_schemathesis_has_a_place() -> None:
    """The table says what becomes of each check of schemathesis, or why nothing does."""
    checks = importlib.import_module("schemathesis.checks")
    checks.load_all_checks()
    known = set(checks.CHECKS.get_all_names()) - {"max_response_time"}
    assert set(check_table()) == known
    for becomes in check_table().values():
        assert set(becomes) in ({"rule"}, {"situation"}, {"not_used"})


def test_contracts_leave_out_what_exists() -> None:
    """What a rule file leaves out names checks and operations that there are, with a reason."""
    for path in Path(__file__).parents[2].glob("rules/*.yaml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("schemathesis", ()):
            contract = load_contract(path.stem)
            assert entry.get("check", "not_a_server_error") in check_table()
            assert set(entry.get("operation", ())) <= contract.operations.keys()
            assert entry["why"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "boolean"),
        (5, "integer"),
        (-5, "negative"),
        (5.5, "fraction"),
        (5.0, None),
        ("", "empty"),
        ("abc", "word"),
        ("12", None),
        ("NaN", None),
        ([], "list"),
        ({}, "object"),
    ],
)
def test_kinds_of_values(value: Any, expected: str | None) -> None:
    """A value that could be taken for one of another kind is of none."""
    assert kind(value) == expected


@pytest.mark.parametrize(
    ("value", "tame"),
    [
        ({"a": ["B-1", 3, 2.5, None, True]}, True),
        ("2021-02-05T15:04:05Z", True),
        ("0001-01-01T00:00:00Z", False),
        (" a", False),
        ("a\x00", False),
        ("", False),
        ("a" * 41, False),
        (-1, False),
        (10**9, False),
        (0.001, False),
    ],
)
def test_tame_values(value: Any, *, tame: bool) -> None:
    """Only values that an author may have had in mind are evidence for a schema's sake."""
    assert is_tame(value) is tame


def test_without_the_package_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where schemathesis is not installed, the option ends with one clear line and status 2."""
    find: Callable[..., Any] = importlib.util.find_spec

    def missing(name: str, package: str | None = None) -> Any:
        return None if name == "schemathesis" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    done = CliRunner().invoke(main, ["check", "--contract", "omni-inventory", "--schemathesis"])
    assert done.exit_code == 2
    assert "pip install 'retailspec[schemathesis]'" in done.output + done.stderr
    assert len(done.output.strip().splitlines()) <= 2


@pytest.mark.parametrize("option", ["--schemathesis-calls", "--seed"])
def test_wrong_numbers_are_refused(option: str) -> None:
    """A number of calls or a seed that is no whole number ends with status 2."""
    done = CliRunner().invoke(main, ["check", "--contract", "omni-inventory", option, "many"])
    assert done.exit_code == 2
    assert f"{option} many: is no whole number" in done.output + done.stderr


def test_whole_runs_hold_with_the_layer() -> None:
    """A whole run with the layer conforms, and spends no order beyond those of one without."""
    contract = load_contract("omni-orders")
    spent = []
    for layer in (None, Generated(40)):
        with in_process_target(contract, build("omni-orders", https_only=True)) as target:
            run = Run(target, Options(races=False, profile="off", schemathesis=layer))
            results = [run.result(rule.id) for rule in contract.rules.values() if rule.judged]
            spent.append(len(target.pools["order"].spent))
            run.close()
        assert [one.rule.id for one in results if one.findings] == []
    assert spent[0] == spent[1]
