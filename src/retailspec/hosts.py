"""Which hosts are this machine itself."""

from __future__ import annotations

import ipaddress

__all__ = ["is_own"]


def is_own(host: str) -> bool:
    """Tell whether a host, by name or address without brackets, is this machine's loopback.

    An IPv4 address that is written as an IPv6 one counts too. No name is looked up.
    """
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
