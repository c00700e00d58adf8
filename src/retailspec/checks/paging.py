"""Reading a list in pages: where an answer has what, and how long to wait for more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from retailspec.contract.model import Case
from retailspec.match import show
from retailspec.values import instant, pick

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from retailspec.exchange import Exchange
    from retailspec.runner import Run

__all__ = ["WINDOW", "Layout", "NoPage", "Page", "Patience", "Reader"]

WINDOW = 50
"""Records that a long read asks for."""

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_LEAST_TRIES = 3


class NoPage(Exception):
    """A read was not answered with a page.

    Attributes:
        exchange: What came of it.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.status)
        self.exchange = exchange

    @property
    def answer(self) -> str:
        """What came instead of a page, in words."""
        exchange = self.exchange
        return f"status {exchange.status}" if exchange.response else exchange.error or "no answer"


@dataclass(frozen=True)
class Layout:
    """Where a paged call has what: parameters by name, parts of an answer by JSON pointer.

    Args:
        call: The base call that reads a page.
        limit: The query parameter for the most records of a page.
        offset: The query parameter for the records before the page.
        since: The query parameter for the instant that records were last updated at or after.
        records: The list of records.
        total: The number of records on all pages.
        key: What tells a record from others, in the record.
        created: When a record was created, in the record.
        updated: When it was last updated, in the record.
    """

    call: str
    limit: str
    offset: str
    since: str
    records: str
    total: str
    key: tuple[str, ...]
    created: str
    updated: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Layout:
        """Return the layout in a checker's settings; other settings are left alone."""
        known = {name: options[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "key": tuple(known["key"])})


@dataclass(frozen=True)
class Page:
    """One page as it was read.

    Args:
        layout: Where it has what.
        exchange: The request and its answer.
        offset: The offset that was asked for.
        limit: The limit that was asked for.
        since: The instant that was asked for, as text, or None.
    """

    layout: Layout
    exchange: Exchange
    offset: int
    limit: int
    since: str | None = None

    @cached_property
    def body(self) -> Any:
        """The answer's JSON value."""
        return None if self.exchange.response is None else self.exchange.response.json

    @cached_property
    def records(self) -> list[Any]:
        """The records, as they came."""
        found = pick(self.body, self.layout.records)
        return found if isinstance(found, list) else []

    @cached_property
    def keys(self) -> list[str]:
        """Per record what tells it from others."""
        return [
            " ".join(show(pick(record, pointer)) for pointer in self.layout.key)
            for record in self.records
        ]

    @cached_property
    def moments(self) -> list[datetime | None]:
        """Per record when it was last updated, where that can be read."""
        return [instant(pick(record, self.layout.updated)) for record in self.records]

    @property
    def total(self) -> int | None:
        """How many records all pages have together, where the answer says so."""
        found = pick(self.body, self.layout.total)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def end(self) -> int:
        """The number of records up to the page's end."""
        return self.offset + len(self.records)

    @cached_property
    def state(self) -> list[tuple[str, str]]:
        """What changes where a record comes, goes, moves or is updated."""
        told = [show(pick(record, self.layout.updated)) for record in self.records]
        return list(zip(self.keys, told, strict=True))


class Patience:
    """The time that a target has for what comes later, with pauses that grow.

    Args:
        run: The run, whose waiting is added up.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.seconds = run.target.config.patience
        self._until = time.monotonic() + self.seconds
        self._pause = _FIRST_PAUSE
        self._tries = 0

    @property
    def left(self) -> bool:
        """Whether there is time left; a few tries are always made."""
        return self._tries < _LEAST_TRIES or time.monotonic() < self._until

    def wait(self) -> None:
        """Wait a moment, each time somewhat longer."""
        self._tries += 1
        time.sleep(self._pause)
        self._run.waited += self._pause
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)


class Reader:
    """Reads pages.

    Args:
        run: The run.
        layout: Where the call has what.
    """

    def __init__(self, run: Run, layout: Layout) -> None:
        self._run = run
        self._layout = layout

    def read(self, offset: int, limit: int, since: str | None = None) -> Page:
        """Return a page.

        Raises:
            NoPage: The answer is no 2xx.
            NotJudged: The target stays busy.
        """
        layout = self._layout
        query = {layout.limit: limit, layout.offset: offset, layout.since: since}
        exchange = self._run.call(Case(layout.call, "", {"query": query}, {}))
        if not exchange.accepted:
            raise NoPage(exchange)
        return Page(layout, exchange, offset, limit, since)

    def read_on(self, page: Page, limit: int) -> Page | None:
        """Return the page that follows one, or None where that one was the last.

        Raises:
            NoPage: The answer is neither a page nor a refusal.
            NotJudged: The target stays busy.
        """
        if not page.records:
            return None
        try:
            return self.read(page.end, limit, page.since)
        except NoPage as none:
            if none.exchange.refused:
                return None
            raise
