"""Covering every transition with the least number of fresh orders.

Calls that leave an order in its state cost no order: they are woven in where their state is first
visited. What is left is a path cover of the calls that move an order on. Groups of states that
lead back to one another are entered once and toured, so between the groups there are no cycles,
and the best paths are a flow: one unit per order, a reward for the first unit through each group
and along each call. Successive cheapest augmentations give, for every number of orders, the flow
with the greatest reward, and among those the one with the fewest calls. As soon as another order
earns nothing more, the number of orders is the minimum.

Where no call leads back (as in the Omni lifecycle) both the coverage per order and the number of
calls are optimal. With cycles the coverage per order still is; the tour of a group goes to the
nearest call not yet made, which covers all of it but may take more calls than needed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.lifecycle.model import Machine

Transition = tuple[str, str]
Path = tuple[str, ...]

ORDER_OF_MAGNITUDE = 1_000_000  # one transition covered outweighs any number of calls


def transition_cover(machine: Machine, supply: int | None = None) -> tuple[Path, ...]:
    """Return paths, one per fresh order, that cover the most transitions.

    Args:
        machine: the lifecycle; only states that can be reached count.
        supply: the number of fresh orders at hand; as many as complete coverage takes if left out.

    Returns:
        As many paths as earn something, those that cover most first.

    Raises:
        ValueError: the supply is below 1.
    """
    if supply is not None and supply < 1:
        raise ValueError(f"a plan needs at least one fresh order, not {supply}")
    groups = _Groups(machine)
    network = _network(machine, groups)
    units = 0
    while (supply is None or units < supply) and network.augment():
        units += 1
    walker = _Walker(machine, groups)
    return tuple(walker.walk(route) for route in _routes(network, units))


def covered(machine: Machine, paths: Iterable[Path]) -> frozenset[Transition]:
    """Return the transitions that paths make.

    Args:
        machine: the lifecycle.
        paths: sequences of calls, each on a fresh order.
    """
    made = set()
    for path in paths:
        at = machine.initial
        for call in path:
            made.add((at, call))
            at = machine.table[at, call].state
    return frozenset(made)


class _Groups:
    """The reachable states, grouped by mutual reachability."""

    def __init__(self, machine: Machine) -> None:
        reached = {state: _reached(machine, state) for state in machine.reachable()}
        self.of = {
            state: min(
                (other for other in reached[state] if state in reached[other]),
                key=machine.states.index,
            )
            for state in reached
        }
        self.inside: dict[str, list[Transition]] = {group: [] for group in self.of.values()}
        self.between: list[Transition] = []
        for state, call in machine.transitions():
            if self.of[machine.table[state, call].state] == self.of[state]:
                self.inside[self.of[state]].append((state, call))
            else:
                self.between.append((state, call))


def _reached(machine: Machine, start: str) -> set[str]:
    seen = {start}
    queue = [start]
    for state in queue:
        for call in machine.calls:
            after = machine.table[state, call].state
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return seen


@dataclass(slots=True)
class _Arc:
    start: str
    end: str
    room: float
    cost: int
    made: Transition | None
    flow: int = 0


@dataclass(slots=True)
class _Network:
    source: str
    sink: str
    arcs: list[_Arc] = field(default_factory=list)

    def add(self, start: str, end: str, reward: int, calls: int, made: Transition | None) -> None:
        """Add an arc whose first unit of flow alone is rewarded."""
        if reward:
            cost = calls - reward * ORDER_OF_MAGNITUDE
            self.arcs.append(_Arc(start, end, 1, cost, made))
        self.arcs.append(_Arc(start, end, float("inf"), calls, made))

    def augment(self) -> bool:
        """Send one more unit the cheapest way; False if that would earn nothing."""
        cost: dict[str, int] = {self.source: 0}
        came: dict[str, tuple[_Arc, int]] = {}
        changed = True
        while changed:
            changed = False
            for arc in self.arcs:
                for start, end, sign in ((arc.start, arc.end, 1), (arc.end, arc.start, -1)):
                    open_ = arc.flow < arc.room if sign > 0 else arc.flow > 0
                    if open_ and start in cost:
                        price = cost[start] + sign * arc.cost
                        if end not in cost or price < cost[end]:
                            cost[end], came[end], changed = price, (arc, sign), True
        if cost[self.sink] > -ORDER_OF_MAGNITUDE // 2:
            return False
        at = self.sink
        while at != self.source:
            arc, sign = came[at]
            arc.flow += sign
            at = arc.start if sign > 0 else arc.end
        return True


def _network(machine: Machine, groups: _Groups) -> _Network:
    network = _Network(f"into {groups.of[machine.initial]}", "the end")
    for group, inside in groups.inside.items():
        network.add(f"into {group}", f"out of {group}", len(inside), 0, None)
        network.add(f"out of {group}", network.sink, 0, 0, None)
    for state, call in groups.between:
        after = groups.of[machine.table[state, call].state]
        network.add(f"out of {groups.of[state]}", f"into {after}", 1, 1, (state, call))
    return network


def _routes(network: _Network, units: int) -> list[list[Transition]]:
    """Split the flow into one route per unit, each time the one that earns most."""
    routes = []
    for _ in range(units):
        earned: dict[str, tuple[int, list[_Arc]]] = {}
        _, arcs = _best(network, network.source, earned)
        for arc in arcs:
            arc.flow -= 1
        routes.append([arc.made for arc in arcs if arc.made is not None])
    return routes


def _best(
    network: _Network, at: str, known: dict[str, tuple[int, list[_Arc]]]
) -> tuple[int, list[_Arc]]:
    if at == network.sink:
        return 0, []
    if at not in known:
        options = []
        for arc in network.arcs:
            if arc.start == at and arc.flow:
                cost, rest = _best(network, arc.end, known)
                options.append((cost + arc.cost, [arc, *rest]))
        known[at] = min(options, key=lambda option: option[0])
    return known[at]


class _Walker:
    """Turns routes between groups into calls, touring each group on its first visit."""

    def __init__(self, machine: Machine, groups: _Groups) -> None:
        self.machine = machine
        self.groups = groups
        self.left = {group: set(inside) for group, inside in groups.inside.items()}

    def walk(self, route: list[Transition]) -> Path:
        at = self.machine.initial
        path: list[str] = []
        for hop in [*route, None]:
            left = self.left[self.groups.of[at]]
            while left:
                at = self._go(path, at, left)
            if hop is not None:
                at = self._go(path, at, {hop})
        return tuple(path)

    def _go(self, path: list[str], start: str, wanted: set[Transition]) -> str:
        """Make the nearest wanted call; return the state after it."""
        table = self.machine.table
        queue: deque[tuple[str, Path]] = deque([(start, ())])
        seen = {start}
        while True:
            at, steps = queue.popleft()
            for call in self.machine.calls:
                after = table[at, call].state
                if (at, call) in wanted:
                    for made in (*steps, call):
                        self.left[self.groups.of[start]].discard((start, made))
                        start = table[start, made].state
                        path.append(made)
                    return after
                if after not in seen and self.groups.of[after] == self.groups.of[start]:
                    seen.add(after)
                    queue.append((after, (*steps, call)))
