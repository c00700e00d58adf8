"""Refusals with another status than the printed one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from retailspec.faults.comestri_inventory.probes import (
    LEFT_OUT,
    pascal,
    send,
    status_of,
    token,
    variant,
)
from retailspec.faults.model import fault
from retailspec.reference.base import Refusal
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS

if TYPE_CHECKING:
    from retailspec.faults.probe import Probe
    from retailspec.reference.comestri import Product

__all__: list[str] = []


class _Changes(ComestriInventory):
    """Gives some refusals that concern one field another status."""

    field: ClassVar[str]
    status: ClassVar[int]

    def changed(self, refusal: Refusal, field: str) -> NoReturn:
        if field != self.field:
            raise refusal
        raise Refusal(replace(refusal.answer, status=self.status)) from None


class _RefusesWith(_Changes):
    def check_field(self, field: str, value: object) -> object:
        try:
            return super().check_field(field, value)
        except Refusal as refusal:
            self.changed(refusal, field)


_WRONG: dict[str, Any] = {
    "string": {"value": "abc"},
    "integer": "abc",
    "enumeration": "abc",
    "timestamp": {"value": "2016-05-30T05:13:26Z"},
    "numeric": "abc",
}
_STATUS = {"string": 400, "integer": 400, "enumeration": 404, "timestamp": 409, "numeric": 406}
for _field, _kind in FIELDS.items():
    _by_code = {"product_id": LEFT_OUT} if _field == "product_code" else {}
    _fault = "value" if _field in ENUMERATIONS else "type"
    _status = _STATUS[_kind]
    fault(
        f"refuse.{_field}.{_fault}.status",
        status_of(**_by_code, **{_field: _WRONG[_kind]}),
    )(
        variant(
            _RefusesWith,
            f"{pascal(_field)}RefusedWith{_status}",
            f"A wrong {_field} is refused with {_status}.",
            field=_field,
            status=_status,
        )
    )


class _MissingWith(_Changes):
    def check_required(self, inventory: dict[str, object], field: str) -> None:
        try:
            super().check_required(inventory, field)
        except Refusal as refusal:
            self.changed(refusal, field)


for _field, _status in {"inventory_source": 404, "qty": 400}.items():
    fault(f"refuse.{_field}.missing.status", status_of(**{_field: LEFT_OUT}))(
        variant(
            _MissingWith,
            f"Missing{pascal(_field)}Is{_status}",
            f"A call without {_field} is refused with {_status}.",
            field=_field,
            status=_status,
        )
    )


@fault("refuse.qty.type.status", status_of(qty=5.5))
class FractionIsABadRequest(ComestriInventory):
    """A qty with a fraction is refused with 400, other wrong ones as printed."""

    def check_integer(self, field: str, value: object) -> int:
        if field == "qty" and isinstance(value, float) and not value.is_integer():
            self.refuse(400, "Bad request")
        return super().check_integer(field, value)


@fault("refuse.inventory_source.type.status", status_of(inventory_source=None))
class NullSourceIsNotFound(ComestriInventory):
    """An inventory_source that is null is answered 404, other wrong ones as printed."""

    def check_null(self, field: str) -> None:
        if field == "inventory_source":
            self.refuse(404, "Inventory source not found")
        super().check_null(field)


def _inventory_is(*given: Any) -> Any:
    def look(probe: Probe) -> int:
        body = {"inventory": given[0]} if given else {}
        return probe.call("create", body, headers=token(probe)).status_code

    return look


@fault("refuse.inventory.missing.status", _inventory_is())
class NoInventoryIsABadRequest(ComestriInventory):
    """A call without an inventory is refused with 400."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        if "inventory" not in body:
            self.refuse(400, "param is missing or the value is empty: inventory")
        return super().check_inventory(body)


@fault("refuse.inventory.type.status", _inventory_is([]))
class ListIsABadRequest(ComestriInventory):
    """An inventory that is a list is refused with 400, other wrong ones as printed."""

    def check_inventory(self, body: dict[str, object]) -> dict[str, object]:
        if isinstance(body.get("inventory"), list):
            self.refuse(400, "Bad request")
        return super().check_inventory(body)


@fault("source.unknown.status", status_of(inventory_source="Bandung"))
class UnknownSourceIsABadRequest(ComestriInventory):
    """A source that does not exist is refused with 400."""

    def check_source(self, name: object) -> str:
        if name not in self.sources:
            self.refuse(400, "Bad request")
        return super().check_source(name)


@fault("source.unknown.status", status_of(inventory_source="Bandung"))
class UnknownSourceIsForbidden(ComestriInventory):
    """A source that does not exist is answered 403, as one that the account may not use."""

    def check_source(self, name: object) -> str:
        if name not in self.sources:
            self.refuse(403, "Forbidden")
        return super().check_source(name)


@fault("product.unknown.status", status_of(product_id=999))
class UnknownNumberIsABadRequest(ComestriInventory):
    """A product_id that no product has is refused with 400, a product_code as printed."""

    def check_product(self, sent: dict[str, object]) -> Product:
        known = {product.id for product in self.products}
        if "product_id" in sent and sent["product_id"] not in known:
            self.refuse(400, "Bad request")
        return super().check_product(sent)


@fault("product.unknown.status", status_of(product_id=LEFT_OUT, product_code="NONE"))
class UnknownCodeIsGone(ComestriInventory):
    """A product_code that no product has is answered 410, a product_id as printed."""

    def check_product(self, sent: dict[str, object]) -> Product:
        known = {product.code for product in self.products}
        if "product_code" in sent and sent["product_code"] not in known:
            self.refuse(410, "Gone")
        return super().check_product(sent)


def _both(probe: Probe) -> int:
    return send(probe, product_code=probe.fixtures["product_code"]).status_code


@fault("product.both", _both)
class BothProductsAreABadRequest(ComestriInventory):
    """A product that is named in both ways is refused with 400."""

    def both_products(self) -> None:
        self.refuse(400, "Bad request")


@fault("product.both", _both)
class BothProductsAreNotFound(ComestriInventory):
    """A product that is named in both ways is answered 404."""

    def both_products(self) -> None:
        self.refuse(404, "Product not found")
