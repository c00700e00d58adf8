"""The code keeps the project's own rules of style and types."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
    ],
    ids=["lint", "format", "types"],
)
def test_tools_find_nothing(command: list[str]) -> None:
    """The linter, the formatter and the type checker have nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_are_small() -> None:
    """No module of the package is longer than a reader can hold in the head."""
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in ROOT.glob("src/**/*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert not long
