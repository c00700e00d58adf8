"""The contracts' files fit together: every rule is judged, every name used, every example holds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailspec.checks import CHECKERS
from retailspec.contract import Contract, Level, load_contract, names
from retailspec.contract.load import contract_of
from retailspec.contract.schemas import Schemas, read_data
from retailspec.errors import ContractError, UsageError
from retailspec.judge import STANDING
from retailspec.values import fill, placeholders

ROOT = Path(__file__).parents[2]
RULES = sorted(ROOT.glob("rules/*.yaml"))
NAMES = [path.stem for path in RULES if path.stem != "common"]


@pytest.fixture(params=NAMES)
def contract(request: pytest.FixtureRequest) -> Contract:
    return load_contract(request.param)


def test_every_contract_of_the_folder_is_named() -> None:
    """The list of contracts is the list of rule files."""
    assert sorted(names()) == sorted(NAMES)


def test_rules_say_what_and_where(contract: Contract) -> None:
    """Each rule has a level, a sentence and a place in the document."""
    for rule in contract.rules.values():
        assert rule.level in Level, rule.id
        assert rule.says.endswith("."), rule.id
        assert rule.where.strip(), rule.id


def test_rules_are_judged(contract: Contract) -> None:
    """Each must and should has a check that exists; a may has none."""
    for rule in contract.rules.values():
        judged = bool(rule.cases or rule.narrows or rule.every or rule.check)
        assert judged is rule.judged or (rule.level is Level.MAY and not rule.cases), rule.id
        if rule.judged and rule.check is not None:
            assert rule.check in CHECKERS or rule.check in STANDING, rule.id


def test_cases_expect_something(contract: Contract) -> None:
    """Each case expects something itself, unless its rule judges every answer."""
    for rule in contract.rules.values():
        for case in rule.cases:
            assert case.expect or rule.check in STANDING, f"{rule.id}: {case.name}"


def test_cases_differ(contract: Contract) -> None:
    """No two cases of a rule have the same name, or send the same call unless they say so."""
    for rule in contract.rules.values():
        labels = [case.name for case in rule.cases]
        assert len(labels) == len(set(labels)), rule.id
        sent = [
            (case.call, json.dumps(dict(case.edits), sort_keys=True))
            for case in rule.cases
            if not case.name.endswith("again")
        ]
        assert len(sent) == len(set(sent)), rule.id


def test_narrower_rules_narrow(contract: Contract) -> None:
    """A rule that narrows another is no more binding than that one, and expects something."""
    for rule in contract.rules.values():
        if rule.narrows is not None:
            assert rule.level is Level.SHOULD, rule.id
            assert contract.rules[rule.narrows].judged, rule.id
            assert rule.expect, rule.id


def test_named_things_are_used(contract: Contract) -> None:
    """Each fixture is used by some rule, each schema file by a rule or the OpenAPI document."""
    text = (ROOT / "rules" / f"{contract.name}.yaml").read_text(encoding="utf-8")
    for fixture in contract.fixtures:
        assert re.search(rf"\$\{{{fixture}\}}|needs:.*\b{fixture}\b|: {fixture}\b", text), fixture
    openapi = (ROOT / "openapi" / f"{contract.name}.yaml").read_text(encoding="utf-8")
    schemas = sorted((ROOT / "schemas" / contract.name).glob("*.json"))
    everything = text + openapi + "".join(path.read_text(encoding="utf-8") for path in schemas)
    for path in schemas:
        assert path.name in everything.replace(f'"title": "{path.name}"', ""), path.name


def _expectations(contract: Contract) -> Iterator[tuple[str, Any]]:
    for rule in contract.rules.values():
        yield rule.id, rule.expect
        for case in rule.cases:
            yield rule.id, case.expect
    if contract.lifecycle is not None:
        yield "lifecycle", contract.lifecycle.refusal


def test_schemas_that_rules_name_exist(contract: Contract) -> None:
    """A schema that an expectation names is there and compiles."""
    for rule_id, expect in _expectations(contract):
        for part in [expect, *expect.get("any", ())]:
            if "schema" in part:
                reference = f"schemas/{contract.name}/{part['schema']}"
                assert (ROOT / reference).is_file(), rule_id
                contract.schemas.validator(reference).check_schema(read_data(ROOT / reference))


def test_base_calls_are_valid(contract: Contract) -> None:
    """Each base call, with the examples of its fixtures, is a valid request of its operation."""
    values = {
        name: fixture.example if fixture.example is not None else fixture.default
        for name, fixture in contract.fixtures.items()
    }
    values |= dict.fromkeys(contract.supplies, "A1B2C3D4")
    for call in contract.calls.values():
        schema = contract.operations[call.operation].request_schema
        if call.body is None or schema is None:
            continue
        known = {**call.variables, **values}
        assert placeholders(call.body) <= known.keys(), call.name
        body = fill(call.body, known.__getitem__)
        violation = contract.schemas.violation(schema, body)
        assert violation is None, call.name


def test_lifecycle_is_complete() -> None:
    """Each call accepts or refuses each state of an order, and nothing leaves a final one."""
    spec = load_contract("omni-orders").lifecycle
    assert spec is not None
    for call in spec.calls.values():
        assert call.accepts.keys() | call.refuses.keys() == spec.states.keys()
        assert not call.accepts.keys() & call.refuses.keys()
        assert set(call.refuses.values()) <= spec.refusals.keys()
        assert call.own <= call.refuses.keys()
        assert not call.accepts.keys() & spec.final
        for state, after in call.accepts.items():
            shown = {**spec.states[state], **call.effect}
            assert shown == spec.states[after], (state, after)
    accepted = sum(len(call.accepts) for call in spec.calls.values())
    refused = sum(len(call.refuses) for call in spec.calls.values())
    assert (len(spec.states), accepted, refused) == (7, 13, 15)


def _spoilt(folder: Path, change: Any) -> Path:
    """Copy the data folders, with one change to the rule file of omni-inventory."""
    for part in ("openapi", "schemas", "rules"):
        (folder / part).symlink_to(ROOT / part)
    (folder / "rules").unlink()
    (folder / "rules").mkdir()
    for path in ROOT.glob("rules/*"):
        if path.name != "omni-inventory.yaml":
            (folder / "rules" / path.name).symlink_to(path)
    raw = yaml.safe_load((ROOT / "rules" / "omni-inventory.yaml").read_text(encoding="utf-8"))
    change(raw)
    (folder / "rules" / "spoilt.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    return folder


def _set(path: str, value: Any) -> Any:
    def change(raw: Any) -> None:
        raw["contract"] = "spoilt"
        *above, last = path.split("/")
        for part in above:
            raw = raw[part]
        if value is None:
            del raw[last]
        else:
            raw[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("rules/update.ok/level", "ought", "rules/update.ok/level: expected one of"),
        ("rules/update.ok/says", None, "update.ok: has no says"),
        ("rules/update.ok/where", None, "rules/update.ok: expected the field where"),
        ("rules/update.ok/cases", None, "update.ok: nothing judges it"),
        ("rules/update.ok/colour", "red", "rules/update.ok"),
        ("rules/update.ok/cases", [{"call": "upgrade"}], "'upgrade', which is not there"),
        ("rules/update.ok/expect", {"statuses": 200}, "rules/update.ok/expect"),
        ("rules/price.invalid.status/narrows", "price", "narrows price, which"),
        ("calls/update/operation", "replace", "no operation 'replace'"),
        ("contract", "other", "the file's name says 'spoilt'"),
    ],
)
def test_wrong_rule_files_are_refused(
    path: str, value: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule file with a mistake is refused, with the place of it."""
    monkeypatch.setenv("RETAILSPEC_CONTRACTS", str(_spoilt(tmp_path, _set(path, value))))
    with pytest.raises(ContractError, match=re.escape(said)):
        load_contract.__wrapped__("spoilt")


def test_a_lifecycle_is_judged_by_rules_that_there_are() -> None:
    """A rule that a lifecycle names, and that there is not, is told with its place."""
    path = ROOT / "rules" / "omni-orders.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw["lifecycle"]["judged_by"]["frame"] = "order.frames"
    with pytest.raises(ContractError, match=r"judged_by: there is no rule order\.frames"):
        contract_of(raw, path)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML would silently keep the second of two rules with one id; here that is an error."""
    path = tmp_path / "twice.yaml"
    path.write_text("rules:\n  price.invalid: 1\n  price.invalid: 2\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"price\.invalid stands twice"):
        read_data(path)


def test_unknown_contract_names_the_nearest() -> None:
    """A contract's name that is misspelt gets the nearest one."""
    with pytest.raises(UsageError, match="Did you mean omni-orders"):
        load_contract("omni-order")


def test_rule_schema_is_closed() -> None:
    """The rule files' own schema is a valid schema and lets no unknown key through."""
    schema = json.loads((ROOT / "rules" / "rules.schema.json").read_text(encoding="utf-8"))
    for part in (schema, *schema["$defs"].values()):
        if part.get("type") == "object":
            closed = "additionalProperties" in part or "unevaluatedProperties" in part
            assert closed or part is schema["$defs"]["edits"], part.get("description")
    assert Schemas(ROOT).violation("rules/rules.schema.json", {"contract": "x"}) is not None
