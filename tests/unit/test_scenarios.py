"""What a stub answers under each scenario, and what is told of the client's handling of it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.clients.scenarios import Scenario, scenario_names
from retailspec.clients.session import Judging, stub_session
from retailspec.clients.stub import Stub
from retailspec.contract import load_contract, names
from retailspec.errors import UsageError
from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract import Contract

INVENTORY, ORDERS = "omni-inventory", "omni-orders"


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Played:
    """A scenario without sockets: calls by operation, and their statuses."""

    def __init__(self, contract: str, name: str) -> None:
        self.clock = Clock()
        self.contract = load_contract(contract)
        self.scenario = Scenario(self.contract, name, clock=self.clock)

    def call(self, operation: str, body: bytes = b"{}", *, after: float = 0.0) -> int:
        self.clock.now += after
        spec = self.contract.operations[operation]
        reply = self.scenario.reply(spec, body)
        status = 200 if reply is None else reply.status
        self.scenario.answered(spec, status)
        return status

    @property
    def notes(self) -> list[str]:
        return list(self.scenario.notes())


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_busy_asks_for_patience_once_per_operation() -> None:
    """429 with Retry-After until the time is over, for each operation by itself."""
    played = Played(ORDERS, "busy")
    reply = played.scenario.reply(played.contract.operations["confirm"], b"")
    assert reply is not None
    assert (b"retry-after", b"1") in reply.raw_headers
    assert played.call("confirm", after=0.5) == 429
    assert played.call("paid") == 429
    assert [played.call("confirm", after=0.6), played.call("confirm")] == [200, 200]


@pytest.mark.parametrize(
    ("waits", "told"),
    [
        ([], "update: got 429 once, and was not called again: the client gave up after the first"),
        (
            [0.2, 1.0],
            (
                "update: got 429 twice; called again after 0.2 s though Retry-After said 1, "
                "twice the same call, and got 200 in the end"
            ),
        ),
        (
            [1.1],
            (
                "update: got 429 once; called again after 1.1 s as Retry-After said 1, "
                "once the same call, and got 200 in the end"
            ),
        ),
    ],
)
def test_busy_tells_how_patient_the_client_was(waits: list[float], told: str) -> None:
    """When it called again, whether it was asked to wait longer, and what came of it."""
    played = Played(INVENTORY, "busy")
    played.call("update")
    for wait in waits:
        played.call("update", after=wait)
    assert played.notes == [f"scenario busy: {told}"]


@pytest.mark.parametrize(
    ("bodies", "told"),
    [
        ([], "got 503 once, and was not called again: the client gave up after the first"),
        (
            [b"{}"],
            "got 503 once; called again after 0.1 s, once the same call, and got 200 in the end",
        ),
        ([b"[1]", b"[2]"], "got 503 once; the call was not repeated, others followed (2)"),
    ],
)
def test_flaky_fails_once_and_tells_whether_the_call_was_repeated(
    bodies: list[bytes], told: str
) -> None:
    """The first call fails; the same one again is a retry, another is not."""
    played = Played(INVENTORY, "flaky")
    assert played.call("update") == 503
    assert {played.call("update", body, after=0.1) for body in bodies} <= {200}
    assert played.notes == [f"scenario flaky: update: {told}"]


@pytest.mark.parametrize("name", names())
def test_unauthorised_is_the_contracts_own_refusal(name: str) -> None:
    """Every operation gets the documented status, with the body that is printed, if one is."""
    contract = load_contract(name)
    scenario = Scenario(contract, "unauthorised")
    for operation in contract.operations.values():
        for _ in range(2):
            reply = scenario.reply(operation, b"")
            assert reply is not None
            assert (reply.status, operation.documents(401) is not None) == (401, True)
    assert len(list(scenario.notes())) == len(contract.operations)


def test_unauthorised_body_and_challenge_are_the_documents() -> None:
    """The detail that the Omni documents print, and the name of their scheme."""
    for name in (INVENTORY, ORDERS):
        contract = load_contract(name)
        operation = next(iter(contract.operations.values()))
        reply = Scenario(contract, "unauthorised").reply(operation, b"")
        assert reply is not None
        assert reply.body == {"detail": "Invalid token"}
        assert (b"www-authenticate", b"token") in reply.raw_headers


def test_conflicts_are_the_rule_files_in_turn() -> None:
    """Each entry for a call is answered in its turn."""
    contract = load_contract("mipos-inventory")
    scenario = Scenario(contract, "conflicts")
    for entry in contract.scenarios["conflicts"]:
        for call in entry["call"]:
            reply = scenario.reply(contract.operation_of(call), b"")
            assert reply is not None
            assert (reply.status, reply.body) == (entry["status"], entry["body"])


def test_every_contract_has_the_common_scenarios() -> None:
    """The six of the issue; those without their own conflicts have five."""
    common = ["happy", "slow", "busy", "flaky", "unauthorised"]
    for name in names():
        contract = load_contract(name)
        assert scenario_names(contract) == common + list(contract.scenarios)


def test_unknown_scenario_suggests_the_nearest() -> None:
    """One line that names the option, the nearest name and all there are."""
    contract = load_contract(ORDERS)
    with pytest.raises(UsageError, match=r"--scenario flacky: .* Did you mean flaky\? \(one of: "):
        Scenario.named(contract, "flacky")
    assert Scenario.named(contract, "happy") is None
    assert Scenario.named(contract, None) is None


def test_call_on_an_order_that_was_said_to_be_cancelled_breaks_the_lifecycle(
    stack: ExitStack,
) -> None:
    """What the stub's conflict told the client is held against its next call."""
    contract, reference = load_contract(ORDERS), build(ORDERS)
    session = stack.enter_context(
        stub_session(contract, reference, Judging("conflicts"), tls=False)
    )
    headers = {"Authorization": f"token {reference.credentials['token']}"}
    url = f"{session.served.url}/api/store/orders"
    for call, field in (("confirm", "number"), ("paid", "order")):
        answer = httpx.post(f"{url}/{call}", json={field: "A1B2"}, headers=headers, trust_env=False)
        assert answer.json()["error_code"] == "order_already_canceled"
    stack.close()
    tally = session.stub.tally
    records = {one["rule"]: one for one in tally.records("client")}
    assert records["client.lifecycle"]["verdict"] == "advisory"
    assert [one for one in records if records[one]["findings"]] == ["client.lifecycle"]


def serve(stack: ExitStack, contract: Contract, delay: float) -> tuple[Stub, str, dict[str, str]]:
    reference = build(contract.name)
    scenario = Scenario(contract, "slow", delay=delay)
    stub = Stub(reference, contract, secure=False, scenario=scenario)
    served = stack.enter_context(Served(reference, app=stub, tls=False))
    return stub, served.url, {"Authorization": f"token {reference.credentials['token']}"}


def test_slow_answers_come_later_and_are_the_servers(stack: ExitStack) -> None:
    """A patient client gets what it would have got, and that is told."""
    stub, url, headers = serve(stack, load_contract(INVENTORY), 0.1)
    path, body = "/api/backend/inventories/update", {"store_code": "Store1", "inventories": []}
    answer = httpx.post(url + path, json=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.1) == (200, True)
    stack.close()
    tally = stub.finish()
    assert tally.answers == {"200": 1}
    assert list(tally.notes) == [
        "scenario slow: update: waited for each of 1 answers, which came 0.1 s late"
    ]


def test_client_that_does_not_wait_is_told(stack: ExitStack) -> None:
    """One that goes away before the answer has gone away."""
    stub, url, headers = serve(stack, load_contract(INVENTORY), 5.0)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{url}/api/backend/inventories/update",
            content=json.dumps({}),
            headers={**headers, "Content-Type": "application/json"},
            timeout=0.1,
            trust_env=False,
        )
    stack.close()
    tally = stub.finish()
    assert tally.answers == {"no answer": 1}
    (note,) = tally.notes
    assert "went away before the answer once, waited for it 0 times" in note


def test_paths_and_methods_of_no_operation_are_answered_as_ever(stack: ExitStack) -> None:
    """A scenario is about documented calls."""
    contract, reference = load_contract(INVENTORY), build(INVENTORY)
    session = stack.enter_context(
        stub_session(contract, reference, Judging("unauthorised"), tls=False)
    )
    statuses: list[Any] = [
        httpx.get(session.served.url + path, trust_env=False).status_code
        for path in ("/api/backend/inventories/update", "/elsewhere")
    ]
    assert statuses == [401, 404]
