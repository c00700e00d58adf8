"""Rules of a contract's state machine, shown by fresh things taken along planned paths."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "lifecycle"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
