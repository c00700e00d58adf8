"""Writing recorded exchanges to a file that is valid at every moment."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from retailspec.clients.recording import line_of
from retailspec.errors import UsageError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

    from retailspec.clients.auth import Credentials
    from retailspec.exchange import Exchange
    from retailspec.secrets import Secrets

__all__ = ["Recorder"]


class Recorder:
    """A file of recorded exchanges, one line each, appended as they come.

    A line that cannot be written whole (the disk is full, say) is taken back; from then on nothing
    is recorded, and `failure` says why. Recording never fails what is recorded.

    Args:
        path: The file; it is written anew.

    Attributes:
        failure: Why recording ended early; "" while it goes on.
        written: How many exchanges were recorded.

    Raises:
        UsageError: The file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure = ""
        self.written = 0
        self._lock = threading.Lock()
        self._end = 0
        try:
            self._file: BinaryIO = path.open("wb", buffering=0)
        except OSError as error:
            raise UsageError(f"--record {path}: cannot be written: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def told(self) -> str:
        """How much was recorded, and where, in words."""
        return f"{self.written} exchange{'' if self.written == 1 else 's'} in {self.path}"

    def close(self) -> None:
        """Close the file."""
        with self._lock, contextlib.suppress(OSError):
            self._file.close()

    def record(
        self, exchange: Exchange, contract: str, credentials: Credentials, secrets: Secrets
    ) -> None:
        """Append an exchange; what cannot be written is told by `failure`, not raised.

        Args:
            exchange: The exchange.
            contract: The contract's name.
            credentials: Which parts of which headers are credentials.
            secrets: The values that must not be written.
        """
        line = line_of(exchange, contract=contract, credentials=credentials, secrets=secrets)
        with self._lock:
            if not (self.failure or self._file.closed):
                self._append(line)

    def _append(self, line: bytes) -> None:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.failure = (
                f"{self.path}: recording ended after {self.written} exchanges: {error.strerror}"
            )
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            return
        self._end += len(line)
        self.written += 1
