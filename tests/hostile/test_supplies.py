"""Supplies of fresh orders that do not serve: one clear line each, and none is waited for long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import supplies, supply_answers
from hostile_server import HostileServer

from retailspec.contract import load_contract
from retailspec.errors import SupplyError, UsageError
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig, target_config
from retailspec.target.supply import CallSupply, Pool
from retailspec.target.target import Target, make_target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDERS = load_contract("omni-orders")
TOKEN = "Sup9-tok/en+of=the.supplies"


@pytest.fixture(scope="module")
def maker() -> Iterator[str]:
    with HostileServer(supply_answers) as server:
        yield server.url


def made(supply: dict[str, Any], **settings: Any) -> Target:
    config = TargetConfig.model_validate({"supply": {"order": supply}, **settings})
    secrets = Secrets({"token": TOKEN}, {"token": "SHOP_TOKEN"})
    return make_target(ORDERS, config, "t.toml:", base_url="https://api.example", secrets=secrets)


@pytest.mark.parametrize("name", sorted(supplies("")))
def test_supply_that_does_not_serve(name: str, maker: str) -> None:
    """What a supply did wrong is told in one printable line, within its time."""
    settings, says = supplies(maker)[name]
    target = made(settings)
    with pytest.raises(SupplyError) as caught:
        target.pools["order"].take()
    target.close()
    assert says in str(caught.value)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("t.toml: supply.order.")


def test_what_a_command_leaves_behind_is_ended(tmp_path: Path) -> None:
    """A command that is given up takes the processes that it started with it."""
    mark = tmp_path / "mark"
    line = f"(sleep 1.5; touch {mark}) & sleep 60"
    target = made({"command": line, "timeout": 0.3})
    with pytest.raises(SupplyError, match="took longer"):
        target.pools["order"].take()
    time.sleep(1.6)
    assert not mark.exists()


def test_supply_that_fails_again_and_again_is_not_asked_any_more() -> None:
    """After three failures in a row a supply is not asked again, so that none hangs a run."""
    asked = []

    def fail() -> str:
        asked.append(1)
        raise ValueError("no sandbox")

    pool = Pool(CallSupply(fail, "the hook"))
    told = []
    for _ in range(10):
        with pytest.raises(SupplyError) as caught:
            pool.take()
        told.append(str(caught.value))
    assert len(asked) == 3
    assert told[-1] == (
        "the supply failed 3 times in a row: the hook failed: ValueError: no sandbox"
    )


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Authorization",
            "authorization",
            "Proxy-Authorization",
            "Cookie",
            "X-Api-Key",
            "api-key",
        ),
        *("X-Auth-Token", "Token", "X-Client-Secret", "x_shop_password", "X-Signature"),
    ],
)
@pytest.mark.parametrize("section", ["supply.order", "trigger.stock-change"])
def test_literal_secret_in_a_header_is_refused(name: str, section: str) -> None:
    """A header that holds a secret takes `env:NAME` alone, and the secret is not repeated."""
    contract = ORDERS if section.startswith("supply") else load_contract("mipos-inventory")
    top, key = section.split(".")
    if top == "trigger":
        key = next(iter(contract.triggers))
    table = {top: {key: {"http": {"url": "http://a/", "headers": {name: "hunter2hunter2"}}}}}
    with pytest.raises(UsageError) as caught:
        target_config(table, contract, "t.toml:")
    assert f'holds a secret in {name}; write "env:NAME"' in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secret_of_a_header_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    """`env:NAME` is read when the target is made, and its value is never printed."""
    secret = "Adm1n-of/the+maker"
    call = {"url": f"{maker}/x?{secret}", "headers": {"X-Api-Key": "env:ADMIN_KEY"}}
    with pytest.raises(UsageError, match=r"headers.X-Api-Key: the environment variable ADMIN_KEY"):
        made({"http": call})
    monkeypatch.setenv("ADMIN_KEY", secret)
    target = made({"http": call})
    with pytest.raises(SupplyError) as caught:
        target.pools["order"].take()
    target.close()
    assert secret not in str(caught.value)
    assert target.secrets.redact(f"<{secret}>") == "<$ADMIN_KEY>"


@pytest.mark.parametrize("url", ["http://user:pass@a/", "http://u@a/", "ftp://a/", "http://a b/"])
def test_address_of_a_call_that_cannot_be_one(url: str) -> None:
    """An address with a user and password, or that is none, is refused and not repeated."""
    with pytest.raises(UsageError) as caught:
        target_config({"supply": {"order": {"http": {"url": url}}}}, ORDERS, "t.toml:")
    assert str(caught.value).startswith("t.toml: supply.order.http.url: ")
    assert "pass" not in str(caught.value).replace("user name or password", "")


def test_secrets_in_a_complaint_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a failing command repeats of credentials, its own words or the environment is hidden."""
    monkeypatch.setenv("SHOP_ADMIN_SECRET", "fr0m-the-environment")
    words = ["sh", "-c", "echo $0 $SHOP_ADMIN_SECRET " + TOKEN + " >&2; exit 1", "l1teral-in-words"]
    target = made({"command": words})
    with pytest.raises(SupplyError) as caught:
        target.pools["order"].take()
    told = str(caught.value)
    assert "ended with status 1: *** *** " in told
    assert not any(secret in told for secret in ("fr0m-the", "l1teral", TOKEN))
