"""Contracts and a conformance suite for retail order and inventory APIs."""
