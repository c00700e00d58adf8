"""Faults over values of a strange shape, which are too much for the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.omni_inventory import OmniInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Answer, Call

__all__: list[str] = []


def _store(value: object) -> Callable[[Probe], Any]:
    """Return a probe: what an update of a store with some code is told."""
    return _whole({"store_code": value, "inventories": []})


def _whole(body: dict[str, object]) -> Callable[[Probe], Any]:
    def probe_body(probe: Probe) -> Any:
        usual = {"store_code": probe.fixtures["store_code"]}
        headers = {"Authorization": f"token {probe.credentials['token']}"}
        return told(probe.call("update", {**usual, **body}, headers=headers))

    return probe_body


def _item(**values: object) -> Callable[[Probe], Any]:
    """Return a probe: what an update is told whose only variant has some values."""
    return lambda probe: told(
        update(
            probe,
            inventories=[{"variant_code": probe.fixtures["variant_code"], "price": 100, **values}],
        )
    )


class _Fails(OmniInventory):
    """Fails over some store codes, and over some values of a variant."""

    def stumbles(self, field: str, value: object) -> bool:
        """Tell whether the server fails over a value."""
        raise NotImplementedError

    def trip(self, field: str, value: object) -> None:
        """Fail over a value, if it is one to fail over."""
        if self.stumbles(field, value):
            raise TypeError(f"{field}: a value that nobody thought of")

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        lines = body.get("inventories")
        for held in (body, *(lines if isinstance(lines, list) else ())):
            for field, value in held.items() if isinstance(held, dict) else ():
                self.trip(field, value)
        return await super().update(_call, body)


@fault("no-server-error", _store(1))
class IntegerStoreCrashes(_Fails):
    """The store code is trimmed before anybody looks whether it is a string."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "store_code" and isinstance(value, int)


@fault("no-server-error", _store(None))
class NullStoreCrashes(_Fails):
    """The store code may be null, as far as the server knows, until it is used."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "store_code" and value is None


@fault("no-server-error", _store("A\0B"))
class NullCharacterInStoreCrashes(_Fails):
    """The database fails over a null character in the store code."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "store_code" and "\0" in str(value)


@fault("no-server-error", _store("\U0001f354"))
class FourByteStoreCrashes(_Fails):
    """The database has no room for characters beyond 16 bits."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "store_code" and any(ord(one) > 0xFFFF for one in str(value))


@fault("no-server-error", _store("\ud800"))
class HalfACharacterInStoreCrashes(_Fails):
    """A store code that UTF-8 has no bytes for makes the server fail."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "store_code" and "?" in str(value).encode("utf-8", "replace").decode()


@fault("no-server-error", _whole({"inventories": None}))
class NullListCrashes(_Fails):
    """The list of variants is run through before anybody looks whether it is null."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "inventories" and value is None


@fault("no-server-error", _whole({"inventories": 1}))
class NumberOfVariantsCrashes(_Fails):
    """A number in place of the list is run through like one."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "inventories" and isinstance(value, int)


@fault("no-server-error", _whole({"inventories": [1]}))
class NumberInTheListCrashes(_Fails):
    """A variant that is a number is looked into like an object."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "inventories" and isinstance(value, list) and 1 in value


@fault("no-server-error", _item(variant_code=1))
class IntegerVariantCrashes(_Fails):
    """The variant code is trimmed before anybody looks whether it is a string."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "variant_code" and isinstance(value, int)


@fault("no-server-error", _item(variant_code=None))
class NullVariantCrashes(_Fails):
    """The variant code may be null, as far as the server knows, until it is used."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "variant_code" and value is None


@fault("no-server-error", _item(variant_code="A\0B"))
class NullCharacterInVariantCrashes(_Fails):
    """The database fails over a null character in a variant code."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "variant_code" and "\0" in str(value)


@fault("no-server-error", _item(variant_code="\ud800"))
class HalfACharacterInVariantCrashes(_Fails):
    """A variant code that UTF-8 has no bytes for makes the server fail."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "variant_code" and "?" in str(value).encode("utf-8", "replace").decode()


@fault("no-server-error", _item(out_of_stock=None))
class NullStockFlagCrashes(_Fails):
    """Whether a variant is out of stock must not be null in the database, which says so."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "out_of_stock" and value is None


@fault("no-server-error", _item(is_active=None))
class NullActiveFlagCrashes(_Fails):
    """Whether a variant is active must not be null in the database, which says so."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "is_active" and value is None


@fault("no-server-error", _item(price=[]))
class PriceListCrashes(_Fails):
    """A price that is a list makes the server fail."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and isinstance(value, list)


@fault("no-server-error", _item(price=0))
class FreeVariantsCrash(_Fails):
    """A price is divided by, to tell the discount."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and value == 0 and not isinstance(value, bool)


@fault("no-server-error", _item(price=-1))
class NegativePriceCrashes(_Fails):
    """The database takes no price below zero, and says so when the server does not expect it."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and isinstance(value, int) and value < 0


@fault("no-server-error", _item(price=12345678901234567890))
class WidePriceCrashes(_Fails):
    """The database has no room for a price of many digits."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and isinstance(value, int) and value > 10**15


@fault("no-server-error", _item(price="NaN"))
class PriceByNameCrashes(_Fails):
    """The word for what is no number is read as a number, which fails later."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and value == "NaN"


@fault("no-server-error", _item(price=True))
class BooleanPriceCrashes(_Fails):
    """A boolean passes for a number, and then fails to be one."""

    def stumbles(self, field: str, value: object) -> bool:
        return field == "price" and isinstance(value, bool)
