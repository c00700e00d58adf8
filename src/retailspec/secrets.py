"""Credentials: where they come from, and how they are kept out of everything that is printed."""

from __future__ import annotations

import base64
import bisect
import html
import json
import secrets as random_source
import string
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from retailspec.errors import UsageError
from retailspec.values import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["WRONG_KINDS", "Secrets", "random_other", "read_secret", "variable"]

_SHORTEST = 4
_SHORTEST_INSIDE = 8
_LONGEST_HEAD = 12
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
        raise UsageError(f"{where}: the environment variable {name} is not set, or empty")
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
    "preceded": lambda value: "x" + value,
    "swapped": lambda value: value.swapcase(),
}
"""Ways to spoil a credential; each gives another text, or the same one where that is impossible."""

_SHELL = {
    "truncated": "${%s%%?}",
    "extended": "${%s}x",
    "preceded": "x${%s}",
    "swapped": "${%s~~}",
}


def variable(contract: str, credential: str) -> str:
    """Return the environment variable that stands for a credential of a reference server."""
    return f"{contract}_{credential}".upper().replace("-", "_")


class Secrets:
    """The credentials of one target, with the shell expression that stands for each in print.

    Args:
        values: Credential name to value.
        variables: Credential name to the environment variable that holds it.

    Attributes:
        recipes: Signature to the shell assignment that makes it anew.
    """

    def __init__(self, values: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.variables = dict(variables)
        self._printed: dict[str, str] = {}
        self._heads: dict[str, tuple[str, str]] = {}
        self._order: _Order | None = None
        self.recipes: dict[str, str] = {}
        for name, value in self.values.items():
            self.hide(value, f"${self.variables[name]}", beginning=True)
            for kind, expression in _SHELL.items():
                self.hide(WRONG_KINDS[kind](value), expression % self.variables[name])

    def __repr__(self) -> str:
        """Name the variables, and no value."""
        return f"<Secrets {', '.join(self.variables.values())}>"

    def hide(self, value: str, printed: str, *, beginning: bool = False) -> None:
        """Let `printed` stand for `value`, and for its usual encodings, from now on.

        Args:
            value: The secret.
            printed: The shell expression for it.
            beginning: Whether most of it, where others have cut its end off, is one too.
        """
        if len(value) < _SHORTEST:
            return
        for form in _forms(value):
            self._printed.setdefault(form, printed)
            if beginning and len(form) > _LONGEST_HEAD:
                head = form[: max(_LONGEST_HEAD, len(form) * 2 // 3)]
                self._heads.setdefault(head, (form, printed))
        self._order = None

    @property
    def _sorted(self) -> _Order:
        if self._order is None:
            self._order = _Order(self._printed)
        return self._order

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
        for form, lower in self._sorted.longest_first:
            if lower in plain:
                pieces = _replaced(pieces, partial(self._without, form))
        for head, (form, printed) in self._heads.items():
            if head.translate(_LOWER) in plain:
                pieces = _replaced(pieces, partial(_without_beginning, head, form, printed))
        if ELLIPSIS in text:
            pieces = _replaced(pieces, self._uncut)
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
        order = self._sorted
        plain = text[-order.longest :].translate(_LOWER)
        for size in range(len(plain), _SHORTEST - 1, -1):
            form = order.beginning(plain[-size:])
            if form:
                return form, size
        return "", 0


class _Order:
    """Secrets in the orders in which they are looked for.

    Args:
        printed: Each form of each secret, with what stands for it.
    """

    def __init__(self, printed: Mapping[str, str]) -> None:
        longest_first = sorted(printed, key=len, reverse=True)
        self.longest_first = [(form, form.translate(_LOWER)) for form in longest_first]
        self.longest = len(longest_first[0]) if longest_first else 1
        self._by_text = sorted(
            (form.translate(_LOWER), number, form) for number, form in enumerate(printed)
        )

    def beginning(self, text: str) -> str:
        """Return the first secret that begins with a text in lower case and goes on, or ""."""
        found = []
        for at in range(bisect.bisect_left(self._by_text, (text, -1, "")), len(self._by_text)):
            lower, number, form = self._by_text[at]
            if not lower.startswith(text):
                break
            if len(lower) > len(text):
                found.append((number, form))
        return min(found)[1] if found else ""


_Pieces = list[tuple[str, bool]]


def _replaced(pieces: _Pieces, look: Callable[[str], Iterable[tuple[str, bool]]]) -> _Pieces:
    """Return pieces with those that are no expressions yet looked through."""
    return [made for piece, done in pieces for made in ([(piece, done)] if done else look(piece))]


def _without_beginning(head: str, form: str, printed: str, text: str) -> Iterator[tuple[str, bool]]:
    """Yield a text in pieces, most of a secret from its beginning replaced."""
    plain, lower = text.translate(_LOWER), form.translate(_LOWER)
    wanted = head.translate(_LOWER)
    start = 0
    while (at := plain.find(wanted, start)) >= 0:
        size = len(wanted)
        while size < len(lower) and plain[at + size : at + size + 1] == lower[size]:
            size += 1
        if at > start:
            yield text[start:at], False
        yield f"${{{printed.removeprefix('$')}:0:{size}}}", True
        start = at + size
    if start < len(text) or not text:
        yield text[start:], False


def _forms(value: str) -> Iterator[str]:
    """Yield a credential as it is, and as URLs, JSON, HTML and base64 would have it."""
    encoded = value.encode("utf-8", "surrogatepass")
    yield from (value, quote(encoded, safe=""), quote(encoded))
    yield from _in_base64(encoded)
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (written, written.replace("/", "\\/"))
    yield "".join(char if char.isalnum() else f"\\u{ord(char):04x}" for char in value)
    yield html.escape(value)


def _in_base64(value: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret, alone and amid other bytes."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        alone = encode(value).decode()
        yield from (alone, alone.rstrip("="))
        for before in range(3):
            whole = encode(bytes(before) + value).decode()
            inside = whole[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
            if len(inside) >= _SHORTEST_INSIDE:
                yield inside
