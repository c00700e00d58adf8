"""Running clients, sound and spoilt, against a judging stub."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shlex
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from client_faults import COMMANDS, Fault

from retailspec.clients.handed import Handed
from retailspec.clients.stub import Stub
from retailspec.contract import load_contract
from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive, Scope, Send

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "node_modules"
PYTHON = (ROOT / "examples" / "client.py").read_text(encoding="utf-8")
NODE = (ROOT / "examples" / "client.mjs").read_text(encoding="utf-8")

INSTALL = {
    "curl": "apt-get install curl",
    "node": "apt-get install nodejs (20 or later)",
    "python": "",
}


def need(kind: str) -> None:
    """Skip where a kind of client cannot be run here."""
    if kind != "python" and shutil.which(kind) is None:
        pytest.skip(f"{kind} is missing: {INSTALL[kind]}")


def need_module(name: str, package: str) -> str:
    """Return the command of an npm package, or skip where it is not installed."""
    need("node")
    command = MODULES / ".bin" / name
    if not command.exists():
        line = f"npm install --no-save --no-package-lock {package}"
        pytest.skip(f"{name} is missing: {line}")
    return str(command)


def source(kind: str, contract: str) -> str:
    """Return the sound client of a kind."""
    return {"python": PYTHON, "node": NODE}.get(kind) or COMMANDS[contract]


def spoilt(fault: Fault) -> str:
    """Return the client that a fault is in: an edit that changes nothing is no fault."""
    sound = source(fault.kind, fault.contract)
    if fault.kind == "python" and fault.old not in sound:
        pytest.fail(f"{fault.name}: the example has no {fault.old!r}")
    start = _start(sound, fault)
    assert fault.old in sound[start:], f"{fault.name}: the client has no {fault.old!r}"
    assert fault.old != fault.new
    return sound[:start] + sound[start:].replace(fault.old, fault.new, 1)


def _start(sound: str, fault: Fault) -> int:
    """Return where an example's part for a contract begins, or 0 where the edit is before it."""
    own = {
        "python": f"def {fault.contract.replace('-', '_')}(",
        "node": f'async "{fault.contract}"()',
    }.get(fault.kind)
    at = sound.index(own) if own else 0
    return at if fault.old in sound[at:] else 0


class Stage:
    """A server, and a stub before it that is a fresh one for each client.

    Args:
        name: The contract.
    """

    def __init__(self, name: str) -> None:
        self.contract = load_contract(name)
        self.reference = build(name, https_only=True)
        self.served = Served(self.reference, app=self)
        self._stub = Stub(self.reference, self.contract, secure=True)
        self._running = 0
        self._idle = threading.Event()
        self._idle.set()

    def __enter__(self) -> Self:
        self.served.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.served.__exit__(kind, error, traceback)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the stub of the client that is running."""
        self._idle.clear()
        self._running += 1
        try:
            await self._stub(scope, receive, send)
        finally:
            self._running -= 1
            if not self._running:  # what the stub has put off comes before this
                asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        if not self._running:
            self._idle.set()

    def run(self, kind: str, *codes: str, folder: Path) -> tuple[set[str], dict[str, Any]]:
        """Run clients, and return the rules that they broke, and what there is to say of each rule.

        Args:
            kind: `curl`, `python` or `node`.
            codes: Their code, of curl its commands.
            folder: Where their files may be.
        """
        need(kind)
        self._stub = Stub(self.reference, self.contract, secure=True)
        handed = Handed(self.contract, self.reference, self.served)
        with contextlib.closing(handed):
            for code in codes:
                self._play(kind, code, handed, handed.environment(), folder)
        assert self._idle.wait(120), "a call did not end"
        tally = self._stub.finish()
        assert sum(tally.calls.values()) > 0, "the client made no call"
        records = {record["rule"]: record for record in tally.records("client")}
        broken = {rule for rule, one in records.items() if one["verdict"] in {"broken", "advisory"}}
        return broken, records

    def _play(
        self, kind: str, code: str, handed: Handed, environment: dict[str, str], folder: Path
    ) -> None:
        name = self.contract.name
        if kind == "python":
            play_python(code, name, environment)
        elif kind == "node":
            file = folder / "client.mjs"
            file.write_text(code, encoding="utf-8")
            run_quietly(["node", str(file), name], environment)
        else:
            order = environment.get("RETAILSPEC_FRESH_ORDER", "")
            for line in code.splitlines():
                words = handed.words(shlex.split(line.replace("ORDER", order)))
                run_quietly([*words, "--silent", "--show-error"], environment)


def play_python(code: str, name: str, environment: dict[str, str]) -> None:
    """Run the Python example, or a spoilt one, in this process."""
    space: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "client.py", "exec"), space)  # noqa: S102 - our own example
    with contextlib.redirect_stdout(io.StringIO()):
        space["main"](name, environment)


def run_quietly(words: list[str], environment: dict[str, str]) -> str:
    """Run a command to its end, and return what it printed."""
    done = subprocess.run(
        words,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr
