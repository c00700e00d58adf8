"""A contract as a target's file departs from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retailspec.contract.model import Contract
    from retailspec.target.config import TargetConfig

__all__ = ["configured"]


def configured(contract: Contract, config: TargetConfig) -> Contract:
    """Return a contract with a target's own paths, methods and form of credentials.

    Operations that a target has only where its file names them stay: somebody may call them.
    """
    operations = {
        name: replace(
            operation,
            path=config.paths.get(name, operation.path),
            method=config.methods.get(name, operation.method),
        )
        for name, operation in contract.operations.items()
    }
    own = config.authorization
    authorization = contract.authorization if own is None else own
    return replace(contract, operations=operations, authorization=authorization)
