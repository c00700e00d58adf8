"""Answers to successful calls that have another form than the printed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.comestri_inventory.probes import FULL, answer_to, pascal, variant
from retailspec.faults.model import fault
from retailspec.reference.base import NO_BODY, Answer
from retailspec.reference.comestri import ANSWERED, ComestriInventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.reference.base import Call
    from retailspec.reference.comestri import Product

__all__: list[str] = []

_look = answer_to()


class _Lacks(ComestriInventory):
    field: ClassVar[str]

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        answer = super().apply(source, product, sent)
        return {name: value for name, value in answer.items() if name != self.field}


for _field in (*ANSWERED, "id", "support_shipping", "inventory_source"):
    fault("response.fields", _look)(
        variant(
            _Lacks, f"Lacks{pascal(_field)}", f"The answer has no {_field} at all.", field=_field
        )
    )


class _Shows(ComestriInventory):
    shown: ClassVar[Callable[[dict[str, Any]], dict[str, Any]]]

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        return type(self).shown(super().apply(source, product, sent))


_FORMS: tuple[tuple[str, str, str, Callable[[dict[str, Any]], dict[str, Any]]], ...] = (
    (
        "NumberAsText",
        "response.schema",
        "The id is answered as text.",
        lambda answer: {**answer, "id": str(answer["id"])},
    ),
    (
        "NumberNotYetKnown",
        "response.fields",
        "The id is answered as null.",
        lambda answer: {**answer, "id": None},
    ),
    (
        "NumberWithFraction",
        "response.fields",
        "The id is answered with a fraction.",
        lambda answer: {**answer, "id": answer["id"] + 0.5},
    ),
    (
        "QtyAsText",
        "response.schema",
        "The qty is answered as text.",
        lambda answer: {**answer, "qty": str(answer["qty"])},
    ),
    (
        "QtyZeroIsFalse",
        "response.fields",
        "A qty of zero is answered as false.",
        lambda answer: {**answer, "qty": answer["qty"] or False},
    ),
    (
        "SourceIsItsName",
        "response.schema",
        "The inventory_source is answered as its name alone.",
        lambda answer: {**answer, "inventory_source": answer["inventory_source"]["name"]},
    ),
    (
        "SourceInAList",
        "response.schema",
        "The inventory_source is answered as a list of one.",
        lambda answer: {**answer, "inventory_source": [answer["inventory_source"]]},
    ),
    (
        "SourceWithoutNumber",
        "response.fields",
        "The inventory_source is answered without its id.",
        lambda answer: {
            **answer,
            "inventory_source": {"name": answer["inventory_source"]["name"]},
        },
    ),
    (
        "SourceWithTitle",
        "response.fields",
        "The inventory_source has a title in place of its name.",
        lambda answer: {
            **answer,
            "inventory_source": {
                "id": answer["inventory_source"]["id"],
                "title": answer["inventory_source"]["name"],
            },
        },
    ),
    (
        "NullsAreLeftOut",
        "response.fields",
        "Fields that are null are left out of the answer.",
        lambda answer: {name: value for name, value in answer.items() if value is not None},
    ),
    (
        "NullIsAWord",
        "response.fields",
        "A back_order_handling that was not sent is answered as the word null.",
        lambda answer: {**answer, "back_order_handling": answer["back_order_handling"] or "null"},
    ),
    (
        "NullIsEmptyText",
        "response.schema",
        "A stock_availability that was not sent is answered as an empty text.",
        lambda answer: {**answer, "stock_availability": answer["stock_availability"] or ""},
    ),
    (
        "UnitOfTheOtherTime",
        "response.fields",
        "The dispatch_time_unit that stands in for one not sent is hours, from the other list.",
        lambda answer: {
            **answer,
            "dispatch_time_unit": answer["dispatch_time_unit"].replace("day", "hours"),
        },
    ),
    (
        "UnitsInSingular",
        "response.fields",
        "A lead_time_unit is answered in the singular.",
        lambda answer: {**answer, "lead_time_unit": answer["lead_time_unit"].rstrip("s")},
    ),
    (
        "StyleAsItsPlace",
        "response.schema",
        "The style is answered as its place in the list.",
        lambda answer: {
            **answer,
            "style": ["dynamic", "static", "perpetual"].index(answer["style"]),
        },
    ),
    (
        "FieldMisspelt",
        "response.schema",
        "The field support_shipping is spelt supports_shipping.",
        lambda answer: {
            {"support_shipping": "supports_shipping"}.get(name, name): value
            for name, value in answer.items()
        },
    ),
    (
        "FieldsInCamelCase",
        "response.schema",
        "The names of the fields are answered in camel case.",
        lambda answer: {name[0] + pascal(name)[1:]: value for name, value in answer.items()},
    ),
    (
        "Wrapped",
        "response.schema",
        "The answer stands below a key inventory, as in the request.",
        lambda answer: {"inventory": answer},
    ),
)

for _name, _rule, _says, _shown in _FORMS:
    _zero = {"qty": 0} if _name == "QtyZeroIsFalse" else {}
    fault(_rule, answer_to(**_zero))(variant(_Shows, _name, _says, shown=staticmethod(_shown)))


@fault("response.schema", _look)
class ListOfOne(ComestriInventory):
    """A success is answered with a list of one inventory."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().create(call, body)
        return Answer(answer.status, [answer.body])


@fault("response.schema", _look)
class NothingToSay(ComestriInventory):
    """A success is answered 204, without a body."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        await super().create(call, body)
        return Answer(204, NO_BODY)


@fault("response.schema", answer_to(**FULL))
class NothingToSayToMuch(ComestriInventory):
    """A success has an empty body where the sku was sent."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().create(call, body)
        return Answer(answer.status) if "sku" in self.check_inventory(body) else answer


@fault("response.schema", _look)
class CommaIsMissing(ComestriInventory):
    """A success lacks a comma after available_qty, as the document's printed answer does."""

    def encode(self, body: object) -> bytes:
        return super().encode(body).replace(b', "stock_availability"', b' "stock_availability"')


@fault("response.schema", _look)
class TextOfText(ComestriInventory):
    """A success is encoded twice: its body is a JSON string that holds the answer."""

    async def create(self, call: Call, body: dict[str, object]) -> Answer:
        answer = await super().create(call, body)
        return Answer(answer.status, self.encode(answer.body).decode())


@fault("response.schema", answer_to(unit_cost=None))
class NotANumber(ComestriInventory):
    """A unit_cost that is null is written as NaN, which is no JSON."""

    def encode(self, body: object) -> bytes:
        return super().encode(body).replace(b'"unit_cost": null', b'"unit_cost": NaN')
