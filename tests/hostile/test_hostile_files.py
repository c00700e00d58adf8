"""Hostile files of `traffic`, `report`, `compare` and `waive`: a verdict, or one clear line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hostile_commands import Commands, Done
from hostile_files import FILES, REPORTS, TARGETS, HostileFile, har, har_entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEWEST = 60
MOST_MEGABYTES = 300


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    with Commands() as running:
        yield running


def test_corpora_are_large_and_name_each_file_once() -> None:
    """No name stands twice, and there are not fewer than there were."""
    assert len(FILES) >= FEWEST
    for corpus in (FILES, REPORTS, TARGETS):
        assert len({one.name for one in corpus}) == len(corpus)


def checked(done: Done, file: HostileFile) -> None:
    """Make sure that a command ended as the corpus says, and printed nothing raw."""
    assert done.status == file.status, done.text
    assert file.says in done.text
    assert "Traceback" not in done.text
    strange = {char for char in done.text if not char.isprintable() and char != "\n"}
    assert not strange
    assert len(done.text) < 100_000
    assert done.megabytes < MOST_MEGABYTES
    if file.status == 2:
        assert done.out == ""
        assert done.errors.startswith("retailspec: ")
        assert done.errors.count("\n") == 1


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.name)
def test_traffic(file: HostileFile, commands: Commands, tmp_path: Path) -> None:
    """The file is refused in a line, or judged as far as it goes, and what is broken is told."""
    file.make(tmp_path / "traffic")
    checked(commands.run(tmp_path, "traffic", "traffic"), file)


@pytest.mark.parametrize(
    "file",
    [one for one in FILES if one.status != 2 and "sequences" in one.name],
    ids=lambda one: one.name,
)
def test_traffic_as_json(file: HostileFile, commands: Commands, tmp_path: Path) -> None:
    """The verdict as JSON is valid, and in ASCII, whatever the file holds."""
    file.make(tmp_path / "traffic")
    done = commands.run(tmp_path, "traffic", "traffic", "--format", "json")
    assert done.status == json.loads(done.out)["exit_status"] == file.status
    assert done.out.isascii()
    checked(done, HostileFile(file.name, file.make, file.status, ""))


@pytest.mark.parametrize(
    "words", [("report", "r"), ("compare", "r", "r"), ("waive", "r", "-o", "-")]
)
@pytest.mark.parametrize("file", REPORTS, ids=lambda one: one.name)
def test_report(
    file: HostileFile, words: tuple[str, ...], commands: Commands, tmp_path: Path
) -> None:
    """What is no report, or a broken one, is refused in a line."""
    file.make(tmp_path / "r")
    checked(commands.run(tmp_path, *words), file)


@pytest.mark.parametrize("file", TARGETS, ids=lambda one: one.name)
def test_target(file: HostileFile, commands: Commands, tmp_path: Path) -> None:
    """A broken target file is refused in a line before any traffic is judged."""
    file.make(tmp_path / "t.toml")
    (tmp_path / "good.har").write_bytes(har(har_entry()))
    checked(commands.run(tmp_path, "traffic", "good.har", "--target", "t.toml"), file)
