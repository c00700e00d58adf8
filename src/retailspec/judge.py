"""The standing rules: what each answer has to be, whichever check asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from retailspec.exchange import Domain, Exchange, NotJson
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch, mismatch, show
from retailspec.sent import shows
from retailspec.values import ABSENT, lookup_in, pick, shorten

if TYPE_CHECKING:
    from retailspec.contract.model import Contract, Every, Operation, Rule
    from retailspec.exchange import Response

__all__ = [
    "GENERATED",
    "PRINTED",
    "STANDING",
    "applies",
    "form_of",
    "judge",
    "judging_rules",
    "standing_rules",
]

PRINTED = "printed"
"""The tag of a case that a call which passes errors through answers itself, as printed."""

GENERATED = "generated"
"""The tag of a request that a generator made up: one of several findings alike is enough."""

_Verdicts = Iterator[Mismatch | None]


def judge(
    contract: Contract,
    exchange: Exchange,
    values: Mapping[str, Any] | None = None,
    *,
    overheard: bool = False,
) -> list[Judgement]:
    """Return what one exchange says about the contract's standing rules. A pure function.

    Args:
        contract: The contract.
        exchange: The exchange; it is judged by the rules of its operation and domain.
        values: What placeholders in the rules stand for: fixtures and the like.
        overheard: Whether somebody else made the call. What a run is told by the way is not all
            that a rule asks, so there it only breaks rules, and holds none.
    """
    return [
        Judgement(rule.id, _finding(rule, exchange, miss))
        for rule, miss in _judged(contract, exchange, values or {}, overheard=overheard)
    ]


@lru_cache(maxsize=64)
def standing_rules(contract: Contract) -> tuple[Rule, ...]:
    """Return the rules that every exchange is made for."""
    return tuple(
        rule
        for rule in contract.rules.values()
        if rule.judged and (rule.every or rule.check in STANDING)
    )


@lru_cache(maxsize=64)
def judging_rules(contract: Contract) -> tuple[Rule, ...]:
    """Return the rules that judge every exchange that they apply to: standing ones, and others."""
    standing = {rule.id for rule in standing_rules(contract)}
    return tuple(
        rule
        for rule in contract.rules.values()
        if rule.judged and (rule.shown or rule.id in standing)
    )


def _finding(rule: Rule, exchange: Exchange, miss: Mismatch | None) -> Finding | None:
    if miss is None:
        return None
    return Finding(rule, miss.expected, miss.actual, exchange, miss.pointer)


def _judged(
    contract: Contract, exchange: Exchange, values: Mapping[str, Any], *, overheard: bool
) -> Iterator[tuple[Rule, Mismatch | None]]:
    operation = contract.operations.get(exchange.operation or "")
    if operation is None or _passed_through(contract, operation, exchange):
        return
    call = contract.calls.get(exchange.call or "")
    lookup = lookup_in(call.variables if call else {}, values)
    broken: set[str] = set()
    for rule in _speaking(contract, exchange.call, exchange.status, exchange.domain, exchange.tags):
        if rule.check in STANDING:
            for verdict in STANDING[rule.check or ""](contract, operation, exchange):
                yield rule, verdict
            continue
        form = None if exchange.response is None else form_of(contract, rule, exchange)
        if form is None or (form in rule.shown and rule.narrows in broken):
            continue
        miss = mismatch(
            form.expect or rule.expect,
            exchange,
            schemas=contract.schemas,
            folder=contract.name,
            lookup=lookup,
            overheard=overheard,
        )
        if miss is not None:
            broken.add(rule.id)
        if miss is not None or overheard or form in rule.every:
            yield rule, miss


@lru_cache(maxsize=512)
def _speaking(
    contract: Contract,
    call: str | None,
    status: int | None,
    domain: Domain,
    tags: frozenset[str],
) -> tuple[Rule, ...]:
    """Return the rules that may speak of exchanges of a kind, whatever stands in them."""
    return tuple(
        rule
        for rule in judging_rules(contract)
        if rule.check in STANDING
        or any(_is_of(form, call, status, domain, tags) for form in rule.forms)
    )


def form_of(contract: Contract, rule: Rule, exchange: Exchange) -> Every | None:
    """Return the first of a rule's forms that speaks of an exchange, or None."""
    return next(
        (
            form
            for form in rule.forms
            if applies(form, exchange)
            and (not form.sent or shows(form.sent, exchange))
            and (not form.only or _is_only(contract, form, exchange))
        ),
        None,
    )


def _is_only(contract: Contract, form: Every, exchange: Exchange) -> bool:
    """Tell whether nothing is wrong with a request's body but what a form says of it."""
    reference = contract.operations[exchange.operation or ""].request_schema
    if reference is None:
        return True
    body = exchange.request.json
    return contract.schemas.departs_only(reference, body, [one[5:] for one in form.sent])


def _passed_through(contract: Contract, operation: Operation, exchange: Exchange) -> bool:
    """Tell whether an answer may be the error of another system, of which no rule speaks."""
    return (
        exchange.status is not None
        and exchange.status >= 400
        and PRINTED not in exchange.tags
        and contract.passes_through(operation.id)
    )


def applies(every: Every, exchange: Exchange) -> bool:
    """Tell whether a rule's form speaks of an exchange, as far as operation and answer say it."""
    kind = exchange.call, exchange.status, exchange.domain, exchange.tags
    return _is_of(every, *kind) and (not every.has or _holds(exchange, every.has))


def _is_of(
    every: Every, call: str | None, status: int | None, domain: Domain, tags: frozenset[str]
) -> bool:
    accepted = status is not None and 200 <= status < 300
    return (
        (every.domain is None or every.domain is domain)
        and (every.statuses is None or status in every.statuses)
        and (every.calls is None or call in every.calls)
        and (every.accepted is None or every.accepted is accepted)
        and (every.tag is None or every.tag in tags)
    )


def _holds(exchange: Exchange, pointer: str) -> bool:
    return exchange.response is not None and pick(exchange.response.json, pointer) is not ABSENT


def _status(contract: Contract, operation: Operation, exchange: Exchange) -> _Verdicts:
    del contract
    if exchange.response is None or exchange.domain is not Domain.DOCUMENTED:
        return
    if operation.documents(exchange.response.status) is not None:
        yield None
        return
    listed = ", ".join(sorted(operation.statuses - {"default"}))
    status = exchange.response.status
    yield Mismatch(f"one of the documented statuses {listed}", f"status {status}")


def _schema(contract: Contract, operation: Operation, exchange: Exchange) -> _Verdicts:
    response = exchange.response
    if response is None or exchange.domain is not Domain.DOCUMENTED:
        return
    key = operation.documents(response.status)
    reference = operation.schemas.get(key) if key else None
    if reference is None:
        return
    if isinstance(response.json, NotJson):
        text = shorten(response.body.decode("utf-8", "replace")) or "an empty body"
        yield Mismatch(
            "a JSON body", "a body beyond the size limit" if response.truncated else text
        )
        return
    violation = contract.schemas.violation(reference, response.json)
    if violation is None:
        yield None
    else:
        yield Mismatch(violation.expected, show(violation.actual), violation.pointer)


def _content_type(contract: Contract, operation: Operation, exchange: Exchange) -> _Verdicts:
    del contract
    response = exchange.response
    if response is None or exchange.domain is Domain.OUTSIDE or not _is_json_body(response):
        return
    label = response.media_type
    key = operation.documents(response.status)
    described = key is not None and operation.schemas.get(key) is not None
    other = not described and label is not None and label.endswith("+json")
    if label == "application/json" or other:
        yield None
    else:
        found = f"Content-Type: {label}" if label else "no Content-Type"
        yield Mismatch("Content-Type: application/json", found)


def _is_json_body(response: Response) -> bool:
    return isinstance(response.json, dict | list) or (
        isinstance(response.json, str) and 200 <= response.status < 300
    )


def _server_error(contract: Contract, operation: Operation, exchange: Exchange) -> _Verdicts:
    del contract, operation
    if exchange.response is None:
        yield Mismatch("an answer below 500", exchange.error or "no answer")
    elif exchange.response.status < 500:
        yield None
    else:
        yield Mismatch("a status below 500", f"status {exchange.response.status}")


STANDING: Mapping[str, Callable[[Contract, Operation, Exchange], _Verdicts]] = {
    "response.status": _status,
    "response.schema": _schema,
    "response.content-type": _content_type,
    "no-server-error": _server_error,
}
