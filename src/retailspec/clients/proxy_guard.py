"""Which requests the proxy takes, and what their heads look like towards the upstream."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retailspec.clients.framing import FramingError

if TYPE_CHECKING:
    from retailspec.clients.framing import RequestHead

__all__ = ["Guard", "Upstream"]


@dataclass(frozen=True)
class Upstream:
    """Where requests are passed on to.

    Args:
        url: Its address: scheme, host, perhaps port and path.
        keep_host: Whether the Host header that the client sent is passed on.
    """

    url: str
    keep_host: bool = False
    tls: bool = field(init=False)
    host: str = field(init=False)
    port: int = field(init=False)
    origin: str = field(init=False)
    authority: bytes = field(init=False)
    prefix: bytes = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        tls = parts.scheme == "https"
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        authority = shown if parts.port in {None, 443 if tls else 80} else f"{shown}:{parts.port}"
        for name, value in {
            "tls": tls,
            "host": host,
            "port": parts.port or (443 if tls else 80),
            "origin": f"{parts.scheme}://{authority}",
            "authority": authority.encode("idna" if not shown.isascii() else "ascii"),
            "prefix": parts.path.rstrip("/").encode(),
        }.items():
            object.__setattr__(self, name, value)

    def head(self, head: bytes, read: RequestHead) -> bytes:
        """Return a request's head as the upstream gets it: another host, a path below its own."""
        if not self.keep_host and b"host" in read.fields:
            _, start, end = read.fields[b"host"][0]
            head = head[:start] + self.authority + head[end:]
        if self.prefix and read.target != b"*":
            head = head[: read.target_at] + self.prefix + head[read.target_at :]
        return head


class Guard:
    """Refuses requests that are not meant for this proxy: those that a web page made, above all.

    A page that somebody else serves can make a browser call an address of this machine, and have
    its own name point there. Such calls show in Host, Origin and Sec-Fetch-Site.

    Args:
        names: Further host names by which the proxy may be called.
    """

    def __init__(self, names: frozenset[str] = frozenset()) -> None:
        self._names = frozenset(name.lower() for name in names)

    def check(self, read: RequestHead) -> None:
        """Let a request pass, or refuse it.

        Raises:
            FramingError: It is refused; says why.
        """
        if read.method == b"CONNECT" or not (
            read.target.startswith(b"/") or (read.target == b"*" and read.method == b"OPTIONS")
        ):
            raise FramingError("call this proxy like the server itself, by path alone")
        for host in read.values(b"host"):
            if not self._known(f"//{host.decode('latin-1')}"):
                raise FramingError(
                    "its Host is none of this proxy's names (--allow-host NAME adds one)", 403
                )
        origins = read.values(b"origin")
        if not all(self._known(origin.decode("latin-1")) for origin in origins):
            raise FramingError(
                "its Origin is another site (--allow-host NAME lets one call this proxy)", 403
            )
        if not origins and b"cross-site" in read.values(b"sec-fetch-site"):
            raise FramingError("a page of another site made this request", 403)

    def _known(self, url: str) -> bool:
        """Tell whether a URL's host is this machine, by number or by a name nobody else can own."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        host = host.rstrip(".")
        if host in self._names or host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return url.startswith("//") or address.is_loopback
