"""Property-based checks: requests drawn from a contract's own schemas, and what becomes of them.

Any request inside what the document promises is accepted, any that breaks one stated constraint is
refused, and none at all makes the server fail; several orders at once keep the lifecycle.
"""
