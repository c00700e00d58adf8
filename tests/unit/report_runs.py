"""Reports made without pytest: a reference server, the suite's run against it, and its report."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from retailspec.checks import Options
from retailspec.contract import load_contract
from retailspec.faults.in_process import in_process_target
from retailspec.faults.model import corpus
from retailspec.reference import build
from retailspec.reference.omni_inventory import OmniInventory
from retailspec.report.document import Told, build_report
from retailspec.report.exchanges import ExchangeLog
from retailspec.report.record import contract_record, result_record, run_record
from retailspec.runner import Run

if TYPE_CHECKING:
    from retailspec.reference.base import Call, Reference

Record = dict[str, Any]

TOKEN = "Zu4rX/9k+T0kenOfTheTest&<more>"
HOSTILE = (
    "</script><script>window.evil=1</script><img src=x onerror=window.evil=2>"
    "{{ 7*7 }} \u202eabc\u202c \x1b[31m\x00 \u2028 &amp; javascript:window.evil=3 '\" --> ]]>"
)
OPTIONS: Record = {
    "contracts": [],
    "base_url": None,
    "target": None,
    "waivers": None,
    "strict": False,
    "depth": None,
    "effort": "full",
    "races": False,
    "profile": "off",
    "seed": 0,
    "replay": None,
    "select": None,
    "schemathesis": None,
}


def encodings(secret: str) -> set[str]:
    """A credential as it might stand in a file: raw, in base64, in a URL."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, encoded, encoded.rstrip("="), quote(secret, safe=""), quote(secret)}


class Hostile(OmniInventory):
    """Echoes the caller's credentials in every encoding, amid text that attacks a reader."""

    def error_body(self, status: int, text: str) -> object:
        del status, text
        told = " ".join(sorted(encodings(self.credentials["token"])))
        return {"detail": HOSTILE, "echo": told}

    def headers(self, call: Call) -> dict[str, str]:
        token = self.credentials["token"]
        return {
            **super().headers(call),
            "X-Evil": "<script>window.evil=4</script>",
            "X-Echo": f"token {token} {quote(token, safe='')}",
            "Set-Cookie": "session=a<b>c; Path=/; HttpOnly",
        }


def hostile() -> Reference:
    return Hostile(https_only=True, credentials={"token": TOKEN})


def spoilt(contract: str, *names: str) -> Reference:
    """A server with several of the corpus' faults at once."""
    faults, _ = corpus(contract)
    found = {fault.name: type(fault.server()) for fault in faults}
    made: Any = type("Spoilt", tuple(found[name] for name in names), {})
    server: Reference = made(https_only=True)
    return server


def told_of(contract: str, server: Reference | None = None, **settings: Any) -> Told:
    """What a run against a server in this process has to tell, all rules asked for."""
    logging.getLogger("retailspec.reference").setLevel(logging.CRITICAL)
    known = load_contract(contract)
    with in_process_target(known, server or build(contract, https_only=True), settings) as target:
        run = Run(target, Options(races=False, profile="off"))
        try:
            log = ExchangeLog(run)
            ids = [rule.id for rule in known.rules.values() if rule.judged]
            return Told(
                contracts=[contract_record(run.contract)],
                records=[result_record(run.result(rule_id), run, log) for rule_id in ids],
                runs=[run_record(run, log)],
                exchanges=log.take(),
                selected={contract: ids},
                options=OPTIONS,
                command=f"retailspec check --contract {contract}",
                started=1_790_000_000.0,
                seconds=1.5,
            )
        finally:
            run.close()


def report_of(contract: str, server: Reference | None = None, **settings: Any) -> Record:
    """The report of such a run."""
    return build_report(told_of(contract, server, **settings))
