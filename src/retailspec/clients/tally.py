"""Adding up what many exchanges say, in memory that does not grow with their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from retailspec.clients.auth import Credentials
from retailspec.clients.hiding import is_redacted
from retailspec.contract.model import Level
from retailspec.findings import Verdict
from retailspec.report.curl import curl_line, plain
from retailspec.secrets import Secrets, variable
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retailspec.clients.judging import Judged, View
    from retailspec.contract.model import Contract, Rule
    from retailspec.exchange import Exchange, Request
    from retailspec.findings import Finding, Judgement

__all__ = ["SIDES", "Tally"]

SIDES = ("client", "server")
_KINDS = 20
_UNNAMED = "redacted"  # what a credential is called whose name no contract knows
_LIKELY = 8  # characters that a credential has; a shorter one is as likely a word of the answer
_SHOWN_BODY = 600
_PRINTED_BODY = 4_000
_CUT = "the body is longer than is shown here"


@dataclass
class _Heard:
    """What was said of one rule."""

    judged: int = 0
    findings: int = 0
    kinds: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)


class Tally:
    """What the exchanges of one contract said.

    Args:
        contract: The contract.
        view: What is known of the place where they were seen.
    """

    def __init__(self, contract: Contract, view: View) -> None:
        self.contract = contract
        self.calls: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.unjudged: Counter[str] = Counter()
        self.notes: dict[str, None] = {}
        self._values = dict(view.credentials)
        self._credentials = Credentials(contract, view.credentials)
        self._heard: dict[tuple[str, str], _Heard] = {}

    def add(self, judged: Judged, position: str = "") -> list[Finding]:
        """Take what an exchange says into account, and return what it found.

        Args:
            judged: The exchange and what it says.
            position: Where it stands, in words, for whoever looks for it.
        """
        exchange = judged.exchange
        if judged.why_not:
            self.unjudged[judged.why_not] += 1
            return []
        self.calls[exchange.operation or "(no documented path)"] += 1
        self.answers[str(exchange.status or "no answer")] += 1
        return self.also(judged, position)

    def also(self, judged: Judged, position: str = "") -> list[Finding]:
        """Take what is said besides of an exchange that was counted into account; as `add`."""
        found = []
        for side, said in zip(SIDES, (judged.client, judged.server), strict=True):
            for judgement in said:
                self._hear(side, judgement, position)
                if judgement.finding is not None:
                    found.append(judgement.finding)
        return found

    def hold(self, side: str, rule_ids: Iterable[str], times: int = 1) -> None:
        """Take into account that rules held, that often each."""
        for rule_id in rule_ids:
            self._heard.setdefault((side, rule_id), _Heard()).judged += times

    def _hear(self, side: str, judgement: Judgement, position: str) -> None:
        heard = self._heard.setdefault((side, judgement.rule_id), _Heard())
        if judgement.reason:
            return
        heard.judged += 1
        finding = judgement.finding
        if finding is None:
            return
        heard.findings += 1
        kind = (*finding.likeness, finding.actual if side == "client" else "")
        if kind in heard.kinds:
            heard.kinds[kind]["times"] += 1
        elif len(heard.kinds) < _KINDS:
            heard.kinds[kind] = self._record(finding, position)

    @property
    def never_called(self) -> list[str]:
        """The operations that no exchange called, those aside that are a target's to offer."""
        return [
            operation.id
            for operation in self.contract.operations.values()
            if not self.calls[operation.id] and not operation.optional
        ]

    def records(self, side: str) -> list[dict[str, Any]]:
        """Return a record for each rule of one side that something was said of.

        Their keys are those of `retailspec.report.record.result_record`, and `side` and `times`.
        """
        rules = self.contract.clients if side == "client" else self.contract.rules
        return [
            self._result(side, rules[rule_id], heard)
            for (of, rule_id), heard in self._ordered(rules)
            if of == side
        ]

    def _ordered(self, rules: Any) -> Iterator[tuple[tuple[str, str], _Heard]]:
        order = {rule_id: number for number, rule_id in enumerate(rules)}
        yield from sorted(self._heard.items(), key=lambda item: order.get(item[0][1], len(order)))

    def _result(self, side: str, rule: Rule, heard: _Heard) -> dict[str, Any]:
        worst = Verdict.BROKEN if rule.level is Level.MUST else Verdict.ADVISORY
        held = Verdict.HELD if heard.judged else Verdict.NOT_JUDGED
        return {
            "side": side,
            "contract": self.contract.name,
            "rule": rule.id,
            "level": rule.level.value,
            "where": rule.where,
            "says": rule.says,
            "verdict": (worst if heard.findings else held).value,
            "judged": heard.judged,
            "times": heard.findings,
            "reasons": [],
            "findings": list(heard.kinds.values()),
        }

    def _record(self, finding: Finding, position: str) -> dict[str, Any]:
        exchange = finding.exchange
        secrets = self.secrets(exchange)
        cut = "" if exchange is None or _is_short(exchange.request) else _CUT
        at = ", ".join(text for text in (position, finding.note, cut) if text)

        def clean(text: str) -> str:
            return plain(secrets.redact(text))

        return {
            "expected": clean(finding.expected),
            "actual": clean(finding.actual),
            "pointer": clean(finding.pointer),
            "note": clean(at),
            "before": [],
            "curl": None
            if exchange is None
            else curl_line(_cut(exchange.request, secrets), secrets.split),
            "answer": None if exchange is None else clean(_answer(exchange)),
            "times": 1,
        }

    def secrets(self, exchange: Exchange | None) -> Secrets:
        """Return what must not be printed of an exchange: known credentials and those it shows."""
        name = self.contract.name
        secrets = Secrets(self._values, {one: variable(name, one) for one in self._values})
        if exchange is not None:
            found = self._credentials.found(exchange.request, exchange.response)
            for credential, value in found:
                known = credential != _UNNAMED
                if known:
                    secrets.hide(value, f"${variable(name, credential)}")
                elif len(value) >= _LIKELY and not is_redacted(value):
                    secrets.hide(value, "<redacted>")
        return secrets


def _is_short(request: Request) -> bool:
    return len(request.body) <= _PRINTED_BODY


def _cut(request: Request, secrets: Secrets) -> Request:
    """Return a request with no more of its body than can be printed, and no half of a secret."""
    if _is_short(request):
        return request
    text = secrets.redact(request.body[: 2 * _PRINTED_BODY].decode("utf-8", "replace"))
    return replace(request, body=shorten(text, _PRINTED_BODY).encode())


def _answer(exchange: Exchange) -> str:
    response = exchange.response
    if response is None:
        return exchange.error or "no answer"
    label = response.header("content-type")
    head = f"{response.status} {response.reason}".strip() + (f" ({label})" if label else "")
    body = shorten(response.body.decode("utf-8", "replace"), _SHOWN_BODY)
    return f"{head} {body}".rstrip()
