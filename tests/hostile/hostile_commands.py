"""Runs many commands of ours quickly: a process that has loaded them forks for each.

As a program it reads commands as lines of JSON, each a list of a folder, a number, and words, and
writes a line for each that has ended. What it printed is in files that the number names.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Commands", "Done"]

_LONGEST = 60  # seconds; a command that hangs is ended by a signal
_LOADED = (
    "command_traffic",
    "command_report",
    "command_waive",
    "report.markdown",
    "clients.setup",
)


@dataclass(frozen=True)
class Done:
    """How a command ended.

    Args:
        status: Its exit status; negative where a signal ended it.
        out: What it printed.
        errors: What it printed as errors.
        megabytes: The most memory that it had at a time.
    """

    status: int
    out: str
    errors: str
    megabytes: float

    @property
    def text(self) -> str:
        """All that it printed."""
        return self.out + self.errors


class Commands:
    """Runs commands; a context manager.

    Args:
        variables: Environment variables that they have besides.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._stack = tempfile.TemporaryDirectory(prefix="retailspec-")
        self._folder = Path(self._stack.name)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self._folder)],
            env={**os.environ, **(variables or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._stack.cleanup()

    def run(self, folder: Path, *words: str) -> Done:
        """Run a command in a folder, and return how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._number += 1
        self._process.stdin.write(json.dumps([str(folder), self._number, words]) + "\n")
        self._process.stdin.flush()
        status, megabytes = json.loads(self._process.stdout.readline())
        out, errors = (
            (self._folder / f"{self._number}.{kind}").read_text(errors="backslashreplace")
            for kind in ("out", "err")
        )
        return Done(status, out, errors, megabytes)


def main() -> None:
    """Fork for each line that comes."""
    for module in _LOADED:
        importlib.import_module(f"retailspec.{module}")
    where = Path(sys.argv[1])
    for line in sys.stdin:
        folder, number, words = json.loads(line)
        process = os.fork()
        if not process:
            _become(where, folder, number, words)
        _, status, used = os.wait4(process, 0)
        told = [os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024]
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _become(where: Path, folder: str, number: int, words: list[str]) -> None:
    """Be the command, as the shell starts it."""
    from retailspec.cli import main as command  # noqa: PLC0415 - as above

    signal.alarm(_LONGEST)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for handle, kind in ((1, "out"), (2, "err")):
        os.dup2(os.open(where / f"{number}.{kind}", os.O_WRONLY | os.O_CREAT), handle)
    sys.argv = ["retailspec", *words]
    command()


if __name__ == "__main__":
    main()
