"""What takes outside input ends in a verdict or in one clear line, whatever the input is.

A short run; `RETAILSPEC_FUZZ=N` makes N inputs, and `python benchmarks/fuzz.py --inputs N` too.
"""

from __future__ import annotations

import os

import pytest
from fuzz_clients import ALL_PARSERS as PARSERS
from fuzz_clients import Parser
from hypothesis import HealthCheck, Phase, given, settings

INPUTS = int(os.environ.get("RETAILSPEC_FUZZ", "400"))
SHARES = sum(parser.share for parser in PARSERS)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.name)
def test_every_input_ends_well(parser: Parser) -> None:
    """None of the inputs ends in anything but a verdict or one printable line."""

    @settings(
        max_examples=max(20, INPUTS * parser.share // SHARES),
        database=None,
        deadline=None,
        derandomize=INPUTS <= 1_000,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(parser.inputs)
    def read(drawn: object) -> None:
        parser.read(drawn)

    read()
