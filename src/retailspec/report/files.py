"""The files of a report: written whole or not at all, and looked at before they are believed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from retailspec.errors import UsageError
from retailspec.files import read_json
from retailspec.report.curl import plain
from retailspec.report.document import FORMAT, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "HAR_FILE",
    "JSON_FILE",
    "PAGE_FILE",
    "check_folder",
    "dump",
    "read_report",
    "report_schema",
    "write_files",
]

JSON_FILE, PAGE_FILE, HAR_FILE = "report.json", "report.html", "exchanges.har"

Record = dict[str, Any]


def check_folder(folder: Path) -> None:
    """Make the folder of a report, and make sure that its files can be written.

    Raises:
        UsageError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (JSON_FILE, PAGE_FILE, HAR_FILE):
            if (folder / name).is_dir():
                raise UsageError(f"--report {folder}: cannot be written: {name} in it is a folder")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"--report {folder}: cannot be written: {error.strerror}") from None


def dump(value: Any) -> str:
    """Return JSON text in ASCII, so that no character of an answer acts on whoever shows it."""
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a folder; each takes the place of an older one only when it is whole.

    Args:
        folder: The folder.
        texts: File name to what it is to hold.

    Raises:
        UsageError: One cannot be written.
    """
    for name, text in texts.items():
        _write(folder, name, text)


def _write(folder: Path, name: str, text: str) -> None:
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
            stack.callback(lambda: Path(made).unlink(missing_ok=True))
            with open(handle, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - a handle
                stream.write(text)
            Path(made).chmod(0o666 & ~_umask())
            Path(made).replace(folder / name)
        except OSError as error:
            raise UsageError(
                f"{folder / name}: cannot be written: {error.strerror or error}"
            ) from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def report_schema() -> Record:
    """Return the JSON Schema of report.json."""
    text = files("retailspec.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: Record = json.loads(text)
    return schema


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(report_schema())


def read_report(path: Path) -> Record:
    """Return the report that a file holds.

    Raises:
        UsageError: It cannot be read, is no report, or one of a later format.
    """
    report = read_json(path)
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise UsageError(f"{path}: is no report of retailspec; --report DIR writes one")
    version = report.get("version")
    if isinstance(version, int) and version > VERSION:
        raise UsageError(
            f"{path}: has format version {version}, and this retailspec reads {VERSION}; "
            "use a newer one"
        )
    problem = _violation(report) or _loose_end(report)
    if problem:
        raise UsageError(f"{path}: is a broken report: {problem}")
    return report


def _violation(report: Record) -> str:
    try:
        error = next(iter(_validator().iter_errors(report)), None)
    except (ValueError, RecursionError) as problem:  # NaN, and what nests too deeply
        return " ".join(str(problem).split()) or "it nests too deeply"
    if error is None:
        return ""
    place = "".join(f"/{part}" for part in error.instance_path) or "its top"
    return plain(f"at {place}: {_cut(' '.join(error.message.split()))}")


def _loose_end(report: Record) -> str:
    """Return what a report refers to and does not have, or nothing."""
    for number, contract in enumerate(report["contracts"]):
        lifecycle = contract["lifecycle"]
        if lifecycle is None:
            continue
        states = {state["id"] for state in lifecycle["states"]}
        named = {lifecycle["initial"]}
        named |= {one[end] for one in lifecycle["transitions"] for end in ("from", "to")}
        if named - states:
            missing = plain(ascii(min(named - states)))
            return f"at /contracts/{number}/lifecycle: there is no state {missing}"
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= 160 else f"... {text[-156:]}"
