"""What the calls of the mipOS inventory API share: callers, what exists, how they are refused."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from retailspec.reference.base import Answer, Call, Reference, Refusal
from retailspec.signing import same_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NoReturn

__all__ = ["EXTERNAL_ID_MISSING", "NO_INTEGRATION", "MiposAccount"]

STORE: Final = "1"
STORE_WITHOUT_INTEGRATION: Final = "2"
STORE_WITHOUT_EXTERNAL_ID: Final = "3"

USER: Final = "30"
USER_WITHOUT_ROLE: Final = "31"
USER_NOT_OWNER: Final = "32"

SYSTEM: Final = "4344be8c-c6b9-4c51-88a6-d620144ab406"
SYSTEM_WEBHOOK_UNAVAILABLE: Final = "0b8d1c36-8f5e-4a57-9b0e-51d2f0f7c6de"
SYSTEM_WITHOUT_WEBHOOK: Final = "9c1f6a52-3f0e-4f0b-9d0a-6f0f6c1f2a77"

ITEM: Final = "item_abc123"
POS: Final = "1"

NO_INTEGRATION: Final = (
    "No integration record was found between this user store and the third party system."
)
EXTERNAL_ID_MISSING: Final = "External id not found for this store in the inventory system."

DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


class MiposAccount(Reference):
    """An account with three stores, three users and three inventory systems.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: `token` and `client_secret` to use instead of random ones.

    Attributes:
        stock: How many there are, as text, by store and the item's id in the POS.
    """

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.stock: dict[tuple[str, str], str] = {(STORE, ITEM): "100.00"}

    def default_credentials(self) -> dict[str, str]:
        """Return a random bearer token, and a client secret as long as the printed one."""
        return {"token": secrets.token_urlsafe(24), "client_secret": secrets.token_hex(20)}

    def fixtures(self) -> dict[str, object]:
        """Return what a good call names, and what unlocks each conditional conflict."""
        return {
            "store_id": STORE,
            "user_id_tps": USER,
            "inventory_system_id": SYSTEM,
            "external_id": ITEM,
            "pos_id": POS,
            "user_without_role": USER_WITHOUT_ROLE,
            "user_not_owner": USER_NOT_OWNER,
            "store_without_integration": STORE_WITHOUT_INTEGRATION,
            "store_without_external_id": STORE_WITHOUT_EXTERNAL_ID,
            "inventory_system_webhook_unavailable": SYSTEM_WEBHOOK_UNAVAILABLE,
            "inventory_system_without_webhook": SYSTEM_WITHOUT_WEBHOOK,
        }

    # Who is calling

    def authenticate(self, call: Call) -> str:
        """Return the caller whose bearer token the call carries; 401 for any other."""
        if not self.is_token(self.read_token(call)):
            self.refuse(401, "Unauthorized.", {"WWW-Authenticate": "Bearer"})
        return "pos"

    def read_token(self, call: Call) -> str | None:
        """Return the token of the one `Authorization: Bearer ...` header."""
        values = call.headers.getlist("authorization")
        if len(values) != 1:
            return None
        scheme, _, token = values[0].strip().partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def is_token(self, given: str | None) -> bool:
        """Tell whether a token is the account's."""
        return same_signature(self.credentials["token"], given)

    def error_body(self, status: int, text: str) -> object:
        """Return the body of an error that is not the operation's; 401 is a bare JSON string."""
        return text if status == 401 else {"message": text, "data": None}

    # What exists

    def has_store(self, store: str) -> bool:
        """Tell whether the account has a store."""
        return store in (STORE, STORE_WITHOUT_INTEGRATION, STORE_WITHOUT_EXTERNAL_ID)

    def has_role(self, user: str | None) -> bool:
        """Tell whether a user exists and is an inventory system's."""
        return user in (USER, USER_NOT_OWNER)

    def owns(self, user: str | None, system: str | None) -> bool:
        """Tell whether a user owns an inventory system."""
        return user == USER and self.has_system(system)

    def has_system(self, system: str | None) -> bool:
        """Tell whether there is an inventory system."""
        return system in (SYSTEM, SYSTEM_WEBHOOK_UNAVAILABLE, SYSTEM_WITHOUT_WEBHOOK)

    def is_integrated(self, store: str, system: str | None) -> bool:
        """Tell whether a store of the account is connected with an inventory system."""
        return store != STORE_WITHOUT_INTEGRATION and self.has_system(system)

    def has_external_id(self, store: str) -> bool:
        """Tell whether the inventory system knows a store under an id of its own."""
        return store != STORE_WITHOUT_EXTERNAL_ID

    # What a call says

    def as_text(self, value: object) -> str | None:
        """Return an id as text, whether it was sent as text or as a number; None for others."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) else None

    def is_missing(self, value: object) -> bool:
        """Tell whether a field counts as left out: an empty text does, an empty list does not."""
        return value is None or value == ""

    # How a call is refused

    def required_errors(
        self, body: dict[str, object], fields: Iterable[str]
    ) -> dict[str, list[str]]:
        """Return the printed sentence for each required field that is left out."""
        return {
            field: [self.required_sentence(field)]
            for field in fields
            if self.is_missing(body.get(field))
        }

    def required_sentence(self, field: str) -> str:
        """Return what a 422 says of a field that is left out."""
        return f"The {field.replace('_', ' ')} field is required."

    def check_errors(self, errors: dict[str, list[str]]) -> None:
        """Refuse a call with 422 when a field is wrong: an object of lists of sentences."""
        if errors:
            self.invalid(errors)

    def invalid(self, errors: dict[str, list[str]]) -> NoReturn:
        """End the call with the printed shape of a 422.

        Raises:
            Refusal: Always.
        """
        raise Refusal(Answer(422, errors))

    def check_conflicts(self, sentences: Iterable[str]) -> None:
        """Refuse a call with 409 when a sentence applies; each is said once."""
        found = list(dict.fromkeys(sentences))
        if found:
            self.conflict(found)

    def conflict(self, sentences: list[str]) -> NoReturn:
        """End the call with the printed shape of a 409.

        Raises:
            Refusal: Always.
        """
        raise Refusal(Answer(409, self.conflict_body(sentences)))

    def conflict_body(self, sentences: list[str]) -> object:
        """Return the body of a 409."""
        return {"message": sentences, "data": None}

    def done(self, message: str) -> Answer:
        """Return the printed shape of a 200."""
        return Answer(200, {"message": message, "data": None})
