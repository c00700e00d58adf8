"""What a client's request has to be, where a rule file says it as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.exchange import NotJson
from retailspec.match import Mismatch, show
from retailspec.values import ABSENT, pick, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from retailspec.exchange import Exchange, Request

__all__ = ["request_mismatch"]


def request_mismatch(expect: Mapping[str, Any], exchange: Exchange) -> tuple[bool, Mismatch | None]:
    """Return whether an `expect` entry speaks of a request, and how the request departs from it.

    Args:
        expect: An `expect` entry of a client's rule.
        exchange: The exchange, with its operation and base call filled in.
    """
    if "call" in expect and exchange.call not in expect["call"]:
        return False, None
    spoken = False
    for key, wanted in expect.items():
        if key == "call":
            continue
        if key != "headers" and isinstance(exchange.request.json, NotJson):
            continue
        spoken = True
        found = next(_KINDS[key](wanted, exchange.request), None)
        if found is not None:
            return True, found
    return spoken, None


def _headers(wanted: Mapping[str, str], request: Request) -> Iterator[Mismatch]:
    for name in wanted:
        value = request.header(name)
        if value:  # an empty one is a way to switch off what a library adds
            yield Mismatch(f"no {name} header", f"{name}: {value}")


def _not_above(wanted: Mapping[str, str], request: Request) -> Iterator[Mismatch]:
    for pointer, bound in wanted.items():
        value, most = pick(request.json, pointer), pick(request.json, bound)
        if _is_number(value) and _is_number(most) and value > most:
            yield Mismatch(f"at most {show(most)}, as {bound} says", show(value), pointer)


def _not_negative(wanted: list[str], request: Request) -> Iterator[Mismatch]:
    for pattern in wanted:
        for pointer, value in spread(request.json, pattern):
            if _is_number(value) and value < 0:
                yield Mismatch("a number that is not negative", show(value), pointer)


def _among(wanted: Mapping[str, str], request: Request) -> Iterator[Mismatch]:
    for pattern, holders in wanted.items():
        known = [value for _, value in spread(request.json, holders)]
        ids = {str(one) for one in known if _is_id(one)}
        for pointer, value in spread(request.json, pattern):
            if str(value) not in ids if _is_id(value) else value not in known:
                listed = ", ".join(show(one) for one in known[:8]) or "nothing"
                yield Mismatch(f"one of {holders} in the same body: {listed}", show(value), pointer)


def _one_of(wanted: list[list[str]], request: Request) -> Iterator[Mismatch]:
    for pointers in wanted:
        given = [one for one in pointers if pick(request.json, one) not in (ABSENT, None)]
        if len(given) > 1:
            yield Mismatch(f"one of {', '.join(pointers)} at most", " and ".join(given), given[-1])


def _is_id(value: Any) -> bool:
    """Tell whether a value may name something: 5 names the same as "5"."""
    return isinstance(value, str) or _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: Mapping[str, Callable[[Any, Request], Iterator[Mismatch]]] = {
    "headers": _headers,
    "not_above": _not_above,
    "not_negative": _not_negative,
    "among": _among,
    "one_of": _one_of,
}
