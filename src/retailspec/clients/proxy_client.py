"""The proxy's traffic: bytes from a client to the upstream, unchanged, as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from retailspec.clients.framing import FramingError, Reader, RequestHead
from retailspec.clients.proxy_refusal import refusal, reset
from retailspec.clients.proxy_turn import Turn
from retailspec.clients.proxy_upstream import UpstreamSide

if TYPE_CHECKING:
    from retailspec.clients.framing_body import Body
    from retailspec.clients.proxy_relay import Relay

__all__ = ["ClientSide"]

_MOST_EARLY: Final = 65_536
_MOST_TURNS: Final = 64
_SWITCHED: Final = "a connection that another protocol is spoken on, as client and server agreed"


class ClientSide(asyncio.Protocol):
    """One client connection, and the upstream connection that belongs to it.

    Args:
        relay: What all connections share.

    Attributes:
        turns: The requests whose exchange is not whole, oldest first.
        transport: The client's connection.
        blind: Whether another protocol is spoken: bytes are passed, and not looked at.
    """

    def __init__(self, relay: Relay) -> None:
        self.turns: deque[Turn] = deque()
        self.transport: asyncio.Transport
        self.blind = False
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(self)
        self._side: UpstreamSide | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._paused: set[str] = set()
        self._refusal: FramingError | None = None
        self._refused = False
        self._half_closed = False
        self._unreadable = ""

    # What the connection tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self.transport = cast("asyncio.Transport", transport)
        self._relay.clients.add(self)
        if len(self._relay.clients) > self._relay.limits.connections:
            self._refuse(FramingError("too many connections at once", 503))
        else:
            self._arm()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, as far as they are safe."""
        if self._refusal is not None:
            return
        if self.blind:
            self._pass_on(data)
            return
        wire: list[bytes] = []
        error = None
        try:
            self._reader.feed(data, wire)
        except FramingError as refusal:
            error = refusal
        if wire:
            self._pass_on(wire[0] if len(wire) == 1 else b"".join(wire))
        if error is not None:
            self._refuse_in_turn(error)
        elif self._reader.waiting:
            self._arm()
        elif self._timer is not None:
            self._disarm()

    def eof_received(self) -> bool:
        """The client sends no more; it may still read."""
        self._half_closed = True
        if self._refused or not (self.turns or self.blind):
            return False
        if self._side is None:
            return True
        if self._side.end():
            return True
        return not self.blind and self.turns[-1].sent  # TLS cannot end in one direction

    def pause_writing(self) -> None:
        """The client reads too slowly: read no more from the upstream."""
        if self._side is not None:
            self._side.pause(paused=True)

    def resume_writing(self) -> None:
        """The client has read on."""
        if self._side is not None:
            self._side.pause(paused=False)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The client is gone: so is what it asked for."""
        self._relay.clients.discard(self)
        self._disarm()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._side is not None:
            self._side.transport.abort()
        self._give_up("the client went away before the answer was whole")

    # What the reader of requests tells

    def begin(self, head: bytes) -> tuple[bytes, Body | None]:
        """Take a request's head: refuse it, or give it the upstream's host and path."""
        read = RequestHead(head)
        self._relay.guard.check(read)
        body = read.body()
        head = self._relay.upstream.head(head, read)
        self.turns.append(Turn(read, head, self._relay.budget))
        if self._side is None and self._connecting is None:
            self._connecting = self._loop.create_task(self._connect())
        return head, body

    def payload(self, piece: bytes) -> None:
        """Keep a piece of a request's body."""
        self.turns[-1].request.add(piece)

    def ended(self) -> None:
        """A request is whole."""
        turn = self.turns[-1]
        turn.sent = True
        if self._unreadable:
            self._give_up(self._unreadable)
        elif turn.answered:
            self._hand_over()
        elif turn.upgrades or len(self.turns) >= _MOST_TURNS:
            self._reader.held = True
            self.pause("turns")

    # What the upstream's side tells

    def connected(self, side: UpstreamSide) -> None:
        """The upstream accepted the connection."""
        if self not in self._relay.clients or self._refused:
            side.transport.abort()
            return
        self._side = side
        early, self._early = self._early, []
        side.transport.write(b"".join(early))
        self.resume("early")
        if self._half_closed:
            side.end()

    def answered(self) -> None:
        """An answer is whole, and on its way."""
        if self.turns[0].sent:
            self._hand_over()

    def unreadable(self, reason: str) -> None:
        """An answer makes no sense: bytes are passed on, and nothing is judged any more."""
        self._unreadable = reason
        self._relay.tell(reason)
        self._give_up(reason)
        self.resume("turns")

    def switch(self) -> None:
        """The upstream agreed to another protocol: from now on only bytes are passed."""
        self.blind = True
        self._relay.sink.miss(_SWITCHED)
        self._relay.tell(f"not judged from here on: {_SWITCHED}")
        self._hand_over()
        rest = self._reader.take_rest()
        if rest:
            self._pass_on(rest)
        self.resume("turns")

    def upstream_lost(self, *, broken: bool) -> None:
        """The upstream closed the connection: so does the proxy.

        Args:
            broken: Whether the client could take what it has for the whole answer otherwise.
        """
        if self._refused:
            return
        half = any(turn.answer_head for turn in self.turns)
        self._give_up("the upstream closed the connection before the answer was whole")
        if broken:
            reset(self.transport)
        elif self._refusal is not None and not half:
            self._refuse(self._refusal)
        else:
            self.transport.close()

    def pause(self, why: str) -> None:
        """Stop reading from the client, for a reason."""
        self._paused.add(why)
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self, why: str) -> None:
        """Read on from the client, where there was no other reason not to."""
        if why not in self._paused:
            return
        self._paused.discard(why)
        if self._paused or self.transport.is_closing():
            return
        self.transport.resume_reading()
        if self._reader.held:
            self._reader.held = False
            if not self.blind:
                self.data_received(b"")

    def cut(self, reason: str) -> None:
        """End both connections at once."""
        self._give_up(reason)
        self.transport.abort()

    # How it is done

    def _pass_on(self, data: bytes) -> None:
        if self._side is not None:
            self._side.transport.write(data)
            return
        self._early.append(data)
        if sum(map(len, self._early)) > _MOST_EARLY:
            self.pause("early")

    async def _connect(self) -> None:
        trouble = await self._relay.connect(lambda: UpstreamSide(self))
        if trouble:
            head_only = bool(self.turns) and self.turns[0].method == b"HEAD"
            self._give_up(trouble)
            self._refuse(FramingError(trouble, 502), head_only=head_only)

    def _hand_over(self) -> None:
        """Give away the first exchange, which is whole."""
        turns = self.turns
        self._relay.sink.see(turns.popleft().seen(self._relay.upstream.origin))
        if self._paused and not (turns and turns[-1].upgrades) and len(turns) <= _MOST_TURNS // 2:
            self.resume("turns")
        if turns:
            return
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._half_closed and not self.blind:
            self.transport.close()

    def _give_up(self, reason: str) -> None:
        """Give away what is not whole and will not become so."""
        turns, self.turns = self.turns, deque()
        for turn in turns:
            error = "" if turn.answered else reason
            self._relay.sink.see(turn.seen(self._relay.upstream.origin, error))

    def _refuse_in_turn(self, error: FramingError) -> None:
        """Refuse what came last, after what came before it is answered."""
        self._refusal = error
        self._disarm()
        turns = self.turns
        if not turns:
            self._refuse(error)
        elif not turns[-1].sent:  # what came last is a malformed body
            alone = len(turns) == 1 and not turns[0].answer_head
            self._give_up(f"refused by the proxy: {error}")
            if alone:
                self._refuse(error)
            else:
                self.transport.abort()

    def _refuse(self, error: FramingError, *, head_only: bool = False) -> None:
        """Answer in the upstream's place, and close when the client has read it."""
        self._refusal = error
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if error.status != 502:
            self._relay.sink.miss(f"refused by the proxy: {error}")
            self._relay.tell(f"refused a request with {error.status}: {error}")
        if self._side is not None:
            self._side.transport.abort()
        self.transport.write(refusal(error, head_only=head_only))
        if self._half_closed:
            self.transport.close()
            return
        with contextlib.suppress(OSError):  # the client is gone already
            self.transport.write_eof()
        self._disarm()
        self._timer = self._loop.call_later(self._relay.limits.linger, self.transport.abort)

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._relay.limits.head, self._too_slow)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self._reader.waiting:
            self._refuse_in_turn(FramingError("the head of a request took too long", 408))
        else:  # a connection that was opened and never used
            self.transport.close()
