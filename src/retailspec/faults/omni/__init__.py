"""Faults and liberties that both Omni reference servers can have."""

import retailspec.faults.omni.callers
import retailspec.faults.omni.liberties
import retailspec.faults.omni.wire  # noqa: F401 - registers its faults
from retailspec.faults.omni.shared import seed

__all__ = ["seed"]
