"""What a JUnit report says of a rule besides passed, failed and skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.report.outcome import Record

__all__ = ["properties", "silence"]


def properties(record: Record) -> list[tuple[str, str]]:
    """Return the properties of a rule's test case.

    A broken should passes and a waived rule is skipped, so the properties are where a reader of
    the file learns what was seen.

    Args:
        record: The rule's record.
    """
    return list(_properties(record))


def _properties(record: Record) -> Iterator[tuple[str, str]]:
    yield "rule", f"{record['contract']}/{record['rule']}"
    yield "contract", record["contract"]
    yield "level", record["level"]
    yield "where", record["where"]
    yield "verdict", record["verdict"]
    if record["waiver"] is not None:
        yield "waiver", record["waiver"]["reason"]
        if record["waiver"]["expires"] is not None:
            yield "waiver-expires", record["waiver"]["expires"]
    for finding in record["findings"][:1]:
        yield "expected", finding["expected"]
        yield "actual", finding["actual"]
        if finding["curl"] is not None:
            yield "call", finding["curl"]


def silence(record: Record) -> str:
    """Return why a rule's test case is skipped: what keeps it from being judged, or its waiver.

    Args:
        record: The rule's record.
    """
    if record["verdict"] == "waived":
        return f"waived: {record['waiver']['reason']}"
    return f"not judged: {'; '.join(record['reasons'])}"
