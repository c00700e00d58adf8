"""Targets: what is checked, from a target file or embedded."""
