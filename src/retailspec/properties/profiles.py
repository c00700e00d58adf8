"""Profiles: how much is sent for the property-based checks."""

from __future__ import annotations

from dataclasses import dataclass

from retailspec.contract.load import nearest
from retailspec.errors import UsageError

__all__ = ["OFF", "PROFILES", "SANDBOX", "Profile", "profile_of"]


@dataclass(frozen=True)
class Profile:
    """How many examples are sent, and how much may be spent on them.

    Args:
        name: Its name on the command line.
        accepted: Examples of valid requests, per call.
        refused: Examples of requests that break one constraint, per constraint.
        constraints: The most constraints of one call that are looked at; the seed chooses them.
        wild: Examples of requests that nothing is promised for, per call.
        shrink: Calls that may be spent on making one counterexample smaller.
        orders: Entries of a lifecycle's supply that may be spent, those for shrinking included,
            where the supply makes them.
        listed: The same where the supply is a list; never more than the other checks leave.
        together: The most entries that take part in one example.
        steps: The most calls of one example, per entry.
        hypothesis: Whether hypothesis draws the examples; it is loaded only then.
    """

    name: str
    accepted: int
    refused: int
    constraints: int
    wild: int
    shrink: int
    orders: int
    listed: int
    together: int
    steps: int
    hypothesis: bool


OFF = "off"
SANDBOX = "sandbox"

_ALL = 1000

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(OFF, 0, 0, 0, 0, 0, 0, 0, 1, 0, hypothesis=False),
        Profile(
            SANDBOX,
            accepted=3,
            refused=1,
            constraints=4,
            wild=1,
            shrink=24,
            orders=2,
            listed=0,
            together=2,
            steps=5,
            hypothesis=False,
        ),
        Profile(
            "ci",
            accepted=40,
            refused=10,
            constraints=_ALL,
            wild=60,
            shrink=120,
            orders=40,
            listed=10,
            together=3,
            steps=8,
            hypothesis=True,
        ),
        Profile(
            "thorough",
            accepted=400,
            refused=60,
            constraints=_ALL,
            wild=300,
            shrink=400,
            orders=400,
            listed=100,
            together=4,
            steps=12,
            hypothesis=True,
        ),
    )
}
"""The profiles by name, from the smallest to the largest."""


def profile_of(name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        UsageError: There is none.
    """
    if name not in PROFILES:
        known = list(PROFILES)
        raise UsageError(
            f"--profile {name}: no such profile.{nearest(name, known)} (one of: {', '.join(known)})"
        )
    return PROFILES[name]
