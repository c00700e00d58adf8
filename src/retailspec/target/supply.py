"""Supplies: where the things come from that a run uses up, fresh orders above all."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from retailspec.errors import SupplyError
from retailspec.exchange import NotJson
from retailspec.target.command import run_command
from retailspec.values import ABSENT, pick, shorten
from retailspec.wire import Pace, Wire, is_loopback

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

    from retailspec.exchange import Response
    from retailspec.wire import Carry

__all__ = ["CallSupply", "CommandSupply", "HttpSupply", "ListSupply", "Pool", "Supply"]

USUAL_TIMEOUT = 30.0
"""Seconds that making one entry may take, where the target file does not say."""

_LONGEST = 256
_HOPELESS = 3


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
        counts = Counter(entries)
        twice = sorted(entry for entry, count in counts.items() if count > 1)
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
    """A supply that a command makes: it prints one fresh entry at each call.

    Args:
        command: Its words, or a line for the shell.
        where: How messages name its place.
        timeout: Seconds that it may take.
        clean: Takes secrets out of a message.
    """

    size: int | None = None

    def __init__(
        self,
        command: Sequence[str] | str,
        where: str,
        timeout: float = USUAL_TIMEOUT,
        clean: Callable[[str], str] = str,
    ) -> None:
        self._command = command
        self._where = where
        self._timeout = timeout
        self._clean = clean

    def take(self) -> str:
        """Run the command and return what it printed."""
        who = f"{self._where}: the command"
        return _entry(run_command(self._command, who, self._timeout, self._clean), who, self._clean)


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
        carry: Carry | None = None,
        timeout: float = USUAL_TIMEOUT,
        pace: Pace | None = None,
        clean: Callable[[str], str] = str,
    ) -> None:
        self._method, self._url, self._pointer, self._where = method, url, pointer, where
        self._headers = dict(headers or {})
        self._content = b"" if body is ABSENT else json.dumps(body).encode()
        if self._content:
            self._headers.setdefault("Content-Type", "application/json")
        self._headers["Connection"] = "close"  # a server may serve one connection at a time
        self._pace = pace or Pace(None)
        self._clean = clean
        self._shown = clean(url.partition("?")[0])
        direct = is_loopback(url)
        self._wire = Wire(verify=verify, timeout=timeout, direct=direct, carry=carry)

    def take(self) -> str:
        """Make the call and return the entry from its answer."""
        answer = self.call()
        if isinstance(answer.json, NotJson):
            raise SupplyError(f"{self._where}: {self._shown} answered no JSON")
        found = pick(answer.json, self._pointer)
        if found is ABSENT or isinstance(found, dict | list | bool) or found is None:
            raise SupplyError(f"{self._where}: the answer has no text at {self._pointer}")
        return _entry(str(found), f"{self._where}: the answer", self._clean)

    def call(self) -> Response:
        """Make the call and return its answer.

        Raises:
            SupplyError: There is none, or it is no success.
        """
        self._pace.wait()
        try:
            answer = self._wire.fetch(self._method, self._url, self._headers.items(), self._content)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            told = self._clean(shorten(" ".join(str(error).split()) or type(error).__name__))
            raise SupplyError(f"{self._where}: {self._shown} gave no answer: {told}") from None
        if not 200 <= answer.status < 300:
            raise SupplyError(f"{self._where}: {self._shown} answered {answer.status}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()


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


def _entry(text: str, where: str, clean: Callable[[str], str] = str) -> str:
    lines = text.split("\n") if text else []
    entry = lines[0].strip() if lines else ""
    if not entry:
        raise SupplyError(f"{where} gave nothing")
    if any(line.strip() for line in lines[1:]):
        raise SupplyError(
            f"{where} gave more than one line; one fresh entry is asked for at a time"
        )
    if len(entry) > _LONGEST or not entry.isprintable():
        raise SupplyError(
            f"{where} gave what cannot be an entry: {shorten(ascii(clean(entry)), 60)}"
        )
    return entry


class Pool:
    """A supply with a shelf for what was lent out and came back untouched.

    Args:
        supply: Where fresh entries come from.

    Attributes:
        spent: Every entry that was taken from the supply.
        lent: Those that were lent out at least once.
        shut: Says why nothing fresh is to be taken any more; empty while there is no reason.
    """

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self.spent: list[str] = []
        self._shelf: list[str] = []
        self._seen: set[str] = set()
        self._failed = 0
        self._problem = ""
        self.lent: set[str] = set()
        self.shut: Callable[[], str] = str

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
            SupplyError: There is none, the supply gave the same one twice, or it is shut.
        """
        if lent and self._shelf:
            return self._shelf.pop()
        if why := self.shut():
            raise SupplyError(why)
        if self._failed >= _HOPELESS:
            raise SupplyError(f"the supply failed {self._failed} times in a row: {self._problem}")
        try:
            entry = self._fresh()
        except SupplyError as error:
            self._failed += self.supply.size is None
            self._problem = str(error)
            raise
        self._failed = 0
        self.spent.append(entry)
        return entry

    def _fresh(self) -> str:
        entry = self.supply.take()
        if entry in self._seen:
            raise SupplyError(f"the supply gave {entry} twice; each entry is used once")
        self._seen.add(entry)
        return entry
