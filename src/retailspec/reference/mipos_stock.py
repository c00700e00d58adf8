"""The call "Send update of stock of an item" of the mipOS inventory API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retailspec.reference.base import Answer, Call, Refusal
from retailspec.reference.mipos_account import (
    EXTERNAL_ID_MISSING,
    NO_INTEGRATION,
    SYSTEM_WEBHOOK_UNAVAILABLE,
    SYSTEM_WITHOUT_WEBHOOK,
    MiposAccount,
)
from retailspec.reference.typed import as_integer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

__all__ = ["MiposStock"]

STOCK_REQUIRED: Final = (
    "user_id_tps",
    "inventory_system_id",
    "current_stock",
    "quantity",
    "date",
    "movement_type",
)
MOVEMENT_TYPES: Final = (1, 2)

NOT_OWNER: Final = "This user_id_tps does not own this inventory system."
WEBHOOK_UNAVAILABLE: Final = "This type of webhook is not available."
NO_WEBHOOK: Final = "This inventory system does not have this type of webhook available."


class MiposStock(MiposAccount):
    """A server that takes a stock movement of a POS and passes it on to an inventory system."""

    async def update_stock(self, call: Call, body: dict[str, object]) -> Answer:
        """Answer a movement: 422, then 409, then whatever the inventory system says."""
        self.check_errors(self.stock_errors(body))
        store = call.params["store_id"]
        self.check_conflicts(self.stock_conflicts(store, body))
        self.pass_on(store, body)
        return self.stock_answer()

    def stock_answer(self) -> Answer:
        """Return the answer to a movement that was taken: 204 and no body at all."""
        return Answer(204)

    def stock_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        """Return the sentences of a 422, by field."""
        errors = self.required_errors(body, STOCK_REQUIRED)
        if "movement_type" not in errors and not self.is_movement_type(body["movement_type"]):
            errors["movement_type"] = ["The selected movement type is invalid."]
        return errors

    def is_movement_type(self, value: object) -> bool:
        """Tell whether a value is one of the two movement types."""
        return as_integer(value) in MOVEMENT_TYPES

    def stock_conflicts(self, store: str, body: dict[str, object]) -> Iterator[str]:
        """Yield what stands between the store, the user and the inventory system, in order."""
        system = self.as_text(body["inventory_system_id"])
        if not self.owns(self.as_text(body["user_id_tps"]), system):
            yield NOT_OWNER
        if self.has_store(store) and not self.is_integrated(store, system):
            yield NO_INTEGRATION
        if self.has_store(store) and not self.has_external_id(store):
            yield EXTERNAL_ID_MISSING
        if system == SYSTEM_WEBHOOK_UNAVAILABLE:
            yield WEBHOOK_UNAVAILABLE
        if system == SYSTEM_WITHOUT_WEBHOOK:
            yield NO_WEBHOOK

    # The inventory system, whose own errors reach the caller as they are

    def pass_on(self, store: str, body: dict[str, object]) -> None:
        """Tell the inventory system an item's stock; as in the example, none may be named."""
        if not self.has_store(store):
            self.pass_through(404, "store not found")
        current = self.as_text(body["current_stock"])
        if current is None and not isinstance(body["current_stock"], float):
            self.pass_through(400, "current_stock is not a decimal")
        item = body.get("external_id")
        if item is None:
            return
        known = self.as_text(item)
        if known is None or (store, known) not in self.stock:
            self.pass_through(404, "item not found")
        self.stock[store, known] = current or str(body["current_stock"])

    def pass_through(self, status: int, text: str) -> NoReturn:
        """End the call with the inventory system's own error.

        Raises:
            Refusal: Always.
        """
        raise Refusal(Answer(status, {"error": text}))
