"""Rules about a history that is read in pages, and what calls leave in it."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "history"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
