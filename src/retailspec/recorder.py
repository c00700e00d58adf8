"""What the runs of one process have to tell, as plain data that may cross process borders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.report.exchanges import ExchangeLog
from retailspec.report.record import result_record, run_record

if TYPE_CHECKING:
    import pytest

    from retailspec.conformance import Conformance
    from retailspec.runner import RuleResult

__all__ = ["Recorder"]


class Recorder:
    """Makes plain data of what the runs of one process have to tell.

    Args:
        config: pytest's configuration.
        conformance: The runs.
    """

    def __init__(self, config: pytest.Config, conformance: Conformance) -> None:
        self._conformance = conformance
        self._full = config.option.report is not None
        self._worker = hasattr(config, "workerinput")
        self._logs: dict[str, ExchangeLog] = {}

    def put(self, report: Any, result: RuleResult, name: str) -> dict[str, Any]:
        """Put the record of a rule's result on pytest's report of it, and return the record.

        Where files of a report are wanted, the exchanges that came since the last one go with it,
        and from a worker the run as it stands, so that nothing is lost when the session is stopped.
        """
        run, log = self._conformance.run(name), self._log(name)
        record = report.retailspec = result_record(result, run, log)
        if log is not None:
            report.retailspec_exchanges = log.take()
            if self._worker:
                report.retailspec_run = run_record(run, log)
        return record

    def runs(self) -> list[dict[str, Any]]:
        """Return the records of all runs."""
        return [run_record(run, self._log(name)) for name, run in self._conformance.runs.items()]

    def rest(self) -> list[dict[str, Any]]:
        """Return the exchanges that went with no report."""
        return [exchange for log in self._logs.values() for exchange in log.take()]

    def _log(self, name: str) -> ExchangeLog | None:
        if self._full and name not in self._logs:
            self._logs[name] = ExchangeLog(self._conformance.run(name))
        return self._logs.get(name)
