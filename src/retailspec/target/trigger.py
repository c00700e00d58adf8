"""Triggers: making a target do something of its own accord, as its file says."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from retailspec.errors import SupplyError
from retailspec.target.command import run_command
from retailspec.target.target import target_call

if TYPE_CHECKING:
    from retailspec.target.target import Target

__all__ = ["set_off"]


def set_off(target: Target, name: str) -> None:
    """Set a trigger off, and return when its command or call has ended.

    Args:
        target: The target, whose file has the trigger.
        name: The trigger's name.

    Raises:
        SupplyError: The file names no such trigger, or it failed.
    """
    config = target.config.trigger.get(name)
    if config is None:
        spec = target.contract.triggers.get(name)
        raise SupplyError(f"needs trigger.{name}: {'' if spec is None else spec.says}")
    if config.command is not None:
        clean = target.secrets.redact
        run_command(config.command, f"trigger.{name}.command:", config.timeout, clean)
    elif config.http is not None:
        supply = target_call(target, config.http, f"trigger.{name}.http", config.timeout)
        with contextlib.closing(supply):
            supply.call()
