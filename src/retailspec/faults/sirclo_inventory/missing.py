"""Updates that lack something and are taken all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from retailspec.faults.sirclo_inventory.probes import LEFT_OUT, status_of, update
from retailspec.faults.sirclo_inventory.seeding import Prompt, pascal, seed, variant
from retailspec.reference.base import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.sirclo_history import ChannelStock, StockUpdate

__all__: list[str] = []


def _without(field: str) -> Callable[[Probe], int]:
    """Return a probe: the status of an update without a parameter."""
    if field in {"code", "qty"}:
        kept = {"code": "bklp", "qty": 30}
        del kept[field]
        return status_of(channel_stock=[kept])
    return status_of(**{field: LEFT_OUT})


class _Fills(Prompt):
    """Fills in a value of its own where one is left out."""

    field: ClassVar[str]
    value: ClassVar[object]

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        own = {} if self.field in {"code", "qty"} else {self.field: self.value}
        return super().check_update({**own, **body})

    def check_channel(self, index: int, item: object) -> ChannelStock:
        if self.field in {"code", "qty"} and isinstance(item, dict):
            item = {self.field: self.value, **item}
        return super().check_channel(index, item)


class _SaysNoWith200(Prompt):
    """Refuses one parameter that is left out with a success that says so."""

    field: ClassVar[str]

    def invalid(self, text: str) -> NoReturn:
        if text.endswith(f"{self.field} is required"):
            raise Refusal(Answer(200, {"success": False, "message": text}))
        super().invalid(text)


_DEFAULTS: dict[str, tuple[object, str]] = {
    "sku": ("", "an empty one"),
    "warehouse": ("default", "the default one"),
    "channel_stock": ([], "none at all"),
    "code": ("bklp", "that of the first marketplace"),
    "qty": (0, "zero"),
}
for _field, (_value, _words) in _DEFAULTS.items():
    seed(f"refuse.{_field}.missing", _without(_field))(
        variant(
            _Fills,
            f"{pascal(_field)}IsFilledIn",
            f"A {_field} that is left out is taken to be {_words}.",
            field=_field,
            value=_value,
        )
    )
    seed(f"refuse.{_field}.missing", _without(_field))(
        variant(
            _SaysNoWith200,
            f"No{pascal(_field)}IsASuccess",
            f"An update without {_field} is answered 200 with success false.",
            field=_field,
        )
    )


class _Remembers(Prompt):
    """Takes what is left out from the update before."""

    field: ClassVar[str]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.last: dict[str, object] = {}

    def check_update(self, body: dict[str, object]) -> StockUpdate:
        known = {self.field: self.last[self.field]} if self.field in self.last else {}
        whole = {**known, **body}
        checked = super().check_update(whole)
        self.last = whole
        return checked


def _twice(field: str) -> Callable[[Probe], list[int]]:
    return lambda probe: [
        update(probe).status_code,
        update(probe, **{field: LEFT_OUT}).status_code,
    ]


for _field in ("sku", "warehouse", "channel_stock"):
    seed(f"refuse.{_field}.missing", _twice(_field))(
        variant(
            _Remembers,
            f"{pascal(_field)}IsRemembered",
            f"An update without {_field} is taken once one with it was: that one's is used.",
            field=_field,
        )
    )


class _Drops(Prompt):
    """Leaves out a channel that lacks something, and takes the rest."""

    field: ClassVar[str]

    def check_channels(self, value: object) -> list[ChannelStock]:
        if isinstance(value, list):
            value = [one for one in value if not isinstance(one, dict) or self.field in one]
        return super().check_channels(value)


for _field in ("code", "qty"):
    seed(f"refuse.{_field}.missing", _without(_field))(
        variant(
            _Drops,
            f"ChannelWithout{pascal(_field)}IsDropped",
            f"A channel without {_field} is left out of an update that is taken.",
            field=_field,
        )
    )
