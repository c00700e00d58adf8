"""Credentials: where they come from, and how they are kept out of everything that is printed."""

from __future__ import annotations

import base64
import html
import json
import secrets as random_source
import string
from typing import TYPE_CHECKING
from urllib.parse import quote

from retailspec.errors import UsageError
from retailspec.values import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["WRONG_KINDS", "Secrets", "random_other", "read_secret", "variable"]

_SHORTEST = 4
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def read_secret(reference: str, where: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of the environment variable that `env:NAME` names, and its value.

    Raises:
        UsageError: It is no such reference (a literal secret is refused), or the variable is unset.
    """
    name = reference.removeprefix("env:")
    if name == reference or not name.isidentifier():
        raise UsageError(
            f'{where}: write "env:NAME" and put the value into the environment variable NAME; '
            "a literal secret does not belong into a file"
        )
    value = environ.get(name, "")
    if not value:
        raise UsageError(f"{where}: the environment variable {name} is not set")
    if not value.isprintable() or value != value.strip():
        raise UsageError(
            f"{where}: the value of {name} has control characters or white space around it"
        )
    return name, value


def random_other(value: str) -> str:
    """Return a random text of about the same length that is another one."""
    alphabet = string.ascii_letters + string.digits
    while (
        made := "".join(random_source.choice(alphabet) for _ in range(max(len(value), 8)))
    ) == value:
        pass
    return made


WRONG_KINDS: Mapping[str, Callable[[str], str]] = {
    "random": random_other,
    "truncated": lambda value: value[:-1],
    "extended": lambda value: value + "x",
    "swapped": lambda value: value.swapcase(),
}
"""Ways to spoil a credential; each gives another text, or the same one where that is impossible."""

_SHELL = {"truncated": "${%s%%?}", "extended": "${%s}x", "swapped": "${%s~~}"}


def variable(contract: str, credential: str) -> str:
    """Return the environment variable that stands for a credential of a reference server."""
    return f"{contract}_{credential}".upper().replace("-", "_")


class Secrets:
    """The credentials of one target, with the shell expression that stands for each in print.

    Args:
        values: Credential name to value.
        variables: Credential name to the environment variable that holds it.
    """

    def __init__(self, values: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.variables = dict(variables)
        self._printed: dict[str, str] = {}
        self._longest_first: list[str] = []
        for name, value in self.values.items():
            self.hide(value, f"${self.variables[name]}")
            for kind, expression in _SHELL.items():
                self.hide(WRONG_KINDS[kind](value), expression % self.variables[name])

    def hide(self, value: str, printed: str) -> None:
        """Let `printed` stand for `value`, and for its usual encodings, from now on."""
        if len(value) < _SHORTEST:
            return
        for form in _forms(value):
            self._printed.setdefault(form, printed)
        self._longest_first = sorted(self._printed, key=len, reverse=True)

    def spoiled(self, name: str, kind: str) -> str | None:
        """Return a wrong value for a credential, or None where that kind cannot differ from it."""
        value = self.values[name]
        made = WRONG_KINDS[kind](value)
        return None if made in {value, ""} else made

    def redact(self, text: str) -> str:
        """Return `text` with every credential replaced by its shell expression."""
        return "".join(piece for piece, _ in self.split(text))

    def split(self, text: str) -> list[tuple[str, bool]]:
        """Return `text` in pieces, those that are credentials as shell expressions.

        A credential is found in any case, and where an ellipsis has cut it short.

        Returns:
            Per piece what to print, and whether it is such an expression.
        """
        pieces = [(text, False)]
        plain = text.translate(_LOWER)
        for form in self._longest_first:
            if form.translate(_LOWER) in plain:
                pieces = [
                    made
                    for piece, done in pieces
                    for made in ([(piece, done)] if done else self._without(form, piece))
                ]
        if ELLIPSIS in text:
            pieces = [
                made
                for piece, done in pieces
                for made in ([(piece, done)] if done else self._uncut(piece))
            ]
        return pieces

    def _without(self, form: str, text: str) -> Iterator[tuple[str, bool]]:
        plain, wanted = text.translate(_LOWER), form.translate(_LOWER)
        start = 0
        while (at := plain.find(wanted, start)) >= 0:
            end = at + len(wanted)
            if at > start:
                yield text[start:at], False
            yield self._printed.get(text[at:end], self._printed[form]), True
            start = end
        if start < len(text) or not text:
            yield text[start:], False

    def _uncut(self, text: str) -> Iterator[tuple[str, bool]]:
        *cut, rest = text.split(ELLIPSIS)
        for part in cut:
            form, size = self._tail(part)
            if not size:
                yield part + ELLIPSIS, False
                continue
            yield part[:-size], False
            yield self._printed[form], True
            yield ELLIPSIS, False
        yield rest, False

    def _tail(self, text: str) -> tuple[str, int]:
        """Return the credential of which the end of a text is the beginning, and how much of it."""
        plain = text.translate(_LOWER)
        for form in self._printed:
            wanted = form.translate(_LOWER)
            for size in range(min(len(form) - 1, len(text)), _SHORTEST - 1, -1):
                if plain.endswith(wanted[:size]):
                    return form, size
        return "", 0


def _forms(value: str) -> Iterator[str]:
    """Yield a credential as it is, and as URLs, JSON, HTML and base64 would have it."""
    encoded = base64.b64encode(value.encode()).decode()
    yield from (value, quote(value, safe=""), quote(value), encoded, encoded.rstrip("="))
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (written, written.replace("/", "\\/"))
    yield "".join(char if char.isalnum() else f"\\u{ord(char):04x}" for char in value)
    yield html.escape(value)
