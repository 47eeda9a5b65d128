"""Judge a body: parse it as strict JSON, and name the requirements that it breaks."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from referencing import Registry
    from referencing._core import Resolver

Path = tuple[str, ...]
"""Where a value stands in an instance: member names, and "*" for the items of an array."""

Pointer = tuple[str | int, ...]
"""The steps to a value in an instance: member names, and indices of arrays."""

SHOWN = 80
"""How many characters of a value are shown."""
DEEPEST = 100
"""How many arrays and objects may stand in one another; what looks at them calls itself for each."""


class NotJSON(ValueError):  # noqa: N818 (it says what the body is)
    """The body is no JSON text in UTF-8 (RFC 8259)."""


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        NotJSON: the body is no UTF-8, or no JSON; NaN and Infinity, which Python would take, are none either.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except RecursionError as error:
        raise NotJSON("it is nested too deeply to be read") from error
    except ValueError as error:
        raise NotJSON(f"it is no JSON text: {error}") from error
    if body.count(b"[") + body.count(b"{") > DEEPEST and _deeper(value, DEEPEST):
        raise NotJSON("it is nested too deeply to be read")
    return value


def _deeper(value: Any, levels: int) -> bool:
    """Whether more arrays and objects than that stand in one another."""
    outer: list[Any] = [[value]]
    for _ in range(levels + 1):
        outer = [
            inner
            for each in outer
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, list | dict)
        ]
    return bool(outer)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


class Rule(NamedTuple):
    """A subschema that states a requirement, and where its value stands in an instance."""

    id: str
    path: Path
    schema: Mapping[str, Any]


class BodySchema:
    """The schema of a body, by reference into a registry."""

    def __init__(self, registry: Registry[Any], reference: str) -> None:
        self._root = {"$ref": reference}
        self._registry = registry

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The subschema itself."""
        contents: Mapping[str, Any] = self._registry.resolver().lookup(self._root["$ref"]).contents
        return contents

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The requirements on an instance, outermost first, those of referenced schemas included."""
        return tuple(_rules(self._root, self._registry.resolver(), ()))

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(self._root, registry=self._registry)

    def broken_by(self, instance: Any) -> dict[str, str]:
        """The requirements that an instance breaks, each with what is wrong.

        Where a value is missing or of the wrong type, its members are not judged: one cause, one requirement.
        """
        broken: dict[str, str] = {}
        for error in self._validator.iter_errors(instance):
            where = "".join(f"/{step}" for step in error.absolute_path) or "the body"
            for name, problem, _ in self._blamed(error):
                broken.setdefault(name, f"{where}: {problem}")
        return broken

    def places(self, instance: Any) -> dict[str, list[Pointer]]:
        """The requirements that an instance breaks, each with where: what is missing, at the place that it lacks."""
        found: dict[str, list[Pointer]] = {}
        for error in self._validator.iter_errors(instance):
            for name, _, missing in self._blamed(error):
                found.setdefault(name, []).append((*error.absolute_path, *missing))
        return found

    def _blamed(self, error: ValidationError) -> Iterator[tuple[str, str, Pointer]]:
        """What to blame for an error, with what is wrong, and what is missing below the place of the error.

        Missing members are to blame themselves; else the nearest anchored schema is.
        """
        if error.validator == "required":
            members = error.schema.get("properties", {})  # type: ignore[union-attr]
            for name in error.validator_value:  # type: ignore[union-attr]
                if name not in error.instance:  # type: ignore[operator]
                    yield members.get(name, {}).get("$anchor") or self._nearest(error), f"{name} is missing", (name,)
            return
        yield self._nearest(error), _problem(error), ()

    def _nearest(self, error: ValidationError) -> str:
        """The ID of the innermost anchored schema on the way from the root to the keyword that failed."""
        steps = list(error.absolute_schema_path)[:-1]
        for trail in _trails(self._root, self._registry.resolver(), steps):
            if trail[-1] is error.schema:
                return next((node["$anchor"] for node in reversed(trail) if "$anchor" in node), "")
        return ""


def _problem(error: ValidationError) -> str:
    """What is wrong, in the words of JSON."""
    rule = error.validator_value
    match error.validator:
        case "type":
            demand = f"of type {rule if isinstance(rule, str) else ' or '.join(map(str, rule))}"  # type: ignore[arg-type]
        case "const":
            demand = json.dumps(rule)
        case "enum":
            demand = " or ".join(map(json.dumps, rule))  # type: ignore[arg-type]
        case "minLength" | "minItems":
            return "it is empty"
        case "maxItems":
            return f"it is {shown(error.instance)}, and is to be empty"
        case "not":
            return "it holds what it is to leave out"
        case _:
            return error.message
    return f"it is {shown(error.instance)}, and is to be {demand}"


def shown(value: Any) -> str:
    """A value as JSON, cut short where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"


def _trails(node: Any, resolver: Resolver[Any], steps: list[Any]) -> Iterator[list[Mapping[str, Any]]]:
    """The schemas passed on the way along `steps`; more than one way, since jsonschema leaves `$ref` out of a path."""
    if isinstance(node, dict) and "$ref" in node:
        resolved = resolver.lookup(node["$ref"])
        for trail in _trails(resolved.contents, resolved.resolver, steps):
            yield [node, *trail]
    if not steps:
        yield [node]
    elif isinstance(node, list) or steps[0] in node:
        here = [node] if isinstance(node, dict) else []
        for trail in _trails(node[steps[0]], resolver, steps[1:]):
            yield [*here, *trail]


def _rules(schema: Any, resolver: Resolver[Any], path: Path) -> Iterator[Rule]:
    """The anchored subschemas that apply to a value at `path`, and below it."""
    if not isinstance(schema, dict):
        return
    if "$anchor" in schema:
        yield Rule(schema["$anchor"], path, schema)
    if "$ref" in schema:
        resolved = resolver.lookup(schema["$ref"])
        yield from _rules(resolved.contents, resolved.resolver, path)
    for member, value in schema.get("properties", {}).items():
        yield from _rules(value, resolver, (*path, member))
    yield from _rules(schema.get("items"), resolver, (*path, "*"))
    for value in schema.get("allOf", ()):
        yield from _rules(value, resolver, path)
