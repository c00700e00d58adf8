"""From a case of schemathesis to the bytes of a request, with the target's own credentials."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from retailspec.build import Prepared
from retailspec.exchange import Domain, Request
from retailspec.judge import GENERATED
from retailspec.layers.situations import kind
from retailspec.layers.standins import StandIns, is_tame

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from retailspec.build import Builder
    from retailspec.contract.model import Call, Contract
    from retailspec.target.target import Target

__all__ = ["Made", "Maker"]

_BODILESS = frozenset({"GET", "HEAD", "DELETE"})  # with a body, front ends turn them away
_FEW = range(1, 21)
_JSON = "application/json"


@dataclass(frozen=True)
class Made:
    """A request that was made of a case.

    Args:
        prepared: The request; its domain says whether the document speaks of it.
        query: The pairs of its query, where no name stands twice.
        lacks: The header of the credentials that it lacks, or "".
        fits: Whether the schema allows it, however strange its values.
    """

    prepared: Prepared
    query: dict[str, str]
    lacks: str = ""
    fits: bool = False


class Maker:
    """Makes requests for one operation of a target.

    Args:
        target: The target.
        builder: Gives requests their credentials.
        call: The base call of the operation.
        draw: Chooses among stand-ins.
    """

    def __init__(self, target: Target, builder: Builder, call: Call, draw: random.Random) -> None:
        self._contract: Contract = target.contract
        self._operation = self._contract.operations[call.operation]
        self._target = target
        self._builder = builder
        self._call = call
        self._stand_ins = StandIns(target, call, draw)
        schema = self._operation.request_schema
        self._known = frozenset() if schema is None else self._contract.schemas.fields(schema)
        self._credentials: dict[str, str] = {
            name.lower(): name
            for name in (*self._contract.authorization, self._contract.signing.get("header", ""))
        }

    def make(self, case: Any) -> Made | None:
        """Return the request of a case, or None where it cannot be sent as it is.

        The case gets the stand-ins too, since schemathesis judges by what was sent.
        """
        case.body = self._stand_ins.body(case.body)
        parts = self._stand_ins.path(
            {name: unquote(str(value)) for name, value in case.path_parameters.items()}
        )
        if any(str(part) in {"", ".", ".."} or "/" in str(part) for part in parts.values()):
            return None
        sent = self._serialized(case)
        body = b"" if case.method in _BODILESS else _bytes(sent.body)
        pairs = parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)
        headers = dict(self._own_headers(case))
        label = sent.headers.get("Content-Type")
        if label is not None and (body or "Content-Type" in case.headers):
            headers["Content-Type"] = label
        lacks = self._lacks(case)
        headers |= self._authorized(case.method, parts, pairs, body)
        headers.pop(lacks, None)
        request = Request(
            method=case.method,
            url=self._url(parts, pairs),
            headers=tuple(headers.items()),
            body=body,
        )
        whole = dict(pairs) if len(dict(pairs)) == len(pairs) else {}
        fits = not lacks and label in {None, _JSON} and self._fits(case, request)
        documented = fits and self._is_documented(request, whole, parts)
        prepared = Prepared(
            request,
            self._operation.id,
            self._call.name,
            Domain.DOCUMENTED if documented else Domain.OUTSIDE,
            frozenset({GENERATED}),
        )
        return Made(prepared, whole, lacks, fits)

    def _serialized(self, case: Any) -> Any:
        requests = importlib.import_module("requests")
        arguments = case.as_transport_kwargs(base_url=self._target.base_url)
        known = ("method", "url", "headers", "params", "data", "json", "files", "cookies")
        return requests.Request(**{k: v for k, v in arguments.items() if k in known}).prepare()

    def _own_headers(self, case: Any) -> Iterator[tuple[str, str]]:
        for name, value in (case.headers or {}).items():
            strange = not (str(value).isascii() and str(value).isprintable())
            if not (strange or name.lower() in {*self._credentials, "content-type"}):
                yield name, str(value)

    def _lacks(self, case: Any) -> str:
        """Return the header of the credentials that a case is about the lack of, or ""."""
        data: Any = None if case.meta is None else case.meta.phase.data
        scenario = getattr(getattr(data, "scenario", None), "value", None)
        where = getattr(getattr(data, "parameter_location", None), "name", None)
        if scenario != "missing_parameter" or where != "HEADER":
            return ""
        return self._credentials.get(str(data.parameter).lower(), "")

    def _authorized(
        self, method: str, parts: dict[str, Any], pairs: list[tuple[str, str]], body: bytes
    ) -> dict[str, str]:
        path = self._operation.path
        for name, value in parts.items():
            path = path.replace("{" + name + "}", str(value))
        query = "&".join(f"{name}={value}" for name, value in pairs)
        return self._builder.authorize(method, f"{path}?{query}" if query else path, body)

    def _url(self, parts: dict[str, Any], pairs: list[tuple[str, str]]) -> str:
        path = self._operation.path
        for name, value in parts.items():
            path = path.replace("{" + name + "}", quote(str(value), safe=""))
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        base = self._target.address
        url = base if path == "/" else base.rstrip("/") + path
        return f"{url}?{query}" if query else url

    def _fits(self, case: Any, request: Request) -> bool:
        if request.method != self._operation.method:
            return False
        components = case.meta.components.items() if case.meta is not None else ()
        outside = {"QUERY", "PATH"}  # headers are ours, and the body is looked at itself
        if any(info.mode.is_negative for where, info in components if where.name in outside):
            return False
        schema = self._operation.request_schema
        return schema is None or (
            kind(request.json) is not None
            and self._contract.schemas.violation(schema, request.json) is None
        )

    def _is_documented(
        self, request: Request, query: dict[str, str], parts: dict[str, Any]
    ) -> bool:
        usual = {name: str(value) for name, value in self._call.query.items()}
        tame = all(
            value == usual.get(name)
            or (value.isdecimal() and value.isascii() and int(value) in _FEW)
            for name, value in query.items()
        )
        if len(query) != len(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)):
            return False
        if not tame or not all(is_tame(part) for part in parts.values()):
            return False
        if self._operation.request_schema is None:
            return True
        return is_tame(request.json) and set(_pointers(request.json, "")) <= self._known


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode("utf-8", "surrogatepass")


def _pointers(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield f"{pointer}/{key}"
            yield from _pointers(below, f"{pointer}/{key}")
    elif isinstance(value, list):
        for below in value:
            yield from _pointers(below, f"{pointer}/*")
