"""The parameters of the Comestri inventory API, and what makes each of them wrong."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from retailspec.reference.base import Reference
from retailspec.reference.typed import as_integer, is_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

__all__ = ["ENUMERATIONS", "FIELDS", "REQUIRED", "ComestriParameters"]

FIELDS: Final[Mapping[str, str]] = {
    "inventory_source": "string",
    "product_code": "string",
    "product_id": "integer",
    "sku": "string",
    "qty": "integer",
    "available_qty": "integer",
    "stock_availability": "enumeration",
    "out_of_stock_threshold": "integer",
    "dispatch_time": "integer",
    "dispatch_time_unit": "enumeration",
    "lead_time": "integer",
    "lead_time_unit": "enumeration",
    "stock_arrival_date": "timestamp",
    "back_order_handling": "enumeration",
    "back_order_allocation": "integer",
    "source_system_stock_timestamp": "timestamp",
    "unit_cost": "numeric",
    "style": "enumeration",
}
"""The kind of every parameter below `inventory`, in the order of section Params."""

REQUIRED: Final = ("inventory_source", "qty")
"""The parameters that are required, and may not be null."""

ENUMERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "stock_availability": ("out_of_stock", "in_stock"),
    "dispatch_time_unit": ("day", "hour"),
    "lead_time_unit": ("months", "weeks", "days", "hours"),
    "back_order_handling": ("pre_orderable", "back_orderable"),
    "style": ("dynamic", "static", "perpetual"),
}
"""The values of each enumeration, as section Params lists them."""

ISO_8601: Final = re.compile(r"[0-9W-]+(T[0-9:.,]+(Z|[+-][0-9:]+)?)?")
"""What an ISO 8601 date or timestamp is made of; whether it exists is looked at afterwards."""


class ComestriParameters(Reference):
    """A server that checks what it is sent as section Params says, before it looks anything up."""

    def invalid(self, text: str) -> NoReturn:
        """Refuse a value with 422.

        Raises:
            Refusal: Always.
        """
        self.refuse(422, text)

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        """Return the known parameters that were sent and are not null, each of its kind."""
        inventory = body.get("inventory")
        if inventory is None:
            self.invalid("Missing parameter inventory")
        if not isinstance(inventory, dict):
            self.invalid("Invalid parameter inventory: Must be a Hash")
        for field in REQUIRED:
            self.check_required(inventory, field)
        sent: dict[str, object] = {}
        for field in FIELDS:
            if inventory.get(field) is not None:
                sent[field] = self.check_field(field, inventory[field])
            elif field in inventory:
                self.check_null(field)
        return sent

    def check_required(self, inventory: dict[str, object], field: str) -> None:
        """Refuse an inventory without a required parameter."""
        if field not in inventory:
            self.invalid(f"Missing parameter inventory[{field}]")

    def check_null(self, field: str) -> None:
        """Refuse a null for a parameter that the document does not mark as nil allowed."""
        if field in REQUIRED:
            self.invalid(f"Invalid parameter inventory[{field}]: Must not be nil")

    def check_field(self, field: str, value: object) -> object:
        """Return a parameter's value, which is not null, or refuse one that is not of its kind."""
        match FIELDS[field]:
            case "string":
                return self.check_string(field, value)
            case "integer":
                return self.check_integer(field, value)
            case "numeric":
                return self.check_numeric(field, value)
            case "timestamp":
                return self.check_timestamp(field, value)
            case _:
                return self.check_enumeration(field, value)

    def check_string(self, field: str, value: object) -> str:
        """Return a string."""
        if not isinstance(value, str):
            self.invalid(f"Invalid parameter inventory[{field}]: Must be a String")
        return value

    def check_integer(self, field: str, value: object) -> int:
        """Return an integer."""
        number = as_integer(value)
        if number is None:
            self.invalid(f"Invalid parameter inventory[{field}]: Must be a Integer")
        return number

    def check_numeric(self, field: str, value: object) -> int | float:
        """Return a number, with or without a fraction."""
        if not is_number(value):
            self.invalid(f"Invalid parameter inventory[{field}]: Must be a Numeric")
        return value

    def check_timestamp(self, field: str, value: object) -> str:
        """Return a string that is an ISO 8601 date or timestamp."""
        text = self.check_string(field, value)
        if not self.is_timestamp(text):
            self.invalid(f"Invalid parameter inventory[{field}]: Must be ISO 8601")
        return text

    def is_timestamp(self, text: str) -> bool:
        """Tell whether a text is an ISO 8601 date or timestamp that exists."""
        if not ISO_8601.fullmatch(text):
            return False
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True

    def check_enumeration(self, field: str, value: object) -> object:
        """Return one of the values of an enumeration."""
        values = self.enumeration(field)
        if value not in values:
            text = ", ".join(values)
            self.invalid(f"Invalid parameter inventory[{field}]: Must be one of: {text}.")
        return value

    def enumeration(self, field: str) -> tuple[str, ...]:
        """Return the values that a parameter may have."""
        return ENUMERATIONS[field]
