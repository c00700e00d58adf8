"""The call "Manage Webhook" of the mipOS inventory API, and the deliveries of type 3."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from retailspec.reference.base import CONTROL_PREFIX, Answer, Call, Operation
from retailspec.reference.mipos_account import (
    DECIMAL,
    ITEM,
    POS,
    STORE,
    SYSTEM,
    MiposAccount,
)
from retailspec.reference.mipos_courier import Courier, Delivery, is_deliverable
from retailspec.reference.typed import as_integer
from retailspec.signing import hex_hmac

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

__all__ = ["MiposWebhooks", "Movement"]

STOCK_MOVEMENT: Final = "3"
"""The type of webhook that tells of a stock movement."""

OTHER_TYPES: Final = ("1", "2")
"""The types that the platform has, but sends to inventory systems, not to a POS."""

MOVEMENT: Final[Mapping[str, object]] = {
    "store_id": STORE,
    "external_id": ITEM,
    "quantity": "1.25",
    "movement_type": 2,
}
"""What a movement in the inventory system is, as far as its trigger does not say otherwise."""


@dataclass(frozen=True)
class Movement:
    """Stock that moves in the inventory system.

    Attributes:
        store: The store's id in the POS.
        item: The item's id in the POS.
        quantity: How many, as a decimal.
        movement_type: 1 to add, 2 to remove.
    """

    store: str
    item: str
    quantity: str
    movement_type: int


class MiposWebhooks(MiposAccount):
    """A server that takes webhook URLs, and calls them when the inventory system moves stock.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: `token` and `client_secret` to use instead of random ones.
        webhook_tls: What certificates to trust at https webhook URLs; None for the usual ones.

    Attributes:
        webhooks: The registered URL of each type.
        courier: What makes the deliveries.
    """

    def __init__(
        self,
        *,
        https_only: bool = False,
        credentials: Mapping[str, str] | None = None,
        webhook_tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.webhooks: dict[str, str] = {}
        self.courier = Courier(tls=webhook_tls)

    def controls(self) -> list[Operation]:
        """Return the trigger of a stock movement; its JSON body is optional."""
        path = f"{CONTROL_PREFIX}/movements"
        return [Operation("move", "POST", path, self.move, reads_json=False)]

    def triggers(self) -> dict[str, dict[str, str]]:
        """Return how to make the platform move stock: by trigger, `method` and `path`."""
        return {"stock_movement": {"method": "POST", "path": f"{CONTROL_PREFIX}/movements"}}

    # Manage Webhook

    async def manage_webhook(self, _call: Call, body: dict[str, object]) -> Answer:
        """Answer the registering of a URL, for the first time or again."""
        self.check_errors(self.webhook_errors(body))
        self.check_conflicts(self.webhook_conflicts(body))
        created = self.register(STOCK_MOVEMENT, str(body["url"]))
        return self.done(self.webhook_message(created=created))

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        """Return the sentences of a 422, by field."""
        errors = self.required_errors(body, ("type", "url"))
        if "type" not in errors and not self.is_webhook_type(body["type"]):
            errors["type"] = ["The selected type is invalid."]
        if "url" not in errors and not is_deliverable(body["url"]):
            errors["url"] = ["The url format is invalid."]
        return errors

    def is_webhook_type(self, value: object) -> bool:
        """Tell whether a value is a type that there is, as text or as a number."""
        return self.as_text(value) in (STOCK_MOVEMENT, *OTHER_TYPES)

    def webhook_conflicts(self, body: Mapping[str, object]) -> Iterator[str]:
        """Yield the sentence for a type that there is, but not for a POS."""
        if self.as_text(body["type"]) in OTHER_TYPES:
            yield "Invalid type."

    def register(self, webhook_type: str, url: str) -> bool:
        """Keep a type's URL, and return whether it is the type's first."""
        created = webhook_type not in self.webhooks
        self.webhooks[webhook_type] = url
        return created

    def webhook_message(self, *, created: bool) -> str:
        """Return the message for a new URL (printed) or another one (not printed)."""
        return f"Webhook successfully {'created' if created else 'updated'}."

    # The inventory system

    async def move(self, call: Call, _body: dict[str, object]) -> Answer:
        """Move stock in the inventory system, and begin to deliver that."""
        movement = self.check_movement({} if call.raw == b"" else self.parse(call))
        self.move_stock(movement)
        payload = self.payload(movement)
        return Answer(202, {"deliveries": self.announce(payload), "movement": payload})

    def check_movement(self, body: Mapping[str, object]) -> Movement:
        """Return the movement that a trigger asks for; 422 or 404 for one that cannot be."""
        sent = {**MOVEMENT, **body}
        store, item, quantity = (
            self.as_text(sent[field]) or "" for field in ("store_id", "external_id", "quantity")
        )
        movement_type = as_integer(sent["movement_type"])
        if not DECIMAL.fullmatch(quantity):
            self.invalid({"quantity": ["The quantity must be a decimal."]})
        if movement_type is None or movement_type not in (1, 2):
            self.invalid({"movement_type": ["The selected movement type is invalid."]})
        if (store, item) not in self.stock:
            self.refuse(404, "There is no such item in this store.")
        return Movement(store, item, quantity, movement_type)

    def move_stock(self, movement: Movement) -> None:
        """Add to the stock of an item, or take from it; what is no number counts as none."""
        current = self.stock[movement.store, movement.item]
        known = Decimal(current) if DECIMAL.fullmatch(current) else Decimal(0)
        moved = Decimal(movement.quantity) * (1 if movement.movement_type == 1 else -1)
        self.stock[movement.store, movement.item] = f"{known + moved:.2f}"

    def announce(self, payload: Mapping[str, object]) -> int:
        """Begin the delivery to the registered URL, and return how many there are."""
        url = self.webhooks.get(STOCK_MOVEMENT)
        if url is None:
            return 0
        body = self.delivery_body(payload)
        self.courier.send(Delivery(url, body, self.delivery_headers(body)))
        return 1

    # The delivery (Webhook Type 3, Content Body)

    def payload(self, movement: Movement) -> dict[str, object]:
        """Return the nine documented fields of a movement."""
        now = self.timestamp()
        return {
            "pos_id": POS,
            "inventory_system_id": SYSTEM,
            "current_stock": self.stock[movement.store, movement.item],
            "quantity": movement.quantity,
            "date": now,
            "movement_type": movement.movement_type,
            "external_id": movement.item,
            "now": now,
            "store_id": int(movement.store),
        }

    def timestamp(self) -> str:
        """Return the time, in UTC and in the example's form."""
        return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"

    def delivery_body(self, payload: Mapping[str, object]) -> bytes:
        """Return the exact bytes of a delivery."""
        return json.dumps(payload).encode("ascii")

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        """Return the headers of a delivery; the signature covers the bytes of its body."""
        return {"Content-Type": "application/json", "X-Signature-Request": self.signature(body)}

    def signature(self, body: bytes) -> str:
        """Return the signature of a delivery."""
        return hex_hmac(self.credentials["client_secret"], body)
