"""What a user has to set so that a rule can be judged."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from retailspec.secrets import variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.contract.model import Contract

__all__ = ["unlocking"]

_NEEDS = re.compile(r"needs ([a-z_]+)(?:\.([A-Za-z0-9_-]+))?")
_SETTINGS = {
    "http_url": 'http_url = "http://..."',
    "webhook_url": 'webhook_url = "http://..." and options.listen = "HOST:PORT"',
}


def unlocking(contract: Contract, reasons: Iterable[str]) -> list[str]:
    """Return what would let a rule be judged, one entry per thing to set or to change.

    Args:
        contract: The contract.
        reasons: Why the rule, or a part of it, was not judged.
    """
    said = [one for reason in reasons if (one := _unlocks(contract, reason))]
    return list(dict.fromkeys(said))


def _unlocks(contract: Contract, reason: str) -> str:
    if reason.startswith("--no-races"):
        return "leave out --no-races"
    if "the supply has only" in reason or "are used up" in reason:
        return f"give more fresh entries ({', '.join(contract.supplies)}) in the target file"
    if "stayed busy" in reason or "within the target's patience" in reason:
        return f"set a longer patience in [{contract.name}] of the target file"
    found = _NEEDS.match(reason)
    if found is None:
        return ""
    kind, name = found[1], found[2] or ""
    line = _line(contract, kind, name)
    return f"set {line} in [{contract.name}] of the target file" if line else ""


def _line(contract: Contract, kind: str, name: str) -> str:
    if kind == "fixtures" and name in contract.fixtures:
        example = contract.fixtures[name].example
        return f"fixtures.{name} = {'...' if example is None else json.dumps(example)}"
    if kind == "credentials" and name in contract.credentials:
        return f'credentials.{name} = "env:{variable(contract.name, name)}"'
    if kind in {"supply", "trigger", "options"} and name:
        return f"{kind}.{name}"
    return _SETTINGS.get(kind, "")
