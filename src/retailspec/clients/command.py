"""Running a client's command: to its end, its time limit or an interrupt, with all it started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Ended", "find_command", "run_command"]

GRACE: Final = 1.0
"""How long a command that is to stop may take before it is killed, in seconds."""

_TICK: Final = 0.05
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def find_command(words: Sequence[str]) -> None:
    """Make sure that a command can be found.

    Raises:
        UsageError: There is no such command.
    """
    if shutil.which(words[0]) is None:
        raise UsageError(f"{words[0]}: no such command")


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Args:
        status: Its exit status; negative is the signal that ended it.
        why: Why it was stopped; "" where it ended by itself.
    """

    status: int
    why: str = ""

    @property
    def told(self) -> str:
        """What there is to tell of it; "" where it ended by itself and well."""
        if self.why:
            return f"the command was stopped: {self.why}"
        if self.status < 0:
            return f"the command was ended by {_signal(-self.status)}"
        return f"the command ended with exit status {self.status}" if self.status else ""


class _Calls:
    """Takes note of Ctrl-C and of a request to terminate."""

    number: int | None = None

    def note(self, number: int, _frame: object) -> None:
        """Handle a signal."""
        self.number = number


def run_command(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    timeout: float | None = None,
    **streams: Any,
) -> Ended:
    """Run a command until it ends; a time limit or an interrupt ends it and all that it started.

    Args:
        words: The command and its arguments.
        environment: Variables beside those of this process.
        timeout: How long it may take, in seconds, or None.
        streams: Where its input and output go, as `subprocess.Popen` takes them; here by default.

    Raises:
        UsageError: There is no such command, or it cannot be run.
    """
    with _noting() as calls:
        process = _start(words, environment, streams)
        try:
            return _wait(process, calls, timeout)
        finally:
            if process.returncode is None:
                _send(process, None)


def _wait(process: subprocess.Popen[Any], calls: _Calls, timeout: float | None) -> Ended:
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return Ended(process.wait(_TICK))
        if calls.number is not None:
            number, calls.number = calls.number, None
            return Ended(_stop(process, calls, number), f"by {_signal(number)}")
        if until is not None and time.monotonic() > until:
            status = _stop(process, calls, signal.SIGTERM)
            return Ended(status, f"it took longer than {timeout:g} s")


def _start(
    words: Sequence[str], environment: Mapping[str, str], streams: Mapping[str, Any]
) -> subprocess.Popen[Any]:
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own command
            list(words), env={**os.environ, **environment}, start_new_session=True, **streams
        )
    except FileNotFoundError:
        raise UsageError(f"{words[0]}: no such command") from None
    except OSError as error:
        raise UsageError(f"{words[0]}: cannot be run: {error.strerror}") from None
    except ValueError as error:  # a NUL in a word
        raise UsageError(f"{words[0]!r}: cannot be run: {error}") from None


def _stop(process: subprocess.Popen[Any], calls: _Calls, number: int) -> int:
    """Ask a command and all it started to end, then kill them; a second interrupt does at once."""
    _send(process, number)
    until = time.monotonic() + GRACE
    while time.monotonic() < until and calls.number is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TICK)
            break
    _send(process, None)
    return process.wait()


def _send(process: subprocess.Popen[Any], number: int | None) -> None:
    """Send a signal to a command's process group, None kills it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL if number is None else number)
        elif number is None:
            process.kill()
        else:
            process.terminate()


@contextlib.contextmanager
def _noting() -> Iterator[_Calls]:
    """Note interrupts in place of being ended by them, where this is the main thread."""
    calls = _Calls()
    if threading.current_thread() is not threading.main_thread():
        yield calls
        return
    before = {number: signal.signal(number, calls.note) for number in _SIGNALS}
    try:
        yield calls
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
