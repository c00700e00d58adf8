"""Updates with a value of the wrong type that are taken all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, NoReturn

from retailspec.faults.sirclo_inventory.probes import channels, status_of
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant
from retailspec.reference.base import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import ChannelStock

__all__: list[str] = []


def _with(field: str, value: object) -> Callable[[Probe], int]:
    if field == "qty":
        return status_of(channel_stock=[{"code": "bklp", "qty": value}])
    return status_of(**{field: value})


class _TakesText(Prompt):
    """Makes a text of any value of one parameter."""

    field: ClassVar[str]
    made: ClassVar[Callable[[object], str]]

    def check_text(self, field: str, value: object) -> str:
        if field == self.field and isinstance(value, dict):
            value = type(self).made(value)
        return super().check_text(field, value)


for _field, _name, _says, _made in (
    ("sku", "SkuIsWritten", "An object as sku is taken as its JSON text.", json.dumps),
    ("sku", "SkuIsEmptied", "An object as sku is taken as an empty one.", lambda _: ""),
    (
        "warehouse",
        "WarehouseIsWritten",
        "An object as warehouse is taken as its JSON text.",
        json.dumps,
    ),
    (
        "warehouse",
        "WarehouseIsTheDefault",
        "An object as warehouse is taken as the default one.",
        lambda _: "default",
    ),
):
    seed(f"refuse.{_field}.type", _with(_field, {}))(
        variant(_TakesText, _name, _says, field=_field, made=_made)
    )


class _TakesNumber(Prompt):
    """Makes a number of values of one parameter that are of some other type."""

    field: ClassVar[str]
    kind: ClassVar[type]

    def check_integer(self, field: str, value: object) -> int:
        if field.endswith(self.field) and isinstance(value, self.kind):
            value = 0
        return super().check_integer(field, value)


for _field in ("available_stock", "buffer_stock", "qty"):
    for _kind, _word, _wrong in ((str, "A word", "abc"), (dict, "An object", {})):
        seed(f"refuse.{_field}.type", _with(_field, _wrong))(
            variant(
                _TakesNumber,
                f"{pascal(_field)}Of{_word.title().replace(' ', '')}",
                f"{_word} as {_field} counts as zero.",
                field=_field,
                kind=_kind,
            )
        )


class _SaysNoWith200(Prompt):
    """Refuses one parameter of another type with a success that says so."""

    text: ClassVar[str]

    def invalid(self, text: str) -> NoReturn:
        if text.endswith(self.text):
            raise Refusal(Answer(200, {"transaction_code": None, "message": text}))
        super().invalid(text)


for _field, _type in {
    "warehouse": "a string",
    "buffer_stock": "an integer",
    "channel_stock": "an array",
}.items():
    seed(f"refuse.{_field}.type", _with(_field, {}))(
        variant(
            _SaysNoWith200,
            f"Wrong{pascal(_field)}IsASuccess",
            f"A {_field} of another type is answered 200 without a code.",
            text=f"{_field} must be {_type}",
        )
    )


class _TakesChannels(Prompt):
    """Makes a list of other values of channel_stock."""

    made: ClassVar[Callable[[object], object]]

    def check_channels(self, value: object) -> list[ChannelStock]:
        return super().check_channels(type(self).made(value))


for _name, _says, _listed, _value in (
    (
        "OneChannelIsNoList",
        "An object as channel_stock is taken as a list of one.",
        lambda value: [value] if isinstance(value, dict) else value,
        channels("bklp")[0],
    ),
    (
        "NoListIsNoChannel",
        "An object as channel_stock is taken as an empty list.",
        lambda value: [] if isinstance(value, dict) else value,
        {},
    ),
    (
        "WordIsAChannel",
        "A word as channel_stock is taken as a channel with none in stock.",
        lambda value: [{"code": value, "qty": 0}] if isinstance(value, str) else value,
        "bklp",
    ),
):
    seed("refuse.channel_stock.type", _with("channel_stock", _value))(
        variant(_TakesChannels, _name, _says, made=_listed)
    )
