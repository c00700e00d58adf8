"""What traffic is judged by, as options that another process can be given too."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec.clients.configured import configured
from retailspec.clients.traffic import Known, Traffic
from retailspec.contract import load_contract, names

if TYPE_CHECKING:
    from retailspec.contract.model import Contract
    from retailspec.target.config import TargetConfig

__all__ = ["Setup"]


@dataclass(frozen=True)
class Setup:
    """The options that say how traffic is judged.

    Args:
        contract: The contract that all of it is judged by; None chooses by path.
        target: The target file with credentials, addresses and paths, or None.
        exclusive: Whether nobody else acted on the same orders.
    """

    contract: str | None = None
    target: str | None = None
    exclusive: bool = False

    def traffic(self) -> Traffic:
        """Return what judges traffic so.

        Raises:
            UsageError: The contract or the target file cannot be used.
        """
        chosen = [self.contract] if self.contract else names()
        contracts = {name: load_contract(name) for name in chosen}
        known = {} if self.target is None else _known(self.target, contracts)
        named = self.contract is not None
        return Traffic(contracts, known, named=named, alone=self.exclusive)


def _known(path: str, contracts: dict[str, Contract]) -> dict[str, Known]:
    """Return what a target file tells, and give the contracts the target's own paths."""
    from retailspec.target.config import read_target  # noqa: PLC0415 - loads pydantic

    configs = read_target(Path(path), contracts)
    known = {}
    for name, config in configs.items():
        contract = contracts[name]
        known[name] = Known(
            credentials=_credentials(config, contract, f"{path}: [{name}]"),
            base_values=_fixtures(config, contract),
            hosts=_hosts(config),
        )
        contracts[name] = configured(contract, config)
    return known


def _credentials(config: TargetConfig, contract: Contract, where: str) -> dict[str, str]:
    """Return the credentials that the file names; traffic can be judged without the others."""
    from retailspec.secrets import read_secret  # noqa: PLC0415 - with the target file

    return {
        name: read_secret(reference, f"{where} credentials.{name}", os.environ)[1]
        for name, reference in config.credentials.items()
        if name in contract.credentials
    }


def _fixtures(config: TargetConfig, contract: Contract) -> dict[str, Any]:
    defaults = {
        name: spec.default for name, spec in contract.fixtures.items() if spec.default is not None
    }
    return {**defaults, **config.fixtures}


def _hosts(config: TargetConfig) -> tuple[str, ...]:
    addresses = [one for one in (config.base_url, config.http_url) if one]
    return tuple(one.partition("//")[2].partition("/")[0].lower() for one in addresses)
