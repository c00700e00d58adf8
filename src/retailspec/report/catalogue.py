"""The rules of contracts, as text, Markdown or JSON."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retailspec.contract.model import Contract, Rule

__all__ = ["catalogue"]


def catalogue(contracts: Sequence[Contract], form: str) -> str:
    """Return the rules of contracts.

    Args:
        contracts: The contracts.
        form: `text`, `markdown` or `json`.
    """
    if form == "json":
        data = {
            contract.name: [_entry(rule) for rule in _rules(contract)] for contract in contracts
        }
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    lines = _markdown if form == "markdown" else _text
    return "\n".join(line for contract in contracts for line in lines(contract)) + "\n"


def _rules(contract: Contract) -> list[Rule]:
    """Return the rules for whoever answers, then those for whoever calls."""
    return [*contract.rules.values(), *contract.clients.values()]


def _entry(rule: Rule) -> dict[str, str]:
    return {"id": rule.id, "level": rule.level.value, "where": rule.where, "says": rule.says}


def _text(contract: Contract) -> Iterator[str]:
    yield f"{contract.name}: {contract.title} ({len(_rules(contract))} rules)"
    yield f"the document: {contract.document}"
    for rule in _rules(contract):
        yield ""
        yield f"{rule.id}  ({rule.level})"
        yield from textwrap.wrap(rule.says, 96, initial_indent="    ", subsequent_indent="    ")
        yield from textwrap.wrap(
            rule.where, 96, initial_indent="    in ", subsequent_indent="       "
        )
    for erratum in contract.errata:
        yield ""
        yield from textwrap.wrap(erratum, 100, initial_indent="erratum: ", subsequent_indent="    ")
    yield ""


def _markdown(contract: Contract) -> Iterator[str]:
    yield f"## {contract.name}"
    yield ""
    yield f"{contract.title}. The document: {contract.document}."
    yield ""
    yield "| id | level | rule | where |"
    yield "| --- | --- | --- | --- |"
    for rule in _rules(contract):
        says, where = (text.replace("|", "\\|") for text in (rule.says, rule.where))
        yield f"| `{rule.id}` | {rule.level} | {says} | {where} |"
    for erratum in contract.errata:
        yield ""
        yield f"Erratum: {erratum}"
    yield ""
