"""What takes files and requests of others' clients, and inputs for it; the other parsers too."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import itertools
import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz_parsers import _PIECES, PARSERS, Parser, _edited, _edits, _json, _odd, _one_line, _places
from hostile_files import har, har_entry, recorded
from hypothesis import strategies as st

from retailspec.clients.framing import FramingError, Reader, RequestHead
from retailspec.clients.sources import open_source
from retailspec.clients.traffic import Traffic
from retailspec.command_report import run_compare, run_report
from retailspec.command_traffic import _document, _lines
from retailspec.command_waive import run_waive
from retailspec.contract import load_contract, names
from retailspec.report.clients import exit_status
from retailspec.waivers import read_waivers

if TYPE_CHECKING:
    from retailspec.clients.framing_body import Body

sys.path.append(str(Path(__file__).parents[1] / "unit"))  # how reports are made without pytest

__all__ = ["ALL_PARSERS", "Parser"]


def _printable(text: str) -> None:
    assert all(char.isprintable() or char == "\n" for char in text), repr(text)


# waivers

_WAIVERS = """\
[[waiver]]
rule = "omni-orders/confirm.from.cancelled-paid"
reason = "their ticket 41"
expires = 2030-12-31
[[waiver]]
contract = "omni-inventory"
rule = "price.empty"
reason = "agreed upon"
"""
_waiver_pieces = st.sampled_from(
    [
        *_PIECES[:24],
        "expires = ",
        "rule = ",
        "[[waiver]]",
        "9999-99-99",
        "2030-01-01T00:00:00",
        "TODO",
    ]
)
_waivers = st.builds(_edited, st.just(_WAIVERS), _edits(_waiver_pieces | st.text(max_size=8)))


def _read_waivers(text: str) -> None:
    with tempfile.TemporaryDirectory(prefix="retailspec-") as folder, _one_line():
        file = Path(folder) / "w.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        read_waivers(file, date(2026, 1, 1))


# traffic


@functools.cache
def _contracts() -> dict[str, Any]:
    return {name: load_contract(name) for name in names()}


def _read_traffic(data: bytes) -> None:
    """Judge a file, and print the verdict in both forms."""
    with tempfile.TemporaryDirectory(prefix="retailspec-") as folder, _one_line():
        file = Path(folder) / "f"
        file.write_bytes(data)
        traffic = Traffic(_contracts())
        with open_source(str(file)) as source:
            reads = [traffic.read(source)]
        traffic.close()
        tallies = list(traffic.tallies.values())
        sides = ("client", "server")
        assert exit_status(tallies, sides=sides, strict=False) in {0, 1, 3}
        json.dumps(_document(reads, tallies, sides, 0))
        for line, _ in _lines(reads, tallies, sides):
            _printable(line)


_HOW = ("remove", "swap", "set", "wrap", "twice")
_strange = _odd | _json | st.sampled_from(
    ["\ud800", "\x1b[2J", "http://[", "https://a:99999/", "9999999-01-01T00:00:00Z", 1e300, 10**30,
     "base64", "gzip", "null", "token x", "application/json", "/api/store/orders/confirm", "GET"]
)  # fmt: skip
_changes = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(_HOW), _strange, st.integers(0, 10**6)),
    max_size=5,
)


def _changed(value: Any, changes: list[tuple[int, str, Any, int]]) -> Any:
    """Return JSON with some of its parts gone, exchanged, wrapped, or others."""
    value = copy.deepcopy(value)
    for number, how, new, other in changes:
        places = list(_places(value))
        if not places:
            return new
        *above, last = places[number % len(places)]
        holder = value
        for key in above:
            holder = holder[key]
        if how == "remove":
            del holder[last]
        elif how == "wrap":
            holder[last] = [holder[last]]
        elif how == "swap":
            found = value
            for key in places[other % len(places)]:
                found = found[key]
            holder[last] = copy.deepcopy(found)
        elif how == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        else:
            holder[last] = new
    return value


_BYTES = (
    b"\0",
    b"\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1f\x8b",
    b"NaN",
    b"1e999",
    b"-",
    b"null",
    b"\\ud800",
    b"[" * 3000,
    b"9" * 5000,
    b'{"retailspec": 1}\n',
    b'"entries": [',
    b"\r\n\r\n",
    b"\r\n",
    b"0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"f" * 20,
    b"Content-Length: 5\r\n",
    b"Host: a\r\n",
    b"GET / HTTP/1.1\r\n",
    b" ",
    b"\t",
    b";",
    b"\r",
)


def _spoilt(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for place, gone, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + gone :]
    return data


_byte_edits: st.SearchStrategy[Any] = st.just([]) | _edits(
    st.sampled_from(_BYTES) | st.binary(max_size=5)
)
_hars = st.builds(
    lambda changes, edits: _spoilt(json.dumps(_changed(_HAR, changes)).encode(), edits),
    _changes,
    _byte_edits,
)
_HAR: Any = json.loads(har(har_entry(), har_entry(response__status=400)))
_LINES = [json.loads(recorded()), json.loads(recorded(contract="omni-inventory"))]
_recordings = st.builds(
    lambda changes, edits: _spoilt(
        b"".join(json.dumps(one).encode() + b"\n" for one in _listed(_changed(_LINES, changes))),
        edits,
    ),
    _changes,
    _byte_edits,
)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# reports


@functools.cache
def _report() -> dict[str, Any]:
    """Return a report with few rules, some of them broken, and few calls."""
    from report_runs import hostile, report_of  # noqa: PLC0415 - only where reports are read

    report: dict[str, Any] = report_of("omni-inventory", hostile())
    contract = report["contracts"][0]
    broken = [one for one in contract["rules"] if one["verdict"] == "broken"]
    held = [one for one in contract["rules"] if one["verdict"] == "held"]
    contract["rules"] = [*broken[:2], *held[:2]]
    return report


def _read_report(drawn: tuple[list[tuple[int, str, Any, int]], list[Any]]) -> None:
    changes, edits = drawn
    text = _spoilt(json.dumps(_changed(_report(), changes)).encode(), edits)
    with tempfile.TemporaryDirectory(prefix="retailspec-") as folder:
        file, other = (Path(folder) / name for name in ("r.json", "o.json"))
        file.write_bytes(text)
        other.write_text(json.dumps(_report()))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            with _one_line():
                run_report(str(file), html=None, form="text")
                run_report(str(file), html=f"{folder}/p.html", form="markdown")
            with _one_line():
                run_compare(str(other), str(file))
            with _one_line():
                run_waive(str(file), "-", advisories=True, force=True)
        _printable(printed.getvalue())


# requests


class _Log:
    """Notes the messages that a reader tells of."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self._parts: list[bytes] = []

    def begin(self, head: bytes) -> tuple[bytes, Body | None]:
        self._parts = [head]
        return head, RequestHead(head).body()

    def payload(self, piece: bytes) -> None:
        self._parts.append(piece)

    def ended(self) -> None:
        self.told.append(b"".join(self._parts))


def _framed(pieces: list[bytes]) -> tuple[list[bytes], bytes, str]:
    """Return the messages, the bytes that are passed on, and why the rest was refused."""
    log, wire = _Log(), []  # type: tuple[_Log, list[bytes]]
    reader = Reader(log)
    try:
        for piece in pieces:
            reader.feed(piece, wire)
    except FramingError as error:
        return log.told, b"".join(wire), f"{error.status} {error}"
    return log.told, b"".join(wire), ""


_REQUESTS = (
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    (
        b"POST /a?b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;x=y\r\nhello\r\n0\r\nT: r\r\n\r\n"
    ),
    b"GET / HTTP/1.0\r\n\r\n",
)
_requests = st.tuples(
    st.builds(
        _spoilt,
        st.lists(st.sampled_from(_REQUESTS), min_size=1, max_size=3).map(b"".join),
        _byte_edits,
    )
    | st.binary(max_size=60),
    st.lists(st.integers(0, 250), max_size=4),
)


def _read_requests(drawn: tuple[bytes, list[int]]) -> None:
    """However the bytes are cut, the same messages are read, and the same are passed on."""
    data, cuts = drawn
    at = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[start:end] for start, end in itertools.pairwise(at)]
    whole = _framed([data])
    cut = _framed(pieces)
    assert cut[0] == whole[0]
    assert bool(cut[2]) == bool(whole[2])
    assert whole[2].isprintable() or not whole[2]


_report_changes = st.tuples(_changes, st.just([]) | _byte_edits)

ALL_PARSERS = (
    *PARSERS,
    Parser("waivers", _waivers, _read_waivers, share=3),
    Parser("archives of traffic", _hars, _read_traffic, share=3),
    Parser("recorded lines", _recordings, _read_traffic, share=3),
    Parser("report.json", _report_changes, _read_report),
    Parser("framing of requests", _requests, _read_requests, share=4),
)
"""Each parser of outside input with its inputs, those of `fuzz_parsers` before."""
