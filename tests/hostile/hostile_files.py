"""Hostile and broken files: what each is, and what the user is told of it."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FILES", "REPORTS", "TARGETS", "HostileFile", "har", "har_entry", "recorded"]

URL: Final = "https://shop.example/api/backend/inventories/update"
EVIL: Final = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
_HEAD = b'{"log": {"version": "1.2", "entries": ['
_NEITHER = "is neither a HAR file nor lines that retailspec recorded"


@dataclass(frozen=True)
class HostileFile:
    """One file and what is made of it.

    Args:
        name: What it is.
        make: Makes it, in place of a file that is not there.
        status: The exit status.
        says: A part of what the user is told.
    """

    name: str
    make: Callable[[Path], object]
    status: int
    says: str


def har_entry(**changes: Any) -> dict[str, Any]:
    """Return an entry of an archive: a call that conforms, but for what is given."""
    row = {"variant_code": "B", "price": 1, "out_of_stock": False, "is_active": True}
    body = json.dumps({"store_code": "S", "inventories": [row]})
    request = {
        "method": "POST",
        "url": URL,
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Authorization", "value": "token Zx81/secret+of=the.file"},
        ],
        "postData": {"mimeType": "application/json", "text": body},
        "bodySize": len(body),
    }
    answer = {
        "status": 200,
        "statusText": "OK",
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"size": 14, "mimeType": "application/json", "text": "\"status: 'ok'\""},
    }
    entry: dict[str, Any] = {
        "startedDateTime": "2026-03-01T08:00:00Z",
        "time": 5,
        "request": request,
        "response": answer,
    }
    for place, value in changes.items():
        *above, last = place.split("__")
        holder = entry
        for key in above:
            holder = holder[key]
        holder[last] = value
    return entry


def har(*entries: Any) -> bytes:
    """Return an archive of entries."""
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode()


def recorded(**changes: Any) -> bytes:
    """Return a recorded line: a call that conforms, but for what is given."""
    entry = har_entry()
    request, answer = entry["request"], entry["response"]
    line: dict[str, Any] = {
        "retailspec": 1,
        "started": entry["startedDateTime"],
        "request": {
            "method": "POST",
            "url": URL,
            "headers": [[one["name"], one["value"]] for one in request["headers"]],
            "body": request["postData"]["text"],
        },
        "response": {
            "status": 200,
            "headers": [["Content-Type", "application/json"]],
            "body": answer["content"]["text"],
        },
    }
    for place, value in changes.items():
        *above, last = place.split("__")
        holder = line
        for key in above:
            holder = holder[key]
        holder[last] = value
    return json.dumps(line).encode() + b"\n"


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _entry(**changes: Any) -> Callable[[Path], object]:
    return _bytes(har(har_entry(), har_entry(**changes)))


def _cyclic(path: Path) -> None:
    path.symlink_to(path.name)


def _missing_link(path: Path) -> None:
    path.symlink_to("not-there")


def _to(where: str, path: Path) -> None:
    path.symlink_to(where)


def _bomb(path: Path) -> None:
    """Some 300 MB of blanks before an archive begins, in 0.3 MB."""
    _deflated(path, b"", b" " * (1 << 20), 300)


def _bomb_inside(path: Path) -> None:
    """An archive with an entry of 300 MB, and one after that."""
    _deflated(
        path,
        _HEAD + b'{"x": "',
        b"y" * (1 << 20),
        300,
        b'"},' + json.dumps(har_entry()).encode() + b"]}}",
    )


def _line_bomb(path: Path) -> None:
    """A recording with a line of 300 MB, and one after that."""
    _deflated(path, recorded(), b"z" * (1 << 20), 300, b"\n" + recorded())


def _deflated(path: Path, head: bytes, piece: bytes, times: int, tail: bytes = b"") -> None:
    packed = zlib.compressobj(1, wbits=31)
    with path.open("wb") as stream:
        stream.write(packed.compress(head))
        for _ in range(times):
            stream.write(packed.compress(piece))
        stream.write(packed.compress(tail) + packed.flush())


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.har", har(har_entry()))


def _nested_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(gzip.compress(har(har_entry()))))


def _many_broken(path: Path) -> None:
    path.write_bytes(_HEAD + b"5," * 200_000 + json.dumps(har_entry()).encode() + b"]}}")


def _many_broken_lines(path: Path) -> None:
    path.write_bytes(recorded() + b"{}\n" * 200_000)


def _long_string(path: Path) -> None:
    text = b"x" * 50_000_000
    path.write_bytes(
        _HEAD + b'{"x": "' + text + b'"}, ' + json.dumps(har_entry()).encode() + b"]}}"
    )


def _long_body(path: Path) -> None:
    path.write_bytes(har(har_entry(request__postData__text="x" * 30_000_000), har_entry()))


def _many_keys(path: Path) -> None:
    inside = ",".join(f'"k{number}": {number}' for number in range(300_000))
    path.write_bytes(_HEAD + f"{{{inside}}}, ".encode() + json.dumps(har_entry()).encode() + b"]}}")


_DEEP = b"[" * 1_000_000
_ROUND = b"[" * 1_000_000 + b"]" * 1_000_000
_GOOD = json.dumps(har_entry()).encode()
_WRONG: tuple[Any, ...] = (None, True, 5, -1, 1e300, "text", "", [], [5], {}, {"text": 5})
_PARTS = (
    "startedDateTime", "time", "request", "response", "request__method", "request__url",
    "request__headers", "request__postData", "request__postData__text", "request__bodySize",
    "response__status", "response__statusText", "response__headers", "response__content",
    "response__content__text", "response__content__size", "response__content__mimeType",
)  # fmt: skip


def _wrong_types(path: Path) -> None:
    """Every part of an entry with every wrong type, one after the other."""
    entries = [har_entry(**{part: value}) for part in _PARTS for value in _WRONG]
    names: list[Any] = [{"name": value, "value": other} for value in _WRONG for other in _WRONG]
    entries.append(har_entry(request__headers=names, response__headers=names))
    entries += [har_entry(request__headers=[value]) for value in _WRONG]
    path.write_bytes(har(*entries, *_WRONG, har_entry()))


_LINE_PARTS = (
    "retailspec",
    "contract",
    "started",
    "seconds",
    "error",
    "request",
    "response",
    "request__method",
    "request__url",
    "request__headers",
    "request__body",
    "request__body_base64",
    "response__status",
    "response__headers",
    "response__body",
    "response__reason",
    "response__truncated",
)


def _wrong_lines(path: Path) -> None:
    """Every part of a recorded line with every wrong type, one after the other."""
    path.write_bytes(
        recorded() + b"".join(recorded(**{part: value}) for part in _LINE_PARTS for value in _WRONG)
    )


FILES = (
    # no file to read
    HostileFile("none", lambda _: None, 2, "No such file"),
    HostileFile(
        "a symbolic link to itself", _cyclic, 2, "cannot be read: Too many levels of symbolic"
    ),
    HostileFile("a symbolic link to nothing", _missing_link, 2, "No such file"),
    HostileFile("a folder", lambda path: path.mkdir(), 2, "cannot be read: Is a directory"),
    HostileFile("a pipe that nobody writes to", os.mkfifo, 2, "is no regular file"),
    HostileFile("/dev/zero", partial(_to, "/dev/zero"), 2, "is no regular file"),
    HostileFile("/dev/full", partial(_to, "/dev/full"), 2, "is no regular file"),
    HostileFile("/dev/null", partial(_to, "/dev/null"), 2, "is"),
    # no traffic
    HostileFile("empty", _bytes(b""), 2, "is empty"),
    HostileFile("blanks", _bytes(b" \n" * 50_000), 2, "is empty"),
    HostileFile("text", _bytes(b"hello\n" * 1000), 2, _NEITHER),
    HostileFile("binary", _bytes(bytes(range(256)) * 1000), 2, _NEITHER),
    HostileFile("escape sequences", _bytes(EVIL.encode() * 1000), 2, _NEITHER),
    HostileFile("another JSON", _bytes(b'{"openapi": "3.1.0"}'), 2, _NEITHER),
    HostileFile(
        "UTF-16", _bytes(har().decode().encode("utf-16")), 2, "is UTF-16; save it as UTF-8"
    ),
    HostileFile(
        "UTF-32", _bytes(har().decode().encode("utf-32")), 2, "is UTF-16; save it as UTF-8"
    ),
    HostileFile("a zip file", _zip, 2, _NEITHER),
    HostileFile("gzip of gzip", _nested_gzip, 2, _NEITHER),
    HostileFile("gzip that ends at once", _bytes(b"\x1f\x8b\x08"), 2, "cannot be read"),
    HostileFile("gzip of garbage", _bytes(b"\x1f\x8b" + b"\xff" * 1000), 2, "cannot be read"),
    HostileFile("gzip of 300 MB of blanks", _bomb, 2, "is empty"),
    HostileFile("a million lists in each other", _bytes(_ROUND), 2, _NEITHER),
    # archives
    HostileFile(
        "an archive with a byte order mark",
        _bytes(b"\xef\xbb\xbf" + har(har_entry())),
        0,
        "1 judged",
    ),
    HostileFile(
        "an archive cut in the middle",
        _bytes(har(har_entry(), har_entry())[:-300]),
        0,
        "it ends in the middle, after entry 1",
    ),
    HostileFile(
        "a compressed archive cut in the middle",
        _bytes(gzip.compress(har(*[har_entry()] * 300), 0)[:-5000]),
        0,
        "the compressed data end in the middle",
    ),
    HostileFile(
        "an archive without entries",
        _bytes(b'{"log": {"pages": []}}'),
        2,
        "is no HAR file: it has no entries",
    ),
    HostileFile(
        "entries that are no list", _bytes(b'{"log": {"entries": {}}}'), 2, "log.entries is no list"
    ),
    HostileFile("no entries", _bytes(har()), 3, "nothing in it belongs to a contract"),
    HostileFile("wrong types everywhere", _wrong_types, 1, "broken: "),
    HostileFile("200,000 broken entries", _many_broken, 0, "broken: 200000, left out"),
    HostileFile("a text of 50 MB", _long_string, 0, "entry 1: larger than 32 MB"),
    HostileFile("a body of 30 MB", _long_body, 1, "2 judged"),
    HostileFile("300,000 keys", _many_keys, 0, "entry 1: request is missing"),
    HostileFile("gzip with an entry of 300 MB", _bomb_inside, 0, "entry 1: larger than 32 MB"),
    HostileFile(
        "an entry that nests a million deep",
        _bytes(_HEAD + _ROUND + b"," + _GOOD + b"]}}"),
        0,
        "entry 1: no JSON: it nests too deeply",
    ),
    HostileFile(
        "a million lists that never end",
        _bytes(_HEAD + _DEEP),
        3,
        "it ends in the middle, after entry 0",
    ),
    HostileFile(
        "deep nesting before the entries",
        _bytes(b'{"log": {"x": ' + _ROUND + b', "entries": [' + _GOOD + b"]}}"),
        0,
        "1 judged",
    ),
    HostileFile(
        "deep nesting in a body",
        _entry(request__postData__text="[" * 100_000 + "]" * 100_000),
        1,
        "BROKEN",
    ),
    HostileFile(
        "deep nesting in an answer",
        _entry(response__content__text="[" * 100_000 + "]" * 100_000),
        1,
        "BROKEN",
    ),
    HostileFile(
        "a number of 100,000 digits",
        _bytes(har(har_entry()).replace(b'"time": 5', b'"time": ' + b"9" * 100_000)),
        3,
        "entry 1: no JSON: a number in it has thousands of digits",
    ),
    HostileFile(
        "a number of 100,000 digits in a body",
        _entry(request__postData__text='{"a": ' + "9" * 100_000 + "}"),
        1,
        "BROKEN",
    ),
    HostileFile(
        "invalid UTF-8 in an entry",
        _bytes(har(har_entry(), har_entry()).replace(b"shop", b"\xff\xfe", 1)),
        0,
        "entry 1: no JSON: it is no UTF-8",
    ),
    HostileFile("NaN in an entry", _entry(time=float("nan")), 0, "2 judged"),
    HostileFile(
        "a year of 7 digits",
        _entry(startedDateTime="9999999-01-01T00:00:00Z"),
        0,
        "2 judged",
    ),
    HostileFile(
        "the last day of time",
        _entry(startedDateTime="9999-12-31T23:59:59.9-23:59"),
        0,
        "2 judged",
    ),
    HostileFile(
        "the first day of time",
        _entry(startedDateTime="0001-01-01T00:00:00+23:59"),
        0,
        "2 judged",
    ),
    HostileFile(
        "negative times",
        _entry(time=-5, startedDateTime="-0001-01-01T00:00:00Z"),
        0,
        "2 judged",
    ),
    HostileFile(
        "base64 that is none",
        _entry(response__content={"text": "\u2603***", "encoding": "base64"}),
        0,
        "entry 2: a body's base64 cannot be read",
    ),
    HostileFile(
        "half a surrogate pair in an address",
        _entry(request__url=URL + "\ud800"),
        0,
        "entry 2: request.url cannot be read",
    ),
    HostileFile(
        "half a surrogate pair in a credential",
        _entry(
            request__headers=[{"name": "Authorization", "value": "Bearer a\ud800bcdefgh"}],
            request__postData__text="{}",
        ),
        1,
        "BROKEN",
    ),
    HostileFile(
        "half a surrogate pair in a body",
        _entry(request__postData__text='{"a": "\ud800"}'),
        1,
        "BROKEN",
    ),
    HostileFile(
        "an archive within an archive",
        _entry(response__content__text=har(har_entry()).decode()),
        1,
        "2 judged",
    ),
    HostileFile(
        "addresses that are none",
        _bytes(
            har(
                har_entry(),
                *[
                    har_entry(request__url=url)
                    for url in (
                        "http://[::1",
                        "https://a:99999999/",
                        "http://",
                        "HTTPS://\x00/",
                        "file:///etc/passwd",
                    )
                ],
            )
        ),
        0,
        "entry 2: request.url cannot be read",
    ),
    HostileFile(
        "escape sequences everywhere",
        _bytes(
            har(
                har_entry(),
                har_entry(request__method=EVIL),
                har_entry(request__url=URL + "/" + EVIL),
                har_entry(request__url="https://" + EVIL + ".example/"),
                har_entry(request__postData__text=json.dumps({EVIL: EVIL}, ensure_ascii=False)),
                har_entry(response__statusText=EVIL, response__status=999),
                har_entry(response__content__text=EVIL),
                har_entry(response={"status": 0, "_error": EVIL}),
                har_entry(request__headers=[{"name": EVIL, "value": EVIL}]),
            )
        ),
        1,
        "BROKEN",
    ),
    # recordings
    HostileFile("a recording with wrong types everywhere", _wrong_lines, 1, "broken: "),
    HostileFile(
        "a recording with 200,000 broken lines",
        _many_broken_lines,
        0,
        "broken: 200000, left out",
    ),
    HostileFile("gzip with a line of 300 MB", _line_bomb, 0, "line 2: larger than 32 MB"),
    HostileFile(
        "a recording cut in the middle",
        _bytes(recorded() + recorded()[:200]),
        0,
        "it ends in the middle of line 2",
    ),
    HostileFile(
        "a recording with NUL bytes after it", _bytes(recorded() + b"\0" * 70_000), 2, _NEITHER
    ),
    HostileFile(
        "a line that nests a million deep",
        _bytes(recorded() + b'{"retailspec": 1, "request": ' + _ROUND + b"}\n"),
        0,
        "line 2: ",
    ),
    HostileFile(
        "a later version",
        _bytes(recorded() + recorded(retailspec=10**30) + recorded(retailspec=2)),
        0,
        "line 3: format 2, and only 1 is known",
    ),
    HostileFile(
        "statuses that are none",
        _bytes(
            recorded()
            + b"".join(recorded(response__status=status) for status in (0, -5, 99, 1000, 10**15))
        ),
        0,
        "line 2: ",
    ),
    HostileFile(
        "times that are none",
        _bytes(recorded() + recorded(seconds=-1e300) + recorded(started="9999999-01-01T00:00:00Z")),
        0,
        "line 3: started: ",
    ),
    HostileFile(
        "recorded escape sequences",
        _bytes(
            recorded()
            + recorded(request__method=EVIL)
            + recorded(request__url=EVIL)
            + recorded(contract=EVIL)
            + recorded(response=None, error=EVIL)
            + recorded(response__body=EVIL, response__reason=EVIL, request__headers=[[EVIL, EVIL]])
        ),
        1,
        "BROKEN",
    ),
)
"""What `retailspec traffic` is given."""


def _report(**changes: Any) -> bytes:
    report = {"format": "retailspec-report", "version": 1, **changes}
    return json.dumps(report).encode()


REPORTS = (
    HostileFile("none", lambda _: None, 2, "No such file"),
    HostileFile("a symbolic link to itself", _cyclic, 2, "cannot be read: Too many levels"),
    HostileFile("a folder", lambda path: path.mkdir(), 2, "Is a directory"),
    HostileFile("a pipe that nobody writes to", os.mkfifo, 2, "It is no regular file"),
    HostileFile("/dev/zero", partial(_to, "/dev/zero"), 2, "It is no regular file"),
    HostileFile("empty", _bytes(b""), 2, "is no valid JSON"),
    HostileFile("binary", _bytes(bytes(range(256))), 2, "is no valid JSON"),
    HostileFile("UTF-16", _bytes(_report().decode().encode("utf-16")), 2, "is a"),
    HostileFile("a million lists in each other", _bytes(_ROUND), 2, "is no valid JSON"),
    HostileFile("a number of 100,000 digits", _bytes(b"9" * 100_000), 2, "is no"),
    HostileFile("a list", _bytes(b"[]"), 2, "is no report of retailspec"),
    HostileFile("an archive", _bytes(har(har_entry())), 2, "is no report of retailspec"),
    HostileFile("nothing but its format", _bytes(_report()), 2, "is a broken report: at "),
    HostileFile("a version to come", _bytes(_report(version=99)), 2, "has format version 99"),
    HostileFile("a version that is a text", _bytes(_report(version=EVIL)), 2, "is a broken report"),
    HostileFile(
        "names that are escape sequences", _bytes(_report(**{EVIL: EVIL})), 2, "is a broken report"
    ),
    HostileFile("NaN", _bytes(_report(contracts=float("nan"))), 2, "is a broken report"),
    HostileFile(
        "contracts that are texts", _bytes(_report(contracts=[EVIL])), 2, "is a broken report"
    ),
    HostileFile("JSON cut in the middle", _bytes(_report()[:-4]), 2, "is no valid JSON"),
)
"""What `report`, `compare` and `waive` are given."""

TARGETS = (
    HostileFile("none", lambda _: None, 2, "No such file"),
    HostileFile("a symbolic link to itself", _cyclic, 2, "cannot be read: Too many levels"),
    HostileFile("a pipe that nobody writes to", os.mkfifo, 2, "It is no regular file"),
    HostileFile("/dev/zero", partial(_to, "/dev/zero"), 2, "It is no regular file"),
    HostileFile("binary", _bytes(bytes(range(256))), 2, "is no valid TOML"),
    HostileFile("2 MB", _bytes(b"#" * 2_000_000), 2, "is larger than it can be"),
    HostileFile("lists in each other", _bytes(b"a = " + b"[" * 400_000), 2, "is no valid TOML"),
    HostileFile(
        "a literal credential",
        _bytes(b'[omni-inventory.credentials]\ntoken = "abcdef12345"\n'),
        2,
        "env:",
    ),
    HostileFile("an unknown contract", _bytes(b"[omni-inventary]\n"), 2, "omni-inventory"),
    HostileFile(
        "escape sequences for keys",
        _bytes(b'[omni-inventory]\n"\\u001b[2J" = 1\n'),
        2,
        "omni-inventory",
    ),
)
"""What `traffic --target` is given."""
