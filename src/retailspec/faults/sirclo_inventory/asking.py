"""Pages that are asked for wrongly and are shown all the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, NoReturn

from retailspec.faults.sirclo_inventory.probes import status_of_history
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant
from retailspec.reference.base import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from retailspec.faults.probe import Probe

__all__: list[str] = []


class _Counts(Prompt):
    """Makes a number of what is none."""

    field: ClassVar[str]
    made: ClassVar[Callable[[str], str | None]]

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == self.field and text is not None:
            text = type(self).made(text)
        return super().check_count(field, text, default)


def _negative(text: str) -> bool:
    return text.startswith("-") and text[1:].isdigit()


def _page(**query: object) -> Callable[[Probe], int]:
    whole = {"limit": 10, "offset": 0, **query}
    return status_of_history("&".join(f"{name}={value}" for name, value in whole.items()))


for _field, _word in (("limit", "Limit"), ("offset", "Offset")):
    for _kind, _value, _name, _says, _made in (
        (
            "type",
            "ten",
            f"{_word}OfAWord",
            f"A word as {_field} is taken for the default.",
            lambda text: None if text.isalpha() else text,
        ),
        (
            "type",
            "ten",
            f"{_word}OfItsDigits",
            f"The digits of an {_field} are taken, and none are 0.",
            lambda text: text if _negative(text) else "".join(re.findall(r"\d", text)) or "0",
        ),
        (
            "negative",
            -1,
            f"{_word}WithoutSign",
            f"An {_field} is taken without its sign.",
            lambda text: text.lstrip("-"),
        ),
        (
            "negative",
            -1,
            f"{_word}IsRaised",
            f"An {_field} below zero is raised to zero.",
            lambda text: "0" if _negative(text) else text,
        ),
        (
            "negative",
            -1,
            f"{_word}OfMinusOne",
            f"An {_field} of -1 is taken for the default.",
            lambda text: None if text == "-1" else text,
        ),
    ):
        seed(f"history.invalid.{_field}.{_kind}", _page(**{_field: _value}))(
            variant(
                _Counts,
                _name,
                _says.replace("An limit", "A limit").replace("an limit", "a limit"),
                field=_field,
                made=_made,
            )
        )


class _SaysNoWith200(Prompt):
    """Refuses a parameter of the query with a success that says so."""

    text: ClassVar[str]

    def invalid(self, text: str) -> NoReturn:
        if text == self.text:
            page = self.history_body([], 0, 0, 0)
            raise Refusal(Answer(200, {**page, "message": text}))
        super().invalid(text)


for _rule, _name, _text, _query in (
    ("limit.type", "WordAsLimitIsASuccess", "limit must be an integer", {"limit": "ten"}),
    ("offset.type", "WordAsOffsetIsASuccess", "offset must be an integer", {"offset": "ten"}),
    (
        "updated_at.value",
        "WrongInstantIsASuccess",
        "updated_at must be an RFC 3339 timestamp",
        {"updated_at": "yesterday"},
    ),
    ("limit.negative", "NegativeLimitIsASuccess", "limit must not be negative", {"limit": -1}),
    ("offset.negative", "NegativeOffsetIsASuccess", "offset must not be negative", {"offset": -1}),
):
    seed(f"history.invalid.{_rule}", _page(**_query))(
        variant(
            _SaysNoWith200,
            _name,
            f'"{_text}" is said in an empty page with 200.',
            text=_text,
        )
    )


class _Reads(Prompt):
    """Reads instants in more spellings."""

    read: ClassVar[Callable[[str], datetime | None]]

    def read_timestamp(self, text: str) -> datetime | None:
        known = super().read_timestamp(text)
        return type(self).read(text) if known is None else known


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _by(pattern: str) -> Callable[[str], datetime | None]:
    def read(text: str) -> datetime | None:
        found = re.fullmatch(pattern, text)
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if found else None

    return read


_DATE = r"\d{4}-\d\d-\d\d"
for _name, _says, _read, _value in (
    ("AnyInstant", "What is no instant is taken for the first.", lambda _: _EPOCH, "yesterday"),
    (
        "WordIsAnInstant",
        "A word is taken for now.",
        lambda text: datetime.now(UTC) if text.isalpha() else None,
        "yesterday",
    ),
    ("DateIsAnInstant", "A date is taken for its midnight.", _by(_DATE), "2021-02-05"),
    (
        "InstantWithoutZone",
        "An instant without a zone is taken for UTC.",
        _by(_DATE + r"[T ]\d\d:\d\d:\d\d"),
        "2021-02-05T15:04:05",
    ),
):
    seed("history.invalid.updated_at.value", _page(updated_at=_value))(
        variant(_Reads, _name, _says, read=_read)
    )


@seed("history.invalid.updated_at.value", _page(updated_at="yesterday"))
class WrongInstantIsNone(Prompt):
    """What is no instant is taken as if it were left out."""

    def check_timestamp(self, text: str | None) -> datetime | None:
        return None if text is None else self.read_timestamp(text)


def _kinds(probe: Probe) -> list[Any]:
    return [_page(limit=value)(probe) for value in ("-1", "-2")]


@seed("history.invalid.limit.negative", _kinds)
class LimitIsASlice(Prompt):
    """A limit below zero leaves out so many records at the end."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == "limit" and text is not None and _negative(text):
            return max(len(self.records) + int(text), 0)
        return super().check_count(field, text, default)


@seed("history.invalid.offset.negative", _page(offset=-1))
class OffsetFromTheEnd(Prompt):
    """An offset below zero counts from the end of the history."""

    def check_count(self, field: str, text: str | None, default: int) -> int:
        if field == "offset" and text is not None and _negative(text):
            return max(len(self.records) + int(text), 0)
        return super().check_count(field, text, default)
