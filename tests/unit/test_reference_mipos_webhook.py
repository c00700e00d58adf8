"""The mipOS webhook both ways: deliveries by the platform, and the receiver, over real sockets."""

from __future__ import annotations

import json
import queue
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_courier import is_deliverable
from retailspec.reference.mipos_receiver import MiposReceiver
from retailspec.reference.serving import Served
from retailspec.signing import hex_hmac

if TYPE_CHECKING:
    from collections.abc import Iterator

MOVEMENTS = "/_control/movements"
LABEL = {"Content-Type": "application/json"}
HOSTILE = [b"", b"null", b"[]", b"{", b"[" * 100_000, b'{"url": NaN}', b'{"url": "\xff"}', b"1e999"]


class Platform:
    """A client of the platform that registers URLs and triggers movements."""

    def __init__(self, reference: MiposInventory, base_url: str) -> None:
        self.reference = reference
        token = {"Authorization": f"Bearer {reference.credentials['token']}"}
        self.http = httpx.Client(base_url=base_url, headers=token, trust_env=False)

    def register(self, url: str) -> httpx.Response:
        path = "/api/v1/inventory/pos/webhook/manage"
        return self.http.post(path, json={"type": "3", "url": url})


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform where nothing is registered."""
    reference = MiposInventory()
    with Served(reference, tls=False) as served:
        platform = Platform(reference, served.url)
        with platform.http:
            yield platform


@pytest.fixture(scope="module")
def pos() -> Iterator[tuple[MiposReceiver, httpx.Client]]:
    reference = MiposReceiver()
    with (
        Served(reference, tls=False) as served,
        httpx.Client(base_url=served.url, trust_env=False) as client,
    ):
        yield reference, client


Caught = tuple[str, dict[str, str], bytes]


@contextmanager
def listener(*statuses: int) -> Iterator[tuple[str, queue.Queue[Caught]]]:
    """A plain HTTP server that answers with the statuses in turn, then 204, and keeps each call."""
    caught: queue.Queue[Caught] = queue.Queue()
    answers = iter(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(next(answers, 204))
            self.send_header("Content-Length", "0")
            self.end_headers()
            caught.put((self.path, headers, body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", caught
        finally:
            server.shutdown()
            thread.join()


# The platform


def openssl_hmac(secret: str, body: bytes) -> str:
    """Return the signature as another program computes it."""
    command = ["openssl", "dgst", "-sha256", "-hmac", secret, "-r"]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=30)
    return done.stdout.decode("ascii").split()[0]


def test_a_delivery_is_signed_over_its_bytes(platform: Platform) -> None:
    """A stock movement is POSTed to the URL registered last, with nine fields and a signature."""
    with listener() as (url, caught):
        assert platform.register(f"{url}/old").status_code == 200
        assert platform.register(f"{url}/hook?x=1").status_code == 200
        trigger = platform.reference.triggers()["stock_movement"]
        assert (
            httpx.request(
                trigger["method"], platform.http.base_url.join(trigger["path"]), trust_env=False
            ).status_code
            == 202
        )
        path, headers, body = caught.get(timeout=10)
    assert path == "/hook?x=1"
    assert headers["content-type"] == "application/json"
    secret = platform.reference.credentials["client_secret"]
    assert headers["x-signature-request"] == hex_hmac(secret, body) == openssl_hmac(secret, body)
    sent = json.loads(body)
    assert list(sent) == [
        *("pos_id", "inventory_system_id", "current_stock", "quantity", "date"),
        *("movement_type", "external_id", "now", "store_id"),
    ]
    assert (sent["store_id"], sent["movement_type"], sent["quantity"]) == (1, 2, "1.25")
    assert sent["current_stock"] == "98.75"
    assert sent["external_id"] == platform.reference.fixtures()["external_id"]
    assert sent["inventory_system_id"] == platform.reference.fixtures()["inventory_system_id"]
    assert caught.empty()


def test_a_failed_delivery_is_tried_again_and_given_up(platform: Platform) -> None:
    """A delivery is tried up to three times with the same bytes, and the server answers on."""
    with listener(503, 500) as (url, caught):
        platform.register(url)
        platform.http.post(MOVEMENTS, json={"movement_type": 1})
        bodies = {caught.get(timeout=10)[2] for _ in range(3)}
    assert len(bodies) == 1
    with listener(500, 500, 500, 204) as (url, caught):
        platform.register(url)
        platform.http.post(MOVEMENTS)
        for _ in range(3):
            caught.get(timeout=10)
        platform.http.post(MOVEMENTS, json={"quantity": "7"})
        assert json.loads(caught.get(timeout=10)[2])["quantity"] == "7"


def test_a_movement_without_listener_is_no_harm(platform: Platform) -> None:
    """With no URL, or a dead one, a movement is taken and the server serves on and stops."""
    assert platform.http.post(MOVEMENTS).json()["deliveries"] == 0
    with listener() as (url, _):
        pass
    platform.register(url)
    assert platform.http.post(MOVEMENTS).json()["deliveries"] == 1
    assert platform.register(f"{url}/again").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"quantity": "many"}, 422),
        ({"quantity": []}, 422),
        ({"movement_type": 3}, 422),
        ({"external_id": "no-such-item"}, 404),
        ({"store_id": {}}, 404),
    ],
)
def test_a_wrong_movement_is_refused(platform: Platform, body: dict[str, Any], status: int) -> None:
    """A trigger that asks for a movement that cannot be gets a 4xx."""
    assert platform.http.post(MOVEMENTS, json=body).status_code == status


def test_the_receiver_takes_what_the_platform_sends(
    pos: tuple[MiposReceiver, httpx.Client],
) -> None:
    """Platform and receiver understand each other when they share the client secret."""
    platform = MiposInventory(credentials=pos[0].credentials)
    body = platform.delivery_body(platform.payload(platform.check_movement({})))
    answer = pos[1].post("/hook", content=body, headers=platform.delivery_headers(body))
    assert answer.status_code == 204
    assert dict(pos[0].received[-1]) == json.loads(body)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//h",
        "ftp://h",
        "http://",
        "http://h:99999/",
        "http://h:x/",
        "http://[",
        5,
        "\ud800",
    ],
)
def test_urls_that_nothing_can_be_sent_to(url: object) -> None:
    """Only an http or https URL with a host and a real port is deliverable."""
    assert not is_deliverable(url)
    assert is_deliverable("https://pos.example/hook?x=1")


# The receiver


def delivery(**changes: Any) -> bytes:
    body = {
        "pos_id": "1",
        "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",
        "current_stock": "12.44",
        "quantity": "1.25",
        "date": "2020-05-30 12:45:03",
        "movement_type": 2,
        "external_id": "avcc123",
        "now": "2020-06-01 02:55:18",
        "store_id": 1,
        **changes,
    }
    return json.dumps({name: value for name, value in body.items() if value is not ...}).encode()


@pytest.mark.parametrize("path", ["/", "/hook", "/a/b?c=d"])
@pytest.mark.parametrize("changes", [{}, {"store_id": "1"}, {"movement_type": 1}, {"more": []}])
def test_the_receiver_accepts(
    pos: tuple[MiposReceiver, httpx.Client], path: str, changes: dict[str, Any]
) -> None:
    """A signed delivery at any path gets 204 with no body, and is remembered."""
    body = delivery(**changes)
    signed = {**LABEL, "X-Signature-Request": hex_hmac(pos[0].credentials["client_secret"], body)}
    answer = pos[1].post(path, content=body, headers=signed)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers.get("Content-Length", "0") == "0"
    assert dict(pos[0].received[-1]) == json.loads(body)


def test_the_receiver_refuses_what_is_not_signed(pos: tuple[MiposReceiver, httpx.Client]) -> None:
    """A missing, wrong or upper-case signature, or that of another body, gets 401."""
    body, secret = delivery(), pos[0].credentials["client_secret"]
    right = hex_hmac(secret, body)
    wrong = [
        None,
        "",
        "0" * 64,
        right.upper(),
        hex_hmac("other", body),
        hex_hmac(secret, body + b" "),
    ]
    known = len(pos[0].received)
    for signature in wrong:
        header = {} if signature is None else {"X-Signature-Request": signature}
        answer = pos[1].post("/hook", content=body, headers={**LABEL, **header})
        assert (answer.status_code, list(answer.json())) == (401, ["message"])
    assert len(pos[0].received) == known


@pytest.mark.parametrize(
    "body",
    [
        *HOSTILE,
        *(delivery(**{field: ...}) for field in json.loads(delivery())),
        *(delivery(movement_type=value) for value in (0, 3, "2", True)),
        *(delivery(store_id=value) for value in (False, True, None)),
        delivery(quantity=5),
    ],
)
def test_the_receiver_refuses_a_wrong_body(
    pos: tuple[MiposReceiver, httpx.Client], body: bytes
) -> None:
    """A signed body that is not the documented one gets a 4xx with a message."""
    signed = {**LABEL, "X-Signature-Request": hex_hmac(pos[0].credentials["client_secret"], body)}
    answer = pos[1].post("/hook", content=body, headers=signed)
    assert 400 <= answer.status_code < 500
    assert isinstance(answer.json()["message"], str)
