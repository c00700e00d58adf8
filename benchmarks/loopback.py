"""What a conformance run costs beside its requests, in one run, on loopback.

For each contract it serves the reference server in a process of its own, runs the whole
conformance suite against it, and sends the same requests again with a bare httpx loop. The ratio of
the two times is what judging, planning and pytest cost. Start-up is left out and reported beside
it, and so is time that a check waited for something that the target does later.

    python benchmarks/loopback.py [--repeat 5] [CONTRACT ...]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.contract import names
from retailspec.contract.locate import conformance_folder
from retailspec.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.runner import Run

_OPTIONS = [
    "-q",
    "--no-header",
    "--assert=plain",
    "--capture=no",
    "-p",
    "no:logging",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
]


@contextmanager
def served(name: str, folder: Path) -> Iterator[Path]:
    """Serve a contract's reference server in a process of its own; yield its target file."""
    target = folder / f"{name}.toml"
    command = [sys.executable, "-m", "retailspec", "serve", name, "--tls"]
    process = subprocess.Popen(
        [*command, "--save-target", str(target)], stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout or ():
            exported = re.fullmatch(r"export (\w+)=(\S+)\n", line)
            if exported:
                os.environ[exported[1]] = exported[2]
            if line.startswith("Ctrl-C"):
                break
        yield target
    finally:
        process.terminate()
        process.wait(timeout=30)


class Stopwatch:
    """A pytest plugin that times the run itself, and keeps what was sent."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.run: Run | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Time all items of the session."""
        began = time.perf_counter()
        result = yield
        self.seconds = time.perf_counter() - began
        plugin: Any = session.config.pluginmanager.get_plugin("retailspec-run")
        self.run = next(iter(plugin.conformance.runs.values()))
        return result


def conformance_run(name: str, target: Path) -> Stopwatch:
    """Run the suite against a target; raise where it is not healthy."""
    watch = Stopwatch()
    arguments = [str(conformance_folder()), "-c", os.devnull, *_OPTIONS]
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        kept, sys.stdout = sys.stdout, nowhere
        try:
            status = pytest.main(
                [*arguments, "--contract", name, "--target", str(target)], plugins=[watch]
            )
        finally:
            sys.stdout = kept
    if status != 0 or watch.run is None:
        raise SystemExit(f"{name}: the conformance run ended with status {int(status)}")
    return watch


def bare_loop(run: Run) -> float:
    """Send the same requests again, with nothing but httpx, and return the seconds it took."""
    requests = [exchange.request for exchange in run.exchanges]
    opened = Request(
        "OPTIONS", run.target.base_url + "/"
    )  # the races' connections were opened with it
    requests += [opened] * (run.session.sent - len(requests))
    with httpx.Client(verify=run.target.verify, timeout=30.0) as client:
        client.request("OPTIONS", run.target.base_url + "/")
        began = time.perf_counter()
        for request in requests:
            client.request(
                request.method, request.url, headers=list(request.headers), content=request.body
            )
        return time.perf_counter() - began


def start_up(command: Sequence[str]) -> float:
    """Return the median seconds that a command takes."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    """Print a line per contract and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contracts", nargs="*", default=names())
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    total_run = total_bare = 0.0
    print(f"{'contract':<20} {'calls':>5} {'run s':>7} {'bare s':>7} {'waited s':>8} {'ratio':>6}")
    for name in chosen.contracts:
        with tempfile.TemporaryDirectory() as folder, served(name, Path(folder)) as target:
            runs, bares, waits, calls = [], [], [], 0
            for _ in range(chosen.repeat):
                watch = conformance_run(name, target)
                run = watch.run
                assert run is not None
                runs.append(watch.seconds - run.waited)
                waits.append(run.waited)
                bares.append(bare_loop(run))
                calls = run.session.sent
        taken, bare = statistics.median(runs), statistics.median(bares)
        total_run, total_bare = total_run + taken, total_bare + bare
        waited = statistics.median(waits)
        print(
            f"{name:<20} {calls:>5} {taken:>7.3f} {bare:>7.3f} {waited:>8.3f} {taken / bare:>6.2f}"
        )
    ratio = total_run / total_bare
    print(f"{'all':<20} {'':>5} {total_run:>7.3f} {total_bare:>7.3f} {'':>8} {ratio:>6.2f}")
    here = str(conformance_folder())
    print(f"retailspec --help: {start_up([sys.executable, '-m', 'retailspec', '--help']):.2f} s")
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", here]
    print(f"pytest --collect-only: {start_up(collect):.2f} s")


if __name__ == "__main__":
    main()
