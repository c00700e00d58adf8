"""The reference server of the Comestri inventory API, written from its document."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.reference.base import Answer, Call, Operation
from retailspec.reference.comestri_parameters import ComestriParameters
from retailspec.signing import same_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ComestriInventory", "Product"]

DEFAULTS: Final[Mapping[str, object]] = {
    "dispatch_time_unit": "day",
    "style": "dynamic",
    "lead_time": 48,
    "lead_time_unit": "hours",
}
"""What a parameter that was not sent, or sent as null, is answered with in section Examples."""

ANSWERED: Final = (
    "qty",
    "available_qty",
    "stock_availability",
    "out_of_stock_threshold",
    "dispatch_time",
    "dispatch_time_unit",
    "unit_cost",
    "style",
    "sku",
    "lead_time",
    "lead_time_unit",
    "stock_arrival_date",
    "back_order_handling",
    "back_order_allocation",
    "source_system_stock_timestamp",
)
"""The parameters that section Examples answers, in its order; `id` stands before them."""

CHALLENGE: Final = 'Token realm="Comestri"'


@dataclass(frozen=True)
class Product:
    """A product that inventory may be sent for.

    Attributes:
        id: Its number.
        code: Its code, the other way to name it.
    """

    id: int
    code: str


class ComestriInventory(ComestriParameters):
    """The inventory API of one account with two inventory sources and two products.

    Inventory is kept per source and product: sent again, it keeps its `id` and is replaced.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: `token` and `email` of the account, `forbidden_token` and `forbidden_email` of
            one that may not write, where they are not to be random.

    Attributes:
        sources: The number of each inventory source, by name.
        products: The products.
        inventories: What was sent last, by source and product id.
    """

    name: ClassVar[str] = "comestri-inventory"
    success_status: ClassVar[int] = 201

    def __init__(
        self, *, https_only: bool = False, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        self.sources = {"MOTUL": 1, "Jakarta": 2}
        self.products = (Product(1, "OIL-5W40-1L"), Product(2, "OIL-5W40-4L"))
        self.inventories: dict[tuple[str, int], dict[str, object]] = {}

    def default_credentials(self) -> dict[str, str]:
        """Return two pairs of a random token and an address; the second pair may not write."""
        return {
            "token": secrets.token_hex(16),
            "email": "integration@shop.example",
            "forbidden_token": secrets.token_hex(16),
            "forbidden_email": "reader@shop.example",
        }

    def operations(self) -> list[Operation]:
        """Return the one call; its method and path are assumed, since the document has none."""
        return [Operation("create", "POST", "/api/v2/inventories", self.create)]

    def fixtures(self) -> dict[str, object]:
        """Return a source's name, and both names of a product."""
        return {
            "inventory_source": next(iter(self.sources)),
            "product_id": self.products[0].id,
            "product_code": self.products[0].code,
        }

    # Who is calling

    def authenticate(self, call: Call) -> str:
        """Return the caller's address; 401 with a challenge, or 403 for one that may not write."""
        caller = self.identify(self.read_token(call))
        if caller is None:
            self.refuse(401, "Unauthorized", self.challenge())
        if not self.may_write(caller):
            self.refuse(403, "Forbidden")
        return caller

    def read_token(self, call: Call) -> tuple[str, str] | None:
        """Return token and address of `Authorization: Token token=...,email=...`, quoted or not."""
        values = call.headers.getlist("authorization")
        if len(values) != 1:
            return None
        scheme, _, rest = values[0].strip().partition(" ")
        pairs = [part.partition("=") for part in rest.split(",")]
        parts = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
        if scheme.lower() != "token" or not {"token", "email"} <= parts.keys():
            return None
        return parts["token"], parts["email"]

    def identify(self, given: tuple[str, str] | None) -> str | None:
        """Return the address of the account whose token and address were given, if there is one."""
        if given is None:
            return None
        for prefix in ("", "forbidden_"):
            token, email = (self.credentials[prefix + part] for part in ("token", "email"))
            if self.is_same(token, given[0]) & self.is_same(email, given[1]):
                return email
        return None

    def is_same(self, expected: str, given: str) -> bool:
        """Tell whether a token or an address is the expected one."""
        return same_signature(expected, given)

    def challenge(self) -> dict[str, str]:
        """Return the header that a 401 carries (section Errors)."""
        return {"WWW-Authenticate": CHALLENGE}

    def may_write(self, caller: str) -> bool:
        """Tell whether an account may send inventory."""
        return caller != self.credentials["forbidden_email"]

    def error_body(self, status: int, text: str) -> object:  # noqa: ARG002 - one shape for all
        """Return the body of any error; the document prints none."""
        return {"error": text}

    # The call

    async def create(self, _call: Call, body: dict[str, object]) -> Answer:
        """Answer the call: check what was sent, find what it names, take it over."""
        sent = self.check_inventory(body)
        source = self.check_source(sent["inventory_source"])
        product = self.check_product(sent)
        return Answer(self.success_status, self.apply(source, product, sent))

    # What it names

    def check_source(self, name: object) -> str:
        """Return a known source's name; 404 for another."""
        if not isinstance(name, str) or name not in self.sources:
            self.refuse(404, "Inventory source not found")
        return name

    def check_product(self, sent: dict[str, object]) -> Product:
        """Return the product that is named one way or the other; 404 for an unknown one."""
        if "product_id" in sent and "product_code" in sent:
            self.both_products()
        if "product_id" not in sent and "product_code" not in sent:
            self.invalid("Either product_id or product_code is needed")
        product = next((one for one in self.products if self.is_named(one, sent)), None)
        if product is None:
            self.refuse(404, "Product not found")
        return product

    def both_products(self) -> None:
        """Refuse a call that names its product in both ways."""
        self.invalid("Do not provide product_code if product_id is provided")

    def is_named(self, product: Product, sent: dict[str, object]) -> bool:
        """Tell whether a call names this product."""
        if "product_id" in sent:
            return sent["product_id"] == product.id
        return sent["product_code"] == product.code

    # What becomes of it

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        """Keep the inventory of a source and product, and return how it is answered."""
        known = self.inventories.get((source, product.id))
        number = known["id"] if known else len(self.inventories) + 1
        self.inventories[source, product.id] = answer = {
            "id": number,
            **{field: self.echo(field, sent) for field in ANSWERED},
            "support_shipping": True,
            "inventory_source": {"id": self.sources[source], "name": source},
        }
        return answer

    def echo(self, field: str, sent: dict[str, object]) -> object:
        """Return what a field of the answer holds: what was sent, or its default."""
        if field in sent:
            return sent[field]
        return sent["qty"] if field == "available_qty" else DEFAULTS.get(field)
