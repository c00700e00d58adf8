"""A body as bytes: laid out in one way or another, or spoilt."""

from __future__ import annotations

import json
from typing import Any

from retailspec.errors import ContractError
from retailspec.values import change, pick

__all__ = ["mangled"]

_DEPTH = 20_000
_DIGITS = 5_000


def mangled(body: Any, kind: str | None, layout: str | None) -> bytes:
    """Return the bytes of a body.

    Args:
        body: The body's JSON value.
        kind: What is wrong with them: cut short, no UTF-8, deep nesting, a huge number; or None.
        layout: How they are laid out: indented, with no escapes, or None for neither.

    Raises:
        ContractError: There is no such kind.
    """
    match kind:
        case None:
            return _laid_out(body, layout)
        case "truncated":
            return _laid_out(body, layout)[:-1]
        case "utf-8":
            return _laid_out(_with_first_text(body, "\ue000"), layout).replace(
                b"\\ue000", b"\xc3\x28"
            )
        case "deep":
            return b"[" * _DEPTH + b"]" * _DEPTH
        case "huge":
            return _laid_out(_with_first_text(body, "\ue000"), layout).replace(
                b'"\\ue000"', b"9" * _DIGITS
            )
    raise ContractError(f"a rule mangles a body as {kind!r}, which is not known")


def _laid_out(body: Any, layout: str | None) -> bytes:
    if layout == "indented":
        return json.dumps(body, indent=3).encode()
    if layout == "unescaped":
        return json.dumps(body, ensure_ascii=False).encode()
    return json.dumps(body, separators=(",", ":")).encode()


def _with_first_text(body: Any, text: str) -> Any:
    """Return the body with its first text, wherever it stands, replaced."""
    stack = [""]
    while stack:
        pointer = stack.pop(0)
        value = pick(body, pointer) if pointer else body
        if isinstance(value, str) and pointer:
            return change(body, pointer, text)
        if isinstance(value, dict):
            stack.extend(f"{pointer}/{key}" for key in value)
        elif isinstance(value, list):
            stack.extend(f"{pointer}/{index}" for index in range(len(value)))
    return body
