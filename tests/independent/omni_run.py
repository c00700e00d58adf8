"""Runs of the conformance checks against the independent server, in this process."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omni_server import certificate

from retailspec.checks import Options
from retailspec.contract import load_contract
from retailspec.findings import Verdict
from retailspec.runner import Run
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from omni_server import OmniServer

    from retailspec.runner import RuleResult

CONTRACTS = ("omni-orders", "omni-inventory")


def fixtures(server: OmniServer, contract: str) -> dict[str, Any]:
    """Return what a target file would name of the server."""
    if contract == "omni-orders":
        return {"foreign_order": server.foreign}
    return {
        "store_code": "Store1",
        "variant_code": "BURGER01",
        "second_variant_code": "BURGER02",
    }


@contextlib.contextmanager
def running(
    server: OmniServer, contract: str, *, races: bool = True, **settings: Any
) -> Iterator[Run]:
    """Serve a server and yield a run of a contract against it."""
    _, trusted = certificate()
    with tempfile.TemporaryDirectory() as folder, server.serving() as address:
        ca_file = Path(folder, "ca.pem")
        ca_file.write_bytes(trusted)
        config = TargetConfig.model_validate(
            {
                "http_url": address.http,
                "ca_file": str(ca_file),
                "fixtures": fixtures(server, contract),
                "patience": 5.0,
                **settings,
            }
        )
        target = make_target(
            load_contract(contract),
            config,
            "independent:",
            base_url=address.https,
            secrets=Secrets({"token": server.token}, {"token": "OMNI_TOKEN"}),
            fresh={"order": server.fresh},
        )
        run = Run(target, Options(races=races))
        try:
            yield run
        finally:
            run.close()


def results(run: Run, rules: Iterable[str] | None = None) -> dict[str, RuleResult]:
    """Return how each judged rule ended, or each of those that are named."""
    chosen = [rule.id for rule in run.contract.rules.values() if rule.judged]
    if rules is not None:
        chosen = [rule for rule in chosen if rule in set(rules)]
        run.selected = frozenset(chosen)
    return {rule: run.result(rule) for rule in chosen}


def departures(found: dict[str, RuleResult]) -> dict[str, str]:
    """Return the rules that were broken, each with its verdict."""
    return {
        rule: result.verdict.value
        for rule, result in found.items()
        if result.verdict in {Verdict.BROKEN, Verdict.ADVISORY}
    }


def silent(found: dict[str, RuleResult]) -> dict[str, str]:
    """Return the rules that were not judged, each with the reason."""
    return {
        rule: "; ".join(result.reasons)
        for rule, result in found.items()
        if result.verdict is Verdict.NOT_JUDGED
    }
