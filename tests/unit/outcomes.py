"""Results made up for tests of the outputs: a record of each verdict, and what holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.contract import load_contract
from retailspec.report.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INVENTORY = "omni-inventory"


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "expected": "status 401",
        "actual": "status 200",
        "pointer": "",
        "note": "",
        "before": [],
        "curl": "curl -i https://shop.example/x",
        "answer": "200 OK {}",
        **changes,
    }


def record(rule: str, verdict: str, contract: str = INVENTORY, **changes: Any) -> dict[str, Any]:
    """Return the record of a rule of a contract."""
    known = load_contract(contract).rules[rule]
    waived = {"reason": "shop-123 says so", "expires": "2031-05-01"}
    return {
        "contract": contract,
        "rule": rule,
        "level": known.level.value,
        "where": known.where,
        "says": known.says,
        "verdict": verdict,
        "judged": int(verdict != "not judged"),
        "reasons": ["needs fixtures.x: a thing"] if verdict == "not judged" else [],
        "waiver": waived if verdict == "waived" else None,
        "findings": [finding()] if verdict in {"broken", "advisory", "waived"} else [],
        **changes,
    }


def about(contract: str = INVENTORY, **changes: Any) -> dict[str, Any]:
    """Return the record of a contract's run."""
    return {
        "contract": contract,
        "title": "",
        "base_url": "https://shop.example",
        "embedded": False,
        "calls": {"update": 3},
        "spent": {},
        "notes": [],
        "lost": "",
        "also": [],
        **changes,
    }


def outcome(
    records: Sequence[dict[str, Any]],
    *,
    also: Sequence[dict[str, Any]] = (),
    stale: Mapping[str, str] | None = None,
    strict: bool = False,
    lost: str = "",
) -> Outcome:
    """Return the results of a run of every contract that the records name."""
    names = dict.fromkeys(one["contract"] for one in [*records, *also])
    runs = [
        about(name, also=[one for one in also if one["contract"] == name], lost=lost)
        for name in names
    ]
    contracts = {name: load_contract(name) for name in names}
    return Outcome(records, runs, contracts, stale or {}, strict)
