"""The command itself, in a process of its own: hostile targets, odd target files, and Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import BEHAVIOURS, STOPPED
from hostile_run import TOKEN, Certificates, target_file
from hostile_server import HostileServer

from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBSET = (
    "never answers",
    "sends an endless body",
    "puts raw escapes into the body",
    "has an expired certificate",
    "is well over TLS",
)
EXIT = {"held": 0, "broken": 1, STOPPED: 3}
LONGEST_STOP = 5.0
"""Seconds that Ctrl-C may take here, where much runs beside it."""

ENVIRONMENT = {**os.environ, "HOSTILE_TOKEN": TOKEN, "ORDERS_TOKEN": TOKEN}


def check(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run `retailspec check` with some arguments, and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "retailspec", "check", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        timeout=60,
        check=False,
        **options,
    )


@pytest.fixture(scope="module")
def ended(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, subprocess.CompletedProcess[bytes]]:
    """Per behaviour of the subset how the command ended."""
    folder = tmp_path_factory.mktemp("command")
    certificates = Certificates(folder)
    known = {one.name: one for one in BEHAVIOURS}

    def one(name: str) -> subprocess.CompletedProcess[bytes]:
        behaviour, own = known[name], folder / name.replace(" ", "-")
        own.mkdir()
        with HostileServer(behaviour.serve, certificates.context(behaviour.tls)) as server:
            file = target_file(own, server.url, ca_file=str(certificates.file))
            rules = ["-k", "update.ok]", "--profile", "off", "-v"]
            return check("--target", str(file), *rules, cwd=own)

    with ThreadPoolExecutor(4) as threads:
        return dict(zip(SUBSET, threads.map(one, SUBSET), strict=True))


@pytest.mark.parametrize("name", SUBSET)
def test_hostile_target_of_the_command(
    name: str, ended: dict[str, subprocess.CompletedProcess[bytes]]
) -> None:
    """The command ends with the status and the words of the corpus, and prints nothing raw."""
    behaviour = next(one for one in BEHAVIOURS if one.name == name)
    done = ended[name]
    text = (done.stdout + done.stderr).decode()
    wanted = EXIT[behaviour.ends]
    # what conforms by this rule lacks a header that another one asks for
    assert done.returncode == wanted or (wanted == 0 and "ADVISORY" in text), text
    assert behaviour.says in text
    assert "Traceback" not in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert TOKEN not in text


SHOP = '[omni-orders]\nbase_url = "http://127.0.0.1:1"\ncredentials.token = "env:ORDERS_TOKEN"\n'
NO_FILE = "cannot be read: It is no regular file"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# " + b"x" * 1_100_000, "is larger than it can be"),
        (bytes(range(256)) * 100, "is no valid TOML"),
        (b"a = " + b"[" * 100_000, "is no valid TOML"),
        (b"a = " + b"9" * 100_000, "is no valid TOML"),
        (b"", "has no table"),
        (b"omni-orders = []", "is no table"),
        (f'{SHOP}ca_file = "pipe"\nsupply.order.numbers = ["A"]'.encode(), NO_FILE),
        (f'{SHOP}supply.order.file = "pipe"'.encode(), NO_FILE),
        (f'{SHOP}supply.order.file = "."'.encode(), "cannot be read: Is a directory"),
        (f'{SHOP}supply.order.file = "a\\u0000b"'.encode(), "is no name that a file can have"),
        (f'{SHOP}supply.order.file = "loop"'.encode(), "loop: cannot be read: "),
        ("pipe", NO_FILE),
        ("loop", "cannot be read: "),
        (".", "cannot be read: Is a directory"),
        ("/dev/zero", NO_FILE),
    ],
    ids=lambda one: repr(one)[:30],
)
def test_odd_target_file(
    content: bytes | str,
    told: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A target file that is none, or names one, is told in one line, and none is waited for."""
    from retailspec.cli import main  # noqa: PLC0415 - loads what most tests here do not need

    monkeypatch.setenv("ORDERS_TOKEN", TOKEN)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    file = tmp_path / (content if isinstance(content, str) else "t.toml")
    if isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(SystemExit) as stopped:
        main.main(["check", "--target", str(file)], prog_name="retailspec")
    captured = capfd.readouterr()
    lines = [line for line in (captured.out + captured.err).splitlines() if line.strip()]
    assert stopped.value.code == 2
    assert len(lines) == 1, lines
    assert told in lines[0]
    assert lines[0].isprintable()


ORDERS = """[omni-orders]
base_url = "{url}"
timeout = 30.0
patience = 30.0
{more}
[omni-orders.credentials]
token = "env:ORDERS_TOKEN"
[omni-orders.supply.order]
http = {{url = "{maker}", pointer = "/number"}}
"""


class Trap:
    """An ASGI application that lets calls pass until one is to hang, and tells of that one.

    Args:
        app: The application.
        hangs: Tells from a path and the number of the calls so far whether a call is to hang.
    """

    def __init__(self, app: Any, hangs: Any) -> None:
        self.caught = threading.Event()
        self.calls = 0
        self._app, self._hangs = app, hangs

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.calls += 1
            answer = self._hangs(scope["path"], self.calls)
            if answer is not None:
                self.caught.set()
                status, headers = answer
                if status:
                    await send(
                        {"type": "http.response.start", "status": status, "headers": headers}
                    )
                    await send({"type": "http.response.body", "body": b""})
                    return
                await receive()
                while (await receive())["type"] != "http.disconnect":
                    pass
                return
        await self._app(scope, receive, send)


def _silent_after(count: int) -> Any:
    return lambda path, calls: (0, []) if calls > count and "api" in path else None


def _busy_after(count: int) -> Any:
    busy = (429, [(b"retry-after", b"20")])
    return lambda path, calls: busy if calls > count and "api" in path else None


@contextlib.contextmanager
def _trapped(hangs: Any) -> Iterator[tuple[Trap, str, str]]:
    reference = build("omni-orders", https_only=False)
    reference.credentials["token"] = TOKEN
    trap = Trap(reference.app, hangs)
    way = reference.supplies()["order"]
    with Served(reference, tls=False, app=trap) as served:
        yield trap, served.url, served.url + way["path"]


@pytest.mark.parametrize(
    ("when", "hangs", "options"),
    [
        ("before the first answer", _silent_after(0), []),
        ("during a slow answer", _silent_after(40), []),
        ("while a busy target is waited for", _busy_after(40), []),
        ("during a race", _silent_after(3), ["-k", "race.single-winner"]),
        ("in two workers", _silent_after(40), ["-n", "2"]),
    ],
)
def test_ctrl_c(when: str, hangs: Any, options: list[str], tmp_path: Path) -> None:
    """Ctrl-C ends a run soon, with what was judged, the orders spent, and valid reports."""
    with _trapped(hangs) as (trap, url, maker):
        file = tmp_path / "t.toml"
        file.write_text(ORDERS.format(url=url, maker=maker, more=""))
        junit = tmp_path / "junit.xml"
        report = tmp_path / "report"
        command = [sys.executable, "-m"]
        if "-n" in options:
            command += [
                "pytest",
                *("-p", "no:schemathesis", "-p", "no:hypothesispytest"),
                "-p",
                "no:randomly",
                "-p",
                "no:cacheprovider",
                "--target",
                str(file),
            ]
        else:
            command += ["retailspec", "check", "--target", str(file)]
        command += ["--junitxml", str(junit), "--report", str(report), *options]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert trap.caught.wait(120), process.communicate()
        time.sleep(0.3)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        text = process.communicate(timeout=120)[0].decode()
        took = time.monotonic() - began
    assert took < LONGEST_STOP, f"{when}: {took:.1f} s\n{text}"
    assert process.returncode == 2, text
    assert "Traceback" not in text
    assert TOKEN not in text
    assert "orders spent so far: " in text, text
    assert "interrupted: " in text, text
    assert "KeyboardInterrupt" not in text, text
    ET.parse(junit)  # noqa: S314 - made here
    told = json.loads((report / "report.json").read_text())
    assert told["complete"] is False
    if when != "before the first answer":
        spent = told["contracts"][0]["spent"]["order"]["entries"]
        assert spent
        assert all(entry in text for entry in spent)


def _interrupt(*arguments: Any, **options: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("retailspec.cli.main", "interrupted"),
        ("retailspec.command_check.run_check", "interrupted"),
        ("retailspec.plugin._wanted", "interrupted"),
        ("retailspec.pytest_run.Conformance", "interrupted before anything was sent"),
    ],
)
def test_ctrl_c_while_it_starts(
    place: str, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C before there is anything to tell is one line, wherever it comes."""
    from retailspec.__main__ import run  # noqa: PLC0415 - loads nothing itself

    monkeypatch.setattr(place, _interrupt)
    monkeypatch.setattr(sys, "argv", ["retailspec", "check", "--contract", "omni-inventory"])
    with pytest.raises(SystemExit) as stopped:
        run()
    captured = capfd.readouterr()
    assert stopped.value.code == 2
    assert (captured.out + captured.err).strip() == f"retailspec: {said}"
