"""Which contract a recorded exchange belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retailspec.clients.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retailspec.contract.model import Contract

__all__ = ["Chooser"]

_MOST = 20_000


class Chooser:
    """Chooses by host, by path, and by what a recording itself says.

    Args:
        contracts: The contracts to choose from, by name.
        hosts: Per contract, the hosts (`name` or `name:port`, in lower case) that alone are meant;
            one that is not named may be anywhere.
        named: Whether the user named the contracts: then one whose path is a single `/`, which
            any path may be, is chosen where no other one is.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        hosts: Mapping[str, Iterable[str]],
        *,
        named: bool,
    ) -> None:
        self._routes = {name: Routes(contract) for name, contract in contracts.items()}
        self._hosts = {name: frozenset(some) for name, some in hosts.items()}
        self._anywhere = [name for name, routes in self._routes.items() if "/" in routes.paths]
        self._named = named
        self._kept: dict[tuple[str, str, str | None], tuple[str | None, str]] = {}

    def choose(self, url: str, recorded: str | None = None) -> tuple[str | None, str]:
        """Return the name of the contract, or None and the reason.

        Args:
            url: The request's URL.
            recorded: The contract that the recording names.
        """
        try:
            parts = urlsplit(url)
            key = parts.netloc.rpartition("@")[2].lower(), parts.path, recorded
        except ValueError:
            return None, "its URL cannot be read"
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            found = self._kept[key] = self._choose(*key)
        return found

    def _choose(self, host: str, path: str, recorded: str | None) -> tuple[str | None, str]:
        if recorded is not None and (self._named or recorded in self._routes):
            some = [recorded] if recorded in self._routes else []
        else:
            some = self._by_path(path)
        here = [name for name in some if host in self._hosts.get(name, (host,))]
        if len(here) == 1:
            return here[0], ""
        if here:
            return None, f"its path is one of {' and '.join(here)}: --contract NAME chooses"
        if some:
            return None, f"another host than the target's: {host}"
        return None, f"no path of {'the contract' if self._named else 'any contract'}: {host}"

    def _by_path(self, path: str) -> list[str]:
        exact = [
            name
            for name, routes in self._routes.items()
            if name not in self._anywhere and routes.find(path).operations
        ]
        if exact:
            return exact
        if self._named and self._anywhere:
            return self._anywhere
        near = [name for name, routes in self._routes.items() if routes.nearest(path, surely=True)]
        return near if len(near) == 1 else []
