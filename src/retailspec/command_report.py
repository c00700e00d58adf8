"""`retailspec report` and `retailspec compare`: what can be done with a report.json."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailspec.files import check_writable
from retailspec.report.again import outcome_of, text_of
from retailspec.report.compare import compare
from retailspec.report.curl import plain
from retailspec.report.files import dump, read_report, write_files
from retailspec.report.page import page

if TYPE_CHECKING:
    from typing import Any

__all__ = ["FORMS", "run_compare", "run_report"]

FORMS = ("text", "html", "markdown", "json")


def run_report(file: str, *, html: str | None, form: str | None) -> None:
    """Render a report again.

    Args:
        file: The report.json.
        html: The file to write the page to, or None.
        form: What to print, one of `FORMS`; None prints text where no page is written.

    Raises:
        UsageError: The file is no report, or the page cannot be written.
    """
    if html is not None:
        check_writable("--html", Path(html))
    report = read_report(Path(file))
    if html is not None:
        write_files(Path(html).parent, {Path(html).name: page(report)})
    if form is not None or html is None:
        click.echo(_rendered(report, form or "text"), nl=False)


def _rendered(report: dict[str, Any], form: str) -> str:
    if form == "html":
        return page(report)
    if form == "json":
        return dump(report)
    if form == "markdown":
        from retailspec.report.markdown import summary  # noqa: PLC0415 - rarely wanted

        return plain(summary(outcome_of(report)))
    return "\n".join(plain(line).rstrip() for line in text_of(report)).lstrip("\n") + "\n"


def run_compare(old: str, new: str) -> bool:
    """Print what got better and worse, and return whether nothing got worse.

    Args:
        old: The report.json to compare with.
        new: The one that is compared.

    Raises:
        UsageError: A file is no report.
    """
    compared = compare(read_report(Path(old)), read_report(Path(new)))
    for line in compared.lines():
        click.echo(plain(line))
    return not compared.worse
