"""Files that a user names: read, or seen to be writable, without a trace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from retailspec.errors import UsageError
from retailspec.files import check_writable, read_json, read_toml, write_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_into_folders_made_for_it(tmp_path: Path) -> None:
    """Looking makes nothing; writing makes what is missing."""
    path = tmp_path / "a" / "b" / "c.txt"
    check_writable("--out", path)
    assert not list(tmp_path.iterdir())
    write_text("--out", path, "text")
    check_writable("--out", path)
    assert path.read_text() == "text"


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """Looking at a pipe that nobody reads does not wait for a reader."""
    os.mkfifo(tmp_path / "pipe")
    check_writable("--out", tmp_path / "pipe")


@pytest.mark.parametrize(
    ("place", "problem"),
    [("", "Is a directory"), ("file/x", "file is no folder"), ("x" * 300, "File name too long")],
)
def test_what_cannot_be_written_is_one_line(tmp_path: Path, place: str, problem: str) -> None:
    """The line names option, file and problem."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as error:
        check_writable("--out", tmp_path / place)
    assert str(error.value).startswith(f"--out {tmp_path / place}: cannot be written: ")
    assert str(error.value).endswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[" * 100_000, "is no valid"), ("\xff", "is no valid"), ("x" * 30, "is larger than")],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    """Nesting without end, another encoding and a huge file end in one line each."""
    path = tmp_path / "file"
    path.write_bytes(text.encode("latin-1"))
    largest = 20 if len(text) == 30 else 1_000_000
    for read in (read_json, read_toml):
        with pytest.raises(UsageError, match=problem) as error:
            read(path, largest)
        assert "\n" not in str(error.value)
