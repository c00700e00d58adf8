"""The checker of webhooks that are registered: a first URL, and another one after it.

Nothing here knows a vendor: calls, pointers and patterns come from the rules' `with`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from retailspec.checks.check import Check, Making, checker
from retailspec.contract.model import Case
from retailspec.findings import Finding, Judgement
from retailspec.match import mismatch
from retailspec.values import lookup_in, pick, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from retailspec.contract.model import Rule
    from retailspec.exchange import Exchange
    from retailspec.match import Mismatch
    from retailspec.runner import Run

__all__ = ["REGISTERS", "finding_of"]

REGISTERS = "webhook registers"
"""The id of the check, which has to come before whatever else registers a URL."""


@checker("webhook.registers")
def registers(making: Making) -> list[Check]:
    """Return a check that makes the registering call twice.

    Options: `time` is `first` or `again`; the rule for the first names the `call`, and the fixture
    `fresh` that says whether the target has nothing registered yet. Where that is not known, `says`
    is where an answer's message stands, and `claims` the pattern of one that calls itself a first.
    """
    rules = {rule.options["time"]: rule for rule in making.rules}
    first, again = rules["first"], rules["again"]
    operation = making.contract.operation_of(first.options["call"]).id

    def run(run: Run) -> Iterator[Judgement]:
        earlier = any(one.operation == operation and one.accepted for one in run.exchanges)
        known = run.target.embedded or run.target.fixtures.get(first.options["fresh"]) is True
        case = Case(first.options["call"], "", {}, {})
        once, twice = run.call(case), run.call(case)
        miss = _miss(run, first.expect, once)
        if (
            miss is not None
            and _miss(run, again.expect, once) is None
            and (earlier or not (known or _is_first(first, once, twice, lambda: run.call(case))))
        ):
            yield Judgement(first.id, reason=_perhaps_not_the_first(run, first.options["fresh"]))
        else:
            yield Judgement(first.id, finding_of(first, miss, once))
        yield Judgement(again.id, finding_of(again, _miss(run, again.expect, twice), twice))

    return [Check(REGISTERS, frozenset({first.id, again.id}), run, Counter({operation: 2}))]


def _is_first(rule: Rule, once: Exchange, twice: Exchange, again: Callable[[], Exchange]) -> bool:
    """Tell from the answers to two equal calls whether the first of them registered the first URL.

    It did where its message says so, or where every later call gets another one.
    """

    def said(exchange: Exchange) -> Any:
        return None if exchange.response is None else pick(exchange.response.json, options["says"])

    options = rule.options
    if re.search(options["claims"], str(said(once))):
        return True
    return not same(said(once), said(twice)) and same(said(twice), said(again()))


def _perhaps_not_the_first(run: Run, fresh: str) -> str:
    says = run.contract.fixtures[fresh].says
    return f"it may not be the first URL that is registered; fixtures.{fresh}: {says}"


def _miss(run: Run, expect: Mapping[str, Any], exchange: Exchange) -> Mismatch | None:
    return mismatch(
        expect,
        exchange,
        schemas=run.contract.schemas,
        folder=run.contract.name,
        lookup=lookup_in(run.target.fixtures),
    )


def finding_of(rule: Rule, miss: Mismatch | None, exchange: Exchange) -> Finding | None:
    """Return the finding about an exchange, or None where nothing is amiss."""
    if miss is None:
        return None
    return Finding(rule, miss.expected, miss.actual, exchange, miss.pointer)
