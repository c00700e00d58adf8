"""Archives that real tools write of a session are judged as the session was while it went on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.clients.session import Judging, stub_session
from retailspec.clients.sources import open_source
from retailspec.clients.traffic import Known, Traffic
from retailspec.contract import load_contract
from retailspec.reference.omni_orders import OmniOrders

if TYPE_CHECKING:
    from retailspec.clients.tally import Tally

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("har_tools.cjs")
TOOLS = ("Playwright", "devtools protocol")

Verdict = dict[str, tuple[str, int, int]]


def verdict(tally: Tally) -> Verdict:
    """Return what was said of the client: per rule the verdict, how often judged, how often broken.

    A page's own requests (for its icon, say) are the client's to the stub and foreign in a file.
    """
    return {
        record["rule"]: (record["verdict"], record["judged"], record["times"])
        for record in tally.records("client")
        if record["rule"] != "client.path"
    }


def calls(reference: OmniOrders) -> list[dict[str, Any]]:
    """Return calls of a browser: sound ones, and one of each of several faults."""
    token = reference.credentials["token"]
    first, second = (
        reference.add(reference.fresh_order(reference.own_store)).number for _ in range(2)
    )

    def call(name: str, body: Any, **headers: str) -> dict[str, Any]:
        sent = {"Content-Type": "application/json", "Authorization": f"token {token}", **headers}
        return {
            "method": "POST",
            "path": f"/api/store/orders/{name}",
            "headers": {key: value for key, value in sent.items() if value},
            "body": body if isinstance(body, str) else json.dumps(body),
        }

    return [
        call("confirm", {"number": first}),
        call("paid", {"order": first}),
        call("complete", {"order": first}),
        call("confirm", {"order": second}),
        call("confirm", {"number": second}, **{"Content-Type": "text/plain"}),
        call("paid", {"order": second}, Authorization=f"Bearer {token}"),
        call("paid", {"order": second}, Authorization=""),
        call("paid", "{"),
        call("cancel", {"order": second}),
        call("confirm", {"number": second}),
        {**call("paid", {"order": second}), "method": "PUT"},
    ]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdict, dict[str, str], Path]:
    """The live verdict, the server's credentials, and the folder with an archive of each tool."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not here: apt-get install -y chromium")
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here: apt-get install -y nodejs npm")
    if not (ROOT / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not here: npm install --no-save playwright-core@1")
    folder = tmp_path_factory.mktemp("archives")
    contract, reference = load_contract("omni-orders"), OmniOrders()
    with stub_session(contract, reference, Judging(), tls=False) as running:
        told = {
            "origin": running.served.url,
            "page": reference.supplies()["order"]["path"],
            "calls": calls(reference),
        }
        (folder / "session.json").write_text(json.dumps(told), encoding="utf-8")
        done = subprocess.run(
            [node, str(SCRIPT), chromium, "session.json", *(f"{one}.har" for one in TOOLS)],
            cwd=folder,
            env={**os.environ, "NODE_PATH": str(ROOT / "node_modules"), "HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
    assert done.returncode == 0, done.stderr
    return verdict(running.stub.tally), dict(reference.credentials), folder


@pytest.mark.parametrize("tool", TOOLS)
def test_an_archive_gets_the_verdict_of_the_session(
    session: tuple[Verdict, dict[str, str], Path], tool: str
) -> None:
    """Each fault is found again, nothing more, and the server is not accused of anything."""
    live, credentials, folder = session
    broken = {rule for rule, (said, *_) in live.items() if said != "held"}
    assert broken >= {
        "client.schema",
        "client.content-type",
        "client.auth",
        "client.method",
        "client.lifecycle",
    }
    contract = load_contract("omni-orders")
    known = {"omni-orders": Known(credentials=credentials)}
    traffic = Traffic({"omni-orders": contract}, known, alone=True)
    with open_source(str(folder / f"{tool}.har")) as source:
        read = traffic.read(source)
    traffic.close()
    assert not read.broken
    tally = traffic.tallies["omni-orders"]
    assert verdict(tally) == live
    assert {record["verdict"] for record in tally.records("server")} == {"held"}
    printed = json.dumps([tally.records(side) for side in ("client", "server")])
    assert credentials["token"] not in printed
