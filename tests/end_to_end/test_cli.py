"""The commands, as a user calls them: exit statuses, single clear lines, and no secret anywhere."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from typing import TYPE_CHECKING, ClassVar

import httpcore  # noqa: F401 - runs in this process must not load it twice
import pytest

from retailspec.cli import main
from retailspec.contract import load_contract, names
from retailspec.target.config import read_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TOKEN = "Zu4rX/9k+T0kenOfTheTest"
NOWHERE = "http://127.0.0.1:9"


def cli(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, list[str]]:
    """Call a command in this process; return status, output, and the lines of both streams."""
    with pytest.raises(SystemExit) as ended:
        main.main([*arguments], prog_name="retailspec")
    captured = capfd.readouterr()
    lines = [line for line in (captured.out + captured.err).splitlines() if line.strip()]
    return int(ended.value.code or 0), captured.out, lines


def one_line(capfd: pytest.CaptureFixture[str], *arguments: str, status: int = 2) -> str:
    """Call a command that has to end with one line of its own."""
    ended, _, lines = cli(capfd, *arguments)
    assert ended == status, lines
    assert len(lines) == 1, lines
    assert lines[0].startswith("retailspec: ")
    return lines[0].removeprefix("retailspec: ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a token in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    return tmp_path


GOOD = 'credentials.token = "env:SHOP_TOKEN"\nsupply.order.numbers = ["A1", "A2"]\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[omni-orders", "t.toml: is no valid TOML: "),
        ("\0\x01\x02", "t.toml: is no valid TOML: "),
        ("[omni-ordrs]", "t.toml: [omni-ordrs]: no such contract. Did you mean omni-orders?"),
        ("", "t.toml: has no table [omni-orders], which --contract asks for"),
        ("[omni-orders]\ntimeot = 5", "[omni-orders] timeot: no such key. Did you mean timeout?"),
        ("[omni-orders]\ntimeout = '5'", "[omni-orders] timeout: input should be a valid number"),
        (
            f'[omni-orders]\ncredentials.token = "{TOKEN}"',
            '[omni-orders] credentials.token: write "env:NAME" and put the value into',
        ),
        (
            '[omni-orders]\ncredentials.token = "env:SHOP_TOKN"',
            "credentials.token: the environment variable SHOP_TOKN is not set, or empty",
        ),
        (
            '[omni-orders]\ncredentials.token = "env:SHOP_TOKEN"',
            "supply.order: is missing (the number of a fresh order",
        ),
        (
            '[omni-orders]\ncredentials.token = "env:SHOP_TOKEN"\nsupply.order.numbers = []',
            "supply.order.numbers: is empty; name at least one fresh entry",
        ),
        (
            '[omni-orders]\ncredentials.token = "env:SHOP_TOKEN"\nsupply.order.file = "n.txt"',
            "n.txt: cannot be read: No such file or directory",
        ),
        ("[omni-orders]\n" + GOOD + 'ca_file = "ca.pem"', "ca.pem: cannot be read: No such file"),
        ("[omni-orders]\n" + GOOD + 'paths.confirm = "x"', "paths.confirm: is no path; it begins"),
    ],
)
def test_wrong_target_file(
    folder: Path, capfd: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """Each mistake in a target file is one line with file, key and what to do; status 2."""
    (folder / "t.toml").write_text(text)
    line = one_line(
        capfd, "check", "--base-url", NOWHERE, "--contract", "omni-orders", "--target", "t.toml"
    )
    assert line.startswith("t.toml: ")
    assert told in line
    assert TOKEN not in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "--contract", "omni-order"], "omni-order: no such contract. Did you mean"),
        (["check", "--base-url", NOWHERE], "--base-url: say with --contract NAME which"),
        (["check", "--depth", "deeper"], "--depth deeper: choose one of transitions, states, deep"),
        (["check", "--target", "none.toml"], "none.toml: cannot be read: No such file"),
        (["check", "--target", "."], ".: cannot be read: Is a directory"),
        (["rules", "omni-order"], "omni-order: no such contract. Did you mean omni-orders?"),
        (["rules"], "rules: name a contract, or --all"),
        (["target", "omni-inventry"], "omni-inventry: no such contract. Did you mean"),
        (["serve", "omni-order"], "omni-order: no such contract. Did you mean omni-orders?"),
        (["serve", "omni-orders", "--port", "70000"], "port 70000 is none; ports go from 0"),
        (
            ["serve", "omni-orders", "--save-target", "none/t.toml"],
            "--save-target none/t.toml: cannot be written: No such file or directory",
        ),
    ],
)
def test_wrong_use(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """A mistake on the command line is one line and status 2."""
    assert told in one_line(capfd, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [["chek"], ["check", "--no-such"], ["serve"], ["rules", "--format", "xml", "omni-orders"]],
)
def test_unknown_option_or_command(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """What the command line does not know is told with status 2."""
    status, _, lines = cli(capfd, *arguments)
    assert status == 2
    assert lines[-1].startswith("Error: ")


def test_production_is_refused(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The documents' host is refused with the reason, before anything is sent."""
    (folder / "t.toml").write_text("[omni-orders]\n" + GOOD)
    url = "https://orders.upnormal.co.id"
    line = one_line(
        capfd, "check", "--base-url", url, "--contract", "omni-orders", "--target", "t.toml"
    )
    assert line == (
        f"{url}: refused without --allow-production: orders.upnormal.co.id is the production host "
        "that the document prints, and a cancelled order stays cancelled, and nothing takes back "
        "a completed one"
    )


def test_nothing_answers(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An address at which nothing answers is one line and status 3."""
    (folder / "t.toml").write_text("[omni-orders]\n" + GOOD)
    line = one_line(
        capfd,
        *("check", "--base-url", NOWHERE, "--contract", "omni-orders", "--target", "t.toml"),
        status=3,
    )
    assert line == f"nothing answers at {NOWHERE}: [Errno 111] Connection refused"


def test_selection_that_matches_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """-k that matches no rule is an error with status 2, not a silent success."""
    status, _, lines = cli(capfd, "check", "--contract", "omni-inventory", "-k", "nothing_of_it")
    assert status == 2
    told = [line for line in lines if line.startswith("retailspec: ")]
    assert told == ["retailspec: the selection matches no rule; `retailspec rules NAME` lists them"]


@pytest.mark.parametrize("name", ["omni-orders", "omni-inventory"])
def test_rules_are_printed(capfd: pytest.CaptureFixture[str], name: str) -> None:
    """Every rule is printed with its level and place, as text, Markdown and JSON."""
    contract = load_contract(name)
    rules = {**contract.rules, **contract.clients}
    status, text, _ = cli(capfd, "rules", name)
    assert status == 0
    assert text.startswith(f"{name}: {contract.title} ({len(rules)} rules)\n")
    for rule in rules.values():
        assert f"\n{rule.id}  ({rule.level})\n" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    _, markdown, _ = cli(capfd, "rules", name, "--format", "markdown")
    assert len(re.findall(r"^\| `", markdown, re.M)) == len(rules)
    _, listed, _ = cli(capfd, "rules", name, "--format", "json")
    entries = json.loads(listed)[name]
    assert [entry["id"] for entry in entries] == list(rules)
    assert all(entry["level"] and entry["where"] and entry["says"] for entry in entries)


def test_rules_of_all_contracts(capfd: pytest.CaptureFixture[str]) -> None:
    """--all prints every contract's rules."""
    _, listed, _ = cli(capfd, "rules", "--all", "--format", "json")
    assert list(json.loads(listed)) == names()


@pytest.mark.parametrize("name", ["omni-orders", "omni-inventory"])
def test_target_prints_a_target_file(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    """The printed template is TOML that the suite itself reads, as it stands and uncommented."""
    _, text, _ = cli(capfd, "target", name)
    assert tomllib.loads(text).keys() == {name}
    (folder / "t.toml").write_text(text)
    assert read_target(folder / "t.toml", {name: load_contract(name)})[name].base_url
    for line in text.splitlines():
        found = re.match(r"# ([a-z_.-]+ = .*)$", line)
        if found:
            assert tomllib.loads(found[1])


# A served reference server, checked from another process


@contextlib.contextmanager
def serving(*arguments: str, **environ: str) -> Iterator[dict[str, str]]:
    """Run `retailspec serve` and yield what it tells about itself."""
    command = [sys.executable, "-m", "retailspec", "serve", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
    )
    assert process.stdout is not None
    too_late = threading.Timer(120, process.kill)
    too_late.start()
    try:
        told = list(_until(process.stdout, "Ctrl-C stops it"))
        too_late.cancel()
        exports = dict(
            line.removeprefix("export ").split("=", 1) for line in told if line.startswith("export")
        )
        yield {**exports, "url": told[0].split(" at ")[1], "text": "\n".join(told)}
    finally:
        too_late.cancel()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert rest.strip() == "stopped"


def _until(stream: Iterable[str], last: str) -> Iterator[str]:
    for line in stream:
        yield line.rstrip("\n")
        if line.rstrip("\n") == last:
            return


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "spent"), [("omni-orders", "orders spent"), ("omni-inventory", "update)")]
)
def test_served_server_is_held_from_another_process(folder: Path, name: str, spent: str) -> None:
    """`serve --tls --save-target` and `pytest --base-url` in two processes: every rule held."""
    target = folder / "served.toml"
    variable = name.upper().replace("-", "_") + "_TOKEN"
    judged = len([rule for rule in load_contract(name).rules.values() if rule.judged])
    with serving(name, "--tls", "--save-target", str(target)) as told:
        assert told["url"].startswith("https://127.0.0.1:")
        assert "http_url" in target.read_text()
        assert told[variable] not in target.read_text()
        done = run(
            folder,
            *("pytest", "-p", "no:schemathesis", "--base-url", told["url"], "--strict"),
            *("--contract", name, "--target", str(target), "--junitxml", "out.xml"),
            **{variable: told[variable]},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"  rules: {judged} held" in done.stdout
    assert spent in done.stdout
    assert "not judged" not in done.stdout
    report = (folder / "out.xml").read_text()
    assert f"{name}/https" in report
    assert told[variable] not in done.stdout + done.stderr + report


def test_served_token_may_be_given(folder: Path) -> None:
    """A token from the environment is used, and not printed."""
    with serving("omni-inventory", OMNI_INVENTORY_TOKEN=TOKEN) as told:
        assert "token: as $OMNI_INVENTORY_TOKEN says" in told["text"]
        assert TOKEN not in told["text"]
        (folder / "t.toml").write_text(
            '[omni-inventory]\nfixtures = {store_code = "Store1", variant_code = "BURGER01"}\n'
        )
        done = run(
            folder,
            *("retailspec", "check", "--base-url", told["url"], "--contract", "omni-inventory"),
            *("--target", "t.toml", "-k", "update"),
            OMNI_INVENTORY_TOKEN=TOKEN,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not judged: update.many: needs fixtures.second_variant_code" in done.stdout


# What a hostile answer cannot bring into a report


class Echoing(http.server.BaseHTTPRequestHandler):
    """Answers everything wrong, and says the token wherever it can."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    lengths: ClassVar[Iterator[int]]

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization") or TOKEN
        padding = "x" * next(self.lengths)
        spellings = [given, TOKEN, TOKEN[:-1], TOKEN.lower(), TOKEN.upper(), TOKEN.swapcase()]
        body = json.dumps({"error_message": padding + " ".join(spellings), "id": given, TOKEN: 1})
        raw = body.replace("/", "\\/").encode() if len(padding) % 2 else body.encode()
        self.send_response((500, 200, 400, 401)[len(padding) % 4], f"Sorry {given}")
        self.send_header("Content-Type", f"text/{TOKEN}")
        self.send_header("Allow", TOKEN)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - the library's names

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("contract", ["omni-orders", "omni-inventory"])
def test_no_token_is_printed_when_everything_fails(
    folder: Path, capfd: pytest.CaptureFixture[str], contract: str
) -> None:
    """Not even eight characters of a token, in any case, reach the terminal or the JUnit file."""
    fixtures = 'fixtures = {store_code = "Store1", variant_code = "BURGER01"}\n'
    numbers = json.dumps([f"N{number}" for number in range(40)])
    specific = fixtures if contract == "omni-inventory" else f"supply.order.numbers = {numbers}\n"
    text = f'[{contract}]\ncredentials.token = "env:SHOP_TOKEN"\n{specific}'
    (folder / "t.toml").write_text(text)
    Echoing.lengths = iter(range(250, 100_000))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echoing)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        status, out, lines = cli(
            capfd,
            *("check", "--base-url", f"http://127.0.0.1:{server.server_port}", "-v"),
            *("--contract", contract, "--target", "t.toml", "--junitxml", "out.xml"),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert status == 1
    assert "$SHOP_TOKEN" in out
    assert len(re.findall(r"^BROKEN ", out, re.M)) >= 10
    everything = ("\n".join(lines) + (folder / "out.xml").read_text()).lower().replace("\\/", "/")
    for start in range(len(TOKEN) - 8):
        assert TOKEN[start : start + 8].lower() not in everything
