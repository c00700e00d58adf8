"""Credentials: where they come from, and how they are kept out of everything that is printed."""

from __future__ import annotations

import base64
import secrets as random_source
import string
from typing import TYPE_CHECKING
from urllib.parse import quote

from retailspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["WRONG_KINDS", "Secrets", "random_other", "read_secret", "variable"]

_SHORTEST = 4


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
        for name, value in self.values.items():
            self.hide(value, f"${self.variables[name]}")

    def hide(self, value: str, printed: str) -> None:
        """Let `printed` stand for `value`, and for its usual encodings, from now on."""
        if len(value) < _SHORTEST:
            return
        encoded = base64.b64encode(value.encode()).decode()
        for form in (value, quote(value, safe=""), encoded, encoded.rstrip("=")):
            self._printed.setdefault(form, printed)

    def spoiled(self, name: str, kind: str) -> str | None:
        """Return a wrong value for a credential, or None where that kind cannot differ from it."""
        value = self.values[name]
        made = WRONG_KINDS[kind](value)
        if made in {value, ""}:
            return None
        if kind in _SHELL:
            self.hide(made, _SHELL[kind] % self.variables[name])
        return made

    def redact(self, text: str) -> str:
        """Return `text` with every credential replaced by its shell expression."""
        for value in sorted(self._printed, key=len, reverse=True):
            if value in text:
                text = text.replace(value, self._printed[value])
        return text
