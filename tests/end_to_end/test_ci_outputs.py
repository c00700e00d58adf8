"""What a CI job gets of a run: waivers, JUnit, SARIF, annotations and a job summary."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import subprocess
import sys
import threading
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import httpcore  # noqa: F401 - runs in this process must not load it twice
import pytest

from retailspec import waivers
from retailspec.cli import main
from retailspec.contract import load_contract
from retailspec.reference.omni_inventory import STORE_NOT_FOUND, OmniInventory
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "Qv8-token/of+the-test"
NOWHERE = "http://127.0.0.1:9"
NAME = "omni-inventory"
BROKEN = "store_code.unknown"
ADVISORIES = ["store_code.empty.status", "store_code.missing.status"]
STORES = ("-k", "store_code", "--profile", "off")
TARGET = f"""
[{NAME}]
credentials.token = "env:SHOP_TOKEN"
fixtures = {{store_code = "Store1", variant_code = "BURGER01"}}
"""


class Faulty(OmniInventory):
    """Takes an unknown store for a known one, and answers 400 to an empty code and to none."""

    def check_store(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            self.reject(400, STORE_NOT_FOUND)
        return next(iter(self.stores))


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """The address of a server that breaks a must and two shoulds."""
    with Served(Faulty(credentials={"token": TOKEN}), tls=False) as served:
        yield served.url


@pytest.fixture(scope="module")
def healthy() -> Iterator[str]:
    """The address of a server that keeps the contract."""
    with Served(OmniInventory(credentials={"token": TOKEN}), tls=False) as served:
        yield served.url


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a target file to work in, a token in the environment, and a fixed day."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    monkeypatch.setattr(waivers, "today", lambda: date(2030, 6, 15))
    (tmp_path / "t.toml").write_text(TARGET)
    return tmp_path


def cli(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Call a command in this process; return its status and its lines."""
    with pytest.raises(SystemExit) as ended:
        main.main([*arguments], prog_name="retailspec")
    captured = capfd.readouterr()
    told = captured.out + captured.err
    assert "Traceback" not in told
    assert TOKEN not in told
    return int(ended.value.code or 0), [line for line in told.splitlines() if line.strip()]


def at(url: str, *more: str) -> tuple[str, ...]:
    return ("check", "--base-url", url, "--contract", NAME, "--target", "t.toml", *more)


def waive(folder: Path, *rules: str, more: str = "") -> tuple[str, ...]:
    """Write a waiver file for rules, and return the option that names it."""
    entries = [f'[[waiver]]\nrule = "{rule}"\nreason = "their ticket 41"\n{more}' for rule in rules]
    (folder / "w.toml").write_text("\n".join(entries))
    return "--waivers", "w.toml"


def cases(path: Path) -> dict[str, ET.Element]:
    """Return the test cases of a JUnit file by their rule."""
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    return {properties(case)["rule"]: case for case in root.iter("testcase")}


def properties(case: ET.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}


# Waivers


def test_a_waived_rule_does_not_fail_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str
) -> None:
    """Musts and shoulds that are waived are told with their reason; the status is 0."""
    assert cli(capfd, *at(faulty, *STORES))[0] == 1
    rules = [f"{NAME}/{rule}" for rule in (BROKEN, *ADVISORIES)]
    chosen = waive(folder, *rules, more="expires = 2030-06-15\n")
    status, lines = cli(capfd, *at(faulty, *STORES, "--strict", *chosen))
    assert status == 0, lines
    assert "  rules: 2 held, 3 waived, 1 not judged" in lines
    assert f"  waived: {BROKEN}: their ticket 41 (until 2030-06-15)" in lines
    assert f"{NAME}: conforms, as far as it was judged; 3 waived" in lines
    assert lines[-1].startswith("2 passed, 1 skipped, 35 deselected, 3 waived")
    assert not any(line.startswith(("BROKEN", "ADVISORY")) for line in lines)


def test_a_stale_waiver_fails_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str], healthy: str
) -> None:
    """A waiver whose rule holds is told in one line, fails its test case, and the run."""
    chosen = waive(folder, f"{NAME}/{BROKEN}")
    status, lines = cli(capfd, *at(healthy, *STORES, *chosen, "--junitxml", "out.xml"))
    told = (
        f"w.toml: waiver 1 ({NAME}/{BROKEN}): stale: the target keeps this rule now; "
        "remove the entry"
    )
    assert status == 1
    assert lines.count(told) == 1
    failure = cases(folder / "out.xml")[f"{NAME}/{BROKEN}"].find("failure")
    assert failure is not None
    assert told in (failure.text or "")


def test_a_waiver_beside_the_selection_is_told(
    folder: Path, capfd: pytest.CaptureFixture[str], healthy: str
) -> None:
    """Rules that were not selected, judged or checked leave the status as it is."""
    rules = [f"{NAME}/update.ok", f"{NAME}/https", "omni-orders/confirm.from.new-unpaid"]
    chosen = waive(folder, *rules)
    select = ("-k", "store_code or https", "--profile", "off")
    status, lines = cli(capfd, *at(healthy, *select, *chosen))
    assert status == 0, lines
    assert [line for line in lines if "not used" in line] == [
        f"w.toml: waiver 1 ({rules[0]}): not used: the rule was not part of this run",
        f"w.toml: waiver 2 ({rules[1]}): not used: the rule could not be judged in this run",
        f"w.toml: waiver 3 ({rules[2]}): not used: the contract was not part of this run",
    ]


def test_a_standing_rule_is_stale_in_a_whole_run_only(
    folder: Path, capfd: pytest.CaptureFixture[str], healthy: str
) -> None:
    """A rule about every answer may be broken by calls that a selection leaves out."""
    chosen = waive(folder, f"{NAME}/response.schema")
    select = ("-k", "update.ok or response.schema", "--profile", "off")
    status, lines = cli(capfd, *at(healthy, *select, *chosen))
    assert status == 0
    assert any(
        line.endswith("not used: the rule held, as far as it was judged in this run")
        for line in lines
    )
    status, lines = cli(capfd, *at(healthy, "--profile", "off", *chosen))
    assert status == 1
    assert any("stale" in line for line in lines)


def test_what_other_calls_show_is_waived_too(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str
) -> None:
    """A broken must outside the selection fails the run, unless it is waived."""
    select = ("-k", "store_code.unknown.status", "--profile", "off")
    status, lines = cli(capfd, *at(faulty, *select))
    assert status == 1
    assert f"BROKEN {NAME}/{BROKEN} (must)" in lines
    status, lines = cli(capfd, *at(faulty, *select, *waive(folder, f"{NAME}/{BROKEN}")))
    assert status == 0, lines
    assert f"  waived: {BROKEN}: their ticket 41" in lines


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('rule = "omni-inventory/update.okay"\nreason = "x y"', "Did you mean update.ok?"),
        ('rule = "omni-inventory/update.ok"\nreason = ""', "reason: is empty; say why"),
        (
            'rule = "omni-inventory/update.ok"\nreason = "x y"\nexpires = 2030-06-14',
            "expired on 2030-06-14",
        ),
        ("rule =", "is no valid TOML"),
    ],
)
def test_a_wrong_waiver_file_is_told_before_anything_is_sent(
    folder: Path, capfd: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """One line, status 2, where the address would have given status 3."""
    (folder / "w.toml").write_text(f"[[waiver]]\n{text}\n")
    status, lines = cli(capfd, *at(NOWHERE, "--waivers", "w.toml"))
    assert status == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("retailspec: w.toml: ")
    assert told in lines[0]


def test_a_waiver_file_is_made_from_a_run(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str, healthy: str
) -> None:
    """Written, refused while a reason is empty, then enough to pass, then stale."""
    assert cli(capfd, *at(faulty, *STORES, "--report", "r"))[0] == 1
    status, lines = cli(capfd, "waive", "r/report.json", "--advisories")
    assert status == 0
    assert lines == ["waivers.toml: 3 waivers, 3 of them without a reason yet"]
    written = folder / "waivers.toml"
    assert load_contract(NAME).rules[BROKEN].says in written.read_text()
    chosen = (*STORES, "--waivers", "waivers.toml")
    status, lines = cli(capfd, *at(faulty, *chosen))
    assert (status, len(lines)) == (2, 1)
    assert "reason: is empty" in lines[0]
    written.write_text(written.read_text().replace('reason = ""', 'reason = "their ticket 41"'))
    assert cli(capfd, *at(faulty, *chosen, "--strict", "--report", "r"))[0] == 0
    assert cli(capfd, *at(healthy, *chosen))[0] == 1
    status, lines = cli(capfd, "waive", "r/report.json", "-o", "-")
    assert 'reason = "their ticket 41"' in lines
    assert 'reason = ""' not in lines


@pytest.mark.parametrize("more", [[], ["--advisories"]])
def test_a_must_is_waived_by_default_alone(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str, more: list[str]
) -> None:
    """Broken shoulds come into the file where that is asked for."""
    cli(capfd, *at(faulty, *STORES, "--report", "r"))
    _, lines = cli(capfd, "waive", "r/report.json", "-o", "-", *more)
    rules = [line for line in lines if line.startswith("rule = ")]
    wanted = [BROKEN, *ADVISORIES] if more else [BROKEN]
    assert rules == [f'rule = "{NAME}/{rule}"' for rule in wanted]


def test_an_existing_waiver_file_is_kept(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str, healthy: str
) -> None:
    """Without --force nothing is overwritten; a healthy run has nothing to waive."""
    cli(capfd, *at(faulty, *STORES, "--report", "r"))
    (folder / "waivers.toml").write_text("mine")
    status, lines = cli(capfd, "waive", "r/report.json")
    told = "waivers.toml: is there already; --force overwrites it, -o names another file"
    assert (status, lines) == (2, [f"retailspec: {told}"])
    assert (folder / "waivers.toml").read_text() == "mine"
    assert cli(capfd, "waive", "r/report.json", "--force")[0] == 0
    assert (folder / "waivers.toml").read_text() != "mine"
    cli(capfd, *at(healthy, *STORES, "--report", "r"))
    assert cli(capfd, "waive", "r/report.json", "-o", "no.toml") == (
        0,
        ["nothing to waive; no.toml is not written"],
    )
    assert not (folder / "no.toml").exists()


def test_a_report_of_another_version_is_told(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str
) -> None:
    """A rule that is not known here would make a file that is refused; so it is told at once."""
    cli(capfd, *at(faulty, *STORES, "--report", "r"))
    report = folder / "r" / "report.json"
    report.write_text(report.read_text().replace(f'"{BROKEN}"', '"store_code.unheard"'))
    status, lines = cli(capfd, "waive", "r/report.json")
    assert (status, len(lines)) == (2, 1)
    assert f"{NAME}/store_code.unheard: no such rule here" in lines[0]
    assert not (folder / "waivers.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.json"], "none.json: cannot be read: No such file"),
        (["t.toml"], "t.toml: is no valid JSON: "),
        (["empty.json"], "empty.json: is no report of retailspec"),
    ],
)
def test_waive_wants_a_report(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """What is no report is told in one line with status 2."""
    (folder / "empty.json").write_text("{}")
    status, lines = cli(capfd, "waive", *arguments)
    assert (status, len(lines)) == (2, 1)
    assert told in lines[0]


# JUnit


def test_junit_tells_each_verdict(
    folder: Path, capfd: pytest.CaptureFixture[str], faulty: str
) -> None:
    """Held and advisory pass, broken fails, waived and not judged are skipped with a reason."""
    advisory, waived_rule = ADVISORIES
    chosen = waive(folder, f"{NAME}/{waived_rule}")
    select = ("-k", "store_code or https", "--profile", "off", "--junitxml", "deep/out.xml")
    assert cli(capfd, *at(faulty, *select, *chosen))[0] == 1
    text = (folder / "deep" / "out.xml").read_text()
    assert TOKEN not in text
    found = cases(folder / "deep" / "out.xml")
    assert len(found) == 7
    rules = load_contract(NAME).rules
    for rule, case in found.items():
        about = properties(case)
        known = rules[rule.removeprefix(f"{NAME}/")]
        assert (about["contract"], about["level"], about["where"]) == (
            NAME,
            known.level.value,
            known.where,
        )
    told = {
        rule.partition("/")[2]: (properties(case)["verdict"], [one.tag for one in case][1:])
        for rule, case in found.items()
    }
    assert told == {
        "store_code.empty": ("held", []),
        "store_code.missing": ("held", []),
        BROKEN: ("broken", ["failure"]),
        advisory: ("advisory", []),
        waived_rule: ("waived", ["skipped"]),
        f"{BROKEN}.status": ("not judged", ["skipped"]),
        "https": ("not judged", ["skipped"]),
    }
    assert "expected" in properties(found[f"{NAME}/{advisory}"])
    waived = found[f"{NAME}/{waived_rule}"]
    assert properties(waived)["waiver"] == "their ticket 41"
    assert skipped(waived) == "waived: their ticket 41"
    assert skipped(found[f"{NAME}/https"]).startswith("not judged: ")


def skipped(case: ET.Element) -> str:
    found = case.find("skipped")
    assert found is not None
    return found.attrib["message"]


# Every output of a server that answers with all that could break one


class Hostile(http.server.BaseHTTPRequestHandler):
    """Answers everything with marks of Markdown, XML, GitHub and terminals, and the token."""

    protocol_version = "HTTP/1.1"
    text = (
        f"{TOKEN}\n::error::mine\n ::stop-commands::mine\n##[error]mine\r\n````\n`````text\n"
        f"</details><script>]]>&\x1b[31m\x00\x07\u202e | [a](http://e.example)\n{TOKEN}"
    )

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        raw = self.text.encode()
        self.send_response(200, f"Fine {TOKEN}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - the library's names

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def hostile() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The job summary of a GitHub job in which the test runs."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    return folder / "summary.md"


def obeyed(lines: list[str]) -> list[str]:
    """Return the workflow commands that GitHub's runner would obey."""
    found, token = [], ""
    for line in lines:
        if token:
            token = "" if line.strip() == f"::{token}::" else token
            continue
        if line.lstrip().startswith("::stop-commands::"):
            token = line.strip().removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    assert not token
    return found


def test_nothing_gets_out_of_its_place(
    folder: Path, capfd: pytest.CaptureFixture[str], github: Path
) -> None:
    """No secret and no control character is in any file, and no command is the server's."""
    chosen = waive(folder, f"{NAME}/update.ok")
    with hostile() as url:
        status, lines = cli(
            capfd,
            *at(url, "--profile", "off", "--junitxml", "out.xml", "--sarif", "out.sarif", *chosen),
        )
    assert status == 1
    told = obeyed(lines)
    assert all(re.match(r"::(error|warning|notice) title=", line) for line in told)
    assert 12 <= len(told) <= 30
    texts = [(folder / name).read_text() for name in ("out.xml", "out.sarif", "summary.md")]
    for text in [*texts, "\n".join(lines)]:
        assert TOKEN.lower() not in text.lower()
        assert text.replace("\n", "").replace("\t", "").isprintable()
    assert len(cases(folder / "out.xml")) >= 30
    assert len(json.loads(texts[1])["runs"][0]["results"]) >= 20
    assert "mine" not in outside(texts[2])


def outside(markdown: str) -> str:
    """Return a page of Markdown without what stands in fenced blocks."""
    kept, mark = [], ""
    for line in markdown.splitlines():
        fence = re.match("`{3,}", line)
        if mark:
            mark = "" if line == mark else mark
        elif fence:
            mark = fence[0]
        else:
            kept.append(line)
    assert not mark
    return "\n".join(kept)


# GitHub and SARIF


def test_a_github_job_gets_annotations_and_a_summary(
    capfd: pytest.CaptureFixture[str], github: Path, faulty: str
) -> None:
    """An error for the must, warnings for the shoulds, and both in the summary."""
    status, lines = cli(capfd, *at(faulty, *STORES))
    assert status == 1
    assert [line.partition("::")[2].partition("::")[0] for line in obeyed(lines)] == [
        f"error title={NAME}/{BROKEN} (must) broken",
        *(f"warning title={NAME}/{rule} (should) advisory" for rule in ADVISORIES),
        "notice title=not judged",
    ]
    text = github.read_text()
    assert text.startswith("## omni\\-inventory: does not conform")
    assert f"### broken: `{NAME}/{BROKEN}` (must)" in text
    assert "curl -i -X POST" in text


def test_a_summary_that_cannot_be_written_is_a_warning(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, github: Path, healthy: str
) -> None:
    """The run ends as it would have."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(github.parent / "none" / "s.md"))
    status, lines = cli(capfd, *at(healthy, *STORES))
    assert status == 0
    warned = [line for line in lines if "GITHUB_STEP_SUMMARY" in line]
    assert len(warned) == 1
    assert warned[0].startswith("retailspec: warning: $GITHUB_STEP_SUMMARY ")


@pytest.mark.parametrize(
    ("option", "place", "problem"),
    [
        ("--sarif", ".", "Is a directory"),
        ("--sarif", "t.toml/out", "t.toml is no folder"),
        ("--sarif", "t.toml/deep/out", "t.toml is no folder"),
        ("--junitxml", "t.toml/out", "t.toml is no folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(
    folder: Path, capfd: pytest.CaptureFixture[str], option: str, place: str, problem: str
) -> None:
    """One line, status 2, where the address would have given status 3."""
    status, lines = cli(capfd, *at(NOWHERE, option, place))
    assert (status, len(lines)) == (2, 1), lines
    assert re.fullmatch(
        rf"retailspec: {option} .*{re.escape(place)}: cannot be written: .*{re.escape(problem)}",
        lines[0],
    )


def test_a_file_that_is_looked_at_stays_as_it_is(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run that does not come to its end overwrites nothing and leaves no empty file."""
    (folder / "old.sarif").write_text("old")
    assert cli(capfd, *at(NOWHERE, "--sarif", "old.sarif"))[0] == 3
    assert cli(capfd, *at(NOWHERE, "--sarif", "new.sarif"))[0] == 3
    assert (folder / "old.sarif").read_text() == "old"
    assert not (folder / "new.sarif").exists()


def test_a_disk_that_fills_up_is_told(capfd: pytest.CaptureFixture[str], healthy: str) -> None:
    """Where a file fails at the end all the same, that is one line, and status 2."""
    status, lines = cli(capfd, *at(healthy, *STORES, "--sarif", "/dev/full"))
    assert status == 2
    assert "retailspec: --sarif /dev/full: cannot be written: No space left on device" in lines


def test_two_runs_give_the_same_fingerprints(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On another server, at another port, a defect is the same alert."""
    found = []
    for number in range(2):
        with Served(Faulty(credentials={"token": TOKEN}), tls=False) as served:
            cli(capfd, *at(served.url, *STORES, "--sarif", f"{number}.sarif"))
        log: dict[str, Any] = json.loads((folder / f"{number}.sarif").read_text())
        results = log["runs"][0]["results"]
        found.append({one["ruleId"]: one["partialFingerprints"] for one in results})
    assert found[0] == found[1]
    assert set(found[0]) == {f"{NAME}/{rule}" for rule in (BROKEN, *ADVISORIES)}


def test_workers_share_waivers_and_outputs(folder: Path, faulty: str, github: Path) -> None:
    """Under pytest-xdist too: one waived, one stale, each output written once."""
    chosen = waive(folder, f"{NAME}/{BROKEN}", f"{NAME}/store_code.empty")
    words = [word.replace("check", "pytest") for word in at(faulty, *STORES, *chosen)]
    done = subprocess.run(
        [sys.executable, "-m", *words, "-n", "2", "--sarif", "out.sarif", "-q"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"  waived: {BROKEN}: their ticket 41" in lines
    assert sum(line.startswith("w.toml: ") and ": stale: " in line for line in lines) == 1
    assert github.read_text().count("## omni") == 1
    results = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    assert [one["ruleId"] for one in results if "suppressions" in one] == [f"{NAME}/{BROKEN}"]
    titles = [line for line in obeyed(lines) if "stale waiver" in line]
    assert len(titles) == 1
