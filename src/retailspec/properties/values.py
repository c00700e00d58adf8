"""Values for the parts of a request: those that are promised, those that are wrong, and any others.

What is promised is narrower than what a schema allows: texts that any shop's data may hold, amounts
that any shop's ledger takes. A server that has a limit of its own beyond that is not accused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retailspec.properties.choices import Choices

__all__ = ["WRONG", "promised", "wild", "word"]

_CODE = "aA0-_. Z9/"
_NAME = "aZ é'-ßñ漢カ한БΩअ"
_LETTERS = "abcdfghjkmpqrstuvwxyz"  # without those of true, none, nan, inf, on and off
_EDGES = (1, 9, 10, 99, 100, 127, 128, 255, 256, 999, 1000, 32767, 32768, 65535, 65536, 99999)
_NEAR = 100
_FIRST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS = 36 * 365 * 86400
_BEYOND = 2**63

_TEXTS: Sequence[Any] = (
    "",
    " ",
    "a b",
    "%",
    "100%41",
    "é",
    "漢字",
    "\U0001f354",
    "'\"\\;--",
    "<b>&amp;",
    "a\nb\tc",
    "\x00",
    "\ud800",
    "\u202eabc",
    "../../etc",
    "{0}%s%n",
    "x" * 300,
    "é" * 5000,
)
_NUMBERS: Sequence[Any] = (
    -1,
    -5,
    -100,
    0,
    0.125,
    1.125,
    12.345,
    1234.5678,
    32768,
    65536,
    2**31 - 1,
    2**31,
    2**32,
    2**53 + 1,
    -(2**31) - 1,
)
_OTHERS: Sequence[Any] = (
    None,
    [],
    {},
    [[]],
    [None],
    {"": {}},
    _BEYOND,
    -_BEYOND - 1,
    10**40,
    1e300,
    5e-324,
)
_WILD: Mapping[str, Sequence[Any]] = {
    "text": _TEXTS,
    "number": _NUMBERS,
    "any": (*_OTHERS, *_TEXTS, *_NUMBERS, True),
    "no number": (*_OTHERS, *_TEXTS),
}


def promised(choices: Choices, spec: Mapping[str, Any]) -> Any:
    """Return a value that a `vary` entry of a rule file promises to be taken.

    Args:
        choices: Where it comes from.
        spec: One of the keys `integer`, `number`, `decimal`, `text` or `instant` with its limits.
    """
    for kind, draw in _PROMISED.items():
        if kind in spec:
            return draw(choices, spec)
    raise ValueError(f"a vary entry says nothing that can be drawn: {dict(spec)}")


def within(choices: Choices, low: int, high: int) -> int:
    """Return an integer from `low` to `high`, often a small one, or one at a limit."""
    match choices.below(4):
        case 0:
            return low + choices.below(min(_NEAR, high - low + 1))
        case 1:
            return choices.among([low, high])
        case 2:
            edges = [edge for edge in _EDGES if low <= edge <= high]
            return choices.among(edges or [low])
        case _:
            return low + choices.below(high - low + 1)


def _integer(choices: Choices, spec: Mapping[str, Any]) -> int:
    return within(choices, *spec["integer"])


def _number(choices: Choices, spec: Mapping[str, Any]) -> int | float:
    whole = within(choices, *spec["number"])
    places = choices.below(spec.get("decimals", 0) + 1)
    if not places or whole == spec["number"][1]:
        return whole
    return float(f"{whole}.{1 + choices.below(10**places - 1):0{places}}")


def _decimal(choices: Choices, spec: Mapping[str, Any]) -> str:
    whole = within(choices, *spec["decimal"])
    places = choices.below(spec.get("decimals", 0) + 1)
    return f"{whole}.{choices.below(10**places):0{places}}" if places else str(whole)


def _text(choices: Choices, spec: Mapping[str, Any]) -> str:
    shortest, longest = spec["text"]
    alphabet = _NAME if spec.get("alphabet") == "name" else _CODE
    text = "".join(choices.among(alphabet) for _ in range(1 + choices.below(6)))
    size = within(choices, shortest, longest)
    inner = " ".join(
        (text * size)[:size].split()
    )  # blanks at the ends, or several, may be taken out
    return inner.ljust(shortest, "a")


def _instant(choices: Choices, spec: Mapping[str, Any]) -> str:
    del spec
    moment = _FIRST_INSTANT + timedelta(seconds=choices.below(_SECONDS))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_PROMISED: Mapping[str, Callable[..., Any]] = {
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
    "text": _text,
    "instant": _instant,
}


def word(choices: Choices) -> str:
    """Return a word that no reader takes for a number, a boolean, a date or nothing."""
    return "".join(choices.among(_LETTERS) for _ in range(4 + choices.below(8)))


def _small(choices: Choices) -> Any:
    return word(choices) if choices.below(2) else 1 + choices.below(1000)


def _object(choices: Choices) -> Any:
    return {word(choices): _small(choices) for _ in range(1 + choices.below(2))}


def _list(choices: Choices) -> Any:
    return [_small(choices) for _ in range(1 + choices.below(2))]


def _fraction(choices: Choices) -> float:
    return choices.below(1000) + (1 + choices.below(7)) / 8


WRONG: Mapping[str, Callable[..., Any]] = {
    "word": word,
    "numeral": lambda choices: str(4 + choices.below(96)),
    "empty": lambda _: "",
    "null": lambda _: None,
    "object": _object,
    "list": _list,
    "fraction": _fraction,
    "number": lambda choices: 1 + within(choices, 0, 1_000_000),
    "negative": lambda choices: -1 - within(choices, 0, 1_000_000),
    "unlisted": lambda choices: choices.among([3, 0, 4, 10, 99, -1]),
}
"""Kinds of wrong values, by the names that rule files use for them."""


def wild(choices: Choices, kind: str) -> Any:
    """Return a value that nothing is promised for.

    Args:
        choices: Where it comes from.
        kind: `text`, `number`, `any`, or `no number`: none that could be somebody's id, that is.
    """
    return choices.among(_WILD[kind])
