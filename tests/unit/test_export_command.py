"""`retailspec export` writes into a folder of its own, and says in one line what is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retailspec.cli import main
from retailspec.command_export import RECORD
from retailspec.contract import names
from retailspec.export.formats import FORMATS

ROOT = Path(__file__).parents[2]


def _export(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


def _refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in result.stderr


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        RECORD
    }


@pytest.mark.parametrize("form", FORMATS)
def test_all_contracts_are_written(form: str, tmp_path: Path) -> None:
    """Without a name every contract is exported, and each file is named on the output."""
    out = tmp_path / "new" / "folder"
    result = _export("--format", form, "--out", out)
    assert result.exit_code == 0, result.output
    assert {str(out / name) for name in _files(out)} == set(result.stdout.splitlines())
    for name in names():
        assert any(file.startswith(name) for file in _files(out))


def test_one_contract_in_json(tmp_path: Path) -> None:
    """Named contracts alone are written, in the syntax that is asked for."""
    result = _export("omni-orders", "--format", "openapi", "--syntax", "json", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert _files(tmp_path) == {"omni-orders.json"}
    assert json.loads((tmp_path / "omni-orders.json").read_text("utf-8"))["openapi"] == "3.1.0"


def test_an_export_replaces_its_predecessor(tmp_path: Path) -> None:
    """A second export in the same format leaves nothing of the first behind."""
    assert _export("--format", "json-schema", "--out", tmp_path).exit_code == 0
    result = _export("mipos-receiver", "--format", "json-schema", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert _files(tmp_path) == {"mipos-receiver/delivery.json", "mipos-receiver/refusal.json"}
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["mipos-receiver"]


def test_what_others_wrote_is_left_alone(tmp_path: Path) -> None:
    """A folder with anything else in it is refused, and nothing in it changes."""
    assert _export("omni-orders", "--format", "openapi", "--out", tmp_path).exit_code == 0
    before = (tmp_path / "omni-orders.yaml").read_bytes()
    _refused(_export("--format", "postman", "--out", tmp_path), "format openapi", "another folder")
    (tmp_path / "mine.txt").write_text("mine")
    _refused(_export("--format", "openapi", "--out", tmp_path), "not empty", "mine.txt")
    assert _files(tmp_path) == {"omni-orders.yaml", "mine.txt"}
    assert (tmp_path / "omni-orders.yaml").read_bytes() == before


@pytest.mark.parametrize("record", ["[]", "{", '{"files": 1}', '{"format": "openapi"}'])
def test_a_broken_record_frees_nothing(record: str, tmp_path: Path) -> None:
    """A record that lists nothing does not make other files replaceable."""
    (tmp_path / RECORD).write_text(record)
    (tmp_path / "mine.txt").write_text("mine")
    _refused(_export("--format", "openapi", "--out", tmp_path), "mine.txt")


@pytest.mark.parametrize("form", FORMATS)
def test_a_contract_of_ones_own_is_exported(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract in a folder of the user's is exported like the built-in ones."""
    own = tmp_path / "own"
    for part in ("openapi", "rules"):
        (own / part).mkdir(parents=True)
        text = (ROOT / part / "omni-orders.yaml").read_text("utf-8")
        (own / part / "acme.yaml").write_text(text.replace("omni-orders", "acme"), "utf-8")
    shutil.copy(ROOT / "rules" / "common.yaml", own / "rules")
    shutil.copytree(ROOT / "schemas" / "omni-orders", own / "schemas" / "acme")
    monkeypatch.setenv("RETAILSPEC_CONTRACTS", str(own))
    result = _export("acme", "--format", form, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert any(file.startswith("acme") for file in _files(tmp_path / "out"))


def test_wrong_words_are_told(tmp_path: Path) -> None:
    """An unknown name, format or syntax is one line with the nearest known one."""
    out = tmp_path / "out"
    _refused(_export("omni-order", "--format", "postman", "--out", out), "omni-orders?")
    _refused(_export("--format", "postmen", "--out", out), "Did you mean postman?")
    _refused(_export("--format", "openapi", "--syntax", "xml", "--out", out), "yaml nor json")
    _refused(_export("--format", "vectors", "--syntax", "yaml", "--out", out), "always JSON")
    assert not out.exists()


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    """A file in place of the folder, or of one above it, is one line."""
    file = tmp_path / "file"
    file.write_text("")
    _refused(_export("--format", "openapi", "--out", file), "is no folder")
    _refused(_export("--format", "openapi", "--out", file / "below"), "cannot be written")
