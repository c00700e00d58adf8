"""Judging recorded traffic, file by file, in memory that does not grow with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retailspec.clients.choosing import Chooser
from retailspec.clients.coding import decoded
from retailspec.clients.fast import FastJudge
from retailspec.clients.har import BrokenEntry, NoCall, entry_exchange
from retailspec.clients.har_entries import LARGEST
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.clients.recording import BrokenLine, exchange_of, read_line
from retailspec.clients.tally import Tally
from retailspec.exchange import NotJson, find_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from retailspec.clients.fast import Clear
    from retailspec.clients.judging import Judged
    from retailspec.clients.recording import RecordedLine
    from retailspec.clients.sources import Source
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange, Request

__all__ = ["Known", "Read", "Traffic", "recorded_exchange"]

_MOST_PLACES = 20
_MOST_REASONS = 50
_TOO_LARGE = f"larger than {LARGEST // 1_000_000} MB"


@dataclass(frozen=True)
class Known:
    """What a target file tells of the place where traffic was recorded.

    Args:
        credentials: The right credentials by name.
        base_values: What placeholders in rules stand for.
        hosts: The hosts that are meant; none means any.
    """

    credentials: Mapping[str, str] = field(default_factory=dict)
    base_values: Mapping[str, object] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()


@dataclass
class Read:
    """What was read of one file.

    Args:
        name: The file's name.
        kind: What it is.
        entries: How many entries or lines were read.
        judged: How many of them were judged.
        skipped: Per reason, how many belong to no contract.
        broken: How many could not be read.
        places: Position and problem of the first of those.
        cut: How it ends before its time; "" where it does not.
    """

    name: str
    kind: str
    entries: int = 0
    judged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    places: list[tuple[str, str]] = field(default_factory=list)
    cut: str = ""

    def spoil(self, position: str, problem: str) -> None:
        """Note an entry that could not be read."""
        self.broken += 1
        if len(self.places) < _MOST_PLACES:
            self.places.append((position, problem))

    def skip(self, reason: str) -> None:
        """Count an entry that belongs to no contract; beyond some dozens hosts are not told."""
        if reason not in self.skipped and len(self.skipped) >= _MOST_REASONS:
            reason = f"{reason.partition(':')[0]}: further hosts"
        self.skipped[reason] += 1


class Traffic:
    """Judges recorded traffic, both sides of it, and follows each order across it.

    Args:
        contracts: The contracts that it may belong to, by name.
        known: Per contract, what a target file tells; it need not name all.
        named: Whether the user named the contracts.
        alone: Whether nobody else acts on the orders.
        quick: Whether what is all clear may be recognised without being judged one by one.

    Attributes:
        tallies: What was said, by contract, for those that something was recorded of.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        known: Mapping[str, Known] | None = None,
        *,
        named: bool = False,
        alone: bool = False,
        quick: bool = True,
    ) -> None:
        self.contracts = contracts
        self._known = known or {}
        self._alone = alone
        hosts = {name: one.hosts for name, one in self._known.items() if one.hosts}
        self._chooser = Chooser(contracts, hosts, named=named)
        self._judges: dict[tuple[str, str], ExchangeJudge] = {}
        self.fast = FastJudge(self.judge_for) if quick else None
        self.tallies: dict[str, Tally] = {}

    def read(self, source: Source, label: str = "") -> Read:
        """Judge a file.

        Args:
            source: The file.
            label: What comes before a position, where there are several files.

        Raises:
            UsageError: It turns out to be no such file.
        """
        read = Read(source.name, source.kind)
        if source.kind == "HAR":
            self._entries(source, read, label)
        else:
            self.lines(source.lines(), read, label)
        read.cut = source.cut
        return read

    def close(self) -> None:
        """Add up what was recognised as clear."""
        if self.fast is not None:
            for clear in self.fast.take():
                self.count(clear)
        for (name, _), judge in self._judges.items():
            if judge.follower.forgotten:
                forgotten = f"{judge.follower.forgotten} orders were forgotten before the end"
                self.tally(name).notes[forgotten] = None

    def count(self, clear: Clear) -> None:
        """Add up what was recognised as clear, here or elsewhere."""
        name, call, client, server, times = clear
        tally = self.tally(name)
        if call is not None:
            tally.calls[call[0]] += times
            tally.answers[call[1]] += times
        tally.hold("client", client, times)
        tally.hold("server", server, times)

    def lines(self, numbered: Iterable[tuple[int, bytes | None]], read: Read, label: str) -> None:
        """Judge recorded lines.

        Args:
            numbered: Number and bytes of each; None for one that is too long.
            read: What was read of their file.
            label: What comes before a position.
        """
        see: Callable[[RecordedLine, int], bool] = _never
        if self.fast is not None:
            self.fast.label, see = label, self.fast.see
        judged = entries = 0
        for number, line in numbered:
            entries += 1
            if line is None:
                read.spoil(f"{label}line {number}", _TOO_LARGE)
                continue
            try:
                record = read_line(line)
                if see(record, number):
                    judged += 1
                    continue
                exchange = recorded_exchange(record)
            except BrokenLine as error:
                read.spoil(f"{label}line {number}", str(error))
                continue
            position = f"{label}line {number}"
            judging, said = self._judge(exchange, position, read, record.contract)
            if self.fast is not None and judging is not None and said is not None:
                self.fast.learn(judging, said)
        read.entries += entries
        read.judged += judged

    def judge_for(self, url: str, recorded: str | None) -> ExchangeJudge | None:
        """Return the judge of a recorded line, or None where it belongs to no contract."""
        name, _ = self._chooser.choose(url, recorded)
        return None if name is None else self.judge_of(name, "recording")

    def judge_of(self, name: str, kind: str) -> ExchangeJudge:
        """Return the judge for a contract in a kind of file."""
        judge = self._judges.get((name, kind))
        if judge is None:
            judge = ExchangeJudge(self.contracts[name], self._view(name, kind))
            self._judges[name, kind] = judge
        return judge

    def _entries(self, source: Source, read: Read, label: str) -> None:
        for number, data in source.entries():
            read.entries += 1
            position = f"{label}entry {number}"
            if data is None:
                read.spoil(position, _TOO_LARGE)
                continue
            try:
                exchange = entry_exchange(data)
            except BrokenEntry as error:
                read.spoil(position, str(error))
            except NoCall as reason:
                read.skip(str(reason))
            else:
                self._judge(exchange, position, read, None)

    def _judge(
        self, exchange: Exchange, position: str, read: Read, recorded: str | None
    ) -> tuple[ExchangeJudge | None, Judged | None]:
        name, why = self._chooser.choose(exchange.request.url, recorded)
        if name is None:
            read.skip(why)
            return None, None
        judging = self.judge_of(name, read.kind)
        if self.contracts[name].signing and read.kind != "HAR" and _is_altered(exchange.request):
            altered = self._keyless(name, judging).judge(exchange, position)
            self.tally(name).add(altered, position)
            read.judged += not altered.why_not
            return None, None
        said = judging.judge(exchange, position)
        self.tally(name).add(said, position)
        for tag in sorted(exchange.tags & {BODY_LOST, ANSWER_LOST}):
            self.tally(name).unjudged[f"a body: {tag}"] += 1
        read.judged += not said.why_not
        return judging, said

    def _keyless(self, name: str, judging: ExchangeJudge) -> ExchangeJudge:
        """Return a judge that checks no signature: what was signed is not what was recorded."""
        judge = self._judges.get((name, "altered"))
        if judge is None:
            judge = ExchangeJudge(self.contracts[name], replace(judging.view, credentials={}))
            judge.follower = judging.follower
            self._judges[name, "altered"] = judge
        return judge

    def _view(self, name: str, kind: str) -> View:
        """Return what can be known of a contract's exchanges in a kind of file.

        Our recordings have placeholders where credentials were, but every header; other tools may
        leave credentials out altogether.
        """
        contract, known = self.contracts[name], self._known.get(name, Known())
        credentials = known.credentials
        if kind != "HAR":
            key = contract.signing.get("key")
            credentials = {one: value for one, value in credentials.items() if one == key}
        return View(
            credentials=credentials,
            base_values=known.base_values,
            credentials_kept=kind != "HAR",
            recorded=True,
            alone=self._alone,
        )

    def tally(self, name: str) -> Tally:
        """Return what is added up of a contract."""
        if name not in self.tallies:
            known = self._known.get(name, Known())
            self.tallies[name] = Tally(self.contracts[name], View(credentials=known.credentials))
        return self.tallies[name]


def _never(record: object, number: int) -> bool:
    del record, number
    return False


def _is_altered(request: Request) -> bool:
    """Tell whether a credential was left out of what a signature speaks of."""
    return b"${" in request.body or "${" in request.url


def recorded_exchange(record: RecordedLine) -> Exchange:
    """Return the exchange of a record, with its bodies as they were before they were compressed.

    Raises:
        BrokenLine: Its base64 or its time cannot be read.
    """
    exchange = exchange_of(record)
    request, response = exchange.request, exchange.response
    if find_header(request.headers, "content-encoding") and isinstance(request.json, NotJson):
        body, whole = decoded(request.body, request.headers)
        tags = exchange.tags if whole else exchange.tags | {BODY_LOST}
        exchange = replace(exchange, request=replace(request, body=body), tags=tags)
    if response is not None and find_header(response.headers, "content-encoding"):
        body, whole = decoded(response.body, response.headers)
        if whole:
            exchange = replace(exchange, response=replace(response, body=body))
    return exchange
