"""`retailspec traffic`: recorded traffic judged, both sides of it."""

from __future__ import annotations

import contextlib
import gc
import json
from typing import TYPE_CHECKING, Any

import click

from retailspec.clients.setup import Setup
from retailspec.clients.sharing import may_share, read_shared
from retailspec.clients.sources import STDIN, open_source
from retailspec.clients.tally import SIDES
from retailspec.errors import UsageError
from retailspec.report.clients import exit_status, verdict_lines
from retailspec.report.curl import plain
from retailspec.report.styling import styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.clients.tally import Tally
    from retailspec.clients.traffic import Read

__all__ = ["run_traffic", "sparing"]

_NOTHING = "nothing in it belongs to a contract: --contract NAME says which one is meant"
_COLLECT = 50_000  # objects between two collections: parsed JSON has no cycles


def run_traffic(
    files: Sequence[str],
    *,
    contract: str | None,
    target: str | None,
    strict: bool,
    side: str,
    exclusive: bool,
    form: str,
) -> int:
    """Judge recorded traffic, print the verdict, and return the exit status.

    Args:
        files: HAR files and recordings, compressed by gzip or not; `-` is the standard input.
        contract: The contract that all of it is judged by; None chooses by path.
        target: The target file with credentials, addresses and paths, or None.
        strict: Whether a broken should fails too.
        side: Whom the verdict is about: client, server or both.
        exclusive: Whether nobody else acted on the same orders.
        form: How it is printed: text or json.

    Raises:
        UsageError: A file or an option cannot be used.
    """
    if list(files).count(STDIN) > 1:
        raise UsageError("traffic: the standard input (-) can be read once")
    setup = Setup(contract, target, exclusive)
    traffic = setup.traffic()
    for file in files:
        if file != STDIN:
            with open_source(file):  # a file that is none is told before any is judged
                pass
    reads = []
    for file in files:
        with open_source(file) as source, sparing():
            label = f"{source.name}, " if len(files) > 1 else ""
            shared = may_share(file, source)
            reads.append(
                read_shared(file, traffic, setup, label) if shared else traffic.read(source, label)
            )
    traffic.close()
    tallies = list(traffic.tallies.values())
    sides = SIDES if side == "both" else (side,)
    status = exit_status(tallies, sides=sides, strict=strict)
    if form == "json":
        click.echo(json.dumps(_document(reads, tallies, sides, status), indent=2))
    else:
        for line, markup in _lines(reads, tallies, sides):
            click.echo(styled(line, markup))
    if status == 3:
        where = ", ".join(read.name for read in reads)
        said = "nothing could be judged"
        if not any(read.judged for read in reads):
            said = _NOTHING if contract is None else f"nothing in it belongs to {contract}"
        click.echo(f"retailspec: {where}: {said}", err=True)
    return status


@contextlib.contextmanager
def sparing() -> Iterator[None]:
    """Spare the collector what stays, and what has no cycles: parsed JSON."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _lines(
    reads: Sequence[Read], tallies: Sequence[Tally], sides: Sequence[str]
) -> Iterator[tuple[str, dict[str, bool]]]:
    for read in reads:
        yield from _read_lines(read)
    if tallies:
        yield from verdict_lines(tallies, sides=sides)


def _read_lines(read: Read) -> Iterator[tuple[str, dict[str, bool]]]:
    kind = "a HAR file" if read.kind == "HAR" else "a recording"
    one, some = ("entry", "entries") if read.kind == "HAR" else ("line", "lines")
    unit = one if read.entries == 1 else some
    yield f"{read.name}: {kind}: {read.entries} {unit}, {read.judged} judged", {"bold": True}
    for reason, count in read.skipped.most_common():
        yield f"  not judged: {count} x {plain(reason)}", {"cyan": True}
    if read.broken:
        yield f"  broken: {read.broken}, left out", {"yellow": True}
    for position, problem in read.places:
        yield f"    {position}: {plain(problem)}", {"yellow": True}
    if read.broken > len(read.places):
        yield f"    and {read.broken - len(read.places)} more", {"yellow": True}
    if read.cut:
        yield f"  cut: {read.cut}; what came before is judged", {"yellow": True}


def _document(
    reads: Sequence[Read], tallies: Sequence[Tally], sides: Sequence[str], status: int
) -> dict[str, Any]:
    return {
        "files": [
            {
                "file": read.name,
                "kind": read.kind,
                "entries": read.entries,
                "judged": read.judged,
                "skipped": dict(read.skipped),
                "broken": read.broken,
                "broken_at": [
                    {"position": position, "problem": problem} for position, problem in read.places
                ],
                "cut": read.cut,
            }
            for read in reads
        ],
        "contracts": [
            {
                "contract": tally.contract.name,
                "calls": dict(tally.calls),
                "answers": dict(tally.answers),
                "never_called": tally.never_called,
                "not_judged": dict(tally.unjudged),
                "notes": list(tally.notes),
                **{one: tally.records(one) for one in sides},
            }
            for tally in tallies
        ],
        "exit_status": status,
    }
