"""A conformance run as pytest sees it: what each item says, and what is told at the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from retailspec.checks import Options
from retailspec.conformance import Conformance, Settings
from retailspec.contract.locate import conformance_folder
from retailspec.errors import RetailspecError, SupplyError, UnreachableError, UsageError
from retailspec.findings import Verdict
from retailspec.lifecycle import Depth
from retailspec.report.plan import plan_lines
from retailspec.report.record import result_record, run_record
from retailspec.report.terminal import rule_text, summary_lines
from retailspec.runner import RuleResult

if TYPE_CHECKING:
    from collections.abc import Generator


__all__ = ["ConformanceRun", "Subject"]

_RESULT = pytest.StashKey[RuleResult]()


class BrokenRule(Exception):
    """The target breaks the rule that an item is about."""


class Subject:
    """The rule that one item is about."""

    def __init__(self, run: ConformanceRun, item: pytest.Item, name: str, rule_id: str) -> None:
        self._run = run
        self._item = item
        self._name = name
        self._rule_id = rule_id

    def judge(self) -> None:
        """Send what it takes and fail where the rule is broken, skip where it cannot be judged.

        Raises:
            BrokenRule: The target breaks it.
        """
        __tracebackhide__ = True
        try:
            result = self._run.conformance.result(self._name, self._rule_id)
        except RetailspecError as error:
            _stop(error)
        self._item.stash[_RESULT] = result
        if result.verdict is Verdict.NOT_JUDGED:
            pytest.skip("; ".join(result.reasons))
        strict = self._run.conformance.settings.options.strict
        if result.verdict is Verdict.BROKEN or (strict and result.verdict is Verdict.ADVISORY):
            raise BrokenRule(f"{self._name}/{self._rule_id}")


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
        asked = option.contract or option.target or option.plan or option.base_url
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

    def subject(self, item: pytest.Item, name: str, rule_id: str) -> Subject:
        """Return the rule of an item."""
        return Subject(self, item, name, rule_id)

    def finish(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Put the result of an item on its report."""
        result = item.stash.get(_RESULT, None)
        if result is None:
            return
        name = (_subject_of(item) or ("", ""))[0]
        record = result_record(result, self.conformance.run(name))
        report.retailspec = record  # type: ignore[attr-defined]  # reports carry what plugins put on them
        report.user_properties += [
            ("rule", f"{name}/{result.rule.id}"),
            ("level", result.rule.level.value),
            ("where", result.rule.where),
            ("verdict", result.verdict.value),
        ]
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the stand-ins that pytest makes for kinds of which the contracts have no rule."""
        items[:] = [item for item in items if _subject_of(item) is not None or not _is_ours(item)]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take note of what was selected."""
        chosen = [found for item in session.items if (found := _subject_of(item)) is not None]
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


def _is_ours(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "module", None), "RETAILSPEC_KIND")


def _subject_of(item: pytest.Item) -> tuple[str, str] | None:
    """Return the contract and the rule id that an item is about, or None where it is about none."""
    if not _is_ours(item) or not hasattr(item, "callspec"):
        return None
    subject = item.callspec.params.get("subject")
    return subject if isinstance(subject, tuple) else None


def _settings(config: pytest.Config) -> Settings:
    option = config.option
    base_url = option.base_url
    depth = None
    if option.depth is not None:
        if option.depth not in list(Depth):
            raise UsageError(f"--depth {option.depth}: choose one of {', '.join(Depth)}")
        depth = Depth(option.depth)

    def fresh(name: str, supply: str) -> str | None:
        made: str | None = config.hook.retailspec_fresh_order(target=name, supply=supply)
        return made

    hooked = bool(config.hook.retailspec_fresh_order.get_hookimpls())
    return Settings(
        contracts=tuple(dict.fromkeys(option.contract)),
        base_url=base_url,
        target_file=option.target,
        options=Options(depth=depth, strict=option.retailspec_strict, races=not option.no_races),
        allow_production=option.allow_production,
        fresh=fresh if hooked else None,
    )


class _Stopped(pytest.exit.Exception):  # type: ignore[name-defined,misc]  # it has no public name
    """Ends pytest; it prints the name of the class before the message."""


_Stopped.__name__ = "retailspec"


def _stop(error: RetailspecError) -> NoReturn:
    hint = (
        " (see `retailspec target NAME` for a commented target file)"
        if isinstance(error, SupplyError)
        else ""
    )
    raise _Stopped(f"{error}{hint}", returncode=error.exit_status) from None
