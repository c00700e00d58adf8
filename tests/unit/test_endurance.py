"""How long a busy or a silent target is put up with."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from retailspec.endurance import Endurance, busy_for
from retailspec.exchange import Exchange, Request, Response


def busy(after: str | None, status: int = 429, **headers: str) -> float | None:
    given = [*headers.items(), *([] if after is None else [("Retry-After", after)])]
    return busy_for(Exchange(Request("GET", "http://a/"), Response(status, tuple(given))))


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (None, 0.5),
        ("", 0.5),
        ("3", 3.0),
        ("0", 0.05),
        ("-5", 0.05),
        ("soon", 1.0),
        ("1e9", 1e9),
        ("nan", float("inf")),
        ("Thu, 99 Foo 2024 99:99:99 GMT", 1.0),
    ],
)
def test_seconds_to_wait(after: str | None, wait: float) -> None:
    """Retry-After in seconds counts, and what is none has a default."""
    assert busy(after) == wait


def test_date_to_wait_for_is_one_of_the_targets_clock() -> None:
    """Retry-After as a date is compared with the answer's own Date, else with the clock here."""
    date, later = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:44 GMT"
    assert busy(later, Date=date) == 7.0
    assert busy(later) == 0.05
    soon = busy(formatdate(time.time() + 60, usegmt=True))
    assert soon is not None
    assert 50 < soon < 61


def test_only_a_busy_answer_is_waited_for() -> None:
    """A 503 asks to come back only with Retry-After; other statuses never do."""
    assert busy(None, 503) is None
    assert busy("2", 503) == 2.0
    assert busy("2", 500) is None
    assert busy_for(Exchange(Request("GET", "http://a/"), None)) is None


def test_target_is_given_up_after_silence_in_a_row() -> None:
    """Five timeouts in a row are enough; an answer between them begins anew."""
    kept = Endurance(timeout=1.0, patience=1.0)
    for _ in range(4):
        kept.silent(1.0)
    kept.answered()
    kept.silent(1.0)
    still = kept.over
    assert still == ""
    for _ in range(4):
        kept.silent(1.0)
    assert kept.over == "5 calls in a row got no answer in 1 s"


def test_refused_connections_are_no_silence() -> None:
    """A target that closes at once costs no time, so it is asked on and on."""
    kept = Endurance(timeout=1.0, patience=1.0)
    for _ in range(200):
        kept.silent(0.01)
    assert not kept.over


def test_time_lost_in_all_has_an_end() -> None:
    """A target that answers now and then is given up when too much time was lost to it."""
    kept = Endurance(timeout=1.0, patience=1.0)
    for _ in range(16):
        kept.silent(1.0)
        kept.silent(1.0)
        kept.answered()
    assert kept.over == "30 s went by in calls without an answer"
