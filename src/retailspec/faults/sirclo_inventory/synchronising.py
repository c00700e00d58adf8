"""Servers that do not take what `sync_stock` may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import status_of, update
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import StockUpdate

__all__: list[str] = []


class _Sync(Prompt):
    """Takes some spellings of sync_stock alone."""

    takes: ClassVar[tuple[object, ...]]

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        if "sync_stock" in body:
            given = body["sync_stock"]
            if not any(given == one and type(given) is type(one) for one in self.takes):
                self.invalid("sync_stock is not known")
        return super().check_update({k: v for k, v in body.items() if k != "sync_stock"})


def _spellings(probe: Probe) -> list[int]:
    return [update(probe, sync_stock=one).status_code for one in (True, False, "true", "false")]


for _rule, _name, _says, _takes in (
    ("update.sync-stock", "NoSync", "No spelling of sync_stock is taken.", ()),
    ("update.sync-stock", "SyncIsOn", "sync_stock may be true alone.", (True, "true")),
    ("update.sync-stock", "SyncIsOff", "sync_stock may be false alone.", (False, "false")),
    ("update.sync-stock", "SyncIsCapital", "sync_stock is True or False.", ("True", "False")),
    ("update.sync-stock", "SyncIsANumber", "sync_stock is 0 or 1.", (0, 1)),
    (
        "update.sync-stock.both",
        "NoTextForOff",
        'sync_stock may be true, false and "true", and not "false".',
        (True, False, "true"),
    ),
    (
        "update.sync-stock.both",
        "NoFalseForOff",
        'sync_stock may be true, "true" and "false", and not false.',
        (True, "true", "false"),
    ),
    (
        "update.sync-stock.both",
        "NoTextForSync",
        "sync_stock may be a boolean alone.",
        (True, False),
    ),
):
    seed(_rule, _spellings)(variant(_Sync, _name, _says, takes=_takes))


@seed("update.sync-stock.omitted", status_of())
class SyncIsRequired(Prompt):
    """Without sync_stock an update is refused."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        if "sync_stock" not in body:
            self.invalid("sync_stock is required")
        return super().check_update(body)


@seed("update.sync-stock.omitted", status_of())
class SyncIsLookedUp(Prompt):
    """Without sync_stock an update is sent elsewhere with 307."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        if "sync_stock" not in body:
            self.refuse(307, "choose", {"Location": "/v1/partner/inventory/sync"})
        return super().check_update(body)
