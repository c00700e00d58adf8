"""Dredd and Prism as checks of an order server, for compare_tools.py.

Dredd gets our OpenAPI 3.0 document and hooks that provoke what is printed: a fresh order for a 200,
an unknown number for a 400, a wrong token for a 401; other statuses, which no hook can bring about,
are skipped. Prism sends nothing itself, so it stands as a validating proxy before the server while
this suite makes its own calls: what it finds is what it says of the answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from retailspec.checks import Effort, Options
from retailspec.contract import load_contract
from retailspec.lifecycle import Depth
from retailspec.reference.serving import Served
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import HttpCall, SupplyConfig, TargetConfig
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.exchange import Exchange
    from retailspec.reference.base import Reference

__all__ = ["Findings", "dredd", "prism"]

Findings = frozenset[tuple[str, ...]]

_HOOKS = """
const hooks = require('hooks');
const http = require('http');

const fresh = () => new Promise((done, fail) => {
  const call = http.request(process.env.FRESH, { method: 'POST' }, (answer) => {
    let text = '';
    answer.on('data', (part) => { text += part; });
    answer.on('end', () => done(JSON.parse(text).number));
  });
  call.on('error', fail);
  call.end();
});

hooks.beforeEach((transaction, done) => {
  const wanted = Number(transaction.expected.statusCode);
  transaction.skip = ![200, 400, 401].includes(wanted) || transaction.request.method !== 'POST';
  const token = wanted === 401 ? 'wrong' : process.env.TOKEN;
  transaction.request.headers.Authorization = `token ${token}`;
  fresh().then((number) => {
    const body = JSON.parse(transaction.request.body || '{}');
    for (const field of ['number', 'order']) {
      if (body[field]) body[field] = wanted === 400 ? 'NOSUCH00' : number;
    }
    transaction.request.body = JSON.stringify(body);
    done();
  });
});
"""


def dredd(command: Path, document: Path, reference: Reference) -> Findings:
    """Check a server with Dredd, and return the transactions that it fails, with the reasons.

    Args:
        command: Where Dredd is.
        document: Our OpenAPI 3.0 document.
        reference: The server, not served yet.
    """
    with tempfile.TemporaryDirectory() as name, Served(reference, tls=False) as served:
        folder = Path(name)
        hooks, report = folder / "hooks.js", folder / "report.xml"
        hooks.write_text(_HOOKS, encoding="utf-8")
        environment = {
            "FRESH": f"{served.url}/_control/orders",
            "TOKEN": reference.credentials["token"],
        }
        words = [str(command), str(document), served.url, f"--hookfiles={hooks}"]
        words += ["--reporter=xunit", f"--output={report}", "--loglevel=silent"]
        subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "NO_PROXY": "*", **environment},
            capture_output=True,
            check=False,
        )
        return frozenset(_failed(report))


def _failed(report: Path) -> Iterator[tuple[str, ...]]:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - made by what we ran
        failure = case.find("failure")
        if failure is not None:
            first = (failure.text or "").strip().split("\n")[1:2]
            yield str(case.get("name")), *(line.strip() for line in first)


def prism(command: Path, document: Path, reference: Reference) -> Findings:
    """Let this suite's calls pass through Prism's proxy, and return what it says of the answers.

    Args:
        command: Where Prism is.
        document: Our OpenAPI document.
        reference: The server, not served yet.
    """
    contract, port = load_contract("omni-orders"), _free_port()
    with Served(reference, tls=False) as served, _proxy(command, document, served.url, port) as url:
        supply = HttpCall(url=f"{served.url}/_control/orders", pointer="/number")
        config = TargetConfig(
            base_url=url,
            timeout=2.0,  # it never answers a body that is not JSON
            fixtures=dict(reference.fixtures()),
            supply={"order": SupplyConfig(http=supply)},
        )
        secrets = Secrets(reference.credentials, {"token": "TOKEN"})
        target = make_target(contract, config, "comparison:", secrets=secrets)
        run = Run(target, Options(Depth.TRANSITIONS, races=False, effort=Effort.FEW))
        for rule in contract.rules.values():
            if rule.judged:
                run.result(rule.id)
        run.close()
    return frozenset(said for exchange in run.exchanges for said in _violations(exchange))


@contextlib.contextmanager
def _proxy(command: Path, document: Path, upstream: str, port: int) -> Iterator[str]:
    words = [str(command), "proxy", str(document), upstream, "--port", str(port)]
    process = subprocess.Popen(
        [*words, "--verboseLevel", "silent"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _violations(exchange: Exchange) -> Iterator[tuple[str, ...]]:
    told = exchange.response.header("sl-violations") if exchange.response is not None else None
    for one in json.loads(told) if told else ():
        if one["location"][0] == "response":
            yield str(exchange.operation), "/".join(map(str, one["location"])), one["message"]
