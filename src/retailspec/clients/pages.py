"""What rules say of an answer by the query, as small tests; one may be stricter than its rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from retailspec.clients.parts import getter, spreader

__all__ = ["OF_PAGES", "SECOND", "Test"]

Test = Callable[[Any, Any, Mapping[str, str]], bool]
"""Tells by the JSON values of request and answer, and by the query, that a rule is clearly kept."""

SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z", re.ASCII)
"""Instants in this form stand in the order of their texts."""


def _echo(wanted: Mapping[str, str]) -> Test:
    pairs = [(getter(pointer), name) for pointer, name in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        return all(name not in query or query[name] == str(get(answer)) for get, name in pairs)

    return keeps


def _at_most(wanted: Mapping[str, str]) -> Test:
    pairs = [(getter(pointer), name) for pointer, name in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        for get, name in pairs:
            if name in query:
                asked, found = query[name], get(answer)
                if not (asked.isdecimal() and len(asked) < 10 and len(found) <= int(asked)):
                    return False
        return True

    return keeps


def _not_before(wanted: Mapping[str, str]) -> Test:
    pairs = [(spreader(pattern), name) for pattern, name in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        for spread, name in pairs:
            if name in query:
                earliest = query[name]
                if SECOND.fullmatch(earliest) is None:
                    return False
                for text in spread(answer):
                    if SECOND.fullmatch(text) is None or text < earliest:
                        return False
        return True

    return keeps


def _counts(wanted: Mapping[str, Mapping[str, str]]) -> Test:
    parts = [(getter(at), getter(of["list"]), of["after"]) for at, of in wanted.items()]

    def keeps(_: Any, answer: Any, query: Mapping[str, str]) -> bool:
        for counted, listed, name in parts:
            before = query.get(name, "0")
            if not (before.isdecimal() and len(before) < 10):
                return False
            if counted(answer) < int(before) + len(listed(answer)):
                return False
        return True

    return keeps


OF_PAGES: Mapping[str, Callable[[Any], Test]] = {
    "echo": _echo,
    "at_most": _at_most,
    "not_before": _not_before,
    "counts": _counts,
}
