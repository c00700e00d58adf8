"""The update history that the SIRCLO reference server keeps, and how its document prints it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ChannelStock", "Clock", "HistoryRecord", "StockUpdate", "older_records"]

TENANT_ID: Final = 123
STORE_ID: Final = 7


@dataclass(frozen=True)
class ChannelStock:
    """The stock to show in one marketplace.

    Attributes:
        code: The marketplace.
        qty: How many it shows.
    """

    code: str
    qty: int


@dataclass(frozen=True)
class StockUpdate:
    """What one update call says (section Update Stocks, Request Body Parameters).

    Attributes:
        sku: The product.
        warehouse: The name of the warehouse.
        available_stock: How many there are.
        buffer_stock: How many of them are kept back.
        sync_stock: Whether marketplaces share the stock.
        channels: The stock in each marketplace, in the order sent.
    """

    sku: str
    warehouse: str
    available_stock: int
    buffer_stock: int
    sync_stock: bool
    channels: Sequence[ChannelStock]


@dataclass(frozen=True)
class HistoryRecord:
    """One update as the history knows it.

    Attributes:
        number: Its `id`; its items are numbered from it.
        transaction_code: What the update call was answered with.
        update: What the update call said.
        created_at: When it was taken.
        updated_at: When its last item was done; before that, the history does not show it.
    """

    number: int
    transaction_code: str
    update: StockUpdate
    created_at: datetime
    updated_at: datetime


class Clock:
    """Tells the time in UTC, later at each call, whatever happens to the system's clock.

    Args:
        step: By how much the time goes on at each call; None for as much as has passed.
    """

    def __init__(self, step: timedelta | None = None) -> None:
        self._started = datetime.now(UTC)
        self._ticks = time.monotonic()
        self._last = self._started
        self._step = step

    def now(self) -> datetime:
        """Return the time, to the microsecond and never the same twice."""
        if self._step is not None:
            self._last += self._step
            return self._last
        elapsed = timedelta(seconds=time.monotonic() - self._ticks)
        self._last = max(self._started + elapsed, self._last + timedelta(microseconds=1))
        return self._last


def older_records(count: int, now: datetime, skus: Sequence[str]) -> list[HistoryRecord]:
    """Return made-up records of the last days, oldest first, each an hour after the one before."""
    records = []
    for number in range(1, count + 1):
        created = now - timedelta(hours=count + 1 - number)
        channels = (ChannelStock("bklp", number), ChannelStock("shpe", 2 * number))
        update = StockUpdate(
            sku=skus[number % len(skus)],
            warehouse="default",
            available_stock=100,
            buffer_stock=0,
            sync_stock=False,
            channels=channels,
        )
        done = created + timedelta(seconds=number)
        records.append(HistoryRecord(number, str(uuid.uuid4()), update, created, done))
    return records


def record_fields(record: HistoryRecord, items: list[dict[str, object]]) -> dict[str, object]:
    """Return a record as section Get Update History prints it, names and order included."""
    return {
        "id": record.number,
        "tenant_id": TENANT_ID,
        "user_id": 0,
        "transaction_code": record.transaction_code,
        "action_name": "partner_update_stocks",
        "upload_file_url": "",
        "total_sku": 1,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "finished_at": rfc3339(record.updated_at),
        "update_stock_history_item": items,
    }


def item_fields(
    record: HistoryRecord, row: int, channel: ChannelStock, *, variant_id: int
) -> dict[str, object]:
    """Return an item of a record as the document prints it; `client_reponse` is its wire name.

    Args:
        record: The record that the item belongs to.
        row: The place of the channel in the update, from 0.
        channel: The marketplace and its stock.
        variant_id: The product's number; 0 for a product that is not known.
    """
    known = variant_id > 0
    response = {
        "item": {"item_id": variant_id, "modified_time": int(record.updated_at.timestamp())}
    }
    return {
        "id": record.number * 10_000 + row,
        "update_stock_history_id": record.number,
        "store_id": STORE_ID,
        "store_name": "Test Toko",
        "warehouse_id": 0,
        "warehouse_name": record.update.warehouse,
        "variant_id": variant_id,
        "sku": record.update.sku,
        "remote_variant": embedded({"item_id": variant_id, "variation_id": 0}) if known else "",
        "row_number": row,
        "channel": channel.code,
        "qty": channel.qty,
        "retrier_count": 1,
        "progress": False,
        "client_reponse": embedded(response) if known else "",
        "message": "Successfully Updated" if known else "SKU not found",
        "success": known,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "finished_at": rfc3339(record.updated_at),
    }


def embedded(value: Mapping[str, object]) -> str:
    """Return a value as the JSON text that the history embeds as a string."""
    return json.dumps(value)


def rfc3339(instant: datetime) -> str:
    """Return a UTC instant as an RFC 3339 timestamp."""
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
