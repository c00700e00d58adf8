"""Recognising recorded exchanges that are all clear, at a speed that parsing allows.

The judge alone makes findings. What it found clear is remembered by all that it saw but the bodies;
an exchange like it is clear too once its bodies have passed what is left (`Recipe`). Anything else
goes to the judge.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from retailspec.clients.recipes import Recipe
from retailspec.exchange import Domain, Exchange, Request, Response
from retailspec.values import ABSENT, pick

if TYPE_CHECKING:
    from retailspec.clients.judging import ExchangeJudge, Judged
    from retailspec.clients.recording import RecordedLine

__all__ = ["Clear", "FastJudge"]

Clear = tuple[str, tuple[str, str] | None, tuple[str, ...], tuple[str, ...], int]
"""Contract, operation and status (None where those are counted already), the rules of client and
server that held, and how often."""

_MOST = 20_000
_TRIES = 3
_NO_QUERY: Mapping[str, str] = {}
_DEEP = 200
_SHORT = 2 * _DEEP  # no more brackets than that nest so deep
_LEFT_OUT = frozenset({401, 403, 429})  # their answers decide what is said of the client
_PRINTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})

Headers = list[tuple[str, str]]
_NAME = operator.itemgetter(0)
_SIGNED = ("", "signed")
_UNKNOWN: Any = object()


class _Site:
    """An address that calls go to: its judge, and what of a call's head matters to it."""

    def __init__(self, judging: ExchangeJudge, method: str, host: str) -> None:
        contract = judging.contract
        self.judging = judging
        self.bodiless = method in _BODILESS
        self.host = host
        signing = contract.signing
        self.signature = signing["header"].lower() if signing else ""
        self.signed = re.compile(signing.get("form", ".+")) if signing else None
        client = [rule.expect for rule in contract.clients.values()]
        server = [rule.expect for rule in contract.rules.values()]
        forms = [form for rule in contract.rules.values() for form in rule.forms]
        server += [form.expect for form in forms]
        own = {name.lower() for name in judging.credentials.headers}
        self.asked = frozenset({"content-type", "content-encoding"} | own | _names(client))
        self.answered = frozenset(
            {"content-type", "content-encoding", "retry-after"} | _names(server)
        )
        self.has = tuple({form.has: None for form in forms if form.has})
        sent = [place for form in forms for place in form.sent]
        self.asked |= {one[9:].lower() for one in sent if one.startswith("/headers/")}
        self.named = tuple({f"{one[7:]}=": None for one in sent if one.startswith("/query/")})


def _names(expects: list[Any]) -> set[str]:
    """Return the names of all headers that expectations mention."""
    found: set[str] = set()
    todo: list[Any] = list(expects)
    while todo:
        one = todo.pop()
        if isinstance(one, list | tuple):
            todo += one
        elif isinstance(one, dict) or hasattr(one, "items"):
            headers = one.get("headers")
            if hasattr(headers, "items"):
                found |= {name.lower() for name in headers}
            todo += one.values()
    return found


class FastJudge:
    """Recognises clear exchanges among recorded lines.

    Args:
        find: Gives the judge for a URL and the contract that a recording names, or None.

    Attributes:
        label: What comes before the number of a line, in words.
    """

    def __init__(self, find: Callable[[str, str | None], ExchangeJudge | None]) -> None:
        self.label = ""
        self._find = find
        self._sites: dict[tuple[str | None, str, str], _Site | None] = {}
        self._places: dict[tuple[frozenset[str], tuple[str, ...]], list[int]] = {}
        self._recipes: dict[tuple[Any, ...], Recipe | None] = {}
        self._same: dict[tuple[Any, ...], Recipe | None] = {}
        self._pending: tuple[Any, ...] | None = None
        self._tries: Counter[tuple[Any, ...]] = Counter()
        self._decode = msgspec.json.Decoder().decode

    def see(self, record: RecordedLine, number: int) -> bool:
        """Take a record into account if it is clear; False leaves it to the judge.

        Args:
            record: The record.
            number: The number of its line.
        """
        self._pending = None
        request, response = record.request, record.response
        if response is None or response.truncated:
            return False
        status, answered, text = response.status, response.body, request.body
        if answered is None or not 200 <= status < 500 or status in _LEFT_OUT:
            return False
        base, _, query = request.url.partition("?")
        place = (record.contract, request.method, base)
        site = self._sites[place] if place in self._sites else self._site(place)
        if site is None or request.body_base64 is not None or not request.headers:
            return False
        if text is None and not site.bodiless:
            return False
        try:
            bodies = (
                self._decode(text) if text else None,
                self._decode(answered) if answered else None,
            )
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return False
        if (len(answered) > _SHORT and _may_be_deep(answered)) or (
            text and len(text) > _SHORT and _may_be_deep(text)
        ):
            return False
        heads = self._heads(site, request.headers, response.headers)
        if heads is None:
            return False
        has = [pick(bodies[1], one) is not ABSENT for one in site.has] if site.has else []
        has += [name in query for name in site.named] if query else ()
        kinds = (not text, type(bodies[0]), not answered, type(bodies[1]), *has)
        key = (site, status, heads, kinds)
        recipe = self._recipes.get(key, _UNKNOWN)
        if recipe is _UNKNOWN:
            self._pending = key
            return False
        return recipe is not None and self._clear(recipe, site, record, bodies, query, number)

    def learn(self, judging: ExchangeJudge, judged: Judged) -> None:
        """Remember what was said of the record that was seen last.

        Args:
            judging: The judge that was asked.
            judged: What it said.
        """
        key, self._pending = self._pending, None
        said = (*judged.client, *judged.server)
        clear = not judged.why_not and not judged.exchange.tags and all(one.held for one in said)
        if key is None or not clear or judged.exchange.domain is not Domain.DOCUMENTED:
            return
        if len(self._recipes) >= _MOST:
            return
        ids = tuple(one.rule_id for one in said)
        like = (judging, judged.exchange.operation, judged.exchange.status, ids, key[3])
        if like not in self._same:
            try:
                self._same[like] = Recipe(judging, judged)
            except LookupError:
                self._same[like] = None
        self._recipes[key] = self._same[like]

    def take(self) -> list[Clear]:
        """Return what was recognised since the last time."""
        taken: list[Clear] = []
        for recipe in self._same.values():
            if recipe is None or not recipe.times:
                continue
            name, call = recipe.contract.name, (recipe.operation.id, str(recipe.status))
            taken.append((name, call, recipe.client, recipe.server, recipe.times))
            taken += [
                (name, None, client, server, times)
                for (client, server), times in recipe.followed.items()
            ]
            recipe.times = 0
            recipe.followed.clear()
        return taken

    @property
    def wants(self) -> bool:
        """Whether something could be learned of the record that was seen last."""
        if self._pending is None or self._tries[self._pending] >= _TRIES:
            return False
        self._tries[self._pending] += 1
        return True

    def _site(self, place: tuple[str | None, str, str]) -> _Site | None:
        recorded, method, base = place
        judging = None if "#" in base else self._find(base, recorded)
        site = None
        if judging is not None and method.isupper():
            host = base.partition("//")[2].partition("/")[0]
            site = _Site(judging, method, host.lower())
        if len(self._sites) < _MOST:
            self._sites[place] = site
        return site

    def _heads(self, site: _Site, asked: Headers, answered: Headers) -> tuple[Any, ...] | None:
        """Return the headers that matter, of request and answer; None where they are unclear."""
        names = site.asked, tuple(map(_NAME, asked))
        places = self._places.get(names)
        if places is None:
            places = self._placed(names)
        first = [asked[at] for at in places]
        if site.signed is not None:
            signed = [pair for pair in first if pair[0].lower() == site.signature]
            if len(signed) != 1 or site.signed.fullmatch(signed[0][1]) is None:
                return None
            first[first.index(signed[0])] = _SIGNED
        names = site.answered, tuple(map(_NAME, answered))
        places = self._places.get(names)
        if places is None:
            places = self._placed(names)
        return (*first, None, *[answered[at] for at in places])

    def _placed(self, key: tuple[frozenset[str], tuple[str, ...]]) -> list[int]:
        """Return where among the names of headers those stand that matter."""
        wanted, names = key
        places = [at for at, name in enumerate(names) if name.lower() in wanted]
        if len(self._places) < _MOST:
            self._places[key] = places
        return places

    def _clear(
        self,
        recipe: Recipe,
        site: _Site,
        record: RecordedLine,
        bodies: tuple[Any, Any],
        text: str,
        line: int,
    ) -> bool:
        """Take an exchange into account if its bodies, query, time and order are clear."""
        query = recipe.query(text) if text else _NO_QUERY
        if query is None or not recipe.fits(bodies, query):
            return False
        began = _moment(record.started)
        if began is None and record.started is not None:
            return False
        if recipe.asks and not recipe.keeps(_exchange(record, bodies, recipe)):
            return False
        if recipe.call:
            asked, answer = bodies
            number = asked.get(recipe.number)
            if type(number) is not str or not number:
                return False
            follower = site.judging.follower
            held = follower.glance(
                recipe.call,
                (number, site.host),
                follower.told_of(recipe.status, answer),
                (began, record.seconds),
                f"{self.label}line {line}",
            )
            if held is None:
                return False
            recipe.followed[held] += 1
        recipe.times += 1
        return True


def _may_be_deep(text: str) -> bool:
    return text.count("{") + text.count("[") > _DEEP


def _moment(text: str | None) -> float | None:
    """Return the moment of a timestamp in the form that we record; None for any other."""
    if text is None or _PRINTED.fullmatch(text) is None:
        return None
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _exchange(record: RecordedLine, bodies: tuple[Any, Any], recipe: Recipe) -> Exchange:
    """Return the exchange of a record whose bodies were parsed already."""
    asked, answered = record.request, record.response
    request = Request(asked.method, asked.url, tuple(asked.headers), (asked.body or "").encode())
    response = Response(
        recipe.status,
        tuple(answered.headers) if answered else (),
        ((answered.body if answered else None) or "").encode(),
    )
    if request.body:
        request.__dict__["json"] = bodies[0]
    if response.body:
        response.__dict__["json"] = bodies[1]
    return Exchange(request, response, operation=recipe.operation.id, call=recipe.base_call)
