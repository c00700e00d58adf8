"""The table of seeded faults and liberties, and the score."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.faults.measure import Measured

__all__ = ["as_json", "line", "score_lines"]

_MOST = 3


def line(one: Measured) -> str:
    """Return one fault or liberty as a line: its name, its rule, who caught it, what it took."""
    rules = [*one.broken, *one.advisory]
    others = [rule for rule in rules if rule != one.breaks]
    also = ", ".join(others[:_MOST]) + (
        f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
    )
    if one.breaks is not None:
        word = "caught" if one.right else "MISSED"
        said = f"by {one.breaks}" if one.right else f"not by {one.breaks}"
        said += f" (also {also})" if also else ""
    else:
        word = "passed" if one.right else "ACCUSED"
        said = f"costs {also}" if also else "costs nothing"
    return f"{word:<8}{one.contract}/{one.name}: {said}; {one.calls} calls, {one.seconds:.2f} s"


def score_lines(measured: Sequence[Measured], seconds: float) -> Iterator[str]:
    """Yield the score per contract and in all, faults and liberties apart."""
    names = dict.fromkeys(one.contract for one in measured)
    width = max([*(len(name) for name in names), len("contract")])
    yield f"{'contract':<{width}}  {'faults caught':>15}  {'liberties passed':>16}"
    for name in [*names, "in all"]:
        own = [one for one in measured if name in {one.contract, "in all"}]
        faults = [one for one in own if one.breaks is not None]
        liberties = [one for one in own if one.breaks is None]
        caught = f"{sum(one.right for one in faults)} of {len(faults)}"
        passed = f"{sum(one.right for one in liberties)} of {len(liberties)}"
        yield f"{name:<{width}}  {caught:>15}  {passed:>16}"
    calls = sum(one.calls for one in measured)
    yield f"{calls} calls in {seconds:.1f} s"


def as_json(measured: Sequence[Measured], seconds: float) -> str:
    """Return everything that was measured as JSON."""
    entries = [
        {
            "contract": one.contract,
            "kind": "liberty" if one.breaks is None else "fault",
            "name": one.name,
            "says": one.says,
            "breaks": one.breaks,
            "costs": list(one.costs),
            "broken": list(one.broken),
            "advisory": list(one.advisory),
            "right": one.right,
            "calls": one.calls,
            "seconds": round(one.seconds, 4),
        }
        for one in measured
    ]
    return json.dumps({"seconds": round(seconds, 2), "measured": entries}, indent=2) + "\n"
