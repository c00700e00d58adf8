"""`retailspec export`: the contracts in the formats of other tools."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from retailspec.contract import load_contract, names, nearest
from retailspec.errors import UsageError
from retailspec.export.formats import FORMATS, SYNTAXES, exported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["RECORD", "run_export"]

RECORD = ".retailspec-export.json"
"""Lists what an export wrote into its folder, so that the next one knows what it may replace."""


def run_export(wanted: Sequence[str], *, form: str, syntax: str | None, out: Path) -> None:
    """Write contracts into a folder, and say which files.

    The folder may be missing or empty, or hold an earlier export in the same format and nothing
    else; then that is replaced.

    Args:
        wanted: The contracts' names; all contracts if there is none.
        form: The format.
        syntax: yaml or json, for OpenAPI documents; None is yaml.
        out: The folder.

    Raises:
        UsageError: A name, the format or the syntax is unknown, or the folder cannot be used.
    """
    if form not in FORMATS:
        known = list(FORMATS)
        raise UsageError(
            f"--format {form}: no such format.{nearest(form, known)} (one of: {', '.join(known)})"
        )
    if syntax is not None and syntax not in SYNTAXES:
        raise UsageError(f"--syntax {syntax}: neither yaml nor json")
    if syntax == "yaml" and not form.startswith("openapi"):
        raise UsageError(f"--syntax yaml: {form} is always JSON")
    contracts = [load_contract(name) for name in dict.fromkeys(wanted or names())]
    files = exported(contracts, form, syntax or "yaml")
    old = _earlier(out, form)
    try:
        _write(out, files, old)
        record = {"format": form, "files": sorted(files)}
        (out / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from None
    for name in files:
        click.echo(out / name)


def _write(out: Path, files: dict[str, str], old: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in set(old) - files.keys():
        (out / name).unlink()
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for name in set(old) - files.keys():
        folder = (out / name).parent
        if folder != out and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _earlier(out: Path, form: str) -> list[str]:
    """Return the files of an earlier export that are still there.

    Raises:
        UsageError: The folder holds something else, or cannot be read.
    """
    if not out.exists():
        return []
    if not out.is_dir():
        raise UsageError(f"--out {out}: is no folder")
    found = _found(out)
    if not found:
        return []
    record = _record(out)
    told = record.get("format")
    if told is not None and told != form:
        raise UsageError(f"--out {out}: holds an export in the format {told}; name another folder")
    known = {RECORD, *map(str, record.get("files", ()))}
    foreign = [name for name in found if name not in known]
    if foreign:
        raise UsageError(
            f"--out {out}: is not empty ({foreign[0]} is not from an export); "
            "name an empty folder, or one that is not there yet"
        )
    return [name for name in found if name != RECORD]


def _found(out: Path) -> list[str]:
    """Return everything in a folder but the folders that hold something, as relative paths."""

    def fail(error: OSError) -> None:
        raise UsageError(f"--out {out}: cannot be read: {error.strerror}")

    found = []
    for folder, below, inside in os.walk(out, onerror=fail):
        here = os.path.relpath(folder, out).replace(os.sep, "/")
        found += [name if here == "." else f"{here}/{name}" for name in inside]
        if not inside and not below and here != ".":
            found.append(here)
    return sorted(found)


def _record(out: Path) -> dict[str, Any]:
    try:
        value = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    good = isinstance(value, dict) and isinstance(value.get("files", []), list)
    return value if good else {}
