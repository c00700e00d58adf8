"""Recorded exchanges of reference servers, healthy and faulty, and mutations of them."""

from __future__ import annotations

import importlib.util
import json
import random
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retailspec.checks import Options
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.recording import line_of
from retailspec.clients.sources import open_source
from retailspec.clients.tally import SIDES
from retailspec.clients.traffic import Traffic
from retailspec.contract import load_contract, names
from retailspec.faults.in_process import in_process_target
from retailspec.reference import build
from retailspec.runner import Run
from retailspec.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retailspec.clients.traffic import Read
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange
    from retailspec.reference.base import Reference

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "traffic.py"
NO_SECRETS = Secrets({}, {})
Verdicts = dict[str, Any]


@cache
def contracts() -> dict[str, Contract]:
    return {name: load_contract(name) for name in names()}


def conversation(name: str, reference: Reference, **settings: Any) -> list[Exchange]:
    """Return the exchanges of a conformance run against a server."""
    contract = contracts()[name]
    with in_process_target(contract, reference, settings) as target:
        run = Run(target, Options(races=False, profile="off"))
        try:
            for rule in contract.rules.values():
                if rule.judged:
                    run.result(rule.id)
            return list(run.exchanges)
        finally:
            run.close()


@cache
def healthy() -> dict[str, list[Exchange]]:
    return {name: conversation(name, server) for name, server in _servers().items()}


@cache
def _servers() -> dict[str, Reference]:
    return {name: build(name) for name in names()}


def recorded(exchanges: Iterable[Exchange], name: str) -> list[bytes]:
    """Return the lines that record exchanges of one contract."""
    judging = ExchangeJudge(contracts()[name], View())
    return [
        line_of(one, contract=name, credentials=judging.credentials, secrets=NO_SECRETS)
        for one in exchanges
    ]


def judged(file: Path, *, quick: bool, **options: Any) -> Verdicts:
    """Return what a file says, by contract and side."""
    traffic = Traffic(contracts(), options.pop("known", None), quick=quick, **options)
    with open_source(str(file)) as source:
        read = traffic.read(source)
    traffic.close()
    return said(read, traffic)


def said(read: Read, traffic: Traffic) -> Verdicts:
    """Return what was said of a file, as plain data."""
    told: Verdicts = {
        "file": (read.entries, read.judged, read.broken, read.places, dict(read.skipped), read.cut)
    }
    for name, tally in traffic.tallies.items():
        told[name] = {
            "calls": tally.calls,
            "answers": tally.answers,
            "unjudged": tally.unjudged,
            **{side: tally.records(side) for side in SIDES},
        }
    return told


def made(count: int) -> list[bytes]:
    """Return lines as the benchmark makes them."""
    spec = importlib.util.spec_from_file_location("traffic_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(islice(module.lines(count, seed=7), count))


def credentials(name: str) -> dict[str, str]:
    """Return the credentials of the server that `healthy` calls."""
    return dict(_servers()[name].credentials)


def mutated(line: bytes, draw: random.Random) -> bytes:
    """Return a recorded line with one part of it changed: in a body, a header, the line itself."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    message = record[draw.choice(["request", "response"])] or record["request"]
    kind = draw.choice(["body", "body", "body", "header", "header", "field", "text"])
    if kind == "body" and message.get("body"):
        try:
            body = json.loads(message["body"])
        except (ValueError, RecursionError):  # one nests too deep for anybody
            message["body"] = message["body"][:-1]
        else:
            message["body"] = json.dumps(_changed(body, draw))
    elif kind == "header" and message.get("headers"):
        message["headers"] = _other_headers(message["headers"], draw)
    elif kind == "text" and message.get("body"):
        at = draw.randrange(len(message["body"]))
        message["body"] = message["body"][:at] + draw.choice(['"', "x", "", "\x00", "é"])
    else:
        _other_field(record, draw)
    return json.dumps(record).encode() + b"\n"


_ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.0,
    7,
    10**30,
    "",
    "x",
    "2026-01-01T00:00:00Z",
    [],
    {},
    [1],
    "5",
]


def _changed(value: Any, draw: random.Random) -> Any:
    """Return a JSON value with one part of it another one, gone, or new."""
    places: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict | list):
            keys = list(one) if isinstance(one, dict) else range(len(one))
            places += [(one, key) for key in keys]
            todo += [one[key] for key in keys]
    if not places or draw.random() < 0.03:
        return draw.choice(_ODD)
    holder, key = draw.choice(places)
    what = draw.randrange(4)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder[key] = draw.choice(_ODD)
    return value


def _other_headers(headers: list[list[str]], draw: random.Random) -> list[list[str]]:
    at = draw.randrange(len(headers))
    name, value = headers[at]
    other = {
        0: [],
        1: [[name, value[:-1]]],
        2: [[name.swapcase(), value]],
        3: [[name, value], [name, value]],
        4: [[name, value], [name, "other"]],
        5: [[name, "text/plain"]],
        6: [[name, value], ["Expect", "100-continue"]],
        7: [[name, value], ["Content-Encoding", "gzip"]],
        8: [[name, value], ["Retry-After", "1"]],
    }[draw.randrange(9)]
    return [*headers[:at], *other, *headers[at + 1 :]]


def _other_field(record: dict[str, Any], draw: random.Random) -> None:  # noqa: C901 - a flat table
    request, response = record["request"], record["response"]
    match draw.randrange(12):
        case 0:
            request["method"] = draw.choice(["GET", "PUT", "OPTIONS", "post", "HEAD"])
        case 1:
            request["url"] = request["url"].replace("https", "http")
        case 2:
            request["url"] += draw.choice(
                ["?limit=5", "?limit=x&offset=-1", "#a", "/", "?offset=5"]
            )
        case 3:
            record["response"] = None
        case 4 if response:
            response["status"] = draw.choice(
                [200, 201, 204, 302, 400, 401, 405, 409, 429, 500, 503]
            )
        case 5 if response:
            response["truncated"] = True
        case 6 if response:
            response.pop("body", None)
        case 7:
            request.pop("body", None)
        case 8:
            record["started"] = draw.choice(["now", "2026-13-01T00:00:00Z", "2026-01-01"])
        case 9:
            record["contract"] = draw.choice([None, "omni-orders", "other"])
        case 10:
            record["retailspec"] = 2
        case _:
            request["url"] = request["url"].replace("/api", "/base/api")
