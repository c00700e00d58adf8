"""Faults in how the list of variants and their flags are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import told, update
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.omni_inventory import NOT_A_LIST, Line, OmniInventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__: list[str] = []

_WORD = "abc"
_UNKNOWN = "NO-SUCH-CODE"


def _with(*items: dict[str, Any], **body: Any) -> Callable[[Probe], Any]:
    """Return a probe: what an update is told; see `update` for the arguments."""
    return lambda probe: told(update(probe, *items, **body))


def _without_list(probe: Probe) -> Any:
    return told(update(probe, inventories=None))


# inventories.missing, inventories.not-a-list


@fault("inventories.missing", _without_list)
class MissingListIsEmpty(OmniInventory):
    """A call without the list of variants updates nothing, with success."""

    def check_list(self, value: object) -> list[object]:
        return [] if value is None else super().check_list(value)


@fault("inventories.missing", _without_list)
class MissingListCrashes(OmniInventory):
    """The list of variants is read before anybody looks whether it is there."""

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        _ = body["inventories"]
        return await super().update(_call, body)


@fault("inventories.missing", _without_list)
class MissingListIsUnprocessable(OmniInventory):
    """A call without the list of variants is answered 422."""

    def check_list(self, value: object) -> list[object]:
        if value is None:
            self.refuse(422, "inventories: This field is required.")
        return super().check_list(value)


@fault("inventories.not-a-list", _with(inventories=_WORD))
class WordIsPassedOver(OmniInventory):
    """A word in place of the list is passed over."""

    def check_list(self, value: object) -> list[object]:
        return [] if isinstance(value, str) else super().check_list(value)


def _one_object(probe: Probe) -> Any:
    item = {"variant_code": probe.fixtures["variant_code"], "price": 100}
    return told(update(probe, inventories=item))


@fault("inventories.not-a-list", _one_object)
class OneObjectWillDo(OmniInventory):
    """A single variant in place of the list is taken for a list of one."""

    def check_list(self, value: object) -> list[object]:
        return [value] if isinstance(value, dict) else super().check_list(value)


@fault("inventories.not-a-list", _with(inventories=_WORD))
class WordCrashes(OmniInventory):
    """Each letter of a word in place of the list is taken for a variant, which fails."""

    def check_list(self, value: object) -> list[object]:
        return list(value) if isinstance(value, str) else super().check_list(value)

    def check_line(self, item: object) -> Line:
        if isinstance(item, str):
            raise TypeError("a letter is no variant")
        return super().check_line(item)


@fault("inventories.not-a-list", _with(inventories=_WORD))
class NoListIsNotFound(OmniInventory):
    """What is no list is answered 404."""

    def check_list(self, value: object) -> list[object]:
        if value is not None and not isinstance(value, list):
            self.reject(404, NOT_A_LIST)
        return super().check_list(value)


# inventories.second-item


@fault("inventories.second-item", _with({}, {"variant_code": _UNKNOWN}))
class LooksAtTheFirstOnly(OmniInventory):
    """Only the first variant of a list is looked at."""

    def check_lines(self, items: list[object]) -> list[Line]:
        return super().check_lines(items[:1])


@fault("inventories.second-item", _with({}, {"variant_code": _UNKNOWN}))
class ForgetsTheLast(OmniInventory):
    """The last of several variants is never looked at: the loop ends one too early."""

    def check_lines(self, items: list[object]) -> list[Line]:
        return super().check_lines(items[:-1] if len(items) > 1 else items)


@fault("inventories.second-item", _with({}, {"variant_code": _UNKNOWN}))
class UnknownOnesArePassedOver(OmniInventory):
    """Unknown variants are passed over where another one is known."""

    def check_lines(self, items: list[object]) -> list[Line]:
        codes = [item.get("variant_code") if isinstance(item, dict) else None for item in items]
        known = [item for item, code in zip(items, codes, strict=True) if self._known(code)]
        return super().check_lines(known or items)

    def _known(self, code: object) -> bool:
        return not code or code in self.variants


@fault("inventories.second-item", _with({}, {"price": _WORD}))
class LaterPricesAreNotRead(OmniInventory):
    """The price of a variant that is not the first is not looked at."""

    def check_lines(self, items: list[object]) -> list[Line]:
        price = items[0].get("price") if items and isinstance(items[0], dict) else None
        later = [{**item, "price": price} if isinstance(item, dict) else item for item in items[1:]]
        return super().check_lines([*items[:1], *later])


@fault("inventories.second-item", _with({}, {"variant_code": ""}))
class LaterFieldsHaveAPath(OmniInventory):
    """The field of a variant that is not the first is named with its place in the list."""

    def check_lines(self, items: list[object]) -> list[Line]:
        lines = super().check_lines(items[:1])
        for place, item in enumerate(items[1:], start=1):
            try:
                lines.append(self.check_line(item))
            except Refusal as refusal:
                body: Any = refusal.answer.body
                errors = {f"{place}.{field}": text for field, text in body["errors"].items()}
                raise Refusal(Answer(401, {**body, "errors": errors})) from None
        return lines


@fault("inventories.second-item", _with({}, {"variant_code": ""}))
class LaterEmptyCodesAreTheFirst(OmniInventory):
    """An empty variant code that is not the first stands for the first one."""

    def check_lines(self, items: list[object]) -> list[Line]:
        first = items[0] if items else None
        code = first.get("variant_code") if isinstance(first, dict) else None
        return super().check_lines(
            [
                {**item, "variant_code": code}
                if isinstance(item, dict) and item.get("variant_code") == ""
                else item
                for item in items
            ]
        )


# flags.invalid


class _Lenient(OmniInventory):
    """Takes some flags that are no booleans."""

    def takes(self, field: str, value: object) -> bool:
        """Tell whether a value is taken for a flag."""
        raise NotImplementedError

    def check_flag(self, field: str, value: object) -> bool:
        return bool(value) if self.takes(field, value) else super().check_flag(field, value)


@fault("flags.invalid", _with({"out_of_stock": _WORD}))
class WordsAreTrue(_Lenient):
    """Any word is true."""

    def takes(self, field: str, value: object) -> bool:
        del field
        return isinstance(value, str)


@fault("flags.invalid", _with({"is_active": _WORD}))
class IsActiveIsNotRead(_Lenient):
    """`is_active` is not looked at, `out_of_stock` is."""

    def takes(self, field: str, value: object) -> bool:
        del value
        return field == "is_active"


@fault("flags.invalid", _with({"out_of_stock": {}}))
class EmptyObjectsAreFalse(_Lenient):
    """An empty object is false."""

    def takes(self, field: str, value: object) -> bool:
        del field
        return isinstance(value, dict)


@fault("flags.invalid", _with({"is_active": []}))
class EmptyListsAreFalse(_Lenient):
    """An empty list is false."""

    def takes(self, field: str, value: object) -> bool:
        del field
        return isinstance(value, list)


@fault("flags.invalid", _with({"out_of_stock": {}}))
class ObjectFlagsCrash(OmniInventory):
    """A flag that is an object makes the server fail, since it cannot be looked up."""

    def check_flag(self, field: str, value: object) -> bool:
        _ = value in {True, False}
        return super().check_flag(field, value)


# no-server-error, deeper in the body


def _fails(what: str) -> TypeError:
    return TypeError(f"{what}: unhashable type")


@fault("no-server-error", _with({"variant_code": ["BURGER01"]}))
class ListOfCodesCrashes(OmniInventory):
    """A variant code that is a list makes the server fail."""

    def check_variant(self, value: object) -> str:
        if isinstance(value, list | dict):
            raise _fails("variant_code")
        return super().check_variant(value)


@fault("no-server-error", _with(store_code={}))
class StoreObjectCrashes(OmniInventory):
    """A store code that is an object makes the server fail."""

    def check_store(self, value: object) -> str:
        if isinstance(value, list | dict):
            raise _fails("store_code")
        return super().check_store(value)


@fault("no-server-error", _with({"price": {}}))
class PriceObjectCrashes(OmniInventory):
    """A price that is an object makes the server fail."""

    def check_price(self, value: object) -> Decimal:
        if isinstance(value, list | dict):
            raise _fails("price")
        return super().check_price(value)


@fault("no-server-error", _with(inventories=[_WORD]))
class WordInTheListCrashes(OmniInventory):
    """A list of words makes the server fail."""

    def check_line(self, item: object) -> Line:
        if not isinstance(item, dict):
            raise TypeError("a word is no variant")
        return super().check_line(item)


@fault("no-server-error", _with(inventories=[]))
class EmptyListCrashes(OmniInventory):
    """An empty list makes the server fail."""

    def check_list(self, value: object) -> list[object]:
        items = super().check_list(value)
        _ = items[0]
        return items


@fault("no-server-error", lambda probe: told(update(probe, inventories=[{"price": None}])))
class NullPriceCrashes(OmniInventory):
    """A price of null makes the server fail."""

    def check_line(self, item: object) -> Line:
        if isinstance(item, dict) and "price" in item and item["price"] is None:
            raise _fails("price")
        return super().check_line(item)
