"""Drawing requests of one call: valid ones, and those that break one constraint."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from retailspec.properties.values import WRONG, promised, within, word
from retailspec.values import ABSENT, change, fill, pick, placeholders, remove, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Contract
    from retailspec.contract.properties import Break, PropertySpec
    from retailspec.properties.choices import Choices
    from retailspec.target.target import Target

__all__ = ["Drawer", "Drawn"]

_LAYOUTS = (None, "indented", "unescaped")
_PLACES = 10  # as many choices as any value takes
_SUFFIX = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Drawn:
    """A request that was drawn.

    Args:
        parts: Its `body` and `query`, placeholders of the target's fixtures included.
        layout: How its body is written down.
        may_be_refused: Whether a value stands in it that the target may refuse all the same.
        later: Whether what is wrong is not in the first entry of its list.
        named: What the rule that refuses it calls the wrong value, and the value.
    """

    parts: Mapping[str, Any]
    layout: str | None = None
    may_be_refused: bool = False
    later: bool = False
    named: Mapping[str, Any] = field(default_factory=dict)

    @property
    def edits(self) -> dict[str, Any]:
        """The request as the edits of a case."""
        return {**self.parts, **({} if self.layout is None else {"layout": self.layout})}


@dataclass
class Drawer:
    """Draws requests of one base call for one target.

    Args:
        contract: The contract.
        target: The target, for the fixtures that it names.
        spec: What the requests are drawn from.
    """

    contract: Contract
    target: Target
    spec: PropertySpec
    _schemas: dict[str, tuple[Mapping[str, Any], bool]] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def bases(self) -> list[dict[str, Any]]:
        """The requests to begin with, as far as the target names what is in them."""
        call = self.contract.calls[self.spec.call]
        plain: dict[str, Any] = {"query": dict(call.query)}
        if call.body is not None:
            plain["body"] = call.body
        made = [self._edited(plain, edits) for edits in self.spec.bases]
        return [base for base in made if not placeholders(base) & self._unnamed]

    @cached_property
    def _unnamed(self) -> set[str]:
        return self.contract.fixtures.keys() - self.target.fixtures.keys()

    @staticmethod
    def _edited(base: dict[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
        for pointer, value in edits.get("change", {}).items():
            base = change(base, pointer, value)
        for pointer in edits.get("without", ()):
            if pick(base, pointer) is not ABSENT:
                base = remove(base, pointer)
        return base

    def place(self, pattern: str) -> str:
        """Return a pointer of the rule file with the call's variables filled in."""
        variables = self.contract.calls[self.spec.call].variables
        filled: str = fill(pattern, lambda name: variables[name])
        return filled

    # Valid requests

    def valid(self, choices: Choices) -> Drawn:
        """Return a request inside what the document promises."""
        parts, may_be_refused = self.parts(choices)
        layout = choices.among(_LAYOUTS) if "body" in parts else None
        return Drawn(parts, layout, may_be_refused)

    def parts(self, choices: Choices) -> tuple[dict[str, Any], bool]:
        """Return the body and query of a valid request, and whether it may be refused."""
        parts = copy.deepcopy(choices.among(self.bases))
        loose = False
        for pattern in self.spec.vary:
            loose |= self._vary(choices, parts, pattern)
        return parts, loose

    def _vary(self, choices: Choices, parts: Any, pattern: str, only: str = "") -> bool:
        """Draw each part that a pattern names, and tell whether one may be refused.

        Args:
            choices: Where the values come from.
            parts: The request; it is changed.
            pattern: One of the pointers that vary.
            only: The pointer that the parts have to begin with.
        """
        spec = self.spec.vary[pattern]
        above, _, name = pattern.rpartition("/")
        schema, required = self._described(pattern)
        shift = choices.below(len(self._options(spec))) if "among" in spec else 0
        loose = False
        for number, (place, holder) in enumerate(list(spread(parts, above))):
            if not isinstance(holder, dict) or not f"{place}/".startswith(only):
                continue
            kept, begun = holder.get(name, ABSENT), len(choices.log)
            fate = self._fate(choices, spec, schema, kept, required=required)
            if fate == "left out":
                holder.pop(name, None)
            elif fate == "null":
                holder[name] = None
            else:
                holder[name] = self._value(choices, parts, spec, schema, kept, number + shift)
                loose |= bool(spec.get("may_be_refused")) and holder[name] != kept
            choices.fill(begun + _PLACES)
        return loose

    def _described(self, pattern: str) -> tuple[Mapping[str, Any], bool]:
        """Return the schema of a part that varies, and whether the part is required."""
        if pattern not in self._schemas:
            self._schemas[pattern] = self._looked_up(pattern)
        return self._schemas[pattern]

    def _looked_up(self, pattern: str) -> tuple[Mapping[str, Any], bool]:
        reference = self.contract.operation_of(self.spec.call).request_schema
        if reference is None or not pattern.startswith("/body/"):
            return {}, not self.spec.vary[pattern].get("optional", False)
        schema, required = self.contract.schemas.part(reference, pattern.removeprefix("/body"))
        return schema, required

    @staticmethod
    def _fate(
        choices: Choices,
        spec: Mapping[str, Any],
        schema: Mapping[str, Any],
        kept: Any,
        *,
        required: bool,
    ) -> str:
        fates = ["there"] if kept is not ABSENT or required else ["left out", "there", "there"]
        if not required and "left out" not in fates:
            fates = ["there", "there", "left out"]
        kinds = schema.get("type", ())
        nullable = ("null" in kinds and isinstance(kinds, list)) or None in schema.get("enum", ())
        if nullable and spec.get("null", True):
            fates.append("null")
        return choices.among(fates)

    def _value(
        self,
        choices: Choices,
        parts: Any,
        spec: Mapping[str, Any],
        schema: Mapping[str, Any],
        kept: Any,
        number: int,
    ) -> Any:
        if "size" in spec:
            low, high = spec["size"]
            most = min([high, *(len(self._options(one)) for one in self._inside(spec))])
            return [copy.deepcopy(kept[0]) for _ in range(_size(choices, low, max(low, most)))]
        if "among" in spec:
            options = self._options(spec)
            return options[number % len(options)]
        if "numbered" in spec:
            return f"{spec['numbered']}{number + 1}"
        if "from" in spec:
            return choices.among([value for _, value in spread(parts, spec["from"])])
        if "at_most" in spec:
            return within(choices, 0, pick(parts, spec["at_most"]))
        if "enum" in schema:
            return choices.among([value for value in schema["enum"] if value is not None])
        if schema.get("type") == "boolean":
            return bool(choices.below(2))
        return promised(choices, spec)

    def _inside(self, spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the entries below a list whose values may not be repeated in it."""
        whole = next(pattern for pattern, one in self.spec.vary.items() if one is spec)
        for pattern, below in self.spec.vary.items():
            if pattern.startswith(f"{whole}/*/") and "among" in below:
                yield below

    def _options(self, spec: Mapping[str, Any]) -> list[Any]:
        return [one for one in spec["among"] if not placeholders(one) & self._unnamed]

    # Requests that break one constraint

    def broken(self, choices: Choices, constraint: Break) -> Drawn:
        """Return a request that breaks one constraint and keeps all others."""
        parts, _ = self.parts(choices)
        pattern = self.place(constraint.at)
        place = self._append(choices, parts, pattern) if "/-/" in pattern else ""
        if not place:
            above, _, name = pattern.rpartition("/")
            place = choices.among([f"{one}/{name}" for one, _ in spread(parts, above)])
        kind = choices.among(constraint.kinds)
        if kind == "missing":
            value, parts = ABSENT, remove(parts, place)
        else:
            value = self._wrong(choices, parts, constraint, pattern, kind)
            parts = change(parts, place, value)
        named = {constraint.named: value} if constraint.named else {}
        return Drawn(parts, None, later=_is_later(pattern, place), named=named)

    def _append(self, choices: Choices, parts: Any, pattern: str) -> str:
        whole, _, rest = pattern.partition("/-/")
        entries = pick(parts, whole)
        entries.append(copy.deepcopy(entries[0]))
        place = f"{whole}/{len(entries) - 1}"
        for varied in self.spec.vary:
            if varied.startswith(f"{whole}/*/"):
                self._vary(choices, parts, varied, f"{place}/")
        return f"{place}/{rest}"

    def _wrong(
        self, choices: Choices, parts: Any, constraint: Break, pattern: str, kind: str
    ) -> Any:
        match kind:
            case "above":
                return pick(parts, constraint.of) + 1 + within(choices, 0, 1000)
            case "unknown":
                known = self.target.fixtures.get(constraint.of, constraint.of)
                return str(known) + "".join(choices.among(_SUFFIX) for _ in range(choices.below(5)))
            case "other":
                listed = [one for one in self._listed(pattern) if isinstance(one, str)]
                other = choices.among(
                    [word(choices), choices.among(listed).upper(), choices.among(listed) + "_"]
                )
                return other if other not in listed else f"{other}_"
            case _:
                return WRONG[kind](choices)

    def _listed(self, pattern: str) -> list[Any]:
        reference = self.contract.operation_of(self.spec.call).request_schema or ""
        schema, _ = self.contract.schemas.part(reference, pattern.removeprefix("/body"))
        return list(schema.get("enum", ()))


def _size(choices: Choices, low: int, high: int) -> int:
    """Return the size of a list, mostly a small one: each entry costs a dozen choices."""
    if choices.chance(8):
        return within(choices, low, high)
    return low + choices.below(min(3, high - low + 1))


def _is_later(pattern: str, place: str) -> bool:
    """Tell whether a place is in another entry than the first of the list in its pattern."""
    steps = zip(pattern.split("/"), place.split("/"), strict=True)
    return any(wanted == "*" and index != "0" for wanted, index in steps)
