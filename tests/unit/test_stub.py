"""The judging stub: what it records and judges of what it gets, and whom it refuses to answer."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.clients.guard import Guard
from retailspec.clients.recording import read_line
from retailspec.clients.session import Judging, stub_session
from retailspec.contract import load_contract, names
from retailspec.reference import build
from retailspec.report.clients import verdict_lines
from retailspec.signing import sirclo_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retailspec.clients.session import StubSession
    from retailspec.clients.tally import Tally

UPDATE = "/api/backend/inventories/update"
LINE = {"variant_code": "BURGER01", "price": 25000, "out_of_stock": False, "is_active": True}
BODY = {"store_code": "Store1", "inventories": [LINE]}
TOKEN = "6b1fStubTokenOfTheTest"
AUTH = {"Authorization": f"token {TOKEN}"}


class Stubbed:
    """A judging stub of the Omni inventory without TLS, until its verdict is asked for."""

    def __init__(self, stack: ExitStack, name: str = "omni-inventory", **judging: Any) -> None:
        self.stack = stack
        self.reference = build(name, credentials={"token": TOKEN})
        self.session: StubSession = stack.enter_context(
            stub_session(load_contract(name), self.reference, Judging(**judging), tls=False)
        )
        self.url = self.session.served.url
        self.port = int(self.url.rpartition(":")[2])

    def post(self, body: Any = BODY, path: str = UPDATE, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"Content-Type": "application/json", **AUTH, **headers}
        return httpx.post(self.url + path, content=content, headers=own, trust_env=False)

    def raw(self, data: bytes, *, until: bytes = b"") -> bytes:
        """Send bytes, and return what comes until the connection ends or some bytes came."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as peer:
            peer.sendall(data)
            got = b""
            while chunk := peer.recv(65536):
                got += chunk
                if until and until in got:
                    break
        return got

    def verdict(self) -> Tally:
        self.stack.close()
        return self.session.stub.tally

    def verdicts(self) -> dict[str, str]:
        return {one["rule"]: one["verdict"] for one in self.verdict().records("client")}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def stub(stack: ExitStack) -> Stubbed:
    return Stubbed(stack)


@pytest.fixture
def start(stack: ExitStack) -> Callable[..., Stubbed]:
    return lambda *args, **options: Stubbed(stack, *args, **options)


def test_sound_calls_hold_every_rule_that_speaks_of_them(stub: Stubbed) -> None:
    """Nothing is broken, every call is counted, and the answer is the reference server's."""
    assert [stub.post().status_code for _ in range(3)] == [200, 200, 200]
    tally = stub.verdict()
    assert (tally.calls, tally.answers) == ({"update": 3}, {"200": 3})
    records = tally.records("client")
    assert {one["verdict"] for one in records} == {"held"}
    assert {one["judged"] for one in records} == {3}
    assert "client.https" not in {one["rule"] for one in records}


FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("client.schema", "a field less", {"body": {"store_code": "Store1"}}),
    ("client.schema", "no JSON", {"body": b'{"store_code": '}),
    ("client.schema", "NaN", {"body": json.dumps(BODY).replace("25000", "NaN").encode()}),
    ("client.auth", "another token", {"Authorization": "token anotherTokenAltogether"}),
    ("client.auth", "another scheme", {"Authorization": f"Bearer {TOKEN}"}),
    ("client.content-type", "another label", {"Content-Type": "text/plain"}),
    ("client.path", "another path", {"path": "/api/backend/inventory/update"}),
    ("client.expect-header", "Expect", {"Expect": "100-continue"}),
]


@pytest.mark.parametrize(
    ("rule", "fault"), [(r, f) for r, _, f in FAULTS], ids=[f[1] for f in FAULTS]
)
def test_fault_among_sound_calls_is_found(stub: Stubbed, rule: str, fault: dict[str, Any]) -> None:
    """A fault after calls that were judged fast is judged in full, and so is what follows."""
    for _ in range(3):
        stub.post()
    stub.post(**fault)
    stub.post()
    tally = stub.verdict()
    records = {one["rule"]: one for one in tally.records("client")}
    assert {one for one in records if records[one]["findings"]} == {rule}
    assert records[rule]["times"] == 1
    assert "call 4" in records[rule]["findings"][0]["note"]
    assert sum(tally.calls.values()) == 5


def test_malformed_json_is_answered_and_judged_like_anything_else(stub: Stubbed) -> None:
    """Ten bodies that are no JSON are ten answers and ten findings of one kind; others go on."""
    for _ in range(10):
        assert stub.post(b'{"store_code": "Store1", ').status_code == 400
    assert stub.post().status_code == 200
    (record,) = [one for one in stub.verdict().records("client") if one["findings"]]
    assert (record["rule"], record["times"], record["judged"]) == ("client.schema", 10, 11)


def test_finding_shows_the_request_as_it_was_received(stub: Stubbed) -> None:
    """Names, order and bytes are the client's, and the token is not shown."""
    body = b'{ "store_code" :"Store1"}'
    head = (
        f"POST {UPDATE}?x=%41 HTTP/1.1\r\nhOst: 127.0.0.1:{stub.port}\r\nX-Second: 2\r\n"
        f"AuthoriZation: token {TOKEN}\r\ncontent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert b" 401 " in stub.raw(head.encode() + body)
    (record,) = [one for one in stub.verdict().records("client") if one["findings"]]
    line = record["findings"][0]["curl"]
    assert f"{UPDATE}?x=%41" in line
    assert '{ "store_code" :"Store1"}' in line
    order = [line.index(part) for part in ("hOst:", "X-Second:", "AuthoriZation:", "content-Type:")]
    assert order == sorted(order)
    assert TOKEN not in json.dumps(record)


def test_recorded_file_has_each_call_and_no_secret(
    start: Callable[..., Stubbed], tmp_path: Path
) -> None:
    """Each call is a line that can be read again, credentials left out."""
    file = tmp_path / "calls.ndjson"
    stub = start(record=str(file))
    stub.post()
    stub.post({"store_code": TOKEN})
    httpx.post(f"{stub.url}/_control/none", trust_env=False)
    stub.verdict()
    text = file.read_bytes()
    records = [read_line(line) for line in text.splitlines()]
    assert [one.response.status for one in records if one.response] == [200, 401]
    assert json.loads(records[0].request.body or "") == BODY
    assert TOKEN.encode() not in text


def test_what_is_no_http_is_told(stub: Stubbed) -> None:
    """It is refused, and the verdict says that there was something; a strange method is judged."""
    for data in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX y: 1\r\n\r\n"):
        assert b" 400 " in stub.raw(data)
    head = f"BREW {UPDATE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert b" 401 " in stub.raw(head.encode())
    tally = stub.verdict()
    assert list(tally.notes) == ["2 x 400 to what was no HTTP, and could not be judged"]
    assert [one["rule"] for one in tally.records("client") if one["findings"]] == ["client.method"]


def test_half_a_request_is_told_as_such(stub: Stubbed) -> None:
    """A client that goes away in the middle of its request is judged by what came."""
    head = (
        f"POST {UPDATE} HTTP/1.1\r\nHost: 127.0.0.1:{stub.port}\r\nAuthorization: token {TOKEN}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", stub.port)) as peer:
        peer.sendall(head.encode())
    tally = stub.verdict()
    assert tally.answers == {"no answer": 1}
    assert "client.schema" not in {one["rule"] for one in tally.records("client")}


def test_body_beyond_the_limit_is_answered_and_its_shape_not_judged(stub: Stubbed) -> None:
    """What is too large is refused, and no more is said of it than its head tells."""
    assert stub.post(b"[" + b"1," * (5 * 1024 * 1024) + b"1]").status_code == 413
    assert stub.verdicts().keys() >= {"client.auth", "client.content-type"}
    assert "client.schema" not in stub.verdicts()


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80", "Origin": "http://evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "["},
    ],
)
def test_requests_of_foreign_pages_are_refused_and_not_judged(
    stub: Stubbed, foreign: dict[str, str]
) -> None:
    """A page that has itself resolved here, or sends a request here, gets 403 and is told of."""
    stub.post()
    assert stub.post(**foreign).status_code == 403
    assert stub.post(path="/_control/orders", **foreign).status_code in {403, 404}
    tally = stub.verdict()
    assert tally.calls == {"update": 1}
    (note,) = tally.notes
    assert note.startswith("1 x 403 to a web page of another site (")


@pytest.mark.parametrize("own", [{"Origin": "http://localhost:3000"}, {"Host": "localhost"}])
def test_requests_of_this_machine_are_taken(stub: Stubbed, own: dict[str, str]) -> None:
    """A page under development on this machine is a client like any other."""
    assert stub.post(**own).status_code == 200
    assert stub.verdict().calls == {"update": 1}


def test_host_is_the_one_that_is_listened_at() -> None:
    """A name is taken where the stub listens at it, any address where it listens at all of them."""
    assert not Guard("stub.local").objection([(b"host", b"stub.local:8080")])
    assert Guard("127.0.0.1").objection([(b"host", b"192.0.2.7")])
    assert not Guard("0.0.0.0").objection([(b"host", b"192.0.2.7")])  # noqa: S104 - the point
    assert Guard("0.0.0.0").objection([(b"host", b"evil.example")])  # noqa: S104 - the point
    assert not Guard("::1").objection([(b"host", b"[::1]:80"), (b"accept", b"*/*")])


def test_slow_and_endless_requests_do_not_stop_it_serving_others(stub: Stubbed) -> None:
    """Heads and bodies that never end are open while others are answered."""
    with ExitStack() as peers:
        for start in (b"POST / HTTP/1.1\r\nX: ", b"POST /x HTTP/1.1\r\nHost: localhost\r\n"):
            peer = peers.enter_context(socket.create_connection(("127.0.0.1", stub.port)))
            peer.sendall(start)
        body = peers.enter_context(socket.create_connection(("127.0.0.1", stub.port)))
        head = f"POST {UPDATE} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        body.sendall(head.encode())
        for _ in range(20):
            body.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert stub.post().status_code == 200
    with contextlib.suppress(ConnectionError):  # it may be cut off before the answer is read
        assert stub.raw(b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000).startswith(b"HTTP/1.1 400")
    assert stub.verdict().calls["update"] >= 1


def test_judging_that_fails_is_told_and_does_not_stop_the_answering(
    stub: Stubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of the judging costs the verdict on a call, and nothing else."""

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stub.session.stub._quick, "take", fail)
    assert [stub.post().status_code for _ in range(2)] == [200, 200]
    tally = stub.verdict()
    assert tally.unjudged == {"judging it failed; this is a defect of retailspec": 2}
    assert any("not judged: 2 x" in line for line, _ in verdict_lines([tally], sides=("client",)))


def test_memory_does_not_grow_with_the_number_of_different_requests(stub: Stubbed) -> None:
    """Heads that are never the same again are not all kept in mind."""
    with httpx.Client(base_url=stub.url, trust_env=False, headers=AUTH) as client:
        for number in range(700):
            client.post(UPDATE, json=BODY, headers={"X-Request": f"{number}"})
    quick = stub.session.stub._quick
    tally = stub.verdict()
    assert tally.calls == {"update": 700}
    assert (len(quick._clears), len(quick._heads)) == (1, 512)


@pytest.mark.parametrize("name", names())
def test_fast_verdicts_are_those_of_the_full_judge(name: str) -> None:
    """Whatever is sent twice is judged the second time as it was the first."""
    contract = load_contract(name)
    reference = build(name)
    for operation in contract.operations.values():
        with stub_session(contract, reference, Judging(), tls=False) as session:
            path = operation.path.replace("{store_id}", "1")
            url = session.served.url + path
            for _ in range(3):
                httpx.request(operation.method, url, json={}, trust_env=False)
        records = session.stub.tally.records("client")
        assert {one["judged"] for one in records} <= {3}
        assert {one["times"] for one in records} <= {0, 3}


def test_seconds_and_time_are_those_of_the_call(
    start: Callable[..., Stubbed], tmp_path: Path
) -> None:
    """A recorded call says when it came."""
    file = tmp_path / "calls.ndjson"
    before = time.time()
    stub = start(record=str(file))
    stub.post()
    stub.verdict()
    record = read_line(file.read_bytes().splitlines()[0])
    assert record.started is not None
    assert record.started >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before))
    assert 0 <= record.seconds < 60


def test_signature_of_each_call_is_checked_over_its_own_bytes(stack: ExitStack) -> None:
    """A signature that was right for another body is wrong, however many right ones came before."""
    contract, reference = load_contract("sirclo-inventory"), build("sirclo-inventory")
    session = stack.enter_context(stub_session(contract, reference, Judging(), tls=False))
    path = "/v1/partner/inventory/updatestocks"
    body: dict[str, Any] = {"sku": "sku1", "warehouse": "default", "available_stock": 9}
    body |= {"buffer_stock": 1, "channel_stock": [{"code": "bklp", "qty": 5}]}

    def call(qty: int, signed: int, buffer: int = 1) -> None:
        contents = [
            json.dumps(
                {**body, "buffer_stock": buffer, "channel_stock": [{"code": "bklp", "qty": count}]}
            ).encode()
            for count in (qty, signed)
        ]
        key = reference.credentials["secret"]
        headers = {
            "Content-Type": "application/json",
            "partner-id": reference.credentials["partner_id"],
            "secret": sirclo_secret(key, path, contents[1], leading_slash=True),
        }
        url = session.served.url + path
        httpx.post(url, content=contents[0], headers=headers, trust_env=False)

    for qty in range(1, 5):
        call(qty, qty)
    call(6, 5)
    call(7, 7, buffer=20)
    call(8, 8)
    stack.close()
    records = {one["rule"]: one for one in session.stub.tally.records("client")}
    assert {one: records[one]["times"] for one in records if records[one]["times"]} == {
        "client.auth": 1,
        "client.buffer": 1,
    }
    assert {one["judged"] for one in records.values()} == {7}
    assert records["client.auth"]["findings"][0]["note"].startswith("call 5")
    assert records["client.buffer"]["findings"][0]["note"].startswith("call 6")
    assert len(session.stub._quick._clears) == 1


def test_order_is_followed_through_calls_that_are_judged_fast(
    start: Callable[..., Stubbed],
) -> None:
    """The call after a cancellation is found, though its head is like those before."""
    stub = start("omni-orders")
    numbers = [
        httpx.post(f"{stub.url}/_control/orders", trust_env=False).json()["number"]
        for _ in range(3)
    ]
    for number in (*numbers, numbers[1]):
        stub.post({"order": number}, path="/api/store/orders/cancel")
    tally = stub.verdict()
    records = {one["rule"]: one for one in tally.records("client")}
    assert [one for one in records if records[one]["times"]] == ["client.lifecycle"]
    assert records["client.lifecycle"]["judged"] == 4
    note = records["client.lifecycle"]["findings"][0]["note"]
    assert note == "call 4, the state was told by call 2"
    assert tally.calls == {"cancel": 4}
