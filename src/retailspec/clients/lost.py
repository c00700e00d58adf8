"""Marks for what was not recorded of an exchange."""

from typing import Final

__all__ = ["ANSWER_LOST", "BODY_LOST"]

BODY_LOST: Final = "the request's body was not recorded"
"""The tag of an exchange whose request had a body that nobody kept."""

ANSWER_LOST: Final = "the answer's body was not recorded, or not whole"
"""The tag of an exchange whose answer had a body that nobody kept, or not all of it."""
