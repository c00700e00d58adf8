"""`--report DIR` as pytest sees it: what the run tells is kept, and written at its end."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.errors import UsageError
from retailspec.report.document import Told, build_report, tool_record
from retailspec.report.exchanges import moment
from retailspec.report.files import (
    HAR_FILE,
    JSON_FILE,
    PAGE_FILE,
    check_folder,
    dump,
    write_files,
)
from retailspec.report.har import har
from retailspec.report.page import page
from retailspec.report.record import contract_record

if TYPE_CHECKING:
    from collections.abc import Generator

    from retailspec.pytest_run import ConformanceRun

__all__ = ["ReportWriter", "check_report"]

_FLAGS = {
    "allow_production": "--allow-production",
    "allow_irreversible": "--allow-irreversible",
    "no_races": "--no-races",
    "retailspec_strict": "--strict",
    "schemathesis": "--schemathesis",
}
_VALUES = {
    "target": "--target",
    "waivers": "--waivers",
    "depth": "--depth",
    "effort": "--effort",
    "profile": "--profile",
    "seed": "--seed",
    "replay": "--replay",
    "schemathesis_calls": "--schemathesis-calls",
    "keyword": "-k",
}


def check_report(config: pytest.Config) -> None:
    """Make sure that a report that was asked for can be written, before anything is sent for it.

    Raises:
        UsageError: It cannot, or there will be nothing to write.
    """
    option = config.option
    if option.plan or option.collectonly:
        flag = "--plan" if option.plan else "--collect-only"
        raise UsageError(f"--report: there is nothing to report where {flag} sends nothing")
    check_folder(Path(option.report))


class ReportWriter:
    """Writes the files of a report when the session ends, however it ends.

    Args:
        config: pytest's configuration.
        run: The conformance part of the session.
    """

    def __init__(self, config: pytest.Config, run: ConformanceRun) -> None:
        self._config = config
        self._run = run
        self._folder = Path(config.option.report)
        self._started = time.time()
        self._clock = time.perf_counter()
        self._exchanges: list[dict[str, Any]] = []
        self._runs: dict[str, dict[str, Any]] = {}
        self._written = False
        self._problem = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a rule's report brings along, from workers too."""
        self._exchanges += getattr(report, "retailspec_exchanges", [])
        run = getattr(report, "retailspec_run", None)
        if run is not None:
            self._runs[run["contract"]] = run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files, of as much as was judged."""
        told = self._told(int(session.exitstatus))
        report = build_report(told)
        archive = har(told.exchanges, tool_record(), moment(self._started))
        texts = {JSON_FILE: dump(report), PAGE_FILE: page(report), HAR_FILE: dump(archive)}
        try:
            write_files(self._folder, texts)
        except UsageError as error:
            session.exitstatus = error.exit_status
            self._problem = str(error)
        else:
            self._written = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Say where the page is."""
        yield
        if self._problem:
            terminalreporter.write_line(f"retailspec: {self._problem}", red=True)
        elif self._written:
            terminalreporter.write_line(f"report: {self._folder / PAGE_FILE}")

    def _told(self, status: int) -> Told:
        conformance = self._run.conformance
        self._exchanges += self._run.recorder.rest()
        for run in self._run.runs:
            self._runs[run["contract"]] = run
        order = {name: place for place, name in enumerate(conformance.contracts)}
        self._exchanges.sort(key=lambda one: (order[one["contract"]], one["number"]))
        return Told(
            contracts=[contract_record(contract) for contract in conformance.contracts.values()],
            records=self._run.records,
            runs=list(self._runs.values()),
            exchanges=self._exchanges,
            selected=conformance.selected,
            options=self._options(),
            command=self._command(),
            started=self._started,
            seconds=time.perf_counter() - self._clock,
            exit_status=status,
        )

    def _options(self) -> dict[str, Any]:
        option, settings = self._config.option, self._run.conformance.settings
        chosen, made_up = settings.options, settings.options.schemathesis
        return {
            "contracts": list(settings.contracts),
            "base_url": self._clean(settings.base_url),
            "target": self._clean(settings.target_file),
            "waivers": self._clean(getattr(option, "waivers", None)),
            "strict": chosen.strict,
            "depth": None if chosen.depth is None else chosen.depth.value,
            "effort": chosen.effort.value,
            "races": chosen.races,
            "profile": chosen.profile,
            "seed": chosen.seed,
            "replay": self._clean(chosen.replay),
            "select": self._clean(option.keyword or None),
            "schemathesis": made_up and {"calls": made_up.calls, "seed": made_up.seed},
        }

    def _command(self) -> str:
        option, settings = self._config.option, self._run.conformance.settings
        words = ["retailspec", "check"]
        if settings.base_url:
            words += ["--base-url", settings.base_url]
        for name in settings.contracts:
            words += ["--contract", name]
        for name, flag in _VALUES.items():
            if getattr(option, name, None):
                words += [flag, str(getattr(option, name))]
        words += [flag for name, flag in _FLAGS.items() if getattr(option, name)]
        return self._clean(shlex.join(words)) or ""

    def _clean(self, text: str | None) -> str | None:
        for run in self._run.conformance.runs.values():
            text = None if text is None else run.target.secrets.redact(text)
        return text
