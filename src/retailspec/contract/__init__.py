"""Contracts: their operations, rules and schemas, read from data files."""

from retailspec.contract.load import load_contract, names, nearest
from retailspec.contract.model import Call, Case, Contract, Every, Level, Operation, Rule

__all__ = [
    "Call",
    "Case",
    "Contract",
    "Every",
    "Level",
    "Operation",
    "Rule",
    "load_contract",
    "names",
    "nearest",
]
