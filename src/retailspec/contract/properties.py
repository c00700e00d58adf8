"""What requests are drawn from: the `properties` of a rule file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailspec.errors import ContractError

if TYPE_CHECKING:
    from retailspec.contract.model import Call, Case, Rule

__all__ = ["Break", "PropertySpec", "build_properties", "model_case"]


@dataclass(frozen=True)
class Break:
    """One stated constraint, and how requests that break nothing else are drawn.

    Args:
        rule: The rule that such a request is refused by, as its cases are.
        at: JSON pointer into the request; `*` is any index of a list, `-` one more entry of it.
        kinds: What stands there instead: kinds of wrong values.
        later: The rule where the entry is not the first of its list.
        of: What a value that nothing has, or that is too large, is made from.
        named: The placeholder that stands for the value in what the rule expects.
    """

    rule: str
    at: str
    kinds: tuple[str, ...]
    later: str | None = None
    of: str = ""
    named: str = ""


@dataclass(frozen=True)
class PropertySpec:
    """What requests of one base call are drawn from. Pointers begin with /body or /query.

    Args:
        call: The base call.
        accepts: The rule that a valid request is accepted by, as its first case is; or None.
        bases: Edits of the base call that are valid too, each a choice: `change` and `without`.
        vary: Per pointer (`*` is any index) the values that are promised to be taken.
        breaks: The constraints that the document states.
        wild: Whether requests are sent that nothing is promised for.
    """

    call: str
    accepts: str | None = None
    bases: tuple[Mapping[str, Any], ...] = ({},)
    vary: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    wild: bool = True


def build_properties(
    raw: Mapping[str, Any], rules: Mapping[str, Rule], calls: Mapping[str, Call]
) -> dict[str, PropertySpec]:
    """Return what requests are drawn from, by base call.

    Raises:
        ContractError: An entry names a call or rule that does not exist or has no case of the call.
    """
    made = {}
    for name, entry in raw.get("properties", {}).items():
        place = f"{raw['contract']}: properties/{name}"
        if name not in calls:
            raise ContractError(f"{place}: there is no such call")
        breaks = tuple(
            Break(**{**one, "kinds": tuple(one["kinds"])}) for one in entry.get("breaks", ())
        )
        spec = PropertySpec(
            call=name,
            accepts=entry.get("accepts"),
            bases=tuple(entry.get("bases", ({},))),
            vary=entry.get("vary", {}),
            breaks=breaks,
            wild=entry.get("wild", True),
        )
        for rule in [*filter(None, [spec.accepts]), *(one.rule for one in breaks)]:
            if rule not in rules or model_case(rules[rule], name) is None:
                raise ContractError(f"{place}: the rule {rule} has no case of this call")
        for later in filter(None, (one.later for one in breaks)):
            if later not in rules:
                raise ContractError(f"{place}: there is no rule {later}")
        made[name] = spec
    return made


def model_case(rule: Rule, call: str) -> Case | None:
    """Return the first case of a rule that makes a call: what it expects holds for drawn ones."""
    return next((case for case in rule.cases if case.call == call), None)
