"""Recorded exchanges: they are read as they were written, and hold no credential."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import client_exchanges as ex
import pytest

from retailspec.clients.auth import Credentials
from retailspec.clients.judging import ANSWER_LOST, BODY_LOST
from retailspec.clients.recorder import Recorder
from retailspec.clients.recording import BrokenLine, exchange_of, line_of, read_line
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.exchange import Exchange, Request, Response
from retailspec.secrets import Secrets

FULL = Path("/dev/full")
ALIEN = "aL13n-cr3dential-0f-unkn0wn"


def kept(name: str, exchange: Exchange) -> bytes:
    """Return the line that records an exchange of a contract."""
    keys = ex.KEYS[name]
    return line_of(
        exchange,
        contract=name,
        credentials=Credentials(load_contract(name), keys),
        secrets=Secrets(keys, {key: f"KEY_{key}".upper() for key in keys}),
    )


def back(name: str, exchange: Exchange) -> Exchange:
    """Return an exchange as it is read from the line that records it."""
    return exchange_of(read_line(kept(name, exchange)))


@pytest.mark.parametrize("name", ex.NAMES)
def test_recorded_call_is_judged_as_it_was(name: str) -> None:
    """What a recording says of a call is what the call said, its credentials aside."""
    contract = ex.contract_of(name)
    exchange = ex.call(name, started=1_600_000_000.25, seconds=0.125)
    again = back(contract, exchange)
    assert again.request.body == exchange.request.body
    assert (again.started, again.seconds) == (1_600_000_000.25, 0.125)
    assert ex.broken(contract, again, recorded=True) == []
    spoilt = ex.call(name, body={} if name in {"sync", "stocks"} else [])
    if exchange.request.method == "POST":
        found = ex.broken(contract, back(contract, spoilt), recorded=True)
        assert found == ex.broken(contract, spoilt)


@pytest.mark.parametrize("name", ex.NAMES)
def test_recorded_call_without_credentials_is_told(name: str) -> None:
    """A header that is not in our own recording was not sent."""
    contract = ex.contract_of(name)
    again = back(contract, ex.call(name, auth=()))
    assert ex.broken(contract, again, recorded=True) == ["client.auth"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe\x00binary",
        b'"\\ud800"',
        "é😀".encode(),
        b"\x00\x01\r\n",
        b"a" * 100_000,
    ],
)
def test_bytes_come_back(body: bytes) -> None:
    """A body is read as it was written, byte for byte, whatever it is."""
    exchange = ex.call("confirm", text=body, response=Response(418, (("A", "é"),), body, "Teapot"))
    again = back("omni-orders", exchange)
    assert again.request.body == body
    assert again.response == exchange.response
    assert again.tags == frozenset()


def test_what_was_not_recorded_is_tagged() -> None:
    """A body that nobody kept is told from an empty one, and so is an answer that is cut."""
    call = ex.call("confirm", tags=frozenset({BODY_LOST}))
    assert BODY_LOST in back("omni-orders", call).tags
    assert b"body" not in kept("omni-orders", call)
    cut = ex.call("confirm", response=Response(200, (), b"{", truncated=True))
    assert ANSWER_LOST in back("omni-orders", cut).tags
    line = b'{"retailspec":1,"request":{"method":"get","url":"/"},"response":{"status":204}}'
    assert exchange_of(read_line(line)).tags == {ANSWER_LOST}
    assert exchange_of(read_line(line)).request.method == "GET"


def test_no_answer_comes_back_as_none() -> None:
    """An exchange without an answer says why."""
    exchange = ex.call("confirm", response=None, error="the connection was closed")
    again = back("omni-orders", exchange)
    assert (again.response, again.error) == (None, "the connection was closed")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"5",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"retailspec":2,"request":{"method":"GET","url":"/"},"response":null}',
        b'{"retailspec":"1","request":{"method":"GET","url":"/"},"response":null}',
        b'{"retailspec":1,"request":{"url":"/"},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":5},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/"}}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/","headers":{"a":"b"}},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/","headers":[["a"]]},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/"},"response":{"status":"200"}}',
        b'{"retailspec":1,"request":{"method":"GET","url":"\\ud800"},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/","body_base64":"%%%"},"response":null}',
        '{"retailspec":1,"request":{"method":"GET","url":"/","body_base64":"é"},"response":null}'.encode(),
        b'{"retailspec":1,"request":{"method":"GET","url":"/","body_base64":"YQ"},"response":null}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/"},"response":null,"started":"yesterday"}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/"},"response":null,"started":"2021-01-01"}',
        b'{"retailspec":1,"request":{"method":"GET","url":"/"},"response":null,"seconds":"long"}',
    ],
)
def test_broken_line_is_told(line: bytes) -> None:
    """A line that is no record is told, and never a crash."""
    with pytest.raises(BrokenLine) as told:
        exchange_of(read_line(line))
    assert str(told.value)


@pytest.mark.parametrize(
    "started", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2016-12-31T23:59:60Z"]
)
def test_absurd_time_is_no_crash(started: str) -> None:
    """A time at the ends of what there is, or a leap second, is read or told."""
    line = json.dumps(
        {
            "retailspec": 1,
            "request": {"method": "GET", "url": "/"},
            "response": None,
            "started": started,
        }
    )
    try:
        exchange_of(read_line(line.encode()))
    except BrokenLine as told:
        assert "started" in str(told)  # noqa: PT017 - either is right


def test_surrogates_are_recorded() -> None:
    """Half a surrogate pair, which UTF-8 cannot hold, does not stop the recording."""
    exchange = Exchange(
        Request("GET", "https://h/\ud800", (("a\udfff", "b\ud800"),)),
        Response(200, (("c", "\udc80"),), b"", "\ud800"),
        error="\ud800",
    )
    assert back("omni-orders", exchange).request.url == "https://h/?"


# Credentials

PLACES: list[dict[str, Any]] = [
    {"auth": (("Authorization", ALIEN),)},
    {"auth": (("authorization", f"Bearer {ALIEN}"),)},
    {"auth": (("Authorization", f"token={ALIEN}, email=x"),)},
    {"auth": (("Authorization", f"{ALIEN} and more"),)},
    {"auth": (("Cookie", f"a={ALIEN}"), ("X-Api-Key", ALIEN), ("My-Secret-Token", ALIEN))},
    {"path": f"/api/store/orders/confirm?token={ALIEN}&x=1"},
    {"path": f"/api/oauth/token?client_secret={ALIEN}"},
    {"base": f"https://me:{ALIEN}@api.example"},
    {"body": {"client_id": "7", "client_secret": ALIEN, "password": ALIEN}},
    {"body": {"deep": [{"access_token": ALIEN + '"\\'}]}},
    {"text": f"client_secret={ALIEN}&password={ALIEN}".encode()},
    {"text": b'\xff{"token": "' + ALIEN.encode() + b'"}'},
    {"response": ex.answer(200, {"data": {"token": ALIEN}}, ("Set-Cookie", f"s={ALIEN}"))},
]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("how", PLACES)
def test_no_credential_is_recorded(how: dict[str, Any], *, known: bool) -> None:
    """A credential is not recorded wherever it stands, right or wrong, known or not."""
    keys = {"token": ALIEN if known else ex.OMNI["token"]}
    line = line_of(
        ex.call("confirm", **how),
        contract="omni-orders",
        credentials=Credentials(load_contract("omni-orders"), keys),
        secrets=Secrets(keys, {"token": "TOKEN"}),
    )
    assert ALIEN.encode() not in line
    assert base64.b64encode(ALIEN.encode())[3:-4] not in line
    for shift in range(3):
        padded = base64.b64encode(b"x" * shift + ALIEN.encode())
        assert padded[4:-4] not in line


@pytest.mark.parametrize("name", ex.NAMES)
def test_right_credentials_are_not_recorded(name: str) -> None:
    """The documented credentials stand in a recording by their names; a signature may stay."""
    contract = ex.contract_of(name)
    keys = ex.KEYS[contract]
    line = kept(contract, ex.call(name)).decode()
    for value in keys.values():
        assert value not in line
    header = {"sirclo-inventory": "secret", "mipos-receiver": "X-Signature-Request"}.get(contract)
    recorded = exchange_of(read_line(line.encode())).request
    if header:
        assert recorded.header(header) == ex.call(name).request.header(header)
    else:
        assert "${token}" in (recorded.header("Authorization") or "")


def test_documented_bodies_are_recorded_as_they_are() -> None:
    """Nothing in a documented body is taken for a credential: it has to verify later on."""
    for name in ex.NAMES:
        exchange = ex.call(name)
        recorded = back(ex.contract_of(name), exchange).request
        assert (recorded.body, recorded.url) == (exchange.request.body, exchange.request.url)


# The recorder


def put(recorder: Recorder, exchange: Exchange) -> None:
    """Record an exchange of omni-orders."""
    credentials = Credentials(load_contract("omni-orders"), ex.OMNI)
    secrets = Secrets(ex.OMNI, {"token": "TOKEN"})
    recorder.record(exchange, "omni-orders", credentials, secrets)


def test_file_is_valid_at_each_moment(tmp_path: Path) -> None:
    """After each exchange the file holds whole lines, as many as were recorded."""
    path = tmp_path / "calls.ndjson"
    path.write_text("what was there before")
    with Recorder(path) as recorder:
        assert path.read_bytes() == b""
        for count in range(1, 6):
            put(recorder, ex.call("confirm", text=b"\xff" * count))
            lines = path.read_bytes().splitlines(keepends=True)
            assert [line.endswith(b"\n") for line in lines] == [True] * count
            assert recorder.written == count
            assert exchange_of(read_line(lines[-1])).request.body == b"\xff" * count
    put(recorder, ex.call("confirm"))
    assert recorder.written == 5


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_full_disk_ends_the_recording_and_nothing_else() -> None:
    """What cannot be written is told once, and never raised."""
    with Recorder(FULL) as recorder:
        for _ in range(3):
            put(recorder, ex.call("confirm"))
        assert recorder.written == 0
        assert recorder.failure.startswith("/dev/full: recording ended after 0 exchanges: ")
        assert "No space left" in recorder.failure


class Small:
    """A file on a disk that has only so much room."""

    closed = False

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("wb", buffering=0)
        self._room = room

    def write(self, data: bytes) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        taken = bytes(data[: min(self._room, 50)])
        self._room -= len(taken)
        return self._file.write(taken)

    def truncate(self, size: int) -> int:
        return self._file.truncate(size)

    def close(self) -> None:
        self._file.close()


def test_line_that_does_not_fit_is_taken_back(tmp_path: Path) -> None:
    """Where the disk fills up within a line, the file ends with the line before it."""
    path = tmp_path / "calls.ndjson"
    recorder = Recorder(path)
    recorder.close()
    line = kept("omni-orders", ex.call("confirm"))
    recorder._file = Small(path, 2 * len(line) + 40)  # type: ignore[assignment]  # stands in
    with recorder:
        for _ in range(4):
            put(recorder, ex.call("confirm"))
        assert recorder.written == 2
        assert "after 2 exchanges" in recorder.failure
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    assert len(lines[0]) == len(lines[1]) > 50
    assert [read_line(one).contract for one in lines] == ["omni-orders"] * 2


def test_many_threads_record_whole_lines(tmp_path: Path) -> None:
    """Recorded at once, lines do not run into each other."""
    path = tmp_path / "calls.ndjson"
    with Recorder(path) as recorder:
        bodies = [bytes([65 + number]) * 20_000 for number in range(8)]

        def put_five(body: bytes) -> None:
            for _ in range(5):
                put(recorder, ex.call("confirm", text=body))

        threads = [threading.Thread(target=put_five, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    read = [exchange_of(read_line(line)).request.body for line in path.read_bytes().splitlines()]
    assert sorted(read) == sorted(bodies * 5)


def test_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """A recording that cannot begin is told before anything is run."""
    for path in (tmp_path, tmp_path / "no" / "such.ndjson"):
        with pytest.raises(UsageError, match=r"--record .*: cannot be written: "):
            Recorder(path)
