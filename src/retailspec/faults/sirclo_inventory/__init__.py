"""Faults and liberties of the sirclo-inventory reference server."""

from __future__ import annotations

import importlib

__all__: list[str] = []

for _name in (
    "updating",
    "synchronising",
    "missing",
    "kinds",
    "lenient",
    "amounts",
    "callers",
    "signing",
    "signed_wrong",
    "statuses",
    "paging",
    "filtering",
    "printing",
    "moments",
    "tracing",
    "asking",
    "answering",
    "requesting",
    "failing",
    "failing_pages",
    "liberties",
    "liberal_histories",
):
    importlib.import_module(f"{__name__}.{_name}")
