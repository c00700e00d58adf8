"""One call on an order of which something is known: what it says, and what is known then."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from retailspec.clients.lost import ANSWER_LOST
from retailspec.contract.rules import transition_id
from retailspec.exchange import Domain
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch, show
from retailspec.values import pick, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange

__all__ = ["States", "Step", "facts_of"]


States = frozenset[str]
"""The states that an order may have, as far as is known."""


class Step:
    """One call on an order, and what its answer tells."""

    def __init__(
        self, contract: Contract, spec: LifecycleSpec, call: str, exchange: Exchange
    ) -> None:
        self._rules = contract.rules
        self._client_rule = next(
            (rule for rule in contract.clients.values() if rule.check == "lifecycle"), None
        )
        self._spec = spec
        self._codes = _codes(contract, spec.code)
        self._name = call
        self._call = spec.calls[call]
        self._exchange = exchange
        self._body = None if exchange.response is None else exchange.response.json
        self._refusal = self._stated_refusal() if exchange.refused else None

    def _stated_refusal(self) -> str | None:
        """Return the refusal that the answer prints, by its code, or None."""
        code = pick(self._body, self._spec.code)
        return next(
            (
                name
                for name, body in self._spec.refusals.items()
                if isinstance(code, str) and pick(body, self._spec.code) == code
            ),
            None,
        )

    def _targets(self, states: States) -> States:
        accepts = self._call.accepts
        return frozenset(accepts[state] for state in states if state in accepts)

    def _shown(self) -> States:
        """Return the states that the answer's body shows."""
        return frozenset(
            state
            for state, facts in self._spec.states.items()
            if all(same(pick(self._body, f"/{name}"), value) for name, value in facts.items())
        )

    def server(self, before: States) -> tuple[States, list[Judgement]]:
        """Return the states after the call, and what the answer says about the server."""
        if self._exchange.accepted and ANSWER_LOST in self._exchange.tags:
            return self._targets(before) or before, []
        if self._exchange.accepted:
            return self._accepted(before)
        if self._refusal is not None:
            states, said = self._refused(before, self._refusal)
            return states, said if any(one.finding for one in said) else [
                *said,
                *self._worded(before),
            ]
        if self._is_unlisted():
            return before, [] if before & self._call.accepts.keys() else self._worded(before)
        if self._exchange.response is None or (self._exchange.status or 0) >= 500:
            return before | self._targets(before), []
        return before, []

    def _accepted(self, before: States) -> tuple[States, list[Judgement]]:
        targets, shown = self._targets(before), self._shown()
        if not targets:
            state = self._first(before)
            wanted = f"a refusal: the order was {self._titles(before)}"
            found = self._departure(state, wanted, f"status {self._exchange.status}")
            return shown or self._targets(frozenset(self._call.accepts)), found
        if not shown & targets and self._has_effect():
            return shown or targets, [*self._held(before), *self._strayed(targets, shown)]
        if not shown & targets:
            state = self._first(before & self._call.accepts.keys())
            wanted = f"an order that is {self._titles(targets)}"
            actual = self._titles(shown) if shown else self._facts()
            return shown or targets, self._departure(state, wanted, actual)
        return shown & targets, self._held(before)

    def _has_effect(self) -> bool:
        """Tell whether the answer shows all that the call is to change."""
        effect = self._call.effect.items()
        return all(same(pick(self._body, f"/{name}"), value) for name, value in effect)

    def _strayed(self, targets: States, shown: States) -> list[Judgement]:
        """Say that the answer shows another change than the call's own."""
        rule = self._rules.get(self._spec.judged_by.frame)
        if rule is None:
            return []
        wanted = f"an order that is {self._titles(targets)}"
        actual = self._titles(shown) if shown else self._facts()
        return [Judgement(rule.id, Finding(rule, wanted, actual, self._exchange))]

    def _refused(self, before: States, refusal: str) -> tuple[States, list[Judgement]]:
        refuses, own = self._call.refuses, self._call.own
        after = frozenset(
            state
            for state in before
            if state in refuses and (state not in own or refuses[state] == refusal)
        )
        if after:
            return after, self._held(before)
        accepting = before & self._call.accepts.keys()
        stated = frozenset(state for state in refuses if refuses[state] == refusal)
        if not accepting:
            return before, []
        code = show(pick(self._body, self._spec.code))
        wanted = f"success: the order was {self._titles(accepting)}"
        actual = f"status {self._exchange.status} with {code}"
        return stated or before, self._departure(self._first(accepting), wanted, actual)

    def _is_unlisted(self) -> bool:
        """Tell whether a call is refused with a code that no rule of the contract prints."""
        exchange = self._exchange
        plain = exchange.domain is Domain.DOCUMENTED and ANSWER_LOST not in exchange.tags
        code = pick(self._body, self._spec.code)
        printed = exchange.status == self._spec.refusal.get("status") and isinstance(code, str)
        return plain and printed and code not in self._codes

    def _worded(self, before: States) -> list[Judgement]:
        """Say how a refusal departs from what is printed for it, whatever state it is for.

        Of the states that the order may have, the one counts that asks least.
        """
        refuses, own = self._call.refuses, self._call.own
        refusing = [state for state in self._spec.states if state in before and state in refuses]
        if not refusing:
            return []
        wanted = self._spec.refusal.get("status")
        if wanted is not None and self._exchange.status != wanted:
            found = f"status {self._exchange.status}"
            return self._departure(refusing[0], f"status {wanted}", found)
        asked = [(self._printed(refuses[one], whole=one in own), one in own) for one in refusing]
        misses = [(_lacking(printed, self._body), must) for printed, must in asked]
        if any(miss is None for miss, _ in misses):
            return []
        miss, must = next((one for one in misses if not one[1]), misses[0])
        judged_by = self._spec.judged_by
        rule = self._rules.get(judged_by.own if must else judged_by.names)
        if rule is None or miss is None:
            return []
        finding = Finding(rule, miss.expected, miss.actual, self._exchange, miss.pointer)
        return [Judgement(rule.id, finding)]

    def _printed(self, refusal: str, *, whole: bool) -> Mapping[str, Any]:
        """Return what a refusal is printed with, the whole body or the code alone."""
        body = self._spec.refusals[refusal]
        if whole:
            return {f"/{name}": value for name, value in body.items()}
        return {self._spec.code: pick(body, self._spec.code)}

    def told(self, told: States, states: States) -> tuple[States, bool]:
        """Return the states that the client has to reckon with now, and whether it was told."""
        if self._exchange.accepted:
            return states, True
        if self._refusal is not None:
            refuses = self._call.refuses
            stated = frozenset(one for one in refuses if refuses[one] == self._refusal)
            return stated & states or stated or told, bool(stated)
        return self.server(told)[0], False

    def client(self, told: States, position: str) -> list[Judgement]:
        """Return what the call says about the client, as far as it was told."""
        rule = self._client_rule
        if rule is None:
            return []
        if told & self._call.accepts.keys():
            return [Judgement(rule.id)]
        finding = Finding(
            rule,
            f"no call that an order which is {self._titles(told)} rules out",
            self._name,
            self._exchange,
            note=f"the state was told by {position}" if position else "",
        )
        return [Judgement(rule.id, finding)]

    def _held(self, before: States) -> list[Judgement]:
        if len(before) != 1:
            return []
        return [Judgement(transition_id(self._name, next(iter(before))))]

    def _departure(self, state: str, wanted: str, actual: str) -> list[Judgement]:
        rule = self._rules[transition_id(self._name, state)]
        return [Judgement(rule.id, Finding(rule, wanted, actual, self._exchange))]

    def _first(self, states: Iterable[str]) -> str:
        among = set(states)
        return next(state for state in self._spec.states if state in among)

    def _titles(self, states: Iterable[str]) -> str:
        among = set(states)
        return " or ".join(t for state, t in self._spec.titles.items() if state in among)

    def _facts(self) -> str:
        return ", ".join(
            f"{name} {show(pick(self._body, f'/{name}'))}" for name in facts_of(self._spec)
        )


def _lacking(printed: Mapping[str, Any], body: Any) -> Mismatch | None:
    """Return what a body lacks of what is printed, by JSON pointer, or None."""
    for pointer, value in printed.items():
        found = pick(body, pointer)
        held = found
        if isinstance(value, dict) and isinstance(found, dict):
            held = {name: one for name, one in found.items() if name in value}
        if not same(value, held):
            return Mismatch(show(value), show(found), pointer)
    return None


@lru_cache(maxsize=16)
def _codes(contract: Contract, pointer: str) -> frozenset[str]:
    """Return the codes that a contract's rules print for refusals."""
    expects = [case.expect for rule in contract.rules.values() for case in rule.cases]
    expects += [rule.expect for rule in contract.rules.values()]
    expects += [one for expect in expects for one in expect.get("any", ())]
    found = (pick(expect.get("body"), pointer) for expect in expects)
    return frozenset(code for code in found if isinstance(code, str))


def facts_of(spec: LifecycleSpec) -> tuple[str, ...]:
    """Return the fields of an answer that show the state."""
    return tuple(dict.fromkeys(name for facts in spec.states.values() for name in facts))
