"""`retailspec proxy`: traffic passes unchanged between a client and a server, and is judged."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from retailspec.clients.proxy_guard import Guard, Upstream
from retailspec.clients.proxy_judge import Case
from retailspec.clients.proxy_link import JudgeLink
from retailspec.clients.proxy_relay import Relay
from retailspec.clients.recorder import Recorder
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.hosts import is_own
from retailspec.target.config import TargetConfig, credentials_of, read_target, trust
from retailspec.target.forms import http_url
from retailspec.target.target import production_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retailspec.contract.model import Contract

__all__ = ["run_proxy"]

GRACE: Final = 1.0
"""How long answers that are under way may take to arrive when the proxy is stopped, in seconds."""


def run_proxy(
    name: str,
    upstream: str,
    *,
    host: str,
    port: int,
    record: str | None,
    target: str | None,
    ca_file: str | None,
    allow_host: Sequence[str],
    keep_host: bool,
    allow_production: bool,
    strict: bool,
) -> int:
    """Pass traffic on and judge it until an interrupt; print the verdict, return the exit status.

    Args:
        name: The contract.
        upstream: The address that requests are passed on to.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        record: The file to record exchanges in, or None.
        target: The target file with the credentials and paths, or None.
        ca_file: Certificates to trust instead of the usual ones, or None.
        allow_host: Further names by which the proxy may be called.
        keep_host: Whether the Host header is passed on as the client sent it.
        allow_production: Whether the upstream may be a production system.
        strict: Whether a broken should fails too.

    Raises:
        UsageError: An option or a file cannot be used.
    """
    contract = load_contract(name)
    try:
        http_url(upstream)
    except ValueError as error:
        shown = "" if "@" in upstream else f" {upstream}"
        raise UsageError(f"--upstream{shown}: {error}") from None
    config, credentials = _target(contract, target)
    _refuse_production(contract, config, upstream, allowed=allow_production)
    where = Upstream(upstream, keep_host)
    names = frozenset({host.lower(), where.host, *allow_host})
    if not is_own(host):
        names |= {socket.gethostname().lower()}
        _warn(f"warning: --host {host}: other machines can send requests through this proxy")
    case = Case(name, config, credentials, record, upstream, strict)
    proxy = _Proxy(where, Guard(names), _trust(where, config, ca_file), case)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(proxy.run(host, port))


class _Proxy:
    """The proxy, from its listening to its verdict."""

    def __init__(
        self, where: Upstream, guard: Guard, verify: ssl.SSLContext | None, case: Case
    ) -> None:
        self._where = where
        self._guard = guard
        self._verify = verify
        self._case = case

    async def run(self, host: str, port: int) -> int:
        """Serve until an interrupt and return the verdict's exit status."""
        stopped = asyncio.Event()
        _on_interrupt(stopped.set)
        link = JudgeLink(self._case, _warn)
        server = await self._listen(host, port, link)
        try:
            self._check(server)
            async with link:
                await server.start_serving()
                self._introduce(host, server)
                await stopped.wait()
                server.close()
                _on_interrupt(link.abandon)
                await self._relay.finish(GRACE)
        finally:
            server.close()
            await server.wait_closed()
        return link.status

    async def _listen(self, host: str, port: int, link: JudgeLink) -> asyncio.Server:
        if not 0 <= port <= 65535:
            raise UsageError(f"port {port} is none; ports go from 0 (any free one) to 65535")
        self._relay = Relay(self._where, self._guard, self._verify, link)
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_server(
                self._relay.protocol, host, port, backlog=1024, start_serving=False
            )
        except OSError as error:
            problem = error.strerror or error
            raise UsageError(f"cannot listen at {host} port {port}: {problem}") from None

    def _check(self, server: asyncio.Server) -> None:
        """Make sure that requests do not come back, and that the recording can be written."""
        own = server.sockets[0].getsockname()[1]
        if self._where.port == own and is_own(self._where.host):
            raise UsageError(f"--upstream {self._where.url}: is the proxy's own address")
        if self._case.record is not None:
            Recorder(Path(self._case.record)).close()

    def _introduce(self, host: str, server: asyncio.Server) -> None:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{server.sockets[0].getsockname()[1]}"
        click.echo(f"proxy at {url}")
        click.echo(f"passes everything on to {self._where.url}, judged by {self._case.contract}")
        click.echo("Ctrl-C stops it and gives the verdict")


def _target(contract: Contract, file: str | None) -> tuple[TargetConfig, dict[str, str]]:
    if file is None:
        return TargetConfig(), {}
    tables = read_target(Path(file), {contract.name: contract})
    if contract.name not in tables:
        raise UsageError(f"{file}: has no table [{contract.name}], which --contract asks for")
    config = tables[contract.name]
    return config, credentials_of(config, contract, f"{file}: [{contract.name}]")[0]


def _refuse_production(
    contract: Contract, config: TargetConfig, upstream: str, *, allowed: bool
) -> None:
    reason = production_reason(contract, config, upstream)
    if reason and not allowed:
        because = contract.irreversible or "the calls are real, and nothing takes them back"
        raise UsageError(f"{upstream}: refused without --allow-production: {reason}, and {because}")


def _trust(where: Upstream, config: TargetConfig, ca_file: str | None) -> ssl.SSLContext | None:
    if not where.tls:
        return None
    if ca_file is None:
        context = trust(config.ca_file, "proxy:")
    else:
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            problem = error.strerror or "it holds no certificate"
            raise UsageError(f"--ca-file {ca_file}: cannot be used: {problem}") from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes uvloop's event loop, or None where there is no uvloop."""
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


def _on_interrupt(call: Callable[[], Any]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, call)
        except NotImplementedError:  # an event loop without signals
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))


def _warn(line: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(f"retailspec: {line}", err=True)
