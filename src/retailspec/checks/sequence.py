"""The records of one query compared page by page, and what changed told from what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retailspec.build import NotJudged
from retailspec.checks.paging import NoPage
from retailspec.match import Mismatch, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.checks.paging import Page, Patience, Reader
    from retailspec.exchange import Exchange

__all__ = ["Objection", "Sequence"]


@dataclass(frozen=True)
class Objection:
    """What a page has that it should not have.

    Args:
        aspect: What is judged by it, e.g. `offset`.
        miss: What was expected and what was found.
        exchange: The read that shows it.
        before: The reads that it is compared with.
        certain: Whether it shows in one answer alone, whatever changes between two.
    """

    aspect: str
    miss: Mismatch
    exchange: Exchange
    before: tuple[Exchange, ...] = ()
    certain: bool = False


class Sequence:
    """The records of one query, as one long read shows them: what pages are compared with.

    Args:
        reader: Reads pages.
        patience: How long to wait for the list to be at rest.
        window: The long read.
    """

    def __init__(self, reader: Reader, patience: Patience, window: Page) -> None:
        self.reader = reader
        self.patience = patience
        self._begin(window)

    def _begin(self, window: Page) -> None:
        """Compare with this long read from now on."""
        self.window = window
        rows = enumerate(window.keys)
        self._places = {key: (at, window.exchange) for at, key in rows}

    @property
    def whole(self) -> bool:
        """Whether the long read has all records of the query."""
        return self.window.total == len(self.window.records) < self.window.limit

    def again(self) -> Page:
        """Make the long read once more.

        Raises:
            NoPage: The answer is no 2xx.
            NotJudged: The target stays busy.
        """
        return self.reader.read(0, self.window.limit, self.window.since)

    def settled(self, look: Callable[[], list[Objection]]) -> list[Objection]:
        """Return the objections of a look at the records, made while they did not change.

        Each time that the look objects, the long read is made again; where it shows another
        history than before, the look is made again too.

        Args:
            look: Compares reads of its own with `window`.

        Raises:
            NotJudged: The records kept changing.
        """
        shuffled = 0
        while objections := look():
            if all(one.certain for one in objections):
                return objections
            fresh = self.again()
            before = self.window
            if fresh.state == before.state and fresh.total == before.total:
                return objections
            self._begin(fresh)
            shuffled += _in_other_order(before, fresh)
            if shuffled > 1:
                return [_shuffled(before, fresh)]
            if not self.patience.left:
                raise NotJudged(
                    "the records kept changing for the target's patience of "
                    f"{self.patience.seconds:g} s"
                )
            self.patience.wait()
        return []

    def page(self, offset: int, limit: int) -> list[Objection]:
        """Return what is wrong with a page, compared with the long read."""
        window = self.window
        past = offset >= max(len(window.records), window.total or 0)
        try:
            page = self.reader.read(offset, limit, window.since)
        except NoPage as none:
            if past:
                return []
            miss = Mismatch(f"the records after the first {offset}", none.answer)
            return [Objection("offset", miss, none.exchange, (window.exchange,))]
        found = []
        expected = window.keys[offset : offset + limit]
        actual = page.keys[:limit] if self.whole else page.keys[: len(expected)]
        if actual != expected:
            place = f"the records {offset + 1} to {offset + len(expected)}" if expected else "none"
            miss = Mismatch(
                f"{place} of the long read before it ({show(expected)})",
                show(actual),
                self.window.layout.records,
            )
            found.append(Objection("offset", miss, page.exchange, (window.exchange,)))
        else:
            found += self._moved(page)
        total = _total(window, page)
        return found if total is None else [*found, total]

    def _moved(self, page: Page) -> list[Objection]:
        """Return the objection to a record that a read before had in another place."""
        if len(set(self.window.keys)) < len(self.window.keys):
            return []  # what should tell records apart does not
        for at, key in enumerate(page.keys, page.offset):
            place, exchange = self._places.setdefault(key, (at, page.exchange))
            if place != at:
                miss = Mismatch(
                    f"another record than {key}, which was read at {place} before",
                    f"the same record at {at}",
                    f"{page.layout.records}/{at - page.offset}",
                )
                return [Objection("offset", miss, page.exchange, (exchange,))]
        return []


def _in_other_order(before: Page, fresh: Page) -> bool:
    """Tell whether records that did not change follow one another in another order."""
    common = set(before.state) & set(fresh.state)
    return [one for one in before.state if one in common] != [
        one for one in fresh.state if one in common
    ]


def _shuffled(before: Page, fresh: Page) -> Objection:
    miss = Mismatch(
        f"the same order at each read while nothing changes ({show(before.keys[:10])})",
        show(fresh.keys[:10]),
        fresh.layout.records,
    )
    return Objection("offset", miss, fresh.exchange, (before.exchange,))


def _total(window: Page, page: Page) -> Objection | None:
    if page.total is None or (not page.records and page.offset >= (window.total or 0)):
        return None
    if page.records and page.total < page.end:
        miss = Mismatch(f"at least {page.end}", str(page.total), page.layout.total)
    elif window.total is not None and page.total != window.total:
        miss = Mismatch(
            f"{window.total}, as on the page before it", str(page.total), page.layout.total
        )
    else:
        return None
    return Objection("total", miss, page.exchange, (window.exchange,))
