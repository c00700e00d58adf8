"""References between a contract's files, and names for what they lead to."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from retailspec.contract.schemas import read_data
from retailspec.errors import ContractError
from retailspec.export.nodes import at

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Files", "Place", "pascal"]


class Place(NamedTuple):
    """A part of a file: its path below the contract's folder, and a JSON pointer, "" for all."""

    file: str
    pointer: str


def pascal(text: str) -> str:
    """Return words in one, each with a capital: `order-reference` becomes `OrderReference`."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", text))


class Files:
    """The files of one folder of contracts.

    Args:
        folder: What holds openapi/ and schemas/.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, reference: str, file: str) -> Place:
        """Return where a `$ref` that stands in `file` leads.

        Raises:
            ContractError: It leads out of the folder, or names an anchor.
        """
        path, _, pointer = reference.partition("#")
        found = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
        if found.startswith("..") or "://" in path or (pointer and not pointer.startswith("/")):
            raise ContractError(f"{file}: the reference {reference} is no path below the contract")
        return Place(found, pointer)

    def at(self, place: Place) -> Any:
        """Return what stands at a place.

        Raises:
            ContractError: There is nothing.
        """
        try:
            return at(read_data(self._folder / place.file), place.pointer)
        except (LookupError, TypeError, ValueError):
            raise ContractError(f"{place.file}: has nothing at {place.pointer}") from None

    def named(self, place: Place, taken: set[str]) -> str:
        """Return a name for what stands at a place, other than those that are taken.

        It is made of the file's name and the pointer's last part, with the file's folder before
        it, or else a number behind it, where that is taken.
        """
        parts = place.file.removesuffix(".json").removesuffix(".yaml").split("/")
        last = pascal(place.pointer.rsplit("/", 1)[-1])
        short = pascal(parts[-1]) + last
        long = pascal(" ".join(parts[-2:])) + last
        for name in (short, long):
            if name not in taken:
                return name
        return next(
            name for number in range(2, len(taken) + 3) if (name := f"{long}{number}") not in taken
        )
