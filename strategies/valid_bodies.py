"""Hypothesis strategies for valid bodies, read from a schema, and other JSON texts of the same value."""

from __future__ import annotations

import json
import re
import string
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from schemas import Operation

# Hypothesis mixes constants of the modules that it takes for the user's own into texts, integers and floats. Those
# differ between a checkout and a wheel, so everything is drawn from short lists: the same seed draws the same values.
CHARACTERS = f"{string.ascii_letters}{string.digits}_-./:'\"\\{{}}[]<>&%$#@!?*+=~ \0\x1f\u2028\ufeff\U0001f512é"
EXOTIC_CHARACTERS = "\0\x1f\u2028\ufeff\U0001f512é"
POWERS = [2**exponent for exponent in (0, 1, 7, 8, 15, 16, 31, 32, 53, 63, 64, 128)]
INTEGERS = [0, 10, 10**30, *(sign * power + offset for power in POWERS for sign in (1, -1) for offset in (-1, 0, 1))]
FLOATS = [0.5, -1.5, 1e-7, 3.141592653589793, 1e21, -1e308, 5e-324]

texts = st.lists(st.sampled_from(CHARACTERS), max_size=40).map("".join) | st.lists(
    st.sampled_from(EXOTIC_CHARACTERS), max_size=8
).map("".join)
"""Strings, with more NUL, separators and astral characters than chance gives."""

integers, floats = st.sampled_from(INTEGERS), st.sampled_from(FLOATS)
scalars = st.none() | st.booleans() | integers | floats | texts

json_values: SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
"""Any JSON value."""

_BY_TYPE: Mapping[str, SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": integers | floats,
    "integer": integers,
    "string": texts,
    "array": st.lists(json_values, max_size=4),
}


def instances(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Instances of a schema of `const`, `enum`, `type`, `properties` and `required`, with and without optional members.

    A string is any string, so a body that is sent needs a number of its own in the place of a telephone number.
    """
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "properties" in schema:
        members = {name: instances(value) for name, value in schema["properties"].items()}
        required = {name: members.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=members)
    types = schema.get("type", [])
    return st.one_of([_BY_TYPE[name] for name in ([types] if isinstance(types, str) else types)] or [json_values])


def valid_bodies(operation: Operation) -> SearchStrategy[Any]:
    """Valid bodies of an operation; `None` for an operation without a body."""
    return st.none() if operation.request is None else instances(operation.request.schema)


@st.composite
def one_edit_away(draw: DrawFn, value: str) -> str:
    """Strings at most one edit away from a string: a character is added, removed or replaced."""
    position = draw(st.integers(0, len(value)))
    character = draw(st.sampled_from(CHARACTERS) | st.sampled_from(" \t\0aA0"))
    removed = draw(st.integers(0, 1))
    return value[:position] + draw(st.sampled_from(["", character])) + value[position + removed :]


@st.composite
def serialisations(draw: DrawFn, instance: Any) -> bytes:
    """JSON texts of an instance: other white space, other order of members, characters escaped or not."""
    text = json.dumps(
        draw(_reordered(instance)),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")])),
    )
    before, after = draw(st.sampled_from(["", " ", "\r\n"])), draw(st.sampled_from(["", "\n"]))
    letter = draw(st.sampled_from(["", "u", "s", "p"]))
    if letter:
        text = text.replace(f'"{letter}', f'"\\u{ord(letter):04x}')
    return f"{before}{text}{after}".encode()


@st.composite
def _reordered(draw: DrawFn, instance: Any) -> Any:
    if not isinstance(instance, dict):
        return instance
    return {name: draw(_reordered(instance[name])) for name in draw(st.permutations(list(instance)))}


def backwards(instance: Any) -> bytes:
    """The JSON text with the members of every object in reverse order, and white space wherever JSON allows it."""

    def reversed_members(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: reversed_members(value[name]) for name in reversed(value)}

    return b"\r\n" + json.dumps(reversed_members(instance), indent="\t", separators=(" ,", " : ")).encode() + b"\n"


def escaped(instance: Any) -> bytes:
    """The JSON text with every character of its strings escaped."""

    def escape(literal: re.Match[str]) -> str:
        units = json.loads(literal.group()).encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'

    return re.sub(r'"(?:[^"\\]|\\.)*"', escape, json.dumps(instance)).encode()
