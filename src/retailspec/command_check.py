"""`retailspec check`: the conformance tests, run by pytest, wherever the command is called."""

from __future__ import annotations

import os
from typing import Any

import pytest

from retailspec.contract.locate import conformance_folder
from retailspec.errors import UsageError

__all__ = ["run_check"]

_FLAGS = {
    "plan": "--plan",
    "strict": "--retailspec-strict",
    "allow_production": "--allow-production",
    "allow_irreversible": "--allow-irreversible",
    "no_races": "--no-races",
    "schemathesis": "--schemathesis",
    "first": "-x",
}
_VALUES = {
    "base_url": "--base-url",
    "target": "--target",
    "depth": "--depth",
    "effort": "--effort",
    "profile": "--profile",
    "seed": "--seed",
    "replay": "--replay",
    "schemathesis_calls": "--schemathesis-calls",
    "select": "-k",
    "junitxml": "--junitxml",
    "sarif": "--sarif",
    "report": "--report",
    "waivers": "--waivers",
}


class _EarlyInterrupt:
    """Takes note of Ctrl-C while pytest starts, of which pytest says nothing."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Take note."""
        self.seen = isinstance(excinfo.value, KeyboardInterrupt)

    def pytest_sessionfinish(self) -> None:
        """Leave the word to a session that had begun."""
        self.seen = False


def run_check(contracts: tuple[str, ...], *, verbose: bool, **chosen: Any) -> int:
    """Run the conformance tests and return the exit status.

    Args:
        contracts: The contracts to check; empty for all.
        verbose: Whether each rule is named as it is judged.
        chosen: The other options, by their names on the command line.

    Raises:
        KeyboardInterrupt: It came before there was anything to tell.
    """
    folder = conformance_folder()
    arguments = [str(folder), "-c", os.devnull, "--rootdir", str(folder), "-o", "retailspec=true"]
    arguments += [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-p",
        "no:schemathesis",  # its own plugin takes a second to load
        "-p",
        "no:hypothesispytest",  # as does hypothesis, which it loads for its summary
        "-p",
        "no:logging",
        "--capture=no",
        "--assert=plain",
        "-v" if verbose else "-q",
    ]
    arguments += ["--import-mode=importlib", "--no-header"]
    for name in contracts:
        arguments += ["--contract", name]
    for name, option in _VALUES.items():
        if chosen[name] is not None:
            arguments += [option, chosen[name]]
    arguments += [option for name, option in _FLAGS.items() if chosen[name]]
    early = _EarlyInterrupt()
    status = int(pytest.main(arguments, [early]))
    if early.seen:
        raise KeyboardInterrupt
    return UsageError.exit_status if status == pytest.ExitCode.USAGE_ERROR else status
