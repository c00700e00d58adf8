"""What a contract is made of, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from retailspec.contract.every import Every
from retailspec.exchange import Domain

if TYPE_CHECKING:
    from pathlib import Path

    from retailspec.contract.lifecycle import LifecycleSpec
    from retailspec.contract.properties import PropertySpec
    from retailspec.contract.schemas import Schemas

__all__ = [
    "Call",
    "Case",
    "Contract",
    "Credential",
    "Every",
    "Fixture",
    "Level",
    "Operation",
    "Rule",
    "SupplySpec",
    "TriggerSpec",
]


class Level(StrEnum):
    """How binding a rule is."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True)
class Operation:
    """One operation of the contract's OpenAPI document.

    Args:
        id: Its operationId.
        method: Its method, in capitals.
        path: Its path template.
        statuses: The documented statuses, among them ranges such as `2XX` and `default`.
        schemas: Per status, the reference of the body's schema, or None where no body is described.
        request_schema: The reference of the request body's schema, or None.
        query: Per parameter of the query, the reference of its schema.
        optional: Whether a target has it only where its file names it.
        assumed: Whether the document leaves method or path open.
    """

    id: str
    method: str
    path: str
    statuses: frozenset[str]
    schemas: Mapping[str, str | None]
    request_schema: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    assumed: bool = False

    def documents(self, status: int) -> str | None:
        """Return the key under which a status is documented, or None where it is not."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.statuses:
                return key
        return None


@dataclass(frozen=True)
class Call:
    """A valid call, from which cases depart: an operation with a body, a query and path parts.

    Args:
        name: The name that cases use.
        operation: The operation's id.
        body: A template of the JSON body, or None where there is none.
        otherwise: Bodies for a target that does not name a fixture of `body`; the first that it can
            fill is used.
        query: Templates of the query's values.
        path: Templates of the path's parts.
        variables: Names that templates may use, per call; `clock:FORMAT` is the time in UTC.
        effect: What the call does to the target, in words for the plan.
        lifecycle: Whether it is one of the lifecycle's calls.
        passes_through: Whether errors of a system behind the target reach the caller as they are.
        irreversible: Whether nothing undoes what it does.
    """

    name: str
    operation: str
    body: Any = None
    otherwise: Sequence[Any] = ()
    query: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    effect: str = ""
    lifecycle: bool = False
    passes_through: bool = False
    irreversible: bool = False


@dataclass(frozen=True)
class Case:
    """A valid call with one change, and what is then expected.

    Args:
        call: The base call's name.
        name: What sets the case apart from the rule's others.
        edits: The case's own keys (`change`, `without`, `body`, `headers` ...) as in the rule file.
        expect: What the answer has to be.
        domain: Whether the call stays inside what the document describes.
        tags: Marks that standing rules select by.
    """

    call: str
    name: str
    edits: Mapping[str, Any]
    expect: Mapping[str, Any]
    domain: Domain = Domain.DOCUMENTED
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """One normative statement of a document.

    Args:
        id: Its id within the contract.
        level: How binding it is.
        where: The place in the document that says it.
        says: What it says, in our own words.
        cases: The calls that show whether it is kept.
        narrows: The id of the rule whose calls it judges more strictly.
        every: Which of all exchanges it judges.
        shown: Which exchanges show by themselves whether it is kept, whoever made the call; those
            of a run are judged so too, and no call is made for it.
        expect: What is expected of those.
        check: The name of the checker that judges it, where data cannot.
        options: The checker's settings.
        needs: Fixtures without which it is not judged.
    """

    id: str
    level: Level
    where: str
    says: str
    cases: tuple[Case, ...] = ()
    narrows: str | None = None
    every: tuple[Every, ...] = ()
    shown: tuple[Every, ...] = ()
    expect: Mapping[str, Any] = field(default_factory=dict)
    check: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether anything is ever judged by it: a may is only said."""
        return self.level is not Level.MAY

    @property
    def forms(self) -> tuple[Every, ...]:
        """Which of all exchanges it judges, whatever the check."""
        return self.every + self.shown


@dataclass(frozen=True)
class Credential:
    """A secret, or a name that goes with one, that a target file gives as `env:NAME`."""

    says: str
    required: bool = False
    unlocks: str = ""


@dataclass(frozen=True)
class Fixture:
    """Something that a target knows: a store, a variant, a user.

    Args:
        says: What it is.
        required: Whether a target has to name it.
        unless: The fixture that does in its place, where one of the two is required.
        default: Its value where a target does not name it.
        example: A value for print.
        unlocks: The rules that need it.
    """

    says: str
    required: bool = False
    unless: str = ""
    default: Any = None
    example: Any = None
    unlocks: str = ""


@dataclass(frozen=True)
class SupplySpec:
    """Things that a run uses up, one at a time."""

    says: str
    required: bool = False


@dataclass(frozen=True)
class TriggerSpec:
    """Something that a target is made to do of its own accord."""

    says: str
    unlocks: str = ""


@dataclass(frozen=True, eq=False)
class Contract:
    """A contract: its operations, its rules, and what a target has to name to be judged by them.

    `openapi` is the file of its OpenAPI document, `layers` what other tools leave out of it, and
    `properties` what requests are drawn from, by base call. `clients` are the rules for whoever
    calls, and `scenarios` what a judging stub answers where it is told to answer otherwise.
    """

    name: str
    title: str
    document: str
    operations: Mapping[str, Operation]
    calls: Mapping[str, Call]
    rules: Mapping[str, Rule]
    credentials: Mapping[str, Credential]
    authorization: Mapping[str, str]
    fixtures: Mapping[str, Fixture]
    supplies: Mapping[str, SupplySpec]
    schemas: Schemas
    signing: Mapping[str, Any] = field(default_factory=dict)
    production: frozenset[str] = frozenset()
    irreversible: str = ""
    lifecycle: LifecycleSpec | None = None
    triggers: Mapping[str, TriggerSpec] = field(default_factory=dict)
    errata: tuple[str, ...] = ()
    openapi: Path | None = None
    layers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    properties: Mapping[str, PropertySpec] = field(default_factory=dict)
    clients: Mapping[str, Rule] = field(default_factory=dict)
    scenarios: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def operation_of(self, call: str) -> Operation:
        """Return the operation that a base call makes."""
        return self.operations[self.calls[call].operation]

    def passes_through(self, operation: str) -> bool:
        """Tell whether an operation hands on errors of a system behind the target."""
        return any(
            call.passes_through for call in self.calls.values() if call.operation == operation
        )
