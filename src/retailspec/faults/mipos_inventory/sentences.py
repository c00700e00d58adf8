"""Printed sentences that are not said as printed, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, camel
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__: list[str] = []

_UNIT: Final = {"name": "Unit 3", "short_name": "u3", "external_id": "pos_u3"}
_SUPPLIER: Final = {"name": "supplier 2", "external_id": "pos_sup_2"}


class _Printed(NamedTuple):
    """A printed sentence and one that is almost it.

    Args:
        rule: The rule that it belongs to.
        operation: The call.
        says: The printed sentence, or the part of it that is spelt wrongly.
        spelt: How it is spelt instead.
        edits: What makes the server say it.
    """

    rule: str
    operation: str
    says: str
    spelt: str
    edits: Mapping[str, Any]


def _left_out(pointer: str) -> dict[str, Any]:
    return {"without": pointer}


def _set(pointer: str, value: Any) -> dict[str, Any]:
    return {"change": {pointer: value}}


def _third(entry: Mapping[str, str], but: str) -> dict[str, Any]:
    kept = {name: value for name, value in entry.items() if name != but}
    return _set("/units/2" if "short_name" in entry else "/suppliers/1", kept)


_MUST: Final = "must have"
_ENTRIES: Final = (
    ("item.name", "The item must have a name.", "a nme", _left_out("/items/0/name")),
    (
        "item.external-id",
        "The item must have an external id.",
        "an external ID",
        _left_out("/items/0/external_id"),
    ),
    (
        "item.purchase-unit",
        "The item must have an purchase unit external id.",
        "a purchase unit external id",
        _left_out("/items/0/purchase_unit_external_id"),
    ),
    (
        "item.consumption-unit",
        "The item must have an consumption unit external id.",
        "a consumption unit external id",
        _left_out("/items/0/consumption_unit_external_id"),
    ),
    (
        "item.supplier",
        "The item must have a supplier external id.",
        "a suplier external id",
        _left_out("/items/0/supplier_external_id"),
    ),
    ("item.cost", "The item must have a cost.", "an cost", _left_out("/items/0/cost")),
    ("item.stock", "The item must have a stock.", "stock", _left_out("/items/0/stock")),
    ("unit.name", "The unit must have a name.", "a name,", _third(_UNIT, "name")),
    (
        "unit.short-name",
        "The unit must have a short name.",
        "a shortname",
        _third(_UNIT, "short_name"),
    ),
    (
        "unit.external-id",
        "The unit must have an external id.",
        "a external id",
        _third(_UNIT, "external_id"),
    ),
    ("supplier.name", "The supplier must have a name.", "a  name", _third(_SUPPLIER, "name")),
    (
        "supplier.external-id",
        "The supplier must have an external id.",
        "an external_id",
        _third(_SUPPLIER, "external_id"),
    ),
)

_NO_RECORD = "No integration record was found between this user store and the third party system."
_PRINTED: Final = (
    *(
        _Printed(
            f"sync.{rule}",
            "sync",
            sentence,
            f"{sentence.partition(_MUST)[0]}{_MUST} {ending}.",
            edits,
        )
        for rule, sentence, ending, edits in _ENTRIES
    ),
    _Printed(
        "sync.item.type.purchase-unit",
        "sync",
        "The item purchase unit external id must be a string.",
        "The item purchase unit id must be a string.",
        {
            "change": {
                "/items/0/purchase_unit_external_id": 5,
                "/units/2": _UNIT | {"external_id": "5"},
            }
        },
    ),
    _Printed(
        "sync.item.type.consumption-unit",
        "sync",
        "The item consumption unit external id must be a string.",
        "The item consumption unit external id must be string.",
        _set("/items/0/consumption_unit_external_id", 5),
    ),
    _Printed(
        "sync.item.type.cost",
        "sync",
        "The item cost must be a string.",
        "The item cost must be a sting.",
        _set("/items/0/cost", 5),
    ),
    _Printed(
        "sync.item.type.stock",
        "sync",
        "The item stock must be a string.",
        "The items stock must be a string.",
        _set("/items/0/stock", 5),
    ),
    _Printed(
        "sync.reference.unit",
        "sync",
        "not found in units array",
        "not found in units array.",
        _set("/items/0/purchase_unit_external_id", "pos_u9"),
    ),
    _Printed(
        "sync.reference.supplier",
        "sync",
        "not found in suppliers array",
        "not found in supplier array",
        _set("/items/0/supplier_external_id", "pos_sup_9"),
    ),
    _Printed(
        "sync.store.unknown",
        "sync",
        "You don't have this store available.",
        "You don\u2019t have this store available.",
        {"store": "9"},
    ),
    _Printed(
        "sync.user.role",
        "sync",
        "The third_party_id does not",
        "The user_id_tps does not",
        _set("/user_id_tps", "31"),
    ),
    _Printed(
        "sync.integration.missing",
        "sync",
        _NO_RECORD,
        _NO_RECORD.replace("user store", "users store"),
        {"store": "store_without_integration"},
    ),
    _Printed(
        "sync.store.external-id",
        "sync",
        "External id not found for this store",
        "External id not found in this store",
        {"store": "store_without_external_id"},
    ),
    _Printed(
        "stock.conflicts.not-owner",
        "stock",
        "does not own this inventory system.",
        "does not own this inventory sistem.",
        _set("/user_id_tps", "32"),
    ),
    _Printed(
        "stock.conflicts.no-integration",
        "stock",
        _NO_RECORD,
        _NO_RECORD.replace("third party", "third-party"),
        {"store": "store_without_integration"},
    ),
    _Printed(
        "stock.conflicts.no-external-id",
        "stock",
        "External id not found for this store",
        "External Id not found for this store",
        {"store": "store_without_external_id"},
    ),
    _Printed(
        "stock.conflicts.type-unavailable",
        "stock",
        "This type of webhook is not available.",
        "This webhook type is not available.",
        _set("/inventory_system_id", "0b8d1c36-8f5e-4a57-9b0e-51d2f0f7c6de"),
    ),
    _Printed(
        "stock.conflicts.system-without-webhook",
        "stock",
        "does not have this type of webhook available.",
        "does not have this type of webhook avaliable.",
        _set("/inventory_system_id", "9c1f6a52-3f0e-4f0b-9d0a-6f0f6c1f2a77"),
    ),
)


class _Unsaid(MiposInventory):
    operation: ClassVar[str]
    printed: ClassVar[str]

    def check_conflicts(self, sentences: Iterable[str]) -> None:
        super().check_conflicts(sentence for sentence in sentences if self.printed not in sentence)

    def receive(self, store: str, items: list[Mapping[str, object]]) -> None:
        whole = [item for item in items if "external_id" in item and "stock" in item]
        super().receive(store, whole)


class _UnsaidOnStock(MiposInventory):
    operation: ClassVar[str]
    printed: ClassVar[str]

    def stock_conflicts(self, store: str, body: dict[str, object]) -> Iterator[str]:
        said = super().stock_conflicts(store, body)
        return (sentence for sentence in said if self.printed not in sentence)


class _UnsaidOnSync(MiposInventory):
    operation: ClassVar[str]
    printed: ClassVar[str]

    def access_conflicts(self, store: str, body: Mapping[str, object]) -> Iterator[str]:
        said = super().access_conflicts(store, body)
        return (sentence for sentence in said if self.printed not in sentence)


def _base(printed: _Printed) -> type[MiposInventory]:
    if printed.operation == "stock":
        return _UnsaidOnStock
    return (
        _UnsaidOnSync if printed.rule.split(".")[1] in ("store", "user", "integration") else _Unsaid
    )


for _one in _PRINTED:
    fault(_one.rule, asked(_one.operation, **_one.edits))(
        variant(
            Misspelt,
            f"{camel(_one.rule)}Misspelt",
            f"On {_one.operation}, {_one.says!r} is spelt {_one.spelt!r}.",
            operation=_one.operation,
            printed=_one.says,
            spelt=_one.spelt,
        )
    )
    fault(_one.rule, asked(_one.operation, **_one.edits))(
        variant(
            _base(_one),
            f"{camel(_one.rule)}Unchecked",
            f"On {_one.operation}, nothing is looked at that {_one.says!r} is there for.",
            operation=_one.operation,
            printed=_one.says,
        )
    )
