"""What is kept of a run's exchanges once they are judged: no more than fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.exchange import Exchange

__all__ = ["Shelf"]

_ROOM = 4_000_000
_LARGEST = 64_000
_LEAST = 2_000


class Shelf:
    """Cuts answers to what reports show of them; whole ones are kept while there is room.

    There is room for 4 MB in all, and for 64 kB of one answer; of others 2 kB are kept.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._left = _ROOM

    def tidy(self, exchanges: Sequence[Exchange]) -> None:
        """Cut what came since the last time; a check that needs it whole has ended by then.

        Args:
            exchanges: All exchanges of the run, in order.
        """
        for exchange in exchanges[self._seen :]:
            if exchange.response is not None:
                exchange.response.cut(_LARGEST if self._left > 0 else _LEAST)
                self._left -= exchange.response.size
        self._seen = len(exchanges)
