"""What the proxy says in the upstream's place, and why."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

    from retailspec.clients.framing import FramingError

__all__ = ["reason", "refusal", "reset"]

_PHRASES: Final = {
    400: "Bad Request",
    403: "Forbidden",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def refusal(error: FramingError, *, head_only: bool) -> bytes:
    """Return the answer to a request that is not passed on.

    Args:
        error: Why.
        head_only: Whether the answer must not have a body.
    """
    body = f"retailspec proxy: {error}\n".encode()
    head = (
        f"HTTP/1.1 {error.status} {_PHRASES[error.status]}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if head_only else body)


def reason(error: Exception, seconds: float) -> str:
    """Return in words why a connection could not be made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {error.verify_message} "
            "(--ca-file FILE names what to trust)"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return f"accepts no connection within {seconds:g} s"
    return f"nothing answers: {error}"


def reset(transport: asyncio.Transport) -> None:
    """Close a connection so that its peer cannot take the end for that of a whole answer."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
