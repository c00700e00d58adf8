"""What every fault of this contract is seeded in, and a way to make many variants of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from retailspec.faults.model import fault
from retailspec.reference.sirclo import LeadingSlash, SircloInventory

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Prompt", "pascal", "seed", "variant"]

seed: Final = partial(fault, settings={"patience": 0.25})
"""Registers a fault; a server in this process needs no more patience than that."""


class Prompt(SircloInventory):
    """The healthy server, with a history that follows at once."""

    def __init__(
        self,
        *,
        https_only: bool = False,
        credentials: Mapping[str, str] | None = None,
        leading_slash: LeadingSlash = "always",
        history_delay: float = 0.001,
    ) -> None:
        super().__init__(
            https_only=https_only,
            credentials=credentials,
            leading_slash=leading_slash,
            history_delay=history_delay,
        )


def pascal(field: str) -> str:
    """Return a field's name as a part of a class's name."""
    return "".join(part.title() for part in field.split("_"))


def variant(base: type[Prompt], name: str, says: str, **attributes: Any) -> type[Prompt]:
    """Return a subclass of its own for one of several things that a base can get wrong.

    Args:
        base: The defect, which reads what is special of this one from class attributes.
        name: The subclass's name.
        says: What is wrong, in one sentence.
        attributes: The class attributes; functions become static methods.
    """
    made = {key: staticmethod(it) if callable(it) else it for key, it in attributes.items()}
    return type(name, (base,), {"__doc__": says, **made})
