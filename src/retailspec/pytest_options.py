"""What pytest's options say about a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from retailspec.checks import Effort, Generated, Options
from retailspec.errors import UsageError
from retailspec.lifecycle import Depth
from retailspec.properties.profiles import SANDBOX, profile_of

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = ["options_of"]

Choice = TypeVar("Choice", bound="StrEnum")


def options_of(option: Any) -> Options:
    """Return the options of a run.

    Args:
        option: The namespace of pytest's options.

    Raises:
        UsageError: One has a value that it cannot have, or needs what is not installed.
    """
    return Options(
        depth=_chosen("--depth", option.depth, Depth),
        strict=option.retailspec_strict,
        races=not option.no_races,
        effort=_chosen("--effort", option.effort, Effort) or Effort.FULL,
        schemathesis=_generated(option),
        profile=profile_of(option.profile or SANDBOX).name,
        seed=_number("--seed", option.seed, 0),
        replay=option.replay,
        allow_irreversible=option.allow_irreversible,
    )


def _chosen(name: str, value: str | None, choices: type[Choice]) -> Choice | None:
    if value is None:
        return None
    if value not in list(choices):
        raise UsageError(f"{name} {value}: choose one of {', '.join(choices)}")
    return choices(value)


def _generated(option: Any) -> Generated | None:
    calls = _number("--schemathesis-calls", option.schemathesis_calls, Generated.calls)
    seed = _number("--seed", option.seed, Generated.seed)
    if not option.schemathesis:
        return None
    from retailspec.layers.generated import require_schemathesis  # noqa: PLC0415 - optional

    require_schemathesis()
    return Generated(calls, seed)


def _number(name: str, value: str | None, otherwise: int) -> int:
    if value is None:
        return otherwise
    if not (value.isascii() and value.isdecimal() and int(value) < 10**9):
        raise UsageError(f"{name} {value}: is no whole number from 0 on")
    return int(value)
