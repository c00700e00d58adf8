"""The relaying process' end of the stream to the judging one."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import socket
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final, Self, cast

from retailspec.clients.proxy_judge import HEADER, judge_process
from retailspec.clients.proxy_seen import Missed, pack
from retailspec.errors import RetailspecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from retailspec.clients.proxy_judge import Case
    from retailspec.clients.proxy_seen import Seen

__all__ = ["JudgeLink", "TooMuch"]

TooMuch: Final = "too much traffic at once"
"""Why an exchange was not judged that came when too many others were waiting."""

_MOST_WAITING: Final = 64_000_000
_MOST_REASONS: Final = 100
_LOST: Final = "the judging process ended early"
_NOT_JUDGED: Final = 3


class JudgeLink(asyncio.Protocol):
    """Sends what is seen to a process that judges it; never waits for it.

    What is seen while too much waits to be judged is counted, and neither judged nor recorded.

    Args:
        case: What is judged.
        tell: Prints a line for the user.
        most_waiting: Bytes that may wait to be judged.
    """

    def __init__(
        self, case: Case, tell: Callable[[str], object], *, most_waiting: int = _MOST_WAITING
    ) -> None:
        self._case = case
        self._tell = tell
        self._most = most_waiting
        self._missed: Counter[str] = Counter()
        self._batch: list[bytes] = []
        self._size = 0
        self._transport: asyncio.WriteTransport | None = None
        self._closed = asyncio.Event()
        self._ending = False
        self._loop = asyncio.get_running_loop()
        self._process: multiprocessing.process.BaseProcess

    async def __aenter__(self) -> Self:
        own, other = socket.socketpair()
        with other:
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(
                target=judge_process, args=(other, self._case), name="retailspec-judge"
            )
            with _deaf():
                self._process.start()
        own.setblocking(False)  # noqa: FBT003 - the library's own
        try:
            ready = await self._loop.sock_recv(own, 1)
        except OSError:
            ready = b""
        if not ready:
            own.close()
            self._process.join()
            raise RetailspecError("proxy: the judging process could not start")
        await self._loop.create_connection(lambda: self, sock=own)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending = True
        self._flush()
        transport = self._transport
        if transport is not None and not transport.is_closing():
            for reason, times in self._missed.items():
                transport.write(_framed(pack(Missed(reason, times))))
            transport.write_eof()
        await self._closed.wait()
        await asyncio.to_thread(self._process.join)

    @property
    def status(self) -> int:
        """The exit status that the verdict means; known when the context is left."""
        status = self._process.exitcode
        return _NOT_JUDGED if status is None or status < 0 else status

    def abandon(self) -> None:
        """Judge no more, not even what is waiting."""
        self._ending = True
        self._process.kill()

    # What the relay tells

    def see(self, seen: Seen) -> None:
        """Take an exchange."""
        if self._transport is None or self._transport.is_closing():
            return
        waiting = self._size + self._transport.get_write_buffer_size()
        if waiting > self._most:
            self.miss(TooMuch)
            return
        message = _framed(pack(seen))
        self._batch.append(message)
        self._size += len(message)
        if len(self._batch) == 1:
            self._loop.call_soon(self._flush)

    def miss(self, reason: str, times: int = 1) -> None:
        """Take note of exchanges that cannot be judged."""
        if reason in self._missed or len(self._missed) < _MOST_REASONS:
            if reason == TooMuch and not self._missed[reason]:
                self._tell(f"{TooMuch}: it is passed on, but not all of it is judged")
            self._missed[reason] += times

    def tell(self, line: str) -> None:
        """Tell the user something."""
        self._tell(line)

    # What the stream tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is there."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The judging process is gone, as it should be at the end only."""
        self._closed.set()
        if not self._ending:
            self._tell(f"{_LOST}: traffic goes on, and is not judged any more")

    def _flush(self) -> None:
        batch, self._batch, self._size = self._batch, [], 0
        if batch and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(batch))


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that is started ignore interrupts from its first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(HEADER, "big") + message
