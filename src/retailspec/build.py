"""From a case to the bytes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from retailspec.errors import ContractError
from retailspec.exchange import Domain, Request
from retailspec.mangling import mangled
from retailspec.signers import SIGNERS, recipe
from retailspec.values import change, fill, placeholders, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retailspec.contract.model import Call, Case
    from retailspec.target.supply import Pool
    from retailspec.target.target import Target

__all__ = ["Builder", "NotJudged", "Prepared"]

_BODILESS = frozenset({"GET", "HEAD", "DELETE"})  # with a body, front ends turn them away


class NotJudged(Exception):
    """A check cannot be made on this target.

    Attributes:
        reason: Why, and what would unlock it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Prepared:
    """A request, ready to be sent.

    Args:
        request: The request with its credentials.
        operation: The operation's id.
        call: The base call's name.
        domain: Whether it stays inside what the document describes.
        tags: Marks that standing rules select by.
        borrowed: What was borrowed from a supply for it: the supply's name and the entry.
    """

    request: Request
    operation: str
    call: str
    domain: Domain = Domain.DOCUMENTED
    tags: frozenset[str] = frozenset()
    borrowed: tuple[tuple[str, str], ...] = ()


@dataclass
class Builder:
    """Builds requests for one target.

    Args:
        target: The target, for its addresses, credentials and fixtures.
    """

    target: Target

    def prepare(self, case: Case, values: Mapping[str, Any] | None = None) -> Prepared:
        """Return the request of a case.

        Args:
            case: The case.
            values: What placeholders stand for, before the target's own fixtures and supplies.

        Raises:
            NotJudged: A fixture, credential or address is missing that the case needs.
            SupplyError: The supply has no fresh entry.
        """
        borrowed: list[tuple[str, str]] = []
        try:
            return self._prepared(case, values or {}, borrowed)
        except NotJudged:
            self.target.give_back(borrowed)
            raise

    def _prepared(
        self, case: Case, values: Mapping[str, Any], borrowed: list[tuple[str, str]]
    ) -> Prepared:
        contract = self.target.contract
        call = contract.calls[case.call]
        operation = contract.operations[call.operation]
        lookup = self._lookup(call, values, borrowed)
        edits = case.edits
        probes_bodiless = edits.get("method") in _BODILESS
        body = b"" if probes_bodiless else self._body(call, edits, lookup)
        headers = {"Content-Type": "application/json"} if body else {}
        for name, value in fill(edits.get("headers", {}), lookup).items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = value
        path = fill({**call.path, **edits.get("path", {})}, lookup)
        query = {
            name: value
            for name, value in fill({**call.query, **edits.get("query", {})}, lookup).items()
            if value is not None
        }
        if edits.get("method") == operation.method:
            raise NotJudged(f"{operation.method} is the target's own method for {operation.id}")
        uri = _uri(operation.path, path, query)
        base = self._base(edits)
        signed = self._body(call, {}, lookup) if edits.get("sign") == "original" else body
        method = edits.get("method", operation.method)
        target = urlsplit(base.rstrip("/")).path + uri
        headers.update(self._authorization(edits, method, target, signed))
        request = Request(
            method=method,
            url=_joined(base, _encoded(uri)),
            headers=tuple(headers.items()),
            body=body,
        )
        return Prepared(request, operation.id, case.call, case.domain, case.tags, tuple(borrowed))

    def _lookup(
        self, call: Call, values: Mapping[str, Any], borrowed: list[tuple[str, str]]
    ) -> Callable[[str], Any]:
        variables = _told_the_time(call.variables)

        def find(name: str) -> Any:
            for source in (values, variables, self.target.fixtures):
                if name in source:
                    return source[name]
            contract = self.target.contract
            if name in contract.fixtures:
                raise NotJudged(f"needs fixtures.{name}: {contract.fixtures[name].says}")
            if name in contract.supplies:
                return self._borrow(name, borrowed)
            raise ContractError(f"{contract.name}: a rule uses ${{{name}}}, which nothing defines")

        return find

    def _borrow(self, name: str, borrowed: list[tuple[str, str]]) -> str:
        pool: Pool | None = self.target.pools.get(name)
        if pool is None:
            raise NotJudged(f"needs supply.{name}: {self.target.contract.supplies[name].says}")
        for supply, entry in borrowed:
            if supply == name:
                return entry
        entry = pool.borrow()
        borrowed.append((name, entry))
        return entry

    def _base(self, edits: Mapping[str, Any]) -> str:
        if edits.get("transport") != "plain":
            return self.target.address
        if self.target.http_url is None:
            raise NotJudged("needs http_url: the address of the API over plain HTTP")
        return self.target.http_url

    def _body(self, call: Call, edits: Mapping[str, Any], lookup: Callable[[str], Any]) -> bytes:
        if "text" in edits:
            return str(fill(edits["text"], lookup)).encode()
        template = edits.get("body", call.body)
        if template is None and "body" not in edits:
            return b""
        try:
            for pointer, value in edits.get("change", {}).items():
                template = change(template, fill(pointer, lookup), value)
            for pointer in edits.get("without", ()):
                template = remove(template, fill(pointer, lookup))
        except LookupError as error:
            raise ContractError(
                f"{self.target.contract.name}: {call.name} has nothing at {error}"
            ) from None
        return mangled(fill(template, lookup), edits.get("mangle"), edits.get("layout"))

    def authorize(self, method: str, uri: str, body: bytes) -> dict[str, str]:
        """Return the headers that give a call the target's credentials, signed where it asks so.

        Args:
            method: The call's method.
            uri: Its path below the target's address, and its query, without percent-encoding.
            body: The bytes of its body.
        """
        target = urlsplit(self.target.address.rstrip("/")).path + uri
        return self._authorization({}, method, target, body)

    def _authorization(
        self, edits: Mapping[str, Any], method: str, uri: str, body: bytes
    ) -> dict[str, str]:
        auth = edits.get("auth", {})
        if auth == "none":
            return {}
        contract = self.target.contract
        templates = edits.get("authorization", contract.authorization)
        carried = placeholders(dict(templates)) | {contract.signing.get("key")} if auth else set()
        values = self._credentials({key: kind for key, kind in auth.items() if key in carried})
        if auth and all(values.get(key) == self.target.secrets.values.get(key) for key in auth):
            raise NotJudged(f"the target's authorization does not depend on {' or '.join(auth)}")
        if edits.get("authorization") and edits["authorization"] == contract.authorization:
            raise NotJudged("the target's own authorization has this form")
        headers = {}
        for name, template in templates.items():
            absent = [
                key for key, value in values.items() if value is None and f"${{{key}}}" in template
            ]
            if not absent:
                headers[name] = fill(template, lambda key: self._given(values, key))
        if contract.signing and edits.get("sign") != "none":
            kind = None if edits.get("sign") == "original" else edits.get("sign")
            key = values[contract.signing["key"]] or ""
            signed = self._signed(key, method, uri, body, kind)
            headers[contract.signing["header"]] = signed
        return headers

    def _signed(self, key: str, method: str, uri: str, body: bytes, kind: str | None) -> str:
        """Return a signature, which stands as a variable in print, with what makes it anew."""
        signing, secrets = self.target.contract.signing, self.target.secrets
        scheme, options = signing["scheme"], self.target.config.options
        signed = SIGNERS[scheme](key, method, uri, body, kind, options)
        name = signing["header"].upper().replace("-", "_")
        secrets.hide(signed, f"${name}")
        variable = secrets.variables.get(signing["key"])
        if kind is None and variable and key == secrets.values.get(signing["key"]):
            made = recipe(scheme, variable, method, uri, body, options)
            if made is not None:
                secrets.recipes[signed] = f"{name}={made}"
        return signed

    def _given(self, values: Mapping[str, str | None], name: str) -> str | None:
        if name not in values:
            raise NotJudged(f"needs credentials.{name}: {self._says(name)}")
        return values[name]

    def _says(self, credential: str) -> str:
        return self.target.contract.credentials[credential].says

    def _credentials(self, auth: Mapping[str, str]) -> dict[str, str | None]:
        secrets = self.target.secrets
        values: dict[str, str | None] = dict(secrets.values)
        for name, kind in auth.items():
            if kind == "absent":
                values[name] = None
                continue
            if kind.startswith("use:"):
                other = kind.removeprefix("use:")
                if other not in secrets.values:
                    raise NotJudged(f"needs credentials.{other}: {self._says(other)}")
                values[name] = secrets.values[other]
                continue
            values[name] = secrets.spoiled(name, kind)
            if values[name] is None:
                raise NotJudged(f"the {name} has no form that is {kind} and still another")
        return values


def _joined(base: str, uri: str) -> str:
    """Return the URL of a path and query; `/` alone stands for the address as it was given."""
    path, mark, query = uri.partition("?")
    return (base if path == "/" else base.rstrip("/") + path) + mark + query


def _told_the_time(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return a call's variables; one that is `clock:FORMAT` becomes the time now, in UTC."""
    now = datetime.now(UTC)
    return {
        name: now.strftime(value.removeprefix("clock:")) if value.startswith("clock:") else value
        for name, value in variables.items()
    }


def _uri(path: str, parts: Mapping[str, Any], query: Mapping[str, Any]) -> str:
    for name, value in parts.items():
        path = path.replace("{" + name + "}", str(value))
    if not query:
        return path
    return path + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def _encoded(uri: str) -> str:
    path, mark, query = uri.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&"))
    encoded = "&".join(
        quote(name, safe="") + equals + quote(value, safe="") for name, equals, value in pairs
    )
    return quote(path, safe="/-._~!$'()*+,;=:@%") + mark + (encoded if mark else "")
