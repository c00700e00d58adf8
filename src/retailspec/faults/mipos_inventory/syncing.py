"""Synchronisations that are refused, taken or told about otherwise than documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, story, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, camel
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Call
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.reference.mipos_sync import Entry

__all__: list[str] = []

_TWO_SUPPLIERS: Final = {
    "/suppliers/1": {"name": "supplier 2", "external_id": "pos_sup_2"},
    "/items/1/supplier_external_id": "pos_sup_2",
}

for _name, _says, _spelt in (
    ("SyncInBritishEnglish", "Synchronization", "Synchronisation"),
    ("SyncWithoutFullStop", "inventory system.", "inventory system"),
    ("SyncLosesALetter", "was sent", "was set"),
    ("SyncInThePlural", "data was", "data were"),
):
    fault("sync.ok", asked("sync"))(
        variant(
            Misspelt,
            _name,
            f"The message of a synchronisation spells {_says!r} as {_spelt!r}.",
            operation="sync",
            printed=_says,
            spelt=_spelt,
        )
    )


class _Done(MiposInventory):
    status: ClassVar[int] = 200

    async def sync(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().sync(call, body)
        return Answer(self.status, self.told(answer.body))

    def told(self, body: object) -> object:
        """Return what is said, given the right body."""
        return body


for _status in (201, 202):
    fault("sync.ok", asked("sync"))(
        variant(
            _Done,
            f"SyncAnswers{_status}",
            f"A synchronisation that is taken is answered {_status}.",
            status=_status,
        )
    )


@fault("sync.ok", asked("sync"))
class SyncDataIsAnObject(_Done):
    """The `data` of a synchronisation is an empty object, not null."""

    def told(self, body: object) -> object:
        return {**body, "data": {}} if isinstance(body, dict) else body


@fault("sync.ok", asked("sync"))
class SyncDataIsLeftOut(_Done):
    """A synchronisation has no `data`, since it would be null."""

    def told(self, body: object) -> object:
        return {"message": body["message"]} if isinstance(body, dict) else body


@fault("sync.ok", asked("sync"))
class SyncCountsItsItems(_Done):
    """The `data` of a synchronisation is how many items the store has by then."""

    def told(self, body: object) -> object:
        return {**body, "data": len(self.stock)} if isinstance(body, dict) else body


@fault("sync.ok", asked("sync"))
class SyncMessageIsAList(_Done):
    """The message of a synchronisation is a list, as it is in conflicts."""

    def told(self, body: object) -> object:
        return {**body, "message": [body["message"]]} if isinstance(body, dict) else body


@fault("sync.ok", asked("sync"))
class OneItemAtATime(MiposInventory):
    """A synchronisation with more than one item is refused."""

    def sync_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().sync_errors(body)
        if not errors and len(self.entries(body["items"])) > 1:
            errors["items"] = ["The items may not have more than 1 items."]
        return errors


@fault("sync.ok", story(asked("sync"), asked("sync")))
class KnownItemsAreAConflict(MiposInventory):
    """Items that the inventory system knows already are a conflict."""

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        yield from super().presence_conflicts(entries, sentences)
        known = {item for _, item in self.stock}
        if "cost" in sentences and any(entry.get("external_id") in known for entry in entries):
            yield sentences["external_id"]


class _ZeroIsNothing(MiposInventory):
    field: ClassVar[str]

    def lacks(self, entry: Entry, field: str) -> bool:
        zero = field == self.field and entry.get(field) == "0"
        return zero or super().lacks(entry, field)


for _field in ("cost", "stock"):
    fault("sync.ok", asked("sync", change={f"/items/0/{_field}": "0"}))(
        variant(
            _ZeroIsNothing,
            camel(_field, "ZeroIsNothing"),
            f"An item whose {_field} is '0' counts as one without a {_field}.",
            field=_field,
        )
    )


@fault("sync.ok", asked("sync", change={"/items/0/cost": "1250"}))
class CostNeedsAPoint(MiposInventory):
    """A cost without a decimal point is refused, as if it were a number."""

    def is_text(self, entry: Entry, field: str) -> bool:
        return super().is_text(entry, field) and (field != "cost" or "." in str(entry[field]))


@fault("sync.ok", asked("sync"))
class StockIsWhole(MiposInventory):
    """A stock with a fraction is refused, as if it were a number."""

    def is_text(self, entry: Entry, field: str) -> bool:
        return super().is_text(entry, field) and (field != "stock" or "." not in str(entry[field]))


@fault("sync.ok", asked("sync"))
class UserIdIsANumber(MiposInventory):
    """A user_id_tps that is text, as documented, is refused."""

    def sync_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        errors = super().sync_errors(body)
        if isinstance(body.get("user_id_tps"), str) and "user_id_tps" not in errors:
            errors["user_id_tps"] = ["The user id tps must be an integer."]
        return errors


class _LookedUp(MiposInventory):
    """Looks ids up in its own way.

    Attributes:
        named: The field of an item that it is about.
        key: The field of a unit or a supplier that is compared.
        only: How many of them are looked at.
        others: Whether the field `external_id` counts as well.
    """

    named: ClassVar[str]
    key: ClassVar[str] = "external_id"
    only: ClassVar[int | None] = None
    others: ClassVar[bool] = False

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        if field == self.named:
            also = known if self.others else []
            known = [{"external_id": one.get(self.key)} for one in known[: self.only]] + list(also)
        return super().dangling(items, field, known)


_UNIT_FIELD: Final = "purchase_unit_external_id"
_SUPPLIER_FIELD: Final = "supplier_external_id"

for _name, _says, _named, _key in (
    ("UnitsByNameOnly", "A purchase unit is looked up by name.", _UNIT_FIELD, "name"),
    ("UnitsByShortName", "A purchase unit is looked up by short name.", _UNIT_FIELD, "short_name"),
    ("SuppliersByNameOnly", "A supplier is looked up by name.", _SUPPLIER_FIELD, "name"),
):
    fault("sync.ok", asked("sync"))(variant(_LookedUp, _name, _says, named=_named, key=_key))

fault("sync.ok", asked("sync"))(
    variant(
        _LookedUp,
        "FirstUnitOnly",
        "Purchase units are looked up in the first unit only.",
        named=_UNIT_FIELD,
        only=1,
    )
)
fault("sync.ok", asked("sync", change=_TWO_SUPPLIERS))(
    variant(
        _LookedUp,
        "FirstSupplierOnly",
        "Suppliers of items are looked up in the first supplier only.",
        named=_SUPPLIER_FIELD,
        only=1,
    )
)

for _name, _what, _rule, _named, _key, _value in (
    ("UnitsByNameToo", "purchase unit", "unit", _UNIT_FIELD, "name", "Unit 1"),
    ("UnitsByShortNameToo", "purchase unit", "unit", _UNIT_FIELD, "short_name", "u1"),
    ("SuppliersByNameToo", "supplier", "supplier", _SUPPLIER_FIELD, "name", "supplier 1"),
):
    fault(f"sync.reference.{_rule}", asked("sync", change={f"/items/0/{_named}": _value}))(
        variant(
            _LookedUp,
            _name,
            f"The {_key.replace('_', ' ')} of a {_rule} serves as its id in an item's {_what}.",
            named=_named,
            key=_key,
            others=True,
        )
    )


@fault("sync.ok", asked("sync"))
class UnitsMayNotDiffer(MiposInventory):
    """An item that is bought in another unit than it is consumed in is refused."""

    def unit_conflicts(self, items: list[Entry], units: list[Entry]) -> Iterator[str]:
        yield from super().unit_conflicts(items, units)
        for item in items:
            unit = item.get(_UNIT_FIELD)
            if unit != item.get("consumption_unit_external_id"):
                yield f"Item purchase unit external id ({unit}) not found in units array"
