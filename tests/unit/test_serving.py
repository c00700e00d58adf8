"""How a reference server is put on real sockets, and taken off them."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from retailspec.errors import UsageError
from retailspec.reference import NAMES, build
from retailspec.reference.serving import Served

ORDERS = "/_control/orders"
CONFIRM = "/api/store/orders/confirm"


def trusting(served: Served) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=served.ca_pem.decode())


def port_of(url: str | None) -> int:
    assert url is not None
    port = urlsplit(url).port
    assert port is not None
    return port


def listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


def test_serves_one_application_over_tls_and_over_plain_http() -> None:
    """Both listeners answer from the same state."""
    reference = build("omni-orders")
    with Served(reference) as served:
        assert served.plain_url is not None
        headers = {"Authorization": f"token {reference.credentials['token']}"}
        number = httpx.post(f"{served.plain_url}{ORDERS}").json()["number"]
        answer = httpx.post(
            f"{served.url}{CONFIRM}",
            headers=headers,
            json={"number": number},
            verify=trusting(served),
        )
        assert answer.status_code == 200
        assert answer.json()["number"] == number


def test_certificate_is_trusted_by_nobody_else() -> None:
    """A client that has not been given the certificate does not connect."""
    with Served(build("omni-orders")) as served, pytest.raises(httpx.ConnectError):
        httpx.post(f"{served.url}{ORDERS}")


def test_certificate_file_lasts_as_long_as_the_server() -> None:
    """The CA file holds the certificate while serving and is gone afterwards."""
    with Served(build("omni-orders")) as served:
        assert served.ca_file is not None
        assert served.ca_file.read_bytes() == served.ca_pem
        assert served.ca_file.parent.stat().st_mode & 0o077 == 0
    assert not served.ca_file.parent.exists()


def test_plain_listener_is_optional() -> None:
    """Without a plain port there is one listener, and without TLS the URL is plain HTTP."""
    with Served(build("omni-orders"), plain_port=None) as served:
        assert served.plain_url is None
    with Served(build("omni-orders"), tls=False) as served:
        assert (served.plain_url, served.ca_pem, served.ca_file) == (None, b"", None)
        assert httpx.post(f"{served.url}{ORDERS}").status_code == 201


def test_unspecified_and_ipv6_addresses_make_usable_urls() -> None:
    """The URL of a server that listens everywhere names an address that a client can use."""
    with Served(build("omni-orders"), host="0.0.0.0", tls=False) as served:  # noqa: S104 - the point
        assert httpx.post(f"{served.url}{ORDERS}").status_code == 201


def test_closing_ends_open_connections_thread_and_sockets() -> None:
    """Idle and half-sent connections do not keep the server from ending at once and whole."""
    before = set(threading.enumerate())
    with Served(build("omni-orders")) as served:
        ports = [port_of(served.url), port_of(served.plain_url)]
        idle = httpx.Client(verify=trusting(served))
        assert idle.post(f"{served.url}{ORDERS}").status_code == 201
        half = socket.create_connection(("127.0.0.1", ports[1]), timeout=5)
        half.sendall(
            b"POST /_control/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
        )
    half.close()
    idle.close()
    assert not any(listening(port) for port in ports)
    assert not [
        thread for thread in set(threading.enumerate()) - before if "serving" in thread.name
    ]


def test_a_served_port_can_be_taken_again_at_once() -> None:
    """Nothing of a server that has ended holds its port."""
    with Served(build("omni-orders"), tls=False) as served:
        httpx.post(f"{served.url}{ORDERS}")
    with Served(build("omni-orders"), tls=False, port=port_of(served.url)) as again:
        assert again.url == served.url


@pytest.mark.parametrize("which", ["port", "plain_port"])
def test_taken_port_is_named(which: str) -> None:
    """A port that is taken is an error that names it, and leaves nothing open."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {which: port}
        with pytest.raises(UsageError, match=f"port {port} at 127.0.0.1 is taken"):
            Served(build("omni-orders"), **ports).__enter__()


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70000), ("127.0.0.1", -1), ("192.0.2.1", 0)]
)
def test_impossible_address_is_named(host: str, port: int) -> None:
    """An address that cannot be listened at is an error that names it."""
    with pytest.raises(UsageError, match=host if port == 0 else str(port)):
        Served(build("omni-orders"), host=host, port=port).__enter__()


def test_forwarded_headers_do_not_pass_for_tls() -> None:
    """A plain call stays a plain call, whatever its headers claim."""
    with Served(build("omni-orders", https_only=True)) as served:
        answer = httpx.post(
            f"{served.plain_url}{CONFIRM}", headers={"X-Forwarded-Proto": "https"}, json={}
        )
    assert answer.status_code == 403
    assert answer.json() == {"detail": "Please use https instead of http"}


def test_many_clients_at_once_are_served() -> None:
    """Every one of many calls that come together is answered, each with an order of its own."""
    with (
        Served(build("omni-orders"), tls=False) as served,
        ThreadPoolExecutor(16) as pool,
        httpx.Client() as client,
    ):
        answers = list(pool.map(lambda _: client.post(f"{served.url}{ORDERS}"), range(64)))
    assert len({answer.json()["number"] for answer in answers}) == 64


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost"}, {"Host": "rebound.example"}, {"Host": "[bad"}],
    ids=["origin", "foreign-host", "broken-host"],
)
def test_control_routes_refuse_web_pages(headers: dict[str, str]) -> None:
    """A call that a web page could have caused makes nothing."""
    with Served(build("omni-orders"), tls=False) as served:
        assert httpx.post(f"{served.url}{ORDERS}", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("client", "status"), [("192.0.2.1", 403), ("::ffff:127.0.0.1", 201), ("::1", 201)]
)
def test_control_routes_answer_this_machine_only(client: str, status: int) -> None:
    """A client at another machine's address is refused, however this machine's is spelt."""

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(build("omni-orders").app, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.post(ORDERS)

    assert asyncio.run(call()).status_code == status


def test_unknown_server_and_credential_suggest_the_nearest() -> None:
    """A misspelt name is an error that suggests the right one."""
    with pytest.raises(UsageError, match="did you mean 'omni-orders'"):
        build("omni-order")
    with pytest.raises(UsageError, match="did you mean 'token'"):
        build("omni-orders", credentials={"tokn": "x"})


def test_every_named_server_can_be_built() -> None:
    """Each name stands for a server of that name."""
    assert [build(name).name for name in NAMES] == list(NAMES)
