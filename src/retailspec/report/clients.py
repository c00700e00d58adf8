"""What judged exchanges said, for a person at a terminal: a client's verdict, and a server's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from retailspec.clients.tally import SIDES
from retailspec.report.terminal import MARKUP, finding_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.clients.tally import Tally
    from retailspec.report.terminal import Line

__all__ = ["exit_status", "verdict_lines"]

Record = dict[str, Any]


def verdict_lines(
    tallies: Sequence[Tally], *, sides: Sequence[str] = SIDES, where: str = ""
) -> Iterator[Line]:
    """Yield the lines of the verdict with their markup.

    Args:
        tallies: What was added up, a contract each.
        sides: Whom the verdict is about: the client, the server, or both.
        where: What was judged, in words: a file's name, a command.
    """
    records: list[Record] = []
    for tally in tallies:
        yield from _contract_lines(tally, sides, where)
        records += [one for side in sides for one in tally.records(side)]
    for verdict in ("broken", "advisory"):
        for record in records:
            if record["verdict"] == verdict:
                yield "", {}
                yield from finding_lines(record)
    yield "", {}
    for tally in tallies:
        for side in sides:
            yield _verdict(tally, side)


def exit_status(tallies: Sequence[Tally], *, sides: Sequence[str] = SIDES, strict: bool) -> int:
    """Return 1 where a must is broken (or, when strict, a should), 3 where nothing was judged."""
    records = [one for tally in tallies for side in sides for one in tally.records(side)]
    bad = {"broken", "advisory"} if strict else {"broken"}
    if any(record["verdict"] in bad for record in records):
        return 1
    return 0 if records else 3


def _contract_lines(tally: Tally, sides: Sequence[str], where: str) -> Iterator[Line]:
    contract = tally.contract
    yield "", {}
    yield f"{contract.name}: {contract.title}{f' ({where})' if where else ''}", {"bold": True}
    total = sum(tally.calls.values())
    told = ", ".join(f"{count} {name}" for name, count in sorted(tally.calls.items()))
    yield f"  calls: {total}{f' ({told})' if told else ''}", {}
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(tally.answers.items()))
    if answers:
        yield f"  answers: {answers}", {}
    if tally.never_called:
        yield f"  never called: {', '.join(tally.never_called)}", MARKUP["not judged"]
    for side in sides:
        yield from _side_lines(tally, side)
    for reason, count in tally.unjudged.items():
        yield f"  not judged: {count} x {reason}", MARKUP["not judged"]
    for note in tally.notes:
        yield f"  note: {note}", {}


def _side_lines(tally: Tally, side: str) -> Iterator[Line]:
    records = tally.records(side)
    if not records:
        return
    counts = Counter(record["verdict"] for record in records)
    worst = next((one for one in ("broken", "advisory") if counts[one]), "held")
    told = ", ".join(f"{counts[one]} {one}" for one in MARKUP if counts[one])
    yield f"  {side}: {told}", MARKUP[worst]
    if side == "client":
        width = max(len(record["rule"]) for record in records)
        for record in records:
            mark = record["verdict"].upper() if record["verdict"] == "broken" else record["verdict"]
            times = "call" if record["judged"] == 1 else "calls"
            yield (
                f"    {mark:<10} {record['rule']:<{width}} {record['judged']} {times}",
                MARKUP[record["verdict"]],
            )


def _verdict(tally: Tally, side: str) -> Line:
    name = f"{tally.contract.name}, the {side}"
    counts = Counter(record["verdict"] for record in tally.records(side))
    advised = counts["advisory"]
    also = f"; {advised} {'advisory' if advised == 1 else 'advisories'}" if advised else ""
    if counts["broken"]:
        rules = "rule" if counts["broken"] == 1 else "rules"
        return f"{name}: does not conform: {counts['broken']} must {rules} broken{also}", MARKUP[
            "broken"
        ]
    if not counts["held"] and not advised:
        return f"{name}: nothing could be judged", MARKUP["not judged"]
    return f"{name}: conforms, as far as it was judged{also}", MARKUP["held"]
