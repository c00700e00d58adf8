"""`pytest --client`: a client's command against a judging stub, with an item per client rule."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.clients.command import find_command
from retailspec.clients.scenarios import Scenario
from retailspec.clients.session import Judging
from retailspec.command_watch import watch_client
from retailspec.contract import load_contract, names
from retailspec.contract.locate import conformance_folder
from retailspec.errors import RetailspecError, UnreachableError, UsageError
from retailspec.pytest_items import BrokenRule, RuleItem, stop
from retailspec.report import junit
from retailspec.report.clients import verdict_lines
from retailspec.report.terminal import rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from retailspec.contract.model import Contract
    from retailspec.report.terminal import Line

__all__ = ["ClientRun", "ClientSubject"]

_OTHERS = ("base_url", "target", "plan", "replay", "report", "sarif", "waivers")
_KEY = "retailspec_client"


class ClientSubject:
    """The client's rule that one item is about.

    Args:
        run: The run.
        rule_id: The rule's id.

    Attributes:
        record: How the rule ended, as data; None until it was judged.
    """

    result = None

    def __init__(self, run: ClientRun, rule_id: str) -> None:
        self.rule_id = rule_id
        self.contract = run.contract.name
        self.record: dict[str, Any] | None = None
        self._run = run

    def judge(self) -> None:
        """Run the command, once for all rules; fail where this one is broken.

        Raises:
            BrokenRule: The client breaks it.
        """
        try:
            record = self._run.record(self.rule_id)
        except RetailspecError as error:
            stop(error)
        self.record = record
        if record["verdict"] == "not judged":
            pytest.skip("; ".join(record["reasons"]))
        bad = {"broken", "advisory"} if self._run.strict else {"broken"}
        if record["verdict"] in bad:
            raise BrokenRule(f"{self.contract}/{self.rule_id}", pytrace=False)


class ClientRun:
    """The judging of a client in a pytest session; registered as a plugin while it is active.

    Args:
        config: pytest's configuration.

    Raises:
        UsageError: The options do not fit together, or the command cannot be found.
    """

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        if option.client is None:
            raise UsageError("--scenario: goes with --client COMMAND, which is missing")
        for name in _OTHERS:
            if getattr(option, name, None):
                raise UsageError(f"--client: does not go with --{name.replace('_', '-')}")
        if len(set(option.contract)) != 1:
            known = ", ".join(names())
            raise UsageError(f"--client: name its contract with --contract (one of: {known})")
        self.config = config
        self.contract: Contract = load_contract(option.contract[0])
        self.strict = option.retailspec_strict or "--strict" in config.invocation_params.args
        self.lines: list[Line] = []
        self.called: bool | None = None
        self._worker = hasattr(config, "workerinput")
        self._timeout = _seconds(option.client_timeout)
        self._judging = Judging(option.scenario, None, self.strict)
        self._command = _words(option.client)
        Scenario.named(self.contract, option.scenario)
        find_command(self._command)

    @classmethod
    def from_config(cls, config: pytest.Config) -> ClientRun:
        """Return the run that pytest's options ask for; ends pytest where they are wrong."""
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(conformance_folder())]
        try:
            return cls(config)
        except RetailspecError as error:
            stop(error)

    @property
    def conformance(self) -> ClientRun:
        """What is closed at the end."""
        return self

    def close(self) -> None:
        """Close nothing: the stub lives no longer than the command."""

    def items(self, collector: Any, kind: str, judge: Callable[[Any], None]) -> list[pytest.Item]:
        """Return an item for each of the contract's rules for clients."""
        made: list[pytest.Item] = []
        for rule_id in self.contract.clients if kind == "clients" else ():
            name = f"test_rule[{self.contract.name}/{rule_id}]"
            item: Any = RuleItem.from_parent(collector, name=name)
            item.subject = ClientSubject(self, rule_id)
            item.judge = judge
            made.append(item)
        return made

    def record(self, rule_id: str) -> dict[str, Any]:
        """Return how a rule ended, as data, running the command where it has not run yet.

        Raises:
            UsageError: The command cannot be run.
        """
        records = self._records
        if rule_id in records:
            return records[rule_id]
        rule = self.contract.clients[rule_id]
        silent = "no call of the client speaks of it" if self.called else "the client never called"
        return {
            "contract": self.contract.name,
            "rule": rule_id,
            "level": rule.level.value,
            "where": rule.where,
            "says": rule.says,
            "verdict": "not judged",
            "judged": 0,
            "reasons": [silent],
            "unlock": [],
            "waiver": None,
            "stale": "",
            "findings": [],
        }

    @cached_property
    def _records(self) -> dict[str, dict[str, Any]]:
        session, ended = watch_client(
            self.contract.name, self._command, self._judging, timeout=self._timeout
        )
        tally = session.stub.tally
        self.called = bool(tally.calls)
        if ended.told:
            tally.notes[f"{ended.told} (pytest -s shows what it prints)"] = None
        self.lines = list(verdict_lines([tally], sides=("client",), where="--client"))
        return {
            record["rule"]: {"unlock": [], "waiver": None, "stale": "", **record}
            for record in tally.records("client")
        }

    def finish(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Put the result of an item on its report."""
        subject: Any = getattr(item, "subject", None)
        if not isinstance(subject, ClientSubject) or subject.record is None:
            return
        record = subject.record
        report.retailspec = record  # type: ignore[attr-defined]  # a plugin's own
        item.user_properties += junit.properties(record)
        report.user_properties = list(item.user_properties)
        if report.failed:
            report.longrepr = rule_text(record)
        elif report.skipped:
            report.longrepr = (str(item.path), 1, junit.silence(record))
        report.sections = []

    def scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Return a scheduler for pytest-xdist that gives all rules to one worker."""
        from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

        return LoadFileScheduling(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what the worker that ran the command has to tell."""
        lines, called = getattr(node, "workeroutput", {}).get(_KEY, ([], None))
        if called is not None:
            self.lines, self.called = lines, called

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Settle the exit status."""
        if self._worker:
            self.config.workeroutput[_KEY] = (self.lines, self.called)  # type: ignore[attr-defined]  # xdist's
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = UsageError.exit_status
            self._say("the selection matches no rule for clients")
        elif exitstatus == pytest.ExitCode.OK and self.called is False:
            session.exitstatus = UnreachableError.exit_status

    def _say(self, line: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"retailspec: {line}", red=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Print the verdict, in place of a report of each item."""
        stats = terminalreporter.stats
        kept = {kind: list(stats.get(kind, [])) for kind in ("failed", "skipped")}
        for kind, reports in kept.items():
            stats[kind] = [one for one in reports if not hasattr(one, "retailspec")]
        try:
            yield
        finally:
            stats.update({kind: reports for kind, reports in kept.items() if reports})
        if self.lines:
            terminalreporter.section("retailspec", "=")
            for line, markup in self.lines:
                terminalreporter.write_line(line, **markup)


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--client {command}: cannot be read: {error}") from None
    if not words:
        raise UsageError("--client: which command?")
    return words


def _seconds(text: str | None) -> float | None:
    try:
        seconds = None if text is None else float(text)
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(f"--client-timeout {text}: is no number of seconds")
    return seconds
