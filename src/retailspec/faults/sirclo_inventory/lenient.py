"""Updates and pages whose values a lenient parser makes something of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.probes import status_of, status_of_history
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import StockUpdate

__all__: list[str] = []


def _with(field: str, value: object) -> Callable[[Probe], int]:
    if field in {"code", "qty"}:
        return status_of(channel_stock=[{"code": "bklp", "qty": 30, field: value}])
    return status_of(**{field: value})


class _Lenient(Prompt):
    """Makes something of values of one parameter that are of some other type."""

    field: ClassVar[str]
    kind: ClassVar[type]
    made: ClassVar[Callable[[object], object]]

    def check_text(self, field: str, value: object) -> str:
        return super().check_text(field, self._taken(field, value))

    def check_integer(self, field: str, value: object) -> int:
        return super().check_integer(field, self._taken(field, value))

    def _taken(self, field: str, value: object) -> object:
        fits = field.rpartition(".")[2] == self.field and isinstance(value, self.kind)
        return type(self).made(value) if fits else value


def _lenient(
    rule: str, field: str, name: str, says: str, kind: type, value: object, made: object
) -> None:
    attributes = {"field": field, "kind": kind, "made": made}
    seed(rule, _with(field, value))(variant(_Lenient, f"{pascal(field)}{name}", says, **attributes))


def _first(value: list[object]) -> object:
    return value[0] if value else None


def _leading(value: str) -> object:
    digits = re.match(r"\d+", value)
    return int(digits[0]) if digits else value


for _field, _good in {"sku": "sku1", "warehouse": "default", "code": "bklp"}.items():
    _rule = f"refuse.{_field}.type"
    _lenient(
        *(_rule, _field, "OfAList", f"Of a list as {_field} the first text is taken."),
        *(list, [_good], _first),
    )
    _lenient(
        *(
            _rule,
            _field,
            "OfNull",
            f"A {_field} that is null or left out is taken as an empty one.",
        ),
        *(type(None), None, lambda _: ""),
    )
_lenient(
    *("refuse.code.type", "code", "OfAnObject", "An object as code is taken as an empty one."),
    *(dict, {}, lambda _: ""),
)
_lenient(
    *("refuse.qty.type", "qty", "OfNull", "A qty that is null or left out counts as zero."),
    *(type(None), None, lambda _: 0),
)
for _field in ("available_stock", "buffer_stock", "qty"):
    _rule = f"refuse.{_field}.type"
    _lenient(
        *(_rule, _field, "OfAListOfOne", f"Of a list as {_field} the first number is taken."),
        *(list, [30], _first),
    )
    _lenient(
        *(_rule, _field, "OfItsFirstDigits", f"A {_field} is read up to its last digit."),
        *(str, "30 or so", _leading),
    )
    _lenient(
        *(
            "refuse.boolean",
            _field,
            "OfATruth",
            f"A truth value as {_field} counts as one or none.",
        ),
        *(bool, False, int),
    )
    _lenient(
        *("refuse.fraction", _field, "LosesItsFraction", f"The fraction of {_field} is cut off."),
        *(float, 30.5, int),
    )


@seed("refuse.channel_stock.type", status_of(channel_stock=None))
class NullIsNoChannel(Prompt):
    """A channel_stock that is null is an empty list."""

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        null = "channel_stock" in body and body["channel_stock"] is None
        return super().check_update({**body, "channel_stock": []} if null else body)


class _CountsUpTo(Prompt):
    """Reads a number of the query up to its last digit."""

    field: ClassVar[str]

    def check_count(self, field: str, text: str | None, default: int) -> int:
        found = re.match(r"\d+", text or "")
        if field == self.field and found:
            text = found[0]
        return super().check_count(field, text, default)


for _field, _other in {"limit": "offset=0", "offset": "limit=10"}.items():
    seed(f"history.invalid.{_field}.type", status_of_history(f"{_other}&{_field}=5x"))(
        variant(
            _CountsUpTo,
            f"{_field.title()}UpToALetter",
            f"The {_field} is read up to its last digit.",
            field=_field,
        )
    )


class _ReadsInstants(Prompt):
    """Takes some texts that are no instant for none."""

    pattern: ClassVar[str]

    def check_timestamp(self, text: str | None) -> datetime | None:
        none = text is not None and re.fullmatch(self.pattern, text)
        return super().check_timestamp(None if none else text)


for _name, _says, _pattern, _value in (
    (
        "MonthMayBeAny",
        "An updated_at of a month that does not exist is passed over.",
        r"\d{4}-(1[3-9]|[2-9]\d)-.*",
        "2021-13-05T15:04:05Z",
    ),
    ("SecondsSince1970", "An updated_at of digits alone is passed over.", r"\d+", "1612537445"),
):
    seed(
        "history.invalid.updated_at.value",
        status_of_history(f"limit=10&offset=0&updated_at={_value}"),
    )(variant(_ReadsInstants, _name, _says, pattern=_pattern))
