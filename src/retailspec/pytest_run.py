"""A conformance run as pytest sees it: what each item says, and what is told at the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.conformance import Conformance, Settings
from retailspec.contract.locate import conformance_folder
from retailspec.errors import RetailspecError, UnreachableError, UsageError
from retailspec.hooks import fresh_maker
from retailspec.outputs import Outputs
from retailspec.pytest_items import RuleItem, Subject, stop, told
from retailspec.pytest_options import options_of
from retailspec.recorder import Recorder
from retailspec.report import junit
from retailspec.report.outcome import Outcome
from retailspec.report.plan import plan_lines
from retailspec.report.terminal import rule_text, summary_lines
from retailspec.report.waivers import waiver_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


__all__ = ["ConformanceRun", "Subject"]


class ConformanceRun:
    """The conformance part of a pytest session; registered as a plugin while it is active.

    Args:
        config: pytest's configuration.
        conformance: The runs.
    """

    def __init__(self, config: pytest.Config, conformance: Conformance) -> None:
        self.config = config
        self.conformance = conformance
        self.records: list[dict[str, Any]] = []
        self._own: list[dict[str, Any]] = []
        self._nodes: list[Any] = []
        self.interrupted = False
        self.stale: dict[str, str] = {}
        self.remarks: list[str] = []
        self.outputs = Outputs(config.option.sarif, getattr(config.option, "xmlpath", None))
        self.recorder = Recorder(config, conformance)
        self._controller = bool(config.getoption("numprocesses", None))
        self._worker = hasattr(config, "workerinput")

    @classmethod
    def from_config(cls, config: pytest.Config) -> ConformanceRun:
        """Return the run that pytest's options ask for; ends pytest where they are wrong."""
        option = config.option
        if "--strict" in config.invocation_params.args:
            option.retailspec_strict = True
        asked = option.contract or option.target or option.plan or option.base_url or option.replay
        asked = asked or option.report
        if asked and config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(conformance_folder())]
        with contextlib.ExitStack() as stack:
            try:
                if option.report is not None and not hasattr(config, "workerinput"):
                    from retailspec.pytest_report import check_report  # noqa: PLC0415 - rarely wanted

                    check_report(config)
                conformance = Conformance(_settings(config))
                stack.callback(conformance.close)
                made = cls(config, conformance)
                made._prepare()
            except RetailspecError as error:
                stop(error)
            except KeyboardInterrupt:
                stop(RetailspecError("interrupted before anything was sent"))
            stack.pop_all()
        return made

    def _prepare(self) -> None:
        """Look at files and targets before anything else is done; Ctrl-C is told later."""
        if self.config.option.collectonly or self._worker:
            return
        if self.config.option.plan:
            self.conformance.start()
            return
        self.outputs.check()
        try:
            self.conformance.prepare()
        except KeyboardInterrupt:
            self.interrupted = True

    def items(
        self, collector: Any, kind: str, judge: Callable[[Subject], None]
    ) -> list[pytest.Item]:
        """Return an item for each rule of a kind."""
        made: list[pytest.Item] = []
        for name, rule_id in self.conformance.cases(kind):
            item: RuleItem = RuleItem.from_parent(collector, name=f"test_rule[{name}/{rule_id}]")
            item.subject = Subject(self.conformance, name, rule_id)
            item.judge = judge
            made.append(item)
        return made

    def finish(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Put the result of an item on its report."""
        if not isinstance(item, RuleItem) or item.subject.result is None:
            return
        result, name = item.subject.result, item.subject.contract
        record = self.recorder.put(report, result, name)
        item.user_properties += junit.properties(record)
        report.user_properties = list(item.user_properties)
        if result.stale and result.waiver is not None:
            report.retailspec_stale = result.waiver.stale  # type: ignore[attr-defined]  # a plugin's own
        elif report.failed:
            report.longrepr = rule_text(record)
        elif hasattr(report, "wasxfail"):
            report.wasxfail = junit.silence(record)
        elif report.skipped:
            report.longrepr = (str(item.path), 1, junit.silence(record))
        report.sections = []

    def scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Return a scheduler for pytest-xdist that gives a contract to one worker, whole."""
        from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

        class ByContract(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
            def _split_scope(self, nodeid: str) -> str:
                _, bracket, name = nodeid.partition("[")
                if bracket and "/" in name and "::test_rule" in nodeid:
                    return name.split("/", 1)[0]
                return str(super()._split_scope(nodeid))

        return ByContract(config, log)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take note of what was selected."""
        subjects = [item.subject for item in session.items if isinstance(item, RuleItem)]
        chosen = [(subject.contract, subject.rule_id) for subject in subjects]
        self.conformance.select(chosen)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Print the plan in place of a run where that is asked for."""
        if self.config.option.collectonly or not session.items:
            return None
        try:
            if self.config.option.plan:
                self._print_plan()
                return True
            if not self._controller and any(self.conformance.selected.values()):
                self.conformance.open_supplies()
        except RetailspecError as error:
            self.conformance.problem = error
            return None if self._worker else True
        return None

    def _print_plan(self) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.ensure_newline()
        for name in self.conformance.selected:
            for line in plan_lines(self.conformance.run(name)):
                reporter.write_line(line)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results, from workers too."""
        record = getattr(report, "retailspec", None)
        if report.when == "call" and record is not None:
            self.records.append(record)
            if hasattr(report, "retailspec_stale"):
                self.stale[f"{record['contract']}/{record['rule']}"] = report.retailspec_stale

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """Keep a worker, for what it will have to tell about its runs, even when interrupted."""
        self._nodes.append(node)

    @property
    def _outputs(self) -> list[dict[str, Any]]:
        """What each worker has to tell, where there are some."""
        return [getattr(node, "workeroutput", None) or {} for node in self._nodes]

    @property
    def runs(self) -> list[dict[str, Any]]:
        """A record per run, of the workers' where there are some."""
        if not self._controller:
            return self._own
        return [run for output in self._outputs for run in output.get("retailspec_runs", [])]

    def _problems(self) -> list[tuple[str, int]]:
        """Return why nothing was judged, here or in a worker: a line, and the exit status."""
        own = self.conformance.problem
        if own is not None:
            return [(told(own), own.exit_status)]
        return [one for output in self._outputs if (one := output.get("retailspec_problem"))]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Settle the exit status."""
        own, problem = self.recorder.runs(), self.conformance.problem
        if self._worker:
            output = self.config.workeroutput  # type: ignore[attr-defined]  # xdist's
            output["retailspec_runs"] = own
            output["retailspec_problem"] = problem and (told(problem), problem.exit_status)
            return
        self._own = own
        self._write(session)
        if problems := self._problems():
            text, session.exitstatus = problems[0]
            self._say(text)
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = UsageError.exit_status
            self._say("the selection matches no rule; `retailspec rules NAME` lists them")
        elif exitstatus == pytest.ExitCode.OK:
            if any(rule["verdict"] == "broken" for run in self.runs for rule in run["also"]):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            elif any(run["lost"] for run in self.runs):
                session.exitstatus = UnreachableError.exit_status

    @property
    def outcome(self) -> Outcome:
        """What the session has to tell."""
        contracts = self.conformance.contracts
        strict = self.conformance.settings.options.strict
        return Outcome(self.records, self.runs, contracts, self.stale, strict)

    def _write(self, session: pytest.Session) -> None:
        if not self.records:
            return
        try:
            self.outputs.write(self.outcome, self.remarks.append)
        except RetailspecError as error:
            self.remarks.append(str(error))
            session.exitstatus = session.exitstatus or error.exit_status

    def _say(self, line: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"retailspec: {line}", red=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Print the summary, in place of stack traces of the conformance items."""
        failed = terminalreporter.stats.get("failed", [])
        own = [report for report in failed if hasattr(report, "retailspec")]
        skipped = terminalreporter.stats.get("skipped", [])
        silent = [report for report in skipped if hasattr(report, "retailspec")]
        for report in own:
            failed.remove(report)
        for report in silent:
            skipped.remove(report)
        try:
            yield
        finally:
            failed += own
            skipped += silent
        if self.records:
            self._summarise(terminalreporter)

    def _summarise(self, reporter: Any) -> None:
        reporter.section("retailspec", "=")
        outcome = self.outcome
        with self.outputs.quoting(reporter.write_line):
            for line, markup in summary_lines(self.records, self.runs, self.conformance.contracts):
                reporter.write_line(line, **markup)
            for line, markup in waiver_lines(self.conformance.waivers, outcome):
                reporter.write_line(line, **markup)
            for line in self.remarks:
                reporter.write_line(f"retailspec: {line}", red=True)
        self.outputs.annotate(outcome, reporter.write_line)


def _settings(config: pytest.Config) -> Settings:
    option = config.option
    base_url = option.base_url
    return Settings(
        contracts=tuple(dict.fromkeys(option.contract)),
        base_url=base_url,
        target_file=option.target,
        options=options_of(option),
        allow_production=option.allow_production,
        dry=option.plan,
        fresh=fresh_maker(config),
        waivers_file=option.waivers,
    )
