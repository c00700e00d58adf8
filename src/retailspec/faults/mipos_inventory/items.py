"""Items whose faults are overlooked, or told in the wrong words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, Renamed, camel
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_sync import ITEM_SENTENCES, TYPE_SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.reference.base import Answer, Call
    from retailspec.reference.mipos_sync import Entry

__all__: list[str] = []

_PURCHASE: Final = "purchase_unit_external_id"
_CONSUMPTION: Final = "consumption_unit_external_id"
_SUPPLIER: Final = "supplier_external_id"
_NUMBER: Final = {"/inventory_system_id": 5}


@fault("sync.system-id.type", asked("sync", change=_NUMBER))
class NumericSystemsAreText(MiposInventory):
    """An inventory_system_id that is a number is taken for text, and only then looked up."""

    def is_system_id(self, value: object) -> bool:
        return super().is_system_id(value) or isinstance(value, int)


class _Systems(MiposInventory):
    kind: ClassVar[type]

    def is_system_id(self, value: object) -> bool:
        return super().is_system_id(value) or isinstance(value, self.kind)


for _name, _says, _given in (
    ("TrueSystemsAreText", "true", True),
    ("ListedSystemsAreText", "a list", ["x"]),
    ("SystemObjectsAreText", "an object", {"id": "x"}),
):
    fault("sync.system-id.type", asked("sync", change={"/inventory_system_id": _given}))(
        variant(
            _Systems,
            _name,
            f"An inventory_system_id that is {_says} is not told to be text.",
            kind=type(_given),
        )
    )


for _name, _says, _spelt in (
    ("SystemIdWithoutFullStop", "id must be a string.", "id must be a string"),
    ("SystemIdWithUnderscores", "inventory system id must be", "inventory_system_id must be"),
    ("SystemIdMustBeAUuid", "id must be a string.", "id must be a valid UUID."),
):
    fault("sync.system-id.type", asked("sync", change=_NUMBER))(
        variant(
            Misspelt,
            _name,
            f"A 422 about an inventory_system_id that is a number says {_spelt!r}.",
            operation="sync",
            printed=_says,
            spelt=_spelt,
        )
    )

fault("sync.system-id.type", asked("sync", change=_NUMBER))(
    variant(
        Renamed,
        "SystemIdUnderSystem",
        "What is said of an inventory_system_id that is a number stands under system_id.",
        operation="sync",
        field="inventory_system_id",
        key="system_id",
    )
)


class _Numbers(MiposInventory):
    field: ClassVar[str]
    kind: ClassVar[type]

    def is_text(self, entry: Entry, field: str) -> bool:
        lax = field == self.field and isinstance(entry[field], self.kind)
        return lax or super().is_text(entry, field)


for _field in ("cost", "stock"):
    for _kind, _word, _value in ((int, "whole", 7), (float, "fractional", 7.5)):
        fault(f"sync.item.type.{_field}", asked("sync", change={f"/items/0/{_field}": _value}))(
            variant(
                _Numbers,
                camel(_word, _field, "IsTaken"),
                f"A {_field} that is a {_word} number is taken, other numbers are refused.",
                field=_field,
                kind=_kind,
            )
        )


class _Confused(MiposInventory):
    """Says of one field of an item what is printed for another one."""

    field: ClassVar[str]
    other: ClassVar[str]

    def swapped(self, sentence: str, sentences: Mapping[str, str]) -> str:
        """Return the sentence that is said in place of one."""
        return sentences[self.other] if sentence == sentences.get(self.field) else sentence

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        said = super().presence_conflicts(entries, sentences)
        return (self.swapped(one, ITEM_SENTENCES) for one in said)

    def type_conflicts(self, items: list[Entry], field: str) -> Iterator[str]:
        said = super().type_conflicts(items, field)
        return (self.swapped(one, TYPE_SENTENCES) for one in said)


for _field, _other, _rule in (
    (_CONSUMPTION, _PURCHASE, "consumption-unit"),
    (_PURCHASE, _CONSUMPTION, "purchase-unit"),
    ("stock", "cost", "stock"),
    ("cost", "stock", "cost"),
):
    fault(f"sync.item.{_rule}", asked("sync", without=f"/items/0/{_field}"))(
        variant(
            _Confused,
            camel(_field, "ToldAs", _other),
            f"What is wrong with an item's {_field} is told as if it were its {_other}.",
            field=_field,
            other=_other,
        )
    )


class _FirstItemOnly(MiposInventory):
    field: ClassVar[str]

    def looked_at(self, items: list[Entry], field: str) -> list[Entry]:
        """Return the items whose field is looked at."""
        return items[:1] if field == self.field else items

    def presence_conflicts(
        self, entries: list[Entry], sentences: Mapping[str, str]
    ) -> Iterator[str]:
        if sentences is not ITEM_SENTENCES:
            yield from super().presence_conflicts(entries, sentences)
            return
        for field, sentence in sentences.items():
            yield from super().presence_conflicts(self.looked_at(entries, field), {field: sentence})

    def type_conflicts(self, items: list[Entry], field: str) -> Iterator[str]:
        return super().type_conflicts(self.looked_at(items, field), field)

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        return super().dangling(self.looked_at(items, field), field, known)

    def receive(self, store: str, items: list[Entry]) -> None:
        super().receive(store, [item for item in items if "stock" in item])


_WRONG: Final[dict[str, object]] = {
    "name": None,
    "stock": None,
    "cost": 5,
    _PURCHASE: "pos_u9",
    _SUPPLIER: "pos_sup_9",
}

for _field, _wrong in _WRONG.items():
    fault("sync.second-item", asked("sync", change={f"/items/1/{_field}": _wrong}))(
        variant(
            _FirstItemOnly,
            camel(_field, "OfFirstItemOnly"),
            f"The {_field} of the first item is looked at, and of no other.",
            field=_field,
        )
    )


class _LastItemOnly(_FirstItemOnly):
    def looked_at(self, items: list[Entry], field: str) -> list[Entry]:
        return items[-1:] if field == self.field else items


for _field in ("name", "stock"):
    fault(f"sync.item.{_field}", asked("sync", without=f"/items/0/{_field}"))(
        variant(
            _LastItemOnly,
            camel(_field, "OfLastItemOnly"),
            f"The {_field} of the last item is looked at, and of no other.",
            field=_field,
        )
    )


@fault(
    "sync.unit.external-id", asked("sync", change={"/units/2": {"name": "x", "short_name": "y"}})
)
class UnitsAreNamedByShortName(MiposInventory):
    """A unit without an external id is taken, its short name serving as its id."""

    def lacks(self, entry: Entry, field: str) -> bool:
        if field == "external_id" and "short_name" in entry:
            return False
        return super().lacks(entry, field)


class _Blank(MiposInventory):
    """Fills the blank of a reference sentence with something else."""

    field: ClassVar[str]
    blank: ClassVar[str]

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        for named in super().dangling(items, field, known):
            said = {"id": named, "item": items[0].get("external_id"), "known": "pos_u1"}
            yield self.blank.format(**said) if field == self.field else named


for _what, _field in (("unit", _PURCHASE), ("supplier", _SUPPLIER)):
    for _name, _says, _blank in (
        ("BlankIsLeft", "is left blank", "____"),
        ("BlankHoldsItem", "is filled with the item's id", "{item}"),
        ("BlankHoldsKnownId", "is filled with an id that is known", "{known}"),
        ("BlankIsQuoted", "has quotes around the id", "'{id}'"),
        ("BlankIsCut", "has the first eight letters of the id", "{id:.8}"),
    ):
        fault(
            f"sync.reference.{_what}", asked("sync", change={f"/items/0/{_field}": "pos_unknown"})
        )(
            variant(
                _Blank,
                camel(_what, _name),
                f"The blank in the sentence on a {_what} that is not there {_says}.",
                field=_field,
                blank=_blank,
            )
        )


class _AcrossLists(MiposInventory):
    """Knows the ids of one list where those of the other one count."""

    field: ClassVar[str]
    other: ClassVar[str]

    async def sync(self, call: Call, body: dict[str, object]) -> Answer:
        self.others = self.entries(body.get(self.other))
        return await super().sync(call, body)

    def dangling(self, items: list[Entry], field: str, known: list[Entry]) -> Iterator[str]:
        also = self.others if field == self.field else []
        return super().dangling(items, field, [*known, *also])


for _rule, _field, _other, _id in (
    ("unit", _PURCHASE, "suppliers", "pos_sup_1"),
    ("supplier", _SUPPLIER, "units", "pos_u1"),
):
    fault(f"sync.reference.{_rule}", asked("sync", change={f"/items/0/{_field}": _id}))(
        variant(
            _AcrossLists,
            camel(_rule, "Among", _other),
            f"A {_field} counts as known where one of the {_other} has that id.",
            field=_field,
            other=_other,
        )
    )
