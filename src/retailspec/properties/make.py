"""The property-based checks of a contract."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from retailspec.checks.check import Check
from retailspec.contract.model import Case
from retailspec.contract.properties import model_case
from retailspec.errors import UsageError
from retailspec.exchange import Domain
from retailspec.findings import Finding, Judgement
from retailspec.judge import GENERATED, judge
from retailspec.match import mismatch
from retailspec.properties.choices import replayed, seeded, trimmed
from retailspec.properties.examples import examples
from retailspec.properties.lifecycle import lifecycle_checks
from retailspec.properties.profiles import profile_of
from retailspec.properties.replay import Replay
from retailspec.properties.request import Drawer
from retailspec.properties.shrink import shrink
from retailspec.properties.wild import wild_request
from retailspec.values import lookup_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from retailspec.checks.options import Options
    from retailspec.contract.model import Contract
    from retailspec.contract.properties import Break
    from retailspec.properties.choices import Choices, Numbers
    from retailspec.properties.profiles import Profile
    from retailspec.properties.request import Drawn
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["property_checks"]

_NO_FAILURE = "no-server-error"
_ALL = _MANY = 1_000_000


def property_checks(
    contract: Contract, target: Target, options: Options, made: Sequence[Check]
) -> list[Check]:
    """Return the property-based checks of a contract for a target.

    Args:
        contract: The contract, as the target has it.
        target: The target.
        options: Says the profile, the seed, and the one example to make again, if any.
        made: The other checks, which go first.

    Raises:
        UsageError: The profile is unknown, or the example is not one of this contract's.
    """
    profile = profile_of(options.profile)
    again = None if options.replay is None else Replay.parse(options.replay)
    chosen = profile if again is None else replace(profile, constraints=_ALL)
    found = [
        check
        for one in _properties(contract, target, chosen, options.seed)
        if (check := _Sender(one, profile, options.seed, again).check(made)) is not None
    ]
    found += lifecycle_checks(contract, target, options.seed, profile, again, made)
    if again is not None and not found:
        raise UsageError(f"--replay {again}: {contract.name} draws no such example any more")
    return found


@dataclass(frozen=True)
class _Property:
    """Requests of one call, and how they are answered.

    Args:
        drawer: Draws requests of the call.
        rule: The rule that it is about.
        constraint: The constraint that the requests break, or None.
        wild: Whether nothing is promised for the requests.
    """

    drawer: Drawer
    rule: str
    constraint: Break | None = None
    wild: bool = False

    @property
    def rules(self) -> frozenset[str]:
        later = self.constraint.later if self.constraint else None
        return frozenset([self.rule, later] if later else [self.rule])

    def count(self, profile: Profile) -> int:
        if self.wild:
            return profile.wild
        return profile.accepted if self.constraint is None else profile.refused

    def draw(self, choices: Choices) -> Drawn:
        if self.wild:
            return wild_request(self.drawer, choices)
        if self.constraint is None:
            return self.drawer.valid(choices)
        return self.drawer.broken(choices, self.constraint)

    def case(self, drawn: Drawn) -> Case:
        """Return the case of a request that was drawn."""
        call, contract = self.drawer.spec.call, self.drawer.contract
        model = model_case(contract.rules[self.rule], call)
        if self.wild or model is None:
            tags = frozenset({GENERATED})
            return Case(call, "", drawn.edits, {}, Domain.OUTSIDE, tags)
        domain = model.domain
        if self.constraint is None and (
            drawn.may_be_refused or contract.passes_through(contract.calls[call].operation)
        ):
            domain = Domain.OPEN
        return Case(call, "", drawn.edits, model.expect, domain, model.tags | {GENERATED})


def _properties(
    contract: Contract, target: Target, profile: Profile, seed: int
) -> Iterator[_Property]:
    for spec in contract.properties.values():
        if contract.calls[spec.call].operation not in contract.operations:
            continue
        drawer = Drawer(contract, target, spec)
        if not drawer.bases:
            continue
        if spec.accepts is not None:
            yield _Property(drawer, spec.accepts)
        place = f"{seed}/{contract.name}/{spec.call}"
        order = sorted(spec.breaks, key=lambda one: seeded(f"{place}/{one}").below(_MANY))
        few = order[: profile.constraints]
        for constraint in spec.breaks:
            if constraint in few:
                yield _Property(drawer, constraint.rule, constraint)
        if spec.wild and _NO_FAILURE in contract.rules:
            yield _Property(drawer, _NO_FAILURE, wild=True)


@dataclass(frozen=True)
class _Sender:
    """Sends the examples of one property, and makes the first that fails smaller."""

    about: _Property
    profile: Profile
    seed: int
    again: Replay | None

    def check(self, made: Sequence[Check]) -> Check | None:
        """Return the check, or None where the profile has no example of it."""
        contract, call = self.about.drawer.contract, self.about.drawer.spec.call
        if self.again is not None:
            if (self.again.call, self.again.rule) != (call, self.about.rule):
                return None
            count = 1
        else:
            count = self.about.count(self.profile)
        if not count:
            return None
        known = self._known
        return Check(
            id=f"property {call} {self._name}",
            rules=self.about.rules,
            run=self.run,
            calls=Counter({contract.operation_of(call).id: count}),
            after=() if self.again else tuple(check.id for check in made if check.rules & known),
        )

    @property
    def _known(self) -> set[str]:
        """The rules of which one that is broken already would be found again, no more."""
        contract, call = self.about.drawer.contract, self.about.drawer.spec.call
        if self.about.wild or self.about.constraint is not None:
            return {self.about.rule}
        return {
            rule.id
            for rule in contract.rules.values()
            for case in rule.cases
            if case.call == call and _accepts(case.expect)
        }

    @property
    def _name(self) -> str:
        constraint = self.about.constraint
        return self.about.rule if constraint is None else f"{self.about.rule} {constraint.at}"

    def run(self, run: Run) -> Iterator[Judgement]:
        """Send the examples until one fails."""
        if self.again is None and any(map(run.found, self._known)):
            return
        for numbers in self._examples():
            findings, held = self._send(run, numbers)
            if findings:
                yield from self._smallest(run, numbers, findings)
                return
            yield from held

    def _examples(self) -> list[Numbers]:
        if self.again is not None:
            return [self.again.numbers]
        drawer = self.about.drawer
        seed = f"{self.seed}/{drawer.contract.name}/{drawer.spec.call}/{self._name}"
        return examples(self.about.draw, self.about.count(self.profile), seed, self.profile)

    def _send(self, run: Run, numbers: Numbers) -> tuple[list[Finding], list[Judgement]]:
        """Send one example and return what it breaks, or that its rule held."""
        drawn = self.about.draw(replayed(numbers))
        case = self.about.case(drawn)
        exchange = run.call(case)
        rule = self.about.rule
        if drawn.later and self.about.constraint is not None:
            rule = self.about.constraint.later or rule
        findings: dict[str, Finding] = {}
        if case.expect and (case.domain is not Domain.OPEN or exchange.accepted):
            miss = mismatch(
                case.expect,
                exchange,
                schemas=run.contract.schemas,
                folder=run.contract.name,
                lookup=lookup_in(
                    drawn.named, run.contract.calls[case.call].variables, run.target.fixtures
                ),
            )
            if miss is not None:
                findings[rule] = Finding(
                    run.contract.rules[rule], miss.expected, miss.actual, exchange, miss.pointer
                )
        for one in judge(run.contract, exchange, run.target.fixtures):
            if one.finding is not None:
                findings.setdefault(one.rule_id, one.finding)
        return list(findings.values()), [] if self.about.wild else [Judgement(rule)]

    def _smallest(self, run: Run, numbers: Numbers, findings: list[Finding]) -> Iterator[Judgement]:
        """Yield what the smallest example that breaks the same rule says."""
        broken = findings[0].rule.id
        found = {trimmed(numbers): findings}
        left = iter(range(0 if self.again else self.profile.shrink))

        def fails(candidate: Numbers) -> bool:
            found[candidate] = self._send(run, candidate)[0]
            return any(finding.rule.id == broken for finding in found[candidate])

        best = shrink(numbers, fails, lambda: next(left, None) is not None)
        drawer = self.about.drawer
        text = Replay(drawer.contract.name, drawer.spec.call, self.about.rule, best)
        for finding in found[best]:
            note = f"a request drawn from the contract; again with --replay {text}"
            yield Judgement(finding.rule.id, replace(finding, note=note))


def _accepts(expect: Mapping[str, Any]) -> bool:
    """Tell whether an expectation is one of a success."""
    status = expect.get("status")
    return status == "accepted" or (isinstance(status, int) and 200 <= status < 300)
