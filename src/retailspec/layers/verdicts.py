"""What schemathesis' own checks say about an exchange, as findings under the contract's rules."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec.contract.schemas import read_data
from retailspec.exchange import Domain, media_type
from retailspec.findings import Finding, Judgement
from retailspec.judge import judge
from retailspec.match import Mismatch, mismatch
from retailspec.values import lookup_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retailspec.contract.model import Case, Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.layers.requests import Made
    from retailspec.layers.situations import Situations

__all__ = ["Verdicts", "check_table"]


@cache
def check_table() -> Mapping[str, Mapping[str, str]]:
    """Return what becomes of each check of schemathesis: `rule`, `situation` or `not_used`."""
    table: Mapping[str, Mapping[str, str]] = read_data(
        Path(__file__).with_name("schemathesis.yaml")
    )["checks"]
    return table


@dataclass
class Verdicts:
    """Runs schemathesis' checks on the exchanges of one operation.

    A failure becomes a finding where a rule of the contract speaks of what was sent; a rule's own
    expectation has the last word.

    Args:
        contract: The contract.
        situations: The rules that speak of what requests of the operation do wrong.
        values: What placeholders stand for: the target's fixtures.
    """

    contract: Contract
    situations: Situations
    values: Mapping[str, Any]
    _told: set[tuple[str, ...]] = field(default_factory=set)

    def standing(self, exchange: Exchange) -> Iterator[Judgement]:
        """Yield what the standing rules say about an exchange, each likeness of a finding once."""
        yield from self._once(judge(self.contract, exchange, self.values))

    def _once(self, judgements: Iterable[Judgement]) -> Iterator[Judgement]:
        for judgement in judgements:
            finding = judgement.finding
            if finding is None or finding.likeness not in self._told:
                yield judgement
            if finding is not None:
                self._told.add(finding.likeness)

    def judge(self, case: Any, made: Made, exchange: Exchange) -> Iterator[Judgement]:
        """Yield what the checks say about an exchange, each likeness of a finding once."""
        response = exchange.response
        if response is None or self._is_handed_on(exchange):
            return
        answer = _as_schemathesis(exchange)
        for name, becomes in check_table().items():
            if "not_used" in becomes:
                continue
            failure = _failure(name, case, answer)
            if failure is not None and self._is_taken_back(name, exchange):
                continue
            yield from self._once(self._judgements(becomes, failure, made, exchange))

    def _is_handed_on(self, exchange: Exchange) -> bool:
        """Tell whether an answer may be the error of a system behind the target."""
        operation = exchange.operation or ""
        return not exchange.accepted and self.contract.passes_through(operation)

    def _is_taken_back(self, check: str, exchange: Exchange) -> bool:
        return any(
            entry.get("check") == check
            and exchange.operation in entry.get("operation", [exchange.operation])
            and exchange.status in entry.get("status", [exchange.status])
            for entry in self.contract.layers.get("schemathesis", ())
        )

    def _judgements(
        self, becomes: Mapping[str, str], failure: str | None, made: Made, exchange: Exchange
    ) -> Iterator[Judgement]:
        if "rule" in becomes:
            rule = self.contract.rules.get(becomes["rule"])
            documented = failure is not None and exchange.domain is Domain.DOCUMENTED
            if rule is not None and documented and not self._is_known(rule, exchange):
                expected = "an answer as the OpenAPI document has it"
                yield Judgement(rule.id, Finding(rule, expected, str(failure), exchange))
            return
        for found, case, miss in self._situations(becomes["situation"], made, exchange):
            finding = None
            if failure is not None and miss is not None:
                note = f"made up by schemathesis; the rule's own case: {case.name or found.id}"
                finding = Finding(found, miss.expected, miss.actual, exchange, note=note)
            if finding is not None or miss is None:
                yield Judgement(found.id, finding)

    def _is_known(self, rule: Rule, exchange: Exchange) -> bool:
        """Tell whether the standing rules have found the same already."""
        said = judge(self.contract, exchange, self.values)
        return any(one.rule_id == rule.id and one.finding is not None for one in said)

    def _situations(
        self, situation: str, made: Made, exchange: Exchange
    ) -> Iterator[tuple[Rule, Case, Mismatch | None]]:
        """Yield the rules that speak of a request, and how its answer departs from each."""
        request, call = exchange.request, self.situations.call
        own = request.method == self.contract.operations[call.operation].method
        match situation:
            case "body" if own and not made.lacks:
                wrong = [*self.situations.of_query(made.query)]
                if request.body and media_type(request.headers) == "application/json":
                    wrong += self.situations.of_body(request.json)
                    wrong += self.situations.of_no_json(request.body)
                for rule, case in wrong:
                    yield rule, case, self._unless(exchange.accepted, "a 4xx status", exchange)
            case "method" if not own:
                for rule, case in self.situations.of_method(request.method):
                    yield rule, case, self._miss(case, exchange)
            case "header" if own and made.lacks:
                for rule, case in self.situations.of_missing_header(made.lacks):
                    yield rule, case, self._miss(case, exchange)
            case "valid" if exchange.domain is Domain.DOCUMENTED:
                for rule, case in self.situations.of_valid_call():
                    yield rule, case, self._unless(exchange.refused, "a 2xx status", exchange)

    @staticmethod
    def _unless(wrong: bool, expected: str, exchange: Exchange) -> Mismatch | None:  # noqa: FBT001 - private, and named where it is called
        return Mismatch(expected, f"status {exchange.status}") if wrong else None

    def _miss(self, case: Case, exchange: Exchange) -> Mismatch | None:
        return mismatch(
            case.expect,
            exchange,
            schemas=self.contract.schemas,
            folder=self.contract.name,
            lookup=lookup_in(self.situations.call.variables, self.values),
        )


def _as_schemathesis(exchange: Exchange) -> Any:
    schemathesis = importlib.import_module("schemathesis")
    requests = importlib.import_module("requests")
    request, response = exchange.request, exchange.response
    assert response is not None  # noqa: S101 - its caller has looked
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name.lower(), []).append(value)
    sent = requests.Request(request.method, request.url, dict(request.headers), data=request.body)
    return schemathesis.Response(
        status_code=response.status,
        headers=headers,
        content=response.body,
        request=sent.prepare(),
        elapsed=exchange.seconds,
        verify=True,
        message=response.reason,
    )


def _failure(name: str, case: Any, answer: Any) -> str | None:
    """Return what a check of schemathesis objects to, in one line, or None."""
    checks = importlib.import_module("schemathesis.checks")
    failures = importlib.import_module("schemathesis.core.failures")
    checks.load_all_checks()
    try:
        case.validate_response(answer, checks=[checks.CHECKS.get_one(name)])
    except failures.FailureGroup as group:
        first = group.exceptions[0]
        return f"status {answer.status_code}; {getattr(first, 'title', type(first).__name__)}"
    return None
