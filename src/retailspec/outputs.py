"""Where a run's results go besides the terminal: SARIF, and what GitHub Actions reads."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec.files import check_writable, write_text
from retailspec.report import github
from retailspec.report.markdown import summary
from retailspec.report.sarif import sarif_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from retailspec.report.outcome import Outcome

__all__ = ["Outputs"]


class Outputs:
    """The outputs that a run was asked for, or that its surroundings ask for.

    Args:
        sarif: Where to write a SARIF file, or None.
        junit: Where pytest will write its JUnit file, or None.
        environ: The environment variables; this process' own if left out.
    """

    def __init__(
        self,
        sarif: str | None = None,
        junit: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._files = {
            option: Path(name)
            for option, name in (("--sarif", sarif), ("--junitxml", junit))
            if name
        }
        self._github = bool(environ.get("GITHUB_ACTIONS"))
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")

    def check(self) -> None:
        """Make sure that every file can be written, before anything is sent.

        Raises:
            UsageError: One cannot.
        """
        for option, path in self._files.items():
            check_writable(option, path)

    @contextmanager
    def quoting(self, write: Callable[[str], Any]) -> Iterator[None]:
        """Print what quotes a server, without GitHub taking any of it for a command.

        Args:
            write: Prints a line on standard output.
        """
        if not self._github:
            yield
            return
        token = github.stop()
        write(f"::stop-commands::{token}")
        try:
            yield
        finally:
            write(github.resume(token))

    def annotate(self, outcome: Outcome, write: Callable[[str], Any]) -> None:
        """Print annotations, where GitHub Actions runs this.

        Args:
            outcome: The results.
            write: Prints a line on standard output.
        """
        if self._github:
            for line in github.commands(outcome):
                write(line)

    def write(self, outcome: Outcome, warn: Callable[[str], Any]) -> None:
        """Write the files.

        Args:
            outcome: The results.
            warn: Told, in one line, where the job summary cannot be written.

        Raises:
            UsageError: A file that was asked for cannot be written after all.
        """
        if self._github and self._summary:
            self._append(summary(outcome), warn)
        if "--sarif" in self._files:
            write_text("--sarif", self._files["--sarif"], sarif_text(outcome))

    def _append(self, text: str, warn: Callable[[str], Any]) -> None:
        path = Path(self._summary)
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            warn(f"warning: $GITHUB_STEP_SUMMARY {path}: cannot be written: {error.strerror}")
