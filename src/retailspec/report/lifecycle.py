"""A contract's lifecycle as plain data, from which table and diagram of a report are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.contract.rules import transition_id

if TYPE_CHECKING:
    from retailspec.contract.lifecycle import LifecycleSpec

__all__ = ["lifecycle_record"]


def lifecycle_record(spec: LifecycleSpec) -> dict[str, Any]:
    """Return states, calls and transitions; a refused call leaves its order where it was."""
    return {
        "initial": spec.initial,
        "states": [
            {"id": state, "title": spec.titles[state], "final": state in spec.final}
            for state in spec.states
        ],
        "calls": list(spec.calls),
        "transitions": [
            {
                "from": state,
                "call": name,
                "accepted": state in call.accepts,
                "to": call.accepts.get(state, state),
                "rule": transition_id(name, state),
            }
            for state in spec.states
            for name, call in spec.calls.items()
        ],
    }
