"""`--report`, `retailspec report` and `retailspec compare`, as a user calls them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpcore  # noqa: F401 - runs in this process must not load it twice
import pytest

from retailspec.cli import main
from retailspec.contract import load_contract, names
from retailspec.reference.omni_inventory import OmniInventory
from retailspec.reference.serving import Served
from retailspec.report.files import read_report
from retailspec.report.page import page
from retailspec.target.embedded import settings_of
from retailspec.target.template import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retailspec.reference.base import Call

TOKEN = "Zu4rX/9k+T0kenOfTheTest"
FILES = ["exchanges.har", "report.html", "report.json"]
QUIET = ["-q", *(f"-pno:{name}" for name in ("randomly", "cacheprovider", "schemathesis"))]
QUIET += ["-pno:hypothesispytest", "-pno:logging", "--assert=plain"]

Record = dict[str, Any]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "retailspec", *arguments]


def run(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def cli(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Call a command in this process; return its status and both streams."""
    with pytest.raises(SystemExit) as ended:
        main.main([*arguments], prog_name="retailspec")
    captured = capfd.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def one_line(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Call a command that has to end with status 2 and one line of its own."""
    status, out, err = cli(capfd, *arguments)
    lines = [line for line in (out + err).splitlines() if line.strip()]
    assert status == 2, lines
    assert len(lines) == 1, lines
    assert lines[0].startswith("retailspec: ")
    return lines[0]


class Echoing(OmniInventory):
    """Answers every error with the caller's credentials in each encoding, and slowly if told."""

    pause = 0.0
    count = 0
    in_the_way: Path | None = None

    async def respond(self, call: Call) -> Any:
        self.count += 1
        if self.in_the_way is not None and self.in_the_way.is_dir():
            self.in_the_way.rmdir()
            self.in_the_way.write_text("")
        await _rest(self.pause)
        return await super().respond(call)

    def error_body(self, status: int, text: str) -> object:
        del status, text
        return {"echo": sorted(forms(self.credentials["token"]))}


async def _rest(seconds: float) -> None:

    await asyncio.sleep(seconds)


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, encoded, encoded.rstrip("="), quote(secret, safe="")}


@contextlib.contextmanager
def serving(server: OmniInventory, folder: Path) -> Iterator[list[str]]:
    """The options with which a served server is checked."""
    with Served(server) as served:
        text = filled(load_contract("omni-inventory"), settings_of(server, served))
        (folder / "t.toml").write_text(text)
        yield ["--base-url", served.url, "--contract", "omni-inventory", "--target", "t.toml"]


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports `a` and `b` of two default runs, and what they printed."""
    folder = tmp_path_factory.mktemp("healthy")
    both = [
        subprocess.Popen(
            command("check", "--report", name),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("a", "b")
    ]
    for one, name in zip(both, ("a", "b"), strict=True):
        (folder / f"{name}.txt").write_text(one.communicate(timeout=400)[0])
    told = "\n".join((folder / f"{name}.txt").read_text() for name in ("a", "b"))
    assert [one.returncode for one in both] == [0, 0], told
    return folder


@pytest.fixture(scope="session")
def echoed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report `r` of a run against a server that echoes credentials."""
    folder = tmp_path_factory.mktemp("echoed")
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    with serving(server, folder) as options:
        done = run("check", *options, "--report", "r", cwd=folder, OMNI_INVENTORY_TOKEN=TOKEN)
    assert done.returncode == 1, done.stdout
    (folder / "r.txt").write_text(done.stdout)
    return folder


def loaded(path: Path) -> Record:
    value: Record = json.loads(path.read_text("utf-8"))
    return value


def test_all_contracts_in_one_run(healthy: Path) -> None:
    """A default run writes the three files, about every contract and every rule of it."""
    assert sorted(path.name for path in (healthy / "a").iterdir()) == FILES
    report = read_report(healthy / "a" / "report.json")
    assert [one["contract"] for one in report["contracts"]] == names()
    for one in report["contracts"]:
        rules = load_contract(one["contract"]).rules
        assert [rule["rule"] for rule in one["rules"]] == list(rules)
        judged = [rule["verdict"] for rule in one["rules"] if rules[rule["rule"]].judged]
        assert set(judged) == {"held"}
    assert report["conforms"] is True
    assert report["complete"] is True
    assert report["exit_status"] == 0
    assert report["command"] == "retailspec check"
    assert "report: a/report.html" in (healthy / "a.txt").read_text()


def test_two_runs_tell_the_same(healthy: Path) -> None:
    """Two runs with the same seed give the same report.json, times apart."""
    one, other = (loaded(healthy / name / "report.json") for name in ("a", "b"))
    assert one.pop("started") != other.pop("started")
    del one["seconds"], other["seconds"]
    assert one == other


def test_archive_has_every_call(healthy: Path) -> None:
    """The archive has as many entries as there were calls, in the order of their moments."""
    report = loaded(healthy / "a" / "report.json")
    entries = loaded(healthy / "a" / "exchanges.har")["log"]["entries"]
    calls = sum(count for one in report["contracts"] for count in one["calls"].values())
    assert len(entries) >= calls > 700
    assert all(entry["startedDateTime"].startswith("20") for entry in entries)


def test_rendered_again_is_the_same(healthy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """From report.json come the page and the summary that the run itself made."""
    file = healthy / "a" / "report.json"
    status, out, _ = cli(capfd, "report", str(file))
    assert status == 0
    live = [line.rstrip() for line in (healthy / "a.txt").read_text().splitlines()]
    assert [line for line in out.splitlines() if line] == [
        line
        for line in live[live.index("omni-orders: Omni order status (embedded server)") :]
        if line and not line.startswith("report: ") and " passed in " not in line
    ]
    html = healthy / "again.html"
    status, out, _ = cli(capfd, "report", str(file), "--html", str(html))
    assert (status, out) == (0, "")
    assert html.read_text("utf-8") == (healthy / "a" / "report.html").read_text("utf-8")
    status, out, _ = cli(capfd, "report", str(file), "--format", "html")
    assert out == html.read_text("utf-8")
    status, out, _ = cli(capfd, "report", str(file), "--format", "json")
    assert json.loads(out) == loaded(file)


def test_broken_is_rendered_again(echoed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a broken server too: every finding, as text and as Markdown."""
    file = str(echoed / "r" / "report.json")
    _, out, _ = cli(capfd, "report", file)
    live = (echoed / "r.txt").read_text()
    broken = [line for line in live.splitlines() if line.startswith("BROKEN ")]
    assert broken
    assert [line for line in out.splitlines() if line.startswith("BROKEN ")] == broken
    _, out, _ = cli(capfd, "report", file, "--format", "markdown")
    assert "does not conform" in out
    assert page(read_report(echoed / "r" / "report.json")) == (
        echoed / "r" / "report.html"
    ).read_text("utf-8")


def test_no_file_has_a_secret(echoed: Path) -> None:
    """What the server echoes is replaced in every file, raw, in base64 or as in a URL."""
    for name in FILES:
        text = (echoed / "r" / name).read_text("utf-8")
        assert "$OMNI_INVENTORY_TOKEN" in text
        for form in forms(TOKEN):
            assert form not in text
            assert json.dumps(form)[1:-1] not in text
    report = loaded(echoed / "r" / "report.json")
    assert report["command"].endswith("--contract omni-inventory --target t.toml")
    assert report["exit_status"] == 1


def test_compare(healthy: Path, echoed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing worse is status 0; something worse is 1, each rule named with both verdicts."""
    fine, again = (str(healthy / name / "report.json") for name in ("a", "b"))
    bad = str(echoed / "r" / "report.json")
    status, out, _ = cli(capfd, "compare", fine, again)
    assert (status, out.splitlines()[-1]) == (0, "not worse than before")
    status, out, _ = cli(capfd, "compare", fine, bad)
    assert status == 1
    assert "): held -> broken: expected " in out
    assert "held -> absent" in out
    status, out, _ = cli(capfd, "compare", bad, fine)
    assert status == 0
    assert "): broken -> held" in out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is no valid JSON: "),
        ('{"log": {}}', "is no report of retailspec; --report DIR writes one"),
        ('{"format": "retailspec-report", "version": 99}', "has format version 99, and this"),
        ('{"format": "retailspec-report", "version": 1}', "is a broken report: at its top: "),
    ],
)
def test_files_that_are_no_reports(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    """A file that is no report is one clear line, for both commands."""
    path = tmp_path / "r.json"
    if text is not None:
        path.write_text(text)
    for arguments in (["report", str(path)], ["compare", str(path), str(path)]):
        assert told in one_line(capfd, *arguments)
    assert told in one_line(capfd, "report", str(path), "--html", str(tmp_path / "p.html"))
    assert not (tmp_path / "p.html").exists()


def test_page_that_cannot_be_written(healthy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A page that cannot be written is one clear line."""
    file = str(healthy / "a" / "report.json")
    assert "cannot be written" in one_line(capfd, "report", file, "--html", f"{file}/p.html")


@pytest.mark.parametrize("kind", ["file", "below a file", "a folder in the way", "plan"])
def test_refused_before_anything_is_sent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A folder that cannot be written is one clear line and status 2, and no call is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMNI_INVENTORY_TOKEN", TOKEN)
    (tmp_path / "taken").write_text("")
    (tmp_path / "way" / "report.json").mkdir(parents=True)
    folder = {"file": "taken", "below a file": "taken/r", "plan": "r"}.get(kind, "way")
    more = ["--plan"] if kind == "plan" else []
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    with serving(server, tmp_path) as options:
        line = one_line(capfd, "check", *options, "--report", folder, *more)
    assert "--report" in line
    assert server.count == 0


def test_folder_that_is_lost_on_the_way(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be written at the end after all is one clear line, and status 2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMNI_INVENTORY_TOKEN", TOKEN)
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    server.in_the_way = tmp_path / "r"
    with serving(server, tmp_path) as options:
        status, out, _ = cli(capfd, "check", *options, "-k", "malformed", "--report", "r")
    assert status == 2
    assert "cannot be written: " in out
    assert "report: r/report.html" not in out


def test_stopped_at_the_first(tmp_path: Path) -> None:
    """With -x the report has what was judged until then, and says of the rest that it was not."""
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    with serving(server, tmp_path) as options:
        done = run(
            "check", *options, "-x", "--report", "r", cwd=tmp_path, OMNI_INVENTORY_TOKEN=TOKEN
        )
    report = read_report(tmp_path / "r" / "report.json")
    (contract,) = report["contracts"]
    ends = [rule["verdict"] for rule in contract["rules"] if rule["selected"]]
    assert ends.count("broken") == 1, done.stdout
    assert report["complete"] is False
    assert report["conforms"] is False
    assert "the run ended before it was judged" in str(contract["rules"])


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run leaves a valid report of what was judged so far."""
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    server.pause = 0.05
    with serving(server, tmp_path) as options:
        process = subprocess.Popen(
            command("check", *options, "--report", "r"),
            cwd=tmp_path,
            env={**os.environ, "OMNI_INVENTORY_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + 60
        while server.count < 25 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    report = read_report(tmp_path / "r" / "report.json")
    assert report["complete"] is False
    assert report["exit_status"] == 2
    judged = [rule for rule in report["contracts"][0]["rules"] if rule["judged"]]
    assert judged
    entries = loaded(tmp_path / "r" / "exchanges.har")["log"]["entries"]
    assert len(entries) >= 20
    assert "The run ended early" in (tmp_path / "r" / "report.html").read_text("utf-8")


def test_processes_tell_the_same(healthy: Path, tmp_path: Path) -> None:
    """With -n 2 the report says what it says without, of each contract and each exchange."""
    arguments = [*QUIET, "-n", "2", "--report", "r"]
    for name in ("omni-inventory", "mipos-receiver"):
        arguments += ["--contract", name]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = read_report(tmp_path / "r" / "report.json")
    alone = read_report(healthy / "a" / "report.json")
    wanted = [one for one in alone["contracts"] if one["contract"] in arguments]
    assert {one["contract"]: one for one in made["contracts"]} == {
        one["contract"]: one for one in wanted
    }
    entries = loaded(tmp_path / "r" / "exchanges.har")["log"]["entries"]
    assert len(entries) == sum(sum(one["calls"].values()) for one in wanted)


def test_stopped_process_tells_what_it_knew(tmp_path: Path) -> None:
    """With -n 1 and -x a worker's results and exchanges are not lost."""
    server = Echoing(https_only=True, credentials={"token": TOKEN})
    with serving(server, tmp_path) as options:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *QUIET, "-n", "1", "-x", "--report", "r", *options],
            cwd=tmp_path,
            env={**os.environ, "OMNI_INVENTORY_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode in {1, 2}, done.stdout + done.stderr
    report = read_report(tmp_path / "r" / "report.json")
    (contract,) = report["contracts"]
    broken = [rule for rule in contract["rules"] if rule["verdict"] == "broken"]
    assert broken
    assert contract["calls"]
    assert contract["exchanges"]
    assert broken[0]["findings"][0]["exchange"] in {one["number"] for one in contract["exchanges"]}


def test_selection_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Rules that -k leaves out are there, as not selected, and count nowhere."""
    arguments = ["check", "--contract", "omni-inventory", "-k", "malformed", "--report"]
    status, _, _ = cli(capfd, *arguments, str(tmp_path / "r"))
    report = read_report(tmp_path / "r" / "report.json")
    (contract,) = report["contracts"]
    assert status == 0
    assert sum(contract["counts"].values()) == 1
    assert report["options"]["select"] == "malformed"
    assert "-k malformed" in report["command"]
    left = {tuple(rule["reasons"]) for rule in contract["rules"] if rule["level"] != "may"}
    assert ("not selected",) in left
