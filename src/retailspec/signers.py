"""How requests are signed, by the scheme that a contract names, and how they are signed wrongly."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from retailspec.errors import ContractError, UsageError
from retailspec.secrets import random_other
from retailspec.signing import hex_hmac, sirclo_message, sirclo_secret, sirclo_secret_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SIGNERS", "SIGNING_OPTIONS", "recipe", "signatures"]


_SLASHES = ("always", "never", "as-printed")


def _leading_slash(method: str, options: Mapping[str, str]) -> bool:
    spelling = options.get("leading_slash", "always")
    if spelling not in _SLASHES:
        raise UsageError(f"options.leading_slash: {spelling!r} is none of {', '.join(_SLASHES)}")
    return spelling == "always" or (spelling == "as-printed" and method == "GET")


_SPOILED: Mapping[str, Callable[[str], str]] = {
    "truncated": lambda made: made[:-4],  # by whole bytes: decoders may not miss the padding
    "swapped": str.swapcase,
    "empty": lambda _: "",
    "first-character": lambda made: made[:1],
}


def _sirclo(
    key: str, method: str, uri: str, body: bytes, wrong: str | None, options: Mapping[str, str]
) -> str:
    slash = _leading_slash(method, options)
    match wrong:
        case None:
            return sirclo_secret(key, uri, body, leading_slash=slash)
        case "random":
            return sirclo_secret(random_other(key), "/nowhere", b"nothing", leading_slash=slash)
        case "other-key":
            return sirclo_secret(
                key[:-1] + ("A" if key[-1:] != "A" else "B"), uri, body, leading_slash=slash
            )
        case "other-body":
            return sirclo_secret(key, uri, body + b" ", leading_slash=slash)
        case "without-body":
            return sirclo_secret(key, uri, b"", leading_slash=slash)
        case "other-uri" | "other-path" | "without-query":
            return sirclo_secret(key, _other_uri(uri, wrong), body, leading_slash=slash)
        case "truncated" | "swapped" | "empty" | "first-character":
            return _SPOILED[wrong](sirclo_secret(key, uri, body, leading_slash=slash))
        case "hex":
            return sirclo_secret_hex(key, uri, body, leading_slash=slash)
    raise ContractError(f"a rule signs as {wrong!r}, which is not known")


def _other_uri(uri: str, kind: str) -> str:
    path, mark, query = uri.partition("?")
    if kind == "without-query":
        return path
    if kind == "other-path":
        return f"{path}/x{mark}{query}"
    return uri + ("&" if mark else "?") + "x=1"


def _hex_body(
    key: str, method: str, uri: str, body: bytes, wrong: str | None, options: Mapping[str, str]
) -> str:
    del method, uri, options
    match wrong:
        case None:
            return hex_hmac(key, body)
        case "random":
            return hex_hmac(random_other(key), random_other(key).encode())
        case "truncated":
            return hex_hmac(key, body)[:-1]
        case "extended":
            return hex_hmac(key, body) + "0"
        case "other-key":
            return hex_hmac(random_other(key), body)
        case "other-body":
            return hex_hmac(key, body + b" ")
    raise ContractError(f"a rule signs as {wrong!r}, which is not known")


SIGNERS: Mapping[str, Callable[[str, str, str, bytes, str | None, Mapping[str, str]], str]] = {
    "sirclo": _sirclo,
    "hex-hmac-of-body": _hex_body,
}
"""Scheme to function: key, method, un-encoded path and query, body, kind of wrongness, options.

The kind is None for a signature that is right."""


_LONGEST_RECIPE = 2_000
_COMMANDS: Mapping[str, str] = {
    "sirclo": 'openssl dgst -sha256 -hmac "$%s" -binary | openssl base64 -A',
    "hex-hmac-of-body": "openssl dgst -sha256 -hmac \"$%s\" -r | cut -d' ' -f1",
}


def recipe(
    scheme: str, variable: str, method: str, uri: str, body: bytes, options: Mapping[str, str]
) -> str | None:
    """Return the shell expression that makes the right signature of a request.

    Args:
        scheme: The scheme.
        variable: The environment variable that holds the key.
        method: The method.
        uri: Path and query, not encoded.
        body: The body that is signed.
        options: The target's signing options.

    Returns:
        A command substitution; None where what is signed is no text, or too long to paste.
    """
    message = body
    if scheme == "sirclo":
        message = sirclo_message(uri, body, leading_slash=_leading_slash(method, options))
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return None
    if scheme not in _COMMANDS or not text.isprintable() or len(text) > _LONGEST_RECIPE:
        return None
    return f"$(printf %s {shlex.quote(text)} | {_COMMANDS[scheme] % variable})"


SIGNING_OPTIONS: Mapping[str, str] = {
    "sirclo": 'leading_slash = "always"   # how paths are signed: always, never or as-printed',
}
"""Scheme to the line of a target file that says how a target signs, with the default in it."""

_SPELLINGS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "sirclo": ({"leading_slash": "always"}, {"leading_slash": "never"}),
}


def signatures(scheme: str, key: str, method: str, uri: str, body: bytes) -> list[str]:
    """Return every signature that is right for a request: a document may leave a spelling open.

    Args:
        scheme: The scheme that the contract names, a key of `SIGNERS`.
        key: The secret that it is signed with.
        method: The request's method.
        uri: Path and query, percent-encoding undone.
        body: The body's bytes.
    """
    sign = SIGNERS[scheme]
    spellings = _SPELLINGS.get(scheme, ({},))
    return [sign(key, method, uri, body, None, options) for options in spellings]
