"""`retailspec serve`: a reference server to develop against."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retailspec.clients.guard import Guard
from retailspec.clients.guarded import Guarded
from retailspec.clients.session import Judging, stub_session
from retailspec.command_watch import tell_verdict
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.secrets import variable
from retailspec.target.embedded import settings_of
from retailspec.target.template import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.reference.base import Reference

__all__ = ["run_serve"]


def run_serve(
    name: str,
    *,
    host: str,
    port: int,
    tls: bool,
    plain_port: int | None,
    save_target: str | None,
    judge: bool = False,
    scenario: str | None = None,
    record: str | None = None,
    strict: bool = False,
    allow_host: Sequence[str] = (),
) -> int:
    """Serve a contract's reference server until an interrupt, and say how to reach it.

    Credentials are taken from the environment where their variables are set.

    Args:
        name: The contract.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        tls: Whether to serve HTTPS; a plain-HTTP listener beside it answers as documented.
        plain_port: The port of that listener; None takes a free one.
        save_target: The file to write a target file to, or None.
        judge: Whether to judge whoever calls, and to give the verdict at the end.
        scenario: What is then answered, or None.
        record: The file that exchanges are then recorded in, or None.
        strict: Whether a broken should then fails too.
        allow_host: Further names by which the server may be called.

    Returns:
        The exit status: 0, or with `judge` the verdict's.

    Raises:
        UsageError: The contract, the address or the file cannot be used.
    """
    contract = load_contract(name)
    given = {
        credential: os.environ[variable(name, credential)]
        for credential in contract.credentials
        if os.environ.get(variable(name, credential))
    }
    reference = build(name, https_only=tls, credentials=given or None)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    if plain_port is not None and not tls:
        raise UsageError("--plain-port: is for --tls, which opens a second, plain listener")
    judging = _judging(judge=judge, scenario=scenario, record=record, strict=strict)
    allowed = tuple(allow_host)
    with contextlib.ExitStack() as stack:
        session, beside = None, (plain_port or 0) if tls else None
        if judging is None:
            app = Guarded(reference.app, Guard(host, allowed))
            served = stack.enter_context(
                Served(reference, app=app, host=host, port=port, tls=tls, plain_port=beside)
            )
        else:
            judging = dataclasses.replace(judging, allow_host=allowed)
            session = stack.enter_context(
                stub_session(
                    contract, reference, judging, host=host, port=port, tls=tls, plain_port=beside
                )
            )
            served = session.served
        text = filled(contract, settings_of(reference, served))
        if save_target is not None:
            _write(Path(save_target), text)
        _tell(name, reference, served, set(given), save_target)
        stopped.wait()
    click.echo("stopped")
    return 0 if session is None or judging is None else tell_verdict(session, judging)


def _judging(
    *, judge: bool, scenario: str | None, record: str | None, strict: bool
) -> Judging | None:
    if judge:
        return Judging(scenario, record, strict)
    chosen = {"--scenario": scenario, "--record": record, "--strict": strict}
    for option, value in chosen.items():
        if value:
            raise UsageError(f"{option}: goes with --judge, which is missing")
    return None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--save-target {path}: cannot be written: {error.strerror}") from None


def _tell(
    name: str, reference: Reference, served: Served, given: set[str], save_target: str | None
) -> None:
    click.echo(f"{name} at {served.url}")
    if served.plain_url is not None:
        click.echo(f"plain HTTP at {served.plain_url}")
    if served.ca_file is not None:
        click.echo(f"its certificates: {served.ca_file}")
    for credential, value in reference.credentials.items():
        if credential in given:
            click.echo(f"{credential}: as ${variable(name, credential)} says")
        else:
            click.echo(f"export {variable(name, credential)}={value}")
    file = save_target or "target.toml"
    if save_target is None:
        click.echo("(--save-target target.toml writes the target file for it)")
    click.echo(
        f"check it: retailspec check --base-url {served.url} --contract {name} --target {file}"
    )
    click.echo("Ctrl-C stops it")
