"""Sources, products and dates that are not looked at closely enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.comestri_inventory.probes import LEFT_OUT, pascal, send, status_of, variant
from retailspec.faults.model import fault
from retailspec.reference.comestri import ComestriInventory, Product
from retailspec.reference.comestri_parameters import ISO_8601

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe

__all__: list[str] = []


@fault("source.unknown", status_of(inventory_source="Bandung"))
class MakesSources(ComestriInventory):
    """A source that does not exist is made."""

    def check_source(self, name: object) -> str:
        self.sources.setdefault(str(name), len(self.sources) + 1)
        return super().check_source(name)


@fault("source.unknown", status_of(inventory_source="Bandung"))
class UsualSource(ComestriInventory):
    """In the place of a source that does not exist the first one is taken."""

    def check_source(self, name: object) -> str:
        return super().check_source(name if name in self.sources else next(iter(self.sources)))


def _named(field: str, value: object) -> Callable[[Probe], int]:
    return status_of(**{"product_id": LEFT_OUT, field: value})


class _FindsAny(ComestriInventory):
    field: ClassVar[str]

    def check_product(self, sent: dict[str, object]) -> Product:
        named = any(self.is_named(product, sent) for product in self.products)
        if self.field in sent and not named:
            return self.products[0]
        return super().check_product(sent)


for _field, _value in (("product_id", 999), ("product_code", "NONE")):
    fault("product.unknown", _named(_field, _value))(
        variant(
            _FindsAny,
            f"{pascal(_field)}MayBeUnknown",
            f"In the place of a product that no {_field} names the first one is taken.",
            field=_field,
        )
    )


@fault("product.unknown", _named("product_id", 999))
class LastNumberIsTaken(ComestriInventory):
    """A product_id above all products' numbers is taken as the last of them."""

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        number = sent.get("product_id")
        if isinstance(number, int) and number > self.products[-1].id:
            return product is self.products[-1]
        return super().is_named(product, sent)


@fault("product.unknown", _named("product_code", "NONE"))
class UnknownCodesAreNew(ComestriInventory):
    """A product_code that no product has makes a product."""

    def check_product(self, sent: dict[str, object]) -> Product:
        code = sent.get("product_code")
        if isinstance(code, str) and all(product.code != code for product in self.products):
            return Product(len(self.products) + len(self.inventories) + 1, code)
        return super().check_product(sent)


def _both(probe: Probe) -> int:
    return send(probe, product_code=probe.fixtures["product_code"]).status_code


@fault("product.both", _both)
class NumberWins(ComestriInventory):
    """Where a product is named in both ways, the number counts."""

    def both_products(self) -> None:
        """Let it pass."""


@fault("product.both", _both)
class BothMayAgree(ComestriInventory):
    """A product may be named in both ways where both name the same."""

    def check_product(self, sent: dict[str, object]) -> Product:
        for product in self.products:
            if (sent.get("product_id"), sent.get("product_code")) == (product.id, product.code):
                return product
        return super().check_product(sent)


class _AnyDate(ComestriInventory):
    field: ClassVar[str]
    fits: ClassVar[Callable[[str], bool]]

    def check_timestamp(self, field: str, value: object) -> str:
        if field == self.field and isinstance(value, str) and type(self).fits(value):
            return value
        return super().check_timestamp(field, value)


for _field in ("stock_arrival_date", "source_system_stock_timestamp"):
    for _name, _says, _fits, _value in (
        ("MayBeAWord", f"The {_field} may be any text.", str.isprintable, "soon"),
        (
            "WithSlashes",
            f"The {_field} may be written with slashes, day first.",
            lambda value: re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", value),
            "30/05/2016 05:13",
        ),
        (
            "NeedNotExist",
            f"Of the {_field} only the form is looked at, not whether the day exists.",
            ISO_8601.fullmatch,
            "2016-13-30T05:13:26Z",
        ),
    ):
        fault("dates.format", status_of(**{_field: _value}))(
            variant(
                _AnyDate, f"{pascal(_field)}{_name}", _says, field=_field, fits=staticmethod(_fits)
            )
        )
