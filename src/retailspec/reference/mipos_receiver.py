"""The reference receiver of mipOS' webhook of type 3: a POS, written from the same document."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.reference.base import Answer, Call, Operation, Reference
from retailspec.reference.typed import as_integer
from retailspec.signing import hex_hmac, same_signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

__all__ = ["MiposReceiver"]

TEXT_FIELDS: Final = (
    "pos_id",
    "inventory_system_id",
    "current_stock",
    "quantity",
    "date",
    "external_id",
    "now",
)

REMEMBERED: Final = 1000
"""How many deliveries are kept for inspection."""


class MiposReceiver(Reference):
    """A POS that takes the stock movements of an inventory system, at any path.

    Args:
        https_only: Whether deliveries over plain HTTP are refused.
        credentials: The `client_secret` to use instead of a random one.

    Attributes:
        received: The deliveries that were taken, the latest last.
    """

    name: ClassVar[str] = "mipos-receiver"

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.received: deque[Mapping[str, object]] = deque(maxlen=REMEMBERED)

    def default_credentials(self) -> dict[str, str]:
        """Return a random client secret, as long as the printed one."""
        return {"client_secret": secrets.token_hex(20)}

    def operations(self) -> list[Operation]:
        """Return the one call that the platform makes."""
        return [Operation("deliver", "POST", "/{path:path}", self.deliver)]

    def error_body(self, status: int, text: str) -> object:  # noqa: ARG002 - one shape for all
        """Return the body of any error: the platform shows its `message`."""
        return {"message": text}

    # Who is calling

    def authenticate(self, call: Call) -> str:
        """Return the platform when the delivery is signed by it; 401 for any other caller."""
        if call.raw is None:
            self.refuse(413, "The delivery is too large.")
        if not self.is_signed(call, self.read_signature(call)):
            self.refuse(401, "X-Signature-Request is missing or wrong.")
        return "platform"

    def read_signature(self, call: Call) -> str | None:
        """Return the signature header that was sent exactly once."""
        values = call.headers.getlist("x-signature-request")
        return values[0] if len(values) == 1 else None

    def is_signed(self, call: Call, given: str | None) -> bool:
        """Tell whether a signature is that of the raw body."""
        return same_signature(self.signature(call.raw or b""), given)

    def signature(self, body: bytes) -> str:
        """Return the signature that a body has to have."""
        return hex_hmac(self.credentials["client_secret"], body)

    # The delivery

    async def deliver(self, _call: Call, body: dict[str, object]) -> Answer:
        """Answer a delivery: 204 with no body, as section Expected response asks."""
        self.check_delivery(body)
        self.received.append(body)
        return self.accepted()

    def accepted(self) -> Answer:
        """Return the answer to a delivery that was taken."""
        return Answer(204)

    def check_delivery(self, body: dict[str, object]) -> None:
        """Refuse a delivery of which one of the nine fields is missing or not of its type."""
        for field in TEXT_FIELDS:
            if not isinstance(body.get(field), str):
                self.invalid(f"{field} must be a string.")
        if not self.is_movement_type(body.get("movement_type")):
            self.invalid("movement_type must be 1 or 2.")
        if not self.is_store_id(body.get("store_id")):
            self.invalid("store_id must be an integer or a string.")

    def is_movement_type(self, value: object) -> bool:
        """Tell whether a value is one of the two movement types."""
        return as_integer(value) in (1, 2)

    def is_store_id(self, value: object) -> bool:
        """Tell whether a value names a store: the example has an integer, the table says text."""
        return isinstance(value, str) or as_integer(value) is not None

    def invalid(self, text: str) -> NoReturn:
        """Refuse a delivery with 422.

        Raises:
            Refusal: Always.
        """
        self.refuse(422, text)
