"""A judging stub on real sockets: what `serve --judge`, `watch` and `pytest --client` share."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retailspec.clients.recorder import Recorder
from retailspec.clients.scenarios import Scenario
from retailspec.clients.stub import Stub
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Contract
    from retailspec.reference.base import Reference

__all__ = ["Judging", "StubSession", "stub_session"]


@dataclass(frozen=True)
class Judging:
    """How a client is judged.

    Args:
        scenario: What the stub answers; None is as the reference server does.
        record: The file that exchanges are recorded in, or None.
        strict: Whether a broken should fails too.
        allow_host: Further names by which the stub may be called.
    """

    scenario: str | None = None
    record: str | None = None
    strict: bool = False
    allow_host: tuple[str, ...] = ()


@dataclass(frozen=True)
class StubSession:
    """A running stub.

    Args:
        stub: The stub; `stub.finish()` gives the tally once the session is over.
        served: Its sockets.
        recorder: What records exchanges, or None.
    """

    stub: Stub
    served: Served
    recorder: Recorder | None


@contextlib.contextmanager
def stub_session(
    contract: Contract,
    reference: Reference,
    judging: Judging,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = True,
    plain_port: int | None = 0,
) -> Iterator[StubSession]:
    """Serve a judging stub; once the context is left, everything it got is judged and recorded.

    Args:
        contract: The contract.
        reference: Its reference server.
        judging: How to judge.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        tls: Whether to serve HTTPS, and plain HTTP beside it.
        plain_port: The port of that listener; 0 takes a free one, None opens none.

    Raises:
        UsageError: There is no such scenario, or file or address cannot be used.
    """
    scenario = Scenario.named(contract, judging.scenario)
    with contextlib.ExitStack() as stack:
        recorder = None
        if judging.record is not None:
            recorder = stack.enter_context(Recorder(Path(judging.record)))
        stub = Stub(
            reference,
            contract,
            secure=tls,
            host=host,
            scenario=scenario,
            recorder=recorder,
            allow_host=judging.allow_host,
        )
        stack.callback(stub.finish)
        served = stack.enter_context(
            Served(
                reference,
                app=stub,
                host=host,
                port=port,
                tls=tls,
                plain_port=plain_port if tls else None,
            )
        )
        yield StubSession(stub, served, recorder)
