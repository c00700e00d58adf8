"""The command line. Each command loads what it needs when it is called."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
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
        except KeyboardInterrupt:
            click.echo("retailspec: interrupted", err=True)
            ctx.exit(RetailspecError.exit_status)


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
@click.option("--allow-irreversible", is_flag=True, help="Make calls there that nothing undoes.")
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
@click.option("--sarif", metavar="FILE", help="Write a SARIF file for code scanning.")
@click.option("--waivers", metavar="FILE", help="The rules that may be broken, with reasons.")
@click.option("--report", metavar="DIR", help="Write report.html, report.json, exchanges.har.")
def check(contracts: tuple[str, ...], **chosen: Any) -> None:
    """Check a server, or with no options every embedded reference server.

    Exit status: 0 conforms, 1 a must is broken or a waiver stale, 2 wrong options or files,
    3 nothing answers.
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
@click.option("--allow-host", multiple=True, metavar="NAME", help="The server is called so, too.")
@click.option("--judge", is_flag=True, help="Judge whoever calls, and give the verdict at the end.")
@click.option("--scenario", metavar="S", help="With --judge: what is answered, as in watch.")
@click.option("--record", metavar="FILE", help="With --judge: record each exchange there.")
@click.option("--strict", is_flag=True, help="With --judge: a broken should fails too.")
def serve(name: str, **chosen: Any) -> None:
    """Run a contract's reference server until Ctrl-C.

    With --judge the exit status is that of watch.
    """
    from retailspec.command_serve import run_serve  # noqa: PLC0415 - loads the servers

    sys.exit(run_serve(name, **chosen))


@main.command()
@click.argument("name")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND ...")
@click.option(
    "--scenario", metavar="S", help="happy, slow, busy, flaky, unauthorised, or the contract's own."
)
@click.option("--record", metavar="FILE", help="Record each exchange there.")
@click.option("--strict", is_flag=True, help="A broken should fails too.")
@click.option("--no-tls", is_flag=True, help="Give the client a plain-HTTP base URL.")
@click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Stop it then.")
def watch(name: str, command: tuple[str, ...], **chosen: Any) -> None:
    """Run a client against a contract's reference server, and judge what it sends.

    The command finds the server in its environment: RETAILSPEC_BASE_URL, RETAILSPEC_HTTP_URL (the
    same over plain HTTP) and RETAILSPEC_CA_FILE, which SSL_CERT_FILE, REQUESTS_CA_BUNDLE,
    CURL_CA_BUNDLE and NODE_EXTRA_CA_CERTS name too. Credentials are CONTRACT_NAME, as in
    OMNI_ORDERS_TOKEN. What the server knows is RETAILSPEC_FIXTURE_NAME, as in
    RETAILSPEC_FIXTURE_STORE_CODE; RETAILSPEC_FRESH_ORDER is the number of a fresh order, and a POST
    to RETAILSPEC_FRESH_ORDER_URL makes another.

    In the command's own words, {base_url}, {http_url}, {ca_file}, the names of credentials (as
    {token}) and of fixtures (as {store_code}) stand for their values, and {order} for a fresh one
    each time. Other braces stay as they are.

    Exit status: 0 conforms, 1 a must is broken, 2 wrong options or no such command, 3 the client
    never called.
    """
    from retailspec.command_watch import run_watch  # noqa: PLC0415 - loads the servers

    sys.exit(run_watch(name, command, **chosen))


@main.command()
@click.option("--upstream", required=True, metavar="URL", help="Where requests are passed on to.")
@click.option("--contract", "name", required=True, metavar="NAME", help="What judges them.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=0, help="The port; a free one if left out.")
@click.option("--record", metavar="FILE", help="Record each exchange there.")
@click.option("--target", metavar="FILE", help="The target file: credentials, paths.")
@click.option("--ca-file", metavar="FILE", help="Certificates to trust instead of the usual ones.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="The proxy is called so, too.")
@click.option("--keep-host", is_flag=True, help="Pass the Host header on as the client sent it.")
@click.option("--allow-production", is_flag=True, help="Pass on to a production system, too.")
@click.option("--strict", is_flag=True, help="A broken should fails too.")
def proxy(name: str, upstream: str, **chosen: Any) -> None:
    """Pass traffic on unchanged between a client and a server, and judge both.

    The verdict comes at Ctrl-C. Exit status: 0 both conform, 1 a must is broken, 2 wrong options or
    files, 3 nothing was judged.
    """
    from retailspec.command_proxy import run_proxy  # noqa: PLC0415 - loads the event loop

    sys.exit(run_proxy(name, upstream, **chosen))


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
        both = "not both" if everything else f"one of: {', '.join(names())}"
        raise UsageError(f"rules: name a contract, or --all ({both})")
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
@click.argument("file", metavar="REPORT.JSON")
@click.option("--html", metavar="FILE", help="Write the page.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "markdown", "json"]),
    help="Print it so; text where no page is written.",
)
def report(file: str, **chosen: Any) -> None:
    """Render a report again."""
    from retailspec.command_report import run_report  # noqa: PLC0415 - loads the templates

    run_report(file, **chosen)


@main.command()
@click.argument("old", metavar="OLD.JSON")
@click.argument("new", metavar="NEW.JSON")
def compare(old: str, new: str) -> None:
    """Say what got better and worse from one report to another one.

    Worse is a break that the old report does not have, and a hold that the new one does not show
    any more. Exit status: 0 nothing got worse, 1 something did, 2 no reports.
    """
    from retailspec.command_report import run_compare  # noqa: PLC0415 - as above

    sys.exit(0 if run_compare(old, new) else 1)


@main.command()
@click.argument("report", metavar="REPORT.JSON")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="waivers.toml",
    show_default=True,
    help="The file to write; - prints it.",
)
@click.option("--advisories", is_flag=True, help="Waive broken shoulds too.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there already.")
def waive(report: str, output: str, *, advisories: bool, force: bool) -> None:
    """Write a waiver file for the rules that a run found broken; the reasons are yours to give."""
    from retailspec.command_waive import run_waive  # noqa: PLC0415 - reads files

    run_waive(report, output, advisories=advisories, force=force)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--format",
    "form",
    required=True,
    metavar="F",
    help="openapi, openapi-3.0, json-schema, postman or vectors.",
)
@click.option("--syntax", metavar="S", help="yaml (if left out) or json, for OpenAPI documents.")
@click.option("--out", required=True, metavar="DIR", help="The folder: empty, or an older export.")
def export(names: tuple[str, ...], form: str, syntax: str | None, out: str) -> None:
    """Write contracts, or all of them, in the format of other tools."""
    from retailspec.command_export import run_export  # noqa: PLC0415 - reads files

    run_export(names, form=form, syntax=syntax, out=Path(out))


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--contract", metavar="NAME", help="Judge by this contract; else the path tells.")
@click.option("--target", metavar="FILE", help="The target file: credentials, addresses, paths.")
@click.option("--strict", is_flag=True, help="A broken should fails too.")
@click.option(
    "--side",
    type=click.Choice(["client", "server", "both"]),
    default="both",
    show_default=True,
    help="Whom to judge.",
)
@click.option("--exclusive", is_flag=True, help="Nobody else acted on the same orders.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
def traffic(files: tuple[str, ...], **chosen: Any) -> None:
    """Judge recorded traffic, client and server: HAR files, and what --record wrote.

    A file may be compressed by gzip; - is the standard input. Exit status: 0 conforms, 1 a must is
    broken, 2 wrong options or files, 3 nothing in it could be judged.
    """
    from retailspec.command_traffic import run_traffic  # noqa: PLC0415 - reads files

    sys.exit(run_traffic(files, **chosen))


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
