"""Drawing examples up front: by a seeded generator, or by hypothesis where a profile asks for it.

Hypothesis takes a tenth of a second to load and half a millisecond for an example, which is as much
as a call on loopback; so it is left to the profiles that send enough to be worth it.
"""

from __future__ import annotations

import contextlib
import tempfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from retailspec.properties.choices import Choices, Numbers, seeded, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retailspec.properties.profiles import Profile

__all__ = ["examples"]


def examples(
    make: Callable[[Choices], object], count: int, seed: str, profile: Profile
) -> list[Numbers]:
    """Return up to `count` different examples, as the choices that they are made of.

    Args:
        make: Makes an example; only its choices matter.
        count: How many are wanted.
        seed: What the examples depend on besides `make` and the profile.
        profile: Says who draws them.
    """
    draw = _by_hypothesis if profile.hypothesis and count > 1 else _by_seed
    return draw(make, count, seed)


def _by_seed(make: Callable[[Choices], object], count: int, seed: str) -> list[Numbers]:
    found: dict[Numbers, None] = {}
    for attempt in range(2 * count):
        if len(found) == count:
            break
        choices = seeded(f"{seed}/{attempt}")
        make(choices)
        found[trimmed(choices.log)] = None
    return list(found)


def _by_hypothesis(make: Callable[[Choices], object], count: int, seed: str) -> list[Numbers]:
    import hypothesis  # noqa: PLC0415 - it loads slowly, and only large profiles use it
    from hypothesis import strategies  # noqa: PLC0415 - with the line above

    found: dict[Numbers, None] = {}

    @strategies.composite
    def numbers(draw: Any) -> Numbers:
        choices = Choices(lambda bound: draw(strategies.integers(0, bound - 1)) if bound > 1 else 0)
        make(choices)
        return trimmed(choices.log)

    @hypothesis.seed(int.from_bytes(sha256(seed.encode()).digest()[:8]))
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(numbers())
    def collect(drawn: Numbers) -> None:
        found[drawn] = None

    with _no_files_left(hypothesis):
        collect()
    return list(found)


@contextlib.contextmanager
def _no_files_left(hypothesis: Any) -> Iterator[None]:
    """Let hypothesis keep its notes in a folder that is gone afterwards."""
    configuration = hypothesis.configuration
    before = vars(configuration).get("__hypothesis_home_directory")
    with tempfile.TemporaryDirectory() as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
