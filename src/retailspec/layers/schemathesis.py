"""The layer of schemathesis: malformed and unexpected requests, drawn from the OpenAPI document.

Its cases go out through the run's own session, with the target's credentials, signatures, pace and
patience, and what it objects to is reported under the rules of the contract.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from retailspec.checks.check import Check
from retailspec.exchange import Domain
from retailspec.judge import standing_rules
from retailspec.layers.generated import Generator, require_schemathesis
from retailspec.layers.requests import Maker
from retailspec.layers.situations import Situations
from retailspec.layers.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.build import Prepared
    from retailspec.checks.options import Generated
    from retailspec.contract.model import Call, Contract
    from retailspec.findings import Judgement
    from retailspec.layers.requests import Made
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["schemathesis_checks"]


def schemathesis_checks(
    contract: Contract, target: Target, settings: Generated, before: Sequence[Check]
) -> Iterator[Check]:
    """Yield a check per operation, to be made after all others.

    Args:
        contract: The contract, as the target has it.
        target: The target.
        settings: How much is made up.
        before: The checks made so far; the orders that they use up serve here again.

    Raises:
        UsageError: schemathesis is not installed.
    """
    require_schemathesis()
    calls = {call.operation: call for call in reversed([*contract.calls.values()])}
    chosen = [calls[name] for name in contract.operations if name in calls]
    earlier = tuple(check.id for check in before)
    standing = frozenset(rule.id for rule in standing_rules(contract))
    for number, call in enumerate(chosen):
        share = (settings.calls + number) // len(chosen)
        yield Check(
            id=f"schemathesis {call.operation}",
            rules=standing | Situations(contract, call).rules(),
            run=_Layer(target, call, settings, share),
            calls=Counter({call.operation: share}),
            after=earlier,
        )


@dataclass(frozen=True)
class _Layer:
    target: Target
    call: Call
    settings: Generated
    share: int

    def __call__(self, run: Run) -> Iterator[Judgement]:
        """Send the share of one operation and yield what is judged."""
        contract = self.target.contract
        if self.share == 0 or contract.openapi is None:
            return
        draw = random.Random(f"{self.settings.seed} {self.call.operation}")  # noqa: S311 - a choice that can be repeated
        maker = Maker(self.target, run.builder, self.call, draw)
        verdicts = Verdicts(contract, Situations(contract, self.call), self.target.fixtures)
        generator = Generator(contract.openapi, self.settings.seed)
        for case, made in self._chosen(generator, maker):
            exchange = run.session.send(self._judged(made.prepared))
            if exchange.accepted and exchange.domain is not made.prepared.domain:
                exchange = replace(exchange, domain=made.prepared.domain)
                yield from verdicts.standing(exchange)
            yield from verdicts.judge(case, made, exchange)

    def _judged(self, prepared: Prepared) -> Prepared:
        """Return a request with the domain in which a refusal of it is judged.

        A schema does not say every reason for which a document's author refuses a call.
        """
        if self._says("judge", "refusals"):
            return prepared
        return replace(prepared, domain=Domain.OUTSIDE)

    def _chosen(self, generator: Generator, maker: Maker) -> Iterator[tuple[Any, Made]]:
        """Yield cases with their requests, no request twice, until the share is used up."""
        seen: set[tuple[Any, ...]] = set()
        drawn = not self._says("withhold", "drawn")
        for case in generator.cases(self.call.operation, self.share, drawn=drawn):
            if not self._is_probed(case.method):
                continue
            made = maker.make(case)
            if made is None or (made.fits and self._says("withhold", "valid")):
                continue
            request = made.prepared.request
            like = (request.method, request.url, request.body, request.header("content-type"))
            if (*like, made.lacks) in seen:
                continue
            seen.add((*like, made.lacks))
            yield case, made
            if len(seen) >= self.share:
                return

    def _is_probed(self, method: str) -> bool:
        contract = self.target.contract
        own = contract.operations[self.call.operation].method
        return method == own or any(Situations(contract, self.call).of_method(method))

    def _says(self, key: str, value: str) -> bool:
        """Tell whether the contract says this of the layer for the operation."""
        return any(
            entry.get(key) == value
            and self.call.operation in entry.get("operation", [self.call.operation])
            for entry in self.target.contract.layers.get("schemathesis", ())
        )
