"""Results as plain data, secrets taken out: what crosses process borders and is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.checks.lifecycle import lifecycle_plan
from retailspec.report.curl import curl_line, plain
from retailspec.report.lifecycle import lifecycle_record
from retailspec.report.unlock import unlocking
from retailspec.values import shorten

if TYPE_CHECKING:
    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange
    from retailspec.findings import Finding
    from retailspec.report.exchanges import ExchangeLog
    from retailspec.runner import RuleResult, Run
    from retailspec.waivers import Waiver

__all__ = ["contract_record", "result_record", "run_record"]

_SHOWN_BODY = 600


def result_record(result: RuleResult, run: Run, log: ExchangeLog | None = None) -> dict[str, Any]:
    """Return a rule's result as JSON-like data with every secret replaced.

    Args:
        result: The result.
        run: The run that it comes from.
        log: What numbers the run's exchanges, where findings are to refer to them.
    """
    return {
        "contract": run.contract.name,
        "rule": result.rule.id,
        "level": result.rule.level.value,
        "where": result.rule.where,
        "says": result.rule.says,
        "verdict": result.verdict.value,
        "judged": result.judged,
        "reasons": [_clean(reason, run) for reason in result.reasons],
        "unlock": [_clean(one, run) for one in unlocking(run.contract, result.reasons)],
        "waiver": None if result.waiver is None else _waiver(result.waiver, run),
        "stale": _clean(result.waiver.stale, run) if result.waiver and result.stale else "",
        "findings": [_finding(finding, run, log) for finding in result.findings],
    }


def _waiver(waiver: Waiver, run: Run) -> dict[str, Any]:
    expires = waiver.expires
    return {
        "reason": _clean(waiver.reason, run),
        "expires": None if expires is None else expires.isoformat(),
    }


def _finding(finding: Finding, run: Run, log: ExchangeLog | None) -> dict[str, Any]:
    exchange = finding.exchange
    numbers: dict[str, Any] = {}
    if log is not None:
        numbers["exchange"] = None if exchange is None else log.number(exchange)
        numbers["earlier"] = [log.number(earlier) for earlier in finding.before]
    return {
        "expected": _clean(finding.expected, run),
        "actual": _clean(finding.actual, run),
        "pointer": _clean(finding.pointer, run),
        "note": _clean(finding.note, run),
        "before": [_brief(earlier, run) for earlier in finding.before],
        "curl": None if exchange is None else _curl(exchange, run),
        "answer": None if exchange is None else _answer(exchange, run),
        **numbers,
    }


def _clean(text: str, run: Run) -> str:
    """Return a text without secrets, in one line: a target is not to write lines of its own."""
    return plain(run.target.secrets.redact(text)).replace("\n", "\\n")


def _curl(exchange: Exchange, run: Run) -> str:
    ca_file = None if run.target.embedded else run.target.config.ca_file
    secrets = run.target.secrets
    line = curl_line(exchange.request, secrets.split, ca_file=ca_file)
    signed = (secrets.recipes.get(value) for _, value in exchange.request.headers)
    return "; ".join([*(_clean(one, run) for one in signed if one), line])


def _brief(exchange: Exchange, run: Run) -> str:
    return f"{_curl(exchange, run)}   # answered {exchange.status or exchange.error}"


def _answer(exchange: Exchange, run: Run) -> str:
    response = exchange.response
    if response is None:
        return _clean(exchange.error or "no answer", run)
    head = f"{response.status} {response.reason}".strip()
    label = response.header("content-type")
    if label:
        head += f" ({label})"
    body = shorten(response.body.decode("utf-8", "replace"), _SHOWN_BODY)
    return _clean(f"{head} {body}".rstrip(), run)


def run_record(run: Run, log: ExchangeLog | None = None) -> dict[str, Any]:
    """Return what a whole run has to tell besides its rules' results.

    Args:
        run: The run.
        log: What numbers the run's exchanges, where findings are to refer to them.
    """
    return {
        "contract": run.contract.name,
        "title": run.contract.title,
        "base_url": _clean(run.target.base_url, run),
        "http_url": None if run.target.http_url is None else _clean(run.target.http_url, run),
        "embedded": run.target.embedded,
        "calls": dict(run.sent),
        "requests": run.session.sent,
        "spent": {
            name: [_clean(entry, run) for entry in pool.spent]
            for name, pool in run.target.pools.items()
        },
        "plan": _plan(run),
        "selected": sorted(run.selected),
        "notes": [_clean(note, run) for note in (*run.notes, *run.hints())],
        "hints": [_clean(hint, run) for hint in run.hints()],
        "lost": _clean(run.session.lost, run),
        "also": [result_record(result, run, log) for result in run.also_broken()],
    }


def _plan(run: Run) -> dict[str, Any] | None:
    plan = lifecycle_plan(run.contract, run.target, run.options)
    if plan is None:
        return None
    return {
        "orders": len(plan.paths),
        "calls": sum(len(path) for path in plan.paths),
        "guarantee": plan.guarantee,
    }


def contract_record(contract: Contract) -> dict[str, Any]:
    """Return what a contract says of itself and of its rules, whether they were judged or not."""
    return {
        "contract": contract.name,
        "title": contract.title,
        "document": contract.document,
        "lifecycle": None if contract.lifecycle is None else lifecycle_record(contract.lifecycle),
        "rules": [
            {
                "rule": rule.id,
                "level": rule.level.value,
                "where": rule.where,
                "says": rule.says,
                "judged": rule.judged,
            }
            for rule in contract.rules.values()
        ],
    }
