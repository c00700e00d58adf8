"""The checker of what a target delivers to the URLs that were registered with it.

Nothing here knows a vendor: calls, pointers, schemas and signing come from the rules' `with`.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from retailspec.build import NotJudged
from retailspec.checks.check import Check, Making, checker
from retailspec.checks.registering import REGISTERS, finding_of
from retailspec.contract.model import Case
from retailspec.errors import SupplyError
from retailspec.exchange import Exchange, NotJson, Request, Response, media_type
from retailspec.findings import Finding, Judgement
from retailspec.listener import Listener, listen_address
from retailspec.match import Mismatch, show
from retailspec.signers import SIGNERS
from retailspec.target.trigger import set_off
from retailspec.values import pick, remove, same, shorten
from retailspec.wire import Wire, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from retailspec.contract.model import Rule
    from retailspec.runner import Run
    from retailspec.target.target import Target

__all__ = ["listener_for"]

_SETTLE = 0.2
"""Seconds in which a copy of a delivery follows, or twice what the delivery took."""


@checker("webhook.sender")
def sender(making: Making) -> list[Check]:
    """Return a check that registers a URL of its own listener, twice, and judges what arrives.

    Each rule's option `judges` says which part it is about: `arrival` (options `call`, `url`: where
    the URL stands in its body, and `trigger`), `address` (`varies`: what may differ between two
    copies of one delivery), `body` (`schema`, and `fixtures`: the ones that a part has to equal),
    `signature` (`scheme`, `header`, `key`).
    """
    rules = {rule.options["judges"]: rule for rule in making.rules}
    operation = making.contract.operation_of(rules["arrival"].options["call"]).id

    def run(run: Run) -> Iterator[Judgement]:
        return _Deliveries(run, rules).judge()

    return [
        Check(
            "webhook sender",
            frozenset(rule.id for rule in making.rules),
            run,
            calls=Counter({operation: 3}),
            after=tuple(check.id for check in making.checks if check.id == REGISTERS),
        )
    ]


def listener_for(target: Target) -> Listener:
    """Return the listener that a target's settings ask for, not yet listening.

    It is on loopback at a free port for a target on this machine; otherwise the target file names
    `webhook_url`, where the target reaches it, and `options.listen`, where it listens.

    Raises:
        NotJudged: The target file does not say how it can be reached.
        UsageError: `options.listen` is no address.
    """
    public, listen = target.config.webhook_url, target.config.options.get("listen")
    if public is None and not is_loopback(target.base_url):
        raise NotJudged(
            "needs webhook_url: the address at which the target reaches this machine, "
            "and options.listen: the HOST:PORT behind it"
        )
    if listen is not None:
        return Listener(*listen_address(listen, "options.listen"), public_url=public)
    if public is not None:
        raise NotJudged(f"needs options.listen: the HOST:PORT on this machine behind {public}")
    return Listener()


@dataclass(frozen=True)
class _Round:
    """One URL that was registered, and what was heard after stock was then moved.

    Args:
        url: The URL.
        registered: The call that registered it.
        since: How many calls had been heard before.
        arrived: Whether a delivery came.
        took: Seconds until it did, or until it was not waited for any more.
    """

    url: str
    registered: Exchange
    since: int
    arrived: bool
    took: float


class _Deliveries:
    """What a target delivers to the URLs that one check registers.

    Args:
        run: The run.
        rules: The rules by what they judge.
    """

    def __init__(self, run: Run, rules: Mapping[str, Rule]) -> None:
        self._run = run
        self._rules = rules
        self._options = rules["arrival"].options

    def judge(self) -> Iterator[Judgement]:
        if self._options["trigger"] not in self._run.target.config.trigger:
            set_off(self._run.target, self._options["trigger"])  # says what is missing
        with listener_for(self._run.target) as listener:
            self._listener = listener
            try:
                yield from self._rounds()
            finally:
                with contextlib.suppress(NotJudged, SupplyError):
                    self._run.call(Case(self._options["call"], "", {}, {}))

    def _rounds(self) -> Iterator[Judgement]:
        old = self._round()
        arrival = self._rules["arrival"]
        yield Judgement(arrival.id, self._no_arrival(arrival, old))
        yield from self._contents(old)
        if not old.arrived:
            raise NotJudged("nothing was delivered")
        new = self._round()
        address = self._rules["address"]
        yield Judgement(address.id, self._astray(address, old, new))
        yield from self._contents(new)

    def _round(self) -> _Round:
        url = f"{self._listener.url}/{secrets.token_hex(8)}"
        change = {self._options["url"]: url}
        registered = self._run.call(Case(self._options["call"], "", {"change": change}, {}))
        if not registered.accepted:
            raise NotJudged(f"a URL could not be registered: status {registered.status}")
        since, began = len(self._listener.heard), time.monotonic()
        set_off(self._run.target, self._options["trigger"])
        patience = self._run.target.config.patience
        arrived = self._wait(lambda heard: bool(_posts(heard[since:], url)), patience)
        return _Round(url, registered, since, arrived, time.monotonic() - began)

    def _wait(self, enough: Callable[[list[Request]], bool], seconds: float) -> bool:
        began = time.monotonic()
        try:
            return self._listener.wait(enough, seconds)
        finally:
            self._run.waited += time.monotonic() - began

    def _heard(self, one: _Round, url: str | None = None) -> list[Request]:
        return _posts(self._listener.heard[one.since :], url or one.url)

    def _contents(self, one: _Round) -> Iterator[Judgement]:
        for request in self._heard(one):
            yield self._body(self._rules["body"], request)
            yield self._signature(self._rules["signature"], request)

    def _no_arrival(self, rule: Rule, one: _Round) -> Finding | None:
        if one.arrived:
            return None
        others = [request.method for request in self._listener.heard[one.since :]]
        if not others and not self._reachable():
            raise NotJudged(f"nothing arrives at {self._listener.url}, not even a call from here")
        actual = f"a {others[0]} request" if others else self._silence()
        note = (
            f"the URL is {one.url}; where it is not reached, webhook_url names another; "
            "deliveries may also still go to a URL that was registered before"
        )
        return Finding(rule, "a POST to the registered URL", actual, one.registered, note=note)

    def _silence(self) -> str:
        return f"nothing within the target's patience of {self._run.target.config.patience:g} s"

    def _reachable(self) -> bool:
        """Tell whether a call to the listener's public address from here arrives."""
        probe = f"{self._listener.url}/{secrets.token_hex(8)}"
        with (
            contextlib.suppress(httpx.HTTPError, httpx.InvalidURL),
            contextlib.closing(Wire(timeout=self._run.target.config.timeout)) as wire,
        ):
            wire.fetch("GET", probe)
        return any(_is_at(request, probe) for request in self._listener.heard)

    def _astray(self, rule: Rule, old: _Round, new: _Round) -> Finding | None:
        expected = "a POST to the URL that was registered last"
        if not new.arrived:
            stray = bool(self._heard(new, old.url))
            actual = "a POST to the URL that was registered before" if stray else self._silence()
            return Finding(rule, expected, actual, new.registered, before=(old.registered,))
        sent = [self._apart(request) for request in self._heard(new)]

        def copied(heard: list[Request]) -> bool:
            late = _posts(heard[new.since :], old.url)
            return any(same(self._apart(request), one) for request in late for one in sent)

        longest = self._run.target.config.patience
        if not self._wait(copied, min(max(_SETTLE, 2 * new.took), longest)):
            return None
        actual = "the same delivery at the URL that was registered before, too"
        return Finding(rule, expected + " alone", actual, new.registered, before=(old.registered,))

    def _apart(self, request: Request) -> Any:
        """Return a delivery's body apart from what may differ between its copies."""
        body = request.json
        for pointer in self._rules["address"].options["varies"]:
            with contextlib.suppress(LookupError):
                body = remove(body, pointer)
        return body

    def _body(self, rule: Rule, request: Request) -> Judgement:
        miss = self._body_miss(rule, request)
        return Judgement(rule.id, finding_of(rule, miss, _heard_exchange(request)))

    def _body_miss(self, rule: Rule, request: Request) -> Mismatch | None:
        label = media_type(request.headers)
        if label is None or not (label == "application/json" or label.endswith("+json")):
            return Mismatch("Content-Type: application/json", f"Content-Type: {label or 'none'}")
        body = request.json
        if isinstance(body, NotJson):
            text = shorten(request.body.decode("utf-8", "replace"))
            return Mismatch("a JSON body", text or "an empty body")
        contract = self._run.contract
        reference = f"schemas/{contract.name}/{rule.options['schema']}"
        violation = contract.schemas.violation(reference, body)
        if violation is not None:
            return Mismatch(violation.expected, show(violation.actual), violation.pointer)
        for pointer, fixture in rule.options["fixtures"].items():
            named, actual = self._run.target.fixtures.get(fixture), pick(body, pointer)
            if named is not None and str(named) != str(actual):
                return Mismatch(show(named), show(actual), pointer)
        return None

    def _signature(self, rule: Rule, request: Request) -> Judgement:
        options, target = rule.options, self._run.target
        key = target.secrets.values.get(options["key"])
        if key is None:
            says = self._run.contract.credentials[options["key"]].says
            return Judgement(rule.id, reason=f"needs credentials.{options['key']}: {says}")
        parts = urlsplit(request.url)
        uri = parts.path + (f"?{parts.query}" if parts.query else "")
        sign = SIGNERS[options["scheme"]]
        signed = sign(key, request.method, uri, request.body, None, target.config.options)
        target.secrets.hide(signed, "$" + options["header"].upper().replace("-", "_"))
        given = request.header(options["header"])
        miss = None
        if given != signed:
            expected = f"the signature of the body, as {options['scheme']} makes it"
            miss = Mismatch(expected, _unlike(options["header"], given, signed))
        return Judgement(rule.id, finding_of(rule, miss, _heard_exchange(request)))


def _unlike(header: str, given: str | None, signed: str) -> str:
    """Return what a signature is instead of the right one, which itself is not for print."""
    if given is None:
        return f"no {header}"
    return f"{header}: " + ("its letters in another case" if given.lower() == signed else given)


def _is_at(request: Request, url: str) -> bool:
    """Tell whether a call is for a URL: a proxy before the listener may have cut its path."""
    return urlsplit(request.url).path.rstrip("/").endswith(url.rsplit("/", 1)[1])


def _posts(heard: Sequence[Request], url: str) -> list[Request]:
    return [request for request in heard if request.method == "POST" and _is_at(request, url)]


def _heard_exchange(request: Request) -> Exchange:
    return Exchange(request, Response(204))
