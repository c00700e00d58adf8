"""A contract in the formats of other tools: OpenAPI, JSON Schema, Postman, test vectors.

Each format is a function from a contract to files, as names and values; nothing is written here.
"""
