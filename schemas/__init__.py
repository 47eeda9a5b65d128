"""The promises of the documentation: one JSON Schema document per operation, which states the requirements."""

from schemas.body_schema import BodySchema, Path, Pointer, Rule
from schemas.contract import SHARED, Contract, ContractError, Level, Operation, Requirement, load
from schemas.strict_json import BeyondParser, NotJSON, as_json_text, parse

__all__ = [
    "SHARED",
    "BeyondParser",
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
    "as_json_text",
    "load",
    "parse",
]
