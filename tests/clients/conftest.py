"""Stubs for the clients of these tests: one server per contract, and a fresh judge for each run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def stage_of() -> Iterator[Callable[[str], Stage]]:
    """Give the stage of a contract, which is set up when it is first asked for."""
    with contextlib.ExitStack() as stack:
        stages: dict[str, Stage] = {}

        def find(name: str) -> Stage:
            if name not in stages:
                stages[name] = stack.enter_context(Stage(name))
            return stages[name]

        yield find
