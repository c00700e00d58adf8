"""Parameters of a wrong kind that a faulty server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import LEFT_OUT, pascal, status_of, variant
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__: list[str] = []

_CODE = "OIL-5W40-1L"


class _Takes(ComestriInventory):
    """Takes wrong values of one field, those of one type, as another value."""

    field: ClassVar[str]
    kind: ClassVar[type]
    taken: ClassVar[Callable[[Any], Any]]

    def check_field(self, field: str, value: object) -> object:
        if field == self.field and isinstance(value, self.kind):
            return type(self).taken(value)
        return super().check_field(field, value)


def _taken(
    field: str,
    name: str,
    says: str,
    kind: type,
    taken: Callable[..., Any],
    value: object,
) -> None:
    """Register a fault: values of a wrong kind are taken for a field."""
    by_code = {"product_id": LEFT_OUT} if field == "product_code" else {}
    fault(f"refuse.{field}.type", status_of(**by_code, **{field: value}))(
        variant(
            _Takes,
            f"{pascal(field)}{name}",
            says,
            field=field,
            kind=kind,
            taken=staticmethod(taken),
        )
    )


_INTEGERS = [one for one, kind in FIELDS.items() if kind == "integer"]
for _field in _INTEGERS:
    _zero = 1 if _field == "product_id" else 0
    _taken(
        _field,
        "OfAWord",
        f"A word as {_field} is taken as {_zero}.",
        str,
        lambda _, zero=_zero: zero,
        "abc",
    )
    _taken(
        _field,
        "FromAnObject",
        f"The {_field} is taken out of an object.",
        dict,
        lambda value: value.get("value"),
        {"value": 1},
    )
    if _field != "product_id":
        _taken(
            _field,
            "CutToAnInteger",
            f"The fraction of {_field} is cut off without a word.",
            float,
            int,
            1.5,
        )

_taken("qty", "Rounded", "A qty with a fraction is rounded to an even one.", float, round, 5.5)
_taken("qty", "KeepsItsFraction", "A qty may have a fraction.", float, lambda value: value, 5.5)
_taken("unit_cost", "OfAWord", "A unit_cost that is a word is taken as 0.", str, lambda _: 0, "abc")
_taken(
    "unit_cost",
    "FromAnObject",
    "A unit_cost is taken out of an object.",
    dict,
    lambda value: value.get("value"),
    {"value": 5},
)

for _field, _good in {
    "inventory_source": "MOTUL",
    "sku": "Oil-1",
    "stock_arrival_date": "2016-05-30T05:13:26Z",
    "source_system_stock_timestamp": "2016-05-30T05:13:26Z",
    "product_code": _CODE,
}.items():
    _taken(
        _field,
        "FromAList",
        f"Of a list in the place of {_field} the first element is taken.",
        list,
        lambda value: value[0],
        [_good],
    )
    if _field != "product_code":
        _key = "name" if _field == "inventory_source" else "value"
        _taken(
            _field,
            "FromAnObject",
            f"The {_field} is taken out of an object.",
            dict,
            lambda value, key=_key: value[key],
            {_key: _good},
        )
_taken("sku", "AsText", "An sku that is an object is written out as text.", dict, str, {"value": 1})
_taken(
    "product_code",
    "AsText",
    "Any object is a code of the first product.",
    dict,
    lambda _: _CODE,
    {"value": "abc"},
)
