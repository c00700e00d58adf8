"""Marks for what is not there of an exchange, and for what a request is not."""

from typing import Final

__all__ = ["ANSWER_LOST", "BODY_LOST", "NO_CREDENTIALS", "OTHER_METHOD"]

BODY_LOST: Final = "the request's body was not recorded"
"""The tag of an exchange whose request had a body that nobody kept."""

ANSWER_LOST: Final = "the answer's body was not recorded, or not whole"
"""The tag of an exchange whose answer had a body that nobody kept, or not all of it."""

NO_CREDENTIALS: Final = "no-credentials"
"""The tag of an exchange whose request was sent without a credential that it needs."""

OTHER_METHOD: Final = "other-method"
"""The tag of an exchange whose request has another method than its path."""
