"""What a JSON value is, where Python and JSON see it differently."""

from __future__ import annotations

from typing import TypeGuard

__all__ = ["as_integer", "is_number"]


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a JSON number: a boolean is none, nor is a number in quotes."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_integer(value: object) -> int | None:
    """Return the integer that a JSON number stands for (`5.0` is 5), or None for anything else."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
