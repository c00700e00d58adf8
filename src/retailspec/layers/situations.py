"""Which rules of a contract speak of what a made-up request does wrong.

A rule's own cases say it: a call that lacks a field is the situation of the rule whose case leaves
that field out, and a number where a case puts a number is that case's. What no case shows, no rule
judges: a number as a text, for instance, where a document leaves it open.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retailspec.values import ABSENT, fill, lookup_in, pick, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Call, Case, Contract, Rule

__all__ = ["Situations", "kind"]

_WORD = re.compile(r"[A-Za-z]{3,}", re.ASCII)
_NO_WORDS = frozenset({"nan", "inf", "infinity", "true", "false", "null", "none", "yes", "off"})
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_LARGEST = 1_000_000


def kind(value: Any) -> str | None:
    """Return what kind of JSON value this is, as far as documents tell kinds apart.

    None stands for a value that may be taken for one of another kind: a text of digits, `1.0`.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "negative" if value < 0 else "integer"
        case float():
            return None if value.is_integer() or not 0 < value < _LARGEST else "fraction"
        case "":
            return "empty"
        case str():
            return "word" if _WORD.fullmatch(value) and value.lower() not in _NO_WORDS else None
        case list():
            return "list"
        case dict():
            return "object"
    return "absent" if value is ABSENT else None


def _kind_of_text(text: str) -> str | None:
    return kind(int(text) if _INTEGER.fullmatch(text) else text)


@dataclass(frozen=True)
class Situations:
    """The situations of one operation, each with the rule and the case that shows it.

    Args:
        contract: The contract.
        call: The base call of the operation.
    """

    contract: Contract
    call: Call

    def of_body(self, body: Any) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules by which a body has to be refused."""
        wrong = self._wrong(body)
        for rule, case in self._refusing():
            pointer, kinds = self._place(case)
            above = pointer.rpartition("/")[0]
            there = above == "" or isinstance(pick(body, above), dict)
            found = pick(body, pointer)
            if pointer and isinstance(body, dict) and there and kind(found) == kinds is not None:
                missing = found is ABSENT and above in wrong
                if missing or any(at == pointer or at.startswith(pointer + "/") for at in wrong):
                    yield rule, case

    def of_no_json(self, body: bytes) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules by which a body that no reader takes for JSON has to be refused."""
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            for rule, case in self._refusing():
                if case.edits == {"mangle": "truncated"}:
                    yield rule, case

    def of_query(self, query: dict[str, str]) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules by which a query has to be refused."""
        for rule, case in self._refusing():
            changed = case.edits.get("query", {})
            for name, value in changed.items():
                wanted = _kind_of_text(str(value))
                told = len(changed) == 1 and wanted in {"word", "negative"}
                if told and name in query and _kind_of_text(query[name]) == wanted:
                    yield rule, case

    def of_method(self, method: str) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules about another method on the operation's path."""
        for rule, case in self._cases():
            if case.edits.get("method") == method:
                yield rule, case

    def of_missing_header(self, header: str) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules about a call that lacks one header of its credentials."""
        headers = {*self.contract.authorization, self.contract.signing.get("header", header)}
        for rule, case in self._cases():
            auth = case.edits.get("auth")
            alone = len(case.edits) == 1
            if (
                (alone and auth == "none" and headers == {header})
                or (alone and isinstance(auth, dict) and self._spoils(auth, header))
                or (
                    case.edits == {"sign": "none"} and self.contract.signing.get("header") == header
                )
            ):
                yield rule, case

    def of_valid_call(self) -> Iterator[tuple[Rule, Case]]:
        """Yield the rules by which a valid call is accepted."""
        for rule, case in self._cases():
            status = case.expect.get("status")
            if not case.edits and (
                status == "accepted" or (isinstance(status, int) and status < 300)
            ):
                yield rule, case

    def rules(self) -> frozenset[str]:
        """Return the ids of all rules that a situation of the operation can lead to."""
        return frozenset(rule.id for rule, _ in self._cases())

    def _spoils(self, auth: dict[str, str], header: str) -> bool:
        needed = placeholders(self.contract.authorization.get(header, ""))
        return set(auth.values()) == {"absent"} and set(auth) == needed

    def _cases(self) -> Iterator[tuple[Rule, Case]]:
        for rule in self.contract.rules.values():
            for case in rule.cases:
                operation = self.contract.calls[case.call].operation
                if rule.judged and operation == self.call.operation and case.expect:
                    yield rule, case

    def _refusing(self) -> Iterator[tuple[Rule, Case]]:
        for rule, case in self._cases():
            status = case.expect.get("status")
            wanted = status if isinstance(status, list) else [status]
            if status == "refused" or all(isinstance(s, int) and 400 <= s < 500 for s in wanted):
                yield rule, case

    def _place(self, case: Case) -> tuple[str, str | None]:
        """Return the one part of the body that a case changes, and what kind of value it gets."""
        edits = case.edits
        changed, gone = edits.get("change", {}), edits.get("without", [])
        if len(edits) != 1 or len(changed) + len(gone) != 1:
            return "", None
        lookup = lookup_in(self.contract.calls[case.call].variables)
        for pointer, value in changed.items():
            named = isinstance(value, str) and placeholders(value)
            return fill(pointer, lookup), None if named else kind(value)
        return fill(gone[0], lookup), "absent"

    def _wrong(self, body: Any) -> frozenset[str]:
        """Return where a body departs from the operation's schema, as JSON pointers."""
        reference = self.contract.operations[self.call.operation].request_schema
        if reference is None:
            return frozenset()
        errors = self.contract.schemas.validator(reference).iter_errors(body)
        return frozenset("".join(f"/{part}" for part in error.absolute_path) for error in errors)
