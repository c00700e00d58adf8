"""Everything that a run has to tell, for the outputs that are not the terminal's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retailspec.contract.model import Contract

__all__ = ["Outcome", "Record", "conforms"]

Record = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The results of a whole session, every secret taken out.

    Args:
        records: A record per rule that was looked at (see `report.record`).
        runs: A record per contract that was run.
        contracts: The contracts by name.
        stale: Per rule that holds though it is waived, what is to be done.
        strict: Whether a broken should fails the run too.
    """

    records: Sequence[Record]
    runs: Sequence[Record]
    contracts: Mapping[str, Contract]
    stale: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False

    @property
    def everything(self) -> list[Record]:
        """The records, and those of rules outside the selection that the calls showed broken."""
        return [*self.records, *(record for run in self.runs for record in run["also"])]

    def ended(self, *verdicts: str) -> list[Record]:
        """Return the records that ended in one of some verdicts, contracts in their order."""
        order = list(self.contracts)
        wanted = [record for record in self.everything if record["verdict"] in verdicts]
        return sorted(wanted, key=lambda record: order.index(record["contract"]))

    @property
    def names(self) -> list[str]:
        """The contracts that were looked at, in their order."""
        seen = {record["contract"] for record in self.everything}
        return [name for name in self.contracts if name in seen]

    @property
    def told(self) -> str:
        """In a few words, whether the target conforms."""
        broken, advisory = self.ended("broken"), self.ended("advisory")
        if broken:
            return f"does not conform: {_counted(len(broken), 'must rule')} broken"
        if self.strict and advisory:
            return f"conforms, but not strictly: {_counted(len(advisory), 'should rule')} broken"
        if self.stale:
            return f"conforms, but {_counted(len(self.stale), 'waiver')} must go"
        if all(record["verdict"] == "not judged" for record in self.everything):
            return "nothing could be judged"
        return conforms(self.everything, self.contracts)


def conforms(records: Sequence[Record], contracts: Mapping[str, Contract]) -> str:
    """Return the good verdict: with a reserve where a rule of a contract was not judged in full.

    Args:
        records: The records of all rules that were looked at, none of them broken.
        contracts: The contracts by name.
    """
    judged = {(one["contract"], one["rule"]) for one in records if not one["reasons"]}
    names = {one["contract"] for one in records}
    every = {
        (name, rule.id) for name in names for rule in contracts[name].rules.values() if rule.judged
    }
    verb = "conforms" if len(names) == 1 else "all conform"
    return verb if every <= judged else f"{verb}, as far as it was judged"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
