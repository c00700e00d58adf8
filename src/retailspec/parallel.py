"""Several things at the same time, in threads that end when all is given up."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["together"]

_GRACE = 1.0

Made = TypeVar("Made")


def together(jobs: Sequence[Callable[[], Made]], stop: Callable[[], None]) -> list[Made]:
    """Do jobs at the same time, each in a thread of its own, and return what they gave.

    Args:
        jobs: The jobs; all of them are waited for.
        stop: Makes them end soon; called where the caller is interrupted, by Ctrl-C say.

    Raises:
        Exception: What the first of the jobs, in their order, raised.
    """
    done: queue.SimpleQueue[tuple[int, Any, Exception | None]] = queue.SimpleQueue()

    def do(number: int, job: Callable[[], Made]) -> None:
        try:
            done.put((number, job(), None))
        except Exception as error:
            done.put((number, None, error))

    threads = [
        threading.Thread(target=do, args=(number, job), daemon=True)
        for number, job in enumerate(jobs)
    ]
    try:
        for thread in threads:
            thread.start()
        ended = sorted((done.get() for _ in jobs), key=lambda one: one[0])
    except BaseException:
        stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_GRACE)
        raise
    for _, _, error in ended:
        if error is not None:
            raise error
    return [made for _, made, _ in ended]
