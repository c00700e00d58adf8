"""`retailspec watch`: a client's command against a judging stub, and the verdict on the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retailspec.clients.command import find_command, run_command
from retailspec.clients.handed import Handed
from retailspec.clients.session import Judging, stub_session
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.reference import build
from retailspec.report.clients import exit_status, verdict_lines
from retailspec.report.styling import styled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from retailspec.clients.command import Ended
    from retailspec.clients.session import StubSession

__all__ = ["run_watch", "tell_verdict", "watch_client"]


def run_watch(
    name: str,
    command: Sequence[str],
    *,
    scenario: str | None,
    record: str | None,
    strict: bool,
    no_tls: bool,
    timeout: float | None,
) -> int:
    """Run a command against a contract's judging stub, print the verdict, return the exit status.

    Args:
        name: The contract.
        command: The command, with placeholders.
        scenario: What the stub answers, or None.
        record: The file to record exchanges in, or None.
        strict: Whether a broken should fails too.
        no_tls: Whether the base URL is plain HTTP.
        timeout: How long the command may take, in seconds, or None.

    Raises:
        UsageError: The contract, the command, the scenario or a file cannot be used.
    """
    judging = Judging(scenario, record, strict)
    session, ended = watch_client(
        name, command, judging, tls=not no_tls, timeout=timeout, told=click.echo
    )
    return tell_verdict(session, judging, ended=ended)


def watch_client(
    name: str,
    command: Sequence[str],
    judging: Judging,
    *,
    tls: bool = True,
    timeout: float | None = None,
    told: Callable[[str], object] | None = None,
    **streams: Any,
) -> tuple[StubSession, Ended]:
    """Run a command against a contract's judging stub until it has ended, and all is judged.

    Args:
        name: The contract.
        command: The command, with placeholders.
        judging: How to judge.
        tls: Whether the base URL is HTTPS.
        timeout: How long the command may take, in seconds, or None.
        told: What is told where the stub is, before the command starts; None tells nobody.
        streams: Where the command's input and output go, as `subprocess.Popen` takes them.

    Returns:
        The session, which is over, and how the command ended.

    Raises:
        UsageError: The contract, the command, the scenario or a file cannot be used.
    """
    if not command:
        raise UsageError("watch: which command? Write it after --, as: watch NAME -- ./my-client")
    contract = load_contract(name)
    find_command(command)
    reference = build(name, https_only=tls)
    with stub_session(contract, reference, judging, tls=tls) as session:
        handed = Handed(contract, reference, session.served)
        try:
            words, environment = handed.words(command), handed.environment()
        finally:
            handed.close()
        if told is not None:
            told(_introduction(session, environment))
        ended = run_command(words, environment, timeout=timeout, **streams)
    return session, ended


def _introduction(session: StubSession, environment: Mapping[str, str]) -> str:
    served = session.served
    plain = "" if served.plain_url is None else f" (plain HTTP at {served.plain_url})"
    names = ", ".join(environment)
    return f"{session.stub.contract.name} at {served.url}{plain}\nhanded to the command: {names}"


def tell_verdict(
    session: StubSession, judging: Judging, *, where: str = "", ended: Ended | None = None
) -> int:
    """Print the verdict on whoever called a stub that has stopped, and return the exit status."""
    tally = session.stub.tally
    if ended is not None and ended.told:
        tally.notes[ended.told] = None
    if not tally.calls:
        tally.notes[f"the client never called {session.served.url}"] = None
    recorder = session.recorder
    if recorder is not None:
        tally.notes[recorder.failure or recorder.told] = None
    for line, markup in verdict_lines([tally], sides=("client",), where=where):
        click.echo(styled(line, markup))
    return exit_status([tally], sides=("client",), strict=judging.strict)
