"""Rules about URLs that are registered, and about what the target then delivers to them."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "webhook"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
