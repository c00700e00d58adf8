"""Files that a user names: read in full, or seen to be writable, or told of in one line."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from retailspec.errors import UsageError

__all__ = ["check_writable", "read_bytes", "read_json", "read_toml", "write_text"]


def read_toml(path: Path, largest: int = 1_000_000) -> dict[str, Any]:
    """Return what a TOML file holds.

    Args:
        path: The file.
        largest: The most bytes that it may have.

    Raises:
        UsageError: It cannot be read, is larger, or is no TOML.
    """
    raw = read_bytes(path, largest)
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is no valid TOML: {_line(error)}") from None


def read_json(path: Path, largest: int = 200_000_000) -> Any:
    """Return what a JSON file holds.

    Args:
        path: The file.
        largest: The most bytes that it may have.

    Raises:
        UsageError: It cannot be read, is larger, or is no JSON.
    """
    raw = read_bytes(path, largest)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is no valid JSON: {_line(error)}") from None


def read_bytes(path: Path, largest: int) -> bytes:
    """Return what a regular file holds.

    Args:
        path: The file.
        largest: The most bytes that it may have.

    Raises:
        UsageError: It cannot be read, is larger, or is none: a folder, a pipe, a device.
    """
    try:
        about = path.stat()
        if stat.S_ISREG(about.st_mode):  # a pipe or a device may never end
            if about.st_size > largest:
                raise UsageError(f"{path}: is larger than it can be ({largest // 1_000_000} MB)")
            return path.read_bytes()
        folder = stat.S_ISDIR(about.st_mode)
        problem = f"cannot be read: {'Is a directory' if folder else 'It is no regular file'}"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError:
        problem = "is no name that a file can have"
    raise UsageError(f"{path}: {problem}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or "nested too deeply"


def check_writable(what: str, path: Path) -> None:
    """Make sure that a file can be written, in a folder that may still have to be made.

    An existing file is left as it is, and none is left behind.

    Args:
        what: The option that names it, for the message.
        path: The file.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        problem = _hindrance(path)
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise UsageError(f"{what} {path}: cannot be written: {problem}")


def _hindrance(path: Path) -> str:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is no folder"
    if path.is_dir():
        return "Is a directory"
    there = path.exists()
    if folder != path.parent or (there and not path.is_file()):  # opening a pipe might block
        return "" if os.access(path if there else folder, os.W_OK) else "Permission denied"
    with path.open("ab"):
        pass
    if not there:
        path.unlink()
    return ""


def write_text(what: str, path: Path, text: str) -> None:
    """Write a file, and the folders that lead to it.

    Args:
        what: The option that names it, for the message.
        path: The file.
        text: What it is to hold.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{what} {path}: cannot be written: {error.strerror}") from None
