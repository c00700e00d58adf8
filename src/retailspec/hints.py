"""What is likelier a mistake in the target file than a defect of the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.exchange import Exchange

__all__ = ["hints"]

_TELLING = 8
"""Exchanges that are enough to tell."""

_PROBABLY: Mapping[int | None, str] = {
    None: "is that the API's address, and is the server well?",
    401: "are the credentials the right ones?",
    403: "are the credentials the right ones, and may they do this?",
    404: "is the base URL right, path included?",
    3: "redirects are not followed; is the base URL right?",
    5: "is the server well?",
}
"""By status, class of statuses, or None for no answer."""


def hints(exchanges: Sequence[Exchange], signing: str = "") -> list[str]:
    """Return what is probably wrong where no call at all was accepted; nothing where one was.

    Args:
        exchanges: All exchanges of a run.
        signing: The option of a target file that says how calls are signed, where they are.
    """
    total = len(exchanges)
    if total < _TELLING or any(one.accepted for one in exchanges):
        return []
    status, times = Counter(one.status for one in exchanges).most_common(1)[0]
    why = _PROBABLY.get(status, _PROBABLY.get((status or 0) // 100, ""))
    if not why or times < _TELLING:
        return []
    if status == 401 and signing:
        why += f" does options.{signing} fit?"
    how = "got no answer" if status is None else f"were answered {status}"
    return [f"no call was accepted, and {times} of {total} {how}: {why}"]
