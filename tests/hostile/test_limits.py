"""What is sent to whom, how fast, and how much of what comes back is kept."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import ok
from hostile_run import CONTRACT, TOKEN, checked, target_file
from hostile_server import HostileServer, Peer, answering

from retailspec.checks import Options
from retailspec.conformance import Conformance, Settings
from retailspec.contract import load_contract
from retailspec.reference import build
from retailspec.reference.omni_orders import OmniOrders
from retailspec.reference.serving import Served
from retailspec.report.plan import plan_lines
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import HttpCall, SupplyConfig, TargetConfig
from retailspec.target.embedded import embedded_target
from retailspec.target.supply import HttpSupply
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retailspec.target.target import Target

MOST_MEMORY = 300_000
_MEASURING = """
import json, resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(json.dumps([status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""  # a process of its own: what is started from a large one counts as large
"""Kilobytes that a whole process may take."""


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTILE_TOKEN", TOKEN)


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"307 Again", b"308 For Good"])
def test_redirect_takes_nothing_to_another_host(status: bytes, tmp_path: Path) -> None:
    """Another host to which a target redirects is never called, so it gets no credentials."""
    calls: list[bytes] = []

    def other(peer: Peer) -> None:
        calls.append(peer.read())

    with HostileServer(other) as elsewhere:
        away = ok(b"", b"Location: " + elsewhere.url.encode() + b"/x", status=status)
        with HostileServer(answering(away)) as server:
            ended = checked(target_file(tmp_path, server.url))
    assert ended.ends == "broken"
    assert not calls


def test_supply_takes_nothing_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supply that redirects does not take the headers of its call anywhere."""
    calls: list[bytes] = []
    monkeypatch.setenv("MAKER_KEY", "k3y-of-the-maker")

    def other(peer: Peer) -> None:
        calls.append(peer.read())

    with HostileServer(other) as elsewhere:
        away = ok(b"", b"Location: " + elsewhere.url.encode(), status=b"307 Again")
        with HostileServer(answering(away)) as server:
            supply = HttpSupply("POST", server.url, "/n", "w", headers={"X-Api-Key": "k"})
            with pytest.raises(Exception, match="answered 307"):
                supply.take()
            supply.close()
    assert not calls


def test_cookies_are_never_sent_back(tmp_path: Path) -> None:
    """Whatever cookies a target sets, no request carries one."""
    heads: list[bytes] = []

    def serve(peer: Peer) -> None:
        while head := peer.read():
            heads.append(head)
            peer.send(ok(b"{}", b"Set-Cookie: session=stolen; Path=/"))

    with HostileServer(serve) as server:
        checked(target_file(tmp_path, server.url))
    assert len(heads) > 3
    assert any(TOKEN.encode() in head for head in heads)
    assert not any(b"stolen" in head or b"\r\ncookie:" in head.lower() for head in heads)


def test_silent_target_is_given_up(tmp_path: Path) -> None:
    """A target that answers nothing costs a few timeouts, not one for each call of the run."""

    def serve(peer: Peer) -> None:
        peer.read()
        peer.hold()

    with HostileServer(serve) as server:
        file = target_file(tmp_path, server.url, timeout=0.15)
        conformance = Conformance(Settings((CONTRACT,), target_file=str(file)))
        run = conformance.run(CONTRACT)
        results = [run.result(name) for name, rule in run.contract.rules.items() if rule.judged]
        conformance.close()
    assert run.session.sent < 12
    assert run.session.lost == "5 calls in a row got no answer in 0.15 s"
    reasons = {reason for result in results for reason in result.reasons}
    assert f"the target was given up: {run.session.lost}" in reasons
    assert any(result.verdict.value == "broken" for result in results)


class _Locked(OmniOrders):
    """Refuses whoever calls, as it does where the token in the target file is an old one."""

    def callers(self) -> dict[str, str]:
        return {}


def _judged_all(target: Target) -> Run:
    """Judge every rule of a target, and return the run."""
    run = Run(target, Options(profile="off"))
    try:
        for name, rule in run.contract.rules.items():
            if rule.judged:
                run.result(name)
    finally:
        run.close()
    return run


def test_wrong_token_uses_up_next_to_no_orders() -> None:
    """Where nothing at all is accepted no more orders are taken, and the reason names why."""
    reference = _Locked(https_only=True)
    with embedded_target(load_contract("omni-orders"), reference) as target:
        run = _judged_all(target)
        reasons = run.result("order.frame").reasons
    assert 1 <= len(target.pools["order"].spent) <= 3
    assert "were answered 401: are the credentials the right ones?" in reasons[0]
    assert run.result("number.missing").verdict.value == "broken"


def test_target_that_goes_away_uses_up_no_more_orders() -> None:
    """Once nobody answers any more no order is taken, and the one that was not sent comes back."""
    reference = OmniOrders(https_only=False)
    numbers: list[str] = []
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(Served(reference, tls=False))

        def fresh() -> str:
            if len(numbers) == 4:
                stack.close()
            numbers.append(reference.add(reference.fresh_order("Burger God")).number)
            return numbers[-1]

        target = make_target(
            load_contract("omni-orders"),
            TargetConfig(base_url=served.url, patience=0.3),
            "here:",
            secrets=Secrets(reference.credentials, {"token": "ORDERS_TOKEN"}),
            fresh={"order": fresh},
        )
        run = _judged_all(target)
    assert len(numbers) == 5
    assert run.session.lost.startswith(f"nothing answers at {served.url} any more: ")
    assert any("given up" in one for one in run.result("cancel.from.new-paid").reasons)


def _planned(run: Run) -> int:
    """Return the orders that a plan says will be spent."""
    (line,) = [one for one in plan_lines(run) if "of supply.order" in one]
    return int(line.split()[0])


@pytest.mark.parametrize("plain", [True, False])
def test_healthy_server_spends_the_orders_of_the_plan(*, plain: bool) -> None:
    """An order that was taken for a call which is not made after all is not lost."""
    settings = {} if plain else {"http_url": None}
    with embedded_target(load_contract("omni-orders"), None, settings) as target:
        run = _judged_all(target)
        assert run.result("https").verdict.value == ("held" if plain else "not judged")
    assert len(target.pools["order"].spent) == _planned(run)


def test_target_that_is_always_busy_is_not_waited_for_each_time(tmp_path: Path) -> None:
    """Patience is for a target that is busy now and then."""
    with HostileServer(answering(ok(b"", status=b"429 Busy"))) as server:
        file = target_file(tmp_path, server.url, patience=0.1)
        conformance = Conformance(Settings((CONTRACT,), target_file=str(file)))
        run = conformance.run(CONTRACT)
        began = time.monotonic()
        verdicts = {
            run.result(name).verdict.value
            for name, rule in run.contract.rules.items()
            if rule.judged
        }
        took = time.monotonic() - began
        conformance.close()
    assert verdicts == {"not judged"}
    assert "it was busy for 30 calls in a row" in run.session.lost
    assert took < 60 * 0.1 * 5


class Counting:
    """An ASGI application that takes note of when each call arrives.

    Args:
        app: The application.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        self.arrived: list[float] = []
        self._app = app
        self._lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            with self._lock:
                self.arrived.append(time.monotonic())
        await self._app(scope, receive, send)


def test_rate_holds_for_everything_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases, lifecycle, races, drawn requests and supplies together keep to the target's rate."""
    rate = 80.0
    reference = build("omni-orders", https_only=True)
    counting = Counting(reference.app)
    monkeypatch.setattr(type(reference), "app", property(lambda self: counting))
    wanted = ("confirm.from.new-unpaid", "race.single-winner", "race.linearizable")
    with embedded_target(load_contract("omni-orders"), reference, {"rate": rate}) as target:
        kinds = _made(target, wanted)
    assert {"race", "path", "property"} <= kinds
    arrived = counting.arrived
    assert len(arrived) > 60
    for start in arrived:
        within = sum(start <= one < start + 0.5 for one in arrived)
        assert within <= rate * 0.5 + 3  # what was held up a moment arrives with what follows


def _made(target: Target, wanted: tuple[str, ...]) -> set[str]:
    """Judge some rules, and return the kinds of checks that were made for them."""
    run = Run(target, Options())
    try:
        run.selected = frozenset(wanted)
        assert {run.result(rule).verdict.value for rule in wanted} == {"held"}
        return {check.id.split(" ")[0] for check in run.planned()}
    finally:
        run.close()


def test_supply_at_the_same_host_has_the_same_pace() -> None:
    """A supply elsewhere has its own pace; one at the target's host shares the target's."""
    call = HttpCall(url="http://127.0.0.1:1/new", pointer="/n")
    with embedded_target(
        load_contract("omni-orders"),
        None,
        {"rate": 5.0, "supply": {"order": SupplyConfig(http=call)}},
    ) as target:
        assert target.pace_of("http://127.0.0.1:1/new") is target.pace
        assert target.pace_of("http://elsewhere.example/new") is not target.pace


_FLOOD = b'"' + b"x" * 40 + b'",{"a":1},[],1.5,'


@pytest.mark.parametrize("racing", [False, True])
def test_memory_stays_small_whatever_is_answered(tmp_path: Path, *, racing: bool) -> None:
    """A run of which each call is answered with 4 MB of JSON stays below 300 MB."""
    body = b"[" + _FLOOD * (4_000_000 // len(_FLOOD)) + b"0]"
    answers = [ok(body), ok(body[:900_000].rpartition(b",")[0] + b"]")]

    def serve(peer: Peer) -> None:
        while peer.read():
            peer.send(answers[peer.number % 2])

    with HostileServer(serve) as server:
        file = target_file(tmp_path, server.url, timeout=10.0)
        command = [sys.executable, "-m", "retailspec", "check", "--target", str(file)]
        command += ["--report", str(tmp_path / "report")]
        if racing:
            orders = ", ".join(f'"A{number}"' for number in range(60))
            file.write_text(
                f'[omni-orders]\nbase_url = "{server.url}"\n'
                'credentials.token = "env:HOSTILE_TOKEN"\n'
                f"supply.order.numbers = [{orders}]\n"
            )
            command += ["-k", "single-winner", "--profile", "off"]
        with (tmp_path / "out").open("wb") as out:
            done = subprocess.run(
                [sys.executable, "-c", _MEASURING, *command],
                stdout=subprocess.PIPE,
                stderr=out,
                cwd=tmp_path,
                check=True,
            )
    status, most = json.loads(done.stdout)
    text = (tmp_path / "out").read_text()
    assert status == 1, text
    assert "Traceback" not in text
    assert most < MOST_MEMORY, f"{most} kB"
