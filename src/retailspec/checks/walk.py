"""One fresh order taken along a path of calls, each answer judged from the state before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailspec.build import NotJudged
from retailspec.checks.machine import effect_shown, shown_state
from retailspec.contract.model import Case
from retailspec.contract.rules import transition_id
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch, mismatch, show
from retailspec.values import ABSENT, lookup_in, pick, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.exchange import Exchange
    from retailspec.runner import Run

__all__ = ["Step", "Walk"]


@dataclass(frozen=True)
class Step:
    """One call of a walk.

    Args:
        state: The state before it, as far as the caller was told.
        call: The call.
        exchange: What came of it.
        dirty: Whether refused calls came between it and the last success.
        miss: How it departs from its transition, or None.
        strayed: How it departs from what should have stayed as it was, or None.
        unsaid: How a refusal departs from what is printed for it, or None.
        before: The exchanges on the same order before it.
        way: The calls before it that succeed on an order that keeps the contract.
    """

    state: str
    call: str
    exchange: Exchange
    dirty: bool
    miss: Mismatch | None
    strayed: Mismatch | None
    unsaid: Mismatch | None
    before: tuple[Exchange, ...]
    way: tuple[str, ...]

    @property
    def departure(self) -> Mismatch | None:
        """How it departs from any of these, or None."""
        return self.miss or self.strayed or self.unsaid


@dataclass
class Walk:
    """An order on its way.

    Args:
        run: The run.
        spec: The lifecycle.
        entry: The order.
        touched: Whether refused calls were made on it before.
        history: What was sent so far; several walks may share it.
    """

    run: Run
    spec: LifecycleSpec
    entry: str
    touched: bool = False
    steps: list[Step] = field(default_factory=list)
    history: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.spec.initial
        self.derailed = False
        self._last: Exchange | None = None
        self._dirty = self.touched
        self._look_before: Exchange | None = None
        self._way: tuple[str, ...] = ()

    @property
    def _shown(self) -> Mapping[str, Any]:
        """The order as the last success showed it."""
        return self.spec.states[self.spec.initial] if self._last is None else self._body(self._last)

    @property
    def first_departure(self) -> Step | None:
        """The first step that departs from what it should be: what follows may come of it."""
        return next((step for step in self.steps if step.departure is not None), None)

    def go(self, call: str) -> Iterator[Judgement]:
        """Make one call and yield what it says about the lifecycle's rules."""
        exchange = self.run.call(Case(call, "", {}, {}), {self.spec.supply: self.entry})
        accepts = self.state in self.spec.calls[call].accepts
        miss = self._accepted(call, exchange) if accepts else self._refused(exchange)
        strayed = self._strayed(call, exchange) if accepts and miss is None else None
        unsaid = self._unsaid(call, exchange) if not accepts and miss is None else None
        step = Step(
            self.state,
            call,
            exchange,
            self._dirty,
            miss,
            strayed,
            unsaid,
            tuple(self.history),
            self._way,
        )
        self.steps.append(step)
        yield from self._judgements(step, accepts=accepts)
        self._advance(step, accepts=accepts)
        if exchange.refused:
            yield from self._look(step)

    def _accepted(self, call: str, exchange: Exchange) -> Mismatch | None:
        if exchange.status != 200:
            return Mismatch("status 200", _answer(exchange))
        lacking = effect_shown(self.spec.calls[call].effect, self._body(exchange))
        if lacking is None:
            return None
        key, wanted, found = lacking
        return Mismatch(f"{key} {show(wanted)}", show(found), f"/{key}")

    def _refused(self, exchange: Exchange) -> Mismatch | None:
        return mismatch(
            self.spec.refusal,
            exchange,
            schemas=self.run.contract.schemas,
            folder=self.run.contract.name,
            lookup=lookup_in(),
        )

    def _strayed(self, call: str, exchange: Exchange) -> Mismatch | None:
        body = self._body(exchange)
        named = self.spec.calls[call].effect
        return _moved(self.spec.keeps - named.keys(), self._shown, body)

    def _judgements(self, step: Step, *, accepts: bool) -> Iterator[Judgement]:
        rules, weak = self.spec.judged_by, self.derailed or step.dirty
        yield self._said(transition_id(step.call, step.state), step, step.miss, weak=weak)
        if step.miss is not None:
            return
        if accepts:
            yield self._said(rules.frame, step, step.strayed, weak=weak)
        elif step.state in self.spec.calls[step.call].own:
            yield self._said(rules.own, step, step.unsaid, weak=weak)
        else:
            miss = self._holds(step.exchange, self._code(step))
            yield self._said(rules.names, step, miss, weak=self.derailed)

    def _unsaid(self, call: str, exchange: Exchange) -> Mismatch | None:
        known = self.spec.calls[call]
        if self.state not in known.own:
            return None
        return self._holds(exchange, self.spec.refusals[known.refuses[self.state]])

    def _code(self, step: Step) -> Any:
        """Return the part of the printed refusal that names the state which stands in the way."""
        printed = self.spec.refusals[self.spec.calls[step.call].refuses[step.state]]
        return _nested(self.spec.code, pick(printed, self.spec.code))

    def _holds(self, exchange: Exchange, body: Any) -> Mismatch | None:
        return mismatch(
            {"body": body},
            exchange,
            schemas=self.run.contract.schemas,
            folder=self.run.contract.name,
            lookup=lookup_in(),
        )

    def _said(self, rule_id: str, step: Step, miss: Mismatch | None, *, weak: bool) -> Judgement:
        if rule_id not in self.run.contract.rules:
            return Judgement(rule_id, reason="not a rule of this contract")
        if miss is None:
            return Judgement(rule_id, weak=self.derailed)
        return Judgement(rule_id, self.finding(rule_id, step, miss), weak=weak)

    def finding(self, rule_id: str, step: Step, miss: Mismatch) -> Finding:
        """Return a finding about a step of this walk."""
        title = self.spec.titles[step.state]
        note = f"{step.call} on an order that is {title}"
        if step.dirty:
            note += "; calls that were refused came between"
        if not step.before and not self.touched and step.exchange.refused:
            note += " (fresh from the supply: was this number used before?)"
        return Finding(
            self.run.contract.rules[rule_id],
            miss.expected,
            miss.actual,
            step.exchange,
            miss.pointer,
            step.before,
            note,
        )

    def _advance(self, step: Step, *, accepts: bool) -> None:
        if accepts:
            self._way = (*self._way, step.call)
        body = self._body(step.exchange)
        shown = shown_state(self.spec, body) if step.exchange.accepted else None
        if accepts and step.exchange.accepted:
            self.state = shown or self.spec.calls[step.call].accepts[self.state]
        elif shown is not None:
            self.state = shown
        self.derailed = self.derailed or step.miss is not None
        if step.exchange.accepted:
            self._last = step.exchange
            self._look_before = None
            self._dirty = False
        else:
            self._dirty = True
        self.history.append(step.exchange)

    def _look(self, step: Step) -> Iterator[Judgement]:
        look, idle = self.spec.look, self.spec.judged_by.idle
        if (
            look is None
            or self.run.contract.calls[look["call"]].operation not in self.run.contract.operations
        ):
            return
        try:
            seen = self.run.call(Case(look["call"], "", {}, {}), {self.spec.supply: self.entry})
        except NotJudged:
            return
        order = self._order(seen)
        if not seen.accepted or order is None:
            return
        facts = self.spec.states[self.spec.initial]
        # the two calls may write the other fields differently, so those are held to the last look
        looked = {} if self._look_before is None else self._order(self._look_before) or {}
        known = {**looked, **{key: self._shown[key] for key in facts if key in self._shown}}
        self._look_before = seen
        miss = _moved(self.spec.keeps, known, order)
        if miss is not None:
            yield Judgement(idle, self.finding(idle, step, miss))
            return
        self._dirty = False
        yield Judgement(idle)

    def _order(self, seen: Exchange) -> Mapping[str, Any] | None:
        """Return the order as a look at it showed it, or None where it did not."""
        if self.spec.look is None or seen.response is None:
            return None
        order = pick(seen.response.json, self.spec.look["state"])
        return order if isinstance(order, dict) else None

    @staticmethod
    def _body(exchange: Exchange) -> dict[str, Any]:
        body = exchange.response.json if exchange.response is not None else None
        return body if isinstance(body, dict) else {}


def _moved(kept: Iterable[str], before: Any, after: Any) -> Mismatch | None:
    """Return how a part of an order that stays as it is has changed, or None where none has."""
    for part in sorted(kept):
        was, now = pick(before, f"/{part}"), pick(after, f"/{part}")
        if ABSENT not in (was, now) and not same(was, now):
            return Mismatch(f"{part} {show(was)}, as before", show(now), f"/{part}")
    return None


def _answer(exchange: Exchange) -> str:
    if exchange.response is None:
        return exchange.error or "no answer"
    body = exchange.response.json
    return (
        f"status {exchange.status}: {show(body)}"
        if isinstance(body, dict)
        else f"status {exchange.status}"
    )


def _nested(pointer: str, value: Any) -> Any:
    for part in reversed(pointer.split("/")[1:]):
        value = {part: value}
    return value
