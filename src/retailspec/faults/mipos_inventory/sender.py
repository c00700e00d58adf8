"""Deliveries that go nowhere or elsewhere, and bodies that are not the documented one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from retailspec.faults.mipos_inventory.probes import delivered, variant
from retailspec.faults.mipos_inventory.spelling import camel
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_courier import Courier, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from retailspec.exchange import Request
    from retailspec.faults.probe import Probe
    from retailspec.reference.mipos_webhook import Movement

__all__: list[str] = []

_BRIEF: Final = {"patience": 0.8}
_PATIENT: Final = {"patience": 1.5}
_TWO: Final = ("/first-of-the-two-addresses", "/second-of-the-two-addresses")


def _calls(_probe: Probe, heard: list[Request]) -> Any:
    return [(request.method, urlsplit(request.url).path) for request in heard]


def _places(_probe: Probe, heard: list[Request]) -> Any:
    return sorted({urlsplit(request.url).path for request in heard})


_HEARD: Final = delivered(_calls)
_SECOND: Final = delivered(_places, urls=_TWO)
_BOTH: Final = delivered(_places, urls=_TWO, enough=2, seconds=1.5)


class _Announces(MiposInventory):
    """Delivers to other URLs than the registered one."""

    def announce(self, payload: Mapping[str, object]) -> int:
        body = self.delivery_body(payload)
        urls = self.addresses(self.webhooks["3"]) if "3" in self.webhooks else []
        for url in urls:
            self.courier.send(Delivery(url, body, self.delivery_headers(body)))
        return len(urls)

    def addresses(self, url: str) -> list[str]:
        """Return where a delivery goes."""
        return [url]


@fault("sender.delivers", _HEARD, settings=_BRIEF, sockets=True)
class NothingIsDelivered(_Announces):
    """A URL is registered, and nothing is ever sent there."""

    def addresses(self, url: str) -> list[str]:
        del url
        return []


@fault("sender.delivers", _HEARD, settings=_BRIEF, sockets=True)
class RemovalsAreNotDelivered(_Announces):
    """Movements that add are delivered, those that remove are not."""

    def move_stock(self, movement: Movement) -> None:
        super().move_stock(movement)
        self.adds = movement.movement_type == 1

    def addresses(self, url: str) -> list[str]:
        return [url] if self.adds else []


@fault("sender.delivers", _HEARD, settings=_BRIEF, sockets=True)
class UrlIsCut(_Announces):
    """Only the first 32 letters of a URL are kept, as if the column were that wide."""

    def addresses(self, url: str) -> list[str]:
        return [url[:32]]


@fault("sender.delivers", _HEARD, settings=_BRIEF, sockets=True)
class PathIsDropped(_Announces):
    """Deliveries go to the host of the URL, and not to its path."""

    def addresses(self, url: str) -> list[str]:
        parts = urlsplit(url)
        return [f"{parts.scheme}://{parts.netloc}/"]


class _Putting(Courier):
    async def attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        answer = await client.put(delivery.url, content=delivery.body, headers=delivery.headers)
        return answer.is_success


@fault("sender.delivers", _HEARD, settings=_BRIEF, sockets=True)
class DeliveriesArePut(MiposInventory):
    """A movement is PUT to the URL, not POSTed."""

    def announce(self, payload: Mapping[str, object]) -> int:
        self.courier = _Putting()
        return super().announce(payload)


@fault("sender.url", _SECOND, settings=_PATIENT, sockets=True)
class UrlsAreTheirHosts(MiposInventory):
    """A URL at the host that is registered already is taken for the same, and forgotten."""

    def register(self, webhook_type: str, url: str) -> bool:
        known = self.webhooks.get(webhook_type, url)
        same = urlsplit(known).netloc == urlsplit(url).netloc
        return super().register(webhook_type, known if same else url)


@fault("sender.url", _BOTH, sockets=True)
class BothUrlsAreServed(_Announces):
    """Another URL for the type is added, and deliveries go to each one that was ever named."""

    def register(self, webhook_type: str, url: str) -> bool:
        self.former = [*getattr(self, "former", []), url]
        return super().register(webhook_type, url)

    def addresses(self, url: str) -> list[str]:
        return [one for one in self.former if urlsplit(one).netloc == urlsplit(url).netloc]


@fault("sender.url", _SECOND, settings=_PATIENT, sockets=True)
class AnotherUrlEndsDeliveries(MiposInventory):
    """Another URL for a type whose URL is at the same host ends its deliveries."""

    def register(self, webhook_type: str, url: str) -> bool:
        known = self.webhooks.get(webhook_type, "")
        created = super().register(webhook_type, url)
        if urlsplit(known).netloc == urlsplit(url).netloc and known != url:
            del self.webhooks[webhook_type]
        return created


# What is in a delivery


class _Pays(MiposInventory):
    """Changes the nine fields."""

    changes: ClassVar[Callable[[dict[str, object]], dict[str, object]]]

    def payload(self, movement: Movement) -> dict[str, object]:
        return type(self).changes(super().payload(movement))


def _body(_probe: Probe, heard: list[Request]) -> Any:
    body = heard[0].json
    varying = ("date", "now")
    if not isinstance(body, dict):
        return heard[0].body
    return {name: type(one) if name in varying else one for name, one in body.items()}


for _field in (
    "pos_id",
    "inventory_system_id",
    "current_stock",
    "quantity",
    "date",
    "movement_type",
    "external_id",
    "now",
    "store_id",
):
    fault("sender.body", delivered(_body), sockets=True)(
        variant(
            _Pays,
            camel(_field, "IsNotDelivered"),
            f"A delivery has no {_field}.",
            changes=staticmethod(
                lambda sent, left=_field: {name: one for name, one in sent.items() if name != left}
            ),
        )
    )

for _name, _says, _changes in (
    ("PosIdIsANumber", "the pos_id is a number", {"pos_id": 1}),
    ("StockIsANumber", "the current_stock is a number", {"current_stock": 98.75}),
    ("QuantityIsANumber", "the quantity is a number", {"quantity": 1.25}),
    ("MovementIsText", "the movement_type is text", {"movement_type": "2"}),
    ("MovementIsThree", "the movement_type of a removal is 3", {"movement_type": 3}),
    ("StoreIsNull", "the store_id is null", {"store_id": None}),
    ("ItemIsNull", "the external_id is null", {"external_id": None}),
    ("ItemIsEmpty", "the external_id is an empty text", {"external_id": ""}),
    ("StoreIsEmpty", "the store_id is an empty text", {"store_id": ""}),
    ("DateIsATimestamp", "the date counts seconds", {"date": 1590842703}),
    ("PosIsAnother", "the pos_id is the inventory system's own", {"pos_id": "8"}),
):
    fault("sender.body", delivered(_body), sockets=True)(
        variant(
            _Pays,
            _name,
            f"In a delivery, {_says}.",
            changes=staticmethod(lambda sent, new=_changes: {**sent, **new}),
        )
    )


@fault("sender.body", delivered(_body), sockets=True)
class DeliveryIsAList(MiposInventory):
    """A delivery is a list with one movement."""

    def delivery_body(self, payload: Mapping[str, object]) -> bytes:
        return json.dumps([payload]).encode()


@fault("sender.body", delivered(_body), sockets=True)
class DeliveryIsAForm(MiposInventory):
    """A delivery is a form, labelled as JSON."""

    def delivery_body(self, payload: Mapping[str, object]) -> bytes:
        return urlencode(payload).encode()


@fault("sender.body", delivered(_body), sockets=True)
class DeliveryIsQuoted(MiposInventory):
    """A delivery is JSON text that holds the JSON of the movement."""

    def delivery_body(self, payload: Mapping[str, object]) -> bytes:
        return json.dumps(json.dumps(payload)).encode()


def _label(_probe: Probe, heard: list[Request]) -> Any:
    return heard[0].header("Content-Type")


class _Labelled(MiposInventory):
    label: ClassVar[str]

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        headers = {**super().delivery_headers(body), "Content-Type": self.label}
        return {name: value for name, value in headers.items() if value}


for _name, _says, _label_sent in (
    ("DeliveryIsPlainText", "labelled as plain text", "text/plain"),
    ("DeliveryIsLabelledAForm", "labelled as a form", "application/x-www-form-urlencoded"),
    ("DeliveryIsNotLabelled", "not labelled", ""),
):
    fault("sender.body", delivered(_label), sockets=True)(
        variant(_Labelled, _name, f"A delivery is {_says}.", label=_label_sent)
    )
