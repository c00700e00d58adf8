"""Triggers: making a target do something of its own accord, as its file says."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import httpx

from retailspec.errors import SupplyError
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.target.config import HttpCall
    from retailspec.target.target import Target

__all__ = ["set_off"]

_LONGEST = 30.0


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
        _run(config.command, f"trigger.{name}.command")
    elif config.http is not None:
        _call(config.http, target, f"trigger.{name}.http")


def _run(command: Sequence[str] | str, where: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command from their own target file
            command,
            shell=isinstance(command, str),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SupplyError(f"{where}: took longer than {_LONGEST:g} s") from None
    except OSError as error:
        raise SupplyError(f"{where}: cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        said = shorten(" ".join(done.stderr.decode("utf-8", "replace").split()), 160)
        raise SupplyError(f"{where}: ended with status {done.returncode}: {said}")


def _call(call: HttpCall, target: Target, where: str) -> None:
    body = {} if call.body is None else {"json": call.body}
    try:
        with httpx.Client(
            verify=target.verify, timeout=_LONGEST, trust_env=not target.embedded
        ) as client:
            answer = client.request(call.method, call.url, headers=call.headers, **body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SupplyError(f"{where}: {call.url} gave no answer: {error}") from None
    if not answer.is_success:
        raise SupplyError(f"{where}: {call.url} answered {answer.status_code}")
