"""Signature vectors: what a right signature is, and what only looks like one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from retailspec.contract.schemas import read_data
from retailspec.export.recipes import recipe
from retailspec.signers import SIGNERS
from retailspec.values import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Call, Contract

__all__ = ["signature_vectors"]

_KEY = "retailspec+vector/key=="
_MOMENT = datetime(2021, 2, 5, 15, 4, 5, tzinfo=UTC)


def signature_vectors(contract: Contract) -> list[dict[str, Any]]:
    """Return a contract's signature vectors: those that its vendor prints, and computed ones.

    The printed ones are in `rules/signatures/SCHEME.json` beside the contract's rules. The others
    sign the contract's calls with a key made up for the purpose; under `wrong` they have, per kind,
    the signature that the contract's rules send to see it refused.
    """
    return [*_printed(contract), *_computed(contract)]


def _printed(contract: Contract) -> Iterator[dict[str, Any]]:
    if contract.openapi is None:
        return
    folder = contract.openapi.parent.parent / "rules" / "signatures"
    path = folder / f"{contract.signing['scheme']}.json"
    for one in read_data(path) if path.is_file() else ():
        right = recipe(contract.signing["scheme"], None, one["uri"], None)
        yield {"source": "printed", "scheme": contract.signing["scheme"], **one, **right}


def _computed(contract: Contract) -> Iterator[dict[str, Any]]:
    kinds = sorted(
        {
            str(case.edits["sign"])
            for rule in contract.rules.values()
            for case in rule.cases
            if case.edits.get("sign") not in {None, "none", "original"}
        }
    )
    scheme = contract.signing["scheme"]
    sign = SIGNERS[scheme]
    for call in contract.calls.values():
        operation = contract.operations[call.operation]
        uri, body = _uri(contract, call, operation.path), _body(contract, call)
        for name, text in _layouts(body):
            part = (_KEY, operation.method, uri, text.encode())
            how = recipe(scheme, None, uri, None)
            right = sign(*part, None, {})
            made = {kind: sign(*part, kind, {}) for kind in kinds}
            wrong = {  # a random one is no vector, and some kinds do not differ for some calls
                kind: value
                for kind, value in made.items()
                if value != right and value == sign(*part, kind, {})
            }
            yield {
                "source": "computed",
                "scheme": scheme,
                "name": f"{call.name}, {name}",
                "key": _KEY,
                "method": operation.method,
                "uri": how.get("uri", ""),
                "body": text,
                "encoding": how["encoding"],
                "options": {},
                "signature": right,
                "wrong": wrong,
            }


def _layouts(body: Any) -> list[tuple[str, str]]:
    if body is None:
        return [("no body", "")]
    return [
        ("compact", json.dumps(body, separators=(",", ":"))),
        ("indented", json.dumps(body, indent=3)),
        ("beyond ASCII", json.dumps({"é": "€ 😀", **body}, ensure_ascii=False)),
    ]


def _lookup(contract: Contract, call: Call) -> Mapping[str, Any]:
    values = {
        name: name if one.default is None and one.example is None else one.default or one.example
        for name, one in contract.fixtures.items()
    }
    for name, text in call.variables.items():
        clock = text.startswith("clock:")
        values[name] = _MOMENT.strftime(text.removeprefix("clock:")) if clock else text
    return values


def _body(contract: Contract, call: Call) -> Any:
    known = _lookup(contract, call)
    return fill(call.body, lambda name: known.get(name, name))


def _uri(contract: Contract, call: Call, path: str) -> str:
    known = _lookup(contract, call)
    for name, value in fill(dict(call.path), lambda name: known.get(name, name)).items():
        path = path.replace("{" + name + "}", str(value))
    query = fill(dict(call.query), lambda name: known.get(name, name))
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{path}?{pairs}" if pairs else path
