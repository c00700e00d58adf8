"""No output about clients holds a credential, known or not, however wrongly it was sent."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hostile_commands import Commands
from hostile_server import HostileServer, Peer
from hostile_serving import Running
from test_secrets_nowhere import forms

NAME, VARIABLE, PATH = "omni-inventory", "OMNI_INVENTORY_TOKEN", "/api/backend/inventories/update"
KNOWN = "Kn0wn/9k+T0ken=Of&TheTest~91"
UNKNOWN = "Unk7/own+S3cret=Of&TheClient~92"
SENDER = "from test_client_secrets import send_all; import os; send_all(os.environ)"

Call = tuple[str, dict[str, str], bytes]


def calls(secret: str, *, known: bool) -> list[Call]:
    """Return calls that carry a credential in the right form, and in every wrong one."""
    basic = base64.b64encode(f"user:{secret}".encode()).decode()
    right = f"token {secret}"
    told = [secret, quote(secret), quote(secret, safe=""), basic, right]
    told += [base64.b64encode(one.encode()).decode() for one in (secret, right)]
    told += [base64.urlsafe_b64encode(secret.encode()).decode()]
    echo = json.dumps({"store_code": told, "inventories": " ".join(told)}).encode()
    label = {"Content-Type": "application/json"}
    values = (
        right, secret, f"Bearer {secret}", f"Basic {basic}", f"Token token={secret}", f'"{right}"',
        f"TOKEN  {secret}", f"token\t{secret}", f"token {secret} {secret}",
        f"token {quote(secret)}",
    )  # fmt: skip
    made: list[Call] = [(PATH, {**label, "Authorization": value}, b"{}") for value in values]
    made += [
        (PATH, {**label, "Authorization": right}, echo),
        (PATH, {**label, "Authorization": right, "X-Echo": " ".join(told)}, b"{" + echo),
        (PATH, {**label, "X-Api-Key": secret, "Cookie": f"session={secret}"}, b"{}"),
        (PATH, {**label, "Proxy-Authorization": f"Bearer {secret}", "X-Auth-Token": secret}, b"{}"),
        (f"{PATH}?token={quote(secret, safe='')}", label, b"{}"),
        (f"{PATH}?x=1&api_key={quote(secret, safe='')}", label, b"{}"),
        (PATH, label, json.dumps({"token": secret, "password": secret}).encode()),
        (PATH, label, json.dumps({"a": {"access_token": secret}}).encode()),
        (PATH, {"Content-Type": "text/plain"}, f"a=1&token={quote(secret, safe='')}".encode()),
    ]
    if known:
        made += [
            (f"/api/{quote(secret, safe='')}", label, b"{}"),
            (f"{PATH}?{quote(secret, safe='')}", label, b"{}"),
            (PATH, {**label, "X-Anything": secret, secret.translate(_NO_NAME): secret}, b"{}"),
            (PATH, label, echo),
            (PATH, label, base64.b64encode(secret.encode()) + b"\xff" + secret.encode()),
        ]
    return made


_NO_NAME = {ord(char): "-" for char in "/=&+"}


def send_all(environment: Any) -> None:
    """Make all calls, with the known credential and with one that nobody was told."""
    parts = urlsplit(environment.get("RETAILSPEC_HTTP_URL") or environment["RETAILSPEC_BASE_URL"])
    token = environment[VARIABLE]
    Path("known.txt").write_text(token)
    for call in calls(token, known=True) + calls(UNKNOWN, known=False):
        with contextlib.suppress(OSError, http.client.HTTPException):
            _send(parts.port or 0, call)


def _send(port: int, call: Call) -> None:
    path, headers, body = call
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        connection.getresponse().read()
    finally:
        connection.close()


def _echo(peer: Peer) -> None:
    """Answer every request with the request, in several forms, wrong in every respect."""
    while request := peer.read():
        head, _, body = request.partition(b"\r\n\r\n")
        told = [line.partition(b": ")[2] for line in head.split(b"\r\n")[1:]]
        text = b" ".join(told) + b" " + body
        told += [base64.b64encode(one) for one in told] + [
            quote(one, safe="").encode() for one in told
        ]
        made = json.dumps({"message": [one.decode("latin-1") for one in (*told, body)]}).encode()
        lines = [b"HTTP/1.1 %d X" % (200, 500, 299)[len(body) % 3]]
        lines += [b"Content-Type: application/json", b"X-Echo: " + text.translate(None, b"\r\n\0")]
        lines += [b"Set-Cookie: session=" + told[-1], b"Content-Length: %d" % len(made)]
        peer.send(b"\r\n".join([*lines, b"", made]))


def _leaks(folder: Path, known: str) -> list[tuple[str, str, str, str]]:
    """Return where the files of a folder hold a credential, and in which form."""
    found = []
    for path in folder.rglob("*"):
        text = path.read_text(errors="replace") if path.is_file() else ""
        for secret in (known, UNKNOWN):
            for form, written in forms(secret).items():
                for way in {written, written.replace("/", "\\/"), json.dumps(written)[1:-1]}:
                    at = text.find(way)
                    if at >= 0:
                        found.append(
                            (path.name, secret[:3], form, text[max(0, at - 150) : at + 60])
                        )
    return found


def _run(folder: Path, *words: str) -> int:
    """Run a command with its output in a folder, and return its exit status."""
    with (folder / "out" / "terminal.txt").open("wb") as terminal:
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={
                **os.environ,
                VARIABLE: KNOWN,
                "PYTHONPATH": str(Path(__file__).parent),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=terminal,
            stderr=terminal,
            timeout=90,
            check=False,
        ).returncode


CLIENT = (sys.executable, "-c", SENDER)


def _watch(folder: Path) -> int:
    words = ("watch", NAME, "--no-tls", "--record", "out/r.jsonl", "--", *CLIENT)
    return _run(folder, "retailspec", *words)


def _pytest(folder: Path) -> int:
    command = " ".join((sys.executable, "-c", f"'{SENDER}'"))
    options = ("-vv", "-l", "--tb=long", "-p", "no:cacheprovider", "-p", "no:randomly")
    logs = ("--log-cli-level=DEBUG", "--log-file=out/log.txt", "--log-file-level=DEBUG")
    words = ("--contract", NAME, "--client", command, "--junitxml", "out/junit.xml")
    return _run(folder, "pytest", *options, *logs, *words)


def _serve(folder: Path) -> int:
    return _attacked(folder, "serve", NAME, "--judge", "--record", "out/r.jsonl", known=True)


def _proxy(folder: Path, *more: str) -> int:
    with HostileServer(_echo) as upstream:
        words = ("proxy", "--upstream", upstream.url, "--contract", NAME)
        return _attacked(folder, *words, "--record", "out/r.jsonl", *more, known=bool(more))


def _proxy_with_target(folder: Path) -> int:
    return _proxy(folder, "--target", _target(folder))


def _attacked(folder: Path, *words: str, known: bool) -> int:
    with Running(words, folder, KNOWN) as running:
        for call in calls(KNOWN, known=known) + calls(UNKNOWN, known=False):
            with contextlib.suppress(OSError, http.client.HTTPException):
                _send(running.server.port, call)
        over = running.stopped()
    (folder / "out" / "terminal.txt").write_text(over.text)
    return over.status


def _target(folder: Path) -> str:
    (folder / "t.toml").write_text(f'[{NAME}]\ncredentials.token = "env:{VARIABLE}"\n')
    return "t.toml"


def _traffic(folder: Path, *more: str) -> int:
    """Judge an archive and a recording of the calls, each with an answer that repeats it."""
    made = calls(KNOWN, known=bool(more)) + calls(UNKNOWN, known=False)
    entries: list[dict[str, Any]] = []
    lines: list[str] = []
    for path, headers, body in made:
        url, text = f"http://shop.example{path}", body.decode("latin-1")
        fields = list(headers.items())
        told = json.dumps([*headers.values(), text, *(quote(one) for one in headers.values())])
        if "Authorization" not in headers and not more:
            told = "{}"  # what stands under a telling name in one place, none can tell in another
        head = [{"name": name, "value": value} for name, value in fields]
        answer: dict[str, Any] = {
            "status": 500 + len(entries) % 2,
            "statusText": "X",
            "headers": head,
        }
        answer |= {"content": {"size": len(told), "text": told}}
        request: dict[str, Any] = {"method": "POST", "url": url, "headers": head}
        entries.append({"request": {**request, "postData": {"text": text}}, "response": answer})
        record: dict[str, Any] = {"retailspec": 1, "contract": NAME}
        record["request"] = {"method": "POST", "url": url, "headers": fields, "body": text}
        record["response"] = {"status": 299, "headers": fields, "body": told, "reason": "X"}
        lines.append(json.dumps(record))
    (folder / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n")
    statuses = set()
    with Commands({VARIABLE: KNOWN}) as commands:
        for name in ("a.har", "a.jsonl"):
            for form in ("text", "json"):
                done = commands.run(folder, "traffic", name, "--format", form, *more)
                (folder / "out" / f"{name}.{form}").write_text(done.text)
                statuses.add(done.status)
    assert len(statuses) == 1
    return statuses.pop()


def _traffic_with_target(folder: Path) -> int:
    return _traffic(folder, "--target", _target(folder))


PLACES = {
    "watch": _watch,
    "pytest --client": _pytest,
    "serve --judge": _serve,
    "proxy": _proxy,
    "proxy --target": _proxy_with_target,
    "traffic": _traffic,
    "traffic --target": _traffic_with_target,
}


@pytest.mark.parametrize("place", PLACES)
def test_no_output_holds_a_credential(place: str, tmp_path: Path) -> None:
    """Terminal, log lines, recording, JUnit, report and JSON hold no form of a credential."""
    (tmp_path / "out").mkdir()
    assert PLACES[place](tmp_path) == 1, (tmp_path / "out" / "terminal.txt").read_text()
    file = tmp_path / "known.txt"
    known = file.read_text() if file.exists() else KNOWN
    leaks = _leaks(tmp_path / "out", known)
    assert not leaks, leaks[:6]
    text = "".join(path.read_text() for path in (tmp_path / "out").glob("*.t*xt*"))
    for rule in ("client.auth", "client.path", "client.schema"):
        assert rule in text
