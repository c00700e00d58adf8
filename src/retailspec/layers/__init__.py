"""Layers: other tools' ways of making calls, driven by the contracts and judged by their rules."""
