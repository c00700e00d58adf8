"""How a call is signed, rightly or wrongly, as data that any HMAC library can follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retailspec.errors import ContractError

__all__ = ["recipe"]

_RIGHT: Mapping[str, Mapping[str, Any]] = {
    "sirclo": {
        "over_uri": True,
        "encoding": "base64",
        "other-key": "last",
        "cut": 4,
        "length": 44,
    },
    "hex-hmac-of-body": {
        "over_uri": False,
        "encoding": "hex",
        "other-key": "random",
        "cut": 1,
        "length": 64,
    },
}
"""Per scheme: what is signed and written how, and what its wrong kinds are in `signers`."""


def recipe(
    scheme: str, wrong: str | None, uri: str, body: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return how a call is signed, see `sign` in vectors.schema.json, without header and key.

    Args:
        scheme: The signing scheme.
        wrong: The kind of wrongness, or None for a right signature.
        uri: A template of the un-encoded path and query.
        body: The body as a vector has it, or None.

    Raises:
        ContractError: The scheme, or a kind of wrongness, has no recipe.
    """
    if scheme not in _RIGHT:
        raise ContractError(f"no vector can say a signature of the scheme {scheme}")
    if wrong is not None and wrong not in _WRONG:
        raise ContractError(f"no vector can say a signature that is {wrong}")
    right = _RIGHT[scheme]
    changed = _WRONG[wrong](right, uri, body) if wrong is not None else {}
    made = {"encoding": right["encoding"], "uri": uri} | changed
    if not right["over_uri"]:
        del made["uri"]
    return made


def _with_space(body: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**body, "append": " "} if body else {"text": " "}


def _with_parameter(uri: str) -> str:
    return uri + ("&" if "?" in uri else "?") + "x=1"


def _with_part(uri: str) -> str:
    path, mark, query = uri.partition("?")
    return f"{path}/x{mark}{query}"


_Change = Callable[[Mapping[str, Any], str, Mapping[str, Any] | None], dict[str, Any]]
_WRONG: Mapping[str, _Change] = {
    "random": lambda *_: {"spoil": "random", "uri": "/nowhere", "over": {"text": "nothing"}},
    "other-key": lambda right, *_: {"spoil": right["other-key"]},
    "other-body": lambda _right, _uri, body: {"over": _with_space(body)},
    "without-body": lambda *_: {"over": {"text": ""}},
    "other-uri": lambda _right, uri, _body: {"uri": _with_parameter(uri)},
    "other-path": lambda _right, uri, _body: {"uri": _with_part(uri)},
    "without-query": lambda _right, uri, _body: {"uri": uri.partition("?")[0]},
    "truncated": lambda right, *_: {"cut": right["cut"]},
    "extended": lambda *_: {"append": "0"},
    "swapped": lambda *_: {"swap": True},
    "empty": lambda right, *_: {"cut": right["length"]},
    "first-character": lambda right, *_: {"cut": right["length"] - 1},
    "hex": lambda *_: {"encoding": "hex"},
}
"""Per kind of wrongness in `signers`, what differs from a right signature."""
