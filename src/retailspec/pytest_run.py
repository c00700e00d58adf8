"""A conformance run as pytest sees it: what each item says, and what is told at the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from retailspec.conformance import Conformance, Settings
from retailspec.contract.locate import conformance_folder
from retailspec.errors import RetailspecError, SupplyError, UnreachableError, UsageError
from retailspec.findings import Verdict
from retailspec.hooks import fresh_maker
from retailspec.pytest_options import options_of
from retailspec.report.plan import plan_lines
from retailspec.report.record import result_record, run_record
from retailspec.report.terminal import rule_text, summary_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from retailspec.runner import RuleResult


__all__ = ["ConformanceRun", "Subject"]


class BrokenRule(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # it has no public name
    """The target breaks the rule that an item is about."""


class Subject:
    """The rule that one item is about.

    Args:
        conformance: The runs.
        contract: The contract's name.
        rule_id: The rule's id.
    """

    def __init__(self, conformance: Conformance, contract: str, rule_id: str) -> None:
        self.contract = contract
        self.rule_id = rule_id
        self.result: RuleResult | None = None
        self._conformance = conformance

    def judge(self) -> None:
        """Send what it takes and fail where the rule is broken, skip where it cannot be judged.

        Raises:
            BrokenRule: The target breaks it.
        """
        try:
            result = self._conformance.result(self.contract, self.rule_id)
        except RetailspecError as error:
            _stop(error)
        self.result = result
        if result.verdict is Verdict.NOT_JUDGED:
            pytest.skip("; ".join(result.reasons))
        strict = self._conformance.settings.options.strict
        if result.verdict is Verdict.BROKEN or (strict and result.verdict is Verdict.ADVISORY):
            raise BrokenRule(f"{self.contract}/{self.rule_id}", pytrace=False)


class RuleItem(pytest.Item):
    """A rule as an item: without fixtures, whose cost would exceed that of many a check."""

    subject: Subject
    judge: Callable[[Subject], None]

    def runtest(self) -> None:
        """Judge the rule, as the module's test does."""
        self.judge(self.subject)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return where the item comes from, for headings."""
        return self.path, 0, self.name


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
        self.runs: list[dict[str, Any]] = []
        self._controller = bool(config.getoption("numprocesses", None))
        self._worker = hasattr(config, "workerinput")

    @classmethod
    def from_config(cls, config: pytest.Config) -> ConformanceRun:
        """Return the run that pytest's options ask for; ends pytest where they are wrong."""
        option = config.option
        if "--strict" in config.invocation_params.args:
            option.retailspec_strict = True
        asked = option.contract or option.target or option.plan or option.base_url or option.replay
        if asked and config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(conformance_folder())]
        with contextlib.ExitStack() as stack:
            try:
                conformance = Conformance(_settings(config))
                stack.callback(conformance.close)
                if not (option.collectonly or option.plan or hasattr(config, "workerinput")):
                    conformance.prepare()
            except RetailspecError as error:
                _stop(error)
            stack.pop_all()
        return cls(config, conformance)

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
        record = result_record(result, self.conformance.run(name))
        report.retailspec = record  # type: ignore[attr-defined]  # reports carry what plugins put on them
        item.user_properties += [
            ("rule", f"{name}/{result.rule.id}"),
            ("level", result.rule.level.value),
            ("where", result.rule.where),
            ("verdict", result.verdict.value),
        ]
        report.user_properties = list(item.user_properties)
        if report.failed:
            report.longrepr = rule_text(record)
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
        if self.config.option.plan:
            self._guard(self._print_plan)
            return True
        if not self._controller and any(self.conformance.selected.values()):
            self._guard(self.conformance.open_supplies)
        return None

    def _print_plan(self) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.ensure_newline()
        for name in self.conformance.selected:
            for line in plan_lines(self.conformance.run(name)):
                reporter.write_line(line)

    @staticmethod
    def _guard(action: Any) -> None:
        try:
            action()
        except RetailspecError as error:
            _stop(error)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results, from workers too."""
        record = getattr(report, "retailspec", None)
        if report.when == "call" and record is not None:
            self.records.append(record)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker has to tell about its runs."""
        self.runs += getattr(node, "workeroutput", {}).get("retailspec_runs", [])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Settle the exit status."""
        own = [run_record(run) for run in self.conformance.runs.values()]
        if self._worker:
            self.config.workeroutput["retailspec_runs"] = own  # type: ignore[attr-defined]  # xdist's
            return
        if not self._controller:
            self.runs = own
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = UsageError.exit_status
            self._say("the selection matches no rule; `retailspec rules NAME` lists them")
        elif exitstatus == pytest.ExitCode.OK:
            if any(rule["level"] == "must" for run in self.runs for rule in run["also"]):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            elif any(run["lost"] for run in self.runs):
                session.exitstatus = UnreachableError.exit_status

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
            terminalreporter.section("retailspec", "=")
            for line, markup in summary_lines(self.records, self.runs, self.conformance.contracts):
                terminalreporter.write_line(line, **markup)


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
    )


class _Stopped(pytest.exit.Exception):  # type: ignore[name-defined,misc]  # it has no public name
    """Ends pytest; it prints the name of the class before the message."""


_Stopped.__name__ = _Stopped.__qualname__ = "retailspec"
_Stopped.__module__ = "builtins"  # whose names are printed without it


def _stop(error: RetailspecError) -> NoReturn:
    hint = (
        " (see `retailspec target NAME` for a commented target file)"
        if isinstance(error, SupplyError)
        else ""
    )
    raise _Stopped(f"{error}{hint}", returncode=error.exit_status) from None
