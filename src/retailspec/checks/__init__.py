"""The checks of a contract: from its rules' cases, and from named checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import retailspec.checks.history
import retailspec.checks.lifecycle
import retailspec.checks.races
import retailspec.checks.registering
import retailspec.checks.several
import retailspec.checks.traces
import retailspec.checks.webhook  # noqa: F401 - registers its checkers
from retailspec.checks.cases import case_checks
from retailspec.checks.check import CHECKERS, Check, Making
from retailspec.checks.options import Effort, Generated, Options
from retailspec.checks.withheld import withheld, without_withheld
from retailspec.errors import ContractError
from retailspec.judge import STANDING

if TYPE_CHECKING:
    from retailspec.contract.model import Contract
    from retailspec.target.target import Target

__all__ = ["CHECKERS", "Check", "Effort", "Generated", "Options", "make_checks"]


def make_checks(contract: Contract, target: Target, options: Options) -> list[Check]:
    """Return every check of a contract for a target, in the order in which they are best made.

    Raises:
        ContractError: A rule names a checker that does not exist.
        UsageError: The user asks for a layer that is not installed.
    """
    kept_back = withheld(contract, target, options)
    made = _all_checks(contract, target, options)
    return [without_withheld(check, kept_back) for check in made] if kept_back else made


def _all_checks(contract: Contract, target: Target, options: Options) -> list[Check]:
    made = list(case_checks(contract, options.effort, plain=target.http_url is not None))
    groups: dict[str, list[str]] = {}
    for rule in contract.rules.values():
        if rule.judged and rule.check is not None and rule.check not in STANDING:
            groups.setdefault(rule.check, []).append(rule.id)
    for name, ids in groups.items():
        if name not in CHECKERS:
            raise ContractError(f"{contract.name}/{ids[0]}: no checker is called {name!r}")
        rules = tuple(contract.rules[rule_id] for rule_id in ids)
        made.extend(CHECKERS[name](Making(contract, target, options, rules, tuple(made))))
    from retailspec.properties.make import property_checks  # noqa: PLC0415 - it imports this package

    drawn = property_checks(contract, target, options, tuple(made))
    if options.replay is not None:
        return drawn
    made.extend(drawn)
    if options.schemathesis is not None:
        from retailspec.layers.schemathesis import schemathesis_checks  # noqa: PLC0415 - optional

        made.extend(schemathesis_checks(contract, target, options.schemathesis, tuple(made)))
    return made
