"""Histories that do not show an update, or show it otherwise than it was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.sirclo_inventory.printing import Printed
from retailspec.faults.sirclo_inventory.probes import channels, traces
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from retailspec.reference.sirclo_history import ChannelStock, HistoryRecord, StockUpdate

    Channels = Sequence[ChannelStock]

__all__: list[str] = []

_TWO = {"channel_stock": channels("bklp", "blib")}
_ONE = {"channel_stock": channels("bklp")}
_SHOWN = traces({}, {**_TWO, "buffer_stock": 4})


class _Keeps(Prompt):
    """Keeps something else of an update than what it said."""

    kept: ClassVar[Callable[[StockUpdate], StockUpdate]]

    def apply(self, code: str, update: StockUpdate) -> None:
        super().apply(code, type(self).kept(update))


def _of(change: Callable[[Channels], Channels]) -> Callable[[StockUpdate], StockUpdate]:
    return lambda update: replace(update, channels=change(update.channels))


for _name, _says, _kept in (
    (
        "QtyWithoutBuffer",
        "A qty is shown without the buffer.",
        lambda update: replace(
            update,
            channels=[replace(one, qty=one.qty - update.buffer_stock) for one in update.channels],
        ),
    ),
    ("SecondChannelIsLost", "Only the first channel is shown.", _of(lambda all_: all_[:1])),
    ("FirstChannelIsLost", "Only the last channel is shown.", _of(lambda all_: all_[-1:])),
    (
        "QtyOfTheFirst",
        "Every channel shows the qty of the first.",
        _of(lambda all_: [replace(one, qty=all_[0].qty) for one in all_]),
    ),
    (
        "QtysAreTurned",
        "The channels show each other's qty.",
        _of(lambda all_: list(map(_with_qty, all_, [one.qty for one in all_[::-1]]))),
    ),
    (
        "QtyIsCut",
        "A qty is shown as 25 at most.",
        _of(lambda all_: [replace(one, qty=min(one.qty, 25)) for one in all_]),
    ),
    (
        "CodesInCapitals",
        "The code of a channel is shown in capitals.",
        _of(lambda all_: [replace(one, code=one.code.upper()) for one in all_]),
    ),
    (
        "QtysAreAdded",
        "The channels of an update are shown as one.",
        _of(lambda all_: [replace(all_[0], qty=sum(one.qty for one in all_))] if all_ else []),
    ),
    (
        "WarehouseInCapitals",
        "The name of a warehouse is shown with a capital.",
        lambda update: replace(update, warehouse=update.warehouse.title()),
    ),
    (
        "SkuInCapitals",
        "A SKU is shown in capitals.",
        lambda update: replace(update, sku=update.sku.upper()),
    ),
    (
        "SkuOfAnother",
        "An item shows the SKU of another product.",
        lambda update: replace(update, sku="sku2"),
    ),
):
    seed("history.shows-update", _SHOWN)(variant(_Keeps, _name, _says, kept=_kept))


def _with_qty(channel: ChannelStock, qty: int) -> ChannelStock:
    return replace(channel, qty=qty)


# Records that do not come


class _Never(Prompt):
    """Does not keep some updates."""

    lost: ClassVar[Callable[[int, StockUpdate], bool]]
    count = 0

    def apply(self, code: str, update: StockUpdate) -> None:
        self.count += 1
        if not type(self).lost(self.count, update):
            super().apply(code, update)


for _name, _says, _lost in (
    ("UpdatesAreForgotten", "No update is shown.", lambda *_: True),
    ("EverySecondIsForgotten", "Every second update is not shown.", lambda count, _: count % 2),
    (
        "OneChannelIsForgotten",
        "An update of a single channel is not shown.",
        lambda _, update: len(update.channels) == 1,
    ),
    (
        "SeveralAreForgotten",
        "An update of several channels is not shown.",
        lambda _, update: len(update.channels) > 1,
    ),
):
    seed("history.shows-update", _SHOWN)(variant(_Never, _name, _says, lost=_lost))


@seed("history.shows-update", traces({}, {}, _TWO, _TWO))
class EqualUpdatesAreOne(Prompt):
    """An update that says what the one before said has no record of its own."""

    last: object = None

    def apply(self, code: str, update: StockUpdate) -> None:
        if (update.sku, list(update.channels)) != self.last:
            super().apply(code, update)
        self.last = update.sku, list(update.channels)


@seed("history.shows-update", _SHOWN)
class ShownByTheNext(Prompt):
    """An update is shown when the next one comes."""

    waiting: tuple[str, StockUpdate] | None = None

    def apply(self, code: str, update: StockUpdate) -> None:
        if self.waiting is not None:
            super().apply(*self.waiting)
        self.waiting = code, update


@seed("history.shows-update", _SHOWN)
class NewestIsSkipped(Prompt):
    """The record at offset 0 is the second one, so that the newest is never shown."""

    def page(self, records: list[HistoryRecord], limit: int, offset: int) -> list[HistoryRecord]:
        return super().page(records, limit, offset + 1)


@seed("history.shows-update", _SHOWN)
class ShownTomorrow(Prompt):
    """An update is shown on the next day."""

    def apply(self, code: str, update: StockUpdate) -> None:
        self.history_delay = timedelta(days=1)
        super().apply(code, update)


@seed("history.shows-update", _SHOWN)
class ShownForAMoment(Prompt):
    """The history keeps the twenty-five oldest records."""

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        return [one for one in super().matching(since) if one.number <= 25]


# Records that are mixed up


@seed("history.shows-update", _SHOWN)
class CodeOfTheUpdateBefore(Prompt):
    """A record has the transaction code of the update before it."""

    code = "591d4ab5-841e-499a-bfa2-99a4fb879e44"

    def apply(self, code: str, update: StockUpdate) -> None:
        super().apply(self.code, update)
        self.code = code


@seed("history.shows-update", _SHOWN)
class CodeOfItsOwn(Prompt):
    """A record has a transaction code of its own."""

    def apply(self, code: str, update: StockUpdate) -> None:
        del code
        super().apply(self.transaction_code(), update)


@seed("history.shows-update", _SHOWN)
class CodeWithMore(Printed):
    """A transaction code is shown with the number of its record after it."""

    def one(self, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "transaction_code": f"{record['transaction_code']}-{record['id']}"}


@seed("history.shows-update", traces(_TWO, {"channel_stock": [{"code": "bklp", "qty": 7}]}))
class ItemsOfTheLast(Prompt):
    """Every record shows what the last update said."""

    def record_body(self, record: HistoryRecord) -> dict[str, object]:
        return super().record_body(replace(record, update=self.records[-1].update))


@seed("history.shows-update", traces(_TWO, {"channel_stock": [{"code": "bklp", "qty": 7}]}))
class QtyOfNow(Prompt):
    """An item shows the latest qty of its channel, not the one that was sent."""

    def item_body(
        self, record: HistoryRecord, row: int, channel: ChannelStock
    ) -> dict[str, object]:
        latest = {one.code: one for past in self.records for one in past.update.channels}
        return super().item_body(record, row, latest[channel.code])


@seed("history.shows-update", traces({"channel_stock": [{"code": "bklp", "qty": 7}]}, _TWO))
class ItemsMoveOn(Prompt):
    """The second item of a record is that of the record before it."""

    def record_body(self, record: HistoryRecord) -> dict[str, object]:
        before = self.records[max(record.number - 2, 0)].update.channels
        own = record.update.channels
        mixed = [*own[:1], *before[1:2]] if len(own) > 1 else own
        return super().record_body(replace(record, update=replace(record.update, channels=mixed)))


@seed("history.shows-update", _SHOWN)
class SkuOnceARecord(Printed):
    """Only the first item of a record shows the SKU."""

    def item(self, item: dict[str, Any], row: int) -> dict[str, Any]:
        return {**item, "sku": ""} if row else item
