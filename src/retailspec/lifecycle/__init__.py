"""A lifecycle as a machine: plans that exercise it, and the judge of concurrent histories."""

from retailspec.lifecycle.cover import covered, transition_cover
from retailspec.lifecycle.linearizable import Operation, Verdict, explain
from retailspec.lifecycle.model import Machine, Outcome, classes, minimise, step
from retailspec.lifecycle.onward import taken_on
from retailspec.lifecycle.plan import Depth, Plan, limits, make_plan
from retailspec.lifecycle.wmethod import bounded_suite

__all__ = [
    "Depth",
    "Machine",
    "Operation",
    "Outcome",
    "Plan",
    "Verdict",
    "bounded_suite",
    "classes",
    "covered",
    "explain",
    "limits",
    "make_plan",
    "minimise",
    "step",
    "taken_on",
    "transition_cover",
]
