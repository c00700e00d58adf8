"""Faults and liberties of the comestri-inventory reference server."""

from __future__ import annotations

import importlib

__all__: list[str] = []

for _name in (
    "accepting",
    "answering",
    "echoing",
    "required",
    "kinds",
    "lenient",
    "enumerations",
    "statuses",
    "naming",
    "callers",
    "labels",
    "reading",
    "failing",
    "liberties",
    "liberal_answers",
):
    importlib.import_module(f"{__name__}.{_name}")
