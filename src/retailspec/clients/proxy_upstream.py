"""The proxy's connection to the upstream: what comes is passed on first, and looked at then."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, cast

from retailspec.clients.framing import FramingError, Reader, ResponseHead
from retailspec.clients.framing_body import Endless

if TYPE_CHECKING:
    from retailspec.clients.framing_body import Body
    from retailspec.clients.proxy_client import ClientSide

__all__ = ["UpstreamSide"]


class UpstreamSide(asyncio.Protocol):
    """One connection to the upstream, for one client connection.

    Args:
        client: The client's side.

    Attributes:
        transport: The connection.
    """

    def __init__(self, client: ClientSide) -> None:
        self.transport: asyncio.Transport
        self._client = client
        self._reader: Reader | None = Reader(self)
        self._interim = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The upstream accepted the connection."""
        self.transport = cast("asyncio.Transport", transport)
        self._client.connected(self)

    def data_received(self, data: bytes) -> None:
        """Pass an answer's bytes on; then look at them."""
        self._client.transport.write(data)
        if self._reader is None:
            return
        try:
            self._reader.feed(data, [])
        except Exception as error:  # the bytes are on their way, whatever is made of them
            self._reader = None
            self._client.unreadable(f"an answer could not be read: {error}")
        else:
            if self._client.blind:
                self._reader = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The upstream closed the connection, which is the end of some answers."""
        reader = self._reader
        endless = reader is None or isinstance(reader.body, Endless)
        if reader is not None and endless and exc is None:
            self.ended()
        self._client.upstream_lost(broken=endless and exc is not None)

    def pause_writing(self) -> None:
        """The upstream reads too slowly: read no more from the client."""
        self._client.pause("upstream")

    def resume_writing(self) -> None:
        """The upstream has read on."""
        self._client.resume("upstream")

    def pause(self, *, paused: bool) -> None:
        """Stop reading from the upstream, or read on."""
        if self.transport.is_closing():
            return
        if paused:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def end(self) -> bool:
        """Tell the upstream that nothing more is sent; return whether the connection can do so."""
        if not self.transport.can_write_eof():
            return False
        with contextlib.suppress(OSError):  # it has closed the connection itself
            self.transport.write_eof()
        return True

    # What the reader of answers tells

    def begin(self, head: bytes) -> tuple[bytes, Body | None]:
        """Take an answer's head; those of interim answers (1xx) are only passed on."""
        read = ResponseHead(head)
        if not self._client.turns:
            raise FramingError("nothing was asked")
        turn = self._client.turns[0]
        switches = read.status == 101
        self._interim = read.status < 200 and not switches
        if switches and not turn.upgrades:
            raise FramingError("it changes to a protocol that nobody asked for")
        if not self._interim:
            turn.answer_head = head
        return b"", None if switches else read.body(turn.method)

    def payload(self, piece: bytes) -> None:
        """Keep a piece of an answer's body."""
        self._client.turns[0].answer.add(piece)

    def ended(self) -> None:
        """An answer is whole, or an interim one is."""
        if self._interim:
            return
        turn = self._client.turns[0]
        turn.answered = True
        if turn.answer_head.split(b" ", 2)[1][:3] == b"101":
            self._client.switch()
        else:
            self._client.answered()
