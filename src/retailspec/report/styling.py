"""A line with its markup as a terminal takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["styled"]

_COLOURS = {
    "red": "red",
    "yellow": "yellow",
    "green": "green",
    "cyan": "cyan",
    "purple": "magenta",
}


def styled(line: str, markup: Mapping[str, bool]) -> str:
    """Return a line with its markup as a terminal takes it."""
    if not markup:
        return line
    colour = next((_COLOURS[name] for name in _COLOURS if markup.get(name)), None)
    return click.style(line, fg=colour, bold=markup.get("bold"))
