"""Judging what the proxy saw, in a process of its own: traffic waits for none of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailspec.clients.configured import configured
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.proxy_seen import Missed, Seen, exchange_of, unpack
from retailspec.clients.recorder import Recorder
from retailspec.clients.tally import SIDES, Tally
from retailspec.contract import load_contract
from retailspec.errors import RetailspecError
from retailspec.report.clients import exit_status, verdict_lines
from retailspec.report.curl import plain
from retailspec.report.styling import styled
from retailspec.values import shorten

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from retailspec.exchange import Exchange
    from retailspec.findings import Finding
    from retailspec.secrets import Secrets
    from retailspec.target.config import TargetConfig

__all__ = ["HEADER", "Case", "ProxyJudge", "judge_process"]

HEADER = 4
"""Bytes of a message's length, before it."""

_MOST_SAID = 200
_MOST_SECRETS = 1000


@dataclass(frozen=True)
class Case:
    """What is judged, as it goes to the judging process.

    Args:
        contract: The contract's name.
        config: The target's settings.
        credentials: The right credentials by name; empty where they are not known.
        record: The file to record exchanges in, or None.
        where: The upstream's address.
        strict: Whether a broken should fails too.
    """

    contract: str
    config: TargetConfig
    credentials: dict[str, str] = field(default_factory=dict)
    record: str | None = None
    where: str = ""
    strict: bool = False


class ProxyJudge:
    """Judges, adds up, records and tells what the proxy saw.

    Args:
        case: What is judged.
        tell: Prints a line.

    Raises:
        UsageError: The contract or the file cannot be used.
    """

    def __init__(self, case: Case, tell: Callable[[str], object]) -> None:
        contract = configured(load_contract(case.contract), case.config)
        view = View(
            credentials=case.credentials,
            base_values=case.config.fixtures,
            only_api=True,
            scheme_seen=False,
        )
        self.tally = Tally(contract, view)
        self._case = case
        self._tell = tell
        self._judge = ExchangeJudge(contract, view)
        self._recorder = None if case.record is None else Recorder(Path(case.record))
        self._number = 0
        self._said: set[tuple[str, ...]] = set()
        self._failures: set[str] = set()
        self._secrets: dict[tuple[tuple[str, str], ...], Secrets] = {}

    def take(self, message: Seen | Missed) -> None:
        """Take what was seen into account. What goes wrong here is told, not raised."""
        if isinstance(message, Missed):
            self.tally.unjudged[message.reason] += message.times
            return
        self._number += 1
        try:
            exchange = exchange_of(message)
        except Exception as error:  # whatever it is, the traffic goes on
            self._fail("judging", error)
            return
        for what, step in (("recording", self._record), ("judging", self._judge_and_say)):
            try:
                step(exchange)
            except Exception as error:
                self._fail(what, error)

    def verdict(self) -> int:
        """Print the verdict and return the exit status."""
        if self._recorder is not None:
            self._recorder.close()
            self.tally.notes[self._recorder.failure or self._recorder.told] = None
        for line, markup in verdict_lines([self.tally], where=self._case.where):
            self._tell(styled(line, markup))
        return exit_status([self.tally], sides=SIDES, strict=self._case.strict)

    def _judge_and_say(self, exchange: Exchange) -> None:
        position = f"exchange {self._number}"
        for finding in self.tally.add(self._judge.judge(exchange, position), position):
            self._say(finding)

    def _record(self, exchange: Exchange) -> None:
        recorder = self._recorder
        if recorder is None or recorder.failure:
            return
        credentials = self._judge.credentials
        recorder.record(exchange, self._case.contract, credentials, self._secrets_of(exchange))
        if recorder.failure:
            self._tell(f"{recorder.failure}; traffic goes on, and is judged")

    def _secrets_of(self, exchange: Exchange) -> Secrets:
        """Return what must not be printed; clients send the same credentials again and again."""
        key = tuple(self._judge.credentials.found(exchange.request, exchange.response))
        if key not in self._secrets:
            if len(self._secrets) >= _MOST_SECRETS:
                self._secrets.clear()
            self._secrets[key] = self.tally.secrets(exchange)
        return self._secrets[key]

    def _say(self, finding: Finding) -> None:
        """Tell a finding as it is found, the first of each kind."""
        if finding.likeness in self._said or len(self._said) >= _MOST_SAID:
            return
        self._said.add(finding.likeness)
        rule = finding.rule
        side = "client" if self.tally.contract.clients.get(rule.id) is rule else "server"
        exchange = finding.exchange
        text = f"expected {finding.expected}, got {finding.actual}"
        call = ""
        if exchange is not None:
            text = self._secrets_of(exchange).redact(text)
            call = exchange.operation or shorten(exchange.request.method, 40)
        at = f" at {finding.pointer}" if finding.pointer else ""
        self._tell(
            f"{finding.verdict.value}, {side}: {rule.id} "
            f"(exchange {self._number}, {call}): {plain(shorten(text))}{plain(at)}".replace(
                "\n", " "
            )
        )

    def _fail(self, what: str, error: Exception) -> None:
        kind = f"{what} failed: {type(error).__name__}"
        if kind not in self._failures:
            self._failures.add(kind)
            self._tell(f"exchange {self._number} was delivered, but {kind}")
        if what == "judging":
            self.tally.unjudged[kind] += 1
        else:
            self.tally.notes[kind] = None


def judge_process(stream: socket.socket, case: Case) -> None:
    """Judge until the other end of the stream is closed, then print the verdict and exit.

    Args:
        stream: Messages, each with its length before it; one byte is sent back first.
        case: What is judged.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the end of the stream is the end
    try:
        judge = ProxyJudge(case, _echo)
    except RetailspecError as error:
        click.echo(f"retailspec: {error}", err=True)
        raise SystemExit(error.exit_status) from None
    stream.sendall(b"\0")
    with stream.makefile("rb", buffering=1 << 18) as messages:
        while len(length := messages.read(HEADER)) == HEADER:
            size = int.from_bytes(length, "big")
            message = messages.read(size)
            if len(message) == size:
                judge.take(unpack(message))
    raise SystemExit(judge.verdict())


def _echo(line: str) -> None:
    try:
        click.echo(line)
    except OSError:  # nobody reads any more; what is recorded counts
        return
