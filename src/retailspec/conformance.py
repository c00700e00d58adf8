"""A conformance run inside pytest: which contracts, against which targets, with what result."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec import waivers
from retailspec.checks import Options
from retailspec.contract import load_contract, names
from retailspec.errors import RetailspecError, UsageError
from retailspec.judge import STANDING
from retailspec.properties.replay import Replay
from retailspec.runner import Run
from retailspec.target.config import TargetConfig, read_target
from retailspec.target.target import make_target, production_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.contract import Contract, Rule
    from retailspec.runner import RuleResult
    from retailspec.target.target import Target

__all__ = ["Conformance", "Settings", "kind_of"]


def kind_of(rule: Rule) -> str:
    """Return which kind of check judges a rule: `cases`, `standing`, or a checker's family."""
    if rule.check is not None and rule.check not in STANDING:
        return rule.check.split(".")[0]
    return "standing" if rule.every or rule.check else "cases"


@dataclass(frozen=True)
class Settings:
    """What the user asked for.

    Args:
        contracts: The contracts to check; empty for all.
        base_url: The target's address, or None.
        target_file: The target file, or None.
        options: How to run.
        allow_production: Whether production systems may be checked.
        dry: Whether only the plan is wanted, and nothing is sent.
        fresh: Makes a fresh entry of a supply, or None where nothing does.
        waivers_file: The waiver file, or None.
    """

    contracts: tuple[str, ...] = ()
    base_url: str | None = None
    target_file: str | None = None
    options: Options = field(default_factory=Options)
    allow_production: bool = False
    dry: bool = False
    fresh: Callable[[str, str], str | None] | None = None
    waivers_file: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether the run starts the servers that it checks."""
        return self.base_url is None and self.target_file is None


class Conformance:
    """The runs of one pytest session, one per contract, each started when it is first needed.

    Args:
        settings: What the user asked for.

    Attributes:
        selected: Contract to the rules that are judged.
        problem: What is wrong with the target file, so that nothing is judged.

    Raises:
        UsageError: The options do not fit together, or a file is wrong.
        SupplyError: A supply is empty.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        replay = settings.options.replay
        self._again = None if replay is None else Replay.parse(replay)
        chosen = settings.contracts or ((tuple(names())) if settings.embedded else ())
        if self._again is not None:
            chosen = (self._again.contract,)
        if settings.base_url is not None and len(chosen) != 1:
            raise UsageError(
                "--base-url: say with --contract NAME which contract is checked there "
                f"(one of: {', '.join(names())})"
            )
        self.contracts: dict[str, Contract] = {name: load_contract(name) for name in chosen}
        self.configs = self._read()
        if not self.contracts:
            self.contracts = {name: load_contract(name) for name in self.configs}
        file = settings.waivers_file
        self.waivers = {} if file is None else waivers.read_waivers(Path(file), waivers.today())
        self.selected: dict[str, frozenset[str]] = {}
        self.problem: RetailspecError | None = None
        self._runs: dict[str, Run] = {}
        self._stack = contextlib.ExitStack()

    def _read(self) -> Mapping[str, TargetConfig]:
        if self.settings.target_file is None:
            return {}
        path = Path(self.settings.target_file)
        wanted = self.contracts or {name: load_contract(name) for name in names()}
        configs = read_target(path, wanted)
        for name in self.contracts:
            if name not in configs:
                raise UsageError(f"{path}: has no table [{name}], which --contract asks for")
        if not configs:
            raise UsageError(f"{path}: has no table; `retailspec target NAME` writes one")
        return configs

    def cases(self, kind: str) -> list[tuple[str, str]]:
        """Return contract and rule id of every judged rule of a kind, in the files' order."""
        return [
            (name, rule.id)
            for name, contract in self.contracts.items()
            for rule in contract.rules.values()
            if rule.judged and kind_of(rule) == kind
            if self._again is None or self._again.rule == rule.id
        ]

    def select(self, chosen: list[tuple[str, str]]) -> None:
        """Keep to these rules."""
        by_contract: dict[str, set[str]] = defaultdict(set)
        for name, rule_id in chosen:
            by_contract[name].add(rule_id)
        self.selected = {name: frozenset(ids) for name, ids in by_contract.items()}

    def start(self) -> None:
        """Make a run of every target that is not embedded.

        Raises:
            UsageError: It is a production system that was not allowed; or a setting is wrong.
        """
        if not self.settings.embedded:
            for name in self.contracts:
                self.run(name)

    def prepare(self) -> None:
        """Look at every target that is not embedded: is it allowed, and does it answer?

        Raises:
            UsageError: It is a production system that was not allowed; or a setting is wrong.
            UnreachableError: Nothing answers there.
            SupplyError: A supply that is needed gives nothing.
        """
        if self.settings.embedded:
            return
        for name in self.contracts:
            self.run(name).session.reach()

    def open_supplies(self) -> None:
        """Take the first entry of each supply that is needed, so that a broken one is told at once.

        Raises:
            SupplyError: It gives nothing.
        """
        if self.settings.embedded:
            return
        for name, contract in self.contracts.items():
            pools = self.run(name).target.pools
            for supply, spec in contract.supplies.items():
                if spec.required and supply in pools:
                    pools[supply].give_back(pools[supply].take())

    def run(self, name: str) -> Run:
        """Return the run of a contract, starting its embedded server where there is no target."""
        if name not in self._runs:
            contract = self.contracts[name]
            target = self._embedded(contract) if self.settings.embedded else self._target(contract)
            run = Run(target, self.settings.options, self.waivers.get(name, {}))
            self._stack.callback(run.close)
            self._runs[name] = run
        run = self._runs[name]
        if name in self.selected:
            run.selected = self.selected[name]
        return run

    def _embedded(self, contract: Contract) -> Target:
        from retailspec.target.embedded import embedded_target  # noqa: PLC0415 - servers load slowly

        return self._stack.enter_context(embedded_target(contract))

    def _target(self, contract: Contract) -> Target:
        name = contract.name
        file = self.settings.target_file
        where = f"--contract {name}:" if file is None else f"{file}: [{name}]"
        fresh = {}
        maker = self.settings.fresh
        if maker is not None:
            fresh = {supply: _bound(maker, name, supply) for supply in contract.supplies}
        config = self.configs.get(name, TargetConfig())
        self._refuse_production(contract, config)
        return make_target(contract, config, where, base_url=self.settings.base_url, fresh=fresh)

    def _refuse_production(self, contract: Contract, config: TargetConfig) -> None:
        address = self.settings.base_url or config.base_url or ""
        reason = production_reason(contract, config, address)
        if reason and not (self.settings.allow_production or self.settings.dry):
            because = contract.irreversible or "the calls are real, and nothing takes them back"
            raise UsageError(
                f"{address}: refused without --allow-production: {reason}, and {because}"
            )

    def result(self, name: str, rule_id: str) -> RuleResult:
        """Return how a rule ended, sending what it takes."""
        return self.run(name).result(rule_id)

    @property
    def runs(self) -> Mapping[str, Run]:
        """The runs that were started, by contract."""
        return self._runs

    def close(self) -> None:
        """Close every connection and stop every server."""
        self._stack.close()


def _bound(maker: Callable[[str, str], str | None], name: str, supply: str) -> Callable[[], Any]:
    return lambda: maker(name, supply)
