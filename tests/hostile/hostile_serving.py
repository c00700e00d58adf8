"""Commands of ours that hostile clients call: started, called, stopped, and what they printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from hostile_clients import Ended, Server, play_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["MEASURED", "Over", "Running", "finish"]

RETAILSPEC = (sys.executable, "-m", "retailspec")
MEASURE = """
import os, signal, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
signal.signal(signal.SIGINT, lambda *_: os.kill(pid, signal.SIGINT))
_, status, used = os.wait4(pid, 0)
open("memory.txt", "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""
MEASURED = (sys.executable, "-S", "-c", MEASURE, *RETAILSPEC)
"""A small process that starts the command: what a large one starts counts as large, too."""


@dataclass(frozen=True)
class Over:
    """A command that has ended.

    Args:
        status: Its exit status; negative where a signal ended it.
        text: What it printed, errors included.
        megabytes: The most memory that it, or a process of its own, had at a time.
        ended: Per hostile client how it ended.
    """

    status: int
    text: str
    megabytes: float
    ended: Mapping[str, Ended]


class Running:
    """A command that serves, until it is stopped; a context manager that sees to it.

    Args:
        words: The command, after `retailspec`.
        folder: Where it runs, and where its output is kept.
        token: The credential.

    Attributes:
        server: Where it is.
    """

    def __init__(self, words: Sequence[str], folder: Path, token: str, **options: object) -> None:
        self._file = folder / "output.txt"
        with self._file.open("wb") as output:
            self._process = subprocess.Popen(
                [*MEASURED, *words],
                cwd=folder,
                env={**os.environ, "OMNI_INVENTORY_TOKEN": token, "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,
                **options,  # type: ignore[call-overload]  # as Popen takes them
            )
        self._told = ""
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, ""):
            self._told += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"127\.0\.0\.1:(\d+)", self._told)
        assert found is not None, self._told + self._file.read_text()
        kind = words[0] if words[0] == "proxy" else "plain"
        self.server = Server(kind, int(found[1]), token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()

    def attacked(self) -> Over:
        """Let all hostile clients call it, stop it, and return how it ended."""
        return self.stopped(play_all(self.server))

    def stopped(self, ended: Mapping[str, Ended] | None = None) -> Over:
        """Stop it by an interrupt, and return how it ended."""
        self._process.send_signal(signal.SIGINT)
        return finish(self._process, self._file, ended or {}, self._told)


def finish(
    process: subprocess.Popen[str], file: Path, ended: Mapping[str, Ended], told: str = ""
) -> Over:
    """Wait for a command, and return how it ended.

    Args:
        process: The command, its output a pipe.
        file: Where its errors are.
        ended: Per hostile client how it ended.
        told: What was read of its output already.
    """
    assert process.stdout is not None
    with process.stdout:
        told += process.stdout.read()
    status = process.wait()
    text = told + file.read_text(errors="backslashreplace")
    megabytes = int((file.parent / "memory.txt").read_text()) / 1024
    return Over(status, text, megabytes, ended)
