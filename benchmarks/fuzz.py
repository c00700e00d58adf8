"""Give many inputs to everything that takes outside input, and say how that ended.

    python benchmarks/fuzz.py --inputs 100000

None may end in anything but a verdict or one clear line; the first that does is shown, made small.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "hostile"))

from fuzz_clients import ALL_PARSERS as PARSERS
from fuzz_clients import Parser


def fuzz(parser: Parser, inputs: int, start: int) -> tuple[int, float]:
    """Give inputs to a parser; return how many there were, and the seconds that they took.

    Args:
        parser: The parser.
        inputs: How many at most; fewer where no more can be drawn.
        start: What they are drawn from.
    """
    count = 0

    @seed(start)
    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(parser.inputs)
    def read(drawn: object) -> None:
        nonlocal count
        count += 1
        parser.read(drawn)

    began = time.perf_counter()
    read()
    return count, time.perf_counter() - began


def main() -> None:
    """Fuzz each parser with its share of the inputs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    shares = sum(parser.share for parser in PARSERS)
    total = 0
    for parser in PARSERS:
        own = -(-chosen.inputs * parser.share // shares)
        count, seconds = fuzz(parser, own, chosen.seed)
        total += count
        print(f"{parser.name:<26} {count:>8} inputs {seconds:>7.1f} s   0 ended badly", flush=True)
    print(f"{'in all':<26} {total:>8} inputs")


if __name__ == "__main__":
    main()
