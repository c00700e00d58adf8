"""What forms of rules say of requests, as far as a request that keeps its schema can show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from retailspec.sent import is_kind, reached
from retailspec.values import change, pick, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retailspec.contract.model import Every, Rule
    from retailspec.exchange import Request

__all__ = ["is_excluded", "unlike"]

_TRIED: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "empty": ("",),
    "text": ("other",),
    "word": ("other",),
    "undated": ("other",),
    "number": (1, 1.5),
    "fraction": (1.5,),
    "negative": (-1, -1.5),
    "count": (1, 1.5),
    "object": ({}, {"other": 1}),
    "list": ([], ["other"]),
}
_BODY = "/body"
_INDEX = re.compile(r"/(?:[0-9]+|\+)(?=/|$)")


def is_excluded(
    form: Every, request: Request, fits: Callable[[Any], bool], clients: Iterable[Rule]
) -> bool:
    """Tell whether no request that keeps its schema and the client's rules is one of a form's.

    Each kind of value is tried in the place of one that is all right.

    Args:
        form: The form of a rule.
        request: A request with which nothing is wrong.
        fits: Tells whether a body keeps its schema.
        clients: The rules for the client that are kept.
    """
    bodies = [request.json]
    for pointer, kinds in form.sent.items():
        if not pointer.startswith(_BODY):
            continue
        place = pointer.removeprefix(_BODY).replace("*", "0").replace("+", "1")
        open_kinds = [one for one in kinds if not _is_compared(pointer, one, clients)]
        try:
            bodies = [_lengthened(one, pointer.removeprefix(_BODY)) for one in bodies]
            bodies = [new for old in bodies for one in open_kinds for new in _put(old, place, one)]
        except LookupError:
            return False
    return not any(fits(one) for one in bodies)


def _is_compared(pointer: str, kind: Any, clients: Iterable[Rule]) -> bool:
    """Tell whether a client's rule forbids a value that compares so with others of the body."""
    if not isinstance(kind, dict):
        return False
    own = {"above": "not_above", "unlike": "among"}
    (name, other), at = next(iter(kind.items())), _INDEX.sub("/*", pointer.removeprefix(_BODY))
    return name in own and any(
        rule.expect.get(own[name], {}).get(at) == str(other).removeprefix(_BODY) for rule in clients
    )


def _put(body: Any, place: str, kind: Any) -> Iterator[Any]:
    """Yield a body with values of a kind at a place.

    Raises:
        LookupError: There is no such place, or nothing is known of such a kind.
    """
    if kind == "missing":
        yield body if _lacks(body, place) else remove(body, place)
        return
    if kind == "broken":
        return
    if isinstance(kind, str):
        values = _TRIED[kind]
    elif "is" in kind:
        values = tuple(kind["is"])
    elif "not" in kind:
        values = ("retailspec-other",)
    else:
        raise LookupError(kind)
    for value in values:
        yield change(body, place, value) if place else value


def _lengthened(body: Any, pattern: str) -> Any:
    """Return a body whose list has a second element, where a pointer speaks of further ones."""
    above, further, _ = pattern.partition("/+")
    held = pick(body, above) if further else []
    return change(body, f"{above}/1", held[0]) if held and len(held) == 1 else body


def _lacks(body: Any, place: str) -> bool:
    above, _, last = place.rpartition("/")
    holder = pick(body, above) if above else body
    return isinstance(holder, dict) and last not in holder


def unlike(form: Every) -> Callable[[Any, Any, Any], bool]:
    """Return the test that a request's body is none of those that a form speaks of."""
    parts = [
        (pointer.removeprefix(_BODY).removeprefix("/"), kinds)
        for pointer, kinds in form.sent.items()
        if pointer.startswith(_BODY)
    ]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        return not all(
            any(is_kind(kind, value, asked) for kind in kinds for value in reached(asked, at))
            for at, kinds in parts
        )

    return keeps
