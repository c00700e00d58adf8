"""Which requests a judging stub takes: those of programs, not those of foreign web pages.

A page of another site can make a browser call this machine (its requests then have an `Origin`), or
have its own name resolved to this machine's address (they then have its name for a `Host`).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retailspec.report.curl import plain
from retailspec.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Guard"]

_MOST = 1000


class Guard:
    """Tells requests that foreign web pages make.

    Args:
        host: The name or address that the stub listens at.
        names: Further names by which it may be called, and whose pages may call it.
    """

    def __init__(self, host: str, names: Iterable[str] = ()) -> None:
        self._anywhere = _is_unspecified(host)
        self._own = {"localhost", host.lower().strip("[]"), *map(str.lower, names)}
        self._known: dict[tuple[bytes, bytes], str] = {}

    def objection(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return why a request is not taken, "" where it is.

        Args:
            headers: The request's headers, names in lower case.
        """
        for header in headers:
            if header[0] in {b"host", b"origin"}:
                said = self._known.get(header)
                if said is None:
                    said = self._judged(header)
                if said:
                    return said
        return ""

    def _judged(self, header: tuple[bytes, bytes]) -> str:
        name, value = header[0], header[1].decode("latin-1")
        own = self._is_own(value if name == b"origin" else f"//{value}", origin=name == b"origin")
        said = "" if own else f"{name.decode().capitalize()}: {plain(shorten(value))}"
        if len(self._known) < _MOST:
            self._known[header] = said
        return said

    def _is_own(self, url: str, *, origin: bool) -> bool:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        if host in self._own:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback) or (self._anywhere and not origin)


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
