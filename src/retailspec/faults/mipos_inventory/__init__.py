"""Faults and liberties of the mipos-inventory reference server."""

from __future__ import annotations

import importlib

__all__: list[str] = []

for _name in (
    "sentences",
    "defaults",
    "syncing",
    "items",
    "lists",
    "accounts",
    "stocking",
    "shapes",
    "labels",
    "webhooks",
    "callers",
    "wire",
    "sender",
    "signatures",
    "liberties",
):
    importlib.import_module(f"{__name__}.{_name}")
