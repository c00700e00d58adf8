"""Files of traffic: what they are, what is wrong with them, and what is left out of them."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
import traffic_samples as samples

from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.recording import line_of
from retailspec.clients.setup import Setup
from retailspec.clients.sharing import read_shared
from retailspec.clients.sources import open_source
from retailspec.clients.tally import SIDES
from retailspec.clients.traffic import Known, Traffic
from retailspec.errors import UsageError
from retailspec.exchange import Exchange, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

JSON = (("Content-Type", "application/json"), ("Allow", "POST, OPTIONS"))
TOKEN = ("Authorization", "token 1234567890abcdef")
REFUSED = {
    "error_message": "Order already canceled",
    "error_code": "order_already_canceled",
    "errors": {"order": "Order already canceled"},
}
COMPLETED = {
    "error_message": "Order already completed",
    "error_code": "order_already_completed",
    "errors": {"order": "Order already completed"},
}


def order(status: int, text: str, payment: int, number: str = "A1") -> dict[str, Any]:
    """Return an order as an answer has it."""
    found = next(
        one.response.json
        for one in samples.healthy()["omni-orders"]
        if one.response and one.accepted
    )
    return {
        **found,
        "number": number,
        "status": status,
        "statusText": text,
        "paymentStatus": payment,
    }


def call(name: str, body: Any, status: int | None = 200, at: float = 0.0, **more: Any) -> Exchange:
    """Return a call on the order A1, begun `at` seconds after eight in the morning."""
    field = "number" if name == "confirm" else "order"
    url = f"https://orders.example/api/store/orders/{name}"
    request = Request("POST", url, (*JSON, TOKEN), json.dumps({field: "A1"}).encode())
    answer = None if status is None else Response(status, JSON, json.dumps(body).encode())
    return Exchange(request, answer, started=1_772_352_000 + at, seconds=0.1, **more)


def write(path: Path, exchanges: list[Exchange], contract: str | None = "omni-orders") -> Path:
    judging = ExchangeJudge(samples.contracts()["omni-orders"], View())
    lines = [
        line_of(one, contract=contract, credentials=judging.credentials, secrets=samples.NO_SECRETS)
        for one in exchanges
    ]
    path.write_bytes(b"".join(lines))
    return path


def broken(file: Path, **options: Any) -> dict[str, set[str]]:
    """Return the rules that a file breaks, by side."""
    said = samples.judged(file, quick=True, **options).get("omni-orders", {})
    return {
        side: {record["rule"] for record in said.get(side, ()) if record["times"]} for side in SIDES
    }


CONFIRMED = order(10, "Confirmed", 1)
CANCELLED = order(30, "Cancelled", 1)
NOTHING: dict[str, set[str]] = {"client": set(), "server": set()}


def test_a_call_after_cancel_is_the_client_s_fault(tmp_path: Path) -> None:
    """It was told that the order is cancelled; the server refuses rightly."""
    file = write(
        tmp_path / "a.jsonl",
        [call("cancel", CANCELLED), call("confirm", REFUSED, 400, at=1)],
    )
    assert broken(file) == {"client": {"client.lifecycle"}, "server": set()}


def test_accepting_what_is_cancelled_is_the_server_s_fault(tmp_path: Path) -> None:
    """No act of anybody else's brings a cancelled order back."""
    file = write(
        tmp_path / "a.jsonl",
        [call("cancel", CANCELLED), call("confirm", CONFIRMED, at=1)],
    )
    assert any(rule.startswith("confirm.from.cancelled") for rule in broken(file)["server"])


def test_calls_at_once_are_never_held_against_anyone(tmp_path: Path) -> None:
    """A call that was sent before the other one was answered could not know of it."""
    file = write(
        tmp_path / "a.jsonl",
        [call("cancel", CANCELLED), call("confirm", CONFIRMED, at=0.05)],
    )
    assert broken(file) == NOTHING


def test_a_retry_after_no_answer_is_nobody_s_fault(tmp_path: Path) -> None:
    """The first call may have come through, or not: both answers to the second are right."""
    for answer, status in ((CANCELLED, 200), (REFUSED, 400)):
        file = write(
            tmp_path / "a.jsonl",
            [call("cancel", None, None, error="reset"), call("cancel", answer, status, at=1)],
        )
        assert broken(file) == NOTHING


def test_somebody_unseen_may_have_acted_unless_it_is_excluded(tmp_path: Path) -> None:
    """A confirmed order that is complete a second later is no fault, but where nobody else acts."""
    file = write(
        tmp_path / "a.jsonl",
        [
            call("confirm", CONFIRMED),
            call("complete", COMPLETED, 400, at=1),
        ],
    )
    assert not broken(file)["server"]
    assert broken(file, alone=True)["server"]


def test_the_path_chooses_the_contract_and_hosts_may_be_foreign(tmp_path: Path) -> None:
    """Without a name in the line; another host than the target's is none of ours."""
    file = write(tmp_path / "a.jsonl", [call("cancel", CANCELLED)], contract=None)
    assert samples.judged(file, quick=True)["omni-orders"]["calls"] == {"cancel": 1}
    known = {"omni-orders": Known(hosts=("other.example",))}
    skipped = samples.judged(file, quick=True, known=known)["file"][4]
    assert skipped == {"another host than the target's: orders.example": 1}


def test_no_path_belongs_to_two_contracts() -> None:
    """Each documented path is one contract's, those aside that are just a slash."""
    from retailspec.clients.choosing import Chooser  # noqa: PLC0415 - for this test alone

    chooser = Chooser(samples.contracts(), {}, named=False)
    for name, contract in samples.contracts().items():
        for operation in contract.operations.values():
            url = f"https://a.example{operation.path}".replace("{store_id}", "1")
            chosen = chooser.choose(url)
            assert chosen[0] == (None if operation.path == "/" else name)
    assert chooser.choose("https://a.example/", "mipos-receiver") == ("mipos-receiver", "")


def test_signatures_are_recomputed_where_the_key_is_known(tmp_path: Path) -> None:
    """A signature of other bytes is told with the key, and cannot be told without it."""
    name = "sirclo-inventory"
    lines = samples.recorded([one for one in samples.healthy()[name] if one.accepted], name)
    spoilt = [line.replace(b'\\"qty\\":30', b'\\"qty\\":31') for line in lines]
    assert lines != spoilt
    file = tmp_path / "a.jsonl"
    credentials = samples.credentials(name)

    def failed(known: dict[str, Known]) -> int:
        said = samples.judged(file, quick=True, known=known)[name]["client"]
        return int(next(one["times"] for one in said if one["rule"] == "client.auth"))

    file.write_bytes(b"".join(spoilt))
    assert failed({}) == 0
    assert failed({name: Known(credentials=credentials)}) == sum(map(bytes.__ne__, lines, spoilt))
    file.write_bytes(b"".join(lines))
    assert failed({name: Known(credentials=credentials)}) == 0
    hidden = [line.replace(b"sku1", b"${token}") for line in lines]  # as a recorder hides it
    assert lines != hidden
    file.write_bytes(b"".join(hidden))
    assert failed({name: Known(credentials=credentials)}) == 0


def test_broken_lines_are_told_one_by_one(tmp_path: Path) -> None:
    """With their numbers; blank lines count, and are none."""
    good = write(tmp_path / "a.jsonl", [call("cancel", CANCELLED)]).read_bytes()
    text = good + b"\n{}\n" + good.replace(b'"retailspec":1', b'"retailspec":9') + b'{"a\n' + good
    file = tmp_path / "b.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + text)
    entries, judged, count, places, *_ = samples.judged(file, quick=True)["file"]
    assert (entries, judged, count) == (5, 2, 3)
    assert [position for position, _ in places] == ["line 3", "line 4", "line 5"]
    assert "format 9" in places[1][1]


def test_a_file_that_ends_in_the_middle_is_judged_so_far(tmp_path: Path) -> None:
    """A recording, an archive, one that is compressed: what is there counts, the cut is told."""
    good = write(tmp_path / "a.jsonl", [call("cancel", CANCELLED)]).read_bytes()
    file = tmp_path / "cut"
    file.write_bytes(good + good[:200])
    said = samples.judged(file, quick=True)["file"]
    assert said[1] == 1
    assert said[5] == "it ends in the middle of line 2"
    file.write_bytes(gzip.compress(good * 50)[:-20])
    said = samples.judged(file, quick=True)["file"]
    assert said[1] > 0
    assert "compressed" in said[5]
    file.write_bytes(b'{"log": {"entries": [{"request": {"url": "data:"}}, {"requ')
    said = samples.judged(file, quick=True)["file"]
    assert said[0] == 1
    assert said[5] == "it ends in the middle, after entry 1"


@pytest.mark.parametrize("compressed", [False, True])
def test_the_kind_is_told_by_what_is_in_it(tmp_path: Path, compressed: bool) -> None:
    """Whatever its name; gzip is undone."""
    good = write(tmp_path / "a.jsonl", [call("cancel", CANCELLED)]).read_bytes()
    kinds = {
        b'{\n "log": {"version": "1.2", "entries": []}}': "HAR",
        b'\xef\xbb\xbf{"log":{"entries":[]}}': "HAR",
        good: "recording",
        b"{broken\n" + good: "recording",
    }
    for text, kind in kinds.items():
        file = tmp_path / "it.txt"
        file.write_bytes(gzip.compress(text) if compressed else text)
        with open_source(str(file)) as source:
            assert source.kind == kind


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\x00\x01\x02" * 50, "neither"),
        (b"POST / HTTP/1.1\r\n", "neither"),
        (b'{"openapi": "3.1.0"}', "neither"),
        (b"[1, 2]", "neither"),
        ('{"log": {}}'.encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x00\x00", "cannot be read"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_traffic_is_told_in_a_line(
    tmp_path: Path, text: bytes | None, problem: str
) -> None:
    """What it is not, and what it should be."""
    file = tmp_path / "file"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(UsageError, match=problem) as raised, open_source(str(file)):
        pass
    assert "\n" not in str(raised.value)
    with pytest.raises(UsageError, match="Is a directory"), open_source(str(tmp_path)):
        pass


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Archive and recording of some 15 MB each, one entry of 8 MB among them, in 30 MB."""
    good = write(tmp_path / "a.jsonl", [call("cancel", CANCELLED)]).read_bytes()
    har = json.dumps(
        {
            "request": {"method": "GET", "url": "https://cdn.example/x", "headers": []},
            "response": {"status": 200, "content": {"size": 6000, "text": "x" * 6000}},
        }
    ).encode()
    huge = b'{"x": "%s"}' % (b"y" * 8_000_000)
    files = {
        "a.har": b'{"log": {"entries": [%s, %s%s]}}' % (har, huge, (b"," + har) * 1100),
        "b.jsonl": good + huge + b"\n" + good * 6000,
    }
    for name, text in files.items():
        file = tmp_path / name
        file.write_bytes(text)
        traffic = Traffic(samples.contracts())
        tracemalloc.start()
        try:
            with open_source(str(file)) as source:
                read = traffic.read(source)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert read.broken == 1
        assert peak < 30_000_000


def test_two_processes_say_what_one_says(tmp_path: Path) -> None:
    """A recording cut into blocks anywhere, half of them judged by a helper."""
    lines = [
        line for name, some in samples.healthy().items() for line in samples.recorded(some, name)
    ]
    lines += [*samples.made(1500), b"\n", b"{broken\n", lines[0][:-1] + b" " * 40_000 + b"\n"]
    lines += samples.made(400)
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"".join(lines)[:-30])
    alone = samples.judged(file, quick=True)
    setup = Setup()
    traffic = setup.traffic()
    read = read_shared(str(file), traffic, setup, "", block_size=20_000)
    traffic.close()
    assert samples.said(read, traffic) == alone
