"""Pages of the history that a faulty server fails over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import status_of_history
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from datetime import datetime

    from retailspec.reference.sirclo_history import HistoryRecord

__all__: list[str] = []


class _FailsToCount(Prompt):
    """Fails over some numbers of a query."""

    field: ClassVar[str]
    pattern: ClassVar[str]

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == self.field and text is not None and re.fullmatch(self.pattern, text):
            self.refuse(500, "Something went wrong")
        return super().check_count(field, text, default)


for _field, _other in (("limit", "offset=0"), ("offset", "limit=10")):
    for _name, _words, _form, _value in (
        ("Huge", f"A {_field} of twenty digits", r"\d{20,}", "99999999999999999999"),
        ("Negative", f"A {_field} below zero", r"-\d+", "-1"),
        ("NoNumber", f"A word as {_field}", r"[a-z]+", "ten"),
        ("Empty", f"An empty {_field}", "", ""),
    ):
        seed("no-server-error", status_of_history(f"{_other}&{_field}={_value}"))(
            variant(
                _FailsToCount,
                f"FailsOn{_name}{_field.title()}",
                f"{_words} is answered 500.".replace("A offset", "An offset"),
                field=_field,
                pattern=_form,
            )
        )


class _FailsToRead(Prompt):
    """Fails over some instants of a query."""

    pattern: ClassVar[str]

    def check_timestamp(self, text: str | None) -> datetime | None:
        if text is not None and re.fullmatch(self.pattern, text):
            self.refuse(500, "Something went wrong")
        return super().check_timestamp(text)


for _name, _says, _form, _value in (
    ("FailsOnAnEmptyInstant", "An empty updated_at is answered 500.", "", ""),
    (
        "FailsOnTheFirstInstant",
        "The first instant of all, which is in no year in UTC, is answered 500.",
        "0001-01-01T00.*",
        "0001-01-01T00:00:00%2B00:01",
    ),
    ("FailsOnAWord", "A word as updated_at is answered 500.", "[a-z]+", "yesterday"),
    (
        "FailsOnTheLastInstant",
        "The last instant of all, which is in no year in UTC, is answered 500.",
        "9999-12-31T23.*-.*",
        "9999-12-31T23:59:59-23:59",
    ),
):
    seed("no-server-error", status_of_history(f"limit=10&offset=0&updated_at={_value}"))(
        variant(_FailsToRead, _name, _says, pattern=_form)
    )


@seed("no-server-error", status_of_history("limit=10&offset=90"))
class FailsPastTheEnd(Prompt):
    """A page past the end is answered 500."""

    def page(self, records: list[HistoryRecord], limit: int, offset: int) -> list[HistoryRecord]:
        if offset > len(records):
            self.refuse(500, "Something went wrong")
        return super().page(records, limit, offset)


@seed("no-server-error", status_of_history("limit=0&offset=0"))
class FailsOnLimitsOfZero(Prompt):
    """A page of no record is answered 500, by a division."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == "limit" and text == "0":
            self.refuse(500, "Something went wrong")
        return super().check_count(field, text, default)


class _FailsOnDefaults(Prompt):
    """Fails over a query that lacks a number."""

    field: ClassVar[str]

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == self.field and text is None:
            self.refuse(500, "Something went wrong")
        return super().check_count(field, text, default)


for _field, _rest in {"limit": "offset=0", "offset": "limit=10"}.items():
    seed("no-server-error", status_of_history(_rest))(
        variant(
            _FailsOnDefaults,
            f"FailsWithout{_field.title()}",
            f"A page without {_field} is answered 500.",
            field=_field,
        )
    )
