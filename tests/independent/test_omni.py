"""The suite against a server that is not ours: what conforms passes, what does not is caught."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import omni_more_defects  # noqa: F401 - registers its defects
import pytest
from flask import Response, request
from omni_defects import DEFECTS, Defect
from omni_liberties import LIBERTIES, Liberty, OtherCodes
from omni_run import departures, results, running, silent
from omni_server import CANCELLED, KEYS, UNPAID, OmniServer, Order, certificate

from retailspec.contract import load_contract
from retailspec.contract.model import Level

if TYPE_CHECKING:
    from pathlib import Path

RACES = {"race.single-winner", "race.linearizable"}


@pytest.mark.parametrize(
    "liberty", LIBERTIES, ids=[f"{one.server.__name__}-{one.contract}" for one in LIBERTIES]
)
def test_conforming_server_is_not_accused(liberty: Liberty) -> None:
    """No must is broken by a liberty, and no should but those that it is declared to cost."""
    with running(liberty.server(), liberty.contract, races=False) as run:
        found = results(run)
        known = run.contract.rules.keys()
        assert departures(found) == dict.fromkeys(liberty.costs & known, "advisory")
        assert silent(found).keys() - RACES == liberty.silent & known
        assert run.session.lost == ""
        assert not run.also_broken()


@pytest.mark.parametrize("contract", ["omni-orders", "omni-inventory"])
def test_every_rule_is_held_and_judged(contract: str) -> None:
    """On the server as the documents print it, every rule is judged, races included, and held."""
    with running(OmniServer(), contract) as run:
        assert {result.verdict.value for result in results(run).values()} == {"held"}


@pytest.mark.parametrize("one", DEFECTS, ids=[one.server.__name__ for one in DEFECTS])
def test_defect_is_caught_by_its_rules(one: Defect) -> None:
    """Each rule that a defect breaks says so at its own level, run by itself where that will do."""
    with running(one.server(), one.contract, races=one.races) as run:
        found = departures(results(run, None if one.whole else one.caught))
        rules = run.contract.rules
        assert found == {
            rule: "broken" if rules[rule].level is Level.MUST else "advisory" for rule in one.caught
        }


@pytest.mark.parametrize(
    "name",
    [
        "ConfirmTakesComplete",
        "CancelResetsPayment",
        "CompleteForgetsTheMoneyOnce",
        "PutServes",
        "OtherUser",
        "WholePricesOnly",
    ],
)
def test_one_defect_does_not_drown_the_report(name: str) -> None:
    """A whole run over a small defect accuses nothing that is well."""
    one = next(one for one in DEFECTS if one.server.__name__ == name)
    with running(one.server(), one.contract, races=False) as run:
        found = departures(results(run)).keys()
    assert found == one.caught


def test_there_are_enough_of_each_kind() -> None:
    """The corpus has defects for both contracts, each with a name and with judged rules."""
    caught = {(one.contract, rule) for one in DEFECTS for rule in one.caught}
    assert len(DEFECTS) >= 60
    assert {contract for contract, _ in caught} == {"omni-orders", "omni-inventory"}
    for contract, rule in caught:
        assert load_contract(contract).rules[rule].judged
    names = [one.server.__name__ for one in DEFECTS]
    assert len(set(names)) == len(names)


DETAILS = "/api/store/orders/details"


class WithDetails(OmniServer):
    """Offers the details call of a sibling page, which spells some fields otherwise."""

    def paths(self) -> dict[str, list[str]]:
        return {**super().paths(), DETAILS: ["GET"]}

    def answer(self, action: str) -> Response:
        if action != "details":
            return super().answer(action)
        order = self.orders[request.args["number"]]
        shown = {**self.show(order), "total": "36364.00", "created": "2019-07-25", "items": []}
        return self.json(200, {"order": shown})


class UnpaysCancelled(WithDetails):
    """A refused confirm takes back the payment of a cancelled order, which no other call shows."""

    def on_refusal(self, action: str, order: Order) -> None:
        if action == "confirm" and order["status"] == CANCELLED:
            order["paymentStatus"] = UNPAID


def test_details_show_what_no_other_call_does() -> None:
    """Where a target has the details call, a hidden effect of a refusal is seen, and no other."""
    for server, broken in (
        (WithDetails(), {}),
        (UnpaysCancelled(), {"refusal.no-effect": "broken"}),
    ):
        with running(server, "omni-orders", races=False, paths={"details": DETAILS}) as run:
            assert departures(results(run)) == broken
            assert run.sent["details"] >= 15
            planned = sum(check.calls.get("details", 0) for check in run.checks.values())
            assert broken or run.sent["details"] == planned


def _target(folder: Path, server: OmniServer, http: str) -> Path:
    (folder / "ca.pem").write_bytes(certificate()[1])
    (folder / "numbers.txt").write_text(
        "# one a line\n\n" + "\n".join(server.fresh() for _ in range(24)) + "\n"
    )
    file = folder / "target.toml"
    file.write_text(
        f"""
[omni-orders]
http_url = "{http}"
ca_file = "ca.pem"
credentials.token = "env:SHOP_TOKEN"
fixtures.foreign_order = "{server.foreign}"
supply.order.file = "numbers.txt"

[omni-inventory]
base_url = "https://127.0.0.1:9"
http_url = "{http}"
ca_file = "ca.pem"
credentials.token = "env:SHOP_TOKEN"
fixtures = {{store_code = "Store1", variant_code = "BURGER01", second_variant_code = "BURGER02"}}
"""
    )
    return file


def _run(folder: Path, server: OmniServer, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "SHOP_TOKEN": server.token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_pytest_checks_an_independent_server(tmp_path: Path) -> None:
    """`pytest --base-url` in another process holds every order rule of it, https included."""
    server = OmniServer()
    with server.serving() as address:
        target = _target(tmp_path, server, address.http)
        done = _run(
            tmp_path,
            server,
            "pytest",
            "--base-url",
            address.https,
            "--contract=omni-orders",
            f"--target={target}",
            "--strict",
        )
    assert done.returncode == 0, done.stdout + done.stderr
    count = len([rule for rule in load_contract("omni-orders").rules.values() if rule.judged])
    assert f"rules: {count} held" in done.stdout
    assert "not judged" not in done.stdout


def test_command_checks_an_independent_server(tmp_path: Path) -> None:
    """`retailspec check` in another process tells an advisory, and fails for it with --strict."""
    for strict, status in (((), 0), (("--strict",), 1)):
        server = OtherCodes()
        with server.serving() as address:
            target = _target(tmp_path, server, address.http)
            done = _run(
                tmp_path,
                server,
                *("retailspec", "check", "--base-url", address.https),
                *("--contract", "omni-orders", "--target", str(target), "--no-races", *strict),
            )
        assert done.returncode == status, done.stdout + done.stderr
        assert re.search(r"^ADVISORY omni-orders/refusal.states-it \(should\)$", done.stdout, re.M)
        assert len(re.findall(r"^(BROKEN|ADVISORY) ", done.stdout, re.M)) == 1
        assert server.token not in done.stdout + done.stderr


def test_every_call_has_a_path_of_its_own() -> None:
    """The independent server has the documented paths and no other."""
    assert sorted(OmniServer().paths()) == sorted(
        [f"/api/store/orders/{action}" for action in KEYS] + ["/api/backend/inventories/update"]
    )
