"""What got better and what got worse between two reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ABSENT", "Change", "Comparison", "compare"]

Record = dict[str, Any]

ABSENT = "absent"
"""Stands for the verdict of a rule that a report does not have."""

_SEVERITY = {"held": 0, "advisory": 1, "waived": 1, "broken": 2}
_UNKNOWN = frozenset({ABSENT, "not judged"})


@dataclass(frozen=True)
class Change:
    """A rule that ended otherwise than before.

    Args:
        rule: The rule's id with its contract.
        level: How binding it is.
        old: How it ended before, or `absent`.
        new: How it ended now, or `absent`.
        why: Why it is not judged now, or what was found.
    """

    rule: str
    level: str
    old: str
    new: str
    why: str = ""

    @property
    def worse(self) -> bool:
        """Whether it is broken, or more so, and was not known to be, or held and is not shown to.

        A rule that held and that the new report does not judge counts: nothing shows that it still
        holds.
        """
        if self.new in _UNKNOWN:
            return self.old == "held"
        return _SEVERITY[self.new] > _SEVERITY.get(self.old, 0)

    @property
    def better(self) -> bool:
        """Whether it holds, and was not known to."""
        return self.new == "held" and self.old != "held"


@dataclass(frozen=True)
class Comparison:
    """Two reports side by side.

    Args:
        changes: The rules that ended otherwise, in the order of the new report, then of the old.
        same: How many rules ended alike, by verdict.
        notes: In what the two runs differ besides.
    """

    changes: tuple[Change, ...]
    same: dict[str, int]
    notes: tuple[str, ...]

    @property
    def worse(self) -> tuple[Change, ...]:
        """The changes for the worse."""
        return tuple(change for change in self.changes if change.worse)

    def lines(self) -> Iterator[str]:
        """Yield the comparison as text."""
        better = [change for change in self.changes if change.better]
        other = [change for change in self.changes if not (change.worse or change.better)]
        for title, changes in (("worse", self.worse), ("better", better), ("otherwise", other)):
            if changes:
                yield f"{title}: {len(changes)}"
                for change in changes:
                    why = f": {change.why}" if change.why else ""
                    yield f"  {change.rule} ({change.level}): {change.old} -> {change.new}{why}"
        alike = ", ".join(f"{count} {verdict}" for verdict, count in self.same.items())
        yield f"as before: {alike or 'nothing'}"
        for note in self.notes:
            yield f"note: {note}"
        yield "worse than before" if self.worse else "not worse than before"


def compare(old: Record, new: Record) -> Comparison:
    """Return what changed from one report to another one.

    Rules that no report judges, the mays, are left out.
    """
    before, after = _rules(old), _rules(new)
    changes, same = [], dict.fromkeys(("held", "broken", "advisory", "waived", "not judged"), 0)
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        was = ABSENT if one is None else one["verdict"]
        now = ABSENT if other is None else other["verdict"]
        if was == now:
            same[was] += 1
            continue
        known = other or one or {}
        changes.append(Change(name, known["level"], was, now, _why(other)))
    return Comparison(
        tuple(changes),
        {verdict: count for verdict, count in same.items() if count},
        tuple(_notes(old, new)),
    )


def _rules(report: Record) -> dict[str, Record]:
    return {
        f"{contract['contract']}/{rule['rule']}": rule
        for contract in report["contracts"]
        for rule in contract["rules"]
        if rule["level"] != "may"
    }


def _why(rule: Record | None) -> str:
    if rule is None or rule["verdict"] == "held":
        return ""
    if rule["verdict"] == "not judged":
        return "; ".join(rule["reasons"])
    if rule["verdict"] == "waived" and rule["waiver"] is not None:
        return str(rule["waiver"]["reason"])
    first = rule["findings"][:1]
    return "".join(f"expected {one['expected']}, got {one['actual']}" for one in first)


def _notes(old: Record, new: Record) -> Iterator[str]:
    for place, report in (("old", old), ("new", new)):
        if not report["complete"]:
            yield f"the {place} run ended early"
    was, now = old["tool"]["version"], new["tool"]["version"]
    if was != now:
        yield f"retailspec {was} wrote the old report, {now} the new one"
    for key in ("seed", "depth", "effort", "profile", "races", "select", "schemathesis", "replay"):
        if old["options"][key] != new["options"][key]:
            yield f"{key}: {old['options'][key]} before, {new['options'][key]} now"
    targets = _targets(new)
    for name, target in _targets(old).items():
        if name in targets and targets[name] != target:
            yield f"{name}: {target} before, {targets[name]} now"


def _targets(report: Record) -> dict[str, str]:
    return {
        one["contract"]: "embedded server"
        if one["target"]["embedded"]
        else one["target"]["base_url"] or "not reached"
        for one in report["contracts"]
    }
