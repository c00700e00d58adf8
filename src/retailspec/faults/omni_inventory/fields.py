"""Faults in what is said of a store, a variant or a price that is missing, empty or unknown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni import REQUIRED, Problem
from retailspec.reference.omni_inventory import (
    NOT_A_NUMBER,
    STORE_NOT_FOUND,
    VARIANT_NOT_FOUND,
    OmniInventory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []

_UNKNOWN = "NO-SUCH-CODE"


def _store(code: str | None) -> Callable[[Probe], Any]:
    """Return a probe: what an update of a store is told; None names none."""
    return lambda probe: told(update(probe, store_code=code))


def _variant(code: str | None) -> Callable[[Probe], Any]:
    """Return a probe: what an update of a variant is told; None names none."""
    return lambda probe: told(update(probe, {"variant_code": code}))


def _price(price: Any) -> Callable[[Probe], Any]:
    """Return a probe: what an update with a price is told; None names none."""
    return lambda probe: told(update(probe, {"price": price}))


# store_code


@fault("store_code.empty", _store(""))
class EmptyStoreIsRequired(OmniInventory):
    """An empty store code is refused as a required field, like an empty variant code."""

    def check_store(self, value: object) -> str:
        if value == "":
            self.invalid(REQUIRED.of("store_code"))
        return super().check_store(value)


@fault("store_code.empty", _store(""))
class EmptyStoreIsTheFirst(OmniInventory):
    """An empty store code stands for the merchant's first store."""

    def check_store(self, value: object) -> str:
        return self.stores[0] if value == "" else super().check_store(value)


@fault("store_code.unknown", _store(_UNKNOWN))
class UnknownStoreIs404(OmniInventory):
    """A store that is unknown is answered 404."""

    def check_store(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.stores:
            self.reject(404, STORE_NOT_FOUND)
        return super().check_store(value)


@fault("store_code.unknown", _store(_UNKNOWN))
class UnknownStoreIsOpened(OmniInventory):
    """A store that is unknown is made on the fly."""

    def check_store(self, value: object) -> str:
        return value if isinstance(value, str) and value else super().check_store(value)


@fault("store_code.unknown", _store(_UNKNOWN))
class UnknownStoreHasTheVariantsCode(OmniInventory):
    """A store that is unknown is refused with the code of an unknown variant."""

    def check_store(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.stores:
            self.invalid(replace(STORE_NOT_FOUND, code="variant_not_found"))
        return super().check_store(value)


@fault("store_code.unknown", _store(_UNKNOWN))
class StoreMessageInCapitals(OmniInventory):
    """The message of an unknown store is written with another capital letter."""

    def check_store(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.stores:
            self.invalid(replace(STORE_NOT_FOUND, message="Store Not Found"))
        return super().check_store(value)


@fault("store_code.missing", _store(None))
class MissingStoreIsTheFirst(OmniInventory):
    """A missing store code stands for the merchant's first store."""

    def check_store(self, value: object) -> str:
        return self.stores[0] if value is None else super().check_store(value)


@fault("store_code.missing", _store(None))
class MissingStoreCrashes(OmniInventory):
    """The store code is read before anybody looks whether it is there."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        _ = body["store_code"]
        return await super().update(_call, body)


@fault("store_code.missing", _store(None))
class MissingStoreInFrameworkShape(OmniInventory):
    """A missing store code is refused with a list of texts under its name."""

    def check_store(self, value: object) -> str:
        if value is None:
            raise Refusal(Answer(400, {"store_code": [REQUIRED.message]}))
        return super().check_store(value)


# variant_code


@fault("variant_code.empty", _variant(""))
class EmptyVariantIsNotFound(OmniInventory):
    """An empty variant code is refused as one that is not found."""

    def check_variant(self, value: object) -> str:
        if value == "":
            self.invalid(VARIANT_NOT_FOUND)
        return super().check_variant(value)


@fault("variant_code.empty", _variant(""))
class EmptyVariantIsPassedOver(OmniInventory):
    """An item with an empty variant code is passed over."""

    def check_list(self, value: object) -> list[object]:
        items = super().check_list(value)
        return [one for one in items if not (isinstance(one, dict) and _empty_variant(one))]


def _empty_variant(item: dict[str, object]) -> bool:
    return item.get("variant_code") == ""


@fault("variant_code.empty", _variant(""))
class RequiredWithoutAFullStop(OmniInventory):
    """The message of an empty variant code lacks the full stop."""

    def check_variant(self, value: object) -> str:
        if value == "":
            self.invalid(Problem("This field is required", "required", "variant_code"))
        return super().check_variant(value)


@fault("variant_code.unknown", _variant(_UNKNOWN))
class UnknownVariantIsAdded(OmniInventory):
    """A variant that is unknown is added to the merchant's."""

    def check_variant(self, value: object) -> str:
        return value if isinstance(value, str) and value else super().check_variant(value)


@fault("variant_code.unknown", _variant(_UNKNOWN))
class UnknownVariantNamesTheList(OmniInventory):
    """A variant that is unknown is refused under `inventories`."""

    def check_variant(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.variants:
            self.invalid(VARIANT_NOT_FOUND.of("inventories"))
        return super().check_variant(value)


@fault("variant_code.unknown", _variant(_UNKNOWN))
class UnknownVariantNamesNoField(OmniInventory):
    """A variant that is unknown is refused without `errors`, like a store."""

    def check_variant(self, value: object) -> str:
        if isinstance(value, str) and value and value not in self.variants:
            self.invalid(replace(VARIANT_NOT_FOUND, field=None))
        return super().check_variant(value)


@fault("variant_code.unknown", _variant(_UNKNOWN))
class UnknownVariantCrashes(OmniInventory):
    """A variant that is unknown makes the server fail."""

    def check_variant(self, value: object) -> str:
        if isinstance(value, str) and value:
            return self.variants[self.variants.index(value)]
        return super().check_variant(value)


@fault("variant_code.missing", _variant(None))
class MissingVariantIsPassedOver(OmniInventory):
    """An item without a variant code is passed over."""

    def check_list(self, value: object) -> list[object]:
        items = super().check_list(value)
        return [one for one in items if not isinstance(one, dict) or "variant_code" in one]


@fault("variant_code.missing", _variant(None))
class MissingVariantHasNoMessage(OmniInventory):
    """An item without a variant code is refused with a code and no message."""

    def check_variant(self, value: object) -> str:
        if value is None:
            raise Refusal(Answer(401, {"error_code": REQUIRED.code}))
        return super().check_variant(value)


# price


@fault("price.empty", _price(""))
class EmptyPriceIsNoNumber(OmniInventory):
    """An empty price is refused as no number, not as a required field."""

    def check_price(self, value: object) -> Decimal:
        if value == "":
            self.invalid(NOT_A_NUMBER)
        return super().check_price(value)


@fault("price.empty", _price(""))
class EmptyPriceIsZero(OmniInventory):
    """An empty price is taken for zero."""

    def check_price(self, value: object) -> Decimal:
        return Decimal(0) if value == "" else super().check_price(value)


@fault("price.empty", _price(""))
class EmptyPriceNamesTheVariant(OmniInventory):
    """An empty price is refused under `variant_code`."""

    def check_price(self, value: object) -> Decimal:
        if value == "":
            self.invalid(REQUIRED.of("variant_code"))
        return super().check_price(value)


@fault("price.invalid", _price("abc"))
class WordsAreZero(OmniInventory):
    """A price that is a word is taken for zero."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, str) and value.isalpha():
            return Decimal(0)
        return super().check_price(value)


@fault("price.invalid", _price("abc"))
class InvalidPriceInFrameworkWords(OmniInventory):
    """A price that is a word is refused with the framework's own sentence."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, str) and value.isalpha():
            self.invalid(replace(NOT_A_NUMBER, message="A valid number is required."))
        return super().check_price(value)


@fault("price.invalid", _price("abc"))
class InvalidPriceIsAListOfErrors(OmniInventory):
    """A price that is a word is refused with a list under `price`."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, str) and value.isalpha():
            body = {**self.problem_body(NOT_A_NUMBER), "errors": {"price": [NOT_A_NUMBER.message]}}
            raise Refusal(Answer(401, body))
        return super().check_price(value)


@fault("price.invalid", _price("abc"))
class WordsCrash(OmniInventory):
    """A price that is a word makes the server fail."""

    def check_price(self, value: object) -> Decimal:
        return Decimal(value) if isinstance(value, str) and value else super().check_price(value)


@fault("price.missing", _price(None))
class MissingPriceKeepsTheOldOne(OmniInventory):
    """An item without a price is taken, and the old price stays."""

    def check_price(self, value: object) -> Decimal:
        return Decimal(0) if value is None else super().check_price(value)


@fault("price.missing", _price(None))
class MissingPriceIsADetail(OmniInventory):
    """An item without a price is refused in the framework's shape."""

    def check_price(self, value: object) -> Decimal:
        if value is None:
            self.refuse(400, "price: This field is required.")
        return super().check_price(value)


@fault("price.missing", _price(None))
class MissingPriceIsUnprocessable(OmniInventory):
    """An item without a price is answered 422."""

    def check_price(self, value: object) -> Decimal:
        if value is None:
            self.reject(422, REQUIRED.of("price"))
        return super().check_price(value)
