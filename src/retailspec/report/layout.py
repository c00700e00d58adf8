"""Laying out a directed graph in layers, from top to bottom, with room for labels of its edges.

The steps are Sugiyama's: break cycles, give each node a layer by its longest way from the start,
let an edge pass every layer between through a place of its own, order each layer so that few edges
cross, then move places to below their neighbours. Nodes have the even layers; an edge's label has
a place in the odd layer right after its source.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Edge", "Place", "lay_out"]

_SWEEPS = 12
_GAP = 14.0
_LANE = 10.0


@dataclass(frozen=True)
class Edge:
    """An edge from one node to another one.

    Args:
        source: The node that it leaves.
        target: The node that it leads to.
        width: The width of its label.
    """

    source: str
    target: str
    width: float


@dataclass(eq=False)
class Place:
    """Something that takes up room in a layer: a node, a label, or an edge that passes.

    Args:
        layer: The layer, from 0 at the top.
        width: The room that it takes.
        x: Its middle.
    """

    layer: int
    width: float
    x: float = 0.0
    above: list[Place] = field(default_factory=list, repr=False)
    below: list[Place] = field(default_factory=list, repr=False)


def lay_out(
    widths: Mapping[str, float], edges: Sequence[Edge], start: str
) -> tuple[dict[str, Place], list[list[Place]], float]:
    """Return the place of each node, the way of each edge, and the width of the whole.

    Args:
        widths: Node to its width, in the order in which ties are broken.
        edges: The edges; none may lead from a node to itself.
        start: The node to begin with.

    Returns:
        Node to place; per edge its places from source to target, the label's among them (the second
        one, or the last but one where the edge leads upwards); and the width.
    """
    turned = _backward(list(widths), edges, start)
    depth = _depths(list(widths), edges, turned)
    nodes = {name: Place(2 * depth[name], width) for name, width in widths.items()}
    ways = [_way(nodes, edge, up=number in turned) for number, edge in enumerate(edges)]
    layers: dict[int, list[Place]] = defaultdict(list)
    for place in dict.fromkeys([*nodes.values(), *(one for way in ways for one in way)]):
        layers[place.layer].append(place)
    rows = [layers[number] for number in sorted(layers)]
    _order(rows)
    width = _position(rows)
    return nodes, [way[::-1] if n in turned else way for n, way in enumerate(ways)], width


def _backward(names: list[str], edges: Sequence[Edge], start: str) -> set[int]:
    """Return the numbers of the edges that close a cycle, as a search from the start meets them."""
    leaving = defaultdict(list)
    for number, edge in enumerate(edges):
        leaving[edge.source].append((number, edge.target))
    open_nodes: set[str] = set()
    done: set[str] = set()
    found: set[int] = set()
    for root in [start, *names]:
        stack = [] if root in done else [(root, iter(leaving[root]))]
        open_nodes.update(name for name, _ in stack)
        while stack:
            name, rest = stack[-1]
            number, target = next(rest, (-1, ""))
            if number < 0:
                stack.pop()
                open_nodes.discard(name)
                done.add(name)
            elif target in open_nodes:
                found.add(number)
            elif target not in done:
                open_nodes.add(target)
                stack.append((target, iter(leaving[target])))
    return found


def _depths(names: list[str], edges: Sequence[Edge], turned: set[int]) -> dict[str, int]:
    depth = dict.fromkeys(names, 0)
    ends = [
        (edge.target, edge.source) if number in turned else (edge.source, edge.target)
        for number, edge in enumerate(edges)
    ]
    for _ in names:
        for upper, lower in ends:
            depth[lower] = max(depth[lower], depth[upper] + 1)
    return depth


def _way(nodes: Mapping[str, Place], edge: Edge, *, up: bool) -> list[Place]:
    upper, lower = nodes[edge.source], nodes[edge.target]
    if up:
        upper, lower = lower, upper
    labelled = lower.layer - 1 if up else upper.layer + 1
    between = [
        Place(layer, edge.width if layer == labelled else _LANE)
        for layer in range(upper.layer + 1, lower.layer)
    ]
    way = [upper, *between, lower]
    for one, other in pairwise(way):
        one.below.append(other)
        other.above.append(one)
    return way


def _order(rows: list[list[Place]]) -> None:
    """Order each row by the middle of its neighbours, and keep the order with fewest crossings."""
    best = [list(row) for row in rows]
    fewest = _crossings(rows)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row, fixed in (
            zip(rows[1:], rows, strict=False)
            if down
            else zip(rows[-2::-1], rows[::-1], strict=False)
        ):
            at = {id(place): index for index, place in enumerate(fixed)}
            own = {id(place): index for index, place in enumerate(row)}
            row.sort(key=lambda place: _middle(place, at, own, down=down))
        crossed = _crossings(rows)
        if crossed < fewest:
            best, fewest = [list(row) for row in rows], crossed
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _middle(place: Place, at: dict[int, int], own: dict[int, int], *, down: bool) -> float:
    near = [at[id(one)] for one in (place.above if down else place.below)]
    return sum(near) / len(near) if near else float(own[id(place)])


def _crossings(rows: list[list[Place]]) -> int:
    count = 0
    for row, lower in pairwise(rows):
        at = {id(place): index for index, place in enumerate(lower)}
        ends = [
            at[id(one)] for place in row for one in sorted(place.below, key=lambda p: at[id(p)])
        ]
        count += sum(one > other for i, one in enumerate(ends) for other in ends[i + 1 :])
    return count


def _position(rows: list[list[Place]]) -> float:
    """Set the x of every place near its neighbours', no two in a row overlapping."""
    for row in rows:
        _spread(row, [0.0] * len(row))
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = []
            for place in row:
                near = [one.x for one in (*place.above, *place.below)]
                wanted.append(sum(near) / len(near) if near else place.x)
            _spread(row, wanted)
    left = min(place.x - place.width / 2 for row in rows for place in row)
    right = max(place.x + place.width / 2 for row in rows for place in row)
    for row in rows:
        for place in row:
            place.x -= left
    return right - left


def _spread(row: list[Place], wanted: list[float]) -> None:
    """Put the places of a row as near to where they are wanted as their widths allow.

    Neighbours that would overlap become one block around the mean of what its members want.
    """
    blocks: list[tuple[float, list[tuple[Place, float]], float]] = []
    for place, want in zip(row, wanted, strict=True):
        # a block: the sum of its members' wishes for its left end, members with offsets, its width
        block = (want - place.width / 2, [(place, 0.0)], place.width)
        while blocks:
            total, members, width = blocks[-1]
            if total / len(members) + width + _GAP <= block[0] / len(block[1]):
                break
            blocks.pop()
            shift = width + _GAP
            moved = [(one, offset + shift) for one, offset in block[1]]
            block = (total + block[0] - shift * len(moved), members + moved, shift + block[2])
        blocks.append(block)
    for total, members, _ in blocks:
        left = total / len(members)
        for place, offset in members:
            place.x = left + offset + place.width / 2
