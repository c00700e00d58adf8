"""Whether an answer is what a rule expects, and if not, where it departs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from retailspec.exchange import NotJson, parse_json
from retailspec.values import ABSENT, fill, instant, pick, same, shorten, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.contract.schemas import Schemas
    from retailspec.exchange import Exchange, Response

__all__ = ["Mismatch", "is_json", "mismatch", "show"]

_LONGEST_NUMBER = 19
_SHOWN = 1_000
_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class Mismatch:
    """What was expected, what was found, and where.

    Args:
        expected: What the rule asks for, in words.
        actual: What the answer has instead.
        pointer: JSON pointer into the answer's body, where that is the place.
    """

    expected: str
    actual: str
    pointer: str = ""


def show(value: Any) -> str:
    """Return a JSON value as text, cut to a readable length."""
    if value is ABSENT or isinstance(value, NotJson):
        return repr(value)
    if isinstance(value, dict | list):
        return shorten(_beginning(value))
    return shorten(json.dumps(value, ensure_ascii=False))


def _beginning(value: Any) -> str:
    """Return enough of a value's JSON text, and not all of it: it may have a million parts."""
    text = ""
    for piece in _ENCODER.iterencode(value):
        text += piece
        if len(text) > _SHOWN:
            break
    return text


def mismatch(
    expect: Mapping[str, Any],
    exchange: Exchange,
    *,
    schemas: Schemas,
    folder: str,
    lookup: Callable[[str], Any],
    overheard: bool = False,
) -> Mismatch | None:
    """Return how an answer departs from what is expected, or None where it does not.

    Args:
        expect: An `expect` entry of a rule file.
        exchange: The exchange that is judged.
        schemas: The contract's schemas.
        folder: The folder under schemas/ that `schema` is relative to.
        lookup: Gives the values of placeholders.
        overheard: Whether somebody else made the call, who may spell names in another way.
    """
    if exchange.response is None:
        return Mismatch("an answer", exchange.error or "no answer")
    if "any" in expect:
        context = {"folder": folder, "lookup": lookup, "overheard": overheard}
        return _any(expect["any"], exchange, schemas=schemas, **context)
    judge = _Judge(exchange, exchange.response, schemas, folder, lookup)
    judge.overheard = overheard
    for key, wanted in expect.items():
        found: Mismatch | None = getattr(judge, f"judge_{key}")(wanted)
        if found is not None:
            return found
    return None


def _any(
    alternatives: list[Mapping[str, Any]], exchange: Exchange, **context: Any
) -> Mismatch | None:
    found = [mismatch(expect, exchange, **context) for expect in alternatives]
    misses = [miss for miss in found if miss is not None]
    if len(misses) < len(found):
        return None
    return Mismatch(" or ".join(dict.fromkeys(miss.expected for miss in misses)), misses[-1].actual)


def _has_matcher(wanted: Any) -> bool:
    return isinstance(wanted, dict) and any(
        key.startswith("$") or _has_matcher(value) for key, value in wanted.items()
    )


def _is_like(name: Any, other: Any) -> bool:
    """Tell whether two texts differ in case and white space at most."""
    texts = isinstance(name, str) and isinstance(other, str)
    return texts and name.strip().casefold() == other.strip().casefold()


@lru_cache(maxsize=1024)
def is_json(text: str) -> bool:
    """Tell whether a text is JSON; the same ones come again and again."""
    return not isinstance(parse_json(text.encode("utf-8", "surrogatepass")), NotJson)


class _Judge:
    def __init__(
        self,
        exchange: Exchange,
        response: Response,
        schemas: Schemas,
        folder: str,
        lookup: Callable[[str], Any],
    ) -> None:
        self.exchange = exchange
        self.response = response
        self.schemas = schemas
        self.folder = folder
        self.lookup = lookup
        self.overheard = False

    def judge_status(self, wanted: int | str | list[int]) -> Mismatch | None:
        status = self.response.status
        match wanted:
            case "accepted":
                fits, words = self.exchange.accepted, "a 2xx status"
            case "refused":
                fits, words = self.exchange.refused, "a 4xx status"
            case "error":
                fits, words = status >= 400, "a 4xx or 5xx status"
            case "not-5xx":
                fits, words = status < 500, "a status below 500"
            case "any":
                fits, words = True, ""
            case int():
                fits, words = status == wanted, f"status {wanted}"
            case _:
                fits = status in wanted
                words = "status " + " or ".join(str(one) for one in wanted)
        return None if fits else Mismatch(words, f"status {status}")

    def judge_body(self, wanted: Any) -> Mismatch | None:
        return self._hold(fill(wanted, self.lookup), self.response.json, "")

    def judge_exactly(self, wanted: Any) -> Mismatch | None:
        wanted = fill(wanted, self.lookup)
        actual = self.response.json
        return None if same(wanted, actual) else Mismatch(f"the body {show(wanted)}", self._body())

    def judge_schema(self, reference: str) -> Mismatch | None:
        if isinstance(self.response.json, NotJson):
            return Mismatch("a JSON body", self._body())
        violation = self.schemas.violation(f"schemas/{self.folder}/{reference}", self.response.json)
        if violation is None:
            return None
        return Mismatch(violation.expected, show(violation.actual), violation.pointer)

    def judge_headers(self, wanted: Mapping[str, Any]) -> Mismatch | None:
        for name, condition in wanted.items():
            value = self.response.header(name)
            if value is None:
                return Mismatch(f"a header {name}", f"no {name}")
            tokens = {token.strip().upper() for token in value.split(",")}
            absent = [token for token in condition.get("tokens", ()) if token not in tokens]
            if absent:
                return Mismatch(f"{name} with {', '.join(absent)}", f"{name}: {value}")
            if not value.strip():
                return Mismatch(f"a header {name} that says something", f"an empty {name}")
            if not re.match(condition.get("pattern", ""), value):
                return Mismatch(f"{name} in its documented form", f"{name}: {value}")
        return None

    def judge_empty(self, wanted: Any) -> Mismatch | None:
        del wanted  # the rule schema knows no other value than true
        length = (self.response.header("content-length") or "0").strip()
        if self.response.body or length not in {"0", ""}:
            return Mismatch(
                "an empty body", self._body() if self.response.body else f"Content-Length {length}"
            )
        return None

    def judge_at_most(self, wanted: Mapping[str, str]) -> Mismatch | None:
        for pointer, parameter in wanted.items():
            asked, found = self._asked(parameter), pick(self.response.json, pointer)
            if asked and isinstance(found, list) and len(found) > asked:  # 0 may be the default
                return Mismatch(f"at most {asked} elements", f"{len(found)} elements", pointer)
        return None

    def judge_echo(self, wanted: Mapping[str, str]) -> Mismatch | None:
        for pointer, parameter in wanted.items():
            asked, found = self._asked(parameter), pick(self.response.json, pointer)
            if asked is not None and not same(asked, found):
                return Mismatch(f"{asked}, as was asked for", show(found), pointer)
        return None

    def judge_not_before(self, wanted: Mapping[str, str]) -> Mismatch | None:
        for pattern, parameter in wanted.items():
            asked = instant(self._said(parameter))
            if asked is None:
                continue
            earliest = asked.replace(microsecond=0)  # more may be compared than is printed
            for pointer, text in spread(self.response.json, pattern):
                moment = instant(text)
                if moment is not None and moment < earliest:
                    return Mismatch(f"not before {self._said(parameter)}", show(text), pointer)
        return None

    def judge_counts(self, wanted: Mapping[str, Mapping[str, str]]) -> Mismatch | None:
        for pointer, of in wanted.items():
            counted, listed = (pick(self.response.json, one) for one in (pointer, of["list"]))
            before = self._asked(of["after"]) if of["after"] in self.exchange.request.query else 0
            if type(counted) is not int or not isinstance(listed, list) or before is None:
                continue
            least = before + len(listed)
            if listed and counted < least:
                return Mismatch(f"at least {least}, with this page", show(counted), pointer)
        return None

    def judge_in_order(self, wanted: Mapping[str, list[str]]) -> Mismatch | None:
        for pattern, fields in wanted.items():
            for pointer, holder in spread(self.response.json, pattern):
                told = [(name, instant(pick(holder, f"/{name}"))) for name in fields]
                known = [(name, moment) for name, moment in told if moment is not None]
                for (early, first), (late, second) in pairwise(known):
                    if first > second:
                        found = f"{early} {first.isoformat()}, {late} {second.isoformat()}"
                        return Mismatch(f"{early} not after {late}", found, pointer)
        return None

    def judge_json_text(self, wanted: list[str]) -> Mismatch | None:
        for pattern in wanted:
            for pointer, text in spread(self.response.json, pattern):
                empty = text is None or text == ""
                if not empty and not (isinstance(text, str) and is_json(text)):
                    return Mismatch("a text that holds JSON, or an empty one", show(text), pointer)
        return None

    def _said(self, parameter: str) -> str:
        """Return what a parameter of the request's query says; "" where it says nothing or two."""
        query = parse_qsl(urlsplit(self.exchange.request.url).query)
        found = [value for name, value in query if name == parameter]
        return found[0] if len(found) == 1 else ""

    def _asked(self, parameter: str) -> int | None:
        """Return the number that a parameter of the request's query is, or None."""
        text = self._said(parameter)
        return int(text) if text.isdecimal() and len(text) < _LONGEST_NUMBER else None

    def _body(self) -> str:
        text = self.response.body.decode("utf-8", "replace")
        return shorten(text) if text else "an empty body"

    def _hold(self, wanted: Any, actual: Any, pointer: str) -> Mismatch | None:
        if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)).startswith("$"):
            return self._matcher(*next(iter(wanted.items())), actual, pointer)
        if isinstance(wanted, dict) and (isinstance(actual, dict) or _has_matcher(wanted)):
            held = actual if isinstance(actual, dict) else {}
            for key, value in wanted.items():
                found = self._hold(value, held.get(key, ABSENT), f"{pointer}/{key}")
                if found is not None:
                    return found
            return None
        if same(wanted, actual):
            return None
        empty = isinstance(actual, NotJson) and not self.response.body
        return Mismatch(show(wanted), "an empty body" if empty else show(actual), pointer)

    def _matcher(self, name: str, wanted: Any, actual: Any, pointer: str) -> Mismatch | None:
        match name:
            case "$sent":
                return self._hold(pick(self.exchange.request.json, wanted), actual, pointer)
            case "$echo":
                sent = pick(self.exchange.request.json, wanted)
                silent = sent is ABSENT or sent is None or actual is ABSENT
                return None if silent else self._hold(sent, actual, pointer)
            case "$named":
                sent = pick(self.exchange.request.json, wanted)
                silent = sent is ABSENT or sent is None or actual is ABSENT
                if silent or (self.overheard and _is_like(sent, actual)):
                    return None
                return self._hold(sent, actual, pointer)
            case "$answer":
                return self._hold(pick(self.response.json, wanted), actual, pointer)
            case "$any":
                if any(self._hold(one, actual, pointer) is None for one in wanted):
                    return None
                return Mismatch(" or ".join(show(one) for one in wanted), show(actual), pointer)
            case "$holds":
                if isinstance(actual, list) and any(same(wanted, one) for one in actual):
                    return None
                return Mismatch(f"a list that holds {show(wanted)}", show(actual), pointer)
            case _:
                raise ValueError(f"a rule file uses the unknown matcher {name}")
