"""Answers to successful calls that hold something else than what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import FULL, answer_to, pascal, send, variant
from retailspec.faults.model import fault
from retailspec.reference.comestri import DEFAULTS, ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.comestri import Product

__all__: list[str] = []


def _twice(probe: Probe) -> list[Any]:
    return [send(probe, qty=qty).json() for qty in (5, 6)]


@fault("echo.qty", _twice)
class AnswersTheFormer(ComestriInventory):
    """The answer shows the inventory as it was before the call, where there was one."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        before = self.inventories.get((source, product.id))
        now = super().apply(source, product, sent)
        return before or now


@fault("echo.qty", _twice)
class KeepsTheFirst(ComestriInventory):
    """The qty of an inventory stays the first one that was sent for it."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        known = self.inventories.get((source, product.id), sent)
        return super().apply(source, product, {**sent, "qty": known["qty"]})


@fault("echo.qty", _twice)
class AddsUp(ComestriInventory):
    """The qty is added to the one that was there."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        known = self.inventories.get((source, product.id), {}).get("qty", 0)
        total = sum(qty for qty in (known, sent["qty"]) if isinstance(qty, int))
        return super().apply(source, product, {**sent, "qty": total})


class _Echoes(ComestriInventory):
    field: ClassVar[str]
    made: ClassVar[Callable[[Any, dict[str, Any]], Any]]

    def echo(self, field: str, sent: dict[str, object]) -> object:
        value = super().echo(field, sent)
        if field != self.field or field not in sent:
            return value
        return type(self).made(value, sent)


@fault("echo.qty", answer_to(qty=0))
class ZeroBecomesOne(ComestriInventory):
    """A qty of zero is answered as one, as if it had been left out."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        return super().echo(field, sent) if field != "qty" else (sent["qty"] or 1)


@fault("echo.qty", answer_to(**FULL))
class QtyIsWhatIsAvailable(ComestriInventory):
    """The qty is answered as the available_qty where that was sent too."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        return super().echo("available_qty" if field == "qty" else field, sent)


@fault("echo.inventory_source", answer_to())
class SourceInSmallLetters(ComestriInventory):
    """The name of the source is answered in small letters."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        answer = super().apply(source, product, sent)
        return {**answer, "inventory_source": {"id": self.sources[source], "name": source.lower()}}


@fault("echo.inventory_source", answer_to())
class AnotherSource(ComestriInventory):
    """The answer holds the source that was set up last, whichever was sent."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        name, number = list(self.sources.items())[-1]
        answer = super().apply(source, product, sent)
        return {**answer, "inventory_source": {"id": number, "name": name}}


@fault("echo.inventory_source", _twice)
class SourceOnlyOnce(ComestriInventory):
    """The name of the source is null in the answer for an inventory that was there."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        known = (source, product.id) in self.inventories
        answer = super().apply(source, product, sent)
        if not known:
            return answer
        return {**answer, "inventory_source": {"id": self.sources[source], "name": None}}


_OTHERS = {
    "available_qty": "qty",
    "out_of_stock_threshold": "back_order_allocation",
    "back_order_allocation": "out_of_stock_threshold",
    "dispatch_time": "lead_time",
    "lead_time": "dispatch_time",
    "stock_arrival_date": "source_system_stock_timestamp",
    "source_system_stock_timestamp": "stock_arrival_date",
    "sku": "inventory_source",
}
for _field, _other in _OTHERS.items():
    fault("echo.optional", answer_to(**FULL))(
        variant(
            _Echoes,
            f"{pascal(_field)}FromAnother",
            f"The {_field} is answered with what was sent as {_other}.",
            field=_field,
            made=staticmethod(lambda _, sent, other=_other: sent.get(other)),
        )
    )

_FORGOTTEN = {
    **DEFAULTS,
    "stock_availability": None,
    "back_order_handling": None,
    "unit_cost": None,
}
for _field, _default in _FORGOTTEN.items():
    fault("echo.optional", answer_to(**FULL))(
        variant(
            _Echoes,
            f"Forgets{pascal(_field)}",
            f"The {_field} is answered as if it had not been sent.",
            field=_field,
            made=staticmethod(lambda _, __, kept=_default: kept),
        )
    )

_MADE: tuple[tuple[str, str, str, object, Callable[[Any, dict[str, Any]], Any]], ...] = (
    (
        "PerpetualIsStatic",
        "The style perpetual is answered as static.",
        "style",
        "perpetual",
        lambda value, _: {"perpetual": "static"}.get(value, value),
    ),
    (
        "MonthsAreWeeks",
        "The lead_time_unit months is answered as weeks.",
        "lead_time_unit",
        "months",
        lambda value, _: {"months": "weeks"}.get(value, value),
    ),
    (
        "AvailabilityFollowsQty",
        "The stock_availability is answered by the qty, not as it was sent.",
        "stock_availability",
        "out_of_stock",
        lambda _, sent: "in_stock" if sent["qty"] else "out_of_stock",
    ),
    (
        "CostIsRounded",
        "The unit_cost is answered without its fraction.",
        "unit_cost",
        12.5,
        lambda value, _: int(value),
    ),
    (
        "CostAsText",
        "The unit_cost is answered as text.",
        "unit_cost",
        12.5,
        lambda value, _: str(value),
    ),
    (
        "CostInCents",
        "The unit_cost is answered in hundredths.",
        "unit_cost",
        12.5,
        lambda value, _: value * 100,
    ),
    (
        "SkuInSmallLetters",
        "The sku is answered in small letters.",
        "sku",
        "Oil-1",
        lambda value, _: value.lower(),
    ),
    (
        "SkuCutShort",
        "The sku is answered without what follows its tenth letter.",
        "sku",
        "Retail-Oil-5W40",
        lambda value, _: value[:10],
    ),
    (
        "ArrivalWithoutTime",
        "The stock_arrival_date is answered without its time.",
        "stock_arrival_date",
        "2016-05-30T05:13:26Z",
        lambda value, _: value[:10],
    ),
    (
        "ArrivalWithoutZone",
        "The stock_arrival_date is answered without its zone.",
        "stock_arrival_date",
        "2016-05-30T05:13:26Z",
        lambda value, _: value.rstrip("Z"),
    ),
    (
        "TimestampInAnotherZone",
        "The source_system_stock_timestamp is given another zone while its clock time stays.",
        "source_system_stock_timestamp",
        "2016-05-30T05:13:26Z",
        lambda value, _: value.replace("Z", "+10:00"),
    ),
    (
        "TimestampWithoutSeconds",
        "The source_system_stock_timestamp is answered to the minute.",
        "source_system_stock_timestamp",
        "2016-05-30T05:13:26Z",
        lambda value, _: f"{value[:17]}00Z",
    ),
    (
        "LeadTimeInDays",
        "A lead_time in weeks is answered in days, its unit unchanged.",
        "lead_time",
        3,
        lambda value, sent: value * 7 if sent.get("lead_time_unit") == "weeks" else value,
    ),
    (
        "ZeroAllocationIsNull",
        "A back_order_allocation of zero is answered as null.",
        "back_order_allocation",
        0,
        lambda value, _: value or None,
    ),
    (
        "ZeroAvailableIsQty",
        "An available_qty of zero is answered as the qty, as if it had been left out.",
        "available_qty",
        0,
        lambda value, sent: value or sent["qty"],
    ),
    (
        "ZeroThresholdIsFalse",
        "An out_of_stock_threshold of zero is answered as false.",
        "out_of_stock_threshold",
        0,
        lambda value, _: value or False,
    ),
)
for _name, _says, _field, _value, _made in _MADE:
    _sent = {**FULL, _field: _value} if _name == "LeadTimeInDays" else {_field: _value}
    fault("echo.optional", answer_to(**_sent))(
        variant(_Echoes, _name, _says, field=_field, made=staticmethod(_made))
    )


@fault(
    "echo.optional", lambda probe: [send(probe, style=one).json() for one in ("static", "dynamic")]
)
class StyleIsSetForGood(ComestriInventory):
    """The style of an inventory that was there stays what it was."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        known = self.inventories.get((source, product.id))
        kept = {"style": known["style"]} if known and "style" in sent else {}
        return super().apply(source, product, {**sent, **kept})


@fault("echo.optional", lambda probe: [send(probe, sku=one).json() for one in ("A-1", "A-2")])
class OtherFieldsAreLate(ComestriInventory):
    """The qty is the one that was sent, the optional fields those of the call before."""

    former: dict[str, object] | None = None

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        before, self.former = self.former or sent, sent
        kept = {name: value for name, value in before.items() if name in sent}
        return super().apply(source, product, {**sent, **kept, "qty": sent["qty"]})
