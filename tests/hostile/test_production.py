"""Production systems: refused at first, and what cannot be undone there asked for by itself."""

from __future__ import annotations

import pytest

from retailspec.checks import Options
from retailspec.conformance import Conformance, Settings
from retailspec.contract import load_contract, names
from retailspec.errors import UsageError
from retailspec.report.plan import plan_lines
from retailspec.runner import Run
from retailspec.target.config import TargetConfig
from retailspec.target.embedded import embedded_target
from retailspec.target.target import production_reason

ORDERS = load_contract("omni-orders")
LASTING = {"cancel", "complete"}


def test_what_cannot_be_undone_is_data() -> None:
    """The rule file says which calls nothing undoes."""
    assert {call.name for call in ORDERS.calls.values() if call.irreversible} == LASTING


@pytest.mark.parametrize("name", names())
def test_production_is_refused_without_the_option(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every production host that a document prints is refused, over plain HTTP or TLS."""
    contract = load_contract(name)
    for host in sorted(contract.production):
        for address in (f"https://{host.upper()}./", f"http://{host}:8080"):
            run = Conformance(Settings((name,), base_url=address))
            with pytest.raises(UsageError, match="refused without --allow-production"):
                run.prepare()
            run.close()
            assert production_reason(contract, TargetConfig(http_url=address), "https://a.example")
    monkeypatch.undo()


def test_host_in_another_spelling_is_the_same_host() -> None:
    """A host is compared as it is looked up: an ideographic full stop is a full stop."""
    address = "https://orders。upnormal。co。id"
    assert production_reason(ORDERS, TargetConfig(), address)


def test_lasting_calls_are_not_made_on_production() -> None:
    """Without --allow-irreversible no cancel and no complete is sent, and the reason says so."""
    with embedded_target(ORDERS, None, {"production": True}) as target:
        run = Run(target, Options(profile="ci"))
        results = {name: run.result(name) for name, rule in ORDERS.rules.items() if rule.judged}
        plan = "\n".join(plan_lines(run))
        run.close()
    assert set(run.sent) == {"confirm", "paid"}
    assert not any(result.findings for result in results.values())
    for name in ("cancel.from.new-unpaid", "complete.from.confirmed-paid", "cancel.final"):
        assert results[name].verdict.value == "not judged"
        assert "needs --allow-irreversible: on a production system" in results[name].reasons[0]
    silent = [one for one in results.values() if one.verdict.value == "not judged"]
    assert all(any("--allow-irreversible" in why for why in one.reasons) for one in silent)
    for name in ("confirm.from.new-unpaid", "paid.from.confirmed-unpaid", "auth.missing"):
        assert results[name].verdict.value == "held"
    assert "not sent without --allow-irreversible: cancel, complete" in plan
    assert "calls of cancel" not in plan
    assert "calls of confirm" in plan


@pytest.mark.parametrize(
    ("settings", "options"),
    [({"production": True}, Options(profile="off", allow_irreversible=True)), ({}, Options())],
)
def test_lasting_calls_are_made_where_they_may(settings: dict[str, bool], options: Options) -> None:
    """With the option, or where nothing says production, every call is made."""
    with embedded_target(ORDERS, None, settings) as target:
        run = Run(target, options)
        assert run.result("cancel.from.new-unpaid").verdict.value == "held"
        assert "--allow-irreversible" not in "\n".join(plan_lines(run))
        run.close()
    assert set(run.sent) >= LASTING


def test_lasting_call_is_never_sent_by_mistake() -> None:
    """Whatever asks for such a call, the session does not send it."""
    from retailspec.build import NotJudged  # noqa: PLC0415 - for this test alone
    from retailspec.contract.model import Case  # noqa: PLC0415 - as above

    with embedded_target(ORDERS, None, {"production": True}) as target:
        run = Run(target, Options())
        with pytest.raises(NotJudged, match="needs --allow-irreversible"):
            run.call(Case("cancel", "", {}, {}))
        assert run.session.sent == 0
        run.close()
