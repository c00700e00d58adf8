"""Builds the documentation: `python docs/generate.py OUT`.

The pages of the contracts and of the commands are made from the data; they, and the pages that are
kept here, go to a folder for Sphinx.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sphinx.cmd.build import build_main

from retailspec.cli import main
from retailspec.contract import Level, load_contract, names
from retailspec.contract.schemas import read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retailspec.contract import Contract, Rule

ROOT = Path(__file__).parents[1]
_OPEN_METHOD = "Method or path is not printed: it is an assumption, and a target may name others."


def build(out: Path) -> int:
    """Build the documentation as HTML, warnings being errors, and return Sphinx' exit status."""
    with tempfile.TemporaryDirectory(prefix="retailspec-docs-") as folder:
        source = Path(folder, "source")
        shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("*.py"))
        shutil.copy(ROOT / "docs" / "conf.py", source)
        for path, text in pages().items():
            page = source / path
            page.parent.mkdir(exist_ok=True)
            page.write_text(text, encoding="utf-8")
        doctrees = str(Path(folder, "doctrees"))
        return build_main(["-q", "-W", "--keep-going", "-d", doctrees, str(source), str(out)])


def pages() -> dict[str, str]:
    """Return the generated pages' Markdown by their path below docs/."""
    made = {
        f"contracts/{name}.md": "\n".join(_contract(load_contract(name))) + "\n" for name in names()
    }
    made["commands.md"] = "\n".join(_commands()) + "\n"
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    made["rules.md"] = f"# Every rule\n\n{rules}"
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    made["architecture.md"] = architecture.replace("](docs/", "](")
    return made


def _contract(contract: Contract) -> Iterator[str]:
    yield f"# {contract.name}"
    yield ""
    yield f"{contract.title}. The document: *{contract.document}*."
    yield ""
    yield from _block(
        "bash", [f"retailspec serve {contract.name}      # something to develop against"]
    )
    yield from _operations(contract)
    yield from _target(contract)
    yield from _lifecycle(contract)
    judged = [rule for rule in contract.rules.values() if rule.judged]
    yield from _rules("What a server has to do", "Rules", _of(judged, Level.MUST))
    yield from _rules(
        "What a server should do",
        "Only implied, or the narrower of two readings: broken, it costs an advisory.",
        _of(judged, Level.SHOULD),
    )
    yield from _rules(
        "What a client has to do",
        "What each request is judged by: `watch`, `serve --judge`, `traffic`, `proxy`.",
        list(contract.clients.values()),
    )
    yield from _readings(contract)


def _of(rules: Iterable[Rule], level: Level) -> list[Rule]:
    return [rule for rule in rules if rule.level is level]


def _operations(contract: Contract) -> Iterator[str]:
    yield "## Operations"
    yield ""
    yield "| operation | call | answers |"
    yield "| --- | --- | --- |"
    for operation in contract.operations.values():
        notes = " (where a target has it)" if operation.optional else ""
        statuses = ", ".join(sorted(operation.statuses))
        yield f"| `{operation.id}`{notes} | `{operation.method} {operation.path}` | {statuses} |"
    yield ""
    if any(operation.assumed for operation in contract.operations.values()):
        yield _OPEN_METHOD
        yield ""
    document = read_data(contract.openapi) if contract.openapi else {}
    for operation_id, example in _examples(document):
        yield f"A `{operation_id}`, as the document prints it:"
        yield ""
        yield from _block("json", [json.dumps(example, indent=2, ensure_ascii=False)])


def _examples(document: Any) -> Iterator[tuple[str, Any]]:
    for item in document.get("paths", {}).values():
        for spec in item.values():
            if not isinstance(spec, dict):
                continue
            body = spec.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in body:
                yield spec["operationId"], body["example"]


def _target(contract: Contract) -> Iterator[str]:
    yield "## What a target names"
    yield ""
    yield "| what | in the target file | why |"
    yield "| --- | --- | --- |"
    for name, credential in contract.credentials.items():
        why = credential.unlocks or ("required" if credential.required else "")
        yield _row(f"`credentials.{name}`", credential.says, why)
    for name, supply in contract.supplies.items():
        yield _row(f"`supply.{name}`", supply.says, "required" if supply.required else "")
    for name, fixture in contract.fixtures.items():
        default = "" if fixture.default is None else f"`{fixture.default}` where it is left out"
        why = "required" if fixture.required else fixture.unlocks or default
        yield _row(f"`fixtures.{name}`", fixture.says, why)
    for name, trigger in contract.triggers.items():
        yield _row(f"`trigger.{name}`", trigger.says, trigger.unlocks)
    yield ""
    if contract.irreversible:
        yield f"What cannot be undone: {contract.irreversible}."
        yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _lifecycle(contract: Contract) -> Iterator[str]:
    spec = contract.lifecycle
    if spec is None:
        return
    yield "## Lifecycle"
    yield ""
    yield "Each cell is where a call leads, or that it is refused."
    yield ""
    yield _row("", *spec.calls)
    yield _row("---", *("---" for _ in spec.calls))
    titles = {state: title.replace("/", "/\u200b") for state, title in spec.titles.items()}
    for state, title in titles.items():  # a title may be broken after its slash: columns are narrow
        cells = [
            titles[call.accepts[state]] if state in call.accepts else "refused"
            for call in spec.calls.values()
        ]
        yield _row(f"**{title}**", *cells)
    yield ""


def _rules(title: str, lead: str, rules: list[Rule]) -> Iterator[str]:
    if not rules:
        return
    yield f"## {title}"
    yield ""
    if lead != "Rules":
        yield lead
        yield ""
    yield "| rule | level | what | where the document says it |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        yield _row(f"`{rule.id}`", rule.level.value, rule.says, rule.where)
    yield ""


def _readings(contract: Contract) -> Iterator[str]:
    yield "## How the document is read where it leaves something open"
    yield ""
    left = [rule for rule in contract.rules.values() if not rule.judged]
    narrowed = [rule for rule in contract.rules.values() if rule.narrows]
    if left:
        yield "Either way is right, and nothing is judged:"
        yield ""
        yield from (f"- `{rule.id}`: {rule.says} *({rule.where})*" for rule in left)
        yield ""
    if narrowed:
        yield "The wider reading is the *must*, and the narrower one costs an advisory only:"
        yield ""
        yield from (
            f"- `{rule.narrows}` is narrowed by `{rule.id}`: {rule.says}" for rule in narrowed
        )
        yield ""
    if contract.errata:
        yield "## Errata of the document"
        yield ""
        yield from (f"- {erratum}" for erratum in contract.errata)
        yield ""


def _block(language: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"```{language}"
    yield from lines
    yield "```"
    yield ""


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Every command prints this itself: `retailspec COMMAND --help`."
    yield ""
    commands: Mapping[str, click.Command] = main.commands
    for name, command in commands.items():
        context = click.Context(command, info_name=f"retailspec {name}", max_content_width=100)
        yield f"## {name}"
        yield ""
        yield from _block("text", [command.get_help(context)])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/generate.py OUT")
    sys.exit(build(Path(sys.argv[1])))
