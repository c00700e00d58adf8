"""Stores, users and inventory systems that are looked up wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.mipos_inventory.spelling import camel
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_stock import NO_WEBHOOK, NOT_OWNER, WEBHOOK_UNAVAILABLE
from retailspec.reference.mipos_sync import NO_ROLE, STORE_UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []

_NO_ROLE: Final = asked("sync", change={"/user_id_tps": "31"})
_NOT_OWNER: Final = asked("stock", change={"/user_id_tps": "32"})
_NO_WEBHOOK: Final = asked(
    "stock", change={"/inventory_system_id": "9c1f6a52-3f0e-4f0b-9d0a-6f0f6c1f2a77"}
)
_UNAVAILABLE: Final = asked(
    "stock", change={"/inventory_system_id": "0b8d1c36-8f5e-4a57-9b0e-51d2f0f7c6de"}
)


class _Otherwise(MiposInventory):
    """Answers one conflict under another status."""

    starts: ClassVar[str]
    operation: ClassVar[str]
    status: ClassVar[int]

    def render(self, call: Call, answer: Answer) -> Response:
        said = answer.body.get("message") if isinstance(answer.body, dict) else None
        if (
            call.operation.name == self.operation
            and answer.status == 409
            and isinstance(said, list)
            and str(said[0]).startswith(self.starts)
        ):
            answer = Answer(self.status, answer.body)
        return super().render(call, answer)


for _rule, _operation, _status, _starts, _probe in (
    ("sync.store.unknown", "sync", 404, "You don't", asked("sync", store="9")),
    ("sync.user.role", "sync", 403, "The third_party_id", _NO_ROLE),
    (
        "sync.integration.missing",
        "sync",
        404,
        "No integration",
        asked("sync", store="store_without_integration"),
    ),
    (
        "sync.store.external-id",
        "sync",
        422,
        "External id",
        asked("sync", store="store_without_external_id"),
    ),
    ("stock.conflicts.not-owner", "stock", 403, "This user_id_tps", _NOT_OWNER),
    (
        "stock.conflicts.no-integration",
        "stock",
        400,
        "No integration",
        asked("stock", store="store_without_integration"),
    ),
    (
        "stock.conflicts.no-external-id",
        "stock",
        404,
        "External id",
        asked("stock", store="store_without_external_id"),
    ),
    ("stock.conflicts.type-unavailable", "stock", 422, "This type of webhook", _UNAVAILABLE),
    (
        "stock.conflicts.system-without-webhook",
        "stock",
        501,
        "This inventory system does not",
        _NO_WEBHOOK,
    ),
):
    fault(_rule, _probe)(
        variant(
            _Otherwise,
            camel(_rule, f"as.{_status}"),
            f"The conflict {_starts!r} ... of {_operation} is answered {_status}, not 409.",
            operation=_operation,
            status=_status,
            starts=_starts,
        )
    )


class _Instead(MiposInventory):
    """Says one sentence where another one is printed."""

    right: ClassVar[str]
    wrong: ClassVar[str]

    def conflict(self, sentences: list[str]) -> NoReturn:
        said = [self.wrong if one == self.right else one for one in sentences]
        raise Refusal(Answer(409, self.conflict_body(said)))


for _rule, _name, _right, _wrong, _probe in (
    (
        "stock.conflicts.type-unavailable",
        "UnavailableTypeToldAsTheSystems",
        WEBHOOK_UNAVAILABLE,
        NO_WEBHOOK,
        _UNAVAILABLE,
    ),
    (
        "stock.conflicts.system-without-webhook",
        "SystemsLackToldAsTheTypes",
        NO_WEBHOOK,
        WEBHOOK_UNAVAILABLE,
        _NO_WEBHOOK,
    ),
    ("stock.conflicts.not-owner", "NotOwnerToldAsRole", NOT_OWNER, NO_ROLE, _NOT_OWNER),
    ("sync.user.role", "RoleToldAsNotOwner", NO_ROLE, NOT_OWNER, _NO_ROLE),
    (
        "sync.store.unknown",
        "UnknownStoreToldAsUnconnected",
        STORE_UNAVAILABLE,
        "No integration record was found between this user store and the third party system.",
        asked("sync", store="9"),
    ),
):
    fault(_rule, _probe)(
        variant(
            _Instead,
            _name,
            f"Where {_right!r} is printed, {_wrong!r} is said.",
            right=_right,
            wrong=_wrong,
        )
    )


@fault("sync.store.unknown", asked("sync", store="9"))
class UnknownStoresAreTheFirst(MiposInventory):
    """A synchronisation with a store that the account does not have goes to its first one."""

    def access_conflicts(self, store: str, body: Mapping[str, object]) -> Iterator[str]:
        return super().access_conflicts(store if self.has_store(store) else "1", body)


@fault("stock.conflicts.not-owner", _NOT_OWNER)
class AnyPartnerOwns(MiposInventory):
    """Any user with an inventory system's role counts as the owner of each system."""

    def owns(self, user: str | None, system: str | None) -> bool:
        return self.has_role(user) and self.has_system(system)


@fault("sync.user.role", _NO_ROLE)
class AnyNumberIsAUser(MiposInventory):
    """A user is one that has a number for an id, whatever the user's role."""

    def has_role(self, user: str | None) -> bool:
        return user is not None and user.isdecimal()


@fault("sync.integration.missing", asked("sync", store="store_without_integration"))
class OneStoreConnectsAll(MiposInventory):
    """A store counts as connected where any store of the account is."""

    def is_integrated(self, store: str, system: str | None) -> bool:
        del store
        return self.has_system(system)


@fault("sync.store.external-id", asked("sync", store="store_without_external_id"))
class StoresLendTheirIds(MiposInventory):
    """A store without an id in the inventory system goes there under its own."""

    def has_external_id(self, store: str) -> bool:
        return self.has_store(store)
