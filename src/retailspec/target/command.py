"""Commands of a target file: run within limits, and told of without the secrets in them."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from retailspec.errors import SupplyError
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["run_command"]

_MOST = 64_000
_TOLD = 160
_SECRET_NAME = re.compile("TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST_SECRET = 6
_LIKE_A_SECRET = re.compile(r"(?=[^\s'\"=:@/?&]*\d)(?=[^\s'\"=:@/?&]*[A-Za-z])[^\s'\"=:@/?&]{8,}")


def run_command(
    command: Sequence[str] | str,
    who: str,
    timeout: float,
    clean: Callable[[str], str] = str,
) -> str:
    """Run a command of a target file, and return what it printed.

    It ends, with all that it started, when its time is over or it prints more than 64 kB.

    Args:
        command: Its words, or a line for the shell.
        who: What a message calls it.
        timeout: Seconds after which it is given up.
        clean: Takes secrets out of a text.

    Raises:
        SupplyError: It cannot be run, takes too long, prints too much, or ends with another status
            than 0.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command from their own target file
            command,
            shell=isinstance(command, str),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise SupplyError(f"{who} cannot be run: {problem}") from None
    with process:
        try:
            printed, complained = _outputs(process, who, timeout)
        finally:
            if process.returncode is None:
                _end(process)
    if process.returncode != 0:
        said = " ".join(complained.decode("utf-8", "replace").split())
        said = shorten(clean(_without_secrets(said, command)), _TOLD)
        raise SupplyError(f"{who} ended with status {process.returncode}: {said}")
    return printed.decode("utf-8", "replace")


def _outputs(process: subprocess.Popen[bytes], who: str, timeout: float) -> tuple[bytes, bytes]:
    """Return what a command prints and complains of, when it has ended."""
    until = time.monotonic() + timeout
    got: dict[Any, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for pipe in got:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            left = until - time.monotonic()
            for key, _ in selector.select(max(0.0, left)):
                data = os.read(key.fd, 65_536)
                got[key.fileobj] += data[: _MOST + 1 - len(got[key.fileobj])]
                if not data:
                    selector.unregister(key.fileobj)
            if len(got[process.stdout]) > _MOST:
                raise SupplyError(f"{who} printed more than {_MOST // 1000} kB")
            if left <= 0:
                raise SupplyError(f"{who} took longer than {timeout:g} s")
    try:
        process.wait(max(0.05, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise SupplyError(f"{who} took longer than {timeout:g} s") from None
    return bytes(got[process.stdout]), bytes(got[process.stderr])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a command: its group has the number of its first process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _without_secrets(text: str, command: Sequence[str] | str) -> str:
    """Return a command's complaint without what looks like a secret that it was given."""
    line = command if isinstance(command, str) else " ".join(command)
    given = set(_LIKE_A_SECRET.findall(line))
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET:
            given.add(value)
    for secret in sorted(given, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
