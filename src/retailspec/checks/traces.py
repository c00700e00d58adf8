"""The checker of what a call leaves in a history: a record of its own, with what was sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.checks.paging import Layout, NoPage, Page, Patience, Reader
from retailspec.contract.model import Case
from retailspec.findings import Finding, Judgement
from retailspec.match import Mismatch, show
from retailspec.values import ABSENT, pick, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Contract, Rule
    from retailspec.exchange import Exchange
    from retailspec.runner import Run

__all__ = ["shows"]

_GLANCE = 20
_PAGE = 100
_MOST_PAGES = 200


@checker("history.shows")
def shows(making: Making) -> list[Check]:
    """Return a check per rule: what calls change is awaited in the history, and compared.

    The settings: those of `Layout`; `updates`, the calls, each a base call with a `change`; `code`,
    the part of their answers that names the record; `shown`, that name in a record; `items`, the
    record's list of items; `each`, the list in the request's body that has an item for each of its
    elements; `fields`, per field of an item the part of the body that it shows, where `*` is the
    element.
    """
    return [_check(making.contract, rule) for rule in making.rules]


@dataclass
class _Trace:
    """A call that was made, and how far its record is from what it should be."""

    exchange: Exchange
    code: Any
    items: list[dict[str, Any]]
    miss: Mismatch
    seen: Exchange | None = None
    pending: bool = field(default=True)


def _check(contract: Contract, rule: Rule) -> Check:
    updates = rule.options["updates"]

    def run(run: Run) -> Iterator[Judgement]:
        watch = _Watch(run, rule.options)
        reason = watch.make(updates)
        if not watch.traces:
            raise NotJudged(reason)
        try:
            watch.wait()
        except NoPage as none:
            raise NotJudged(f"the history answered with {none.answer}") from None
        for trace in watch.traces:
            yield Judgement(rule.id, _finding(rule, trace) if trace.pending else None)

    read = contract.operation_of(rule.options["call"]).id
    calls = Counter(contract.operation_of(update["call"]).id for update in updates)
    return Check(f"shows {rule.id}", frozenset({rule.id}), run, calls=calls + Counter([read]))


def _finding(rule: Rule, trace: _Trace) -> Finding:
    exchange = trace.seen or trace.exchange
    before = (trace.exchange,) if trace.seen else ()
    return Finding(
        rule, trace.miss.expected, trace.miss.actual, exchange, trace.miss.pointer, before
    )


class _Watch:
    """Calls whose records are awaited together."""

    def __init__(self, run: Run, options: Mapping[str, Any]) -> None:
        self._run = run
        self._options = options
        self._reader = Reader(run, Layout.of(options))
        self.traces: list[_Trace] = []

    def make(self, updates: list[dict[str, Any]]) -> str:
        """Make the calls; return why the last one that is not awaited is not."""
        reason = ""
        for update in updates:
            edits = {key: value for key, value in update.items() if key != "call"}
            try:
                exchange = self._run.call(Case(update["call"], "", edits, {}))
            except NotJudged as stop:
                reason = stop.reason
                continue
            answer = exchange.response.json if exchange.response is not None else None
            code = pick(answer, self._options["code"])
            if not exchange.accepted or code is ABSENT or code in (None, ""):
                reason = f"no {update['call']} call was answered with a name for its record"
                continue
            miss = Mismatch(
                f"a record with {show(code)} within the target's patience of "
                f"{self._run.target.config.patience:g} s",
                "none",
            )
            self.traces.append(_Trace(exchange, code, self._items(exchange), miss))
        return reason

    def _items(self, exchange: Exchange) -> list[dict[str, Any]]:
        body, fields = exchange.request.json, self._options["fields"]
        count = len(pick(body, self._options["each"]))
        return [
            {name: pick(body, pointer.replace("*", str(at))) for name, pointer in fields.items()}
            for at in range(count)
        ]

    def wait(self) -> None:
        """Read the history until it shows every call, or the patience is at its end.

        Raises:
            NoPage: The history was refused.
            NotJudged: It is too long to be looked through.
        """
        patience = Patience(self._run)
        self._glance()
        while self._pending and patience.left:
            patience.wait()
            self._glance()
        if self._pending:
            self._look_through()

    @property
    def _pending(self) -> list[_Trace]:
        return [trace for trace in self.traces if trace.pending]

    def _glance(self) -> None:
        """Look at both ends of the history: new records may come first or last."""
        head = self._reader.read(0, _GLANCE)
        self._compare(head)
        total = head.total or 0
        if self._pending and total > head.end:
            self._compare(self._reader.read(max(head.end, total - len(head.records)), _GLANCE))

    def _look_through(self) -> None:
        page: Page | None = self._reader.read(0, _PAGE)
        for _ in range(_MOST_PAGES):
            if page is None:
                return
            self._compare(page)
            page = self._reader.read_on(page, _PAGE) if self._pending else None
        raise NotJudged("the history is too long to be looked through")

    def _compare(self, page: Page) -> None:
        for index, record in enumerate(page.records):
            shown = pick(record, self._options["shown"])
            for trace in self._pending:
                if not same(shown, trace.code):
                    continue
                place = f"{page.layout.records}/{index}{self._options['items']}"
                lacking = _lacking(trace, pick(record, self._options["items"]), place)
                trace.seen = page.exchange
                if lacking is None:
                    trace.pending = False
                else:
                    trace.miss = lacking


def _lacking(trace: _Trace, items: Any, pointer: str) -> Mismatch | None:
    listed = items if isinstance(items, list) else []
    for wanted in trace.items:
        if not any(_fits(wanted, item) for item in listed):
            found = [{name: pick(item, f"/{name}") for name in wanted} for item in listed]
            told = [{k: v for k, v in one.items() if v is not ABSENT} for one in found]
            return Mismatch(f"an item with {show(wanted)}", show(told), pointer)
    return None


def _fits(wanted: Mapping[str, Any], item: Any) -> bool:
    return all(same(value, pick(item, f"/{name}")) for name, value in wanted.items())
