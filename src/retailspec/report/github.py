"""Annotations for GitHub Actions: workflow commands on standard output.

The runner takes any line that begins with `::` for a command, whoever wrote it, so the text of a
report, which quotes what a server answered, is printed while commands are stopped.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.report.outcome import Outcome, Record

__all__ = ["command", "commands", "resume", "stop"]

_MOST = 10
"""GitHub shows no more annotations of a kind for one step."""

_LONGEST = 3_000
"""Characters of a message; GitHub cuts longer ones."""


def command(name: str, title: str, message: str) -> str:
    """Return a workflow command that makes an annotation.

    Args:
        name: `error`, `warning` or `notice`.
        title: Its title.
        message: Its text, which may have several lines.
    """
    shown = message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"
    return f"::{name} title={_property(title)}::{_data(shown)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def stop() -> str:
    """Return a token that nobody can guess, by which commands are stopped and resumed."""
    return f"retailspec-{secrets.token_hex(16)}"


def resume(token: str) -> str:
    """Return the line that has the runner obey commands again."""
    return f"::{token}::"


def commands(outcome: Outcome) -> Iterator[str]:
    """Yield a workflow command per rule that needs attention, errors first.

    Of each kind there are no more than GitHub shows; the last one counts what is left out.

    Args:
        outcome: The results.
    """
    failing = ("broken", "advisory") if outcome.strict else ("broken",)
    errors = [_of(record) for record in outcome.ended(*failing)]
    errors += [("stale waiver", line) for line in outcome.stale.values()]
    warned = [] if outcome.strict else outcome.ended("advisory")
    notices = [_of(record) for record in outcome.ended("waived")]
    silent = len(outcome.ended("not judged"))
    if silent:
        told = f"{silent} rules could not be judged; the report says what would unlock each"
        notices.append(("not judged", told))
    yield from _kind("error", errors)
    yield from _kind("warning", [_of(record) for record in warned])
    yield from _kind("notice", notices)


def _kind(name: str, entries: list[tuple[str, str]]) -> Iterator[str]:
    shown = entries if len(entries) <= _MOST else entries[: _MOST - 1]
    for title, message in shown:
        yield command(name, title, message)
    rest = len(entries) - len(shown)
    if rest:
        yield command(name, f"and {rest} more", "the job summary and the report have them all")


def _of(record: Record) -> tuple[str, str]:
    title = f"{record['contract']}/{record['rule']} ({record['level']}) {record['verdict']}"
    lines = [record["says"], f"where: {record['where']}"]
    if record["verdict"] == "waived":
        lines.append(f"waived: {record['waiver']['reason']}")
    findings = record["findings"]
    for finding in findings[:1]:
        at = f" (at {finding['pointer']})" if finding["pointer"] else ""
        lines += [f"expected: {finding['expected']}{at}", f"got: {finding['actual']}"]
        if finding["curl"] is not None:
            lines.append(f"call: {finding['curl']}")
    if len(findings) > 1:
        lines.append(f"{len(findings)} calls show it")
    return title, "\n".join(lines)
