"""The embedded target: a reference server that the run starts for itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.secrets import Secrets, variable
from retailspec.target.config import HttpCall, SupplyConfig, TargetConfig, TriggerConfig
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from retailspec.contract.model import Contract
    from retailspec.reference.base import Reference
    from retailspec.target.target import Target

__all__ = ["embedded_target", "settings_of"]


def settings_of(reference: Reference, served: Served) -> TargetConfig:
    """Return the target settings with which a served reference server is checked."""
    supplies = {
        name: SupplyConfig(
            http=HttpCall(
                url=served.url + way["path"], method=way["method"], pointer=way["pointer"]
            )
        )
        for name, way in reference.supplies().items()
    }
    triggers = {
        name: TriggerConfig(http=HttpCall(url=served.url + way["path"], method=way["method"]))
        for name, way in getattr(reference, "triggers", dict)().items()
    }
    return TargetConfig(
        base_url=served.url,
        http_url=served.plain_url,
        fixtures=dict(reference.fixtures()),
        supply=supplies,
        trigger=triggers,
        ca_file=None if served.ca_file is None else str(served.ca_file),
    )


@contextlib.contextmanager
def embedded_target(
    contract: Contract,
    reference: Reference | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Target]:
    """Serve the contract's reference server over TLS and plain HTTP, and yield it as a target.

    Args:
        contract: The contract.
        reference: The server to use instead of the healthy one.
        settings: Keys of the target's settings that differ.
    """
    if reference is None:
        reference = build(contract.name, https_only=True)
        reference.steady()
    variables = {name: variable(contract.name, name) for name in reference.credentials}
    with Served(reference) as served:
        yield make_target(
            contract,
            settings_of(reference, served).model_copy(update=dict(settings or {})),
            f"embedded {contract.name}:",
            secrets=Secrets(reference.credentials, variables),
            embedded=True,
        )
