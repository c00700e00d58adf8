"""mipos-inventory and mipos-receiver against servers that share no code with the reference ones."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mipos_defects import (
    DEFECTS,
    POS_DEFECTS,
    Numbered,
    OtherFirst,
    OtherMessage,
    SameSuccess,
)
from mipos_liberties import PLATFORMS, POSES, Elsewhere, OtherSentences
from mipos_server import CLIENT_SECRET, FIXTURES, TOKEN, Platform, Pos

from retailspec.checks import Options
from retailspec.conformance import Conformance, Settings
from retailspec.contract import Level, load_contract
from retailspec.errors import UsageError
from retailspec.exchange import Exchange, Request, Response
from retailspec.findings import Verdict
from retailspec.judge import STANDING, judge
from retailspec.listener import Listener
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig, target_config
from retailspec.target.target import make_target
from retailspec.target.template import template

if TYPE_CHECKING:
    from collections.abc import Collection

    from retailspec.runner import RuleResult

PATIENCE = 0.3
INVENTORY, RECEIVER = "mipos-inventory", "mipos-receiver"
CONDITIONAL = {
    "user_without_role": ["sync.user.role"],
    "user_not_owner": ["stock.conflicts.not-owner"],
    "store_without_integration": ["sync.integration.missing", "stock.conflicts.no-integration"],
    "store_without_external_id": ["sync.store.external-id", "stock.conflicts.no-external-id"],
    "inventory_system_webhook_unavailable": ["stock.conflicts.type-unavailable"],
    "inventory_system_without_webhook": ["stock.conflicts.system-without-webhook"],
}
VERDICTS = {Level.MUST: Verdict.BROKEN, Level.SHOULD: Verdict.ADVISORY}
SENDER = ["sender.delivers", "sender.url", "sender.body", "sender.signature"]


def judged(name: str) -> list[str]:
    return [rule.id for rule in load_contract(name).rules.values() if rule.judged]


def results(run: Run, rules: Collection[str] | None = None) -> dict[str, RuleResult]:
    chosen = judged(run.contract.name) if rules is None else list(rules)
    run.selected = frozenset(chosen)
    try:
        return {rule: run.result(rule) for rule in chosen}
    finally:
        run.close()


def check(
    platform: Platform,
    rules: Collection[str] | None = None,
    *,
    without: Collection[str] = (),
    **settings: Any,
) -> dict[str, RuleResult]:
    """Check a platform, with every fixture but some, and return how each rule ended."""
    values = {"token": TOKEN, "client_secret": CLIENT_SECRET}
    values = {name: value for name, value in values.items() if name not in without}
    with platform.serving() as url:
        trigger = {"stock_movement": {"http": {"url": f"{url}/move"}}}
        table = {
            "base_url": url,
            "fixtures": {name: value for name, value in FIXTURES.items() if name not in without},
            "trigger": {} if "trigger" in without else trigger,
            "patience": PATIENCE,
            **settings,
        }
        config = TargetConfig.model_validate(table)
        secrets = Secrets(values, {name: name.upper() for name in values})
        target = make_target(load_contract(INVENTORY), config, "test:", secrets=secrets)
        return results(Run(target, Options()), rules)


def check_pos(pos: Pos, rules: Collection[str] | None = None) -> dict[str, RuleResult]:
    """Check a POS at its URL and return how each rule ended."""
    with pos.serving() as url:
        config = TargetConfig(patience=PATIENCE)
        secrets = Secrets({"client_secret": CLIENT_SECRET}, {"client_secret": "SECRET"})
        contract = load_contract(RECEIVER)
        target = make_target(contract, config, "test:", base_url=url + pos.path, secrets=secrets)
        return results(Run(target, Options()), rules)


def told(found: dict[str, RuleResult]) -> dict[str, list[str]]:
    """Return the rules that did not hold, each with what there is to say."""
    return {
        rule: [f"{one.expected} / {one.actual}" for one in result.findings] or [*result.reasons]
        for rule, result in found.items()
        if result.verdict is not Verdict.HELD
    }


def nobody() -> str:
    """Return an address at which nobody answers any more."""
    with Listener() as listener:
        return listener.url


@pytest.mark.parametrize("variant", PLATFORMS)
def test_conforming_platforms_are_not_accused(variant: type[Platform]) -> None:
    """Every rule holds on a platform that takes a liberty which the document leaves."""
    assert told(check(variant())) == {}


@pytest.mark.parametrize("variant", POSES)
def test_conforming_receivers_are_not_accused(variant: type[Pos]) -> None:
    """Every rule holds on a POS that takes a liberty, and nothing is sent to another path."""
    pos = variant()
    assert told(check_pos(pos)) == {}
    assert pos.strays == []


@pytest.mark.parametrize(("variant", "rule"), DEFECTS)
def test_defective_platforms_are_caught(variant: type[Platform], rule: str) -> None:
    """Each defect of a platform is caught by the rule that it breaks."""
    about = load_contract(INVENTORY).rules[rule]
    found = check(variant(), None if about.every or about.check in STANDING else [rule])
    assert found[rule].verdict is VERDICTS[about.level], told(found)


@pytest.mark.parametrize(("variant", "rule"), POS_DEFECTS)
def test_defective_receivers_are_caught(variant: type[Pos], rule: str) -> None:
    """Each defect of a POS is caught by the rule that it breaks."""
    found = check_pos(variant())
    assert found[rule].verdict is VERDICTS[load_contract(RECEIVER).rules[rule].level], told(found)


@pytest.mark.parametrize("fixture", CONDITIONAL)
def test_conditional_rules_need_their_fixture(fixture: str) -> None:
    """A rule about a user, store or system that is not named says which one it needs."""
    found = check(Platform(), CONDITIONAL[fixture], without=[fixture])
    for result in found.values():
        assert result.verdict is Verdict.NOT_JUDGED
        assert result.reasons[0].startswith(f"needs fixtures.{fixture}: ")


@pytest.mark.parametrize("operation", ["sync", "stock", "webhook"])
def test_recorded_errors_may_be_passed_through_on_stock_alone(operation: str) -> None:
    """In traffic of others, too, an error of the stock call may be the inventory system's own."""
    request = Request("POST", "https://pos.example.com/", (), b"{}")
    response = Response(500, (("Content-Type", "text/html"),), b"[1]")
    said = judge(load_contract(INVENTORY), Exchange(request, response, operation))
    assert bool([one for one in said if one.finding]) is (operation != "stock")
    assert said or operation == "stock"


def test_sender_rules_need_a_trigger() -> None:
    """Without a trigger the rules about deliveries say what to set, and nothing is registered."""
    platform = Platform()
    found = check(platform, SENDER, without=["trigger"])
    assert {result.verdict for result in found.values()} == {Verdict.NOT_JUDGED}
    assert found["sender.url"].reasons[0].startswith("needs trigger.stock_movement: moves")
    assert platform.urls == []


def test_signature_needs_the_client_secret() -> None:
    """Without the client secret only the signature is not judged."""
    found = check(Platform(), SENDER, without=["client_secret"])
    assert told(found).keys() == {"sender.signature"}
    assert found["sender.signature"].reasons[0].startswith("needs credentials.client_secret: ")


def test_trigger_may_be_a_command() -> None:
    """A command of the target file moves the stock as well as an HTTP call does."""
    platform = Platform()
    with platform.serving() as url:
        code = f"import urllib.request as u; u.urlopen({url + '/move'!r}, b'')"
        trigger = {"stock_movement": {"command": [sys.executable, "-c", code]}}
        assert told(check(platform, SENDER, trigger=trigger)) == {}


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ({"command": "echo broken >&2; exit 3"}, "trigger.stock_movement.command: ended with"),
        ({"command": ["./not-there"]}, "trigger.stock_movement.command: cannot be run"),
        ({"http": {}}, "gave no answer"),
    ],
)
def test_a_trigger_that_fails_is_no_defect(trigger: dict[str, Any], reason: str) -> None:
    """Where the trigger fails the target is not accused: the rules are not judged, and say why."""
    if "http" in trigger:
        trigger = {"http": {"url": nobody()}}
    found = check(Platform(), SENDER, trigger={"stock_movement": trigger})
    assert {result.verdict for result in found.values()} == {Verdict.NOT_JUDGED}
    assert reason in found["sender.delivers"].reasons[0]


def test_remote_targets_need_a_webhook_url() -> None:
    """For a target on another machine the file has to say where it reaches this one."""
    table = {"base_url": "https://pos.invalid", "fixtures": FIXTURES}
    table["trigger"] = {"stock_movement": {"command": ["true"]}}
    config = target_config(table, load_contract(INVENTORY), "test:")
    secrets = Secrets({"token": TOKEN}, {"token": "TOKEN"})
    target = make_target(load_contract(INVENTORY), config, "test:", secrets=secrets)
    run = Run(target, Options())
    run.selected = frozenset(SENDER)
    result = run.result("sender.delivers")
    run.close()
    assert result.verdict is Verdict.NOT_JUDGED
    assert result.reasons[0].startswith("needs webhook_url: ")


def test_an_address_that_nobody_reaches_is_no_defect() -> None:
    """Where not even a call from here arrives at webhook_url the target is not accused."""
    settings = {"webhook_url": nobody() + "/h", "options": {"listen": "127.0.0.1:0"}}
    found = check(Platform(), SENDER, **settings)
    assert {result.verdict for result in found.values()} == {Verdict.NOT_JUDGED}
    assert "not even a call from here" in found["sender.delivers"].reasons[0]


def test_a_wrong_listening_address_is_an_error() -> None:
    """options.listen that is no HOST:PORT is a mistake of the user, told as such."""
    with pytest.raises(UsageError, match=r"options\.listen: '9000' is no HOST:PORT"):
        check(Platform(), SENDER, options={"listen": "9000"})


def test_deliveries_end_at_the_configured_url() -> None:
    """After a run the listener's URL is no longer registered."""
    platform = Platform()
    check(platform, SENDER, without=["client_secret"])
    assert platform.urls[-1] == "https://pos.example.com/stock-moved"


def test_a_second_run_does_not_accuse_the_message() -> None:
    """Where a URL may have been registered before, another message than the first one's is fine."""
    platform = OtherSentences()
    assert told(check(platform, ["webhook.create", "webhook.update"])) == {}
    found = check(platform, ["webhook.create", "webhook.update"], without=["webhook_unregistered"])
    assert told(found).keys() == {"webhook.create"}
    assert found["webhook.create"].verdict is Verdict.NOT_JUDGED
    assert "webhook_unregistered" in found["webhook.create"].reasons[0]


@pytest.mark.parametrize(
    ("platform", "verdict"),
    [
        (OtherMessage, Verdict.BROKEN),
        (OtherFirst, Verdict.BROKEN),
        (SameSuccess, Verdict.NOT_JUDGED),
        (Numbered, Verdict.NOT_JUDGED),
    ],
)
def test_a_first_message_is_judged_where_it_shows_itself(
    platform: type[Platform], verdict: Verdict
) -> None:
    """On an account that may not be new, a message is judged that can only be the first one's."""
    found = check(platform(), ["webhook.create"], without=["webhook_unregistered"])
    assert found["webhook.create"].verdict is verdict
    assert check(platform(), ["webhook.create"])["webhook.create"].verdict is Verdict.BROKEN


def test_a_receiver_needs_no_target_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address and the client secret in the environment are enough to check a POS."""
    monkeypatch.setenv("MIPOS_RECEIVER_CLIENT_SECRET", CLIENT_SECRET)
    pos = Elsewhere()
    with pos.serving() as url:
        made = Conformance(Settings(contracts=(RECEIVER,), base_url=url + pos.path))
        made.prepare()
        result = made.result(RECEIVER, "receiver.accepts")
        made.close()
    assert result.verdict is Verdict.HELD
    assert pos.strays == []
    assert {type(taken["store_id"]) for taken in pos.taken} == {int, str}
    assert {taken["movement_type"] for taken in pos.taken} == {1, 2}


def test_unknown_triggers_are_refused() -> None:
    """A trigger that the contract does not know is an error that names the nearest."""
    table = {"trigger": {"stock_movements": {"command": ["true"]}}}
    with pytest.raises(UsageError, match=r"Did you mean stock_movement\?"):
        target_config(table, load_contract(INVENTORY), "test:")


def test_the_template_names_triggers_and_errata_are_shown() -> None:
    """The commented target file has the trigger, the catalogue the document's errors."""
    assert "trigger.stock_movement" in template(load_contract(INVENTORY))
    command = [sys.executable, "-m", "retailspec", "rules", RECEIVER]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "erratum: The printed signature does not follow" in shown
