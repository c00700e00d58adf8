"""How many requests a second the judging stub answers, beside Prism's mock, in one run.

All answer the same call of the same OpenAPI document, which can be repeated, under the same load
(wrk), one after the other: Prism's mock with its logs silent, the reference server, the same server
judging, and judging and recording. The rounds take turns, so that what else the machine does falls
on all of them; each ratio is the median of those of the rounds.

    npm install @stoplight/prism-cli
    python benchmarks/prism_mock.py [--prism node_modules/.bin/prism] [--seconds 4] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from retailspec.contract import load_contract

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "omni-inventory"
PATH = "/api/backend/inventories/update"
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - made for the run
CONNECTIONS = 16
PRISM, PLAIN, JUDGING = "Prism's mock", "the server", "judging"

LOAD = f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "token {TOKEN}"
wrk.body = [[{{"store_code": "Store1", "inventories": [{{"variant_code": "BURGER01",
"price": 25000, "out_of_stock": false, "is_active": true}}]}}]]
"""


def main() -> int:
    """Measure, print, and return 1 where a wanted ratio is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prism", default="node_modules/.bin/prism", help="the Prism command")
    parser.add_argument("--seconds", type=int, default=4, help="how long each load lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    chosen = parser.parse_args()
    prism = shutil.which(chosen.prism)
    if prism is None or shutil.which("wrk") is None:
        missing = "npm install @stoplight/prism-cli" if prism is None else "apt-get install wrk"
        print(f"prism_mock: {'Prism' if prism is None else 'wrk'} is missing: {missing}")
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = folder / "load.lua"
        script.write_text(LOAD, encoding="utf-8")
        recording = ["--judge", "--record", str(folder / "calls.ndjson")]
        urls = {
            PRISM: stack.enter_context(_prism(prism)),
            PLAIN: stack.enter_context(_server([])),
            JUDGING: stack.enter_context(_server(["--judge"])),
            "judging and recording": stack.enter_context(_server(recording)),
        }
        rates = _measured(urls, script, chosen.seconds, chosen.rounds)
    return _told(rates)


def _measured(
    urls: dict[str, str], script: Path, seconds: int, rounds: int
) -> dict[str, list[float]]:
    for url in urls.values():
        _load(url, script, 1)
    rates: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(rounds):
        for name, url in urls.items():
            rates[name].append(_load(url, script, seconds))
    return rates


def _told(rates: dict[str, list[float]]) -> int:
    def ratio(name: str, other: str) -> float:
        pairs = zip(rates[name], rates[other], strict=True)
        return statistics.median(one / two for one, two in pairs)

    print(f"requests a second, {CONNECTIONS} connections, POST {PATH}")
    for name, found in rates.items():
        print(
            f"  {name:<22} {statistics.median(found):>8.0f}   "
            f"{ratio(name, PRISM):5.2f} x Prism   {ratio(name, PLAIN):5.1%} of the server"
        )
    held = ratio(JUDGING, PRISM) >= 2.5 and ratio(JUDGING, PLAIN) >= 0.85
    print(f"wanted: judging at least 2.5 x Prism and 85% of the server: {'yes' if held else 'NO'}")
    return 0 if held else 1


def _load(url: str, script: Path, seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(script), url + PATH]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    wrong = re.search(r"(Non-2xx.*|Socket errors.*)", told)
    if wrong:
        raise SystemExit(f"prism_mock: {url}: {wrong[1]}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None:
        raise SystemExit(f"prism_mock: {url}: wrk says nothing of requests a second")
    return float(found[1])


@contextmanager
def _server(options: list[str]) -> Iterator[str]:
    environment = {**os.environ, "OMNI_INVENTORY_TOKEN": TOKEN}
    command = [sys.executable, "-m", "retailspec", "serve", NAME, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            first = process.stdout.readline() if process.stdout else ""
            yield first.split()[-1]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


@contextmanager
def _prism(command: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    document = load_contract(NAME).openapi
    arguments = [command, "mock", "-h", "127.0.0.1", "-p", str(port), "-v", "silent", str(document)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("prism_mock: Prism did not start")


if __name__ == "__main__":
    sys.exit(main())
