"""Waivers: rules that a target is known to break, each with a reason and, maybe, a last day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from retailspec.contract.load import load_contract, names, nearest
from retailspec.errors import UsageError
from retailspec.files import read_toml
from retailspec.report.curl import plain

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLACEHOLDERS", "Waiver", "read_waivers", "today"]

PLACEHOLDERS = frozenset(
    {
        *("because", "dummy", "fillin", "fillmein", "fixme", "later", "na", "none", "null"),
        *("placeholder", "reason", "tba", "tbc", "tbd", "test", "todo", "why", "wip"),
    }
)
"""Words that, alone, give no reason."""

_PENDING = re.compile(r"(?:todo|fixme|tbd|xxx+)\b", re.IGNORECASE)
_KEY = "waiver"


def today() -> date:
    """Return the day that expiry is reckoned by, in UTC; the one place that asks a clock."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Waiver:
    """One entry of a waiver file.

    Args:
        contract: The contract's name.
        rule: The rule's id within the contract.
        reason: Why its departure is put up with.
        expires: The last day on which it is, or None.
        place: The file and the entry, for messages.
    """

    contract: str
    rule: str
    reason: str
    expires: date | None
    place: str

    @property
    def id(self) -> str:
        """The rule's id with its contract."""
        return f"{self.contract}/{self.rule}"

    @property
    def stale(self) -> str:
        """What is told where its rule holds."""
        return f"{self.place}: stale: the target keeps this rule now; remove the entry"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rule: str
    reason: str
    contract: str | None = None
    expires: date | None = None

    @field_validator("expires", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"{value!r} is no date such as 2030-12-31") from None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValueError("is no date such as 2030-12-31")  # noqa: TRY004 - pydantic's way
        return value

    @field_validator("reason")
    @classmethod
    def _said(cls, value: str) -> str:
        said = plain(" ".join(value.split()))
        word = "".join(char for char in said.lower() if char.isalnum())
        if not said:
            raise ValueError("is empty; say why this departure is put up with")
        if not word or word in PLACEHOLDERS or _PENDING.match(said.lstrip("<[({#*-. ")):
            raise ValueError(f"{said!r} is no reason; say why this departure is put up with")
        return said


def read_waivers(path: Path, day: date) -> dict[str, dict[str, Waiver]]:
    """Return the waivers of a file, by contract and rule id.

    Args:
        path: The file, in TOML: a table `[[waiver]]` for each rule.
        day: Today; an entry counts up to and including its `expires`.

    Raises:
        UsageError: The file cannot be read; or an entry is wrong, expired or there twice, or its
            rule is unknown or never judged. Names the file and the entry.
    """
    tables = read_toml(path)
    for key in tables:
        if key != _KEY:
            raise UsageError(
                f"{path}: {plain(key)}: no such key.{nearest(key, [_KEY])} (one of: {_KEY})"
            )
    entries = tables.get(_KEY, [])
    if not isinstance(entries, list):
        raise UsageError(f"{path}: {_KEY}: is no list of tables; write [[{_KEY}]] above each entry")
    found: dict[str, dict[str, Waiver]] = {}
    for number, table in enumerate(entries, start=1):
        waiver = _waiver(table, f"{path}: {_KEY} {number}", day)
        own = found.setdefault(waiver.contract, {})
        if waiver.rule in own:
            first = own[waiver.rule].place.removeprefix(f"{path}: ")
            raise UsageError(f"{waiver.place}: this rule is waived already, by {first}")
        own[waiver.rule] = waiver
    return found


def _waiver(table: Any, where: str, day: date) -> Waiver:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: is no table; write [[{_KEY}]] above its keys")
    base = where
    if isinstance(table.get("rule"), str) and table["rule"]:
        where += f" ({plain(table['rule'])})"
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        raise UsageError(f"{where}: {_first(error)}") from None
    contract, rule = _rule_of(entry, where)
    if entry.expires is not None and entry.expires < day:
        raise UsageError(
            f"{where}: expired on {entry.expires.isoformat()}; "
            "remove the entry, or decide anew and give it a later date"
        )
    place = f"{base} ({contract}/{rule})"
    return Waiver(contract, rule, entry.reason, entry.expires, place)


def _first(error: ValidationError) -> str:
    problems = error.errors()
    unknown = [one for one in problems if one["type"] == "extra_forbidden"]
    problem = (unknown or problems)[0]
    key = plain(".".join(str(part) for part in problem["loc"]))
    allowed = list(_Entry.model_fields)
    match problem["type"]:
        case "extra_forbidden":
            return f"{key}: no such key.{nearest(key, allowed)} (one of: {', '.join(allowed)})"
        case "missing":
            return f"{key}: is missing"
        case "string_type":
            return f"{key}: is no text; write it in quotation marks"
    return f"{key}: {problem['msg'].removeprefix('Value error, ')}"


def _rule_of(entry: _Entry, where: str) -> tuple[str, str]:
    given, slash, rule = entry.rule.partition("/")
    if not slash:
        given, rule = entry.contract or "", entry.rule
    elif entry.contract not in {None, given}:
        raise UsageError(f"{where}: contract: is not the one that rule names")
    known = names()
    if not given:
        holders = [f"{name}/{rule}" for name in known if rule in load_contract(name).rules]
        some = f" (one of: {', '.join(holders)})" if holders else ""
        raise UsageError(f'{where}: rule: name the contract too: "contract/rule.id"{some}')
    if given not in known:
        raise UsageError(f"{where}: {plain(given)}: no such contract.{nearest(given, known)}")
    rules = load_contract(given).rules
    judged = [each for each, about in rules.items() if about.judged]
    if rule not in rules:
        raise UsageError(
            f"{where}: no such rule in {given}.{nearest(rule, judged)} "
            f"(`retailspec rules {given}` lists them)"
        )
    if rule not in judged:
        raise UsageError(f"{where}: a may is never judged, so there is nothing to waive")
    return given, rule
