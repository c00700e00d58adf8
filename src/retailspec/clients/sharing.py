"""A large recording judged by two processes: each parses half of it, and one follows the orders.

The file is cut into blocks. This process takes every other one; its helper recognises what is clear
in the rest, and hands over, in the lines' order, what an order's state depends on and every line
that it did not recognise. So findings are made here alone, and in order.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retailspec.clients.har_entries import LARGEST
from retailspec.clients.judging import Judged
from retailspec.clients.orders import Followed
from retailspec.clients.recording import BrokenLine, read_line
from retailspec.clients.sources import is_whole
from retailspec.clients.traffic import Read, recorded_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from typing import BinaryIO

    from retailspec.clients.fast import Clear
    from retailspec.clients.orders import Follower, Told
    from retailspec.clients.setup import Setup
    from retailspec.clients.sources import Source
    from retailspec.clients.traffic import Traffic
    from retailspec.exchange import Exchange

__all__ = ["may_share", "read_shared"]

BLOCK: Final = 2_000_000
"""Bytes of a block."""

SMALLEST: Final = 48_000_000
"""Bytes from which a file is worth a second process."""

_ALONE = 12  # blocks that are judged here while the helper starts
_ROUND = 11  # of so many blocks the helper takes every other one, the first and the last too


class _Step(NamedTuple):
    """A call on an order, clear but for what following the order says."""

    contract: str
    call: str
    order: tuple[str, str]
    told: Told | None
    times: tuple[float | None, float]
    offset: int


@dataclass(frozen=True)
class _Block:
    """What a block holds: its lines, how many of them are clear, and what is left to do, by line.

    `todo` has a step, or a line that was not recognised, or None for one that is too long.
    """

    lines: int
    entries: int
    clear: int
    todo: list[tuple[int, _Step | bytes | None]]
    counts: list[Clear]


def may_share(path: str, source: Source) -> bool:
    """Tell whether a file is large enough, and of a kind that can be read from the middle."""
    return (
        source.kind == "recording"
        and source.plain
        and Path(path).stat().st_size >= SMALLEST
        and len(_processors()) > 1
    )


def _processors() -> set[int]:
    try:
        return os.sched_getaffinity(0)
    except AttributeError:  # not on every system
        return set(range(os.cpu_count() or 1))


def read_shared(
    path: str, traffic: Traffic, setup: Setup, label: str, block_size: int = BLOCK
) -> Read:
    """Judge a recording with the help of a second process.

    Args:
        path: The file.
        traffic: What judges it.
        setup: How that was made.
        label: What comes before a position.
        block_size: Bytes of a block.
    """
    read = Read(path, "recording")
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    helper = context.Process(target=_help, args=(there, setup, path, block_size), daemon=True)
    helper.start()
    there.close()
    before = 0
    try:
        with Path(path).open("rb") as stream, Path(path).open("rb") as again:
            size = os.fstat(stream.fileno()).st_size
            for index in range(-(-size // block_size)):
                block = _received(here) if _is_helpers(index) else None
                if block is None:
                    before += _own(
                        _block_lines(stream, index, block_size), before, (traffic, read, label)
                    )
                else:
                    _finish(block, again, before, (traffic, read, label))
                    before += block.lines
            read.cut = _cut(stream, size, before)
    finally:
        here.close()
        helper.terminate()
        helper.join()
    return read


def _is_helpers(index: int) -> bool:
    """Tell whether the helper judges a block; who follows the orders takes fewer of them."""
    return index >= _ALONE and (index - _ALONE) % _ROUND % 2 == 0


def _received(connection: Connection) -> _Block | None:
    """Return the helper's next block; None where it is no more, and nothing is lost by it."""
    with contextlib.suppress(EOFError, OSError):
        block: _Block = connection.recv()
        return block
    return None


def _cut(stream: BinaryIO, size: int, lines: int) -> str:
    stream.seek(max(0, size - 64))
    return "" if is_whole(stream.read()) else f"it ends in the middle of line {lines}"


def _block_lines(stream: BinaryIO, index: int, size: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield offset and bytes of each line that begins in a block; None for one too long."""
    at, end = index * size, (index + 1) * size
    if index:
        stream.seek(at - 1)
        at -= 1
        at += _rest(stream)
    else:
        stream.seek(0)
    while at < end and (line := stream.readline(LARGEST)):
        start = at
        at += len(line)
        if len(line) == LARGEST and not line.endswith(b"\n"):
            at += _rest(stream)
            yield start, None
        else:
            yield start, line


def _rest(stream: BinaryIO) -> int:
    """Read the rest of a line, and return how many bytes that were."""
    size = 0
    while part := stream.readline(LARGEST):
        size += len(part)
        if part.endswith(b"\n"):
            break
    return size


def _own(
    lines: Iterator[tuple[int, bytes | None]], before: int, judging: tuple[Traffic, Read, str]
) -> int:
    """Judge a block here, and return how many lines it has."""
    traffic, read, label = judging
    number = before

    def numbered() -> Iterator[tuple[int, bytes | None]]:
        nonlocal number
        for _, line in lines:
            number += 1
            if line is None or not line.isspace():
                yield number, line

    traffic.lines(numbered(), read, label)
    return number - before


def _finish(
    block: _Block, again: BinaryIO, before: int, judging: tuple[Traffic, Read, str]
) -> None:
    """Do what a helper left to do of a block."""
    traffic, read, label = judging
    for clear in block.counts:
        traffic.count(clear)
    read.entries += block.entries
    read.judged += block.clear
    for number, left in block.todo:
        if isinstance(left, _Step):
            _follow(left, again, traffic, f"{label}line {before + number}")
        else:
            traffic.lines([(before + number, left)], read, label)
            read.entries -= 1


def _follow(step: _Step, again: BinaryIO, traffic: Traffic, position: str) -> None:
    follower = traffic.judge_of(step.contract, "recording").follower
    held = follower.glance(step.call, step.order, step.told, step.times, position)
    if held is not None:
        traffic.count((step.contract, None, *held, 1))
        return
    again.seek(step.offset)
    exchange = recorded_exchange(read_line(again.readline()))
    operation = traffic.contracts[step.contract].calls[step.call].operation
    exchange = replace(exchange, operation=operation, call=step.call)
    said = follower.follow(exchange, position)
    judged = Judged(exchange, said.client, said.server)
    traffic.tally(step.contract).also(judged, position)


class _Witness:
    """Stands in for what follows orders: it notes what would have to be followed."""

    def __init__(self, contract: str, follower: Follower, noted: list[Any]) -> None:
        self.numbers = follower.numbers
        self.told_of = follower.told_of
        self._contract = contract
        self._noted = noted

    def follow(self, exchange: Exchange, position: str = "") -> Followed:
        """Say nothing: nothing is known of the order."""
        del exchange, position
        return Followed()

    def glance(
        self,
        call: str,
        order: tuple[str, str],
        told: Told | None,
        times: tuple[float | None, float],
        position: str,
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Note the step."""
        self._noted.append(
            _Step(self._contract, call, order, told, times, int(position.removeprefix("line ")))
        )
        return (), ()


def _help(connection: Connection, setup: Setup, path: str, block_size: int) -> None:
    """Recognise what is clear in every other block of a file, and send the rest."""
    from retailspec.command_traffic import sparing  # noqa: PLC0415 - it imports this module

    noted: list[Any] = []
    traffic = setup.traffic()
    for name, contract in traffic.contracts.items():
        if contract.lifecycle is not None:
            judging = traffic.judge_of(name, "recording")
            witness: Any = _Witness(name, judging.follower, noted)
            judging.follower = witness
    with sparing(), Path(path).open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        with contextlib.suppress(OSError):
            for index in filter(_is_helpers, range(-(-size // block_size))):
                lines = _block_lines(stream, index, block_size)
                connection.send(_recognised(traffic, lines, noted))


def _recognised(
    traffic: Traffic, lines: Iterator[tuple[int, bytes | None]], noted: list[Any]
) -> _Block:
    fast = traffic.fast
    todo: list[tuple[int, _Step | bytes | None]] = []
    number = entries = clear = 0
    for offset, line in lines:
        number += 1
        if line is not None and line.isspace():
            continue
        entries += 1
        if line is None or fast is None or not _is_clear(traffic, line, offset):
            todo.append((number, line))
            noted.clear()
            continue
        clear += 1
        if noted:
            todo.append((number, noted.pop()))
    return _Block(number, entries, clear, todo, fast.take() if fast else [])


def _is_clear(traffic: Traffic, line: bytes, offset: int) -> bool:
    fast = traffic.fast
    if fast is None:
        return False
    try:
        record = read_line(line)
        if fast.see(record, offset):
            return True
        if fast.wants:
            judging = traffic.judge_for(record.request.url, record.contract)
            if judging is not None:
                fast.learn(judging, judging.judge(recorded_exchange(record)))
    except BrokenLine:
        pass
    return False
