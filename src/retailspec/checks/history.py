"""The history checkers: pages of a list that grows, its filter, and what a call leaves in it."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.checks.paging import WINDOW, Layout, NoPage, Page, Patience, Reader
from retailspec.checks.sequence import Objection, Sequence
from retailspec.contract.model import Case
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch
from retailspec.values import instant, pick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from retailspec.contract.model import Rule
    from retailspec.runner import Run

__all__ = ["pages"]

_ENOUGH = 5
_PAGES = ((0, 2), (2, 2), (1, 3), (3, 1))
_MOST_PAGES = 30
_LONG_AGO = timedelta(days=5 * 365)
_LONG_AFTER = timedelta(days=1)
_STEP = timedelta(seconds=1)
_OTHER_ZONE = timezone(-timedelta(hours=5))
"""A zone to spell an instant in; its sign needs no escape in a query."""


@checker("history.pages")
def pages(making: Making) -> list[Check]:
    """Return the check that reads a history page by page, for all rules that are judged by it.

    The settings of each rule: those of `Layout`; `judges`, its aspect (`offset`, `total` or
    `updated_at`); `fill`, the call that adds a record where there are too few.
    """
    groups: dict[tuple[Layout, str], dict[str, Rule]] = {}
    for rule in making.rules:
        group = (Layout.of(rule.options), rule.options["fill"])
        groups.setdefault(group, {})[rule.options["judges"]] = rule
    operations = {name: call.operation for name, call in making.contract.calls.items()}
    return [
        Check(
            id=f"pages of {layout.call}",
            rules=frozenset(rule.id for rule in rules.values()),
            run=_judging(layout, fill, rules),
            calls=Counter({operations[layout.call]: 14}),
        )
        for (layout, fill), rules in groups.items()
    ]


def _judging(
    layout: Layout, fill: str, rules: Mapping[str, Rule]
) -> Callable[[Run], Iterator[Judgement]]:
    def run(run: Run) -> Iterator[Judgement]:
        history = _History(run, layout, fill)
        try:
            history.begin()
            looks = {("updated_at",): history.filtered(), ("offset", "total"): history.paged()}
        except NoPage as none:
            raise NotJudged(f"{layout.call} answered with {none.answer}") from None
        for aspects, (objections, reason) in looks.items():
            for aspect in aspects:
                if aspect in rules:
                    yield _judgement(rules[aspect], aspect, objections, reason)

    return run


def _judgement(rule: Rule, aspect: str, objections: list[Objection], reason: str) -> Judgement:
    for one in objections:
        if one.aspect == aspect:
            finding = Finding(
                rule, one.miss.expected, one.miss.actual, one.exchange, one.miss.pointer, one.before
            )
            return Judgement(rule.id, finding)
    return Judgement(rule.id, reason=reason)


_Look = tuple[list[Objection], str]
"""What was objected to, and why nothing more could be judged."""


class _History:
    """A history that is read in several ways."""

    def __init__(self, run: Run, layout: Layout, fill: str) -> None:
        self._run = run
        self._layout = layout
        self._fill = fill
        self._reader = Reader(run, layout)
        self._since: Page | None = None

    def begin(self) -> None:
        """Make the long read, once there are enough records to turn pages.

        Raises:
            NoPage: It was refused.
            NotJudged: There is no record.
        """
        window = self._reader.read(0, WINDOW)
        if _count(window) < _ENOUGH:
            self._add(_ENOUGH - _count(window))
        patience = Patience(self._run)
        while _count(window) < _ENOUGH and patience.left:
            patience.wait()
            window = self._reader.read(0, WINDOW)
        if not window.records:
            raise NotJudged(
                "the history showed no record within the target's patience of "
                f"{patience.seconds:g} s"
            )
        self._all = Sequence(self._reader, Patience(self._run), window)

    def _add(self, wanted: int) -> None:
        made = [one for one in self._run.exchanges if one.call == self._fill and one.accepted]
        for _ in range(wanted - len(made)):
            self._run.call(Case(self._fill, "", {}, {}))

    def paged(self) -> _Look:
        """Turn pages of the whole history, and of what the filter leaves of it."""
        found: list[Objection] = []
        self._all.patience = Patience(self._run)
        try:
            for sequence, offset, limit in self._plan():
                found += sequence.settled(partial(sequence.page, offset, limit))
        except NotJudged as stop:
            return found, stop.reason
        return found, ""

    def _plan(self) -> Iterator[tuple[Sequence, int, int]]:
        everything = self._all
        for offset, limit in _PAGES:
            if offset < len(everything.window.records):
                yield everything, offset, limit
        count = everything.window.total
        if count:
            yield everything, count - 1, 2
            yield everything, count + 3, 2
        if self._since is not None:
            yield Sequence(self._reader, self._all.patience, self._since), 1, 2

    def filtered(self) -> _Look:
        """Ask for the records since instants before all of them, amid them, and after all."""
        if not any(self._all.window.moments):
            return [], "no record says when it was last updated"
        found: list[Objection] = []
        try:
            found += self._all.settled(lambda: self._left_by(_before_all(self._all.window)))
            found += self._all.settled(self._amid)
            found += self._all.settled(self._beside)
            found += self._all.settled(self._after_all)
        except NotJudged as stop:
            return found, stop.reason
        except NoPage as none:
            return found, f"with {self._layout.since}, the answer was {none.answer}"
        return found, ""

    def _after_all(self) -> list[Objection]:
        """Ask for the records since an instant that is after all of them."""
        latest = max(moment for moment in self._all.window.moments if moment is not None)
        try:
            return self._left_by(latest.replace(microsecond=0) + _LONG_AFTER)
        except (NoPage, OverflowError):  # an instant that is yet to come may be refused
            return []

    def _amid(self) -> list[Objection]:
        """Ask for the records since an instant that parts them: the first that is understood."""
        refused: NoPage | None = None
        for since in _parting(self._all.window):
            try:
                found = self._left_by(since)
            except NoPage as none:
                refused = none
                continue
            return found or self._in_other_zone(since)
        if refused is not None:
            raise refused
        return []

    def _beside(self) -> list[Objection]:
        """Ask for the records since the whole seconds next to the update of one of them."""
        moments = sorted(moment for moment in self._all.window.moments if moment is not None)
        found: list[Objection] = []
        for since in _beside(moments[len(moments) // 2]):
            with contextlib.suppress(NoPage):  # an instant that is yet to come may be refused
                found = found or self._left_by(since)
        return found

    def _in_other_zone(self, since: datetime) -> list[Objection]:
        try:
            return self._left_by(since, since.astimezone(_OTHER_ZONE).isoformat())
        except NoPage:
            return []

    def _left_by(self, since: datetime | None, text: str = "") -> list[Objection]:
        """Return what is wrong with the records that the filter leaves.

        Raises:
            NoPage: It was refused.
        """
        if since is None:
            return []
        window = self._all.window
        rows = zip(window.keys, window.moments, strict=True)
        later = {key for key, moment in rows if moment is not None and moment > since}
        seen: set[str] = set()
        page: Page | None = self._reader.read(0, WINDOW, text or _text(since))
        self._since = page if page is not None and page.records else self._since
        last = page
        for _ in range(_MOST_PAGES):
            if page is None:
                break
            early = _early(page, since)
            if early is not None:
                return [early]
            seen.update(page.keys)
            last = page
            page = self._reader.read_on(page, WINDOW) if later - seen else None
        lost = [key for key in window.keys if key in later - seen]
        if not lost or last is None or page is not None:
            return []
        miss = Mismatch(
            f"every record later than {_text(since)}",
            f"without {len(lost)} of them, e.g. {lost[0]}",
            self._layout.records,
        )
        return [Objection("updated_at", miss, last.exchange, (window.exchange,))]


def _count(window: Page) -> int:
    """Return how many records there are: more than were read where the target keeps pages short."""
    return max(len(window.records), window.total or 0) if window.records else 0


def _early(page: Page, since: datetime) -> Objection | None:
    for index, moment in enumerate(page.moments):
        if moment is not None and moment < since:
            pointer = f"{page.layout.records}/{index}{page.layout.updated}"
            miss = Mismatch(f"at or after {_text(since)}", _text(moment), pointer)
            return Objection("updated_at", miss, page.exchange, certain=True)
    return None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _before_all(window: Page) -> datetime | None:
    earliest = min(moment for moment in window.moments if moment is not None)
    try:
        return earliest.replace(microsecond=0) - _LONG_AGO
    except OverflowError:
        return None


def _beside(moment: datetime) -> tuple[datetime, datetime]:
    """Return the last whole second before an instant, and the first one after it."""
    whole = moment.replace(microsecond=0)
    return (whole if moment > whole else whole - _STEP), whole + _STEP


def _parting(window: Page) -> list[datetime]:
    """Return instants after the earliest record, the most telling first.

    Best is one between a record's creation and its update. None is finer than what the records
    show: a server may keep more digits than it prints.
    """
    rows = sorted(
        (moment, instant(pick(record, window.layout.created)))
        for record, moment in zip(window.records, window.moments, strict=True)
        if moment is not None
    )
    earliest = rows[0][0]
    middle = len(rows) // 2
    outward = [rows[at] for at in sorted(range(len(rows)), key=lambda at: abs(at - middle))]
    between = [
        moment - _STEP
        for moment, created in outward
        if created is not None and created < moment - _STEP
    ]
    exact = [moment for moment, _ in outward]
    whole = [moment.replace(microsecond=0) for moment in exact]
    firsts = [
        next((moment for moment in kind if moment > earliest), None)
        for kind in (between, exact, whole)
    ]
    return list(dict.fromkeys(one for one in firsts if one is not None)) or [earliest + _STEP]
