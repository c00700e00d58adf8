"""Requests that schemathesis makes from an OpenAPI document: coverage cases first, then fuzz."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import random
import tempfile
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Generator", "require_schemathesis"]

_FEWEST = 10
_BATCHES = 4


def require_schemathesis() -> None:
    """Make sure that schemathesis is installed.

    Raises:
        UsageError: It is not.
    """
    if importlib.util.find_spec("schemathesis") is None:
        raise UsageError(
            "--schemathesis: the package schemathesis is not installed; "
            "`pip install 'retailspec[schemathesis]'` adds it"
        )


class Generator:
    """Makes schemathesis' cases for the operations of one OpenAPI document.

    Args:
        document: The document's file.
        seed: What the choice among the cases, and the fuzz, is drawn from.
    """

    def __init__(self, document: Path, seed: int) -> None:
        schemathesis = importlib.import_module("schemathesis")
        self._modes = schemathesis.GenerationMode
        self._schema = schemathesis.openapi.from_path(document, config=schemathesis.Config())
        self._seed = seed
        self._operations = {
            found.ok().definition.raw.get("operationId"): found.ok()
            for found in self._schema.get_all_operations()
        }

    def cases(self, operation: str, count: int, *, drawn: bool = True) -> Iterator[Any]:
        """Yield cases of an operation: those that cover its schema, then some drawn at random.

        Args:
            operation: The operation's id.
            count: How many are wanted; more that cover the schema are shuffled.
            drawn: Whether any are drawn at random.
        """
        with _hypothesis_at_home_elsewhere():
            covered = list(self._coverage(self._operations[operation]))
            if len(covered) > count:
                random.Random(f"{self._seed} {operation}").shuffle(covered)  # noqa: S311 - a choice that can be repeated
            yield from covered
            batch = max(_FEWEST, (count - len(covered)) // 2)
            for number in range(_BATCHES if drawn else 0):
                yield from self._fuzz(self._operations[operation], batch, self._seed + number)

    def _coverage(self, operation: Any) -> Iterator[Any]:
        yield from self._schema.iter_coverage_cases(
            operation,
            generation_modes=list(self._modes),
            generation_config=self._schema.config.generation_for(
                operation=operation, phase="coverage"
            ),
        )

    def _fuzz(self, operation: Any, count: int, seed: int) -> Iterator[Any]:
        drawn = [self._drawn(operation, mode, count, seed) for mode in self._modes]
        pairs = chain.from_iterable(zip_longest(*drawn))
        return (case for case in pairs if case is not None)

    @staticmethod
    def _drawn(operation: Any, mode: Any, count: int, seed: int) -> list[Any]:
        hypothesis = importlib.import_module("hypothesis")
        made: list[Any] = []

        def keep(case: Any) -> None:
            made.append(case)

        quick = hypothesis.settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        strategy = operation.as_strategy(generation_mode=mode)
        # an operation may have nothing that can be made wrong
        nothing = (hypothesis.errors.Unsatisfiable, hypothesis.errors.InvalidArgument)
        with contextlib.suppress(*nothing):
            hypothesis.seed(seed)(quick(hypothesis.given(strategy)(keep)))()
        return made


@contextlib.contextmanager
def _hypothesis_at_home_elsewhere() -> Iterator[None]:
    """Keep hypothesis from leaving a folder where the command is called."""
    configuration = importlib.import_module("hypothesis.configuration")
    name = "__hypothesis_home_directory"
    before = getattr(configuration, name, None)
    with tempfile.TemporaryDirectory(prefix="retailspec-") as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
