"""Seeded defects of the reference servers, and liberties: what the suite is measured by."""
