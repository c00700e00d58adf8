"""What all of the project's own tests share."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stages import Stage

    from retailspec.faults.measure import Measured

_LONGEST = "tests/faults/"


@pytest.fixture(scope="session")
def processes() -> int:
    """How many processes share long work; under pytest-xdist the other core has work already."""
    return 1 if "PYTEST_XDIST_WORKER" in os.environ else 2


@pytest.fixture(scope="session")
def measured(processes: int) -> list[Measured]:
    """What the suite says about every fault and liberty of the corpus, measured once."""
    from retailspec.faults.measure import measure  # noqa: PLC0415 - most tests do without
    from retailspec.faults.model import CORPORA  # noqa: PLC0415 - as above

    return list(measure(CORPORA, processes))


@pytest.fixture(scope="session")
def stage_of() -> Iterator[Callable[[str], Stage]]:
    """Give the judging stub of a contract, which is set up when it is first asked for."""
    from stages import Stage  # noqa: PLC0415 - found beside the tests that use it

    with contextlib.ExitStack() as stack:
        stages: dict[str, Stage] = {}

        def find(name: str) -> Stage:
            if name not in stages:
                stages[name] = stack.enter_context(Stage(name))
            return stages[name]

        yield find


@pytest.fixture(autouse=True, scope="session")
def _no_surroundings() -> Iterator[None]:
    """Runs inside a test annotate nothing and write no job summary, also in a GitHub job."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_ACTIONS", raising=False)
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Keep the order of collection where pytest-xdist shares the tests out.

    A shell lets what it runs in the background ignore Ctrl-C, and commands that tests start inherit
    that: they are given back what a command has that a person starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest: the other process makes all the others meanwhile."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the measured corpus to one process, a contract's rules too, and else a file to each."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

    class ByWork(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(_LONGEST):
                return _LONGEST
            _, _, name = nodeid.partition("test_rule[")
            return name.split("/", 1)[0] if name else nodeid.split("::", 1)[0]

    return ByWork(config, log)
