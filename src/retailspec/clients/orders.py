"""Following each order through somebody else's exchanges: its state, and what was told of it.

Others may act on an order between two exchanges that are seen, unless it is known that they do not;
so a state stands for itself and every state that calls lead to from there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from retailspec.clients.steps import Step, facts_of
from retailspec.exchange import Domain
from retailspec.values import pick, placeholders

if TYPE_CHECKING:
    from retailspec.clients.steps import States
    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange
    from retailspec.findings import Judgement

__all__ = ["Followed", "Follower", "Told"]

_MOST = 100_000
_MOST_STEPS = 4096
_PLAIN = frozenset({int, str})

Told = tuple[int, Any]
"""An answer's status, of a success its hundreds, and the facts or refusal that its body shows."""


@dataclass(frozen=True)
class Followed:
    """What an exchange says once the earlier ones on its order are known."""

    client: tuple[Judgement, ...] = ()
    server: tuple[Judgement, ...] = ()


@dataclass(slots=True)
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


class _Known(NamedTuple):
    """What a step that broke nothing led to; the same step leads there whatever the order."""

    before: States
    states: States
    told: States
    speaks: bool
    held: tuple[tuple[str, ...], tuple[str, ...]]


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
        self._tracks: OrderedDict[tuple[str, str], _Track] = OrderedDict()
        self._all: States = frozenset(self._spec.states) if self._spec else frozenset()
        self._reach = _reach(self._spec) if self._spec else {}
        self.numbers = _names(contract)
        self._facts = facts_of(self._spec) if self._spec else ()
        self._known: dict[tuple[Any, ...], _Known] = {}
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
        number = pick(exchange.request.json, self.numbers[call])
        if not isinstance(number, str) or not number:
            return Followed()
        key = self._key(number, exchange)
        track = self._tracks.pop(key, None) or _Track(self._all, self._all, self._all)
        began = exchange.started
        ended = None if began is None else began + exchange.seconds
        if _overlaps(track, began):
            now = self._any_later(track.before)
            self._keep(key, _Track(track.before, now, now, _latest(track, ended), track.position))
            return Followed()
        before, told = self._later(track.states), self._later(track.told)
        step = Step(self._contract, spec, call, exchange)
        states, server = step.server(before)
        client = step.client(told, track.position)
        known, speaks = step.told(told, states)
        followed = Followed(tuple(client), tuple(server))
        known_kind = exchange.domain is Domain.DOCUMENTED and not exchange.tags
        if known_kind and exchange.response is not None:
            told_of = self.told_of(exchange.response.status, exchange.response.json)
            step_key = (track.states, track.told, call, told_of)
            self._learn(step_key, _Known(before, states, known, speaks, ((), ())), followed)
        position = position if speaks else track.position
        self._keep(key, _Track(before, states, known, _latest(track, ended), position))
        return followed

    def glance(
        self,
        call: str,
        order: tuple[str, str],
        told: Told | None,
        times: tuple[float | None, float],
        position: str,
    ) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Take an exchange into account if a step like it was followed before and broke nothing.

        Args:
            call: The base call, one of the lifecycle.
            order: The order's number, a text that is not empty, and the host in lower case.
            told: What the answer tells, as `told_of` says it.
            times: When it was sent, and how long it took.
            position: Where it stands, in words.

        Returns:
            The rules of client and server that held; None where it is `follow` that has to be
            asked, and nothing was taken into account.
        """
        key = (order[0], "") if self._alone else order
        kept = self._tracks.get(key)
        track = _Track(self._all, self._all, self._all) if kept is None else kept
        began, seconds = times
        if _overlaps(track, began):
            return None
        known = self._known.get((track.states, track.told, call, told))
        if known is None:
            return None
        track.before, track.states, track.told = known.before, known.states, known.told
        track.ended = _latest(track, None if began is None else began + seconds)
        if known.speaks:
            track.position = position
        if kept is None:
            self._keep(key, track)
        else:
            self._tracks.move_to_end(key)
        return known.held

    def told_of(self, status: int, body: Any) -> Told | None:
        """Return all that a step depends on of an answer; None where that cannot be said briefly.

        Args:
            status: The answer's status.
            body: Its JSON value.
        """
        if not isinstance(body, dict):
            return None
        told: Any
        if 200 <= status < 300:
            told = tuple([body.get(name) for name in self._facts])
            plain = _PLAIN.issuperset(map(type, told))
        else:
            told = pick(body, self._spec.code) if self._spec else None
            plain = type(told) is str and 400 <= status < 500
            told = told, self._is_printed(body)
        return (status // 100 if 200 <= status < 300 else status, told) if plain else None

    def _is_printed(self, body: dict[str, Any]) -> bool:
        """Tell whether a refusal has all that one is printed with."""
        printed = self._spec.refusals.values() if self._spec else ()
        return any(body.items() >= one.items() for one in printed)

    def _learn(self, key: tuple[Any, ...], known: _Known, followed: Followed) -> None:
        said = (*followed.client, *followed.server)
        if key[-1] and len(self._known) < _MOST_STEPS and all(one.held for one in said):
            client = tuple(one.rule_id for one in followed.client)
            server = tuple(one.rule_id for one in followed.server)
            self._known[key] = known._replace(held=(client, server))

    def _key(self, number: str, exchange: Exchange) -> tuple[str, str]:
        """Return what tells orders apart: two hosts may have different ones of the same number."""
        return number, "" if self._alone else urlsplit(exchange.request.url).netloc.lower()

    def _later(self, states: States) -> States:
        return states if self._alone else self._any_later(states)

    def _any_later(self, states: States) -> States:
        return frozenset().union(*(self._reach[state] for state in states))

    def _keep(self, key: tuple[str, str], track: _Track) -> None:
        self._tracks[key] = track
        if len(self._tracks) > self._most:
            self._tracks.popitem(last=False)
            self.forgotten += 1


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


def _overlaps(track: _Track, began: float | None) -> bool:
    """Tell whether a call was sent before the one before it was answered."""
    return began is not None and track.ended is not None and began < track.ended


def _latest(track: _Track, ended: float | None) -> float | None:
    return ended if ended is None or track.ended is None else max(ended, track.ended)
