"""Ctrl-C during a conformance run: it ends soon, and tells what was judged and spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from retailspec.pytest_items import Stopped

if TYPE_CHECKING:
    from collections.abc import Generator

    from retailspec.pytest_run import ConformanceRun

__all__ = ["Interruption"]


class Interruption:
    """Ends the loop of a session that is interrupted, in place of pytest's own words.

    Args:
        run: The conformance part of the session; `interrupted` says that Ctrl-C came already.
    """

    def __init__(self, run: ConformanceRun) -> None:
        self._run = run

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """Let the threads that still call end, and say how far the run came."""
        if self._run.interrupted:
            raise self._stopped()
        try:
            return (yield)
        except KeyboardInterrupt as error:
            if type(error) is not KeyboardInterrupt:
                raise  # pytest's own way to stop a session
            self._run.interrupted = True
            for run in self._run.conformance.runs.values():
                run.session.stop()
            raise self._stopped() from None

    def _stopped(self) -> Stopped:
        wanted = sum(len(rules) for rules in self._run.conformance.selected.values())
        far = f"interrupted: {len(self._run.records)} of {wanted} rules were judged"
        return Stopped(far, returncode=pytest.ExitCode.INTERRUPTED)

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Name what was used up so far, after all else."""
        yield
        if not self._run.interrupted:
            return
        terminalreporter.ensure_newline()
        for run in self._run.runs:
            for supply, entries in run["spent"].items():
                told = ", ".join(entries) or "none"
                terminalreporter.write_line(f"{run['contract']}: {supply}s spent so far: {told}")
