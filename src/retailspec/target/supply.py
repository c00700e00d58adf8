"""Supplies: where the things come from that a run uses up, fresh orders above all."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from retailspec.errors import SupplyError
from retailspec.values import ABSENT, pick, shorten

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CallSupply", "CommandSupply", "HttpSupply", "ListSupply", "Pool", "Supply"]

_LONGEST = 256


class Supply(Protocol):
    """Gives one fresh thing after the other.

    Attributes:
        size: How many there are in all, or None where more can be made.
    """

    size: int | None

    def take(self) -> str:
        """Return the next one.

        Raises:
            SupplyError: There is none, or it could not be made.
        """
        ...


class ListSupply:
    """A supply that is a list: each entry is used once."""

    def __init__(self, entries: Sequence[str], where: str) -> None:
        if not entries:
            raise SupplyError(f"{where}: is empty; name at least one fresh entry")
        if not all(entry.strip() for entry in entries):
            raise SupplyError(f"{where}: has an entry that is empty")
        twice = sorted({entry for entry in entries if entries.count(entry) > 1})
        if twice:
            raise SupplyError(f"{where}: {twice[0]} is named twice; each entry is used once")
        self.size: int | None = len(entries)
        self._rest = list(entries)
        self._where = where

    def take(self) -> str:
        """Return the next entry."""
        if not self._rest:
            raise SupplyError(f"{self._where}: all {self.size} entries are used up")
        return self._rest.pop(0)


class CommandSupply:
    """A supply that a command makes: it prints one fresh entry at each call."""

    size: int | None = None

    def __init__(self, command: Sequence[str] | str, where: str, timeout: float = 30.0) -> None:
        self._command = command
        self._where = where
        self._timeout = timeout

    def take(self) -> str:
        """Run the command and return what it printed."""
        who = f"{self._where}: the command"
        return _entry(run_command(self._command, who, self._timeout), who)


class HttpSupply:
    """A supply that an HTTP call makes: a JSON pointer finds the entry in the answer."""

    size: int | None = None

    def __init__(
        self,
        method: str,
        url: str,
        pointer: str,
        where: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = ABSENT,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._method, self._url, self._pointer, self._where = method, url, pointer, where
        self._headers = dict(headers or {})
        self._content = None if body is ABSENT else json.dumps(body).encode()
        if self._content is not None:
            self._headers.setdefault("Content-Type", "application/json")
        self._verify = verify
        self._transport = transport
        self._client: httpx.Client | None = None

    def take(self) -> str:
        """Make the call and return the entry from its answer."""
        answer = self.call()
        try:
            found = pick(answer.json(), self._pointer)
        except (ValueError, RecursionError):
            raise SupplyError(f"{self._where}: {self._url} answered no JSON") from None
        if found is ABSENT or isinstance(found, dict | list | bool) or found is None:
            raise SupplyError(f"{self._where}: the answer has no text at {self._pointer}")
        return _entry(str(found), f"{self._where}: the answer")

    def call(self) -> httpx.Response:
        """Make the call and return its answer.

        Raises:
            SupplyError: There is none, or it is no success.
        """
        try:
            self._client = self._client or self._open()
            answer = self._client.request(
                self._method, self._url, headers=self._headers, content=self._content
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise SupplyError(f"{self._where}: {self._url} gave no answer: {error}") from None
        if not answer.is_success:
            raise SupplyError(f"{self._where}: {self._url} answered {answer.status_code}")
        return answer

    def _open(self) -> httpx.Client:
        return httpx.Client(
            verify=self._verify,
            timeout=30.0,
            headers={"Connection": "close"},  # a server may serve one connection at a time
            trust_env=not is_loopback(self._url),
            transport=self._transport,
        )

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()


class CallSupply:
    """A supply that a Python function makes: the pytest hook `retailspec_fresh_order`."""

    size: int | None = None

    def __init__(self, make: Callable[[], str | None], where: str) -> None:
        self._make = make
        self._where = where

    def take(self) -> str:
        """Call the function and return what it gave."""
        try:
            made = self._make()
        except Exception as error:
            told = shorten(" ".join(f"{type(error).__name__}: {error}".split()), 160)
            raise SupplyError(f"{self._where} failed: {told}") from error
        return _entry(str(made or ""), self._where)


def run_command(command: Sequence[str] | str, who: str, timeout: float) -> str:
    """Run a command of a target file, and return what it printed.

    Args:
        command: Its words, or a line for the shell.
        who: What a message calls it.
        timeout: Seconds after which it is given up.

    Raises:
        SupplyError: It cannot be run, takes too long, or ends with another status than 0.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command from their own target file
            command,
            shell=isinstance(command, str),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SupplyError(f"{who} took longer than {timeout:g} s") from None
    except (OSError, ValueError, IndexError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise SupplyError(f"{who} cannot be run: {problem}") from None
    if done.returncode != 0:
        said = shorten(" ".join(done.stderr.decode("utf-8", "replace").split()), 160)
        raise SupplyError(f"{who} ended with status {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace")


def is_loopback(url: str) -> bool:
    """Return whether an address is this machine's own, which no proxy stands before."""
    host = httpx.URL(url).host
    return host in {"localhost", "::1"} or host.startswith("127.")


def _entry(text: str, where: str) -> str:
    lines = text.split("\n") if text else []
    entry = lines[0].strip() if lines else ""
    if not entry:
        raise SupplyError(f"{where} gave nothing")
    if any(line.strip() for line in lines[1:]):
        raise SupplyError(
            f"{where} gave more than one line; one fresh entry is asked for at a time"
        )
    if len(entry) > _LONGEST or not entry.isprintable():
        raise SupplyError(f"{where} gave what cannot be an entry: {shorten(ascii(entry), 60)}")
    return entry


class Pool:
    """A supply with a shelf for what was lent out and came back untouched.

    Args:
        supply: Where fresh entries come from.
    """

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self.spent: list[str] = []
        self._shelf: list[str] = []
        self._seen: set[str] = set()
        self.lent: set[str] = set()

    @property
    def used_up(self) -> list[str]:
        """The entries that were taken and are not on the shelf."""
        return [entry for entry in self.spent if entry not in self._shelf]

    def borrow(self) -> str:
        """Return an entry that should come back: one from the shelf, or a fresh one."""
        entry = self._shelf.pop() if self._shelf else self.take()
        self.lent.add(entry)
        return entry

    def give_back(self, entry: str) -> None:
        """Put an entry that was not changed on the shelf."""
        self._shelf.append(entry)

    def take(self, *, lent: bool = False) -> str:
        """Return an entry to use up.

        Args:
            lent: Whether one that was lent before will do.

        Raises:
            SupplyError: There is none, or the supply gave the same one twice.
        """
        if lent and self._shelf:
            return self._shelf.pop()
        entry = self.supply.take()
        if entry in self._seen:
            raise SupplyError(f"the supply gave {entry} twice; each entry is used once")
        self._seen.add(entry)
        self.spent.append(entry)
        return entry
