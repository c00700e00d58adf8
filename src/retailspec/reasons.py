"""Why no answer came, for a person."""

from __future__ import annotations

import httpx

__all__ = ["reason", "silent", "unreachable"]


def reason(error: Exception) -> str:
    """Return what went wrong with a call, in one line."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer within the target's timeout"
    text = " ".join(str(error).split())
    return text or type(error).__name__


def silent(url: str, timeout: float) -> str:
    """Return what to say of an address where something listens and does not answer.

    Args:
        url: The address.
        timeout: Seconds that one answer may take.
    """
    return (
        f"what listens at {url} gave no answer, twice within {timeout:g} s; where it is that "
        "slow, give it more time by `timeout` in the target file"
    )


_TLS_ADVICE = {
    "certificate has expired": "the certificate of {url} has expired",
    "Hostname mismatch": "the certificate of {url} is for another host",
    "IP address mismatch": "the certificate of {url} is for another host",
    "CERTIFICATE_VERIFY_FAILED": (
        "the certificate of {url} is not trusted; name the certificates to trust as ca_file in "
        "the target file"
    ),
    "WRONG_VERSION_NUMBER": "what answers at {url} does not speak TLS; is it http://?",
    "SSL": "the TLS handshake with {url} fails",
    "EOF occurred": "the TLS handshake with {url} fails",
}
"""What OpenSSL's words mean for a user, the most telling first."""


def unreachable(url: str, why: str) -> str:
    """Return what to say of an address where no connection can be made, and for what reason."""
    for words, advice in _TLS_ADVICE.items():
        if words in why:
            return f"{advice.format(url=url)} ({why})"
    return f"nothing answers at {url}: {why}"
