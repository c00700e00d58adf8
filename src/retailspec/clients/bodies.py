"""What rules say of bodies, as a schema where that can say it, and as small tests where it cannot.

A test may be stricter than the rule that it stands for: what does not pass is judged the long way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from retailspec.clients.pages import OF_PAGES, SECOND, Test
from retailspec.clients.parts import Getter, getter, is_plain, spreader
from retailspec.match import is_json
from retailspec.values import ABSENT

__all__ = ["Test", "expected_answer", "expected_request"]

_SCALARS = frozenset({str, int, bool, type(None)})
_NUMBERS = frozenset({int, float})
_TEXTS = frozenset({str})


def expected_request(expect: Mapping[str, Any]) -> list[Test] | None:
    """Return the tests that stand for an `expect` of a client's rule, or None where none do."""
    keys = expect.keys() - {"call", "headers"}
    if not keys <= _OF_REQUESTS.keys() or not is_plain([expect[key] for key in keys]):
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
        elif key in _OF_ANSWERS and is_plain(wanted):
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
        if not isinstance(pointer, str) or not is_plain(pointer):
            return None
        test = _comparison(name, getter(pointer), getter("/".join(("", *path))))
        return None if test is None else ({}, [test])
    if not is_plain(list(wanted)) or any("/" in key for key in wanted):
        return None
    properties, tests = {}, []
    for key, below in wanted.items():
        found = _body(below, (*path, key))
        if found is None:
            return None
        tests += found[1]
        if found[0]:
            properties[key] = found[0]
    if not properties:
        return {"type": "object"}, tests
    return {"type": "object", "properties": properties, "required": list(properties)}, tests


def _comparison(name: str, there: Getter, here: Getter) -> Test | None:
    match name:
        case "$echo" | "$named":

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
    pairs = [(getter(low), getter(high)) for low, high in wanted.items()]

    def keeps(asked: Any, _: Any, __: Any) -> bool:
        for low, high in pairs:
            value, most = low(asked), high(asked)
            if type(value) in _NUMBERS and type(most) in _NUMBERS and value > most:
                return False
        return True

    return keeps


def _not_negative(wanted: list[str]) -> Test:
    spreaders = [spreader(one) for one in wanted]

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
        groups.setdefault(holders, []).append(spreader(pattern))
    pairs = [(spreader(holders), some) for holders, some in groups.items()]

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
    groups = [[getter(one) for one in pointers] for pointers in wanted]

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


def _in_order(wanted: Mapping[str, list[str]]) -> Test:
    groups = [(spreader(pattern), names) for pattern, names in wanted.items()]

    def keeps(_: Any, answer: Any, __: Any) -> bool:
        for spread, names in groups:
            for holder in spread(answer):
                told = [holder.get(name) for name in names]
                for text in told:
                    if type(text) is not str or SECOND.fullmatch(text) is None:
                        return False
                if any(early > late for early, late in pairwise(told)):
                    return False
        return True

    return keeps


def _json_text(wanted: list[str]) -> Test:
    spreaders = [spreader(one) for one in wanted]

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
    **OF_PAGES,
    "in_order": _in_order,
    "json_text": _json_text,
}
