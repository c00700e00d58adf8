"""The command line. Each command loads what it needs when it is called."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import click

from retailspec.errors import RetailspecError

__all__ = ["main"]


class _Commands(click.Group):
    """Ends with one clear line and the error's own status, never with a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RetailspecError as error:
            click.echo(f"retailspec: {error}", err=True)
            ctx.exit(error.exit_status)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("retailspec"), prog_name="retailspec")
def main() -> None:
    """Contracts and a conformance suite for retail order and inventory APIs."""


@main.command()
@click.option("--base-url", metavar="URL", help="Where the API is.")
@click.option("--contract", "contracts", multiple=True, metavar="NAME", help="Check this contract.")
@click.option("--target", metavar="FILE", help="The target file: credentials, fixtures, supplies.")
@click.option("--strict", is_flag=True, help="A broken should fails too.")
@click.option("--depth", metavar="D", help="transitions, states or deep.")
@click.option("--plan", is_flag=True, help="Print what would be sent and spent; send nothing.")
@click.option("--allow-production", is_flag=True, help="Check a production system all the same.")
@click.option("--no-races", is_flag=True, help="Make no calls at once.")
@click.option("--effort", metavar="E", help="full, or few: wrong requests spread over the calls.")
@click.option("--profile", metavar="P", help="Requests drawn: off, sandbox, ci or thorough.")
@click.option("--seed", metavar="N", help="What they are drawn from (0).")
@click.option("--replay", metavar="TEXT", help="Send one of them again, as a finding names it.")
@click.option("--schemathesis", is_flag=True, help="Let schemathesis make up requests, too.")
@click.option("--schemathesis-calls", metavar="N", help="The most requests it makes up (300).")
@click.option("-k", "select", metavar="EXPRESSION", help="Only the rules whose id matches.")
@click.option("-x", "first", is_flag=True, help="Stop at the first broken rule.")
@click.option("-v", "verbose", is_flag=True, help="Name each rule as it is judged.")
@click.option("--junitxml", metavar="FILE", help="Write a JUnit report.")
def check(contracts: tuple[str, ...], **chosen: Any) -> None:
    """Check a server, or with no options every embedded reference server.

    Exit status: 0 conforms, 1 a must is broken, 2 wrong options or files, 3 nothing answers.
    """
    from retailspec.command_check import run_check  # noqa: PLC0415 - loads pytest

    sys.exit(run_check(contracts, **chosen))


@main.command()
@click.argument("name")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=0, help="The port; a free one if left out.")
@click.option("--tls", is_flag=True, help="HTTPS, with a certificate made for the occasion.")
@click.option("--plain-port", type=int, help="With --tls: the port of the plain-HTTP listener.")
@click.option("--save-target", metavar="FILE", help="Write a target file for this server.")
def serve(name: str, **chosen: Any) -> None:
    """Run a contract's reference server until Ctrl-C."""
    from retailspec.command_serve import run_serve  # noqa: PLC0415 - loads the servers

    run_serve(name, **chosen)


@main.command()
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Every contract.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How to print them.",
)
def rules(name: str | None, form: str, *, everything: bool) -> None:
    """Print a contract's rules: id, level, what it says and where."""
    from retailspec.contract import load_contract, names  # noqa: PLC0415 - reads files
    from retailspec.errors import UsageError  # noqa: PLC0415 - with the line above
    from retailspec.report.catalogue import catalogue  # noqa: PLC0415 - with the line above

    if (name is None) == (not everything):
        raise UsageError(f"rules: name a contract, or --all (one of: {', '.join(names())})")
    wanted = names() if name is None else [name]
    click.echo(catalogue([load_contract(one) for one in wanted], form), nl=False)


@main.command()
@click.argument("name")
def target(name: str) -> None:
    """Print a commented target file for a contract."""
    from retailspec.contract import load_contract  # noqa: PLC0415 - reads files
    from retailspec.target.template import template  # noqa: PLC0415 - with the line above

    click.echo(template(load_contract(name)), nl=False)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only what went wrong, and the score.")
def faults(names: tuple[str, ...], form: str, *, quiet: bool) -> None:
    """Measure the suite: every seeded defect caught, no conforming variation accused.

    Exit status: 0 if so, 1 if not.
    """
    from retailspec.command_faults import run_faults  # noqa: PLC0415 - loads the servers

    sys.exit(0 if run_faults(names, form=form, quiet=quiet) else 1)
