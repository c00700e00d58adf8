"""The corpus, measured once for all tests of this folder."""

import pytest

from retailspec.faults.measure import Measured, measure
from retailspec.faults.model import CORPORA


@pytest.fixture(scope="session")
def measured() -> list[Measured]:
    """What the suite says about every fault and liberty."""
    return list(measure(CORPORA))
