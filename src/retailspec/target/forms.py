"""Texts of a target file that have a form of their own: addresses, paths, headers."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

__all__ = ["CallUrl", "Headers", "HttpUrl", "UrlPath", "http_url"]

_SECRET_HEADER = re.compile(
    r"authorization$|^cookie$|(^|[-_])(key|token|secret|password|passwd|signature|credentials?)$",
    re.IGNORECASE,
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


def http_url(value: str) -> str:
    """Return an address as it is.

    Raises:
        ValueError: It is no HTTP address, or has parts that it should not have.
    """
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no http:// or https:// address")
    if parts.port == 0 or not value.isprintable() or " " in value:
        raise ValueError("has a port, or white space, that no address has")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password; credentials go into [NAME.credentials]")
    if parts.query or parts.fragment:
        raise ValueError("has a query or a fragment; only scheme, host, port and path are meant")
    return value


def _call_url(value: str) -> str:
    """Return the address of a call as it is; it may have a query, but no user and password.

    Raises:
        ValueError: It is no HTTP address.
    """
    parts = urlsplit(value)
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password; they go into headers, as env:NAME")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("is no http:// or https:// address")
    if not value.isprintable() or " " in value:
        raise ValueError("has white space, or characters, that no address has")
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError("has a name that no header can have")
        if _SECRET_HEADER.search(name) and not text.startswith("env:"):
            raise ValueError(
                f'holds a secret in {name}; write "env:NAME" and put the value into the '
                "environment variable NAME; a literal secret does not belong into a file"
            )
        if not text.isprintable() or not text.isascii():
            raise ValueError(f"holds characters in {name} that no header can have")
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or "?" in value or "#" in value:
        raise ValueError("is no path; it begins with / and has no query")
    return value


HttpUrl = Annotated[str, AfterValidator(http_url)]
CallUrl = Annotated[str, AfterValidator(_call_url)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
UrlPath = Annotated[str, AfterValidator(_path)]
