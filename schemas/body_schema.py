"""Hold a parsed body to a JSON Schema, and name the requirements that it breaks."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft202012Validator

from schemas.strict_json import as_json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

Path = tuple[str, ...]
"""The steps to a value in any instance: member names, and "*" for the items of an array."""

Pointer = tuple[str | int, ...]
"""The steps to a value in one instance: member names, and indices of arrays."""

TYPES = {
    "null": "null",
    "boolean": "a boolean",
    "number": "a number",
    "integer": "an integer",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}


class Rule(NamedTuple):
    """A subschema that states a requirement, and the path of the values that it applies to."""

    id: str
    path: Path
    schema: Mapping[str, Any]


class BodySchema:
    """The schema of a body, all references resolved."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The requirements on an instance, outermost first."""
        return tuple(_rules(self.schema, ()))

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.schema)

    def broken_by(self, instance: Any) -> dict[str, str]:
        """The requirements that an instance breaks, each with the first problem.

        The members of a value that is missing or of the wrong type are not judged: one cause, one requirement.
        """
        problems: dict[str, str] = {}
        for requirement, pointer, problem in self._blames(instance):
            place = "".join(f"/{step}" for step in pointer) or "the body"
            problems.setdefault(requirement, f"{place}: {problem}")
        return problems

    def places(self, instance: Any) -> dict[str, list[Pointer]]:
        """The requirements that an instance breaks, each with its places, those of missing members included."""
        places: dict[str, list[Pointer]] = {}
        for requirement, pointer, _ in dict.fromkeys(self._blames(instance)):  # one error a missing member, each of all
            places.setdefault(requirement, []).append(pointer)
        return places

    def _blames(self, instance: Any) -> Iterator[tuple[str, Pointer, str]]:
        """The requirement, the place and the problem of each error.

        The requirement is a missing member's own, else that of the nearest anchored schema.
        """
        for error in self._validator.iter_errors(instance):
            pointer = tuple(error.absolute_path)
            nearest = self._nearest_anchor(error)
            if error.validator != "required":
                yield nearest, pointer, _problem(error)
                continue
            schema: Any = error.schema
            for name in schema["required"]:
                if name not in error.instance:
                    own = schema.get("properties", {}).get(name, {}).get("$anchor")
                    yield own or nearest, (*pointer, name), "missing"

    def _nearest_anchor(self, error: ValidationError) -> str:
        """The ID of the innermost anchored schema on the way from the root to the keyword that failed."""
        node: Any = self.schema
        anchor: str = node.get("$anchor", "")
        for step in list(error.absolute_schema_path)[:-1]:
            node = node[step]
            if isinstance(node, dict):
                anchor = node.get("$anchor", anchor)
        return anchor


def _problem(error: ValidationError) -> str:
    """The demand and the value that does not meet it, in the words of JSON."""
    rule: Any = error.validator_value
    match error.validator:
        case "type":
            demand = " or ".join(TYPES[name] for name in ([rule] if isinstance(rule, str) else rule))
        case "const":
            demand = json.dumps(rule)
        case "enum":
            demand = " or ".join(map(json.dumps, rule))
        case "minLength":
            demand = "a non-empty string" if rule == 1 else f"at least {rule} characters"
        case "minItems":
            demand = "a non-empty array" if rule == 1 else f"at least {rule} items"
        case "maxItems":
            demand = "an empty array" if rule == 0 else f"at most {rule} items"
        case "not":
            return "must be absent" if rule == {} else "holds members that must be absent"
        case _:
            return error.message
    return f"expected {demand}, got {as_json_text(error.instance)}"


def _rules(schema: Any, path: Path) -> Iterator[Rule]:
    """The anchored subschemas that apply to a value at `path`, and below it, in the order of the document."""
    if "$anchor" in schema:
        yield Rule(schema["$anchor"], path, schema)
    for keyword, value in schema.items():
        match keyword:
            case "properties":
                for member, below in value.items():
                    yield from _rules(below, (*path, member))
            case "items":
                yield from _rules(value, (*path, "*"))
            case "allOf":
                for same in value:
                    yield from _rules(same, path)
