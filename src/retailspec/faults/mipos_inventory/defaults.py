"""Required fields that may be left out, or whose sentence is not the printed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.mipos_inventory.spelling import Misspelt, Renamed, camel
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe

__all__: list[str] = []

_SYSTEM: Final = "4344be8c-c6b9-4c51-88a6-d620144ab406"

_DEFAULTS: Final[dict[str, dict[str, tuple[object, str]]]] = {
    "sync": {
        "items": ([], "no items at all"),
        "inventory_system_id": (_SYSTEM, "the one system that the store is connected with"),
        "units": ([], "no units, so that the items' own are not found"),
        "suppliers": ([], "no suppliers, so that the items' own are not found"),
        "user_id_tps": ("30", "the system's owner"),
    },
    "stock": {
        "user_id_tps": ("30", "the system's owner"),
        "inventory_system_id": (_SYSTEM, "the one system that the store is connected with"),
        "current_stock": ("0", "none left"),
        "quantity": ("0", "nothing moved"),
        "date": ("2020-05-30 12:45:03", "the time of the call"),
        "movement_type": (2, "a removal"),
    },
    "webhook": {
        "type": ("3", "the only type there is"),
        "url": ("https://pos.example.com/", "the POS's own page"),
    },
}


class _Defaulted(MiposInventory):
    operation: ClassVar[str]
    field: ClassVar[str]
    value: ClassVar[object]

    def fill(self, operation: str, body: dict[str, object]) -> None:
        """Put the default into a body that leaves the field out."""
        if operation == self.operation and self.is_missing(body.get(self.field)):
            body[self.field] = self.value

    def sync_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        self.fill("sync", body)
        return super().sync_errors(body)

    def stock_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        self.fill("stock", body)
        return super().stock_errors(body)

    def webhook_errors(self, body: dict[str, object]) -> dict[str, list[str]]:
        self.fill("webhook", body)
        return super().webhook_errors(body)


def _without(operation: str, field: str) -> Callable[[Probe], Any]:
    return asked(operation, without=f"/{field}")


for _operation, _fields in _DEFAULTS.items():
    for _field, (_value, _means) in _fields.items():
        fault(f"{_operation}.required.{_field}", _without(_operation, _field))(
            variant(
                _Defaulted,
                camel(_operation, _field, "DefaultsSilently"),
                f"On {_operation}, a {_field} that is left out means {_means}.",
                operation=_operation,
                field=_field,
                value=_value,
            )
        )


_SPELT: Final = (
    ("sync", "items", "The items field", "The item field"),
    ("sync", "inventory_system_id", "inventory system id field", "inventory_system_id field"),
    ("sync", "units", "The units field is required.", "The units field is required"),
    ("sync", "suppliers", "suppliers field", "suppliers feild"),
    ("sync", "user_id_tps", "user id tps field", "user id field"),
    ("stock", "user_id_tps", "user id tps field", "user id TPS field"),
    ("stock", "inventory_system_id", "system id field is required", "system id field is requiered"),
    ("stock", "current_stock", "current stock field", "current_stock field"),
    ("stock", "quantity", "quantity field", "quantitiy field"),
    ("stock", "date", "The date field", "The date"),
    ("stock", "movement_type", "movement type field", "type field"),
    ("webhook", "type", "The type field is required.", "The type field is missing."),
    ("webhook", "url", "The url field", "The URL field"),
)
_NAMED: Final = (
    ("sync", "items", "item"),
    ("sync", "inventory_system_id", "inventory_system"),
    ("sync", "units", "unit"),
    ("sync", "suppliers", "supplier"),
    ("sync", "user_id_tps", "user_id"),
    ("stock", "user_id_tps", "user"),
    ("stock", "inventory_system_id", "inventorySystemId"),
    ("stock", "current_stock", "currentStock"),
    ("stock", "quantity", "qty"),
    ("stock", "date", "Date"),
    ("stock", "movement_type", "type"),
    ("webhook", "type", "webhook_type"),
    ("webhook", "url", "uri"),
)

for _operation, _field, _says, _spelt in _SPELT:
    fault(f"{_operation}.required.{_field}", _without(_operation, _field))(
        variant(
            Misspelt,
            camel(_operation, _field, "required", "misspelt"),
            f"The 422 of {_operation} spells {_says!r} as {_spelt!r}.",
            operation=_operation,
            printed=_says,
            spelt=_spelt,
        )
    )

for _operation, _field, _key in _NAMED:
    fault(f"{_operation}.required.{_field}", _without(_operation, _field))(
        variant(
            Renamed,
            camel(_operation, _field, "required", "elsewhere"),
            f"The 422 of {_operation} says what is wrong with {_field} under {_key}.",
            operation=_operation,
            field=_field,
            key=_key,
        )
    )
