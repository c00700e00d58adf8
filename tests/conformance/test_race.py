"""Rules about calls that are made at the same time."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "race"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
