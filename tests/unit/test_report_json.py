"""report.json and exchanges.har: valid, the same for the same run, and without a secret."""

from __future__ import annotations

import base64
import copy
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from report_runs import TOKEN, encodings, hostile, report_of, spoilt, told_of

from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.exchange import Exchange, Request, Response
from retailspec.faults.in_process import in_process_target
from retailspec.faults.model import corpus
from retailspec.findings import Verdict
from retailspec.report.compare import compare
from retailspec.report.document import UNREACHED, build_report, tool_record
from retailspec.report.exchanges import ExchangeLog, body_record
from retailspec.report.files import check_folder, dump, read_report, report_schema, write_files
from retailspec.report.har import har
from retailspec.report.page import page
from retailspec.report.record import result_record
from retailspec.report.unlock import unlocking
from retailspec.runner import RuleResult, Run
from retailspec.secrets import Secrets
from retailspec.waivers import Waiver

if TYPE_CHECKING:
    from pathlib import Path

    from retailspec.report.document import Told

Record = dict[str, Any]


@pytest.fixture(scope="module")
def told() -> Told:
    """What a run against a server that echoes secrets and attacks readers has to tell."""
    return told_of("omni-inventory", hostile())


@pytest.fixture(scope="module")
def report(told: Told) -> Record:
    return build_report(told)


@pytest.fixture(scope="module")
def orders() -> Record:
    names = ("complete-skips-payment-of-new-orders", "canceled-with-one-l")
    return report_of("omni-orders", spoilt("omni-orders", *names))


def problems(value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(report_schema()).iter_errors(value)]


def test_schema_is_one() -> None:
    """The shipped schema is a valid schema, closed at every object, and says its version."""
    schema = report_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["version"] == {"const": 1}
    objects = [schema]
    while objects:
        one = objects.pop()
        if isinstance(one, dict):
            if "properties" in one and one.get("type") == "object":
                assert one["additionalProperties"] is False
            objects += one.values()
        elif isinstance(one, list):
            objects += one


def test_reports_are_valid(report: Record, orders: Record) -> None:
    """Reports validate, of a contract with a lifecycle and of one without."""
    assert problems(json.loads(dump(report))) == []
    assert problems(json.loads(dump(orders))) == []
    assert report["contracts"][0]["lifecycle"] is None
    assert report["conforms"] is False


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("version",), "1"),
        (("extra",), 1),
        (("contracts", 0, "rules", 0, "verdict"), "fine"),
        (("contracts", 0, "rules", 0, "waiver"), {"reason": "x"}),
        (("contracts", 0, "exchanges", 0, "request", "body"), {"size": 1}),
        (("contracts", 0, "exchanges", 0, "number"), 0),
        (("contracts", 0, "spent"), {"order": 3}),
    ],
)
def test_schema_refuses(report: Record, place: tuple[Any, ...], value: Any) -> None:
    """What is no report does not validate."""
    spoiled = copy.deepcopy(report)
    within: Any = spoiled
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = value
    assert problems(spoiled)


def test_no_secret_in_any_file(told: Told, report: Record) -> None:
    """No credential stands in any file, raw, in base64 or as in a URL, though the server echoes."""
    files = [
        dump(report),
        dump(har(told.exchanges, tool_record(), report["started"])),
        page(report),
    ]
    assert all("$OMNI_INVENTORY_TOKEN" in text for text in files)
    for form in encodings(TOKEN):
        for text in files:
            assert form not in text
            assert json.dumps(form)[1:-1] not in text
    assert "Zu4rX" not in "".join(files)


def test_secret_in_a_binary_body() -> None:
    """A body that is no text is base64 of its bytes, the credential in them replaced."""
    secrets = Secrets({"token": TOKEN}, {"token": "SHOP_TOKEN"})
    record = body_record(b"\xff\xfe" + TOKEN.encode() + b"\x00", secrets)
    assert base64.b64decode(record["base64"]) == b"\xff\xfe$SHOP_TOKEN\x00"
    assert record["size"] == len(TOKEN) + 3


def test_same_run_same_report() -> None:
    """Two runs against a broken server without random parts tell the same, times apart."""
    one, other = (
        report_of("omni-inventory", corpus("omni-inventory")[0][0].server()) for _ in range(2)
    )
    assert any(rule["findings"] for rule in one["contracts"][0]["rules"])
    assert timeless(one) == timeless(other)


def timeless(value: Any) -> Any:
    """A report without its times."""
    if isinstance(value, list):
        headers = [one for one in value if not (isinstance(one, list) and one[0] == "date")]
        return [timeless(one) for one in headers]
    if isinstance(value, dict):
        times = ("started", "seconds")
        return {key: timeless(one) for key, one in value.items() if key not in times}
    return value


def test_findings_refer_to_exchanges(orders: Record) -> None:
    """A finding's exchange, and those before it, are there in full, and no others are."""
    contract = orders["contracts"][0]
    kept = {one["number"]: one for one in contract["exchanges"]}
    named = set()
    for rule in contract["rules"]:
        for finding in rule["findings"]:
            if finding["exchange"] is not None:
                named.add(finding["exchange"])
            named |= set(finding["earlier"])
            assert len(finding["earlier"]) == len(finding["before"])
    assert named == set(kept)
    broken = next(r for r in contract["rules"] if r["rule"] == "complete.from.new-unpaid")
    assert broken["verdict"] == "broken"
    exchange = kept[broken["findings"][0]["exchange"]]
    assert exchange["operation"] == "complete"
    assert json.loads(exchange["response"]["body"]["text"])["paymentStatus"] == 1
    assert ["Authorization", "token $OMNI_ORDERS_TOKEN"] in exchange["request"]["headers"]


def test_lifecycle_says_each_transition(orders: Record) -> None:
    """Each call on each state is there, with where it leads and how its rule ended."""
    lifecycle = orders["contracts"][0]["lifecycle"]
    assert len(lifecycle["transitions"]) == 28
    moved = {(one["from"], one["call"]): one for one in lifecycle["transitions"]}
    assert moved["new-unpaid", "complete"]["verdict"] == "broken"
    assert moved["new-unpaid", "complete"]["to"] == "complete-paid"
    refused = moved["cancelled-paid", "cancel"]
    assert (refused["accepted"], refused["to"]) == (False, "cancelled-paid")


def test_every_rule_is_there(orders: Record) -> None:
    """The catalogue is whole: a may is said to be open, and counted nowhere."""
    contract = orders["contracts"][0]
    mays = [rule for rule in contract["rules"] if rule["level"] == "may"]
    assert mays
    assert {rule["verdict"] for rule in mays} == {"not judged"}
    assert sum(contract["counts"].values()) == len(contract["rules"]) - len(mays)


def test_what_was_not_come_to(told: Told) -> None:
    """Of a run that was stopped, the rest is not judged because of that, and nothing is lost."""
    part = copy.copy(told)
    part.records = told.records[:3]
    part.runs = []
    report = build_report(part)
    assert problems(report) == []
    rules = [rule for rule in report["contracts"][0]["rules"] if rule["selected"]]
    assert [rule["rule"] for rule in rules if rule["reasons"] != [UNREACHED]] == [
        record["rule"] for record in told.records[:3]
    ]
    assert report["complete"] is False
    assert "ended early" in page(report)


def test_nothing_judged(told: Told) -> None:
    """A run that judged nothing conforms to nothing, and is a valid report all the same."""
    none = copy.copy(told)
    none.records, none.runs, none.selected = [], [], {}
    report = build_report(none)
    assert problems(report) == []
    assert report["conforms"] is None
    assert "No rule was judged" in page(report)


def test_unlock() -> None:
    """What is missing is named as the line of the target file that gives it."""
    report = report_of("omni-orders", fixtures={})
    rules = {rule["rule"]: rule for rule in report["contracts"][0]["rules"]}
    silent = [rule for rule in rules.values() if rule["unlock"]]
    assert silent
    assert all(rule["reasons"] for rule in silent)
    said = "; ".join(one for rule in silent for one in rule["unlock"])
    assert 'set fixtures.foreign_order = "XK83PLQ2" in [omni-orders] of the target file' in said


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("needs http_url: the address", 'http_url = "http://..."'),
        ("needs supply.order: the number", "supply.order"),
        ("needs credentials.token: the", 'credentials.token = "env:OMNI_ORDERS_TOKEN"'),
        ("--no-races: no calls are made at once", "leave out --no-races"),
        ("the supply has only 3 orders", "more fresh entries"),
        ("the target stayed busy (429)", "longer patience"),
        ("nothing was delivered", ""),
    ],
)
def test_unlocking(reason: str, told: str) -> None:
    """Each kind of reason has its own remedy, or none."""
    said = unlocking(load_contract("omni-orders"), [reason, reason])
    assert len(said) == (1 if told else 0)
    assert told in "".join(said)


def test_waived_rule_keeps_its_reason() -> None:
    """A waived rule has the reason and the last day of its waiver."""
    contract = load_contract("omni-inventory")
    rule = next(iter(contract.rules.values()))
    waiver = Waiver(contract.name, rule.id, f"known {TOKEN}", date(2031, 2, 3), "w.toml: 1")
    with in_process_target(contract, hostile()) as target:
        run = Run(target)
        record = result_record(RuleResult(rule, Verdict.WAIVED, waiver=waiver), run)
        run.close()
    assert record["waiver"] == {
        "reason": "known $OMNI_INVENTORY_TOKEN",
        "expires": "2031-02-03",
    }


def test_har(told: Told) -> None:
    """The archive has an entry per exchange, all of HAR's required fields, cookies and all."""
    archive = har(told.exchanges, tool_record(), "2026-01-02T03:04:05.678Z")["log"]
    assert archive["version"] == "1.2"
    assert len(archive["entries"]) == len(told.exchanges)
    for entry in archive["entries"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["startedDateTime"])
        request, response = entry["request"], entry["response"]
        common = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
        assert {"method", "url", "queryString", *common} <= request.keys()
        assert {"status", "statusText", "content", "redirectURL", *common} <= response.keys()
        assert {"send", "wait", "receive"} <= entry["timings"].keys()
        assert {"size", "mimeType", "text"} <= response["content"].keys()
    cookies = [one["response"]["cookies"] for one in archive["entries"]]
    assert [{"name": "session", "value": "a<b>c"}] in cookies
    headers = [header for one in archive["entries"] for header in one["response"]["headers"]]
    assert {"name": "set-cookie", "value": "session=a<b>c; Path=/; HttpOnly"} in headers


def test_har_without_answer() -> None:
    """A call that got no answer has status 0, and its comment says why; bytes are base64."""
    request = Request("POST", "https://shop.example/a?b=%20c&d", (("X", "1"),), b"\xff")
    exchanges = [
        Exchange(request, None, error="no answer within the target's timeout"),
        Exchange(request, Response(200, (), b"\xff\xfe", truncated=True)),
    ]
    run: Any = type("FakeRun", (), {})()
    run.exchanges = exchanges
    run.contract = type("C", (), {"name": "shop"})
    run.target = type("T", (), {"secrets": Secrets({}, {})})
    log = ExchangeLog(run)
    assert log.number(exchanges[1]) == 2
    one, other = har(log.take(), tool_record(), "2026-01-02T03:04:05.678Z")["log"]["entries"]
    assert log.take() == []
    assert one["response"]["status"] == 0
    assert "no answer within" in one["comment"]
    assert one["request"]["queryString"] == [
        {"name": "b", "value": " c"},
        {"name": "d", "value": ""},
    ]
    assert one["request"]["postData"] == {"mimeType": "", "text": "/w==", "encoding": "base64"}
    assert other["response"]["content"]["comment"] == "cut: the body was longer"


def test_files_are_whole(tmp_path: Path) -> None:
    """Files take the place of older ones, with nothing left beside them."""
    folder = tmp_path / "a" / "b"
    check_folder(folder)
    for text in ("old", "new"):
        write_files(folder, {"report.json": text})
    assert [path.name for path in folder.iterdir()] == ["report.json"]
    assert (folder / "report.json").read_text() == "new"


@pytest.mark.parametrize("spoil", ["file", "below", "taken"])
def test_folder_that_cannot_be(tmp_path: Path, spoil: str) -> None:
    """A folder that cannot be written is one clear line."""
    folder = tmp_path / "f"
    if spoil == "taken":
        (folder / "report.html").mkdir(parents=True)
    else:
        folder.write_text("x")
    if spoil == "below":
        folder /= "g"
    with pytest.raises(UsageError, match=r"^--report .*: cannot be written: \S"):
        check_folder(folder)


def test_read_again(tmp_path: Path, report: Record) -> None:
    """A report that is read is the one that was written."""
    write_files(tmp_path, {"report.json": dump(report)})
    assert read_report(tmp_path / "report.json") == report


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no valid JSON"),
        ("[" * 100_000, "is no valid JSON"),
        ("[]", "is no report of retailspec"),
        ('{"log": {"version": "1.2"}}', "is no report of retailspec"),
        ('{"format": "retailspec-report", "version": 2}', "has format version 2, and this"),
        ('{"format": "retailspec-report", "version": 1}', "is a broken report: at its top"),
        ('{"format": "retailspec-report", "version": true}', "is a broken report: at"),
    ],
)
def test_what_is_no_report(tmp_path: Path, text: str, told: str) -> None:
    """Each file that is no report is one clear line."""
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_report(path)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("lifecycle", "initial"), "gone", "at /contracts/0/lifecycle: there is no state 'gone'"),
        (("lifecycle", "transitions", 0, "to"), "\x1b", "there is no state '\\x1b'"),
        (("rules", 0, "verdict"), "\x1b[31m", "at /contracts/0/rules/0/verdict: "),
        (("exchanges", 0, "seconds"), float("nan"), "is a broken report: "),
        (("exchanges", 0, "seconds"), float("inf"), "is a broken report: "),
    ],
)
def test_report_with_loose_ends(
    tmp_path: Path, orders: Record, place: tuple[Any, ...], value: Any, told: str
) -> None:
    """A report that was spoilt by hand is one clear line, and none of its characters act."""
    spoiled = copy.deepcopy(orders)
    within: Any = spoiled["contracts"][0]
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = value
    path = tmp_path / "r.json"
    path.write_text(json.dumps(spoiled))
    with pytest.raises(UsageError) as raised:
        page(read_report(path))
    assert told in str(raised.value)
    assert str(raised.value).isprintable()


VERDICTS = ("held", "advisory", "waived", "broken", "not judged")
WORSE = {
    *((old, "broken") for old in ("held", "advisory", "waived", "not judged", "absent")),
    *(("held", new) for new in ("advisory", "waived", "not judged", "absent")),
    *((old, new) for old in ("not judged", "absent") for new in ("advisory", "waived")),
}


@pytest.mark.parametrize("old", [*VERDICTS, "absent"])
@pytest.mark.parametrize("new", [*VERDICTS, "absent"])
def test_compare(report: Record, old: str, new: str) -> None:
    """Worse is a break that the old report lacks, or a hold that the new one does not show."""
    compared = compare(_with(report, old), _with(report, new))
    assert bool(compared.worse) == ((old, new) in WORSE)
    better = [change for change in compared.changes if change.better]
    assert bool(better) == (new == "held" and old != "held")
    assert len(compared.changes) == (old != new)
    last = [*compared.lines()][-1]
    assert last == ("worse than before" if compared.worse else "not worse than before")


def _with(report: Record, verdict: str) -> Record:
    made = copy.deepcopy(report)
    rules = [rule for rule in made["contracts"][0]["rules"] if rule["level"] == "must"][:2]
    rules[0]["verdict"] = verdict
    made["contracts"][0]["rules"] = rules[1:] if verdict == "absent" else rules
    return made


def test_compare_says_how_runs_differ(report: Record) -> None:
    """Other options, another target or a run that ended early are named."""
    other = copy.deepcopy(report)
    other["options"]["seed"] = 5
    other["complete"] = False
    other["tool"]["version"] = "9"
    other["contracts"][0]["target"] = {
        "base_url": "https://s.example",
        "http_url": None,
        "embedded": False,
    }
    notes = compare(report, other).notes
    assert "seed: 0 before, 5 now" in notes
    assert "the new run ended early" in notes
    assert "omni-inventory: embedded server before, https://s.example now" in notes
    assert any("9 the new one" in note for note in notes)
