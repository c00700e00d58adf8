"""The reference servers: one for each contract, written from its document alone.

A server is built by its contract's name; its module, and the web framework with it, is imported
only then, so that commands that serve nothing start fast.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, Final

from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.reference.base import Reference

__all__ = ["NAMES", "build"]

_CLASSES: Final = {
    "omni-orders": "omni_orders:OmniOrders",
    "omni-inventory": "omni_inventory:OmniInventory",
    "comestri-inventory": "comestri:ComestriInventory",
    "sirclo-inventory": "sirclo:SircloInventory",
    "mipos-inventory": "mipos:MiposInventory",
    "mipos-receiver": "mipos_receiver:MiposReceiver",
}

NAMES: Final = tuple(_CLASSES)
"""The names of the contracts that have a reference server."""


def build(
    name: str, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
) -> Reference:
    """Return a fresh reference server.

    Args:
        name: The contract's name, one of `NAMES`.
        https_only: Whether API calls over plain HTTP are refused.
        credentials: Credentials to use instead of random ones, by name.

    Raises:
        UsageError: No server has this name, or one of the credentials is not the contract's.
    """
    if name not in _CLASSES:
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0)[0]
        raise UsageError(
            f"{name}: has no reference server of ours; did you mean {near!r}? "
            "A contract of your own is checked with --base-url or --target"
        )
    module_name, _, class_name = _CLASSES[name].partition(":")
    module = import_module(f"{__name__}.{module_name}")
    cls: type[Reference] = getattr(module, class_name)
    return cls(https_only=https_only, credentials=credentials)
