"""Calls that are not made on a production system, since nothing undoes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.findings import Judgement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from retailspec.checks.check import Check
    from retailspec.checks.options import Options
    from retailspec.contract.model import Contract
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["why_withheld", "withheld", "without_withheld"]


def withheld(contract: Contract, target: Target, options: Options) -> frozenset[str]:
    """Return the operations that may not be called: none, except on a production system."""
    if options.allow_irreversible or target.production is None:
        return frozenset()
    return frozenset(call.operation for call in contract.calls.values() if call.irreversible)


def why_withheld(operations: Collection[str]) -> str:
    """Return why operations are not called, for a person."""
    named = " and ".join(sorted(operations))
    undone = "cannot be undone" if len(operations) == 1 else "cannot be undone, either of them"
    return f"needs --allow-irreversible: on a production system {named} {undone}"


def without_withheld(check: Check, operations: frozenset[str]) -> Check:
    """Return a check, or one that only says why it is not made where it makes such a call."""
    if not operations & check.calls.keys():
        return check
    reason = why_withheld(operations & check.calls.keys())

    def run(run: Run) -> Iterator[Judgement]:
        del run
        for rule_id in sorted(check.rules):
            yield Judgement(rule_id, reason=reason)

    return replace(check, run=run, calls=Counter(), uses={}, borrows=frozenset(), after=())
