"""The SARIF file: what code scanning needs of it, and that it keeps the format's schema."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from outcomes import finding, outcome, record

from retailspec.contract import load_contract, names
from retailspec.report.sarif import rule_lines, sarif_log, sarif_text

if TYPE_CHECKING:
    from retailspec.report.outcome import Outcome

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / "build" / "sarif_om-1.0.4.tar.gz"
INSTALL = "pip download --no-deps --no-binary :all: -d build sarif-om==1.0.4"

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "required": required.split(),
        "additionalProperties": False,
        "properties": properties,
    }


RULE = closed(
    "id shortDescription fullDescription help defaultConfiguration properties",
    id={"type": "string", "maxLength": 255},
    name={"type": "string", "maxLength": 255},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed("level", level=LEVEL),
    properties={"type": "object", "required": ["where", "document", "tags"]},
)
REGION = closed("startLine", startLine={"type": "integer", "minimum": 1})
ARTIFACT = closed(
    "uri", uri={"type": "string", "pattern": r"^rules/[a-z-]+\.yaml$"}, uriBaseId=True
)
LOCATION = closed(
    "physicalLocation",
    physicalLocation=closed("artifactLocation region", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations={"type": "array"},
)
RESULT = closed(
    "ruleId ruleIndex level message locations partialFingerprints",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations={"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
    partialFingerprints={
        "type": "object",
        "required": ["primaryLocationLineHash"],
        "additionalProperties": {"type": "string"},
    },
    occurrenceCount={"type": "integer", "minimum": 1},
    suppressions={
        "type": "array",
        "minItems": 1,
        "items": closed(
            "kind justification",
            kind={"enum": ["inSource", "external"]},
            justification={"type": "string", "minLength": 1},
            properties={"type": "object"},
        ),
    },
)
NOTIFICATION = closed(
    "level message",
    level=LEVEL,
    message=TEXT,
    associatedRule=closed("id index", id={"type": "string"}, index={"type": "integer"}),
)
RUN = closed(
    "tool results automationDetails",
    tool=closed(
        "driver",
        driver=closed(
            "name version rules",
            name={"const": "retailspec"},
            version={"type": "string"},
            rules={"type": "array", "items": RULE, "uniqueItems": True},
        ),
    ),
    automationDetails=closed("id", id={"type": "string", "pattern": "/$"}),
    invocations={
        "type": "array",
        "items": closed(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications={"type": "array", "items": NOTIFICATION},
        ),
    },
    columnKind={"const": "unicodeCodePoints"},
    results={"type": "array", "maxItems": 25_000, "items": RESULT},
)
LOG = closed(
    "$schema version runs",
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "maxItems": 20, "items": RUN},
    },
)
"""What a file has to have: the format's own requirements, and those that code scanning adds."""


def everything() -> Outcome:
    """Return an outcome with a result of each verdict, in two contracts."""
    return outcome(
        [
            record("update.ok", "broken", findings=[finding(note="x", pointer="/a")] * 3),
            record("auth.scheme", "advisory"),
            record("update.many", "waived"),
            record("https", "not judged"),
            record("update.price", "held"),
            record("confirm.from.cancelled-paid", "broken", "omni-orders"),
        ],
        stale={"omni-inventory/update.price": "w.toml: waiver 1: stale"},
        also=[record("no-server-error", "broken")],
    )


def results(log: dict[str, Any], run: int = 0) -> dict[str, dict[str, Any]]:
    return {one["ruleId"]: one for one in log["runs"][run]["results"]}


def test_the_file_is_what_code_scanning_takes() -> None:
    """Every property that code scanning requires is there, and none that the format lacks."""
    Draft202012Validator.check_schema(LOG)
    Draft202012Validator(LOG).validate(sarif_log(everything()))


def test_the_file_keeps_the_formats_own_schema() -> None:
    """The schema that the format's authors publish with a package has nothing to say."""
    if not OFFICIAL.is_file():
        pytest.skip(f"the schema is not here: {INSTALL}")
    with tarfile.open(OFFICIAL) as archive:
        member = next(one for one in archive.getnames() if one.endswith("sarif-2.1.0-rtm.4.json"))
        file = archive.extractfile(member)
        assert file is not None
        schema = json.load(file)
    errors = [error.message for error in Draft4Validator(schema).iter_errors(self_made())]
    assert not errors


def self_made() -> Any:
    return json.loads(sarif_text(everything()))


def test_levels_follow_the_rules() -> None:
    """A must is an error, a should a warning; a waived rule is suppressed with its reason."""
    found = results(sarif_log(everything()))
    assert {rule.partition("/")[2]: one["level"] for rule, one in found.items()} == {
        "update.ok": "error",
        "auth.scheme": "warning",
        "update.many": "error",
        "no-server-error": "error",
    }
    assert found["omni-inventory/update.many"]["suppressions"] == [
        {
            "kind": "external",
            "justification": "shop-123 says so",
            "properties": {"expires": "2031-05-01"},
        }
    ]
    assert all("suppressions" not in one for one in found.values() if one["ruleIndex"] != 2)


def test_strict_makes_an_advisory_an_error() -> None:
    """Under --strict a broken should is what fails the run."""
    found = results(sarif_log(outcome([record("auth.scheme", "advisory")], strict=True)))
    assert found["omni-inventory/auth.scheme"]["level"] == "error"


def test_a_result_names_its_rule() -> None:
    """The index and the id lead to the same rule, which says where the document says it."""
    for run in sarif_log(everything())["runs"]:
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            rule = rules[result["ruleIndex"]]
            assert rule["id"] == result["ruleId"]
            assert rule["properties"]["where"] in rule["help"]["text"]


def test_one_defect_is_one_result() -> None:
    """Calls that show the same are counted, not listed."""
    result = results(sarif_log(everything()))["omni-inventory/update.ok"]
    assert result["occurrenceCount"] == 3
    assert result["message"]["text"].endswith("3 calls show it.")


def test_fingerprints_are_stable_and_tell_rules_apart() -> None:
    """Other values and calls leave a fingerprint as it is; another rule has another."""
    first = outcome([record("update.ok", "broken"), record("update.many", "broken")])
    other = [finding(actual="status 500", curl="curl https://other.example")] * 2
    again = outcome([record("update.ok", "broken", findings=other)])
    prints = {rule: one["partialFingerprints"] for rule, one in results(sarif_log(first)).items()}
    rule = "omni-inventory/update.ok"
    assert results(sarif_log(again))[rule]["partialFingerprints"] == prints[rule]
    assert prints[rule] != prints["omni-inventory/update.many"]


@pytest.mark.parametrize("name", names())
def test_a_location_is_the_rules_own_line(name: str) -> None:
    """Each rule of each contract points at its entry, or at its lifecycle's call."""
    contract = load_contract(name)
    lines = (ROOT / "rules" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    found = rule_lines(contract)
    assert set(found) == set(contract.rules)
    for rule, line in found.items():
        key = lines[line - 1].strip().split(":")[0].strip("\"'")
        assert key in {rule, rule.split(".from.")[0]}


def test_what_was_not_judged_is_a_notification() -> None:
    """Silence is told with its reason, and so are a stale waiver and a lost connection."""
    invocation = sarif_log(everything())["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"]
    assert [
        (one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]
    ] == [("note", "not judged: needs fixtures.x: a thing"), ("error", "w.toml: waiver 1: stale")]
    lost = sarif_log(outcome([record("update.ok", "held")], lost="gone"))["runs"][0]
    assert not lost["invocations"][0]["executionSuccessful"]


def test_a_servers_text_makes_no_link() -> None:
    """A message shows what a server answered as text."""
    said = finding(answer="[a](http://e.example) [b](1)")
    log = sarif_log(outcome([record("update.ok", "broken", findings=[said])]))
    assert "](" not in results(log)["omni-inventory/update.ok"]["message"]["text"]


def test_uploads_of_several_jobs_leave_each_other_alone() -> None:
    """A contract is a run with a category of its own."""
    runs = sarif_log(everything())["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == [
        "retailspec/omni-inventory/",
        "retailspec/omni-orders/",
    ]
