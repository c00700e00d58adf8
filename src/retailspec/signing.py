"""The signatures of the contracts: SIRCLO's `secret` header and the mipOS webhook's header.

Every function is pure and works on exact bytes: what is signed is what goes over the wire, never a
parsed and re-serialised form of it.
"""

import base64
import hashlib
import hmac
from urllib.parse import unquote_to_bytes

__all__ = [
    "hex_hmac",
    "same_signature",
    "sirclo_message",
    "sirclo_secret",
    "sirclo_secret_hex",
    "unencoded_uri",
]


def unencoded_uri(path: str | bytes, query: str | bytes = b"") -> str:
    """Return path and query as SIRCLO signs them: percent-encoding undone, `+` left alone.

    Args:
        path: The path as it was sent, percent-encoded or not.
        query: The query as it was sent, without its `?`; empty for none.

    Returns:
        `path` or `path?query`. Bytes that are no UTF-8 survive as surrogate escapes, so that
        `sirclo_message` gives them back unchanged.
    """
    raw = b"?".join(unquote_to_bytes(part) for part in (path, query) if part)
    return raw.decode("utf-8", "surrogateescape")


def sirclo_message(uri: str, body: bytes, *, leading_slash: bool = True) -> bytes:
    """Return the bytes that a SIRCLO secret is computed over (section Composing Secret).

    Args:
        uri: Path and query with plain values, as `unencoded_uri` gives them.
        body: The exact bytes of the request's body, empty for a GET.
        leading_slash: Whether the path is signed with its first slash; the document's two printed
            examples do it differently.
    """
    path = uri.removeprefix("/")
    return ("/" * leading_slash + path).encode("utf-8", "surrogateescape") + body


def sirclo_secret(secret: str, uri: str, body: bytes, *, leading_slash: bool = True) -> str:
    """Return the value of SIRCLO's `secret` header: HMAC-SHA256 in base64.

    Args:
        secret: The partner secret as the text it is printed as; it is not base64-decoded.
        uri: Path and query with plain values, as `unencoded_uri` gives them.
        body: The exact bytes of the request's body, empty for a GET.
        leading_slash: Whether the path is signed with its first slash.
    """
    message = sirclo_message(uri, body, leading_slash=leading_slash)
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode("ascii")


def sirclo_secret_hex(secret: str, uri: str, body: bytes, *, leading_slash: bool = True) -> str:
    """Return the same HMAC in lower-case hex: a plausible mistake that a server has to refuse.

    Args:
        secret: The partner secret as text.
        uri: Path and query with plain values.
        body: The exact bytes of the request's body.
        leading_slash: Whether the path is signed with its first slash.
    """
    return hex_hmac(secret, sirclo_message(uri, body, leading_slash=leading_slash))


def hex_hmac(secret: str, body: bytes) -> str:
    """Return mipOS' `X-Signature-Request`: HMAC-SHA256 of the raw body in lower-case hex.

    Args:
        secret: The client secret as the text it is printed as.
        body: The exact bytes of the delivery's body.
    """
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def same_signature(expected: str, given: str | None) -> bool:
    """Tell whether two signatures are equal, in a time that does not tell where they differ.

    Args:
        expected: The signature as recomputed.
        given: The signature as received; None, for a header that was not sent, is never equal.
    """
    if given is None:
        return False
    wanted, found = (text.encode("utf-8", "surrogatepass") for text in (expected, given))
    return hmac.compare_digest(wanted, found)
