"""The proxy's judging: of both sides, as without it; its command, verdicts and exit statuses."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import os
import resource
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from proxy_peers import WAIT, Proxied

from retailspec.cli import main
from retailspec.clients.judging import ExchangeJudge, View
from retailspec.clients.proxy_judge import Case, ProxyJudge
from retailspec.clients.proxy_link import JudgeLink
from retailspec.clients.proxy_seen import Seen, exchange_of
from retailspec.clients.recording import exchange_of as recorded
from retailspec.clients.recording import read_line
from retailspec.contract import load_contract
from retailspec.exchange import Exchange, Request, Response
from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.target.config import TargetConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
UPDATE = "/api/backend/inventories/update"
GOOD = {
    "store_code": "Store1",
    "inventories": [
        {"variant_code": "BURGER01", "price": 100, "out_of_stock": False, "is_active": True}
    ],
}
CALLS: list[tuple[str, str, dict[str, str], bytes]] = [
    ("POST", "/api/backend/inventories/update", {}, b'{"store_code": "Store1", "inventories": []}'),
    ("POST", "/api/backend/inventories/update", {}, b'{"store_code": 5'),
    ("POST", "/api/backend/inventories/update", {"Content-Type": "text/plain"}, b"{}"),
    ("POST", "/api/backend/inventories/update", {"Authorization": "Bearer x"}, b"{}"),
    ("GET", "/api/backend/inventories/update", {}, b""),
    ("POST", "/api/backend/inventorie/update", {}, b"{}"),
    ("POST", "/api/backend/inventories/update", {"Content-Encoding": "gzip"}, gzip.compress(b"{}")),
]


def test_judged_like_direct_traffic() -> None:
    """What the proxy sees is judged as the same calls are when they are made without it."""
    contract = load_contract("omni-inventory")
    reference = build("omni-inventory")
    token = reference.credentials["token"]
    view = View(credentials=reference.credentials, scheme_seen=False, only_api=True)
    with Served(reference, tls=False) as served, Proxied(served.url) as proxy:
        direct: list[Any] = []
        judge = ExchangeJudge(contract, view)
        for method, path, headers, body in CALLS:
            with httpx.Client() as client:
                answer = client.request(
                    method, served.url + path, headers={**usual(token), **headers}, content=body
                )
            request = Request(method, served.url + path, _pairs(answer.request.headers), body)
            exchange = Exchange(
                request, Response(answer.status_code, _pairs(answer.headers), answer.content)
            )
            direct.append(_said(judge.judge(exchange)))
        judge, through = ExchangeJudge(contract, view), []
        for number, (method, path, headers, body) in enumerate(CALLS, start=1):
            with httpx.Client() as client:
                client.request(
                    method, proxy.url + path, headers={**usual(token), **headers}, content=body
                )
            exchange = exchange_of(proxy.watcher.wait(number)[-1])
            through.append(_said(judge.judge(exchange)))
    assert through[:-1] == direct[:-1]
    assert any(finding for said in through for _, finding in said)
    assert exchange.request.body == b"{}"  # compressed bodies are judged by what they hold


def usual(token: str) -> dict[str, str]:
    """Return the headers of a documented call."""
    return {"Authorization": f"token {token}", "Content-Type": "application/json"}


def _pairs(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), value.decode()) for name, value in headers.raw)


def _said(judged: Any) -> list[tuple[str, Any]]:
    return [
        (one.rule_id, one.finding and (one.finding.expected, one.finding.actual))
        for one in (*judged.client, *judged.server)
    ]


# The command


@contextlib.contextmanager
def command(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run `retailspec proxy`; it is ended at the end, if it has not been before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "retailspec", "proxy", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    too_late = threading.Timer(120, process.kill)
    too_late.start()
    try:
        yield process
    finally:
        too_late.cancel()
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """Return where the proxy is, once it listens."""
    assert process.stdout is not None
    url = process.stdout.readline().removeprefix("proxy at ").strip()
    while (line := process.stdout.readline()) and not line.startswith("Ctrl-C"):
        pass
    assert line, process.communicate()
    return url


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """Stop the proxy by a signal; return its exit status and both outputs."""
    process.send_signal(number)
    out, err = process.communicate(timeout=WAIT)
    return process.returncode, out, err


def test_the_verdict_on_sound_traffic(tmp_path: Path) -> None:
    """Over TLS, with credentials from a target file: status 0, and a recording without secrets."""
    reference = build("omni-inventory")
    token = reference.credentials["token"]
    target, record = tmp_path / "t.toml", tmp_path / "r.ndjson"
    target.write_text('[omni-inventory]\ncredentials.token = "env:SHOP_TOKEN"\n')
    with Served(reference, plain_port=None) as served:
        options = ["--upstream", served.url, "--contract", "omni-inventory"]
        options += ["--ca-file", str(served.ca_file), "--target", str(target)]
        environ = {**os.environ, "SHOP_TOKEN": token}
        with command(*options, "--record", str(record), env=environ) as process:
            url = address(process)
            answer = httpx.post(url + UPDATE, headers=usual(token), json=GOOD)
            status, out, err = ended(process, signal.SIGINT)
    assert answer.status_code == 200
    assert (status, err) == (0, ""), out
    assert "the client: conforms, as far as it was judged" in out
    assert f"1 exchange in {record}" in out
    (line,) = record.read_bytes().splitlines(keepends=True)
    exchange = recorded(read_line(line))
    assert exchange.request.url == served.url + UPDATE
    assert exchange.status == 200
    assert token not in out + record.read_text()


def test_the_verdict_on_broken_traffic_with_a_full_disk(tmp_path: Path) -> None:
    """Status 1; recording ends with one line and a valid file, and traffic goes on."""
    reference = build("omni-inventory")
    token = reference.credentials["token"]
    record = tmp_path / "r.ndjson"
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (3000, 3000))
    with Served(reference, tls=False) as served:
        options = ["--upstream", served.url, "--contract", "omni-inventory"]
        with command(*options, "--record", str(record), preexec_fn=limit) as process:
            url = address(process)
            for _ in range(10):
                bad = {"store_code": "Store1", "inventories": [{"variant_code": 5}]}
                answer = httpx.post(url + UPDATE, headers=usual(token), json=bad)
                assert answer.status_code < 500
            status, out, _ = ended(process, signal.SIGTERM)
    assert status == 1, out
    findings = [line for line in out.splitlines() if line.startswith("broken, client: ")]
    assert len(findings) == 1
    assert findings[0].startswith("broken, client: client.schema (exchange 1, update): expected ")
    (told,) = [line for line in out.splitlines() if "traffic goes on" in line]
    assert "recording ended after " in told
    assert "calls: 10 (10 update)" in out
    lines = record.read_bytes().splitlines(keepends=True)
    assert 0 < len(lines) < 10
    assert [recorded(read_line(line)).request.method for line in lines] == ["POST"] * len(lines)
    assert token not in out


def test_nothing_judged_is_status_3() -> None:
    """A proxy that nobody called has judged nothing."""
    with command("--upstream", NOWHERE, "--contract", "omni-inventory") as process:
        address(process)
        status, out, err = ended(process, signal.SIGINT)
    assert (status, err) == (3, "")
    assert "nothing could be judged" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--upstream", "ftp://x"], "--upstream ftp://x: is no http:// or https:// address"),
        (["--upstream", "http://u:p@x"], "--upstream: holds a user name or password"),
        (["--upstream", NOWHERE, "--port", "70000"], "port 70000 is none"),
        (["--upstream", NOWHERE, "--target", "none.toml"], "none.toml: cannot be read"),
        (["--upstream", NOWHERE, "--record", "/none/of/it"], "--record /none/of/it: "),
        (["--upstream", "https://x", "--ca-file", "/none"], "--ca-file /none: cannot be used: No"),
        (
            ["--upstream", "https://orders.upnormal.co.id", "--contract", "omni-orders"],
            "https://orders.upnormal.co.id: refused without --allow-production: ",
        ),
    ],
)
def test_wrong_use(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    """A mistake on the command line is one line and status 2, before anything listens."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main.main(["proxy", "--contract", "omni-inventory", *arguments], prog_name="retailspec")
    captured = capfd.readouterr()
    assert stopped.value.code == 2
    assert captured.out == ""
    assert captured.err.startswith(f"retailspec: {told}")
    assert captured.err.count("\n") == 1


# What goes wrong in judging


def test_a_judging_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever judging raises is told once, counted, and the next exchange is judged."""
    lines: list[str] = []
    judge = ProxyJudge(Case("omni-inventory", TargetConfig()), lines.append)
    seen = Seen(NOWHERE, b"GET / HTTP/1.1\r\n\r\n", b"", False, b"", b"", False, 0.0, 0.0, "")
    with monkeypatch.context() as patch:
        patch.setattr(ExchangeJudge, "judge", lambda *_: 1 // 0)
        judge.take(seen)
        judge.take(seen)
    assert lines == ["exchange 1 was delivered, but judging failed: ZeroDivisionError"]
    judge.take(seen)
    assert judge.tally.unjudged == {"judging failed: ZeroDivisionError": 2}
    assert judge.verdict() == 1


def test_traffic_outlives_the_judging_process() -> None:
    """What waits too long is counted; a judging process that dies is told; nothing is raised."""
    lines: list[str] = []
    seen = Seen(NOWHERE, b"GET / HTTP/1.1\r\n\r\n", b"", False, b"", b"", False, 0.0, 0.0, "")

    async def live() -> list[int]:
        case = Case("omni-inventory", TargetConfig())
        async with JudgeLink(case, lines.append, most_waiting=-1) as full:
            full.see(seen)
            full.see(seen)
        async with JudgeLink(case, lines.append) as killed:
            killed.see(seen)
            killed._process.kill()
            while len(lines) < 2:
                await asyncio.sleep(0.01)
            killed.see(seen)
        return [full.status, killed.status]

    assert asyncio.run(live()) == [3, 3]
    assert lines == [
        "too much traffic at once: it is passed on, but not all of it is judged",
        "the judging process ended early: traffic goes on, and is not judged any more",
    ]
