"""Request bodies that break exactly one requirement: the values that a lax server accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas import NotJSON, Operation, as_json_text, parse
from strategies.json_path import MISSING, replaced, value_at
from strategies.malformed import NOT_AN_OBJECT, NOT_JSON
from strategies.probe import Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas import Path, Rule

LONG = 20_000
"""Characters of a long string: far above any documented value, below the size limits of servers."""


def encode(instance: Any) -> bytes:
    """The JSON text of an instance. Lone surrogates stay escaped, since UTF-8 can't encode them."""
    return json.dumps(instance).encode()


def encode_body(instance: Any) -> bytes | None:
    """The body to send for an instance; `None`, for no body, where the instance is `None`."""
    return None if instance is None else encode(instance)


def simple_probe(  # noqa: PLR0913, PLR0917 (those of a probe, and what it sends)
    requirement: str,
    operation: str,
    name: str,
    shape: str,
    purpose: str,
    body: Callable[[Any], bytes | None] = encode_body,
    **fields: Any,
) -> Probe:
    """A probe that sends what `body` makes of a valid one, with other fields of the request as given."""

    def build(valid: Any, _: str) -> RequestSpec:
        return RequestSpec(operation, body(valid), purpose, requirement, **fields)

    return Probe(requirement, operation, name, shape, build)


def broken_by(operation: Operation, body: bytes) -> set[str]:
    """The IDs of the requirements that a request body breaks, as sent; empty for an operation without a body.

    A text beyond the limits of our parser counts as one that is not JSON: it breaks the requirement on the whole body.
    """
    if operation.request is None:
        return set()
    try:
        return set(operation.request.broken_by(parse(body)))
    except NotJSON:
        return {operation.request.rules[0].id}


class Mutation(NamedTuple):
    """A way to break a rule: its name, the shape that it starts from, and the bytes that it makes of a valid body."""

    name: str
    shape: str
    mutate: Callable[[Any], bytes]


def body_probes(operation: Operation) -> Iterator[Probe]:
    """Every enumerated mutation of an operation's body; none for an operation without a body.

    Each breaks its requirement and no other, in the bytes that are sent, and no two send the same bytes.
    """
    if operation.request is None:
        return
    bodies: set[bytes] = set()
    for rule in operation.request.rules:
        for mutation in _mutations(rule, operation.shapes):
            body = mutation.mutate(operation.shapes[mutation.shape])
            if body not in bodies and broken_by(operation, body) == {rule.id}:
                bodies.add(body)
                yield body_probe(operation, rule, mutation)


def body_probe(operation: Operation, rule: Rule, mutation: Mutation) -> Probe:
    """The probe that sends a mutation of an operation's body."""

    def build(valid: Any, _: str) -> RequestSpec:
        body = mutation.mutate(valid)
        return RequestSpec(operation.name, body, _purpose(rule, mutation.name, body), rule.id)

    # A server may count any value of a rule with x-guess as an attempt to guess a code.
    is_guess = bool(rule.schema.get("x-guess"))
    return Probe(
        rule.id, operation.name, mutation.name, mutation.shape, build, is_guess=is_guess, is_malformed=is_guess
    )


def _purpose(rule: Rule, mutation: str, body: bytes) -> str:
    """The mutation of a body in words: `without data.type`, `data.type: "users "`, or the name of the mutation."""
    name = ".".join(rule.path)
    # A whole object would be cut short, perhaps in the middle of a secret that it holds.
    holds_object = "properties" in rule.schema and mutation in ("wrapped-in-array", "encoded-twice")
    if not name or rule.schema.get("x-guess") or holds_object:
        return f"{name or 'body'}: {mutation.replace('-', ' ')}"
    if mutation in RENAMED:
        return f"{name} as {RENAMED[mutation](rule.path[-1])}"
    value = value_at(parse(body), rule.path)
    return f"without {name}" if value is MISSING else f"{name}: {as_json_text(value)}"


def _mutations(rule: Rule, shapes: Mapping[str, Any]) -> Iterator[Mutation]:
    """Mutations that may break a rule; some break none, or several."""
    base = next((name for name, body in shapes.items() if value_at(body, rule.path) not in (MISSING, None)), "")
    if not rule.path:
        for name, text in {**NOT_JSON, **NOT_AN_OBJECT}.items():
            yield Mutation(name, base, _changing_text(text))
        return
    has_members = "properties" in rule.schema
    for name, value in WRONG_VALUES.items():
        if not (has_members and name in ONLY_FOR_STRINGS):
            yield Mutation(name, base, replacing(rule.path, value))
    for name, rename in RENAMED.items():
        yield Mutation(name, base, _renaming(rule.path, rename))
    if has_members:
        yield Mutation("flattened", base, lambda valid: encode(_flattened(valid, rule.path)))
    documented = [rule.schema["const"]] if "const" in rule.schema else rule.schema.get("enum", [])
    if documented:
        yield from _near_misses(rule.path, documented, shapes, base)


def _near_misses(path: Path, documented: list[str], shapes: Mapping[str, Any], base: str) -> Iterator[Mutation]:
    """Mutations of documented strings, each from a shape that holds the string."""
    for string in documented:
        suffix = f"-{string}" if len(documented) > 1 else ""
        shape = next((name for name, body in shapes.items() if value_at(body, path) == string), base)
        for name, change in NEAR_MISSES.items():
            if string == documented[0] or name in FOR_EACH_VALUE:
                yield Mutation(f"near-miss-{name}{suffix}", shape, replacing(path, change))
    if len(documented) > 1:
        yield Mutation("near-miss-joined", base, replacing(path, lambda _: ",".join(documented)))
        yield Mutation("near-miss-all", base, replacing(path, lambda _: documented))
    yield Mutation("unknown-value", base, replacing(path, lambda _: "unknown"))
    yield Mutation("long", base, replacing(path, lambda string: str(string) + "x" * LONG))


def _changing_text(change: Callable[[bytes], bytes]) -> Callable[[Any], bytes]:
    return lambda valid: change(encode(valid))


def replacing(path: Path, change: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    """A function from a valid body to the bytes of a copy whose value at `path` is changed."""
    return lambda valid: encode(replaced(valid, path, change(value_at(valid, path))))


def _flattened(valid: Any, path: Path) -> Any:
    """The body with the members of an object moved to the place of the object."""
    holder = value_at(valid, path[:-1])
    rest = {name: value for name, value in holder.items() if name != path[-1]}
    return replaced(valid, path[:-1], rest | holder[path[-1]])


def _renaming(path: Path, rename: Callable[[str], str]) -> Callable[[Any], bytes]:
    """A function from a valid body to the bytes of a copy in which the member at `path` has another name."""

    def mutate(valid: Any) -> bytes:
        holder = value_at(valid, path[:-1])
        members = {rename(name) if name == path[-1] else name: value for name, value in holder.items()}
        return encode(replaced(valid, path[:-1], members))

    return mutate


def as_number(value: Any) -> Any:
    """A string of digits as the number that a coercing server turns into the string again."""
    digits = str(value).lstrip("+")
    return int(digits) if digits.isdecimal() else 42


WRONG_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "missing": lambda _: MISSING,
    "wrong-type-number": as_number,
    "null": lambda _: None,
    "wrong-type-huge-number": lambda value: as_number(value) * 10**25,
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
"""Replacements for any value, the most telling first. The rule decides which of them are wrong for it."""

ONLY_FOR_STRINGS = {
    "wrong-type-number",
    "wrong-type-huge-number",
    "wrong-type-zero",
    "wrong-type-false",
    "operator",
    "empty-string",
}
"""Replacements that tell nothing new in the place of an object."""

RENAMED: Mapping[str, Callable[[str], str]] = {"name-upper-case": str.upper, "name-title-case": str.title}
"""Other names of a member: some parsers match names without case, and then take the member for the documented one."""


def full_width(value: str) -> str:
    """The string in full-width characters, which some parsers normalise."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in value)


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
    "full-width": full_width,
}
"""Strings that are almost a documented one."""

FOR_EACH_VALUE = {"upper-case", "trailing-blank", "prefix"}
"""Near misses of each of several documented values. The others find the same bug from any of them."""
