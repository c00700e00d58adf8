"""Servers that spell something otherwise than printed, on one of the three calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from starlette.responses import Response

    from retailspec.reference.base import Answer, Call

__all__ = ["Misspelt", "Renamed", "camel"]


def camel(*words: str) -> str:
    """Return words, with points, hyphens or underscores in them, as a class's name."""
    text = " ".join(words)
    for mark in ".-_":
        text = text.replace(mark, " ")
    return "".join(part[:1].upper() + part[1:] for part in text.split())


def _respelt(value: object, says: str, spelt: str) -> object:
    if isinstance(value, str):
        return value.replace(says, spelt)
    if isinstance(value, list):
        return [_respelt(one, says, spelt) for one in value]
    if isinstance(value, dict):
        return {name: _respelt(one, says, spelt) for name, one in value.items()}
    return value


class Misspelt(MiposInventory):
    """A server that says something else.

    Attributes:
        operation: The call.
        printed: A part of what is printed.
        spelt: What is said instead.
    """

    operation: ClassVar[str]
    printed: ClassVar[str]
    spelt: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        """Return an answer with the misspelt text in it."""
        if call.operation.name == self.operation:
            answer = replace(answer, body=_respelt(answer.body, self.printed, self.spelt))
        return super().render(call, answer)


class Renamed(MiposInventory):
    """A server whose 422 has the sentences on a field under another name.

    Attributes:
        operation: The call.
        field: The field.
        key: The other name.
    """

    operation: ClassVar[str]
    field: ClassVar[str]
    key: ClassVar[str]

    def render(self, call: Call, answer: Answer) -> Response:
        """Return an answer with the other name in it."""
        if call.operation.name == self.operation and isinstance(answer.body, dict):
            names = {self.field: self.key} if answer.status == 422 else {}
            body = {names.get(name, name): value for name, value in answer.body.items()}
            answer = replace(answer, body=body)
        return super().render(call, answer)
