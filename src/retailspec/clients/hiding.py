"""Credentials in places where no contract has them: told by the names that they stand under."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REDACTED", "hide_in", "is_redacted", "is_secret_header", "scheme_end", "secrets_in"]

REDACTED = re.compile(r"\$\{\w+\}|\$\w+|[*xX]{3,}|\[?redacted\]?|<redacted>", re.IGNORECASE)
"""What stands for a credential in a recording that leaves it out."""

_HINTS = ("token", "secret", "passw", "pwd", "key", "authorization", "credential", "session", "@")
_NAME = (
    r"[\w.\-\[\]]*(?:tokens?|secret|password|passwd|pwd|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|authorization|credentials?|session(?:[-_]?id)?)\]?"
)
_IN_TEXT = re.compile(
    rf'"{_NAME}"\s*:\s*"(?P<json>(?:[^"\\]|\\.)+)"'
    rf"|(?:^|[?&;])(?:{_NAME})=(?P<form>[^&;#\s]+)"
    r"|://(?P<user>[^/?#@\s]+)@",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"token|secret|passw|cookie|authorization|api-?key|session|credential", re.IGNORECASE
)
_SCHEMES = frozenset(
    {"apikey", "basic", "bearer", "digest", "hawk", "hmac", "mac", "negotiate", "oauth", "token"}
)


def is_redacted(value: str) -> bool:
    """Tell whether a value only stands for a credential that was left out."""
    return REDACTED.fullmatch(value) is not None


def is_secret_header(name: str) -> bool:
    """Tell whether a header's name says that it carries a credential."""
    return _HEADER.search(name) is not None


def scheme_end(value: str) -> int:
    """Return where the credential begins in an Authorization header: after a scheme that is one."""
    first, blank, _ = value.partition(" ")
    return len(first) + 1 if blank and first.lower() in _SCHEMES else 0


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each value in a URL or a body whose name says that it is secret."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return
    for found in _IN_TEXT.finditer(text):
        start, end = found.span(found.lastgroup or 0)
        if not is_redacted(text[start:end]):
            yield start, end


def hide_in(text: str) -> str:
    """Return a URL or a body without what its names say is secret."""
    for start, end in reversed(list(secrets_in(text))):
        text = f"{text[:start]}${{redacted}}{text[end:]}"
    return text
