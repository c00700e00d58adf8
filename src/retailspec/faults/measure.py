"""Running the suite against faults and liberties, and what comes of it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from retailspec.checks import Options
from retailspec.contract import Level, load_contract
from retailspec.faults.in_process import in_process_target
from retailspec.faults.model import Fault, Liberty, corpus
from retailspec.findings import Verdict
from retailspec.judge import STANDING
from retailspec.runner import Run
from retailspec.target.embedded import embedded_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.contract import Contract
    from retailspec.target.target import Target

__all__ = ["Measured", "measure", "measure_one"]


@dataclass(frozen=True)
class Measured:
    """What the suite said about one fault or liberty.

    Args:
        contract: The contract.
        name: The fault's or liberty's name.
        says: What it is.
        breaks: The rule that a fault breaks; None for a liberty.
        costs: The shoulds that a liberty gives up.
        broken: The must rules that the suite found broken.
        advisory: The should rules that it found broken.
        calls: How many calls it took.
        seconds: How long it took.
    """

    contract: str
    name: str
    says: str
    breaks: str | None
    costs: tuple[str, ...]
    broken: tuple[str, ...]
    advisory: tuple[str, ...]
    calls: int
    seconds: float

    @property
    def right(self) -> bool:
        """Whether a fault was caught by its rule, or a liberty broke no more than it may."""
        if self.breaks is not None:
            return self.breaks in {*self.broken, *self.advisory}
        return not self.broken and set(self.advisory) <= set(self.costs)


def measure_one(entry: Fault | Liberty, *, without: frozenset[str] = frozenset()) -> Measured:
    """Run the whole suite against one fault or liberty.

    Args:
        entry: The fault or liberty.
        without: Rules that are taken out of the contract first, with those that narrow them.
    """
    contract = _lessened(load_contract(entry.contract), without)
    began = time.perf_counter()
    with _quiet(), _target(contract, entry) as target:
        run = Run(target, Options(races=entry.sockets, profile="off"))
        try:
            results = [
                run.result(rule.id)
                for rule in contract.rules.values()
                if rule.judged and rule.id not in without
            ]
            calls = len(run.exchanges)
        finally:
            run.close()
    found = {
        verdict: tuple(result.rule.id for result in results if result.verdict is verdict)
        for verdict in (Verdict.BROKEN, Verdict.ADVISORY)
    }
    return Measured(
        contract=entry.contract,
        name=entry.name,
        says=entry.says,
        breaks=entry.breaks if isinstance(entry, Fault) else None,
        costs=() if isinstance(entry, Fault) else tuple(sorted(entry.costs)),
        broken=found[Verdict.BROKEN],
        advisory=found[Verdict.ADVISORY],
        calls=calls,
        seconds=time.perf_counter() - began,
    )


def _lessened(contract: Contract, without: frozenset[str]) -> Contract:
    """Return the contract with some rules, and those that narrow them, only said and not judged.

    A rule that a checker judges along with others stays: only its own result is left out.
    """
    if not without:
        return contract
    tied = {str(value) for rule in contract.rules.values() for value in rule.options.values()}
    rules = {
        rule_id: dataclasses.replace(rule, level=Level.MAY, cases=(), every=(), narrows=None)
        if (rule_id in without or rule.narrows in without)
        and rule_id not in tied
        and (rule.check is None or rule.check in STANDING)
        else rule
        for rule_id, rule in contract.rules.items()
    }
    return dataclasses.replace(contract, rules=rules)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what a server logs of its failures off the terminal: here they are what is wanted."""
    log = logging.getLogger("retailspec.reference")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


@contextlib.contextmanager
def _target(contract: Contract, entry: Fault | Liberty) -> Iterator[Target]:
    reference = entry.server()
    make = embedded_target if entry.sockets else in_process_target
    with make(contract, reference, entry.settings) as target:
        yield target


def _by_name(place: tuple[str, str, str]) -> Measured:
    contract, kind, name = place
    faults, liberties = corpus(contract)
    entries: Sequence[Fault | Liberty] = faults if kind == "fault" else liberties
    return measure_one(next(entry for entry in entries if entry.name == name))


def measure(names: Sequence[str], processes: int = 2) -> Iterator[Measured]:
    """Yield the measurement of every fault and liberty of some contracts, as each is done.

    Args:
        names: The contracts.
        processes: How many processes share the work.
    """
    places = []
    for name in names:
        faults, liberties = corpus(name)
        places += [(name, "fault", one.name) for one in faults]
        places += [(name, "liberty", one.name) for one in liberties]
    # spawned: a fork would copy the locks of whatever threads this process runs
    with ProcessPoolExecutor(processes, get_context("spawn"), _end_quietly) as pool:
        try:
            yield from pool.map(_by_name, places, chunksize=4)
        finally:
            pool.shutdown(cancel_futures=True)


def _end_quietly() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end this one without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
