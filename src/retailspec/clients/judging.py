"""What somebody else's exchange says about the client that called and the server that answered."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retailspec.clients.auth import Credentials
from retailspec.clients.expect import request_mismatch
from retailspec.clients.hiding import is_secret_header, secrets_in
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST, NO_CREDENTIALS, OTHER_METHOD
from retailspec.clients.orders import Follower
from retailspec.clients.routes import NOWHERE, Route, Routes
from retailspec.clients.shape import label_mismatch, shape_mismatch
from retailspec.clients.unseen import open_refusals
from retailspec.contract.rules import PROBED_METHODS
from retailspec.exchange import Domain, NotJson
from retailspec.findings import Finding, Judgement
from retailspec.judge import judge
from retailspec.match import Mismatch, mismatch
from retailspec.values import lookup_in, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.clients.shape import Spoken
    from retailspec.contract.model import Contract, Operation, Rule
    from retailspec.exchange import Exchange, Response

__all__ = ["ANSWER_LOST", "BODY_LOST", "ExchangeJudge", "Judged", "View"]

_OUTSIDE = frozenset({"content-type", "schema"})
_PLAIN_REFUSED = frozenset({403, 426})
_NOT_THERE = frozenset({404, 405})
_QUESTIONS = frozenset({"HEAD", "OPTIONS"})
_OF_STATUS = frozenset({"response.status", "no-server-error"})
_BUSY = 429
_FORBIDDEN = 403


@dataclass(frozen=True)
class View:
    """What the place where exchanges are seen lets a judge know.

    Args:
        credentials: The right credentials by name; empty where they are not known.
        base_values: What placeholders in rules stand for, as far as it is known.
        own_server: Whether the answers are a reference server's, which is not on trial.
        only_api: Whether whatever is called is meant for the API: an unknown path is the client's
            fault then, and somebody else's business otherwise.
        credentials_kept: Whether a header that is not there was not sent; recorders leave
            credentials out.
        recorded: Whether the exchanges come from a recording, which may have something else in the
            place of a credential.
        scheme_seen: Whether the URL's scheme is the one that the client uses.
        alone: Whether nobody else acts on the same orders.
    """

    credentials: Mapping[str, str] = field(default_factory=dict)
    base_values: Mapping[str, Any] = field(default_factory=dict)
    own_server: bool = False
    only_api: bool = False
    credentials_kept: bool = True
    recorded: bool = False
    scheme_seen: bool = True
    alone: bool = False


@dataclass(frozen=True)
class Judged:
    """An exchange and what it says.

    Args:
        exchange: The exchange, its operation, base call and domain filled in.
        client: What it says about whoever called.
        server: What it says about whoever answered.
        why_not: Why nothing was judged; "" where something was.
    """

    exchange: Exchange
    client: tuple[Judgement, ...] = ()
    server: tuple[Judgement, ...] = ()
    why_not: str = ""


class ExchangeJudge:
    """Judges exchanges of one contract, both sides of them, in the order in which they happened.

    Args:
        contract: The contract.
        view: What is known of the place where the exchanges were seen.
    """

    def __init__(self, contract: Contract, view: View) -> None:
        self.contract = contract
        self.view = view
        self.routes = Routes(contract)
        self.credentials = Credentials(
            contract,
            view.credentials,
            live=view.credentials_kept and not view.recorded,
            own_server=view.own_server,
        )
        self.follower = Follower(contract, alone=view.alone or view.own_server)
        self._knows = bool(view.credentials) and view.credentials_kept and not view.recorded
        self._open = {one: open_refusals(contract, credentials_known=one) for one in (True, False)}
        self._calls = {call.operation: call.name for call in contract.calls.values()}

    def judge(self, exchange: Exchange, position: str = "") -> Judged:
        """Judge an exchange.

        Args:
            exchange: The exchange; what it has of operation, call and domain is found anew.
            position: Where it stands, in words, for what is said of later ones.
        """
        try:
            path = urlsplit(exchange.request.url).path
        except ValueError:
            return Judged(exchange, why_not="its URL cannot be read")
        exchange = _as_received(exchange)
        route = self.routes.find(path)
        doubled = "//" in path[: route.start + 1] and exchange.status in _NOT_THERE
        if route.start and (self.view.own_server or doubled):  # it has no such base path
            route = NOWHERE
        if not route.operations:
            return self._unknown(exchange, path)
        operation = route.operations.get(exchange.request.method)
        if operation is None:
            return self._other_method(exchange, route)
        call = self._calls.get(operation.id)
        exchange = replace(exchange, operation=operation.id, call=call, domain=Domain.DOCUMENTED)
        client = list(self._client(exchange, operation, route))
        if self._is_outside(exchange, client) or self._is_open(exchange, client):
            exchange = replace(exchange, domain=Domain.OUTSIDE)
        if self._is_stranger(exchange):
            exchange = replace(exchange, tags=exchange.tags | {NO_CREDENTIALS})
        followed = self.follower.follow(exchange, position)
        server = () if self.view.own_server else (*self._server(exchange), *followed.server)
        return Judged(exchange, (*client, *followed.client), server)

    def _is_outside(self, exchange: Exchange, client: list[Judgement]) -> bool:
        """Tell whether a call leaves what the document describes, so that its answer is free."""
        broken = {self.contract.clients[one.rule_id].check for one in client if one.finding}
        unread = BODY_LOST in exchange.tags or exchange.request.body.startswith(BOM_UTF8)
        if broken & _OUTSIDE or (unread and not exchange.accepted):
            return True
        plain = exchange.request.url.lower().startswith("http:")
        return plain and (exchange.status in _PLAIN_REFUSED or 300 <= (exchange.status or 0) < 400)

    def _is_open(self, exchange: Exchange, client: list[Judgement]) -> bool:
        """Tell whether a refusal may be right for a reason that the request does not show."""
        if exchange.status is None or not exchange.refused:
            return False
        operation = self.contract.operations[exchange.operation or ""]
        stranger = any(
            one.finding and self.contract.clients[one.rule_id].check == "auth" for one in client
        )
        if self._headless(exchange):
            return True
        if operation.id not in self._open[self._knows and not stranger]:
            return False
        return exchange.status == _FORBIDDEN or operation.documents(exchange.status) is None

    def _is_stranger(self, exchange: Exchange) -> bool:
        """Tell whether a request has no credentials: neither the documented ones nor any other."""
        request, own = exchange.request, {one.lower() for one in self.credentials.headers}
        if not self.view.credentials_kept or self._headless(exchange):
            return False
        if not self.credentials.headers or not self.credentials.absent(request):
            return False
        others = [name for name, _ in request.headers if name.lower() not in own]
        elsewhere = "${" in request.url or any(secrets_in(request.url))
        return not elsewhere and not any(map(is_secret_header, others))

    def _unknown(self, exchange: Exchange, path: str) -> Judged:
        sure = self.view.only_api
        near = self.routes.nearest(path, surely=not sure)
        rule = self.contract.clients.get("client.path")
        if rule is None or not (sure or (near and exchange.status in _NOT_THERE)):
            return Judged(exchange, why_not="its path belongs to no operation of the contract")
        wanted = near or " or ".join(self.routes.paths)
        finding = Finding(rule, f"a documented path: {wanted}", shorten(path), exchange)
        return Judged(exchange, (Judgement(rule.id, finding),))

    def _other_method(self, exchange: Exchange, route: Route) -> Judged:
        rules = self.contract.clients
        said = [Judgement("client.path")] if "client.path" in rules else []
        if exchange.request.method in _QUESTIONS:
            return Judged(exchange, why_not="it only asks about a path, and is no call")
        if "client.method" in rules:
            allowed = " or ".join(route.operations)
            got = shorten(exchange.request.method)
            finding = Finding(rules["client.method"], f"the method {allowed}", got, exchange)
            said.append(Judgement("client.method", finding))
        operation = next(iter(route.operations.values()))
        tags = exchange.tags | {OTHER_METHOD}
        exchange = replace(exchange, operation=operation.id, domain=Domain.OUTSIDE, tags=tags)
        probed = exchange.request.method in PROBED_METHODS and not self.view.own_server
        return Judged(exchange, tuple(said), tuple(self._server(exchange)) if probed else ())

    def _client(
        self, exchange: Exchange, operation: Operation, route: Route
    ) -> Iterator[Judgement]:
        for rule in self.contract.clients.values():
            if rule.check == "lifecycle":
                continue
            spoken, miss = self._one(rule, exchange, operation, route)
            if spoken:
                yield Judgement(rule.id, None if miss is None else _finding(rule, miss, exchange))

    def _one(self, rule: Rule, exchange: Exchange, operation: Operation, route: Route) -> Spoken:
        match rule.check:
            case None:
                return self._data(rule, exchange)
            case "content-type":
                return self._label(rule, exchange, operation)
            case "schema":
                return shape_mismatch(rule, exchange, operation, self.contract.schemas)
            case "auth":
                return self._auth(exchange, route)
            case "https":
                return self._https(exchange)
            case _:  # path and method led here
                return True, None

    def _data(self, rule: Rule, exchange: Exchange) -> Spoken:
        if "headers" in rule.expect and self._headless(exchange):
            return False, None
        return request_mismatch(rule.expect, exchange)

    def _label(self, rule: Rule, exchange: Exchange, operation: Operation) -> Spoken:
        if self._headless(exchange):
            return False, None
        return label_mismatch(rule, exchange, operation)

    def _headless(self, exchange: Exchange) -> bool:
        """Tell whether a recorder left all headers out: no request has none."""
        return not (exchange.request.headers or self.view.credentials_kept)

    def _auth(self, exchange: Exchange, route: Route) -> Spoken:
        if not self.credentials.headers:
            return False, None
        left_out = self.credentials.absent(exchange.request)
        if left_out and not self.view.credentials_kept and not self._is_refused_caller(exchange):
            return False, None
        return True, self.credentials.mismatch(exchange, route.start)

    def _is_refused_caller(self, exchange: Exchange) -> bool:
        """Tell whether an answer is what a call without credentials gets, and no other call."""
        rule = self.contract.rules.get("auth.missing")
        if exchange.status != 401 or rule is None or ANSWER_LOST in exchange.tags:
            return False
        found = mismatch(
            rule.cases[0].expect if rule.cases else rule.expect,
            exchange,
            schemas=self.contract.schemas,
            folder=self.contract.name,
            lookup=lookup_in(self.view.base_values),
        )
        return found is None

    def _https(self, exchange: Exchange) -> Spoken:
        parts = urlsplit(exchange.request.url)
        if not self.view.scheme_seen or parts.scheme not in {"http", "https"}:
            return False, None
        if parts.scheme == "https":
            return True, None
        host = parts.hostname or ""
        if not self.view.own_server and (host in {"localhost", "::1"} or host.startswith("127.")):
            return False, None
        return True, Mismatch("an https URL", shorten(exchange.request.url))

    def _server(self, exchange: Exchange) -> Iterator[Judgement]:
        if exchange.response is None or _is_busy(exchange):
            return
        said = judge(self.contract, exchange, self.view.base_values, overheard=True)
        if ANSWER_LOST in exchange.tags:
            said = [one for one in said if self.contract.rules[one.rule_id].check in _OF_STATUS]
        yield from said


def _finding(rule: Rule, miss: Mismatch, exchange: Exchange) -> Finding:
    return Finding(rule, miss.expected, miss.actual, exchange, miss.pointer)


def _as_received(exchange: Exchange) -> Exchange:
    """Return an exchange with its method in capitals, tagged where its answer cannot be read."""
    request, response = exchange.request, exchange.response
    if not request.method.isupper():
        exchange = replace(exchange, request=replace(request, method=request.method.upper()))
    if response is not None and (response.truncated or _is_coded(response)):
        exchange = replace(exchange, tags=exchange.tags | {ANSWER_LOST})
    return exchange


def _is_coded(response: Response) -> bool:
    """Tell whether a body is compressed still."""
    coding = response.header("content-encoding")
    return coding not in {None, "", "identity"} and isinstance(response.json, NotJson)


def _is_busy(exchange: Exchange) -> bool:
    response = exchange.response
    return response is not None and (
        response.status == _BUSY
        or (response.status == 503 and response.header("retry-after") is not None)
    )
