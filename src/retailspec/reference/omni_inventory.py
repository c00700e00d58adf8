"""The reference server of the Omni inventory API, written from its document."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn

from retailspec.reference.base import Answer, Call, Operation
from retailspec.reference.omni import REQUIRED, Omni, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Line", "OmniInventory"]

OK: Final = "status: 'ok'"
"""The whole body of a success: a JSON string that only looks like an object."""

STORE_NOT_FOUND: Final = Problem("Store not found", "store_not_found")
VARIANT_NOT_FOUND: Final = Problem("Variant not found", "variant_not_found", "variant_code")
NOT_A_NUMBER: Final = Problem("Enter a number.", "invalid", "price")
NOT_A_LIST: Final = Problem("Enter a list of objects.", "invalid", "inventories")
NOT_A_BOOLEAN: Final = Problem("Enter true or false.", "invalid")

NUMBER_TEXT: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Line:
    """What a store's inventory holds of one variant.

    Attributes:
        variant_code: The variant.
        price: Its price, in rupiah.
        out_of_stock: Whether the store has none left.
        is_active: Whether the store sells it.
    """

    variant_code: str
    price: Decimal
    out_of_stock: bool
    is_active: bool


class OmniInventory(Omni):
    """The inventory API of one merchant with two stores and a few variants.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: A `token` to use instead of a random one.

    Attributes:
        stores: The merchant's store codes.
        variants: The merchant's variant codes.
        inventory: What was sent last, by store and variant code.
    """

    name: ClassVar[str] = "omni-inventory"

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.stores = ("Store1", "Store2")
        self.variants = ("BURGER01", "BURGER02", "FRIES01", "SODA01")
        self.inventory: dict[tuple[str, str], Line] = {}

    def default_credentials(self) -> dict[str, str]:
        """Return a random `token`, as long as the one that the document prints."""
        return {"token": secrets.token_hex(20)}

    def operations(self) -> list[Operation]:
        """Return the one documented call."""
        return [Operation("update", "POST", "/api/backend/inventories/update", self.update)]

    def fixtures(self) -> dict[str, object]:
        """Return a store's code and the codes of two variants."""
        return {
            "store_code": self.stores[0],
            "variant_code": self.variants[0],
            "second_variant_code": self.variants[1],
        }

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        """Answer the update: check all that was sent, then take all of it over."""
        store = self.check_store(body.get("store_code"))
        lines = self.check_lines(self.check_list(body.get("inventories")))
        self.apply(store, lines)
        return Answer(200, self.success_body())

    # Its steps, in the order in which "When some fields don't validate" prints their refusals

    def invalid(self, problem: Problem) -> NoReturn:
        """Refuse a value with the status that is printed for it, though the table has 400.

        Raises:
            Refusal: Always.
        """
        self.reject(401, problem)

    def check_store(self, value: object) -> str:
        """Return a known store code; one missing, empty, unknown or no string is not found."""
        if not isinstance(value, str) or value not in self.stores:
            self.invalid(STORE_NOT_FOUND)
        return value

    def check_list(self, value: object) -> list[object]:
        """Return the list of variants, which may be empty."""
        if value is None:
            self.invalid(REQUIRED.of("inventories"))
        if not isinstance(value, list):
            self.invalid(NOT_A_LIST)
        return value

    def check_lines(self, items: list[object]) -> list[Line]:
        """Return what each item says, or refuse the call at the first that is wrong."""
        return [self.check_line(item) for item in items]

    def check_line(self, item: object) -> Line:
        """Return what one item says: variant first, then price, then flags."""
        if not isinstance(item, dict):
            self.invalid(NOT_A_LIST)
        return Line(
            variant_code=self.check_variant(item.get("variant_code")),
            price=self.check_price(item.get("price")),
            out_of_stock=self.check_flag("out_of_stock", item.get("out_of_stock", False)),
            is_active=self.check_flag("is_active", item.get("is_active", False)),
        )

    def check_variant(self, value: object) -> str:
        """Return a known variant code; one missing or empty is required, others are not found."""
        if value is None or value == "":
            self.invalid(REQUIRED.of("variant_code"))
        if not isinstance(value, str) or value not in self.variants:
            self.invalid(VARIANT_NOT_FOUND)
        return value

    def check_price(self, value: object) -> Decimal:
        """Return a price, which may be a number written as a string; no price is required."""
        if value is None or value == "":
            self.invalid(REQUIRED.of("price"))
        if isinstance(value, str) and NUMBER_TEXT.fullmatch(value):
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.invalid(NOT_A_NUMBER)
        return Decimal(str(value))

    def check_flag(self, field: str, value: object) -> bool:
        """Return a flag, which is a boolean and nothing like one."""
        if not isinstance(value, bool):
            self.invalid(NOT_A_BOOLEAN.of(field))
        return value

    def apply(self, store: str, lines: list[Line]) -> None:
        """Take over what was sent for a store; the last line for a variant counts."""
        for line in lines:
            self.inventory[store, line.variant_code] = line

    def success_body(self) -> object:
        """Return the body of a success."""
        return OK
