"""The state diagram of a lifecycle: where every box, line and label of it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retailspec.report.layout import Edge, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.report.layout import Place

__all__ = ["Box", "Diagram", "Line", "diagram"]

Record = dict[str, Any]

MARKS = {"held": "✓", "broken": "✗", "advisory": "!", "waived": "~", "not judged": "?"}
"""The sign of each verdict, so that colour is not all that tells them apart."""

_LETTER, _SMALL = 8.2, 7.0
_PADDING = 26.0
_TITLE, _ROW = 34.0, 17.0
_LABEL, _BETWEEN = 22.0, 30.0
_MARGIN = 14.0


@dataclass(frozen=True)
class Box:
    """A state, with the calls that leave an order where it is.

    Args:
        title: How the state is called.
        x: Its left side.
        y: Its top.
        width: Its width.
        height: Its height.
        initial: Whether orders begin there.
        final: Whether no call leaves it.
        stays: Per call that keeps the state, its text, its verdict and its baseline.
    """

    title: str
    x: float
    y: float
    width: float
    height: float
    initial: bool
    final: bool
    stays: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Line:
    """A transition from one state to another one.

    Args:
        path: Its SVG path.
        label: The call, with its verdict's mark.
        verdict: The verdict.
        x: The middle of the label.
        y: The label's baseline.
        width: The label's width.
    """

    path: str
    label: str
    verdict: str
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Diagram:
    """A state diagram, and how large it is."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def diagram(lifecycle: Record) -> Diagram:
    """Return the state diagram of a lifecycle.

    Args:
        lifecycle: The lifecycle as a report has it, each transition with its verdict.
    """
    moves = [one for one in lifecycle["transitions"] if one["to"] != one["from"]]
    stays = {
        state["id"]: [
            one for one in lifecycle["transitions"] if one["from"] == one["to"] == state["id"]
        ]
        for state in lifecycle["states"]
    }
    widths = {state["id"]: _width(state, stays[state["id"]]) for state in lifecycle["states"]}
    edges = [Edge(one["from"], one["to"], len(_text(one)) * _SMALL + 10) for one in moves]
    places, ways, width = lay_out(widths, edges, lifecycle["initial"])
    tall = max(len(kept) for kept in stays.values())
    box = _TITLE + tall * _ROW
    levels = _levels(max(place.layer for place in places.values()), box)
    boxes = [
        _box(state, stays[state["id"]], places[state["id"]], levels, lifecycle["initial"])
        for state in lifecycle["states"]
    ]
    heights = {
        id(places[state["id"]]): _height(stays[state["id"]]) for state in lifecycle["states"]
    }
    lines = [_line(one, way, levels, heights) for one, way in zip(moves, ways, strict=True)]
    return Diagram(
        width=round(width + 2 * _MARGIN, 1),
        height=round(max(one.y + one.height for one in boxes) + _MARGIN, 1),
        boxes=tuple(boxes),
        lines=tuple(lines),
    )


def _text(transition: Record) -> str:
    return f"{MARKS[transition['verdict']]} {transition['call']}"


def _stay(transition: Record) -> str:
    kind = "keeps it" if transition["accepted"] else "refused"
    return f"{_text(transition)}: {kind}"


def _width(state: Record, stays: Sequence[Record]) -> float:
    longest = max((len(_stay(one)) * _SMALL for one in stays), default=0.0)
    return max(len(state["title"]) * _LETTER, longest) + _PADDING


def _height(stays: Sequence[Record]) -> float:
    return _TITLE + len(stays) * _ROW + (4 if stays else 0)


def _levels(last: int, box: float) -> list[float]:
    """Return the top of every layer: boxes in the even ones, labels in the odd ones."""
    tops, y = [], _MARGIN + 18
    for layer in range(last + 1):
        tops.append(y)
        y += (box if layer % 2 == 0 else _LABEL) + _BETWEEN
    return tops


def _box(
    state: Record, stays: Sequence[Record], place: Place, levels: Sequence[float], initial: str
) -> Box:
    top = levels[place.layer]
    return Box(
        title=state["title"],
        x=round(place.x - place.width / 2 + _MARGIN, 1),
        y=top,
        width=round(place.width, 1),
        height=_height(stays),
        initial=state["id"] == initial,
        final=state["final"],
        stays=tuple(
            (_stay(one), one["verdict"], top + _TITLE + row * _ROW + 8)
            for row, one in enumerate(stays)
        ),
    )


def _line(
    transition: Record, way: list[Place], levels: Sequence[float], heights: dict[int, float]
) -> Line:
    upwards = way[0].layer > way[-1].layer
    label = way[1]
    points: list[tuple[float, float]] = []
    for number, place in enumerate(way):
        x, top = place.x + _MARGIN, levels[place.layer]
        if number == 0:
            x += _leaning(place, way[1])
            points.append((x, top if upwards else top + heights[id(place)]))
        elif number == len(way) - 1:
            x += _leaning(place, way[-2])
            points.append((x, top + heights[id(place)] if upwards else top))
        elif place.layer % 2:
            ends = (top + _LABEL, top) if upwards else (top, top + _LABEL)
            points += [(x, end) for end in ends]
        else:
            bottom = levels[place.layer + 1] - _BETWEEN
            points += [(x, end) for end in ((bottom, top) if upwards else (top, bottom))]
    return Line(
        path=_curve(points),
        label=_text(transition),
        verdict=transition["verdict"],
        x=round(label.x + _MARGIN, 1),
        y=round(levels[label.layer] + 15, 1),
        width=round(label.width, 1),
    )


def _leaning(place: Place, other: Place) -> float:
    """Return how far from a box's middle a line begins or ends, towards where it goes."""
    room = place.width / 2 - 14
    return max(-room, min(room, (other.x - place.x) * 0.45))


def _curve(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        if abs(to_x - x) < 0.5:
            parts.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            half = (y + to_y) / 2
            parts.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(parts)
