"""Refusals that are right for a reason which somebody else's request does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retailspec.contract.model import Level
from retailspec.exchange import Domain
from retailspec.values import placeholders

if TYPE_CHECKING:
    from retailspec.contract.model import Case, Contract, Rule

__all__ = ["open_refusals"]

_OF_CREDENTIALS = frozenset({"auth", "sign"})


def open_refusals(contract: Contract, *, credentials_known: bool) -> frozenset[str]:
    """Return the operations of which an undocumented refusal may be right.

    A value may be one that the server does not know, a credential a wrong one; where a rule takes
    any refusal of that, or is no must, the status is free.

    Args:
        contract: The contract.
        credentials_known: Whether it shows that a request has the right credentials.
    """
    return frozenset(
        contract.calls[case.call].operation
        for rule in contract.rules.values()
        if rule.judged and rule.narrows is None
        for case in rule.cases
        if _is_free(rule, case) and _is_hidden(case, credentials_known=credentials_known)
    )


def _is_free(rule: Rule, case: Case) -> bool:
    """Tell whether any refusal of a case keeps every must."""
    free = rule.level is Level.SHOULD or case.expect.get("status") == "refused"
    return free and case.domain is Domain.REFUSED


def _is_hidden(case: Case, *, credentials_known: bool) -> bool:
    """Tell whether a case departs in what only the server knows to be wrong."""
    if _OF_CREDENTIALS & case.edits.keys():
        return not credentials_known
    values = case.edits.get("change", {}).values()
    return any(isinstance(value, str) and bool(placeholders(value)) for value in values)
