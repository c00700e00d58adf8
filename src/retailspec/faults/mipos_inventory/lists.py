"""Lists of which only some items, units or suppliers are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.mipos_inventory.spelling import camel
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.reference.mipos_sync import Entry

__all__: list[str] = []

_THIRD: Final = {
    "external_id": "item_3",
    "purchase_unit_external_id": "pos_u1",
    "consumption_unit_external_id": "pos_u1",
    "supplier_external_id": "pos_sup_1",
    "cost": "1",
    "stock": "1",
}


@fault("sync.second-item", asked("sync", without="/items/1/name"))
class FirstItemStandsForAll(MiposInventory):
    """Only the first item is looked at, and all are taken."""

    def entries(self, value: object) -> list[Entry]:
        entries = super().entries(value)
        return entries[:1] if any("cost" in entry for entry in entries) else entries


@fault("sync.second-item", asked("sync", change={"/items/2": _THIRD}))
class TwoItemsAreLookedAt(MiposInventory):
    """Only the first two items are looked at, and all are taken."""

    def entries(self, value: object) -> list[Entry]:
        entries = super().entries(value)
        return entries[:2] if any("cost" in entry for entry in entries) else entries


class _LastIsLookedAt(MiposInventory):
    """What all units or suppliers but the last leave out is overlooked."""

    fields: ClassVar[int]

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        seen = entries[-1:] if len(sentences) == self.fields else entries
        return super().presence_conflicts(seen, sentences)


_SECOND: Final = {"/suppliers/1": {"name": "supplier 2", "external_id": "pos_sup_2"}}

for _what, _rule, _fields, _probe in (
    ("unit", "sync.unit.short-name", 3, asked("sync", without="/units/0/short_name")),
    (
        "supplier",
        "sync.supplier.name",
        2,
        asked("sync", change=_SECOND, without="/suppliers/0/name"),
    ),
):
    fault(_rule, _probe)(
        variant(
            _LastIsLookedAt,
            camel(_what, "LastIsLookedAt"),
            f"What each {_what} but the last leaves out is overlooked.",
            fields=_fields,
        )
    )


@fault("sync.unit.name", asked("sync", change={"/units/2": {"external_id": "pos_u3"}}))
class TwoUnitsAreLookedAt(MiposInventory):
    """What the third unit and those after it leave out is overlooked."""

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        seen = entries[:2] if "short_name" in sentences else entries
        return super().presence_conflicts(seen, sentences)


@fault("sync.supplier.external-id", asked("sync", change={"/suppliers/1": {"name": "x"}}))
class FirstSupplierIsLookedAt(MiposInventory):
    """What the second supplier and those after it leave out is overlooked."""

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        seen = entries[:1] if len(sentences) == 2 else entries
        return super().presence_conflicts(seen, sentences)
