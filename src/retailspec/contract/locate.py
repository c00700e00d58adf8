"""Where the contracts' files lie: in the wheel, in a clone, or in a folder that the user names."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from retailspec.errors import UsageError

__all__ = ["CONTRACTS_VARIABLE", "conformance_folder", "data_folders", "find"]

CONTRACTS_VARIABLE = "RETAILSPEC_CONTRACTS"
_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def _own() -> Path:
    shipped = _PACKAGE / "data"
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent


def data_folders() -> list[Path]:
    """Return the folders that hold openapi/, schemas/ and rules/: the user's own first.

    Raises:
        UsageError: A folder that the user names has no rules.
    """
    named = [part for part in os.environ.get(CONTRACTS_VARIABLE, "").split(os.pathsep) if part]
    for part in named:
        if not Path(part, "rules").is_dir():
            raise UsageError(f"{CONTRACTS_VARIABLE}: {part}: has no folder rules/")
    return [Path(part).resolve() for part in named] + [_own()]


def find(*parts: str) -> Path | None:
    """Return the first file of that relative path in the data folders, or None."""
    for folder in data_folders():
        path = folder.joinpath(*parts)
        if path.is_file():
            return path
    return None


def conformance_folder() -> Path:
    """Return the folder of the conformance tests."""
    shipped = _PACKAGE / "conformance"
    return shipped if shipped.is_dir() else _own() / "tests" / "conformance"
