"""Results as plain data, secrets taken out: what crosses process borders and is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.report.curl import curl_line, plain
from retailspec.values import shorten

if TYPE_CHECKING:
    from retailspec.exchange import Exchange
    from retailspec.findings import Finding
    from retailspec.runner import RuleResult, Run

__all__ = ["result_record", "run_record"]

_SHOWN_BODY = 600


def result_record(result: RuleResult, run: Run) -> dict[str, Any]:
    """Return a rule's result as JSON-like data with every secret replaced."""
    return {
        "contract": run.contract.name,
        "rule": result.rule.id,
        "level": result.rule.level.value,
        "where": result.rule.where,
        "says": result.rule.says,
        "verdict": result.verdict.value,
        "judged": result.judged,
        "reasons": [_clean(reason, run) for reason in result.reasons],
        "findings": [_finding(finding, run) for finding in result.findings],
    }


def _finding(finding: Finding, run: Run) -> dict[str, Any]:
    exchange = finding.exchange
    return {
        "expected": _clean(finding.expected, run),
        "actual": _clean(finding.actual, run),
        "pointer": _clean(finding.pointer, run),
        "note": _clean(finding.note, run),
        "before": [_brief(earlier, run) for earlier in finding.before],
        "curl": None if exchange is None else _curl(exchange, run),
        "answer": None if exchange is None else _answer(exchange, run),
    }


def _clean(text: str, run: Run) -> str:
    return plain(run.target.secrets.redact(text))


def _curl(exchange: Exchange, run: Run) -> str:
    ca_file = None if run.target.embedded else run.target.config.ca_file
    return curl_line(exchange.request, run.target.secrets.split, ca_file=ca_file)


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


def run_record(run: Run) -> dict[str, Any]:
    """Return what a whole run has to tell besides its rules' results."""
    return {
        "contract": run.contract.name,
        "title": run.contract.title,
        "base_url": _clean(run.target.base_url, run),
        "embedded": run.target.embedded,
        "calls": dict(run.sent),
        "requests": run.session.sent,
        "spent": {
            name: [_clean(entry, run) for entry in pool.spent]
            for name, pool in run.target.pools.items()
        },
        "notes": [_clean(note, run) for note in run.notes],
        "lost": _clean(run.session.lost, run),
        "also": [result_record(result, run) for result in run.also_broken()],
    }
