"""What pytest runs of a conformance run: an item per rule, and how each can end."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from retailspec.errors import RetailspecError, SupplyError
from retailspec.findings import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.conformance import Conformance
    from retailspec.runner import RuleResult

__all__ = [
    "BrokenRule",
    "BrokenSuite",
    "RuleItem",
    "StaleWaiver",
    "Stopped",
    "Subject",
    "stop",
    "told",
]


class BrokenRule(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # it has no public name
    """The target breaks the rule that an item is about."""


class StaleWaiver(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # as above
    """The target keeps the rule that an item is about, though it is waived."""


class BrokenSuite(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # as above
    """Something in retailspec itself is wrong: told without values, which may hold secrets."""


def _own_fault(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"a fault of retailspec itself, please report it: {type(error).__name__} at {place}"


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
            BrokenSuite: retailspec has a fault of its own.
            StaleWaiver: The target keeps it, and a waiver says otherwise.
        """
        if self._conformance.problem is not None:
            pytest.skip(told(self._conformance.problem))
        try:
            result = self._conformance.result(self.contract, self.rule_id)
        except RetailspecError as error:
            stop(error)
        except Exception as error:
            raise BrokenSuite(_own_fault(error), pytrace=False) from None
        self.result = result
        if result.verdict is Verdict.NOT_JUDGED:
            pytest.skip("; ".join(result.reasons))
        if result.waiver is not None and result.verdict is Verdict.WAIVED:
            pytest.xfail(result.waiver.reason)
        if result.waiver is not None and result.stale:
            raise StaleWaiver(result.waiver.stale, pytrace=False)
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


class Stopped(pytest.exit.Exception):  # type: ignore[name-defined,misc]  # it has no public name
    """Ends pytest; it prints the name of the class before the message."""


Stopped.__name__ = Stopped.__qualname__ = "retailspec"
Stopped.__module__ = "builtins"  # whose names are printed without it


def told(error: RetailspecError) -> str:
    """Return an error's own line, with what helps where a supply is wrong."""
    hint = " (see `retailspec target NAME` for a commented target file)"
    return f"{error}{hint}" if isinstance(error, SupplyError) else str(error)


def stop(error: RetailspecError) -> NoReturn:
    """End pytest with an error's own line and exit status."""
    raise Stopped(told(error), returncode=error.exit_status) from None
