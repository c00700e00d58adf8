"""What this suite, schemathesis, Dredd and Prism find on the same faulty order servers.

In one run, on 18 faults of the omni-orders corpus: each is served over plain HTTP on loopback, and
checked by `retailspec check` and by `schemathesis run`, which gets our own OpenAPI document, the
token, and the numbers of real orders in place of made-up ones; Dredd and Prism are used as
other_tools.py says. A fault is caught where a finding of a tool is not among those that it has on
the healthy server; these are its false alarms.

    npm install --no-save dredd@14 @stoplight/prism-cli@5
    python benchmarks/compare_tools.py [--thorough] [--no-schemathesis] [--dredd PATH] \
      [--prism PATH] [--write docs/comparison.md]
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import httpx
import yaml
from other_tools import Findings, dredd, prism

from retailspec.checks import Effort, Options
from retailspec.contract import load_contract
from retailspec.faults.model import corpus
from retailspec.lifecycle import Depth
from retailspec.reference.omni_orders import OmniOrders
from retailspec.reference.serving import Served
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import HttpCall, SupplyConfig, TargetConfig
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retailspec.reference.base import Reference

ROOT = Path(__file__).resolve().parent.parent
CHOSEN = (
    "complete-skips-payment-of-confirmed-orders",
    "refused-confirm-pays",
    "confirmed-code-wrong-once-paid",
    "confirm-names-the-other-field",
    "canceled-with-one-l",
    "status-as-text",
    "confirm-answers-the-order-before",
    "cancel-answers-another-order",
    "token-by-its-beginning",
    "token-in-any-case",
    "cancelled-until-the-third-try",
    "null-number-crashes",
    "list-of-numbers-crashes",
    "broken-text-crashes",
    "confirm-revives-cancelled-orders",
    "confirm-reopens-complete-orders",
    "complete-orders-cannot-be-cancelled",
    "cancel-takes-payment-back",
)
"""The kinds of fault that a conformance suite for orders is there to find, one of each."""

_TOKEN = "RETAILSPEC_COMPARISON_TOKEN"  # noqa: S105 - the variable's name
_SEED = "1"
_OURS = ("--depth", "transitions", "--no-races", "--effort", "few")
_THEIRS = (
    *("--exclude-operation-id", "details", "--continue-on-failure", "--no-color"),
    *("--report", "ndjson", "--seed", _SEED, "--generation-database", "none"),
)
_CODES = ("required", "invalid")
_HOOKS = """
import json, os, random, urllib.request
import schemathesis

FRESH = os.environ["RETAILSPEC_COMPARISON_FRESH"]
CHOICE = random.Random(1)
RECENT = []

def number():
    if not RECENT or CHOICE.random() < 0.5:
        with urllib.request.urlopen(urllib.request.Request(FRESH, method="POST")) as answer:
            RECENT.append(json.load(answer)["number"])
    return CHOICE.choice(RECENT[-3:])

@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        for field in ("number", "order"):
            if isinstance(body.get(field), str) and body[field]:
                body[field] = number()
    return body
"""
"""Puts a fresh order, or one of the last three, wherever the number is a text that is not empty."""


@dataclass
class Counted:
    """A server that counts the calls of its API."""

    reference: Reference
    calls: int = 0

    def __post_init__(self) -> None:
        self.reference.https_only = False
        answer = self.reference.respond

        async def respond(call: Any) -> Any:
            self.calls += 1
            return await answer(call)

        self.reference.respond = respond  # type: ignore[method-assign]  # counts, and changes nothing


@dataclass
class Told:
    """What one tool said about one server."""

    findings: Findings
    calls: int
    seconds: float


@dataclass
class Column:
    """One way to check servers, and what came of it."""

    name: str
    check: Callable[[Reference], Told]
    healthy: Told | None = None
    faulty: dict[str, Told] = field(default_factory=dict)

    def measure(self, server: str, make: Callable[[], Reference]) -> None:
        """Check one server; the healthy one has no name."""
        told = self.check(make())
        if server:
            self.faulty[server] = told
        else:
            self.healthy = told

    @property
    def false_alarms(self) -> Findings:
        """What was found on the healthy server."""
        return self.healthy.findings if self.healthy else frozenset()

    def caught(self, server: str) -> bool:
        """Tell whether something was found that the healthy server does not show."""
        return bool(self.faulty[server].findings - self.false_alarms)


def retailspec(reference: Reference) -> Told:
    """Check a server with this project's command line."""
    counted = Counted(reference)
    with tempfile.TemporaryDirectory() as name, Served(reference, tls=False) as served:
        folder = Path(name)
        report, target = folder / "report.xml", folder / "target.toml"
        target.write_text(
            f'[omni-orders]\nbase_url = "{served.url}"\ncredentials.token = "env:{_TOKEN}"\n'
            f'fixtures.foreign_order = "{reference.fixtures()["foreign_order"]}"\n'
            f'supply.order.http = {{url = "{served.url}/_control/orders", pointer = "/number"}}\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "retailspec", "check", "--contract", "omni-orders", *_OURS]
        command += ["--target", str(target), "--junitxml", str(report)]
        seconds = run(command, {_TOKEN: reference.credentials["token"]})
        findings = frozenset(broken_rules(report))
    return Told(findings, counted.calls, seconds)


def broken_rules(report: Path) -> Iterator[tuple[str, ...]]:
    """Yield the rules that a JUnit report of `retailspec check` calls broken or advisory."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own report
        told = {one.get("name"): one.get("value") for one in case.iter("property")}
        if told.get("verdict") in {"broken", "advisory"}:
            yield (str(told["rule"]),)


def schemathesis(*options: str, strict: bool = False) -> Callable[[Reference], Told]:
    """Return a check of a server with the command line of schemathesis.

    Args:
        options: Its options beside those that every run has.
        strict: Whether it gets the document with every answer narrowed down to what is printed.
    """

    def check(reference: Reference) -> Told:
        counted = Counted(reference)
        with tempfile.TemporaryDirectory() as name, Served(reference, tls=False) as served:
            folder = Path(name)
            report = folder / "report.ndjson"
            command = [sys.executable, "-m", "schemathesis.cli", "run", *_THEIRS, *options]
            command += ["-H", f"Authorization: token {reference.credentials['token']}"]
            command += ["--url", served.url, "--report-ndjson-path", str(report)]
            command += [str(document(folder, order(served.url), strict=strict))]
            environment = {
                "SCHEMATHESIS_HOOKS": str(hooks(folder)),
                "RETAILSPEC_COMPARISON_FRESH": f"{served.url}/_control/orders",
            }
            seconds = run(command, environment, folder)
            findings = frozenset(failures(report))
        return Told(findings, counted.calls, seconds)

    return check


def of_schemathesis(seconds: int, *, thorough: bool) -> list[Column]:
    """Return the ways to check a server with schemathesis.

    Args:
        seconds: How long it may take where it has as much time as the suite.
        thorough: Whether it takes its time in one more.
    """
    columns = [
        Column("schemathesis, as many calls", schemathesis("-n", "8")),
        Column("the same, strict schema", schemathesis("-n", "8", strict=True)),
        Column(
            "strict schema, as much time",
            schemathesis("-n", "8", "--max-time", str(seconds), strict=True),
        ),
    ]
    if thorough:
        columns.append(Column("strict schema, thorough", schemathesis("-n", "500", strict=True)))
    return columns


def other(judge: Callable[[Path, Path, Reference], Findings], command: Path, document: Path) -> Any:
    """Return a check of a server with a tool of other_tools.py.

    Args:
        judge: The tool.
        command: Where it is.
        document: The OpenAPI document that it gets.
    """

    def check(reference: Reference) -> Told:
        counted, began = Counted(reference), time.perf_counter()
        findings = judge(command, document, reference)
        return Told(findings, counted.calls, time.perf_counter() - began)

    return check


def exported(folder: Path, form: str) -> Path:
    """Export our OpenAPI document, as `retailspec export` does, and return its file."""
    command = [sys.executable, "-m", "retailspec", "export", "omni-orders"]
    run([*command, "--format", form, "--out", str(folder / form)], {})
    return folder / form / "omni-orders.yaml"


def hooks(folder: Path) -> Path:
    """Write the hooks that put known order numbers into place, and return their file."""
    path = folder / "comparison_hooks.py"
    path.write_text(_HOOKS, encoding="utf-8")
    return path


def order(url: str) -> str:
    """Return the number of a fresh order."""
    return str(httpx.post(f"{url}/_control/orders", trust_env=False).json()["number"])


def failures(report: Path) -> Iterator[tuple[str, ...]]:
    """Yield the failures of a run of schemathesis, as fine as it tells them apart."""
    for line in report.read_text(encoding="utf-8").splitlines():
        scenario = json.loads(line).get("ScenarioFinished")
        recorded = scenario["recorder"].get("checks", {}) if scenario else {}
        for checks in recorded.values():
            for one in checks:
                if one["status"] == "failure":
                    told = one["failure_info"]["failure"]
                    first = told["message"].split("\n")[0]
                    yield str(told["operation"]), str(told["type"]), first


def document(folder: Path, number: str, *, strict: bool) -> Path:
    """Write our OpenAPI document with a known order number in its examples."""
    source = ROOT / "openapi" / "omni-orders.yaml"
    text = source.read_text(encoding="utf-8").replace("FR9TL74P", number)
    spec = yaml.safe_load(text.replace("../schemas/", f"file://{ROOT}/schemas/"))
    if strict:
        narrow(spec["components"]["responses"])
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return path


def narrow(responses: Any) -> None:
    """Narrow answers down: orders to all that we ask of one, errors to those that are printed."""
    base = f"file://{ROOT}/schemas/omni-orders"
    media = responses["Order"]["content"]["application/json"]
    names = ("order", "order-types", "order-status-pair", "payment-status", "delivery-info")
    media["schema"] = {"allOf": [{"$ref": f"{base}/{name}.json"} for name in names]}
    media = responses["BadRequest"]["content"]["application/json"]
    printed = [{"const": copy.deepcopy(one["value"])} for one in media["examples"].values()]
    others = {
        "allOf": [{"$ref": f"{base}/error.json"}],
        "properties": {"error_code": {"enum": [*_CODES]}},
    }
    detail = {"$ref": f"{base}/detail.json"}
    media["schema"] = {"anyOf": [*printed, others, detail]}
    invalid = {"const": {"detail": "Invalid token"}}
    responses["Unauthorized"]["content"]["application/json"]["schema"] = invalid


def run(command: list[str], environment: dict[str, str], folder: Path | None = None) -> float:
    """Run a command, whatever it ends with, and return the seconds that it took."""
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command[:5])} ended with {done.returncode}: {done.stdout}")
    return time.perf_counter() - began


def sending() -> tuple[float, float]:
    """Return the seconds of a whole run of ours, and of the same requests in a bare loop."""
    reference = OmniOrders()
    contract = load_contract("omni-orders")
    taken, bare = [], []
    with Served(reference, tls=False) as served:
        supply = HttpCall(url=f"{served.url}/_control/orders", pointer="/number")
        config = TargetConfig(
            base_url=served.url,
            fixtures=dict(reference.fixtures()),
            supply={"order": SupplyConfig(http=supply)},
        )
        secrets = Secrets(reference.credentials, {"token": _TOKEN})
        for _ in range(5):
            target = make_target(contract, config, "comparison:", secrets=secrets)
            options = Options(Depth.TRANSITIONS, races=False, effort=Effort.FEW)
            one = Run(target, options)
            began = time.perf_counter()
            for rule in contract.rules.values():
                if rule.judged:
                    one.result(rule.id)
            taken.append(time.perf_counter() - began)
            one.close()
            with httpx.Client(trust_env=False) as client:
                began = time.perf_counter()
                for exchange in one.exchanges:
                    request = exchange.request
                    client.request(
                        request.method,
                        request.url,
                        headers=list(request.headers),
                        content=request.body,
                    )
                bare.append(time.perf_counter() - began)
    return statistics.median(taken), statistics.median(bare)


def table(columns: list[Column], per_call: float) -> Iterator[str]:
    """Yield the lines of the comparison, as Markdown."""
    yield f"| | caught of {len(CHOSEN)} | false alarms | calls | seconds | cost of a call |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in columns:
        told = [*column.faulty.values()]
        calls = statistics.median(one.calls for one in told)
        seconds = statistics.median(one.seconds for one in told)
        caught = sum(column.caught(name) for name in CHOSEN)
        cost = seconds / calls / per_call
        yield (
            f"| {column.name} | {caught} | {len(column.false_alarms)} | {calls:.0f} "
            f"| {seconds:.1f} | {cost:.1f} |"
        )
    yield ""
    yield "| fault | what is wrong | " + " | ".join(column.name for column in columns) + " |"
    yield "| --- | --- |" + " --- |" * len(columns)
    says = {one.name: one.says for one in corpus("omni-orders")[0]}
    for name in CHOSEN:
        marks = " | ".join("yes" if column.caught(name) else "" for column in columns)
        yield f"| `{name}` | {says[name]} | {marks} |"


def main() -> None:
    """Check the healthy server and every chosen fault in every way, and print the comparison."""
    logging.disable(logging.ERROR)  # faulty servers fail, and say so
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--thorough", action="store_true", help="let schemathesis take its time")
    parser.add_argument("--no-schemathesis", action="store_true", help="leave schemathesis out")
    parser.add_argument("--dredd", type=Path, metavar="PATH", help="compare with this Dredd, too")
    parser.add_argument("--prism", type=Path, metavar="PATH", help="and with this Prism")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables there, too")
    chosen = parser.parse_args()
    faults = {one.name: one.server for one in corpus("omni-orders")[0]}
    ours = Column("retailspec", retailspec)
    servers: list[tuple[str, Callable[[], Reference]]] = [("", OmniOrders)]
    servers += [(name, faults[name]) for name in CHOSEN]
    for name, make in servers:
        ours.measure(name, make)
    seconds = math.ceil(statistics.median(told.seconds for told in ours.faulty.values())) + 1
    columns = [ours]
    if not chosen.no_schemathesis:
        columns += of_schemathesis(seconds, thorough=chosen.thorough)
    with tempfile.TemporaryDirectory() as folder:
        if chosen.dredd is not None:
            document = exported(Path(folder), "openapi-3.0")
            columns.append(Column("Dredd", other(dredd, chosen.dredd.absolute(), document)))
        if chosen.prism is not None:
            document = exported(Path(folder), "openapi")
            columns.append(Column("Prism, our calls", other(prism, chosen.prism, document)))
        for column in columns[1:]:
            for name, make in servers:
                column.measure(name, make)
                print(f"{column.name}: {name or 'the healthy server'}", file=sys.stderr)
    taken, bare = sending()
    ours_calls = ours.healthy.calls if ours.healthy else 0
    lines = [*table(columns, bare / ours_calls)]
    lines += ["", f"Sending, without start-up: {taken / bare:.1f} times a bare httpx loop."]
    print("\n".join(lines))
    if chosen.write is not None:
        head = chosen.write.read_text(encoding="utf-8").split("<!-- tables -->")[0]
        text = head + "<!-- tables -->\n\n" + "\n".join(lines) + "\n"
        chosen.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
