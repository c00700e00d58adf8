"""Turning a rule file's entries into rules: shared entries filled in, cases expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.contract.model import Call, Case, Every, Level, Operation, Rule
from retailspec.errors import ContractError
from retailspec.exchange import Domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retailspec.contract.lifecycle import LifecycleSpec

__all__ = ["PROBED_METHODS", "build_client_rules", "build_rules", "transition_id"]

PROBED_METHODS = ("GET", "PUT", "PATCH", "DELETE")
"""The methods that are tried on a path, those aside that it has."""

_CASE_KEYS = {"call", "variants", "name", "expect", "domain", "tags"}


def transition_id(call: str, state: str) -> str:
    """Return the id of the rule for a call in a state, e.g. `confirm.from.new-unpaid`."""
    return f"{call}.from.{state}"


def build_rules(
    raw: Mapping[str, Any],
    common: Mapping[str, Any],
    operations: Mapping[str, Operation],
    calls: Mapping[str, Call],
    lifecycle: LifecycleSpec | None,
) -> dict[str, Rule]:
    """Return every rule of a rule file, in the file's order, a lifecycle's transitions first.

    Raises:
        ContractError: A rule has no level, or refers to a call or rule that does not exist.
    """
    maker = _Maker(raw["contract"], operations, calls, lifecycle)
    rules = {}
    if lifecycle is not None:
        rules.update({rule.id: rule for rule in _transitions(raw["lifecycle"], lifecycle)})
    for rule_id, entry in raw["rules"].items():
        rules[rule_id] = maker.rule(rule_id, {**common.get(rule_id, {}), **entry})
    for rule in rules.values():
        if rule.narrows is not None and not rules.get(rule.narrows, rule).cases:
            raise ContractError(
                f"{raw['contract']}/{rule.id}: narrows {rule.narrows}, which has no cases"
            )
    return rules


def build_client_rules(raw: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Rule]:
    """Return the rules for whoever calls, in the file's order.

    Raises:
        ContractError: A rule has no level or sentence, or nothing judges it.
    """
    rules = {}
    for rule_id, own in raw.get("clients", {}).items():
        entry = {**common.get(rule_id, {}), **own}
        absent = [key for key in ("level", "where", "says") if key not in entry]
        if absent or not ("check" in entry or "expect" in entry):
            problem = f"has no {absent[0]}" if absent else "is judged by nothing"
            raise ContractError(f"{raw['contract']}/{rule_id}: {problem}, here or in common.yaml")
        rules[rule_id] = Rule(
            id=rule_id,
            level=Level(entry["level"]),
            where=entry["where"],
            says=entry["says"],
            expect=entry.get("expect", {}),
            check=entry.get("check"),
            options=entry.get("with", {}),
        )
    return rules


class _Maker:
    def __init__(
        self,
        contract: str,
        operations: Mapping[str, Operation],
        calls: Mapping[str, Call],
        lifecycle: LifecycleSpec | None,
    ) -> None:
        self._contract = contract
        self._operations = operations
        self._calls = calls
        self._lifecycle = lifecycle

    def rule(self, rule_id: str, entry: Mapping[str, Any]) -> Rule:
        for key in ("level", "says"):
            if key not in entry:
                raise ContractError(
                    f"{self._contract}/{rule_id}: has no {key}, here or in common.yaml"
                )
        rule = Rule(
            id=rule_id,
            level=Level(entry["level"]),
            where=entry["where"],
            says=entry["says"],
            cases=tuple(self._cases(entry)),
            narrows=entry.get("narrows"),
            every=tuple(self._every(every) for every in entry.get("every", ())),
            shown=tuple(self._every(every) for every in entry.get("shown", ())),
            expect=entry.get("expect", {}),
            check=entry.get("check"),
            options=entry.get("with", {}),
            needs=tuple(entry.get("needs", ())),
        )
        if rule.judged and not (rule.cases or rule.narrows or rule.every or rule.check):
            raise ContractError(f"{self._contract}/{rule_id}: nothing judges it")
        return rule

    def _names(self, call: str | Iterable[str]) -> list[str]:
        match call:
            case "all":
                return [
                    n
                    for n, base in self._calls.items()
                    if not self._operations[base.operation].optional
                ]
            case "with-body":
                return [n for n in self._names("all") if self._calls[n].body is not None]
            case "lifecycle":
                return list(self._lifecycle.calls) if self._lifecycle else []
        wanted = [call] if isinstance(call, str) else list(call)
        for name in wanted:
            if name not in self._calls:
                raise ContractError(
                    f"{self._contract}: a rule names the call {name!r}, which is not there"
                )
        return wanted

    def _cases(self, entry: Mapping[str, Any]) -> Iterator[Case]:
        for case in entry.get("cases", ()):
            names = self._names(case["call"])
            for name in names:
                for variant in case.get("variants", ({},)):
                    yield from self._expand(entry, {**case, **variant}, name, many=len(names) > 1)

    def _expand(
        self, entry: Mapping[str, Any], case: Mapping[str, Any], call: str, *, many: bool
    ) -> Iterator[Case]:
        edits = {key: value for key, value in case.items() if key not in _CASE_KEYS}
        words = [call] if many else []
        words += [case["name"]] if "name" in case else []
        methods = self._others(call) if edits.get("method") == "others" else [edits.get("method")]
        for method in methods:
            made = edits if method is None else {**edits, "method": method}
            named = words + ([method] if len(methods) > 1 and method else [])
            yield Case(
                call=call,
                name=", ".join(named),
                edits=made,
                expect=case.get("expect", entry.get("expect", {})),
                domain=Domain(case.get("domain", entry.get("domain", Domain.DOCUMENTED))),
                tags=frozenset(case.get("tags", ())),
            )

    def _others(self, call: str) -> list[str | None]:
        path = self._operations[self._calls[call].operation].path
        taken = {other.method for other in self._operations.values() if other.path == path}
        return [method for method in PROBED_METHODS if method not in taken]

    def _every(self, entry: Mapping[str, Any]) -> Every:
        sent = {at: tuple(kinds) for at, kinds in entry.get("sent", {}).items()}
        domain = entry.get("domain", "any" if sent else Domain.DOCUMENTED)
        return Every(
            calls=frozenset(self._names(entry["call"])) if "call" in entry else None,
            statuses=frozenset(_statuses(entry["status"])) if "status" in entry else None,
            accepted=entry.get("accepted"),
            domain=None if domain == "any" else Domain(domain),
            tag=entry.get("tag"),
            has=entry.get("has", ""),
            sent=sent,
            only=entry.get("only", False),
            expect=entry.get("expect", {}),
        )


def _statuses(listed: Iterable[int | str]) -> Iterator[int]:
    for one in listed:
        yield from range(200, 300) if isinstance(one, str) else [one]


def _transitions(raw: Mapping[str, Any], spec: LifecycleSpec) -> Iterator[Rule]:
    for name, call in spec.calls.items():
        for state in spec.states:
            entry = raw["accepted" if state in call.accepts else "refused"]
            effect = ", ".join(f"{key} {value}" for key, value in call.effect.items())
            says = entry["says"].format(
                call=name.capitalize(), state=spec.titles[state], effect=effect
            )
            yield Rule(
                id=transition_id(name, state),
                level=Level(entry["level"]),
                where=entry["where"][name],
                says=says,
                check="lifecycle",
            )
