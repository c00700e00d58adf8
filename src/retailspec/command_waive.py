"""`retailspec waive`: a waiver file from a run's report, its reasons left for a person to give."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retailspec.contract import load_contract, names
from retailspec.errors import UsageError
from retailspec.files import write_text
from retailspec.report.curl import plain
from retailspec.report.files import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["run_waive", "waiver_file"]

_HEAD = """\
# Waivers: rules that the target is known to break. `--waivers FILE` keeps them from failing a run.
# Give each a reason; an empty one is refused. `expires` may set the last day on which it counts.
# An entry whose rule the target keeps fails the run until it is removed.
"""
_STDOUT = "-"


def run_waive(report: str, output: str, *, advisories: bool, force: bool) -> None:
    """Write a waiver file from a report, or print it where the output is `-`.

    Args:
        report: The report.json of a run.
        output: The file to write.
        advisories: Whether broken shoulds are waived too.
        force: Whether an existing file is overwritten.

    Raises:
        UsageError: The report cannot be read, or the file is there already or cannot be written.
    """
    path = Path(output)
    if output != _STDOUT and path.exists() and not force:
        raise UsageError(f"{path}: is there already; --force overwrites it, -o names another file")
    rules = list(_rules(Path(report), advisories=advisories))
    if not rules:
        kept = "" if output == _STDOUT else f"; {path} is not written"
        click.echo(f"nothing to waive{kept}", err=True)
        return
    text = waiver_file(rules)
    if output == _STDOUT:
        click.echo(text, nl=False)
        return
    write_text("-o", path, text)
    empty = sum(not _reason(rule) for rule in rules)
    click.echo(f"{path}: {len(rules)} waivers, {empty} of them without a reason yet")


def _rules(path: Path, *, advisories: bool) -> Iterator[dict[str, Any]]:
    wanted = {"broken", "waived", *(["advisory"] if advisories else [])}
    known = names()
    for contract in read_report(path)["contracts"]:
        name = contract["contract"]
        rules = load_contract(name).rules if name in known else {}
        for rule in contract["rules"]:
            if rule["verdict"] not in wanted:
                continue
            if rule["rule"] not in rules:
                raise UsageError(
                    f"{path}: {plain(name)}/{plain(rule['rule'])}: no such rule here; "
                    "make the report anew with this version"
                )
            yield {**rule, "contract": name}


def waiver_file(rules: list[dict[str, Any]]) -> str:
    """Return the text of a waiver file.

    Args:
        rules: The rules of a report that are to be waived, each with its `contract`; one that was
            waived in that run keeps its reason and its last day.
    """
    return "\n".join([_HEAD, *("\n".join(_entry(rule)) + "\n" for rule in rules)])


def _entry(rule: dict[str, Any]) -> Iterator[str]:
    yield from _comment(f"{rule['level']}: {rule['says']}")
    yield from _comment(f"where: {rule['where']}")
    for finding in rule["findings"][:1]:
        yield from _comment(f"expected {finding['expected']}, got {finding['actual']}")
    yield "[[waiver]]"
    yield f"rule = {_quoted(rule['contract'] + '/' + rule['rule'])}"
    yield f"reason = {_quoted(_reason(rule))}"
    expires = rule["waiver"]["expires"] if rule["waiver"] else None
    yield f"expires = {expires}" if expires else "# expires = 2030-12-31"


def _reason(rule: dict[str, Any]) -> str:
    return str(rule["waiver"]["reason"]) if rule["waiver"] else ""


def _comment(text: str) -> list[str]:
    line = " ".join(plain(text).split())
    return textwrap.wrap(line, 98, initial_indent="# ", subsequent_indent="#   ")


def _quoted(text: str) -> str:
    return json.dumps(plain(text), ensure_ascii=False)
