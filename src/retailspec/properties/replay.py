"""The text that makes one example again: `CONTRACT/PROPERTY/RULE:NUMBERS`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retailspec.errors import UsageError

if TYPE_CHECKING:
    from retailspec.properties.choices import Numbers

__all__ = ["Replay"]

_TEXT = re.compile(r"([a-z0-9-]+)/([a-z0-9_-]+)/([A-Za-z0-9._-]+):([\d.]*)", re.ASCII)
_LONGEST = 100_000
_DIGITS = 18


@dataclass(frozen=True)
class Replay:
    """One example of one property; a zero of its numbers is not written.

    Args:
        contract: The contract's name.
        call: The base call's name, or `lifecycle`.
        rule: The id of the rule that the property is about.
        numbers: The choices that the example is made of.
    """

    contract: str
    call: str
    rule: str
    numbers: Numbers

    def __str__(self) -> str:
        numbers = ".".join(str(one or "") for one in self.numbers)
        return f"{self.contract}/{self.call}/{self.rule}:{numbers}"

    @classmethod
    def parse(cls, text: str) -> Replay:
        """Return the example that a text stands for.

        Raises:
            UsageError: The text is none that a finding prints.
        """
        found = _TEXT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
        if found is None:
            raise UsageError(
                "--replay: is not a text that a finding prints (CONTRACT/CALL/RULE:NUMBERS)"
            )
        contract, call, rule, numbers = found.groups()
        if any(len(one) > _DIGITS for one in numbers.split(".")):
            raise UsageError("--replay: holds a number that no finding prints")
        return cls(contract, call, rule, tuple(int(one or "0") for one in numbers.split(".")))
