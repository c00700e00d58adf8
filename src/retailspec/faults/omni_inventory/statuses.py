"""Faults in the status of a refusal: one situation answered 400 where 401 is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.omni import REQUIRED
from retailspec.reference.omni_inventory import (
    NOT_A_NUMBER,
    STORE_NOT_FOUND,
    VARIANT_NOT_FOUND,
    OmniInventory,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from retailspec.faults.probe import Probe

__all__: list[str] = []


class _BadStore(OmniInventory):
    """Answers 400 to some store codes."""

    def is_bad(self, value: object) -> bool:
        """Tell whether a store code is answered 400."""
        raise NotImplementedError

    def check_store(self, value: object) -> str:
        if self.is_bad(value):
            self.reject(400, STORE_NOT_FOUND)
        return super().check_store(value)


def _probe(item: dict[str, Any], **body: Any) -> Callable[[Probe], Any]:
    return lambda probe: told(update(probe, item, **body))


@fault("store_code.empty.status", _probe({}, store_code=""))
class EmptyStoreIsABadRequest(_BadStore):
    """An empty store code is answered 400, unlike an unknown one."""

    def is_bad(self, value: object) -> bool:
        return value == ""


@fault("store_code.unknown.status", _probe({}, store_code="NO-SUCH-CODE"))
class UnknownStoreIsABadRequest(_BadStore):
    """An unknown store code is answered 400, unlike an empty one."""

    def is_bad(self, value: object) -> bool:
        return isinstance(value, str) and value != "" and value not in self.stores


@fault("store_code.missing.status", _probe({}, store_code=None))
class MissingStoreIsABadRequest(_BadStore):
    """A missing store code is answered 400."""

    def is_bad(self, value: object) -> bool:
        return value is None


class _BadItem(OmniInventory):
    """Answers 400 to some variants and prices."""

    empty: str = ""
    missing: str = ""

    def bad(self, field: str, value: object) -> None:
        """Refuse a value that is empty or missing, where that is answered 400."""
        if (value == "" and field == self.empty) or (value is None and field == self.missing):
            self.reject(400, REQUIRED.of(field))

    def check_variant(self, value: object) -> str:
        self.bad("variant_code", value)
        return super().check_variant(value)

    def check_price(self, value: object) -> Decimal:
        self.bad("price", value)
        return super().check_price(value)


@fault("variant_code.empty.status", _probe({"variant_code": ""}))
class EmptyVariantIsABadRequest(_BadItem):
    """An empty variant code is answered 400."""

    empty = "variant_code"


@fault("variant_code.missing.status", _probe({"variant_code": None}))
class MissingVariantIsABadRequest(_BadItem):
    """A missing variant code is answered 400."""

    missing = "variant_code"


@fault("variant_code.unknown.status", _probe({"variant_code": "NO-SUCH-CODE"}))
class UnknownVariantIsABadRequest(OmniInventory):
    """An unknown variant code is answered 400."""

    def check_variant(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.variants:
            self.reject(400, VARIANT_NOT_FOUND)
        return super().check_variant(value)


@fault("price.empty.status", _probe({"price": ""}))
class EmptyPriceIsABadRequest(_BadItem):
    """An empty price is answered 400."""

    empty = "price"


@fault("price.missing.status", _probe({"price": None}))
class MissingPriceIsABadRequest(_BadItem):
    """A missing price is answered 400."""

    missing = "price"


@fault("price.invalid.status", _probe({"price": "abc"}))
class InvalidPriceIsABadRequest(OmniInventory):
    """A price that is a word is answered 400."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, str) and value.isalpha():
            self.reject(400, NOT_A_NUMBER)
        return super().check_price(value)
