"""A client for the tests of the two Omni servers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx

from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.reference.omni_inventory import OmniInventory
    from retailspec.reference.omni_orders import OmniOrders

FIELDS = {"confirm": "number", "paid": "order", "complete": "order", "cancel": "order"}
DETAILS = "/api/store/orders/details"
UPDATE = "/api/backend/inventories/update"


class Caller:
    """A client of one running server that sends the right credentials and the headers asked for."""

    def __init__(self, served: Served, reference: OmniOrders | OmniInventory) -> None:
        self.reference: Any = reference
        self.http = httpx.Client(
            base_url=served.url,
            headers={"Authorization": f"token {reference.credentials['token']}"},
        )

    def send(self, action: str, number: object) -> httpx.Response:
        return self.http.post(f"/api/store/orders/{action}", json={FIELDS[action]: number})

    def fresh(self, *actions: str) -> str:
        """Make an order and carry out calls that have to succeed."""
        number: str = self.http.post("/_control/orders").json()["number"]
        for action in actions:
            assert self.send(action, number).status_code == 200
        return number

    def details(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(DETAILS, params={"number": number}).json()
        return found


@contextlib.contextmanager
def calling(reference: Any) -> Iterator[Caller]:
    with Served(reference, tls=False) as served:
        caller = Caller(served, reference)
        with caller.http:
            yield caller


def assert_common(answer: httpx.Response) -> None:
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Allow"] == "POST, OPTIONS"
