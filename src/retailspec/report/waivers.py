"""What is told of waivers at the end of a run: those that must go, and those that did nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.report.outcome import Outcome
    from retailspec.waivers import Waiver

__all__ = ["waiver_lines"]


def waiver_lines(
    waivers: Mapping[str, Mapping[str, Waiver]], outcome: Outcome
) -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield a line, with its markup, for each waiver that waived nothing; the stale ones last.

    Args:
        waivers: The entries, by contract and rule id.
        outcome: The results.
    """
    records = {f"{one['contract']}/{one['rule']}": one for one in outcome.everything}
    for waiver in (one for own in waivers.values() for one in own.values()):
        record = records.get(waiver.id)
        if waiver.id in outcome.stale or (record and record["verdict"] == "waived"):
            continue
        if record is None:
            checked = waiver.contract in outcome.contracts
            why = "the rule was not part of" if checked else "the contract was not part of"
        elif record["verdict"] == "held":
            why = "the rule held, as far as it was judged in"
        else:
            why = "the rule could not be judged in"
        yield f"{waiver.place}: not used: {why} this run", {"cyan": True}
    for line in outcome.stale.values():
        yield line, {"red": True, "bold": True}
