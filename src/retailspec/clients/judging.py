"""What somebody else's exchange says about the client that called and the server that answered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retailspec.clients.auth import Credentials
from retailspec.clients.expect import request_mismatch
from retailspec.clients.orders import Follower
from retailspec.clients.routes import Route, Routes
from retailspec.exchange import Domain, NotJson, media_type
from retailspec.findings import Finding, Judgement
from retailspec.judge import judge
from retailspec.match import Mismatch, show
from retailspec.target.supply import is_loopback
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Contract, Operation, Rule
    from retailspec.exchange import Exchange

__all__ = ["ANSWER_LOST", "BODY_LOST", "ExchangeJudge", "Judged", "View"]

BODY_LOST = "the request's body was not recorded"
"""The tag of an exchange whose request had a body that nobody kept."""

ANSWER_LOST = "the answer's body was not recorded, or not whole"
"""The tag of an exchange whose answer had a body that nobody kept, or not all of it."""

_OUTSIDE = frozenset({"client.method", "client.content-type", "client.schema"})
_OF_STATUS = frozenset({"response.status", "no-server-error"})
_BUSY = 429


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
        scheme_seen: Whether the URL's scheme is the one that the client uses.
        alone: Whether nobody else acts on the same orders.
    """

    credentials: Mapping[str, str] = field(default_factory=dict)
    base_values: Mapping[str, Any] = field(default_factory=dict)
    own_server: bool = False
    only_api: bool = False
    credentials_kept: bool = True
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
        self.credentials = Credentials(contract, view.credentials)
        self._follower = Follower(contract, alone=view.alone or view.own_server)
        self._calls = {call.operation: call.name for call in contract.calls.values()}

    def judge(self, exchange: Exchange, position: str = "") -> Judged:
        """Judge an exchange.

        Args:
            exchange: The exchange; what it has of operation, call and domain is found anew.
            position: Where it stands, in words, for what is said of later ones.
        """
        route = self.routes.find(urlsplit(exchange.request.url).path)
        if not route.operations:
            return self._unknown(exchange)
        operation = route.operations.get(exchange.request.method)
        if operation is None:
            return self._other_method(exchange, route)
        call = self._calls.get(operation.id)
        exchange = replace(exchange, operation=operation.id, call=call, domain=Domain.DOCUMENTED)
        client = list(self._client(exchange, operation, route))
        broken = {one.rule_id for one in client if one.finding is not None}
        if broken & _OUTSIDE or (BODY_LOST in exchange.tags and not exchange.accepted):
            exchange = replace(exchange, domain=Domain.OUTSIDE)
        followed = self._follower.follow(exchange, position)
        server = () if self.view.own_server else (*self._server(exchange), *followed.server)
        return Judged(exchange, (*client, *followed.client), server)

    def _unknown(self, exchange: Exchange) -> Judged:
        path = urlsplit(exchange.request.url).path
        near = self.routes.nearest(path)
        rule = self.contract.clients.get("client.path")
        if rule is None or (near is None and not self.view.only_api):
            return Judged(exchange, why_not="its path belongs to no operation of the contract")
        wanted = near or " or ".join(self.routes.paths)
        finding = Finding(rule, f"a documented path: {wanted}", path, exchange)
        return Judged(exchange, (Judgement(rule.id, finding),))

    def _other_method(self, exchange: Exchange, route: Route) -> Judged:
        rules = self.contract.clients
        said = [Judgement("client.path")] if "client.path" in rules else []
        if exchange.request.method == "OPTIONS":  # a question about the path, not a call
            return Judged(exchange, why_not="it only asks what the path allows")
        if "client.method" in rules:
            allowed = " or ".join(route.operations)
            finding = Finding(
                rules["client.method"], f"the method {allowed}", exchange.request.method, exchange
            )
            said.append(Judgement("client.method", finding))
        operation = next(iter(route.operations.values()))
        return Judged(replace(exchange, operation=operation.id, domain=Domain.OUTSIDE), tuple(said))

    def _client(
        self, exchange: Exchange, operation: Operation, route: Route
    ) -> Iterator[Judgement]:
        for rule in self.contract.clients.values():
            if rule.check == "lifecycle":
                continue
            spoken, miss = self._one(rule, exchange, operation, route)
            if spoken:
                yield Judgement(rule.id, None if miss is None else _finding(rule, miss, exchange))

    def _one(
        self, rule: Rule, exchange: Exchange, operation: Operation, route: Route
    ) -> tuple[bool, Mismatch | None]:
        lost = BODY_LOST in exchange.tags
        match rule.check:
            case None:
                return request_mismatch(rule.expect, exchange)
            case "content-type":
                return operation.request_schema is not None, _label(exchange, operation)
            case "schema":
                return not lost, self._shape(exchange, operation)
            case "auth":
                return self._auth(exchange, route)
            case "https":
                return self._https(exchange)
            case _:  # path and method led here
                return True, None

    def _shape(self, exchange: Exchange, operation: Operation) -> Mismatch | None:
        if operation.request_schema is not None and BODY_LOST not in exchange.tags:
            body = exchange.request.json
            if isinstance(body, NotJson):
                text = exchange.request.body.decode("utf-8", "replace")
                return Mismatch("a JSON body", shorten(text) or "an empty body")
            violation = self.contract.schemas.violation(operation.request_schema, body)
            if violation is not None:
                return Mismatch(violation.expected, show(violation.actual), violation.pointer)
        for name, value in exchange.request.query.items():
            reference = operation.query.get(name)
            if reference is None:
                continue
            violation = self.contract.schemas.violation(reference, _typed(value))
            if violation is not None and self.contract.schemas.violation(reference, value):
                return Mismatch(f"{name}: {violation.expected}", f"{name}={value}")
        return None

    def _auth(self, exchange: Exchange, route: Route) -> tuple[bool, Mismatch | None]:
        if not self.credentials.headers:
            return False, None
        left_out = self.credentials.absent(exchange.request)
        if left_out and not self.view.credentials_kept and exchange.status not in {401, 403}:
            return False, None
        return True, self.credentials.mismatch(exchange.request, route.start)

    def _https(self, exchange: Exchange) -> tuple[bool, Mismatch | None]:
        url = exchange.request.url
        if not self.view.scheme_seen:
            return False, None
        if url.startswith("https://"):
            return True, None
        if not self.view.own_server and is_loopback(url):
            return False, None
        return True, Mismatch("an https URL", shorten(url))

    def _server(self, exchange: Exchange) -> Iterator[Judgement]:
        if exchange.response is None or _is_busy(exchange):
            return
        said = judge(self.contract, exchange, self.view.base_values)
        if ANSWER_LOST in exchange.tags:
            said = [one for one in said if self.contract.rules[one.rule_id].check in _OF_STATUS]
        yield from said


def _finding(rule: Rule, miss: Mismatch, exchange: Exchange) -> Finding:
    return Finding(rule, miss.expected, miss.actual, exchange, miss.pointer)


def _label(exchange: Exchange, operation: Operation) -> Mismatch | None:
    label = media_type(exchange.request.headers)
    if operation.request_schema is None or label == "application/json":
        return None
    found = "no Content-Type" if label is None else f"Content-Type: {label}"
    return Mismatch("Content-Type: application/json", found)


def _typed(text: str) -> Any:
    """Return the number that a parameter of the query spells, or the text itself."""
    try:
        return int(text) if len(text) < 20 else text
    except ValueError:
        return text


def _is_busy(exchange: Exchange) -> bool:
    response = exchange.response
    return response is not None and (
        response.status == _BUSY
        or (response.status == 503 and response.header("retry-after") is not None)
    )
