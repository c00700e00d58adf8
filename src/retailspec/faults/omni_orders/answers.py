"""Faults in the order that a success answers with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from retailspec.faults.model import fault
from retailspec.faults.omni.probes import shown
from retailspec.reference.omni_orders import (
    COMPLETE,
    STATUS_TEXTS,
    OmniOrders,
    Order,
)

__all__: list[str] = []

_SHORT_NUMBER = 4


# order.fields


@fault("order.fields", shown("confirm", len))
class LeavesOutNothings(OmniOrders):
    """Fields without a value, `delivery_info` and a service charge of zero, are left out."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        return {key: value for key, value in body.items() if value is not None and value != 0.0}


@fault("order.fields", shown("cancel", len))
class CancelAnswersBriefly(OmniOrders):
    """Cancel answers with the number and the status alone."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        body = super().success_body(action, before, after)
        if action == "cancel":
            return {key: body[key] for key in ("number", "status", "statusText", "paymentStatus")}
        return body


@fault("order.fields", shown("confirm", sorted))
class WrapsTheOrder(OmniOrders):
    """The order is answered under `order`, as the details call does."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        return {"order": super().success_body(action, before, after)}


@fault("order.fields", shown("confirm", sorted))
class WritesSnakeCase(OmniOrders):
    """`serviceCharge` and `grandTotal` are spelt with underscores."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        body["service_charge"] = body.pop("serviceCharge")
        body["grand_total"] = body.pop("grandTotal")
        return body


@fault("order.fields", shown("paid", lambda body: type(body["channel"])))
class ChannelInWords(OmniOrders):
    """The channel is answered as a name."""

    def order_body(self, order: Order) -> dict[str, object]:
        names = ["", "Mobile App", "POS", "Kiosk", "Web"]
        return {**super().order_body(order), "channel": names[order.channel]}


@fault("order.fields", shown("confirm", lambda body: type(body["status"])))
class StatusAsText(OmniOrders):
    """The status is a string of digits, `"10"` for 10."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "status": str(order.status)}


@fault("order.fields", shown("complete", lambda body: type(body["paymentMethod"])))
class PaymentMethodUnknown(OmniOrders):
    """The payment method is null once an order is Complete."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        return {**body, "paymentMethod": None} if order.status == COMPLETE else body


@fault("order.fields", shown("confirm", lambda body: type(body["tableNumber"])))
class TableAsANumber(OmniOrders):
    """The table is answered as an integer."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "tableNumber": int(order.table_number[1:])}


@fault("order.fields", shown("confirm", lambda body: type(body["deliveryStatus"])))
class NoDeliveryStatus(OmniOrders):
    """The delivery status is null where nothing is delivered."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "deliveryStatus": None}


@fault("order.fields", shown("confirm", lambda body: sorted(body["user"])))
class UserWithoutPhone(OmniOrders):
    """The user has no phone number."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "user": {"id": order.user_id, "name": "user"}}


@fault("order.fields", shown("confirm", lambda body: type(body["user"])))
class UserIsAnId(OmniOrders):
    """In place of the user stands the user's id."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "user": order.user_id}


@fault("response.schema", shown("confirm", type))
class AnswersAList(OmniOrders):
    """A success is answered with a list of the one order."""

    def success_body(self, action: str, before: Order, after: Order) -> Any:
        return [super().success_body(action, before, after)]


# order.field-types, order.user-id, order.delivery-info


@fault("order.field-types", shown("confirm", lambda body: type(body["total"])))
class AmountsAsText(OmniOrders):
    """The amounts are strings of two decimals, as a decimal field is written by default."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        names = ("total", "tax", "serviceCharge", "grandTotal")
        return {**body, **{name: f"{body[name]:.2f}" for name in names}}


@fault("order.field-types", shown("confirm", lambda body: type(body["created"])))
class CreatedAsADate(OmniOrders):
    """The time of an order is a date and a time in words."""

    def order_body(self, order: Order) -> dict[str, object]:
        moment = datetime.fromtimestamp(order.created, UTC)
        return {**super().order_body(order), "created": moment.isoformat()}


@fault("order.field-types", shown("confirm", lambda body: type(body["id"])))
class IdAsText(OmniOrders):
    """The order's id is a string."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "id": str(order.id)}


@fault("order.field-types", shown("confirm", lambda body: type(body["user"]["phone"])))
class PhoneAsANumber(OmniOrders):
    """The user's phone number is an integer, which has lost its plus."""

    def order_body(self, order: Order) -> dict[str, object]:
        body = super().order_body(order)
        user = {"id": order.user_id, "name": "user", "phone": 628111111111}
        return {**body, "user": user}


@fault("order.user-id", shown("confirm", lambda body: body["userID"] == body["user"]["id"]))
class UserIdIsTheOrders(OmniOrders):
    """`userID` is the id of the order."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "userID": order.id + 100_000}


@fault("order.delivery-info", shown("confirm", lambda body: body["delivery_info"]))
class DeliveryInfoIsAnObject(OmniOrders):
    """The delivery information is an empty object."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "delivery_info": {}}


@fault("order.delivery-info", shown("complete", lambda body: body["delivery_info"]))
class DeliveryInfoWhenComplete(OmniOrders):
    """A Complete order says how it was delivered."""

    def order_body(self, order: Order) -> dict[str, object]:
        info = {"courier": "own"} if order.status == COMPLETE else None
        return {**super().order_body(order), "delivery_info": info}


# order.number


@fault("order.number", shown("confirm", lambda body: body["number"].islower()))
class NumberInSmallLetters(OmniOrders):
    """The number is answered in small letters."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "number": order.number.lower()}


@fault("order.number", shown("confirm", lambda body: len(body["number"])))
class NumberCutShort(OmniOrders):
    """The number is answered without its last characters."""

    def order_body(self, order: Order) -> dict[str, object]:
        return {**super().order_body(order), "number": order.number[:_SHORT_NUMBER]}


@fault("order.number", shown("cancel", lambda body: body["number"] == "FR9TL74P"))
class CancelAnswersAnotherOrder(OmniOrders):
    """Cancel changes the right order and answers with the data of the store's first one."""

    def success_body(self, action: str, before: Order, after: Order) -> dict[str, object]:
        body = super().success_body(action, before, after)
        if action != "cancel":
            return body
        first = next(iter(self.orders.values()))
        shown_of_it = {"status": after.status, "statusText": STATUS_TEXTS[after.status]}
        return {**self.order_body(first), **shown_of_it}
