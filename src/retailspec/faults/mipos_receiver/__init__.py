"""Faults and liberties of the mipos-receiver reference server: a POS that takes deliveries."""

from __future__ import annotations

import importlib

__all__: list[str] = []

for _name in ("answering", "signing", "wire", "liberties"):
    importlib.import_module(f"{__name__}.{_name}")
