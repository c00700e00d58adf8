"""Following each order through somebody else's exchanges: its state, and what was told of it.

Others may act on an order between two exchanges that are seen, unless it is known that they do not;
so a state stands for itself and every state that calls lead to from there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retailspec.contract.rules import transition_id
from retailspec.findings import Finding, Judgement
from retailspec.match import show
from retailspec.values import pick, placeholders, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.contract.model import Contract, LifecycleSpec
    from retailspec.exchange import Exchange

__all__ = ["Followed", "Follower"]

_MOST = 100_000
States = frozenset[str]


@dataclass(frozen=True)
class Followed:
    """What an exchange says once the earlier ones on its order are known."""

    client: tuple[Judgement, ...] = ()
    server: tuple[Judgement, ...] = ()


@dataclass(frozen=True)
class _Track:
    """What is known of one order.

    Args:
        before: The states that it could have before the latest call.
        states: Those that it may have now.
        told: Those that the client has to reckon with, as it was told.
        ended: When its answer had come.
        position: Where the answer stands that told the client most.
    """

    before: States
    states: States
    told: States
    ended: float | None = None
    position: str = ""


class Follower:
    """Judges the calls of a contract's lifecycle by the state of the order that each is about.

    Args:
        contract: The contract; one without a lifecycle is never judged here.
        alone: Whether nobody else acts on the orders.
        most: How many orders are kept in mind; beyond that the longest untouched is forgotten.
    """

    def __init__(self, contract: Contract, *, alone: bool, most: int = _MOST) -> None:
        self._contract = contract
        self._spec = contract.lifecycle
        self._alone = alone
        self._most = most
        self._tracks: OrderedDict[str, _Track] = OrderedDict()
        self._all: States = frozenset(self._spec.states) if self._spec else frozenset()
        self._reach = _reach(self._spec) if self._spec else {}
        self._names = _names(contract)
        self.forgotten = 0

    def follow(self, exchange: Exchange, position: str = "") -> Followed:
        """Take an exchange into account, and return what it says about client and server.

        Args:
            exchange: The exchange, with its base call filled in; they come in their order.
            position: Where it stands, in words.
        """
        spec, call = self._spec, exchange.call
        if spec is None or call is None or call not in spec.calls:
            return Followed()
        number = pick(exchange.request.json, self._names[call])
        if not isinstance(number, str) or not number:
            return Followed()
        track = self._tracks.pop(number, None) or _Track(self._all, self._all, self._all)
        if _overlaps(track, exchange):
            now = self._any_later(track.before)
            self._keep(number, _timed(replace(track, states=now, told=now), exchange))
            return Followed()
        before, told = self._later(track.states), self._later(track.told)
        step = _Step(self._contract, spec, call, exchange)
        states, server = step.server(before)
        client = step.client(told, track.position)
        known, speaks = step.told(told, states)
        track = replace(track, before=before, states=states, told=known)
        self._keep(number, _timed(replace(track, position=position) if speaks else track, exchange))
        return Followed(tuple(client), tuple(server))

    def _later(self, states: States) -> States:
        return states if self._alone else self._any_later(states)

    def _any_later(self, states: States) -> States:
        return frozenset().union(*(self._reach[state] for state in states))

    def _keep(self, number: str, track: _Track) -> None:
        self._tracks[number] = track
        if len(self._tracks) > self._most:
            self._tracks.popitem(last=False)
            self.forgotten += 1


class _Step:
    """One call on an order, and what its answer tells."""

    def __init__(
        self, contract: Contract, spec: LifecycleSpec, call: str, exchange: Exchange
    ) -> None:
        self._rules = contract.rules
        self._client_rule = next(
            (rule for rule in contract.clients.values() if rule.check == "lifecycle"), None
        )
        self._spec = spec
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
        if self._exchange.accepted:
            return self._accepted(before)
        if self._refusal is not None:
            return self._refused(before, self._refusal)
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
        if not shown & targets:
            state = self._first(before & self._call.accepts.keys())
            wanted = f"an order that is {self._titles(targets)}"
            actual = self._titles(shown) if shown else self._facts()
            return shown or targets, self._departure(state, wanted, actual)
        return shown & targets, self._held(before)

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

    def told(self, told: States, states: States) -> tuple[States, bool]:
        """Return the states that the client has to reckon with now, and whether it was told."""
        if self._exchange.accepted:
            return states, True
        if self._refusal is not None:
            refuses = self._call.refuses
            stated = frozenset(one for one in refuses if refuses[one] == self._refusal)
            return stated & states or stated, True
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
        names = dict.fromkeys(name for facts in self._spec.states.values() for name in facts)
        return ", ".join(f"{name} {show(pick(self._body, f'/{name}'))}" for name in names)


def _names(contract: Contract) -> dict[str, str]:
    """Return per call of the lifecycle the JSON pointer to the order in its body."""
    spec = contract.lifecycle
    if spec is None:
        return {}
    return {
        name: next(
            f"/{key}"
            for key, template in contract.calls[name].body.items()
            if spec.supply in placeholders(template)
        )
        for name in spec.calls
    }


def _reach(spec: LifecycleSpec) -> dict[str, States]:
    """Return per state the states that any calls lead to from there, itself among them."""
    reach = {}
    for state in spec.states:
        found, todo = {state}, [state]
        while todo:
            here = todo.pop()
            for call in spec.calls.values():
                there = call.accepts.get(here)
                if there is not None and there not in found:
                    found.add(there)
                    todo.append(there)
        reach[state] = frozenset(found)
    return reach


def _overlaps(track: _Track, exchange: Exchange) -> bool:
    """Tell whether a call was sent before the one before it was answered."""
    if exchange.started is None or track.ended is None:
        return False
    return exchange.started < track.ended


def _timed(track: _Track, exchange: Exchange) -> _Track:
    if exchange.started is None:
        return replace(track, ended=None)
    ended = exchange.started + exchange.seconds
    return replace(track, ended=max(ended, track.ended or ended))
