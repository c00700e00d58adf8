"""What a run would send and use up, before it does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from retailspec.checks.lifecycle import lifecycle_plan
from retailspec.checks.machine import seen
from retailspec.lifecycle import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.runner import Run

__all__ = ["plan_lines"]


def plan_lines(run: Run) -> Iterator[str]:
    """Yield the plan of a run, as lines; nothing is sent for it."""
    contract, target = run.contract, run.target
    calls: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    checks = run.planned()
    for check in checks:
        calls.update(check.calls)
        uses.update(check.uses)
    for supply in {name for check in checks for name in check.borrows}:
        uses[supply] = max(uses[supply], 1)
    yield ""
    where = "an embedded server" if target.embedded else target.base_url
    yield f"{contract.name}: the plan for {where}; nothing was sent"
    for name, operation in contract.operations.items():
        if calls[name]:
            yield f"  {calls[name]:>5} calls of {name} ({operation.method} {operation.path})"
    yield f"  {sum(calls.values()):>5} calls in all"
    for supply, count in uses.items():
        size = target.pools[supply].supply.size if supply in target.pools else None
        yield f"  {_spent(supply, count, size)}"
    effects = {
        call.effect for call in contract.calls.values() if call.effect and calls[call.operation]
    }
    for effect in sorted(effects):
        yield f"  effect: {effect}"
    if contract.irreversible:
        yield f"  cannot be undone: {contract.irreversible}"
    if run.withheld:
        yield f"  not sent without --allow-irreversible: {', '.join(sorted(run.withheld))}"
    if any(check.id.startswith("path ") for check in checks):
        yield from _lifecycle_lines(run)


def _spent(supply: str, count: int, size: int | None) -> str:
    kept = "spent where the target keeps the contract"
    if size is None:
        return f"{count:>5} of supply.{supply} {kept}; made as they are needed"
    if size < count:
        return f"{size:>5} of supply.{supply} {kept}: all there are, and too few"
    return f"{count:>5} of supply.{supply} {kept}, of {size} in the list"


def _lifecycle_lines(run: Run) -> Iterator[str]:
    plan = lifecycle_plan(run.contract, run.target, run.options)
    spec = run.contract.lifecycle
    if plan is None or spec is None:
        return
    steps = sum(len(path) for path in plan.paths)
    yield f"  lifecycle: {len(plan.paths)} orders, {steps} calls"
    yield f"  what that proves: {plan.guarantee}"
    for limit in limits(seen(run.contract, spec)):
        yield f"  what it cannot: {limit}"
