"""One run of a contract's checks against one target."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retailspec.build import Builder, NotJudged
from retailspec.checks import Options, make_checks
from retailspec.checks.withheld import why_withheld, withheld
from retailspec.contract.model import Level
from retailspec.errors import SupplyError
from retailspec.findings import AT_ONCE, Finding, Judgement, Verdict
from retailspec.hints import hints
from retailspec.judge import GENERATED, judge, standing_rules
from retailspec.session import Session
from retailspec.shelf import Shelf
from retailspec.signers import SIGNING_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from retailspec.checks import Check
    from retailspec.contract.model import Case, Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.target.target import Target
    from retailspec.waivers import Waiver
    from retailspec.wire import Wire

__all__ = ["RuleResult", "Run"]


@dataclass(frozen=True)
class RuleResult:
    """How one rule ended.

    Args:
        rule: The rule.
        verdict: Held, broken, advisory, waived or not judged.
        findings: Every departure that was seen.
        reasons: Why it, or a part of it, was not judged.
        judged: How many calls said something about it, not counting answers to calls made at once.
        waiver: The entry that waives it, whichever way it ended; None where there is none.
        stale: Whether it was judged in full and held, so that the entry has to go.
    """

    rule: Rule
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    judged: int = 0
    waiver: Waiver | None = None
    stale: bool = False

    def waived(self, waiver: Waiver | None, *, whole: bool) -> RuleResult:
        """Return the result as a waiver has it.

        Args:
            waiver: The entry for the rule, or None.
            whole: Whether the run made every call that speaks of the rule.
        """
        if waiver is None:
            return self
        if self.findings:
            return replace(self, verdict=Verdict.WAIVED, waiver=waiver)
        stale = whole and self.verdict is Verdict.HELD and not self.reasons
        return replace(self, waiver=waiver, stale=stale)


@dataclass
class Run:
    """Makes each check once, when a rule that it judges is asked for.

    Args:
        target: The target.
        options: What the user chose.
        waivers: Rule id to the entry that waives it.
    """

    target: Target
    options: Options = field(default_factory=Options)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contract: Contract = self.target.contract
        self.builder = Builder(self.target)
        self.exchanges: list[Exchange] = []
        self.withheld = withheld(self.contract, self.target, self.options)
        self.session = Session(self.target, self._standing, self.withheld)
        self.checks = {
            check.id: check for check in make_checks(self.contract, self.target, self.options)
        }
        rules = self.contract.rules
        self.selected: frozenset[str] = frozenset(rules)
        self._judged_ids = frozenset(one.id for one in rules.values() if one.judged)
        self._standing_ids = frozenset(one.id for one in standing_rules(self.contract))
        self.notes: list[str] = []
        self.waited = 0.0
        self._extra: Counter[str] = Counter()
        self._made: dict[str, list[Judgement]] = {}
        self._seen: dict[str, list[Judgement]] = {}
        self._raced: Counter[str] = Counter()
        self._shelf = Shelf()
        self._pointless = ""
        for pool in self.target.pools.values():
            pool.shut = self._why_shut

    @property
    def sent(self) -> Counter[str]:
        """How many calls of each operation were answered."""
        return Counter(exchange.operation or "" for exchange in self.exchanges)

    def close(self) -> None:
        """Close the connections to the target."""
        self.session.close()
        self.target.close()

    def result(self, rule_id: str) -> RuleResult:
        """Return how a rule ended, making the checks that judge it where they were not made yet.

        A standing rule asks for every check of the selected rules.
        """
        rule = self.contract.rules[rule_id]
        standing = rule_id in self._standing_ids
        judgements: list[Judgement] = []
        for check in self._needed(rule_id, standing=standing):
            judgements += [one for one in self.make(check) if one.rule_id == rule_id]
        judgements += self._seen.get(rule_id, [])
        result = _result(rule, judgements, self._raced[rule_id])
        if self.withheld and not judgements:
            result = replace(result, reasons=(why_withheld(self.withheld),))
        return result.waived(self.waivers.get(rule_id), whole=self._whole(standing=standing))

    def _whole(self, *, standing: bool) -> bool:
        """Tell whether this run makes every call that speaks of a selected rule."""
        if self.options.replay is not None:
            return False
        return not standing or self._alone() or self.selected >= self._judged_ids

    def _needed(self, rule_id: str, *, standing: bool) -> list[Check]:
        own = [check for check in self.checks.values() if rule_id in check.rules]
        if not standing:
            return own
        chosen = [check for check in self.checks.values() if check.rules & self.selected]
        return list(self.checks.values()) if self._alone() else chosen

    def _alone(self) -> bool:
        return self.selected <= self._standing_ids

    def planned(self) -> list[Check]:
        """Return the checks that the selected rules ask for."""
        ids = {
            check.id: check
            for rule in standing_rules(self.contract)
            if rule.id in self.selected
            for check in self._needed(rule.id, standing=True)
        }
        ids |= {c.id: c for c in self.checks.values() if c.rules & self.selected}
        return [check for check in self.checks.values() if check.id in ids]

    def make(self, check: Check) -> list[Judgement]:
        """Make a check, once, after those that it has to follow, and return what it said."""
        if check.id not in self._made:
            for earlier in check.after:
                if self.checks[earlier].rules & self.selected:
                    self.make(self.checks[earlier])
            self._made[check.id] = self._judgements(check)
            self._shelf.tidy(self.exchanges)
        return self._made[check.id]

    def _judgements(self, check: Check) -> list[Judgement]:
        said: list[Judgement] = []
        try:
            said.extend(check.run(self))
        except NotJudged as stop:
            said += self._not_judged(check, said, stop.reason)
        except SupplyError as stop:
            said += self._not_judged(check, said, str(stop))
        return said

    def _not_judged(self, check: Check, said: Iterable[Judgement], reason: str) -> list[Judgement]:
        silent = check.rules - {one.rule_id for one in said}
        return [Judgement(rule_id, reason=reason) for rule_id in sorted(silent)]

    def require(self, rule: Rule) -> None:
        """Make sure that the target names the fixtures that a rule needs.

        Raises:
            NotJudged: One is missing.
        """
        for name in rule.needs:
            if name not in self.target.fixtures:
                raise NotJudged(f"needs fixtures.{name}: {self.contract.fixtures[name].says}")

    def spare(self, supply: str) -> bool:
        """Take note of one more use of a supply, where it has more than all checks together use.

        Returns:
            Whether it has.
        """
        size = self.target.pools[supply].supply.size
        planned = sum(check.uses.get(supply, 0) for check in self.checks.values())
        lent = any(supply in check.borrows for check in self.checks.values())
        if size is not None and size <= planned + lent + self._extra[supply]:
            return False
        self._extra[supply] += 1
        return True

    def call(
        self,
        case: Case,
        values: Mapping[str, Any] | None = None,
        wire: Wire | None = None,
    ) -> Exchange:
        """Send a case and return the exchange; what it borrowed and left alone is given back.

        Raises:
            NotJudged: The target lacks what the case needs, or stays busy.
            SupplyError: There is nothing fresh to send it with.
        """
        prepared = self.builder.prepare(case, values)
        try:
            exchange = self.session.send(prepared, wire)
        except NotJudged:
            self.target.give_back(prepared.borrowed)  # it was not carried out
            raise
        if exchange.refused:
            self.target.give_back(prepared.borrowed)
        return exchange

    def _why_shut(self) -> str:
        """Return why nothing fresh is used up any more: it would be for nothing; else ""."""
        if not self._pointless and (told := self.hints()) and self._shown():
            self._pointless = told[0]
        return self.session.over or self._pointless

    def _shown(self) -> bool:
        """Tell whether a must is seen to be broken already."""
        rules = self.contract.rules
        return any(
            one.finding is not None and rules[one.rule_id].level is Level.MUST
            for one in self._said()
        )

    def _standing(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        for judgement in judge(self.contract, exchange, self.target.fixtures):
            seen = self._seen.setdefault(judgement.rule_id, [])
            if GENERATED not in exchange.tags or not _is_told(judgement, seen):
                seen.append(judgement)
                self._raced[judgement.rule_id] += AT_ONCE in exchange.tags and not judgement.reason

    def found(self, rule_id: str) -> list[Finding]:
        """Return what was found of a rule so far, by the checks made and by the standing rules."""
        said = (one for one in self._said() if one.rule_id == rule_id)
        return [one.finding for one in said if one.finding is not None]

    def _said(self) -> Iterator[Judgement]:
        """Yield what was said so far: by the checks made, then by the standing rules."""
        for judgements in (*self._made.values(), *self._seen.values()):
            yield from judgements

    def hints(self) -> list[str]:
        """Return what is probably wrong with the target file where no call at all was accepted."""
        option = SIGNING_OPTIONS.get(self.contract.signing.get("scheme", ""), "")
        return hints(self.exchanges, option.partition(" ")[0])

    def also_broken(self) -> list[RuleResult]:
        """Return the rules outside the selection that the calls showed to be broken."""
        said = list(self._said())
        ids = sorted({one.rule_id for one in said if one.finding} - self.selected)
        results = (
            _result(
                self.contract.rules[rule_id],
                [one for one in said if one.rule_id == rule_id],
                self._raced[rule_id],
            ).waived(self.waivers.get(rule_id), whole=False)
            for rule_id in ids
        )
        return [result for result in results if result.findings]


def _is_told(judgement: Judgement, seen: Iterable[Judgement]) -> bool:
    """Tell whether a finding says no more than an earlier one about the same operation."""
    return judgement.finding is not None and any(
        earlier.finding is not None and earlier.finding.likeness == judgement.finding.likeness
        for earlier in seen
    )


def _result(rule: Rule, judgements: list[Judgement], raced: int = 0) -> RuleResult:
    reasons = tuple(dict.fromkeys(one.reason for one in judgements if one.reason))
    spoken = [one for one in judgements if not one.reason]
    strong = [one for one in spoken if not one.weak] or spoken
    findings = tuple(one.finding for one in strong if one.finding is not None)
    if findings:
        verdict = Verdict.BROKEN if rule.level is Level.MUST else Verdict.ADVISORY
    else:
        verdict = Verdict.HELD if strong else Verdict.NOT_JUDGED
    if verdict is Verdict.NOT_JUDGED and not reasons:
        reasons = ("no call of this run led to an answer that it speaks of",)
    return RuleResult(rule, verdict, findings, reasons, len(strong) - raced)
