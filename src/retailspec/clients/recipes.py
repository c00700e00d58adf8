"""What is left to look at in an exchange whose like was judged before and found clear.

All that a judge can see in path, method, status and the headers that matter is settled then. Bodies
differ from exchange to exchange: one compiled schema stands for all that schemas say of both, a few
tests for what is compared, and whatever is left is asked of the judge, rule by rule.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retailspec.clients.bodies import expected_answer, expected_request
from retailspec.clients.excluded import is_excluded, unlike
from retailspec.clients.expect import request_mismatch
from retailspec.clients.shape import shape_mismatch
from retailspec.judge import STANDING, applies, form_of, judge, judging_rules
from retailspec.sent import shows
from retailspec.values import fill, lookup_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.clients.bodies import Test
    from retailspec.clients.judging import ExchangeJudge, Judged
    from retailspec.contract.model import Every, Rule
    from retailspec.exchange import Exchange

__all__ = ["Recipe"]

_SETTLED = frozenset({"path", "method", "content-type", "auth", "https"})
_BY_HEAD = frozenset({"status", "headers"})
_MOST = 1000


class Recipe:
    """Recognises exchanges that keep every rule, of those that are like one that did.

    Args:
        judging: The judge that found the first of them clear.
        judged: That one.

    Attributes:
        client: The rules for the client that each of them keeps.
        server: Those for the server.
        times: How many were recognised.
        followed: How many of them kept which rules of client and server that following says.
        call: The base call where the lifecycle has it, or "".
        number: The field of the request that names the order, for such a call.

    Raises:
        LookupError: A rule is of a kind that nothing is known of here.
    """

    def __init__(self, judging: ExchangeJudge, judged: Judged) -> None:
        contract, exchange = judging.contract, judged.exchange
        self.contract = contract
        self.operation = contract.operations[exchange.operation or ""]
        self.status = exchange.status or 0
        self.times = 0
        self.followed: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
        self.client = tuple(
            one.rule_id
            for one in judged.client
            if contract.clients[one.rule_id].check != "lifecycle"
        )
        standing = {rule.id for rule in judging_rules(contract)}
        self.server = tuple(one.rule_id for one in judged.server if one.rule_id in standing)
        numbers = judging.follower.numbers
        self.base_call = exchange.call
        self.call = exchange.call if exchange.call in numbers else ""
        self.number = numbers[self.call].removeprefix("/") if self.call else ""
        self._like = exchange
        self._values = judging.view.base_values
        self._asked: list[dict[str, Any]] = []
        self._answered: list[dict[str, Any]] = []
        self._clients: list[Rule] = []
        self._by_query: list[Rule] = []
        self._queries: dict[str, Mapping[str, str] | None] = {}
        self._servers: dict[str, Rule] = {}
        self._tests: list[Test] = []
        for rule_id in self.client:
            self._client_rule(contract.clients[rule_id])
        for rule_id in self.server:
            self._server_rule(contract.rules[rule_id])
        self._by_sent = self._forms()
        self._rest = replace(contract, rules=self._servers)
        self._credentials = judging.credentials
        self._signed = contract.signing.get("key") in judging.view.credentials
        self._start = judging.routes.find(urlsplit(exchange.request.url).path).start
        self.asks = bool(self._clients or self._servers or self._signed)
        self._valid = self._validator()

    def fits(self, bodies: tuple[Any, Any], query: Mapping[str, str]) -> bool:
        """Tell whether both bodies keep their schemas and pass the tests.

        Args:
            bodies: The JSON values of request and answer, None for an empty one.
            query: The parameters of the query.
        """
        asked, answer = bodies
        try:
            if self._valid is not None and not self._valid(bodies):
                return False
            for test in self._tests:
                if not test(asked, answer, query):
                    return False
        except (AttributeError, TypeError, ValueError, LookupError, OverflowError, RecursionError):
            return False  # something is no object, no list, or too large a number
        return True

    def keeps(self, exchange: Exchange) -> bool:
        """Tell whether an exchange keeps the rules that have to be asked.

        Args:
            exchange: The exchange, its operation and base call filled in.
        """
        for rule in self._clients:
            spoken, miss = request_mismatch(rule.expect, exchange)
            if miss is not None or not spoken:
                return False
        if self._signed and self._credentials.mismatch(exchange, self._start) is not None:
            return False
        if not self._servers:
            return True
        said = judge(self._rest, exchange, self._values, overheard=True)
        return len(said) == len(self._servers) and all(one.held for one in said)

    def query(self, text: str) -> Mapping[str, str] | None:
        """Return the parameters of a query, or None where they do not keep the rules.

        Args:
            text: The query as it stands in the URL; the same ones come again and again.
        """
        if text not in self._queries:
            if len(self._queries) >= _MOST:
                self._queries.clear()
            self._queries[text] = self._query(text)
        return self._queries[text]

    def _query(self, text: str) -> Mapping[str, str] | None:
        request = replace(self._like.request, url=f"https://host/?{text}")
        exchange = replace(self._like, request=request)
        schemas = self.contract.schemas
        for rule in self._by_query:
            spoken, miss = shape_mismatch(rule, exchange, self.operation, schemas)
            if miss is not None or not spoken:
                return None
        if any(shows(form.sent, exchange) is not spoken for form, spoken in self._by_sent):
            return None
        return request.query

    def _client_rule(self, rule: Rule) -> None:
        schema = self.operation.request_schema
        if rule.check == "schema":
            if schema is not None:
                self._asked.append(self._reference(schema))
            if self.operation.query:
                self._by_query.append(rule)
        elif rule.check is None:
            tests = expected_request(rule.expect)
            if tests is None:
                self._clients.append(rule)
            else:
                self._tests += tests
        elif rule.check not in _SETTLED:
            raise LookupError(rule.id)

    def _server_rule(self, rule: Rule) -> None:
        if rule.check == "response.schema":
            key = self.operation.documents(self.status)
            schema = self.operation.schemas.get(key) if key else None
            if schema is None:
                raise LookupError(rule.id)
            self._answered.append(self._reference(schema))
        elif rule.check not in STANDING:
            form = form_of(self.contract, rule, self._like)
            if form is None or not self._expected(form.expect or rule.expect):
                self._servers[rule.id] = rule

    def _forms(self) -> list[tuple[Every, bool]]:
        """Return what forms of rules say of queries, and whether they speak of such a request.

        Raises:
            LookupError: One speaks of this body, and may not of the next one.
        """
        found = []
        for rule in judging_rules(self.contract):
            for form in rule.forms:
                if not form.sent or not applies(form, self._like):
                    continue
                spoken = shows(form.sent, self._like)
                if all(one.startswith("/query/") for one in form.sent):
                    found.append((form, spoken))
                elif spoken:
                    raise LookupError(rule.id)
                elif not self._is_settled(form):
                    self._tests.append(unlike(form))
        return found

    def _is_settled(self, form: Every) -> bool:
        """Tell whether head and schema rule out what a form speaks of."""
        heads = {at: kinds for at, kinds in form.sent.items() if at.startswith("/headers/")}
        if heads and not shows(heads, self._like):
            return True
        schema = self.operation.request_schema
        if schema is None or not self._asked:
            return False
        clients = [self.contract.clients[one] for one in self.client]
        fits = partial(self.contract.schemas.fits, schema)
        return is_excluded(form, self._like.request, fits, clients)

    def _expected(self, expect: Mapping[str, Any]) -> bool:
        """Take what a rule expects of an answer into schema and tests, if they can say it."""
        bodies = {key: expect[key] for key in expect.keys() - _BY_HEAD - {"schema"}}
        if "body" in bodies:
            call = self.contract.calls.get(self._like.call or "")
            lookup = lookup_in(call.variables if call else {}, self._values)
            bodies["body"] = fill(bodies["body"], lookup)
        found = expected_answer(bodies)
        if found is None:
            return False
        self._answered += found[0]
        self._tests += found[1]
        if "schema" in expect:
            reference = f"schemas/{self.contract.name}/{expect['schema']}"
            self._answered.append(self._reference(reference))
        return True

    def _reference(self, reference: str) -> dict[str, Any]:
        return {"$ref": self.contract.schemas.address(reference)}

    def _validator(self) -> Callable[[Any], bool] | None:
        """Return what tells by a list of request and answer whether both keep their schemas."""
        sides = [_all_of(self._asked), _all_of(self._answered)]
        if sides == [True, True]:
            return None
        try:
            return self.contract.schemas.compiled({"prefixItems": sides}).is_valid
        except ValueError:
            raise LookupError("a schema that the fast validator cannot read") from None


def _all_of(schemas: list[dict[str, Any]]) -> dict[str, Any] | bool:
    """Return the schema that stands for several, each taken once."""
    once = list({json.dumps(one): one for one in schemas}.values())
    if not once:
        return True
    return once[0] if len(once) == 1 else {"allOf": once}
