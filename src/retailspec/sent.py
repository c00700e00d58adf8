"""What a request shows of itself: the kinds of values that stand at places of it.

A rule that judges exchanges of any origin says by this of which requests it speaks. Where a request
can be read in two ways, it shows nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from retailspec.exchange import NotJson, find_header, media_type
from retailspec.values import ABSENT, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from retailspec.exchange import Exchange, Request

__all__ = ["is_kind", "reached", "shows"]

_LABEL = "/headers/content-type"
_WORD = re.compile(r"[A-Za-z][A-Za-z _-]*[A-Za-z]")
_CAST = frozenset(
    {"true", "false", "yes", "no", "on", "off", "null", "none", "nil", "nan", "inf", "infinity"}
)
"""Words that one or the other language takes for a value of another type."""

_DATED = re.compile(r"\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d.*([Zz]|\d\d:?\d\d)", re.ASCII | re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def shows(sent: Mapping[str, tuple[Any, ...]], exchange: Exchange) -> bool:
    """Tell whether a request has a value of the given kinds at each of the given places.

    Args:
        sent: JSON pointers that begin with /body, /query or /headers, with `*` for any index of a
            list and `+` for any but the first; per pointer the kinds, of which one is enough.
        exchange: The exchange.
    """
    request = exchange.request
    for pointer, kinds in sent.items():
        root, _, rest = pointer[1:].partition("/")
        values = _ROOTS[root](request, rest)
        if not any(is_kind(kind, value, request.json) for kind in kinds for value in values):
            return False
    bodily = [pointer for pointer in sent if pointer.startswith("/body")]
    if not bodily:
        return True
    unlabelled = _LABEL not in sent and media_type(request.headers) != "application/json"
    return not unlabelled and _is_plain(
        request, missing=any("missing" in it for it in sent.values())
    )


def _is_plain(request: Request, *, missing: bool) -> bool:
    """Tell whether a body is what it says: nothing is compressed, stands twice, or elsewhere."""
    if missing and urlsplit(request.url).query:
        return False  # some frameworks take a parameter of the query for one of the body
    if find_header(request.headers, "content-encoding") or b"${" in request.body:
        return False
    try:
        text = request.body.decode("utf-8-sig")
        json.loads(text, object_pairs_hook=_once)
    except (UnicodeDecodeError, KeyError, RecursionError):
        return False
    except ValueError:
        return True
    return not isinstance(request.json, NotJson)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KeyError
    return found


def _body(request: Request, pattern: str) -> list[Any]:
    if not pattern:
        return [request.json if request.body else ABSENT]
    return reached(request.json, pattern)


def reached(body: Any, pattern: str) -> list[Any]:
    """Return what a body has at a place; of a field that an object has not, `ABSENT`.

    Args:
        body: The body's JSON value.
        pattern: The place, as in `shows`, without what comes before it there.
    """
    found = [body]
    for part in pattern.split("/"):
        found = [below for above in found for below in _below(above, part)]
    return found


def _below(value: Any, part: str) -> Iterable[Any]:
    if part in {"*", "+"}:
        return value[part == "+" :] if isinstance(value, list) else ()
    if isinstance(value, dict):
        return (value.get(part, ABSENT),)
    if isinstance(value, list) and part.isdecimal():
        return value[int(part) : int(part) + 1]
    return ()


def _query(request: Request, name: str) -> list[Any]:
    """Return what a parameter of the query is, a number where it is one; nothing of two."""
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    found = [value for one, value in query if one == name]
    if len(found) > 1:
        return []
    return [int(one) if _INTEGER.fullmatch(one) else one for one in found] or [ABSENT]


def _header(request: Request, name: str) -> list[Any]:
    value = find_header(request.headers, name)
    if value is None:
        return [ABSENT]
    return [media_type(request.headers) if name == "content-type" else value]


_ROOTS: Mapping[str, Callable[[Request, str], list[Any]]] = {
    "body": _body,
    "query": _query,
    "headers": _header,
}


def is_kind(kind: Any, value: Any, body: Any) -> bool:
    """Tell whether a value is of a kind.

    Args:
        kind: The kind, as it stands in a rule file.
        value: The value.
        body: The body that it stands in, for kinds that compare.
    """
    if isinstance(kind, str):
        return _KINDS[kind](value)
    name, wanted = next(iter(kind.items()))
    match name:
        case "is":
            return any(same(one, value) for one in wanted)
        case "not":
            return _is_text(value) and value.strip() not in wanted
        case "begins":
            return isinstance(value, str) and value.lstrip().lower().startswith(wanted)
        case "above":
            most = reached(body, wanted.removeprefix("/body/"))
            return _is_number(value) and len(most) == 1 and _is_number(most[0]) and value > most[0]
        case "unlike":
            others = reached(body, wanted.removeprefix("/body/"))
            return _is_text(value) and _key(value) not in set(map(_key, others))
        case _:
            raise ValueError(f"a rule file uses the unknown kind {name}")


def _key(value: Any) -> str:
    return str(value).strip().casefold()


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_word(value: Any) -> bool:
    """Tell whether a value is a text that no leniency takes for a number, a flag or a moment."""
    text = value.strip() if isinstance(value, str) else ""
    return bool(_WORD.fullmatch(text)) and text.lower() not in _CAST


def _is_broken(value: Any) -> bool:
    return isinstance(value, NotJson)


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "missing": lambda value: value is ABSENT,
    "null": lambda value: value is None,
    "empty": lambda value: isinstance(value, str) and not value,
    "text": _is_text,
    "word": _is_word,
    "undated": lambda value: _is_text(value) and _DATED.fullmatch(value) is None,
    "number": _is_number,
    "fraction": lambda value: isinstance(value, float) and not value.is_integer(),
    "negative": lambda value: _is_number(value) and value < 0,
    "count": lambda value: _is_number(value) and value >= 0,
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "broken": _is_broken,
}
