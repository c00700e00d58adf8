"""The printed curl line: run by a real shell, it sends the same bytes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from retailspec.exchange import Request
from retailspec.report.curl import curl_line, plain
from retailspec.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "vE53k50!FV$t`c\"t\\50'll"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

if shutil.which("curl") is None:
    pytest.skip("curl is missing: apt-get install curl", allow_module_level=True)


class Listener:
    """Takes one request after the other and keeps its bytes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.received: list[bytes] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.received.append(self._read(connection))
                connection.sendall(ANSWER)

    def _read(self, connection: socket.socket) -> bytes:
        connection.settimeout(10)
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        if b"100-continue" in head:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        while len(body) < sum(lengths):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def secrets(value: str = TOKEN) -> Secrets:
    return Secrets({"token": value}, {"token": "SHOP_TOKEN"})


def sent(
    listener: Listener, line: str, folder: Path, *, token: str = TOKEN
) -> tuple[str, dict[str, str], bytes]:
    """Run a line and return the request line, the headers and the body that arrived."""
    listener.received.clear()
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "SHOP_TOKEN": token, "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, env=environ, cwd=folder, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = listener.received[0].partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rest)
    }
    return first, headers, body


BODIES = [
    b'{"number":"FR9TL74P"}',
    b'{"number":"it\'s $HOME `id` $(id) \\"x\\" !! \\\\"}',
    '{"number":"é…\u202e"}'.encode(),
    b'{\n  "number": 1\n}\r\n',
    b'{"number":"\xc3\x28\x00"}'.replace(b"\x00", b"\x01"),
    b"'\\x41\t%41%%",
    b"@/etc/passwd",
    b"-d",
    b"null",
    b" ",
    b"a=b&c=d",
    b"[" * 20_000 + b"]" * 20_000,
    b'{"number":' + b"9" * 5_000 + b"}",
    b'{"number":"' + b"abc'\"\\$x" * 500 + b'"}',
    b"\xff" * 3_000,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_body_arrives_as_it_was(listener: Listener, tmp_path: Path, body: bytes) -> None:
    """Every body that the checks send, and odder ones, arrives byte for byte."""
    headers = (("Content-Type", "application/json"), ("Authorization", f"token {TOKEN}"))
    request = Request("POST", f"{listener.url}/a", headers, body)
    line = curl_line(request, secrets().split)
    first, got, arrived = sent(listener, line, tmp_path)
    assert arrived == body
    assert first == "POST /a HTTP/1.1"
    assert got["content-type"] == "application/json"
    assert got["authorization"] == f"token {TOKEN}"
    assert TOKEN not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (token, kind)
        for token in ("vE53k50FVtct50ll8iHB", "a b:c,d=e;f-Z", TOKEN)
        for kind in (None, "truncated", "extended", "preceded", "swapped")
    ],
)
def test_spoiled_tokens_arrive_spoiled(
    listener: Listener, tmp_path: Path, token: str, kind: str | None
) -> None:
    """A wrong token is printed as what the shell makes of the right one, and arrives wrong."""
    made = Secrets({"token": token}, {"token": "SHOP_TOKEN"})
    value = token if kind is None else made.spoiled("token", kind)
    assert value is not None
    request = Request("POST", listener.url, (("Authorization", f"token {value}"),), b"{}")
    line = curl_line(request, made.split)
    _, got, _ = sent(listener, line, tmp_path, token=token)
    assert got["authorization"] == f"token {value}"
    assert token[:-1].lower() not in line.lower()


@pytest.mark.parametrize(
    "around", ["{}x1", "x{}", "{}_y", "{}{}", 'a="{}", b', "! {} !", "$HOME {}"]
)
def test_token_inside_other_text(listener: Listener, tmp_path: Path, around: str) -> None:
    """What stands around a token stays what it is, whatever the shell would make of it."""
    token = "vE53k50FVtct50ll8iHB"
    value = around.replace("{}", token)
    made = Secrets({"token": token}, {"token": "SHOP_TOKEN"})
    request = Request("POST", listener.url, (("X-Key", value),), value.encode())
    line = curl_line(request, made.split)
    _, got, body = sent(listener, line, tmp_path, token=token)
    assert got["x-key"] == value
    assert body == value.encode()
    assert token not in line


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_method_without_a_body(listener: Listener, tmp_path: Path, method: str) -> None:
    """A call without a body has none, by any method, and its query arrives encoded."""
    url = f"{listener.url}/api/history?updated_at=2022-01-01T00%3A00%3A00%2B07%3A00&x=%27%24a"
    first, got, body = sent(listener, curl_line(Request(method, url), secrets().split), tmp_path)
    assert first == f"{method} {url.removeprefix(listener.url)} HTTP/1.1"
    assert body == b""
    assert "content-type" not in got


def test_label_that_was_not_sent_is_not_sent(listener: Listener, tmp_path: Path) -> None:
    """Curl's own label for forms is switched off where no label was sent."""
    request = Request("POST", listener.url, (), b"{}")
    _, got, _ = sent(listener, curl_line(request, secrets().split), tmp_path)
    assert "content-type" not in got


def test_header_with_an_empty_value_is_sent(listener: Listener, tmp_path: Path) -> None:
    """An empty header goes out as one."""
    request = Request("GET", listener.url, (("X-Empty", ""), ("X-Full", "a; b")))
    _, got, _ = sent(listener, curl_line(request, secrets().split), tmp_path)
    assert (got["x-empty"], got["x-full"]) == ("", "a; b")


def test_certificates_are_named() -> None:
    """A file of certificates is named, quoted where it has to be."""
    line = curl_line(Request("GET", "https://a.example"), secrets().split, ca_file="my ca.pem")
    assert line == "curl -i --cacert 'my ca.pem' https://a.example"


def test_line_reads_well() -> None:
    """An ordinary call is an ordinary line."""
    request = Request(
        "POST",
        "https://a.example/api/store/orders/confirm",
        (("Content-Type", "application/json"), ("Authorization", "token vE53k50FVtct")),
        b'{"number":"A1"}',
    )
    assert curl_line(request, secrets("vE53k50FVtct").split) == (
        "curl -i -X POST https://a.example/api/store/orders/confirm "
        "-H 'Content-Type: application/json' "
        '-H "Authorization: token $SHOP_TOKEN" '
        """--data-binary '{"number":"A1"}'"""
    )


def test_plain_writes_control_characters_out() -> None:
    """What a terminal would obey is written out; line ends stay."""
    assert plain("a\x1b[2J\u202eb\r\nc\x00") == "a\\x1b[2J\\u202eb\\r\nc\\x00"
