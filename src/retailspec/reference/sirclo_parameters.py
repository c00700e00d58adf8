"""The parameters of the SIRCLO inventory API, and what makes each of them wrong."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from retailspec.reference.base import Reference
from retailspec.reference.sirclo_history import ChannelStock, StockUpdate
from retailspec.reference.typed import as_integer

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["SircloParameters"]

INTEGER_TEXT: Final = re.compile(r"-?[0-9]{1,4000}")
TIMESTAMP_TEXT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?"
    r"(?:([Zz])|([+ -])([0-9]{2}:[0-9]{2}))"
)
"""An RFC 3339 timestamp; the plus of a zone reads as a blank, since the query is not encoded."""


class SircloParameters(Reference):
    """A server that checks what it is sent, in the body of an update and the query of a history."""

    def invalid(self, text: str) -> NoReturn:
        """Refuse a value with 400.

        Raises:
            Refusal: Always.
        """
        self.refuse(400, text)

    # The body (section Update Stocks, Request Body Parameters)

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        """Return what an update says, or refuse it at the first parameter that is wrong."""
        update = StockUpdate(
            sku=self.check_text("sku", body.get("sku")),
            warehouse=self.check_text("warehouse", body.get("warehouse")),
            available_stock=self.check_stock("available_stock", body.get("available_stock", 0)),
            buffer_stock=self.check_stock("buffer_stock", body.get("buffer_stock", 0)),
            sync_stock=self.check_sync(body.get("sync_stock", False)),
            channels=self.check_channels(body.get("channel_stock")),
        )
        if self.is_above(update.buffer_stock, update.available_stock):
            self.invalid("buffer_stock must not be bigger than available_stock")
        return update

    def check_text(self, field: str, value: object) -> str:
        """Return a string; one left out is required."""
        if value is None:
            self.invalid(f"{field} is required")
        if not isinstance(value, str):
            self.invalid(f"{field} must be a string")
        return value

    def check_integer(self, field: str, value: object) -> int:
        """Return an integer; one left out is required."""
        if value is None:
            self.invalid(f"{field} is required")
        number = as_integer(value)
        if number is None:
            self.invalid(f"{field} must be an integer")
        return number

    def check_stock(self, field: str, value: object) -> int:
        """Return an integer that is not negative."""
        number = self.check_integer(field, value)
        if number < 0:
            self.invalid(f"{field} must not be negative")
        return number

    def is_above(self, buffer_stock: int, available_stock: int) -> bool:
        """Tell whether more is kept back than there is."""
        return buffer_stock > available_stock

    def check_sync(self, value: object) -> bool:
        """Return whether to synchronise: a boolean as in the example, or text as in the table."""
        if isinstance(value, bool):
            return value
        if value not in ("true", "false"):
            self.invalid("sync_stock must be true or false")
        return value == "true"

    def check_channels(self, value: object) -> list[ChannelStock]:
        """Return what each channel says; the list is required, and may be empty."""
        if value is None:
            self.invalid("channel_stock is required")
        if not isinstance(value, list):
            self.invalid("channel_stock must be an array")
        return [self.check_channel(index, item) for index, item in enumerate(value)]

    def check_channel(self, index: int, item: object) -> ChannelStock:
        """Return what one channel says."""
        field = f"channel_stock[{index}]"
        if not isinstance(item, dict):
            self.invalid(f"{field} must be an object")
        return ChannelStock(
            code=self.check_text(f"{field}.code", item.get("code")),
            qty=self.check_integer(f"{field}.qty", item.get("qty")),
        )

    # The query (section Get Update History, Path Parameters)

    def check_count(self, field: str, text: str | None, default: int) -> int:
        """Return a count from the query, 0 or more, or its default when it is left out."""
        if text is None:
            return default
        if not INTEGER_TEXT.fullmatch(text):
            self.invalid(f"{field} must be an integer")
        if int(text) < 0:
            self.invalid(f"{field} must not be negative")
        return int(text)

    def check_timestamp(self, text: str | None) -> datetime | None:
        """Return the instant of an RFC 3339 timestamp; None when it is left out."""
        if text is None:
            return None
        instant = self.read_timestamp(text)
        if instant is None:
            self.invalid("updated_at must be an RFC 3339 timestamp")
        return instant

    def read_timestamp(self, text: str) -> datetime | None:
        """Return the instant of an RFC 3339 timestamp, or None when it is none."""
        found = TIMESTAMP_TEXT.fullmatch(text)
        if not found:
            return None
        date, minute, second, fraction, _, sign, hours = found.groups()
        whole = "59" if second == "60" else second  # a leap second is the end of its minute
        zone = f"{'-' if sign == '-' else '+'}{hours or '00:00'}"
        try:
            return datetime.fromisoformat(f"{date}T{minute}{whole}{fraction or ''}{zone}")
        except ValueError:
            return None
