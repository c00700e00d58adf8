"""Amounts below zero or above what there is, and channels behind the first, not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.sirclo_inventory.probes import channels, status_of
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant
from retailspec.reference.base import Refusal
from retailspec.reference.sirclo_history import ChannelStock

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import StockUpdate

__all__: list[str] = []


class _TakesNegative(Prompt):
    """Makes another number of one stock before it looks at its sign."""

    field: ClassVar[str]
    made: ClassVar[Callable[[int], int]]

    def check_integer(self, field: str, value: object) -> int:
        number = super().check_integer(field, value)
        return type(self).made(number) if field == self.field else number


for _field in ("available_stock", "buffer_stock"):
    for _name, _says, _made in (
        ("IsRaisedToZero", "is raised to zero", lambda number: max(number, 0)),
        ("LosesItsSign", "is taken without its sign", abs),
        ("MayBeMinusOne", "is refused from -2 on", lambda number: 0 if number == -1 else number),
    ):
        seed(f"refuse.{_field}.negative", status_of(**{_field: -1}))(
            variant(
                _TakesNegative,
                f"{pascal(_field)}{_name}",
                f"A {_field} below zero {_says}.",
                field=_field,
                made=_made,
            )
        )


@seed("refuse.available_stock.negative", status_of(available_stock=-1, buffer_stock=-1))
class BothBelowZero(Prompt):
    """Stocks below zero are found by comparing them alone, so that both may be."""

    def check_stock(self, field: str, value: object) -> int:
        return self.check_integer(field, value)

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        update = super().check_update(body)
        if update.buffer_stock < 0 <= update.available_stock:
            self.invalid("buffer_stock must not be negative")
        return update


@seed("refuse.buffer_stock.negative", status_of(buffer_stock=-1))
class BufferIsNotCheckedBelow(Prompt):
    """Of the two stocks only the available one is checked for its sign."""

    def check_stock(self, field: str, value: object) -> int:
        if field == "buffer_stock":
            return self.check_integer(field, value)
        return super().check_stock(field, value)


class _Compares(Prompt):
    """Compares the buffer with the available stock in another way."""

    above: ClassVar[Callable[[int, int], bool]]

    def is_above(self, buffer_stock: int, available_stock: int) -> bool:
        return type(self).above(buffer_stock, available_stock)


def _pairs(probe: Probe) -> list[int]:
    return [
        status_of(available_stock=available, buffer_stock=buffer)(probe)
        for available, buffer in ((30, 31), (30, 32), (0, 1), (9, 10))
    ]


for _name, _says, _above in (
    (
        "BufferIsNotCompared",
        "A buffer above the available stock is taken.",
        lambda *_: False,
    ),
    (
        "BufferMayBeOneAbove",
        "A buffer may be above the available stock by one.",
        lambda buffer, available: buffer > available + 1,
    ),
    (
        "BufferIsNotComparedWithNone",
        "A buffer above an available stock of zero is taken.",
        lambda buffer, available: available > 0 and buffer > available,
    ),
    (
        "BufferMayBeOneAboveSome",
        "A buffer may be above by one where there is any stock.",
        lambda buffer, available: buffer > available + (available > 0),
    ),
    (
        "StocksAreComparedAsText",
        "Buffer and available stock are compared as texts, so that 10 is below 9.",
        lambda buffer, available: buffer != available and str(buffer) > str(available),
    ),
    (
        "BufferIsAPart",
        "A buffer is compared in tens, so that a few more are taken.",
        lambda buffer, available: buffer // 10 > available // 10,
    ),
):
    seed("refuse.buffer.above-available", _pairs)(variant(_Compares, _name, _says, above=_above))


@seed("refuse.buffer.above-available", _pairs)
class BufferIsCut(Prompt):
    """A buffer above the available stock is lowered to it."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        available, buffer = body.get("available_stock"), body.get("buffer_stock")
        if isinstance(available, int) and isinstance(buffer, int):
            body = {**body, "buffer_stock": min(buffer, max(available, 0))}
        return super().check_update(body)


# Channels behind the first


class _Second(Prompt):
    """Takes something wrong in a channel that is not the first."""

    wrong: ClassVar[Callable[[dict[str, Any]], bool]]
    dropped: ClassVar[bool] = False

    def check_channels(self, value: object) -> list[ChannelStock]:
        if isinstance(value, list) and self.dropped:
            value = [one for at, one in enumerate(value) if not (at and type(self).wrong(one))]
        return super().check_channels(value)

    def check_channel(self, index: int, item: object) -> ChannelStock:
        try:
            return super().check_channel(index, item)
        except Refusal:
            if index and isinstance(item, dict) and type(self).wrong(item):
                return ChannelStock(str(item.get("code", "")), 0)
            raise


_WRONG: dict[str, tuple[str, dict[str, object]]] = {
    "Code": ("without a code", {"qty": 20}),
    "Qty": ("without a qty", {"code": "blib"}),
    "Number": ("whose qty is a word", {"code": "blib", "qty": "some"}),
}
_FITS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "Code": lambda item: "code" not in item,
    "Qty": lambda item: "qty" not in item,
    "Number": lambda item: isinstance(item.get("qty"), str),
}
for _kind, (_words, _item) in _WRONG.items():
    _probe = status_of(channel_stock=[*channels("bklp"), _item])
    seed("refuse.second-channel", _probe)(
        variant(
            _Second,
            f"Second{_kind}IsNotLookedAt",
            f"A channel {_words} is taken where it is not the first.",
            wrong=_FITS[_kind],
        )
    )
    seed("refuse.second-channel", _probe)(
        variant(
            _Second,
            f"SecondWithWrong{_kind}IsDropped",
            f"A channel {_words} is dropped where it is not the first, and the rest is taken.",
            wrong=_FITS[_kind],
            dropped=True,
        )
    )


@seed("refuse.second-channel", status_of(channel_stock=[*channels("bklp"), {"qty": 20}]))
class LastChannelIsNotLookedAt(Prompt):
    """The last channel is not looked at, unless it is the only one."""

    def check_channels(self, value: object) -> list[ChannelStock]:
        if isinstance(value, list) and len(value) > 1:
            value = value[:-1]
        return super().check_channels(value)
