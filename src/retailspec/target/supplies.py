"""The supplies and calls that a target file asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec.errors import UsageError
from retailspec.files import read_bytes
from retailspec.secrets import read_secret
from retailspec.target.supply import CallSupply, CommandSupply, HttpSupply, ListSupply, Supply

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.target.config import HttpCall
    from retailspec.target.target import Target, Verify

__all__ = ["http_supply", "supply_of", "target_call"]

_LARGEST_LIST = 10_000_000


def supply_of(
    target: Target, name: str, where: str, fresh: Callable[[], str | None] | None
) -> Supply | None:
    """Return the supply of a name, or None where the target has none.

    Args:
        target: The target; its file says where fresh entries come from.
        name: The supply's name.
        where: How messages name the place of the target's settings.
        fresh: Makes fresh entries where the file does not say, or None.

    Raises:
        UsageError: What the file says is wrong.
        SupplyError: It is a list that cannot serve.
    """
    place, config = f"{where} supply.{name}", target.config.supply.get(name)
    if config is None:
        return None if fresh is None else CallSupply(fresh, f"the hook for a fresh {name}")
    if config.numbers is not None:
        return ListSupply(config.numbers, f"{place}.numbers")
    if config.file is not None:
        return ListSupply(_lines(config.file, place), f"{place}.file {config.file}")
    if config.command is not None:
        clean = target.secrets.redact
        return CommandSupply(config.command, f"{place}.command", config.timeout, clean)
    if config.http is None:
        return None
    return target_call(target, config.http, f"{place}.http", config.timeout)


def target_call(target: Target, call: HttpCall, where: str, timeout: float) -> HttpSupply:
    """Return the supply that an HTTP call of a target file makes, at the target's pace.

    Args:
        target: The target; its secrets take in the ones that the call's headers name.
        call: The call.
        where: How messages name its place.
        timeout: Seconds that it may take.

    Raises:
        UsageError: A header names an environment variable that is not set.
    """
    headers = {}
    for name, text in call.headers.items():
        headers[name] = text
        if text.startswith("env:"):
            variable, headers[name] = read_secret(text, f"{where}.headers.{name}", os.environ)
            target.secrets.hide(headers[name], f"${variable}")
    return http_supply(
        call.model_copy(update={"headers": headers}),
        where,
        target.verify,
        timeout=timeout,
        pace=target.pace_of(call.url),
        clean=target.secrets.redact,
    )


def http_supply(call: HttpCall, where: str, verify: Verify, **options: Any) -> HttpSupply:
    """Return the supply that an HTTP call makes.

    Args:
        call: The call, its headers as they go out.
        where: How messages name its place.
        verify: How certificates are verified.
        options: Further settings of `HttpSupply`.
    """
    body = {} if call.body is None else {"body": call.body}
    return HttpSupply(
        call.method,
        call.url,
        call.pointer,
        where,
        headers=call.headers,
        verify=verify,
        **body,
        **options,
    )


def _lines(file: str, place: str) -> list[str]:
    try:
        text = read_bytes(Path(file), _LARGEST_LIST).decode("utf-8")
    except UsageError as error:
        raise UsageError(f"{place}.file: {error}") from None
    except ValueError:
        raise UsageError(f"{place}.file: {file} is no text file") from None
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
