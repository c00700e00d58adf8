"""The pytest plugin: options, items and outcomes; it is inert until its options are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_RUN = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; `--base-url` is pytest-base-url's, `--strict` pytest's own."""
    group = parser.getgroup("retailspec", "conformance of retail APIs (retailspec)")
    group.addoption(
        "--contract",
        action="append",
        default=[],
        metavar="NAME",
        help="check this contract: at --base-url, as --target says, or embedded (may be repeated)",
    )
    group.addoption(
        "--target", metavar="FILE", help="the target file: credentials, fixtures, supplies"
    )
    group.addoption(
        "--depth",
        metavar="D",
        help="how far to explore a lifecycle: transitions, states or deep",
    )
    group.addoption(
        "--plan", action="store_true", help="print what would be sent and spent, and send nothing"
    )
    group.addoption(
        "--allow-production", action="store_true", help="check a production system all the same"
    )
    group.addoption(
        "--allow-irreversible",
        action="store_true",
        help="make calls there that nothing undoes, too",
    )
    group.addoption("--no-races", action="store_true", help="make no calls at once")
    group.addoption(
        "--effort",
        metavar="E",
        help="full: each variant of a wrong request on each call; few: spread over the calls",
    )
    group.addoption(
        "--profile",
        metavar="P",
        help="how many requests are drawn at random: off, sandbox (the default), ci or thorough",
    )
    group.addoption("--seed", metavar="N", help="what they are drawn from (0)")
    group.addoption(
        "--replay", metavar="TEXT", help="send only one of them, again, as a finding names it"
    )
    group.addoption(
        "--schemathesis",
        action="store_true",
        help="let schemathesis make up requests, too (needs retailspec[schemathesis])",
    )
    group.addoption(
        "--schemathesis-calls", metavar="N", help="the most requests it makes up (300), by --seed"
    )
    group.addoption(
        "--retailspec-strict",
        action="store_true",
        help="a broken should fails too (pytest's own --strict has the same effect here)",
    )
    group.addoption(
        "--waivers", metavar="FILE", help="the rules that may be broken, each with a reason"
    )
    group.addoption("--sarif", metavar="FILE", help="write a SARIF file for code scanning")
    group.addoption(
        "--report", metavar="DIR", help="write report.html, report.json and exchanges.har there"
    )
    group.addoption(
        "--client", metavar="COMMAND", help="judge a client: run it against the contract's server"
    )
    group.addoption("--scenario", metavar="S", help="with --client: what the server answers")
    group.addoption(
        "--client-timeout", metavar="SECONDS", help="with --client: how long it may take"
    )
    parser.addini(
        "retailspec", "check the embedded servers in every run", type="bool", default=False
    )


def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Pass pytest's own --strict on, before it is parsed away."""
    del parser
    if "--strict" in args:
        early_config.known_args_namespace.retailspec_strict = True


def _wanted(config: pytest.Config) -> bool:
    option = config.option
    chosen = option.contract or option.target or option.plan or option.replay or option.report
    chosen = chosen or option.client is not None or option.scenario is not None
    return bool(chosen) or bool(config.getini("retailspec"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start a conformance run where one is asked for."""
    if not _wanted(config):
        return
    if config.option.client is not None or config.option.scenario is not None:
        from retailspec.pytest_clients import ClientRun  # noqa: PLC0415 - loads the servers

        config.stash[_RUN] = client = ClientRun.from_config(config)
        config.pluginmanager.register(client, "retailspec-client")
        return
    from retailspec.pytest_interrupt import Interruption  # noqa: PLC0415 - as below
    from retailspec.pytest_run import ConformanceRun  # noqa: PLC0415 - nothing is loaded while inert

    run = ConformanceRun.from_config(config)
    config.stash[_RUN] = run
    config.pluginmanager.register(run, "retailspec-run")
    config.pluginmanager.register(Interruption(run), "retailspec-interruption")
    if config.option.report is not None and not hasattr(config, "workerinput"):
        from retailspec.pytest_report import ReportWriter  # noqa: PLC0415 - rarely wanted

        config.pluginmanager.register(ReportWriter(config, run), "retailspec-report")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.conformance.close()


def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> list[pytest.Item] | None:
    """Make an item of every rule of the kind that a conformance module is about."""
    kind = getattr(getattr(collector, "module", None), "RETAILSPEC_KIND", None)
    if kind is None or name != "test_rule":
        return None
    run = collector.config.stash.get(_RUN, None)
    made: list[pytest.Item] = [] if run is None else run.items(collector, kind, obj)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put a rule's result on its report, in place of a stack trace."""
    report = yield
    run = item.config.stash.get(_RUN, None)
    if run is not None and call.when == "call":
        run.finish(item, report)
    return report


def pytest_report_teststatus(report: Any) -> tuple[str, str, Any] | None:
    """Show a broken should, and a waived rule, as what they are."""
    record = getattr(report, "retailspec", None)
    if report.when == "call" and record and record["verdict"] == "advisory" and report.passed:
        return "advisory", "a", ("ADVISORY", {"yellow": True})
    if report.when == "call" and record and record["verdict"] == "waived":
        return "waived", "w", ("WAIVED", {"purple": True})
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a contract's rules in one worker, since they share calls and orders."""
    run = config.stash.get(_RUN, None)
    return None if run is None else run.scheduler(config, log)
