"""Rules for whoever calls, shown by what a client's command sends to a judging stub."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "clients"


def test_rule(subject: Subject) -> None:
    """The client keeps this rule of its document."""
    subject.judge()
