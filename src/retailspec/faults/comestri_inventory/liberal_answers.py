"""Variations of values, sent and answered, that the document allows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from retailspec.faults.model import liberty
from retailspec.reference.comestri import ComestriInventory
from retailspec.reference.comestri_parameters import ENUMERATIONS, FIELDS

if TYPE_CHECKING:
    from retailspec.reference.comestri import Product

__all__: list[str] = []


@liberty()
class NumbersInQuotes(ComestriInventory):
    """A number may be written as a string."""

    def check_field(self, field: str, value: object) -> object:
        if FIELDS[field] in {"integer", "numeric"} and isinstance(value, str) and value.isdecimal():
            value = int(value)
        return super().check_field(field, value)


@liberty()
class WritesFractions(ComestriInventory):
    """Integers are answered with a fraction of zero."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        value = super().echo(field, sent)
        return float(value) if isinstance(value, int) else value


@liberty()
class AnotherZone(ComestriInventory):
    """Timestamps are answered in the account's own zone, with milliseconds."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        value = super().echo(field, sent)
        if FIELDS[field] == "timestamp" and isinstance(value, str):
            moment = datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=7)))
            return moment.isoformat(timespec="milliseconds")
        return value


@liberty()
class FillsIn(ComestriInventory):
    """What was null or not sent is answered with a value that stands in for it."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        value = super().echo(field, sent)
        if value is not None:
            return value
        if field in ENUMERATIONS:
            return ENUMERATIONS[field][0]
        kind = FIELDS[field]
        return {"integer": 0, "numeric": "0.00"}.get(kind, "")


@liberty()
class NeverFillsIn(ComestriInventory):
    """What was not sent is answered as null, whatever the document's example stands in for it."""

    def echo(self, field: str, sent: dict[str, object]) -> object:
        return sent.get(field)


@liberty()
class NewEachTime(ComestriInventory):
    """Every call makes an inventory with an id of its own."""

    made = 0

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        self.made += 1
        return {**super().apply(source, product, sent), "id": 2**40 + self.made}


@liberty()
class SourcesHaveKeys(ComestriInventory):
    """The id of a source is text."""

    def apply(self, source: str, product: Product, sent: dict[str, object]) -> dict[str, object]:
        answer = super().apply(source, product, sent)
        return {**answer, "inventory_source": {"id": f"src-{source}", "name": source}}
