"""Rules that every answer of the run is judged by, whichever call asked for it."""

from retailspec.pytest_run import Subject

RETAILSPEC_KIND = "standing"


def test_rule(subject: Subject) -> None:
    """The target keeps this rule of its document."""
    subject.judge()
