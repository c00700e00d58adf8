"""What takes outside input, and inputs for it: each ends in a verdict or in one clear line."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpcore
from hypothesis import strategies as st

from retailspec.build import Builder, NotJudged
from retailspec.checks import Options
from retailspec.contract import load_contract, locate, names
from retailspec.contract.load import contract_of
from retailspec.contract.schemas import read_data
from retailspec.errors import RetailspecError
from retailspec.report.record import result_record, run_record
from retailspec.report.terminal import summary_lines
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.session import Session
from retailspec.shelf import Shelf
from retailspec.target.config import TargetConfig, read_target, target_config
from retailspec.target.supply import CallSupply, Pool
from retailspec.target.target import make_target
from retailspec.target.template import template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retailspec.contract import Contract

__all__ = ["PARSERS", "Parser"]


@dataclass(frozen=True)
class Parser:
    """Something that takes outside input.

    Args:
        name: What it reads.
        inputs: Draws inputs, good ones with a few changes for the most part.
        read: Reads one; what it raises, or an output that is not printable, is a fault.
        share: How many of a run's inputs it gets, in comparison with the others.
    """

    name: str
    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], None]
    share: int = 1


_TOKEN = "Fuzz-token/0f+the=parsers"


@contextlib.contextmanager
def _one_line() -> Iterator[None]:
    """Let an error of ours end an input, if it is one printable line."""
    try:
        yield
    except (RetailspecError, NotJudged) as error:
        told = str(error)
        assert told, "an empty message"
        assert told.isprintable(), repr(told)


def _use(table: Any, name: str) -> None:
    """Take a table of a target file as far as requests can be made of it."""
    contract = load_contract(name)
    config = target_config(table, contract, "t.toml:", folder=Path("/nowhere"))
    secrets = Secrets(
        dict.fromkeys(contract.credentials, _TOKEN), dict.fromkeys(contract.credentials, "V")
    )
    target = make_target(contract, config, "t.toml:", base_url=None, secrets=secrets)
    session, builder = Session(target), Builder(target)
    fresh = dict.fromkeys(contract.supplies, "A1")
    first = {
        case.call: case for rule in reversed([*contract.rules.values()]) for case in rule.cases
    }
    for call, case in first.items():
        if target.contract.calls[call].operation in target.contract.operations:
            with contextlib.suppress(NotJudged):
                builder.prepare(case, fresh)
    session.close()


# target files as text

_PIECES = [
    '"',
    "[",
    "]",
    "=",
    "{",
    "}",
    "\n",
    "#",
    "'''",
    ".",
    ",",
    "\\",
    "\0",
    "\x1b[2J",
    "é",
    "inf",
]
_PIECES += [
    "nan",
    "true",
    "1e9",
    "0x1",
    "9" * 30,
    "1979-05-27T07:32:00Z",
    "[[omni-orders]]",
    "env:X",
]
_PIECES += [f"{key} = " for key in TargetConfig.model_fields]


def _edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    for place, gone, new in edits:
        at = int(place * len(text))
        text = text[:at] + new + text[at + gone :]
    return text


def _edits(pieces: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    place = st.floats(0, 1, allow_nan=False)
    return st.lists(st.tuples(place, st.integers(0, 30), pieces), max_size=6)


_target_texts = st.builds(
    _edited,
    st.sampled_from([template(load_contract(name)).replace("\n# ", "\n") for name in names()]),
    _edits(st.sampled_from(_PIECES) | st.text(max_size=8)),
)


def _read_target_text(text: str) -> None:
    with tempfile.TemporaryDirectory(prefix="retailspec-") as folder, _one_line():
        file = Path(folder) / "t.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        contracts = {name: load_contract(name) for name in names()}
        for name, config in read_target(file, contracts).items():
            make_target(
                contracts[name],
                config,
                "t.toml:",
                base_url="https://a.example",
                secrets=_secrets(name),
            )


def _secrets(name: str) -> Secrets:
    credentials = load_contract(name).credentials
    return Secrets(dict.fromkeys(credentials, _TOKEN), dict.fromkeys(credentials, "V"))


# target files as structures

_odd = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_odd |= st.sampled_from(
    ["env:PATH", "https://a.example", "http://[::1", "http://a:99999", "//", "A" * 300]
)
_values = st.recursive(
    _odd,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_call = st.fixed_dictionaries(
    {"url": st.sampled_from(["http://127.0.0.1:1/x?y=z", "https://a..b/"]) | _values},
    optional={"method": _values, "pointer": _values, "headers": _values, "body": _values},
)
_supply = st.fixed_dictionaries(
    {},
    optional={
        "numbers": st.lists(st.text(max_size=5), max_size=3) | _values,
        "file": _values,
        "command": _values,
        "http": _call | _values,
        "timeout": _values,
    },
)


def _tables(name: str) -> st.SearchStrategy[tuple[Any, str]]:
    contract = load_contract(name)

    def some(keys: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        known = sorted(keys) or ["x"]
        return st.dictionaries(st.sampled_from(known), values, max_size=4) | _values

    sections = {
        "base_url": st.sampled_from(["https://a.example", "http://127.0.0.1:1/p/"]) | _values,
        "http_url": _values,
        "credentials": some(contract.credentials, _values),
        "authorization": st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=2)
        | _values,
        "fixtures": st.just(
            {n: f.example or f.default or "x" for n, f in contract.fixtures.items()}
        )
        | some(contract.fixtures, _values),
        "supply": some(contract.supplies, _supply),
        "trigger": some(contract.triggers, _supply),
        "paths": some(contract.operations, st.sampled_from(["/a", "/{x}", "/é/%zz"]) | _values),
        "methods": some(contract.operations, st.sampled_from(["GET", "POST"]) | _values),
        "options": _values,
        "ca_file": _values,
        "webhook_url": _values,
        "patience": _values,
        "timeout": _values,
        "rate": _values,
        "production": _values,
    }
    made = st.fixed_dictionaries({}, optional=sections) | st.dictionaries(
        st.sampled_from([*sections, "unknown"]), _values, max_size=3
    )
    return st.tuples(made, st.just(name))


def _read_table(drawn: tuple[Any, str]) -> None:
    with _one_line():
        _use(*drawn)


# rule files

_RULES = {
    name: read_data(path) for name in names() if (path := locate.find("rules", f"{name}.yaml"))
}


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, below in items:
        yield (*place, key)
        yield from _places(below, (*place, key))


_PLACES = {name: list(_places(raw)) for name, raw in _RULES.items()}


def _changed(name: str, changes: list[tuple[int, str, Any, int]]) -> tuple[Any, str]:
    raw = copy.deepcopy(_RULES[name])
    for number, how, value, other in changes:
        *above, last = _PLACES[name][number % len(_PLACES[name])]
        with contextlib.suppress(LookupError, TypeError):
            holder = raw
            for key in above:
                holder = holder[key]
            if how == "remove":
                del holder[last]
            elif how == "rename":
                holder[f"{last}x"] = holder.pop(last)
            elif how == "swap":
                from_ = raw
                for key in _PLACES[name][other % len(_PLACES[name])]:
                    from_ = from_[key]
                holder[last] = copy.deepcopy(from_)
            else:
                holder[last] = value
    return raw, name


_rule_files = st.builds(
    _changed,
    st.sampled_from(sorted(_RULES)),
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.sampled_from(["remove", "rename", "swap", "set"]),
            _values,
            st.integers(0, 10**6),
        ),
        min_size=1,
        max_size=3,
    ),
)


def _read_rules(drawn: tuple[Any, str]) -> None:
    raw, name = drawn
    path = locate.find("rules", f"{name}.yaml")
    assert path is not None
    with _one_line():
        contract_of(raw, path)


# answers

_ASKED = {
    name: ("response.schema", "response.content-type", "no-server-error", *asked)
    for name, asked in {
        "omni-inventory": ("update.ok", "price.empty"),
        "omni-orders": ("confirm.from.new-unpaid", "number.missing"),
        "comestri-inventory": ("create.minimal",),
        "sirclo-inventory": ("update.ok", "history.offset", "history.total"),
        "mipos-inventory": ("sync.ok", "sync.item.name"),
    }.items()
}
"""Per contract the rules that answers are judged by; the first ones by every answer that comes."""

_LIGHT = ("omni-inventory", "comestri-inventory", "mipos-inventory")
"""The contracts of which an input takes few calls: they get most of the inputs."""

_KEPT: dict[str, Run] = {}


def _run_of(name: str) -> Run:
    """Return a run that knows nothing of the input before."""
    if name not in _KEPT:
        contract = load_contract(name)
        examples = {n: f.example for n, f in contract.fixtures.items() if f.example is not None}
        config = TargetConfig(
            base_url="http://127.0.0.1:9", patience=0.0, timeout=5.0, fixtures=examples
        )
        target = make_target(
            contract, config, "fuzz:", secrets=_secrets(name), fresh=_makers(contract)
        )
        _KEPT[name] = Run(target, Options(profile="off", races=False))
    run = _KEPT[name]
    for pool, make in _makers(run.contract).items():
        run.target.pools[pool] = Pool(CallSupply(make, "fuzz"))
    run.session = Session(run.target, run._standing)
    for state in (run._made, run._seen, run._raced, run.exchanges, run.notes):
        state.clear()
    run._shelf = Shelf()
    return run


def _makers(contract: Contract) -> dict[str, Callable[[], str]]:
    return {name: map("A{}".format, itertools.count()).__next__ for name in contract.supplies}


_WORDS = (
    b"\r\n", b"\n", b"\0", b":", b" ", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"Content-Type: application/json\r\n",
    b"Retry-After: nan\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n", b"NaN", b"1e999", b"-1", b"null",
    b"[]", b"{}", b"\xff", b"\x1b[2J", b'"\\ud800"', b"[" * 3_000, b"9" * 5_000,
    b'"2026-02-30T25:61:61Z"',
    b"Infinity",
)  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "number", "status", "items", "total", "rows", "id"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def _examples() -> Iterator[Any]:
    """Yield the bodies that the OpenAPI documents give as examples of answers."""
    for name in _ASKED:
        stack = [read_data(path) for path in [load_contract(name).openapi] if path is not None]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                yield from (node[key] for key in ("example", "value") if key in node)
                stack.extend(node.values())
            elif isinstance(node, list):
                stack.extend(node)


_statuses = st.sampled_from([200, 200, 200, 201, 204, 400, 401, 404, 409, 429, 500, 503])
_bodies = st.sampled_from([json.dumps(one).encode() for one in _examples()]) | st.builds(
    lambda value: json.dumps(value).encode(), _json
)


def _answer(status: int, body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    data = head.encode() + b"\r\n\r\n" + body
    for place, gone, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + gone :]
    return data


_raw: st.SearchStrategy[bytes] = st.binary(max_size=200)
_answers = st.tuples(
    st.sampled_from([*_ASKED, *_LIGHT, *_LIGHT, *_LIGHT]),
    st.builds(_answer, _statuses, _bodies, _edits(st.sampled_from(_WORDS) | st.binary(max_size=6)))
    | _raw,
)


def _read_answer(drawn: tuple[str, bytes]) -> None:
    name, data = drawn
    parts = [data[at : at + 700] for at in range(0, len(data), 700)]

    def connect(*args: Any, **options: Any) -> httpcore.NetworkStream:
        del args, options
        return httpcore.MockStream(list(parts))

    run = _run_of(name)
    with mock.patch.object(httpcore.SyncBackend, "connect_tcp", connect):
        run.selected = frozenset(_ASKED[name])
        results = [run.result(rule) for rule in sorted(run.selected)]
    records = [result_record(result, run) for result in results]
    json.dumps(records)
    for line, _ in summary_lines(records, [run_record(run)], {name: run.contract}):
        assert line.isprintable() or not line, repr(line)


PARSERS = (
    Parser("target files, as text", _target_texts, _read_target_text, share=3),
    Parser(
        "target files, as tables", st.sampled_from(names()).flatmap(_tables), _read_table, share=3
    ),
    Parser("rule files", _rule_files, _read_rules, share=2),
    Parser("HTTP answers", _answers, _read_answer, share=2),
)
"""Each parser of outside input with its inputs; another one is one more line."""
