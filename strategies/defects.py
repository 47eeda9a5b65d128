"""The enumerated defects of a request body: what a lax server takes for right, one broken requirement each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas import NotJSON, Operation, parse
from strategies.malformed import MALFORMED, NOT_AN_OBJECT
from strategies.places import MISSING, replaced, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas import Rule

LONG = 20_000
"""Characters in a long string: far over any documented value, under the size limits that servers have."""


@dataclass(frozen=True)
class Defect:
    """One way of breaking one requirement of a request body.

    `name` tells the way, `shape` the documented body that it departs from, and `apply` makes the bytes to send from a
    valid body of that shape.
    """

    requirement: str
    name: str
    shape: str
    apply: Callable[[Any], bytes]


def encode(instance: Any) -> bytes:
    """An instance as the JSON text to send; lone surrogates stay escaped, for UTF-8 has no place for them."""
    return json.dumps(instance).encode()


def broken_by(operation: Operation, body: bytes) -> set[str]:
    """The IDs of the requirements that a request body breaks, as sent; empty for an operation without a body."""
    if operation.request is None:
        return set()
    try:
        return set(operation.request.broken_by(parse(body)))
    except NotJSON:
        return {operation.request.rules[0].id}


def defects(operation: Operation, shapes: Mapping[str, Any] | None = None) -> Iterator[Defect]:
    """Every enumerated defect of an operation's request body, each breaking its requirement and no other.

    Args:
        operation: the operation; one without a body has no defects.
        shapes: valid bodies by the name of their shape, if not those of the contract.
    """
    shapes = operation.shapes if shapes is None else shapes
    if operation.request is None:
        return
    seen: set[bytes] = set()
    for rule in operation.request.rules:
        for defect in _candidates(rule, shapes):
            body = defect.apply(shapes[defect.shape])
            if body not in seen and broken_by(operation, body) == {rule.id}:
                seen.add(body)
                yield defect


def _candidates(rule: Rule, shapes: Mapping[str, Any]) -> Iterator[Defect]:
    """Defects that may break a rule: those that break none, or several, are dropped by the caller."""
    base = next((name for name, body in shapes.items() if value_at(body, rule.path) not in (MISSING, None)), "")
    if not rule.path:
        yield from (Defect(rule.id, name, base, _malformed(change)) for name, change in MALFORMED.items())
        yield from (Defect(rule.id, name, base, _malformed(change)) for name, change in NOT_AN_OBJECT.items())
        return
    members = "properties" in rule.schema
    for name, change in WRONG_VALUES.items():
        if not (members and name in NEAR_STRINGS):
            yield Defect(rule.id, name, base, _replacing(rule.path, change))
    if members:
        yield Defect(rule.id, "flattened", base, lambda valid: encode(_flattened(valid, rule.path)))
    allowed = [rule.schema["const"]] if "const" in rule.schema else rule.schema.get("enum", [])
    for value in allowed:
        suffix = f"-{value}" if len(allowed) > 1 else ""
        here = next((name for name, body in shapes.items() if value_at(body, rule.path) == value), base)
        for name, near in NEAR_MISSES.items():
            if value == allowed[0] or name not in EXOTIC:
                yield Defect(rule.id, f"near-miss-{name}{suffix}", here, _replacing(rule.path, near))
    if len(allowed) > 1:
        yield Defect(rule.id, "near-miss-joined", base, _replacing(rule.path, lambda _: ",".join(allowed)))
        yield Defect(rule.id, "near-miss-all", base, _replacing(rule.path, lambda _: allowed))
    if allowed:
        yield Defect(rule.id, "unknown-value", base, _replacing(rule.path, lambda _: "unknown"))
        yield Defect(rule.id, "long", base, _replacing(rule.path, lambda value: str(value) + "x" * LONG))


def _malformed(change: Callable[[bytes], bytes]) -> Callable[[Any], bytes]:
    return lambda valid: change(encode(valid))


def _replacing(path: tuple[str, ...], change: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    return lambda valid: encode(replaced(valid, path, change(value_at(valid, path))))


def _flattened(valid: Any, path: tuple[str, ...]) -> Any:
    """The body with the members of an object put where the object was."""
    holder = value_at(valid, path[:-1])
    rest = {name: value for name, value in holder.items() if name != path[-1]}
    return replaced(valid, path[:-1], rest | holder[path[-1]])


def _as_number(value: Any) -> Any:
    """A string of digits as the number that a coercing server would make a string of again."""
    digits = str(value).lstrip("+")
    return int(digits) if digits.isdecimal() else 42


WRONG_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "missing": lambda _: MISSING,
    "wrong-type-number": _as_number,
    "null": lambda _: None,
    "wrong-type-boolean": lambda _: True,
    "wrong-type-false": lambda _: False,
    "wrong-type-zero": lambda _: 0,
    "wrong-type-string": lambda _: "users",
    "wrong-type-array": lambda _: [],
    "wrong-type-object": lambda _: {},
    "operator": lambda _: {"$ne": ""},
    "wrapped-in-array": lambda value: [value],
    "encoded-twice": lambda value: json.dumps(value) if isinstance(value, dict) else MISSING,
    "empty-string": lambda _: "",
}
"""Ways of replacing any value, the most telling first; the rule decides which of them are wrong for it."""

NEAR_STRINGS = {"wrong-type-number", "wrong-type-zero", "wrong-type-false", "operator", "empty-string"}
"""Those of them that are near to a string only, and say nothing new of an object."""

NEAR_MISSES: Mapping[str, Callable[[str], str]] = {
    "upper-case": str.upper,
    "title-case": str.title,
    "trailing-blank": lambda value: value + " ",
    "leading-blank": lambda value: " " + value,
    "trailing-newline": lambda value: value + "\n",
    "prefix": lambda value: value[:-1],
    "longer": lambda value: value + value[-1],
    "trailing-nul": lambda value: value + "\0",
    "lone-surrogate": lambda value: value + "\ud800",
    "full-width": lambda value: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value),
}
"""Ways of almost saying a documented string value."""

EXOTIC = {"title-case", "leading-blank", "longer", "trailing-nul", "lone-surrogate", "full-width", "trailing-newline"}
"""Those of them that find the same bug whichever of several values they start from."""
