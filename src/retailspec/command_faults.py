"""`retailspec faults`: how much the suite catches, and whom it accuses."""

from __future__ import annotations

import time

import click

from retailspec.faults.measure import measure
from retailspec.faults.model import CORPORA
from retailspec.report.faults import as_json, line, score_lines

__all__ = ["run_faults"]


def run_faults(names: tuple[str, ...], *, form: str, quiet: bool) -> bool:
    """Run the suite against every seeded fault and liberty, and print what came of it.

    Args:
        names: The contracts; empty for all.
        form: `text` or `json`.
        quiet: Whether only what went wrong, and the score, is printed.

    Returns:
        Whether every fault was caught by its rule and every liberty passed.

    Raises:
        UsageError: There is no corpus for a contract.
    """
    began = time.perf_counter()
    measured = []
    for one in measure(names or CORPORA):
        measured.append(one)
        if form == "text" and not (quiet and one.right):
            click.echo(line(one))
    seconds = time.perf_counter() - began
    if form == "json":
        click.echo(as_json(measured, seconds), nl=False)
    else:
        click.echo("\n".join(["", *score_lines(measured, seconds)]))
    return all(one.right for one in measured)
