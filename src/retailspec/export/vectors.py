"""Language-neutral test vectors: what to send, and what the answer has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.checks.machine import machine_of
from retailspec.contract.model import Case
from retailspec.contract.rules import transition_id
from retailspec.exchange import Domain
from retailspec.export.dereference import dereferenced
from retailspec.export.requests import needs_of, request_vector
from retailspec.export.signatures import signature_vectors
from retailspec.judge import STANDING
from retailspec.lifecycle import Depth, make_plan
from retailspec.values import pick

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.model import Contract, Every, Operation, Rule

__all__ = ["VERSION", "vectors"]

VERSION = 1
"""The version of the vectors' format; it grows with every change that a reader would notice."""


def vectors(contract: Contract) -> dict[str, Any]:
    """Return a contract's test vectors; vectors.schema.json describes them.

    Raises:
        ContractError: The contract has what no vector can say.
    """
    return _Maker(contract).made()


class _Maker:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._schemas: dict[str, Any] = {}

    def made(self) -> dict[str, Any]:
        contract = self._contract
        rules = [rule for rule in contract.rules.values() if rule.judged]
        made: dict[str, Any] = {
            "version": VERSION,
            "contract": contract.name,
            "title": contract.title,
            "irreversible": contract.irreversible,
            "fixtures": {
                name: {
                    "says": one.says,
                    "required": one.required,
                    **({} if one.default is None else {"default": one.default}),
                }
                for name, one in contract.fixtures.items()
            },
            "credentials": {
                name: {"says": one.says, "required": one.required}
                for name, one in contract.credentials.items()
            },
            "supplies": {name: {"says": one.says} for name, one in contract.supplies.items()},
            "operations": {one.id: self._operation(one) for one in contract.operations.values()},
            "rules": {
                rule.id: {"level": rule.level.value, "where": rule.where, "says": rule.says}
                for rule in rules
            },
            "cases": [case for rule in rules for case in self._cases(rule)],
            "standing": [one for rule in rules for one in self._standing(rule)],
        }
        if contract.lifecycle is not None:
            made["lifecycle"] = self._lifecycle(contract.lifecycle)
        if contract.signing:
            made["signatures"] = signature_vectors(contract)
        made["left_out"] = self._left_out(rules, made)
        made["schemas"] = self._schemas
        return made

    def _operation(self, operation: Operation) -> dict[str, Any]:
        answers = {}
        for status in sorted(operation.statuses):
            reference = operation.schemas.get(status)
            answers[status] = {} if reference is None else {"schema": f"{operation.id}/{status}"}
            if reference is not None:
                self._schemas[f"{operation.id}/{status}"] = self._schema(reference)
        made: dict[str, Any] = {
            "method": operation.method,
            "path": operation.path,
            "optional": operation.optional,
            "answers": answers,
        }
        if self._contract.passes_through(operation.id):
            made["passes_through"] = True
        return made

    def _schema(self, reference: str) -> dict[str, Any]:
        return dereferenced(self._folder, reference)

    @property
    def _folder(self) -> Path:
        assert self._contract.openapi is not None  # noqa: S101 - every loaded contract has one
        return self._contract.openapi.parent.parent

    def _expect(self, expect: Mapping[str, Any]) -> dict[str, Any]:
        """Return an expectation, the schemas that it names put beside the vectors."""
        made = dict(expect)
        if "any" in made:
            made["any"] = [self._expect(one) for one in made["any"]]
        if "body" in made:
            made["body"] = _as_sent(made["body"])
        if "schema" in made and made["schema"] not in self._schemas:
            name = made["schema"]
            self._schemas[name] = self._schema(f"schemas/{self._contract.name}/{name}")
        return made

    def _judged(self, rule: str, expect: Mapping[str, Any]) -> dict[str, Any]:
        return {"rule": rule, "expect": self._expect(expect)}

    def _cases(self, rule: Rule) -> Iterator[dict[str, Any]]:
        narrower = [
            other
            for other in self._contract.rules.values()
            if other.narrows == rule.id and other.judged
        ]
        for number, case in enumerate(rule.cases):
            request = request_vector(self._contract, case)
            needs = needs_of(self._contract, request)
            if rule.needs:
                needs["fixtures"] = sorted({*needs.get("fixtures", ()), *rule.needs})
            expected = [self._judged(rule.id, case.expect)] if case.expect else []
            expected += [self._judged(other.id, other.expect) for other in narrower]
            yield {
                "id": f"{rule.id}#{number}",
                "name": case.name,
                "call": case.call,
                "operation": self._contract.calls[case.call].operation,
                "domain": case.domain.value,
                "tags": sorted(case.tags),
                "needs": needs,
                "request": request,
                "expect": expected,
            }

    def _standing(self, rule: Rule) -> Iterator[dict[str, Any]]:
        if rule.check in STANDING:
            yield {"rule": rule.id, "check": rule.check}
        elif rule.every:
            first_of = [
                {"when": _when(every), "expect": self._expect(every.expect or rule.expect)}
                for every in rule.every
            ]
            yield {"rule": rule.id, "first_of": first_of}

    def _left_out(self, rules: list[Rule], made: Mapping[str, Any]) -> list[dict[str, str]]:
        steps = made.get("lifecycle", {}).get("transitions", ())
        told = {one["rule"] for each in (*made["cases"], *steps) for one in each["expect"]}
        told |= {one["rule"] for one in made["standing"]}
        return [
            {"rule": rule.id, "why": f"it takes a program, the checker {rule.check}"}
            for rule in rules
            if rule.id not in told
        ]

    def _lifecycle(self, spec: LifecycleSpec) -> dict[str, Any]:
        machine = machine_of(spec)
        plans = [(depth, make_plan(machine, depth)) for depth in Depth]
        return {
            "supply": spec.supply,
            "initial": spec.initial,
            "final": sorted(spec.final),
            "states": {
                name: {"title": spec.titles[name], "shows": dict(shows)}
                for name, shows in spec.states.items()
            },
            "calls": {name: self._driven(name) for name in spec.calls},
            "transitions": [
                self._transition(spec, state, call) for state, call in machine.transitions()
            ],
            "plans": [
                {
                    "depth": depth.value,
                    "guarantee": plan.guarantee,
                    "paths": [list(path) for path in plan.paths],
                }
                for depth, plan in plans
            ],
        }

    def _driven(self, name: str) -> dict[str, Any]:
        operation = self._contract.calls[name].operation
        return {
            "operation": operation,
            "request": request_vector(self._contract, Case(name, "", {}, {})),
        }

    def _transition(self, spec: LifecycleSpec, state: str, name: str) -> dict[str, Any]:
        call = spec.calls[name]
        rule, rules = transition_id(name, state), spec.judged_by
        if state in call.accepts:
            after = call.accepts[state]
            expected = [self._judged(rule, {"status": 200, "body": dict(call.effect)})]
            more = [(rules.frame, {"body": dict(spec.states[after])})]
        else:
            after = state
            refusal = spec.refusals[call.refuses[state]]
            expected = [self._judged(rule, spec.refusal)]
            code = _nested(spec.code, pick(refusal, spec.code))
            own = state in call.own
            more = [(rules.own, {"body": dict(refusal)})] if own else []
            more += [] if own else [(rules.names, {"body": code})]
        expected += [self._judged(other, expect) for other, expect in more]
        return {
            "call": name,
            "from": state,
            "to": after,
            "accepted": state in call.accepts,
            "expect": expected,
        }


def _as_sent(body: Any) -> Any:
    """Return what is expected of a body by whoever sends the vectors, who spells names one way."""
    if isinstance(body, dict):
        return {"$echo" if key == "$named" else key: _as_sent(one) for key, one in body.items()}
    return [_as_sent(one) for one in body] if isinstance(body, list) else body


def _when(every: Every) -> dict[str, Any]:
    made: dict[str, Any] = {"domain": (every.domain or Domain.OPEN).value}
    if every.domain is None:
        made["domain"] = "any"
    if every.calls is not None:
        made["calls"] = sorted(every.calls)
    if every.statuses is not None:
        made["statuses"] = sorted(every.statuses)
    if every.accepted is not None:
        made["accepted"] = every.accepted
    if every.tag is not None:
        made["tag"] = every.tag
    if every.has:
        made["has"] = every.has
    return made


def _nested(pointer: str, value: Any) -> Any:
    for part in reversed(pointer.split("/")[1:]):
        value = {part: value}
    return value
