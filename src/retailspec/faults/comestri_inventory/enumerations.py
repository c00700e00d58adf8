"""Values beside the listed ones that a faulty server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.comestri_inventory.probes import pascal, send, status_of, variant
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe

__all__: list[str] = []


class _Widens(ComestriInventory):
    """Takes some values of one enumeration that are not listed."""

    field: ClassVar[str]
    fits: ClassVar[Callable[[str, tuple[str, ...]], bool]]
    kept: ClassVar[Callable[[str, tuple[str, ...]], object]]

    def check_enumeration(self, field: str, value: object) -> object:
        values = self.enumeration(field)
        if field == self.field and isinstance(value, str) and type(self).fits(value, values):
            return type(self).kept(value, values)
        return super().check_enumeration(field, value)


_OTHER_LISTS = {
    "stock_availability": "back_order_handling",
    "dispatch_time_unit": "lead_time_unit",
    "lead_time_unit": "dispatch_time_unit",
    "back_order_handling": "stock_availability",
    "style": "stock_availability",
}
for _field, _other in _OTHER_LISTS.items():
    _first = ENUMERATIONS[_field][-1]
    for _name, _says, _fits, _kept, _value in (
        (
            "MayBeAnything",
            f"A {_field} that is not listed is taken as null.",
            lambda value, values: value not in values,
            lambda value, values: value if value in values else None,
            "abc",
        ),
        (
            "FromAnotherList",
            f"A {_field} may be a value of {_other}.",
            lambda value, _, other=_other: value in ENUMERATIONS[other],
            lambda value, _: value,
            next(one for one in reversed(ENUMERATIONS[_other])),
        ),
        (
            "InAnyCase",
            f"A {_field} is compared without its case.",
            lambda value, values: value.lower() in values,
            lambda value, _: value.lower(),
            _first.upper(),
        ),
        (
            "ByItsBeginning",
            f"A {_field} only has to begin with a listed value.",
            lambda value, values: value.startswith(values),
            lambda value, values: next(one for one in values if value.startswith(one)),
            f"{_first}_soon",
        ),
    ):
        fault(f"refuse.{_field}.value", status_of(**{_field: _value}))(
            variant(
                _Widens,
                f"{pascal(_field)}{_name}",
                _says,
                field=_field,
                fits=staticmethod(_fits),
                kept=staticmethod(_kept),
            )
        )


def _styles(probe: Probe) -> list[int]:
    return [send(probe, style=style).status_code for style in ("static", "abc")]


@fault("refuse.style.value", _styles)
class StyleIsLookedAtOnce(ComestriInventory):
    """Any style is taken once a static one was."""

    seen = False

    def check_enumeration(self, field: str, value: object) -> object:
        if field == "style" and self.seen:
            return value
        self.seen = self.seen or value == "static"
        return super().check_enumeration(field, value)
