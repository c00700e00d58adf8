"""A check: something that is sent, and the rules that it judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retailspec.checks.options import Options
    from retailspec.contract.model import Contract, Rule
    from retailspec.findings import Judgement
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["CHECKERS", "Check", "Making", "checker"]


@dataclass(frozen=True)
class Check:
    """One thing to send, and what it judges besides the standing rules.

    Args:
        id: Its id within the contract.
        rules: The ids of the rules that it judges.
        run: Sends the calls and gives the judgements; may raise NotJudged or SupplyError.
        calls: How many calls of each operation it makes where the target keeps the contract.
        uses: How many entries of each supply it uses up.
        borrows: The supplies that it borrows an entry from.
        after: The ids of checks that have to be made first.
    """

    id: str
    rules: frozenset[str]
    run: Callable[[Run], Iterable[Judgement]]
    calls: Mapping[str, int] = field(default_factory=Counter)
    uses: Mapping[str, int] = field(default_factory=dict)
    borrows: frozenset[str] = frozenset()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Making:
    """What a checker makes its checks from.

    Args:
        contract: The contract, as the target has it.
        target: The target.
        options: The run's options.
        rules: The rules that name the checker.
        checks: The checks made so far.
    """

    contract: Contract
    target: Target
    options: Options
    rules: tuple[Rule, ...]
    checks: tuple[Check, ...]


Maker = Callable[[Making], Iterable[Check]]
CHECKERS: dict[str, Maker] = {}
"""Checker name, as rule files use it, to the function that makes its checks."""


def checker(name: str) -> Callable[[Maker], Maker]:
    """Register a function as the checker of that name."""

    def register(make: Maker) -> Maker:
        CHECKERS[name] = make
        return make

    return register
