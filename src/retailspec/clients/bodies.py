"""What rules say of bodies, as a schema where that can say it, and as small tests where it cannot.

A test may be stricter than the rule that it stands for: what does not pass is judged the long way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from retailspec.match import is_json
from retailspec.values import ABSENT

__all__ = ["Test", "expected_answer", "expected_request"]

Test = Callable[[Any, Any, Mapping[str, str]], bool]
"""Tells by the JSON values of request and answer, and by the query, that a rule is clearly kept."""

_Getter = Callable[[Any], Any]
_SCALARS = frozenset({str, int, bool, type(None)})
_NUMBERS = frozenset({int, float})
_TEXTS = frozenset({str})
_LISTS = frozenset({list})
_NOTHING: dict[str, Any] = {}
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z", re.ASCII)


def expected_request(expect: Mapping[str, Any]) -> list[Test] | None:
    """Return the tests that stand for an `expect` of a client's rule, or None where none do."""
    keys = expect.keys() - {"call", "headers"}
    if not keys <= _OF_REQUESTS.keys() or not _is_plain([expect[key] for key in keys]):
        return None
    return [_OF_REQUESTS[key](expect[key]) for key in keys]


def expected_answer(expect: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Test]] | None:
    """Return schemas and tests that stand for an `expect` of a server's rule, or None.

    Args:
        expect: It, its placeholders filled in, without what speaks of status and headers.
    """
    schemas: list[dict[str, Any]] = []
    tests: list[Test] = []
    for key, wanted in expect.items():
        if key == "body":
            found = _body(wanted)
            if found is None:
                return None
            schemas.append(found[0])
            tests += found[1]
        elif key in _OF_ANSWERS and _is_plain(wanted):
            tests.append(_OF_ANSWERS[key](wanted))
        else:
            return None
    return schemas, tests


def _body(wanted: Any, path: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[Test]] | None:
    if type(wanted) in _SCALARS:
        return {"const": wanted}, []
    if not isinstance(wanted, dict):
        return None
    if len(wanted) == 1 and next(iter(wanted)).startswith("$"):
        name, pointer = next(iter(wanted.items()))
        if not isinstance(pointer, str) or not _is_plain(pointer):
            return None
        test = _comparison(name, _getter(pointer), _getter("/".join(("", *path))))
        return None if test is None else ({}, [test])
    if not _is_plain(list(wanted)) or any("/" in key for key in wanted):
        return None
    properties, tests = {}, []
    for key, below in wanted.items():
        found = _body(below, (*path, key))
        if found is None:
            return None
        properties[key] = found[0]
        tests += found[1]
    required = [key for key in wanted if properties[key]]
    return {"type": "object", "properties": properties, "required": required}, tests


def _is_plain(value: Any) -> bool:
    """Tell whether no pointer in a value has an escape, or a part that may be an index."""
    if isinstance(value, dict):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_is_plain, value))
    parts = str(value).split("/")
    return not any("~" in part or part.isdecimal() for part in parts)


def _getter(pointer: str) -> _Getter:
    """Return what gives the part at a pointer through objects, or ABSENT.

    It raises AttributeError where something on the way is no object.
    """
    parts = pointer.split("/")[1:]
    if len(parts) == 1:
        name = parts[0]
        return lambda value: value.get(name, ABSENT)
    if len(parts) == 2:
        first, last = parts
        return lambda value: value.get(first, _NOTHING).get(last, ABSENT)

    def get(value: Any) -> Any:
        for part in parts[:-1]:
            value = value.get(part, _NOTHING)
        return value.get(parts[-1], ABSENT)

    return get if parts else lambda value: value


def _spreader(pattern: str) -> Callable[[Any], list[Any]]:
    """Return what gives the parts at a pattern whose `*` is any index of a list."""
    parts = pattern.split("/")[1:]

    def spread(value: Any) -> list[Any]:
        found = [value]
        for part in parts:
            if part == "*":
                if not _LISTS.issuperset(map(type, found)):
                    raise AttributeError(part)
                found = found[0] if len(found) == 1 else [below for one in found for below in one]
            else:
                found = [one[part] for one in found if part in one]
        return found

    return spread


def _comparison(name: str, there: _Getter, here: _Getter) -> Test | None:
    match name:
        case "$echo":

            def echoes(asked: Any, answer: Any, _: Any) -> bool:
                sent = there(asked)
                if sent is ABSENT or sent is None:
                    return True
                got = here(answer)
                return got is ABSENT or (got == sent and _is_scalar_pair(sent, got))

            return echoes
        case "$sent":

            def repeats(asked: Any, answer: Any, _: Any) -> bool:
                sent, got = there(asked), here(answer)
                return sent == got and _is_scalar_pair(sent, got)

            return repeats
        case "$answer":

            def agrees(_: Any, answer: Any, __: Any) -> bool:
                one, other = there(answer), here(answer)
                return one == other and _is_scalar_pair(one, other)

            return agrees
    return None


def _is_scalar_pair(left: Any, right: Any) -> bool:
    kind = type(left)
    return kind is type(right) and kind in _SCALARS


def _not_above(wanted: Mapping[str, str]) -> Test:
    pairs = [(_getter(low), _getter(high)) for low, high in wanted.items()]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        for low, high in pairs:
            value, most = low(asked), high(asked)
            if type(value) in _NUMBERS and type(most) in _NUMBERS and value > most:
                return False
        return True

    return keeps


def _not_negative(wanted: list[str]) -> Test:
    spreaders = [_spreader(one) for one in wanted]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        for spread in spreaders:
            for value in spread(asked):
                if type(value) in _NUMBERS and value < 0:
                    return False
        return True

    return keeps


def _among(wanted: Mapping[str, str]) -> Test:
    groups: dict[str, list[Callable[[Any], list[Any]]]] = {}
    for pattern, holders in wanted.items():
        groups.setdefault(holders, []).append(_spreader(pattern))
    pairs = [(_spreader(holders), some) for holders, some in groups.items()]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        for holders, patterns in pairs:
            known = set(holders(asked))
            for spread in patterns:
                found = set(spread(asked))
                if not (found <= known and _TEXTS.issuperset(map(type, found))):
                    return False
        return True

    return keeps


def _one_of(wanted: list[list[str]]) -> Test:
    groups = [[_getter(one) for one in pointers] for pointers in wanted]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        for getters in groups:
            given = 0
            for get in getters:
                value = get(asked)
                given += value is not ABSENT and value is not None
            if given > 1:
                return False
        return True

    return keeps


def _query_echo(wanted: Mapping[str, str]) -> Test:
    pairs = [(_getter(pointer), name) for pointer, name in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        return all(name not in query or query[name] == str(get(answer)) for get, name in pairs)

    return keeps


def _at_most(wanted: Mapping[str, str]) -> Test:
    pairs = [(_getter(pointer), name) for pointer, name in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        for get, name in pairs:
            if name in query:
                asked, found = query[name], get(answer)
                if not (asked.isdecimal() and len(asked) < 10 and len(found) <= int(asked)):
                    return False
        return True

    return keeps


def _in_order(wanted: Mapping[str, list[str]]) -> Test:
    groups = [(_spreader(pattern), names) for pattern, names in wanted.items()]

    def keeps(_: Any, answer: Any, __: Any) -> bool:
        for spread, names in groups:
            for holder in spread(answer):
                told = [holder.get(name) for name in names]
                for text in told:
                    if type(text) is not str or _SECOND.fullmatch(text) is None:
                        return False
                if any(early > late for early, late in pairwise(told)):
                    return False
        return True

    return keeps


def _json_text(wanted: list[str]) -> Test:
    spreaders = [_spreader(one) for one in wanted]

    def keeps(_: Any, answer: Any, __: Any) -> bool:
        for spread in spreaders:
            for text in spread(answer):
                if text != "" and text is not None and not (type(text) is str and is_json(text)):
                    return False
        return True

    return keeps


_OF_REQUESTS: Mapping[str, Callable[[Any], Test]] = {
    "not_above": _not_above,
    "not_negative": _not_negative,
    "among": _among,
    "one_of": _one_of,
}
_OF_ANSWERS: Mapping[str, Callable[[Any], Test]] = {
    "echo": _query_echo,
    "at_most": _at_most,
    "in_order": _in_order,
    "json_text": _json_text,
}
