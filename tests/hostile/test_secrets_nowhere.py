"""Every place fails at once, and no output of any kind holds a credential."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hostile_corpus import bare
from hostile_server import HostileServer, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRETS = {
    "SHOP_TOKEN": "Zu4rX/9k+T0ken=Of&TheTest~77",
    "SHOP_SECRET": "S1gn/ing+K3y=Of&TheVendor~78",
    "SHOP_PARTNER": "P4rtner/Id+Of=TheVendor~79",
    "SHOP_MAKER_KEY": "M4ker/Key+Of=TheSandbox~80",
}
STATUSES = (b"200 OK", b"400 Bad", b"500 Broken", b"401 No", b"200 OK", b"302 Away")


def forms(secret: str) -> dict[str, str]:
    """Return the forms of a secret that no output may hold."""
    return {
        "raw": secret,
        "base64": base64.b64encode(secret.encode()).decode(),
        "URL-safe base64": base64.urlsafe_b64encode(secret.encode()).decode(),
        "amid base64": base64.b64encode(b"token " + secret.encode()).decode()[8:40],
        "URL-encoded": quote(secret, safe=""),
        "path-encoded": quote(secret),
        "swapped": secret.swapcase(),
        "cut short": secret[: len(secret) * 3 // 4],
    }


def echo(peer: Peer) -> None:
    """Answer every call with all secrets, everywhere, in every form."""
    count = 0
    while request := peer.read():
        count += 1
        found = re.search(rb"(?i)\r\nauthorization: ([^\r]*)", request)
        given = found[1].decode("latin-1") if found else ""
        told = [form for secret in SECRETS.values() for form in forms(secret).values()]
        told.append(base64.b64encode(given.encode()).decode())
        text = ",".join(f'"{one}":"no such: {one}"' for one in told)
        body = f'{{"status":"{given}","order":{{{text}}},"message":"{" ".join(told)}"}}'.encode()
        value = SECRETS["SHOP_TOKEN"].encode()
        head = [
            b"HTTP/1.1 " + STATUSES[(peer.number + count) % len(STATUSES)] + b" " + value,
            b"Content-Type: " + (b"application/json" if count % 3 else b"text/" + value),
            b"X-Echo: " + b" ".join(one.encode() for one in told),
            b"X-" + quote(value.decode(), safe="").replace("%", "").encode() + b": " + value,
            b"Set-Cookie: session=" + value,
            b"Location: https://elsewhere.example/?" + value,
            b"Allow: " + value,
            b"Content-Length: " + str(len(body)).encode(),
        ]
        peer.send(bare(*head, body=body))


TARGETS = {
    "sirclo-inventory": """
credentials.secret = "env:SHOP_SECRET"
credentials.partner_id = "env:SHOP_PARTNER"
fixtures.sku = "sku1"
fixtures.channel = "bklp"
""",
    "omni-orders": """
credentials.token = "env:SHOP_TOKEN"
supply.order.numbers = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12"]
""",
    "failing command": """
credentials.token = "env:SHOP_TOKEN"
supply.order.command = "echo refused: $SHOP_MAKER_KEY $SHOP_TOKEN >&2; exit 1"
""",
    "failing call": """
credentials.token = "env:SHOP_TOKEN"
[omni-orders.supply.order.http]
url = "http://127.0.0.1:1/new?key=M4ker/Key+Of=TheSandbox~80"
pointer = "/n"
headers = {X-Api-Key = "env:SHOP_MAKER_KEY"}
""",
    "wrong options": """
credentials.token = "Zu4rX/9k+T0ken=Of&TheTest~77"
supply.order.numbers = ["A1"]
""",
}

USED = {
    "sirclo-inventory": ("SHOP_SECRET", "SHOP_PARTNER"),
    "omni-orders": ("SHOP_TOKEN",),
    "failing command": ("SHOP_TOKEN", "SHOP_MAKER_KEY"),
    "failing call": ("SHOP_TOKEN", "SHOP_MAKER_KEY"),
    "wrong options": ("SHOP_TOKEN",),
}
"""The credentials of each target: a text that no file names is nobody's secret."""

USER_TESTS = """
import logging
from hypothesis import given, settings, strategies as st
from retailspec.build import Builder
from retailspec.contract.model import Case
from retailspec.exchange import Exchange, Response
from retailspec.secrets import Secrets
from retailspec.target.config import read_target
from retailspec.target.target import make_target
from retailspec.contract import load_contract
from pathlib import Path

CONTRACT = load_contract("omni-orders")

def made():
    path = Path(__file__).with_name("t.toml")
    return make_target(CONTRACT, read_target(path, {"omni-orders": CONTRACT})["omni-orders"], "w")

def exchange(target):
    prepared = Builder(target).prepare(Case("confirm", "", {}, {}))
    secret = target.secrets.values["token"].encode()
    text = secret.decode()
    return Exchange(prepared.request, Response(200, (("X-Echo", text),), secret, text))

def test_introspection():
    target = made()
    seen = exchange(target)
    logging.getLogger().warning("%r %r", target, seen)
    print(target, target.secrets, seen)
    assert seen == target.secrets, (target, seen)

@settings(database=None, max_examples=3)
@given(st.builds(lambda: exchange(made())))
def test_hypothesis(seen):
    assert seen.status == 500
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Runs a command against the echoing target; gives the folder that all of its output is in."""
    with HostileServer(echo) as server:

        def run(table: str, *command: str) -> Path:
            folder = tmp_path_factory.mktemp("secrets")
            contract = table if "-" in table else "omni-orders"
            lines = [
                f"[{contract}]",
                f'base_url = "{server.url}"',
                "patience = 0.2",
                "timeout = 5.0",
            ]
            (folder / "t.toml").write_text("\n".join(lines) + TARGETS[table])
            (folder / "test_users.py").write_text(USER_TESTS)
            out = folder / "out"
            out.mkdir()
            environment = {
                **os.environ,
                **SECRETS,
                "GITHUB_ACTIONS": "true",
                "GITHUB_STEP_SUMMARY": str(out / "summary.md"),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            with (out / "terminal.txt").open("wb") as terminal:
                done = subprocess.run(
                    [sys.executable, "-m", *command],
                    cwd=folder,
                    env=environment,
                    stdout=terminal,
                    stderr=terminal,
                    timeout=90,
                    check=False,
                )
            assert done.returncode in {1, 2}, (out / "terminal.txt").read_text()
            return out

        yield run


FILES = ("--junitxml", "out/junit.xml", "--report", "out/report", "--sarif", "out/r.sarif")
CHECK = ("retailspec", "check", "--target", "t.toml", *FILES)
PYTEST = ("pytest", "-vv", "--tb=long", "-l", "-p", "no:randomly", "-p", "no:cacheprovider")
LOGS = ("--log-cli-level=DEBUG", "--log-file=out/log.txt", "--log-file-level=DEBUG")

RUNS = {
    "signed, quiet": ("sirclo-inventory", *CHECK),
    "signed, verbose": ("sirclo-inventory", *CHECK, "-v", "--effort", "few"),
    "a failing command": ("failing command", *CHECK),
    "a failing call": ("failing call", *CHECK),
    "a literal secret": ("wrong options", *CHECK),
    "a secret for an option": (
        "omni-orders",
        *("retailspec", "check", "--contract", "omni-orders"),
        *("--base-url", f"https://user:{quote(SECRETS['SHOP_TOKEN'], safe='')}@127.0.0.1"),
    ),
    "pytest": ("omni-orders", *PYTEST, *LOGS, "--target", "t.toml", *FILES),
    "a user's own tests": ("omni-orders", *PYTEST, *LOGS, "test_users.py"),
}


@pytest.mark.parametrize("name", RUNS)
def test_no_output_holds_a_credential(name: str, outputs: Callable[..., Path]) -> None:
    """Terminal, JUnit, HTML, JSON, HAR, SARIF, job summary and logs hold no form of a secret."""
    folder = outputs(*RUNS[name])
    files = [path for path in folder.rglob("*") if path.is_file()]
    leaks = []
    for path in files:
        text = path.read_text(errors="replace")
        for variable in USED[RUNS[name][0]]:
            for form, written in forms(SECRETS[variable]).items():
                if written in text or written.replace("/", "\\/") in text:
                    at = text.find(written)
                    leaks.append((path.name, variable, form, text[max(0, at - 60) : at + 60]))
    assert not leaks, leaks[:5]
    assert sum(path.stat().st_size for path in files) > 50
    if name in {"signed, quiet", "pytest"}:
        kinds = {path.suffix for path in files}
        assert {".txt", ".xml", ".html", ".json", ".har", ".sarif", ".md"} <= kinds
