"""Rules that single calls show: a valid call, or one with a change, and its answer."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "cases"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
