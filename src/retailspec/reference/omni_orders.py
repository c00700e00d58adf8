"""The reference server of the Omni order status API, written from its document.

Besides the four documented calls it has the details call of a sibling page, so that an order can be
looked at without changing it.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import string
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.reference.base import CONTROL_PREFIX, Answer, Call, Operation
from retailspec.reference.omni import REQUIRED, Omni, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DETAILS_PATH", "DOCUMENTED_NUMBER", "OmniOrders", "Order"]

DOCUMENTED_NUMBER: Final = "FR9TL74P"
"""The order that the document's examples name; every server starts with it, new and unpaid."""

DETAILS_PATH: Final = "/api/store/orders/details"
"""Where the optional details call is: GET, with `number` in the query."""

NEW, CONFIRMED, COMPLETE, CANCELLED = 1, 10, 20, 30
UNPAID, PAID = 1, 2

STATUS_TEXTS: Final = {
    NEW: "New",
    CONFIRMED: "Confirmed",
    COMPLETE: "Complete",
    CANCELLED: "Cancelled",
}

FIELDS: Final = {"confirm": "number", "paid": "order", "complete": "order", "cancel": "order"}
"""What each call names the order number in its body."""

NOT_FOUND: Final = Problem("Order not found", "invalid_order_number", "number")
NOT_TEXT: Final = Problem("Enter a string.", "invalid")
HAS_BEEN_CONFIRMED: Final = Problem("Order has been confirmed", "invalid_status", "number")
ALREADY_PAID: Final = Problem("Order already paid", "already_paid", "order")
ALREADY_COMPLETED: Final = Problem("Order already completed", "order_already_completed", "order")
ALREADY_CANCELED: Final = Problem("Order already canceled", "order_already_canceled", "order")


@dataclass(frozen=True)
class Order:
    """An order; a change makes a new value. The defaults are the document's example.

    Attributes:
        id: The order's id.
        number: Its number, as callers name it.
        total: Its value before tax, in rupiah.
        tax: Its tax, in rupiah.
        table_number: The table.
        notes: The customer's wishes.
        channel: Where it was made.
        store_name: The store that it belongs to, which is also who may see it.
        user_id: Who ordered.
        created: When, in UNIX time.
        status: One of NEW, CONFIRMED, COMPLETE, CANCELLED.
        payment_status: UNPAID or PAID.
    """

    id: int = 1
    number: str = DOCUMENTED_NUMBER
    total: float = 36364.0
    tax: float = 3636.0
    table_number: str = "A1"
    notes: str = "No lettuce"
    channel: int = 2
    store_name: str = "Burger God"
    user_id: int = 1
    created: int = 1564045835
    status: int = NEW
    payment_status: int = UNPAID


class OmniOrders(Omni):
    """The order status API, with two stores: the caller's own and one whose orders it may not see.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: A `token` to use instead of a random one.

    Attributes:
        orders: Every order, by number.
        foreign_token: The token of the other store.
        foreign_number: The number of an order of the other store.
    """

    name: ClassVar[str] = "omni-orders"
    own_store: ClassVar[str] = "Burger God"
    foreign_store: ClassVar[str] = "Taco Temple"

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.foreign_token = secrets.token_hex(16)
        self.orders: dict[str, Order] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._ids = itertools.count(2)
        self.add(Order())
        self.foreign_number = self.add(self.fresh_order(self.foreign_store)).number

    def callers(self) -> dict[str, str]:
        """Return both stores' tokens with the stores' names."""
        return {
            self.credentials["token"]: self.own_store,
            self.foreign_token: self.foreign_store,
        }

    def operations(self) -> list[Operation]:
        """Return the four documented calls and the details call."""
        return [
            *(
                Operation(action, "POST", f"/api/store/orders/{action}", self.change)
                for action in FIELDS
            ),
            Operation("details", "GET", DETAILS_PATH, self.details),
        ]

    def controls(self) -> list[Operation]:
        """Return the call that makes an order, new and unpaid."""
        path = f"{CONTROL_PREFIX}/orders"
        return [Operation("make-order", "POST", path, self.make_order, reads_json=False)]

    def fixtures(self) -> dict[str, object]:
        """Return `foreign_order`: the number of an order that the caller may not see."""
        return {"foreign_order": self.foreign_number}

    def supplies(self) -> dict[str, dict[str, str]]:
        """Return how `orders`, fresh order numbers, are made."""
        return {
            "order": {"method": "POST", "path": f"{CONTROL_PREFIX}/orders", "pointer": "/number"}
        }

    # The calls

    async def change(self, call: Call, body: dict[str, object]) -> Answer:
        """Answer confirm, paid, complete and cancel."""
        number = self.read_number(FIELDS[call.operation.name], body)
        async with self.lock(number):
            before = self.find(call, number)
            after = await self.carry_out(call.operation.name, before)
            return Answer(200, self.success_body(call.operation.name, before, after))

    async def details(self, call: Call, _body: dict[str, object]) -> Answer:
        """Answer the details call: the order as it is, with its items."""
        order = self.find(call, self.read_number("number", dict(call.query)))
        return Answer(200, {"order": {**self.order_body(order), "items": self.items(order)}})

    async def make_order(self, _call: Call, _body: dict[str, object]) -> Answer:
        """Answer the control call: make an order of the caller's store and tell its number."""
        return Answer(201, {"number": self.add(self.fresh_order(self.own_store)).number})

    # Their steps

    def read_number(self, field: str, values: Mapping[str, object]) -> str:
        """Return the order number that a call names; refuse one missing, empty or no string."""
        number = values.get(field)
        if number is None or number == "":
            self.reject(400, REQUIRED.of(field))
        if not isinstance(number, str):
            self.reject(400, NOT_TEXT.of(field))
        return number

    def lock(self, number: str) -> AbstractAsyncContextManager[object]:
        """Return what keeps other calls off an order; nothing where there is no such order."""
        return self._locks.get(number) or nullcontext()

    def find(self, call: Call, number: str) -> Order:
        """Return the order with this number, if the caller may see it; else it is not found."""
        order = self.orders.get(number)
        if order is None or not self.may_see(call, order):
            self.reject(400, NOT_FOUND)
        return order

    def may_see(self, call: Call, order: Order) -> bool:
        """Tell whether the order is the calling store's own."""
        return order.store_name == call.caller

    async def carry_out(self, action: str, before: Order) -> Order:
        """Change an order as a call asks and return it as it is then, or refuse the call."""
        obstacle = self.obstacle(action, before)
        if obstacle is not None:
            self.refuse_change(action, before, obstacle)
        after = self.apply(action, before)
        self.orders[before.number] = after
        return after

    def obstacle(self, action: str, order: Order) -> Problem | None:
        """Return what rules a call out in the order's state ("C. Specific Responses")."""
        if order.status == CANCELLED:
            return ALREADY_CANCELED
        if action in {"confirm", "complete"} and order.status == COMPLETE:
            return ALREADY_COMPLETED
        if action == "confirm" and order.status == CONFIRMED:
            return HAS_BEEN_CONFIRMED
        if action == "paid" and order.payment_status == PAID:
            return ALREADY_PAID
        return None

    def refuse_change(self, action: str, order: Order, obstacle: Problem) -> None:  # noqa: ARG002 - subclasses do
        """Refuse a call that the order's state rules out."""
        self.reject(400, obstacle)

    def apply(self, action: str, order: Order) -> Order:
        """Return the order with a call's effect ("C. Specific Responses")."""
        match action:
            case "confirm":
                return replace(order, status=CONFIRMED)
            case "paid":
                return replace(order, payment_status=PAID)
            case "complete":
                return replace(order, status=COMPLETE, payment_status=PAID)
            case _:
                return replace(order, status=CANCELLED)

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:  # noqa: ARG002 - subclasses do
        """Return the body of a success: the order as the call left it."""
        return self.order_body(after)

    def order_body(self, order: Order) -> dict[str, object]:
        """Return the 19 fields in the order in which "B. Generic Response" prints them."""
        return {
            "id": order.id,
            "number": order.number,
            "total": order.total,
            "tax": order.tax,
            "serviceCharge": 0.0,
            "grandTotal": order.total + order.tax,
            "tableNumber": order.table_number,
            "channel": order.channel,
            "notes": order.notes,
            "status": order.status,
            "deliveryStatus": 10,
            "statusText": STATUS_TEXTS[order.status],
            "storeName": order.store_name,
            "userID": order.user_id,
            "created": order.created,
            "paymentMethod": 1,
            "paymentStatus": order.payment_status,
            "user": {"id": order.user_id, "name": "user", "phone": "+628111111111"},
            "delivery_info": None,
        }

    def items(self, order: Order) -> list[dict[str, object]]:
        """Return what was ordered, for the details call."""
        return [{"name": "Burger", "quantity": 1, "price": order.total}]

    # The stock of orders

    def fresh_order(self, store_name: str) -> Order:
        """Return a new and unpaid order with a random number that no other order has."""
        alphabet = string.ascii_uppercase + string.digits
        number = DOCUMENTED_NUMBER
        while number == DOCUMENTED_NUMBER or number in self.orders:
            number = "".join(secrets.choice(alphabet) for _ in range(8))
        total = float(secrets.randbelow(500) * 1000 + 10000)
        return Order(
            id=next(self._ids),
            number=number,
            total=total,
            tax=total / 10,
            table_number=f"B{secrets.randbelow(20) + 1}",
            notes=secrets.choice(["No lettuce", "Extra cheese", "Less ice"]),
            channel=secrets.randbelow(4) + 1,
            store_name=store_name,
            user_id=secrets.randbelow(1000) + 2,
            created=int(time.time()),
        )

    def add(self, order: Order) -> Order:
        """Keep an order, with a lock of its own, and return it."""
        self.orders[order.number] = order
        self._locks[order.number] = asyncio.Lock()
        return order
