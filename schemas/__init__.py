"""What is promised: one JSON Schema document per operation, which states the requirements."""

from schemas.contract import SHARED, Contract, ContractError, Level, Operation, Requirement, load
from schemas.judge import BodySchema, NotJSON, Path, Pointer, Rule, parse, shown

__all__ = [
    "SHARED",
    "BodySchema",
    "Contract",
    "ContractError",
    "Level",
    "NotJSON",
    "Operation",
    "Path",
    "Pointer",
    "Requirement",
    "Rule",
    "load",
    "parse",
    "shown",
]
