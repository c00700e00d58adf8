"""Whether a request has the label, the body and the query that its operation is documented with."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from retailspec.clients.lost import BODY_LOST
from retailspec.exchange import NotJson
from retailspec.match import Mismatch, show
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from retailspec.contract.model import Operation, Rule
    from retailspec.contract.schemas import Schemas
    from retailspec.exchange import Exchange, Request

__all__ = ["label_mismatch", "shape_mismatch"]

_INTEGER = re.compile(r"-?[0-9]{1,300}", re.ASCII)

Spoken = tuple[bool, Mismatch | None]
"""Whether a rule speaks of a request, and how the request departs from it."""


def label_mismatch(rule: Rule, exchange: Exchange, operation: Operation) -> Spoken:
    """Judge a request's Content-Type.

    Args:
        rule: The rule; `only: [missing]` lets it speak of an absent label alone, `except:
            [missing]` of one that is there.
        exchange: The exchange.
        operation: The operation that it calls.
    """
    if operation.request_schema is None:
        return False, None
    labels = {
        value.split(";")[0].strip().lower()
        for name, value in exchange.request.headers
        if name.lower() == "content-type"
    }
    if not labels:
        if "missing" in rule.options.get("except", ()):
            return False, None
        return True, Mismatch("Content-Type: application/json", "no Content-Type")
    if labels != {"application/json"} and "missing" not in rule.options.get("only", ()):
        found = ", ".join(sorted(labels))
        return True, Mismatch("Content-Type: application/json", f"Content-Type: {found}")
    return True, None


def shape_mismatch(
    rule: Rule, exchange: Exchange, operation: Operation, schemas: Schemas
) -> Spoken:
    """Judge the shape of a request's body and query.

    Args:
        rule: The rule; by kind of departure (`missing`: a field is not there; `number`: it is a
            number in place of a text), `only` and `except` list the JSON pointers, with * for any
            index, of which alone it speaks, and of which it does not.
        exchange: The exchange.
        operation: The operation that it calls.
        schemas: The contract's schemas.
    """
    reference = operation.request_schema
    only = _pattern(rule, "only")
    if BODY_LOST in exchange.tags or (only and reference is None):
        return False, None
    if reference is not None:
        body = exchange.request.json
        if isinstance(body, NotJson):
            return not only, None if only else _no_json(exchange.request)
        violation = schemas.violation(reference, body, speaks=_speaks(rule))
        if violation is not None:
            found = show(violation.actual)
            return True, Mismatch(violation.expected, found, violation.pointer)
        if not only and not _is_utf8(exchange.request.body):
            return True, Mismatch("JSON in UTF-8", json.detect_encoding(exchange.request.body))
    return True, None if only else _query(exchange.request.url, operation.query, schemas)


def _no_json(request: Request) -> Mismatch:
    text = request.body.decode("utf-8", "replace")
    return Mismatch("a JSON body", shorten(text) or "an empty body")


def _is_utf8(body: bytes) -> bool:
    return json.detect_encoding(body).startswith("utf-8")


def _query(url: str, known: Mapping[str, str], schemas: Schemas) -> Mismatch | None:
    query = urlsplit(url).query
    if not query or not known:
        return None
    for name, *readings in _parameters(query):
        reference = known.get(name)
        if reference is None:
            continue
        wrong = [found for one in readings if (found := _violation(schemas, reference, one))]
        if len(wrong) == len(readings):
            return Mismatch(f"{name}: {wrong[0]}", f"{name}={shorten(readings[-1], 100)}")
    return None


def _parameters(query: str) -> Iterator[tuple[str, ...]]:
    """Yield name and value of each parameter; a plus may be a blank or itself, so both values."""
    blank = parse_qsl(query, keep_blank_values=True)
    if "+" not in query:
        yield from blank
        return
    itself = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    for (name, one), (_, other) in zip(blank, itself, strict=True):
        yield name, one, other


def _violation(schemas: Schemas, reference: str, text: str) -> str:
    """Return what a parameter should be, or "" where it is that."""
    number = int(text) if _INTEGER.fullmatch(text) else text
    violation = schemas.violation(reference, number)
    if violation is None or (number != text and schemas.violation(reference, text) is None):
        return ""
    return violation.expected


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, re.Pattern[str]]:
    return {
        kind: re.compile("|".join(re.escape(one).replace(r"\*", "[^/]+") for one in pointers))
        for kind, pointers in patterns
    }


def _pattern(rule: Rule, option: str) -> Mapping[str, re.Pattern[str]]:
    given = rule.options.get(option, {})
    return _compiled(tuple((kind, tuple(pointers)) for kind, pointers in given.items()))


def _speaks(rule: Rule) -> Callable[[str, str], bool] | None:
    """Return what tells whether a rule speaks of a kind of departure at a pointer."""
    if not rule.options:
        return None
    only, left_out = _pattern(rule, "only"), _pattern(rule, "except")

    def speaks(kind: str, pointer: str) -> bool:
        if only and not (kind in only and only[kind].fullmatch(pointer)):
            return False
        return not (kind in left_out and left_out[kind].fullmatch(pointer))

    return speaks
