"""The call "Sync inventory" of the mipOS inventory API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from retailspec.reference.mipos_account import EXTERNAL_ID_MISSING, NO_INTEGRATION, MiposAccount

if TYPE_CHECKING:
    from retailspec.reference.base import Answer, Call

__all__ = ["MiposSync"]

Entry = Mapping[str, object]

SYNC_REQUIRED: Final = ("items", "inventory_system_id", "units", "suppliers", "user_id_tps")

STORE_UNAVAILABLE: Final = "You don't have this store available."
NO_ROLE: Final = "The third_party_id does not have an Inventory System role or does not exist."

ITEM_SENTENCES: Final[Mapping[str, str]] = {
    "name": "The item must have a name.",
    "external_id": "The item must have an external id.",
    "purchase_unit_external_id": "The item must have an purchase unit external id.",
    "consumption_unit_external_id": "The item must have an consumption unit external id.",
    "supplier_external_id": "The item must have a supplier external id.",
    "cost": "The item must have a cost.",
    "stock": "The item must have a stock.",
}
UNIT_SENTENCES: Final[Mapping[str, str]] = {
    "name": "The unit must have a name.",
    "short_name": "The unit must have a short name.",
    "external_id": "The unit must have an external id.",
}
SUPPLIER_SENTENCES: Final[Mapping[str, str]] = {
    "name": "The supplier must have a name.",
    "external_id": "The supplier must have an external id.",
}
TYPE_SENTENCES: Final[Mapping[str, str]] = {
    "purchase_unit_external_id": "The item purchase unit external id must be a string.",
    "consumption_unit_external_id": "The item consumption unit external id must be a string.",
    "cost": "The item cost must be a string.",
    "stock": "The item stock must be a string.",
}


class MiposSync(MiposAccount):
    """A server that takes a POS's items, units and suppliers."""

    async def sync(self, call: Call, body: dict[str, object]) -> Answer:
        """Answer a synchronisation: 422 for its fields first, then 409 for what they hold."""
        self.check_errors(self.sync_errors(body))
        items, units, suppliers = (
            self.entries(body[field]) for field in ("items", "units", "suppliers")
        )
        store = call.params["store_id"]
        self.check_conflicts(
            [
                *self.access_conflicts(store, body),
                *self.presence_conflicts(items, ITEM_SENTENCES),
                *self.presence_conflicts(units, UNIT_SENTENCES),
                *self.presence_conflicts(suppliers, SUPPLIER_SENTENCES),
                *self.unit_conflicts(items, units),
                *self.type_conflicts(items, "purchase_unit_external_id"),
                *self.type_conflicts(items, "consumption_unit_external_id"),
                *self.supplier_conflicts(items, suppliers),
                *self.type_conflicts(items, "cost"),
                *self.type_conflicts(items, "stock"),
            ]
        )
        self.receive(store, items)
        return self.done(self.sync_message())

    def sync_message(self) -> str:
        """Return what a synchronisation that was taken is answered with."""
        return "Synchronization data was sent to the inventory system."

    def sync_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        """Return the sentences of a 422, by field."""
        errors = self.required_errors(body, SYNC_REQUIRED)
        system = body.get("inventory_system_id")
        if not self.is_missing(system) and not self.is_system_id(system):
            errors["inventory_system_id"] = ["The inventory system id must be a string."]
        for field in ("items", "units", "suppliers"):
            if field not in errors and not isinstance(body[field], list):
                errors[field] = [f"The {field} must be an array."]
        return errors

    def is_system_id(self, value: object) -> bool:
        """Tell whether an inventory system is named by a text."""
        return isinstance(value, str)

    def entries(self, value: object) -> list[Entry]:
        """Return the entries of a list; one that is no object has nothing in it."""
        entries = value if isinstance(value, list) else []
        return [entry if isinstance(entry, dict) else {} for entry in entries]

    # The printed conflicts, in their order; the several sentences of a call are told at once

    def access_conflicts(self, store: str, body: Mapping[str, object]) -> Iterator[str]:
        """Yield what stands between the store, the user and the inventory system."""
        system = self.as_text(body.get("inventory_system_id"))
        known = self.has_store(store)
        if not known:
            yield STORE_UNAVAILABLE
        if not self.has_role(self.as_text(body.get("user_id_tps"))):
            yield NO_ROLE
        if known and not self.is_integrated(store, system):
            yield NO_INTEGRATION
        if known and not self.has_external_id(store):
            yield EXTERNAL_ID_MISSING

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the sentence of each field that an entry leaves out."""
        for field, sentence in sentences.items():
            if any(self.lacks(entry, field) for entry in entries):
                yield sentence

    def lacks(self, entry: Entry, field: str) -> bool:
        """Tell whether an entry leaves a field out."""
        return self.is_missing(entry.get(field))

    def type_conflicts(self, items: list[Entry], field: str) -> Iterator[str]:
        """Yield the sentence of a field that some item has, but not as text."""
        if any(not self.lacks(item, field) and not self.is_text(item, field) for item in items):
            yield TYPE_SENTENCES[field]

    def is_text(self, entry: Entry, field: str) -> bool:
        """Tell whether an entry's field is a text."""
        return isinstance(entry[field], str)

    def unit_conflicts(self, items: list[Entry], units: list[Entry]) -> Iterator[str]:
        """Yield a sentence for each purchase unit that is not among the units."""
        for unit in self.dangling(items, "purchase_unit_external_id", units):
            yield f"Item purchase unit external id ({unit}) not found in units array"

    def supplier_conflicts(self, items: list[Entry], suppliers: list[Entry]) -> Iterator[str]:
        """Yield a sentence for each supplier that is not among the suppliers."""
        for supplier in self.dangling(items, "supplier_external_id", suppliers):
            yield f"Item supplier external id ({supplier}) not found in suppliers array"

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        """Yield each id that an item names and that no known entry has."""
        ids = {self.as_text(entry.get("external_id")) for entry in known}
        for item in items:
            named = self.as_text(item.get(field))
            if named and named not in ids:
                yield named

    # What becomes of it

    def receive(self, store: str, items: list[Entry]) -> None:
        """Send the items to the inventory system, which knows them from now on."""
        for item in items:
            known = self.as_text(item["external_id"])
            if known is not None:
                self.stock[store, known] = str(item["stock"])
