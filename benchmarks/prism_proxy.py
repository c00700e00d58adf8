"""The judging proxy beside Prism's, in one run: the same upstream, the same calls, the same load.

For both it measures requests a second at 16 connections and the median latency at one, by wrk, in
rounds by turns, so that whatever else the machine does hits all alike. The upstream is a reference
server in a process of its own; the call is omni-inventory's update, which can be repeated.

    npm install --no-save @stoplight/prism-cli
    python benchmarks/prism_proxy.py [--rounds 3] [--seconds 4] [--prism PATH]

Exit status 1 where the proxy is slower than it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
CONTRACT = "omni-inventory"
PATH = "/api/backend/inventories/update"
CONNECTIONS = 16
TIMES_PRISM = 2.5
MOST_ADDED_MS = 0.4
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Subject:
    """What is measured.

    Args:
        name: How it is called in the table.
        url: Where it is.
        process: Its process, where the verdict is asked of it.
    """

    name: str
    url: str
    process: subprocess.Popen[str] | None = None
    rates: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    requests: int = 0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return statistics.median(self.rates)

    @property
    def latency(self) -> float:
        """Milliseconds at one connection."""
        return statistics.median(self.medians)


@contextlib.contextmanager
def started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command; end it at the end."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def told(process: subprocess.Popen[str], last: str) -> list[str]:
    """Return the lines that a process prints, up to the one that begins so."""
    lines = []
    for line in process.stdout or ():
        lines.append(line.strip())
        if line.startswith(last):
            return lines
    raise SystemExit(f"{process.args!r} ended: {' '.join(lines)}")


def retailspec(*arguments: str) -> list[str]:
    """Return the command line of one of the project's own commands."""
    return [sys.executable, "-m", "retailspec", *arguments]


def wrk(url: str, script: Path, connections: int, seconds: float) -> str:
    """Load a server and return what wrk says.

    Raises:
        SystemExit: Not every answer was a success.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(script)]
    said = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url}: not every call succeeded:\n{said}")
    return said


def measure(subject: Subject, script: Path, seconds: float) -> None:
    """Add one round to what is known of a subject."""
    busy = wrk(subject.url, script, CONNECTIONS, seconds)
    alone = wrk(subject.url, script, 1, max(1.0, seconds / 2))
    subject.rates.append(_number(busy, r"Requests/sec:\s+([\d.]+)"))
    subject.requests += _requests(busy) + _requests(alone)
    found = re.search(r"50%\s+([\d.]+)(us|ms|s)", alone)
    assert found is not None, alone
    subject.medians.append(float(found[1]) * _UNITS[found[2]])


def judged(subject: Subject) -> int:
    """Stop a proxy of ours and return how many exchanges its verdict is about."""
    assert subject.process is not None
    subject.process.send_signal(signal.SIGINT)
    said, _ = subject.process.communicate(timeout=120)
    if "does not conform" in said:
        raise SystemExit(f"{subject.name}: finds fault with sound calls:\n{said}")
    return int(_number(said, r"  calls: (\d+)"))


def _requests(said: str) -> int:
    return int(_number(said, r"(\d+) requests in"))


def _number(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found[1])


def write_script(folder: Path, token: str) -> Path:
    """Write the script that tells wrk what to send."""
    body = {
        "store_code": "Store1",
        "inventories": [
            {"variant_code": "BURGER01", "price": 100, "out_of_stock": False, "is_active": True}
        ],
    }
    script = folder / "update.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.path = "{PATH}"\n'
        f'wrk.headers["Authorization"] = "token {token}"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [[{json.dumps(body)}]]\n",
        encoding="utf-8",
    )
    return script


def listening(port: int, process: subprocess.Popen[str]) -> None:
    """Return when something listens at a port of this machine."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit(f"{process.args!r} does not listen at port {port}")


@contextlib.contextmanager
def subjects(prism: str, folder: Path) -> Iterator[tuple[list[Subject], Path]]:
    """Start everything; yield what is measured, and the script for wrk."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(started(retailspec("serve", CONTRACT)))
        lines = told(server, "Ctrl-C")
        upstream = lines[0].split(" at ")[1]
        token = next(line for line in lines if line.startswith("export ")).split("=", 1)[1]
        measured = [Subject("direct", upstream)]
        ours = ("proxy", "--upstream", upstream, "--contract", CONTRACT)
        for name, more in (
            ("proxy", ()),
            ("proxy --record", ("--record", str(folder / "record.ndjson"))),
        ):
            process = stack.enter_context(started(retailspec(*ours, *more)))
            url = told(process, "Ctrl-C")[0].removeprefix("proxy at ")
            measured.append(Subject(name, url, process))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        document = str(ROOT / "openapi" / f"{CONTRACT}.yaml")
        options = ["--errors", "false", "-v", "silent", "-p", str(port)]
        process = stack.enter_context(started([prism, "proxy", document, upstream, *options]))
        listening(port, process)
        measured.append(Subject("Prism's proxy", f"http://127.0.0.1:{port}"))
        yield measured, write_script(folder, token)


def main() -> None:
    """Print the table, the ratios, and whether they are as they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument(
        "--prism",
        default=os.environ.get("PRISM", str(ROOT / "node_modules" / ".bin" / "prism")),
        help="the prism command ($PRISM)",
    )
    chosen = parser.parse_args()
    for tool, install in (
        (chosen.prism, "npm install --no-save @stoplight/prism-cli"),
        ("wrk", "apt-get install wrk"),
    ):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is missing: {install}")
    with (
        tempfile.TemporaryDirectory() as folder,
        subjects(chosen.prism, Path(folder)) as (measured, script),
    ):
        for subject in measured:  # so that everything is loaded, and compiled
            subject.requests += _requests(wrk(subject.url, script, CONNECTIONS, 1))
        for _ in range(chosen.rounds):
            for subject in measured:
                measure(subject, script, chosen.seconds)
        counts = {one.name: judged(one) for one in measured if one.process is not None}
    raise SystemExit(report(measured, counts))


def report(measured: list[Subject], counts: dict[str, int]) -> int:
    """Print what was measured; return 1 where a target is missed."""
    direct, ours, recording, prism = measured
    columns = ("requests/s", "p50 ms", "added ms", "x Prism", "sent", "judged")
    print(" " * 16 + "".join(f" {column:>10}" for column in columns))
    for one in measured:
        count = counts.get(one.name)
        print(
            f"{one.name:<16} {one.rate:>10.0f} {one.latency:>10.3f} "
            f"{one.latency - direct.latency:>10.3f} {one.rate / prism.rate:>10.2f} "
            f"{one.requests:>10} {'' if count is None else count:>10}"
        )
    times, added = ours.rate / prism.rate, ours.latency - direct.latency
    with_record = recording.rate / prism.rate
    print(f"requests a second at {CONNECTIONS} connections, of Prism's: {times:.2f}", end=" ")
    print(f"(recording: {with_record:.2f}; to reach: {TIMES_PRISM})")
    print(f"added at one connection: {added:.3f} ms (at most: {MOST_ADDED_MS})")
    whole = all(counts[one.name] >= one.requests for one in (ours, recording))
    print(f"everything that was sent is judged: {'yes' if whole else 'no'}")
    return 0 if times >= TIMES_PRISM and added <= MOST_ADDED_MS and whole else 1


if __name__ == "__main__":
    main()
