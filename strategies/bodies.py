"""Hypothesis strategies: valid bodies read from a schema, other spellings of them, and invalid bodies in breadth."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from strategies.defects import Defect, broken_by, encode
from strategies.places import MISSING, replaced, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from schemas import Operation, Path, Rule

texts = st.text(max_size=40) | st.text(st.sampled_from("\0\x1f\u2028\ufeff\U0001f512é"), max_size=8)
"""Strings, with NUL, separators and astral characters oftener than chance has them."""

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts

json_values: SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
"""Any JSON value."""

_BY_TYPE: Mapping[str, SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "integer": st.integers(),
    "string": texts,
    "array": st.lists(json_values, max_size=4),
}


def instances(schema: Mapping[str, Any], narrowed: Mapping[Path, SearchStrategy[Any]] | None = None) -> Any:
    """Instances of a schema made of `const`, `enum`, `type`, `properties` and `required`.

    Args:
        schema: the schema; optional members are there or not.
        narrowed: strategies for the values at some places, instead of any that the schema allows.
    """
    return _instances(schema, narrowed or {}, ())


def _instances(schema: Mapping[str, Any], narrowed: Mapping[Path, SearchStrategy[Any]], path: Path) -> Any:
    if path in narrowed:
        return narrowed[path]
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "properties" in schema:
        members = {name: _instances(value, narrowed, (*path, name)) for name, value in schema["properties"].items()}
        required = {name: members.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=members)
    types = schema.get("type", [])
    return st.one_of([_BY_TYPE[name] for name in ([types] if isinstance(types, str) else types)] or [json_values])


def bodies(operation: Operation, narrowed: Mapping[Path, SearchStrategy[Any]] | None = None) -> SearchStrategy[Any]:
    """Valid bodies of an operation; `None` for an operation without a body."""
    if operation.request is None:
        return st.none()
    found: SearchStrategy[Any] = instances(operation.request.schema, narrowed)
    return found


@st.composite
def spellings(draw: DrawFn, instance: Any) -> bytes:
    """JSON texts that all mean this instance: other white space, other order of members, characters escaped or not."""
    text = json.dumps(
        draw(_reordered(instance)),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")])),
    )
    before, after = draw(st.sampled_from(["", " ", "\r\n"])), draw(st.sampled_from(["", "\n"]))
    escaped = draw(st.sampled_from(["", "u", "s", "p"]))
    if escaped:
        text = text.replace(f'"{escaped}', f'"\\u{ord(escaped):04x}')
    return f"{before}{text}{after}".encode()


@st.composite
def _reordered(draw: DrawFn, instance: Any) -> Any:
    if not isinstance(instance, dict):
        return instance
    return {name: draw(_reordered(instance[name])) for name in draw(st.permutations(list(instance)))}


def backwards(instance: Any) -> bytes:
    """The JSON text with the members of every object in the opposite order, and white space wherever it may be."""

    def turned(value: Any) -> Any:
        return {name: turned(value[name]) for name in reversed(value)} if isinstance(value, dict) else value

    return b"\r\n" + json.dumps(turned(instance), indent="\t", separators=(" ,", " : ")).encode() + b"\n"


def escaped(instance: Any) -> bytes:
    """The JSON text with every character of its strings escaped."""

    def hidden(found: re.Match[str]) -> str:
        units = json.loads(found.group()).encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'

    return re.sub(r'"(?:[^"\\]|\\.)*"', hidden, json.dumps(instance)).encode()


@st.composite
def near(draw: DrawFn, value: str) -> str:
    """Strings one edit away from a string: a character more, less, or other."""
    at = draw(st.integers(0, len(value)))
    character = draw(st.characters(codec="utf-8") | st.sampled_from(" \t\0aA0"))
    skipped = draw(st.integers(0, 1))
    return value[:at] + draw(st.sampled_from(["", character])) + value[at + skipped :]


@st.composite
def body_defects(draw: DrawFn, operation: Operation) -> Defect:
    """Defects beyond the enumerated: any JSON value, or a string one edit away, where the rule has no place for it."""
    assert operation.request is not None
    rule = draw(st.sampled_from(operation.request.rules))
    holders = [name for name, body in operation.shapes.items() if value_at(body, rule.path) is not MISSING]
    shape = draw(st.sampled_from(holders))
    value = value_at(operation.shapes[shape], rule.path)
    documented = "const" in rule.schema or "enum" in rule.schema
    wrong = json_values | near(value) if documented and isinstance(value, str) else json_values
    defect = _defect(rule, shape, draw(wrong))
    if broken_by(operation, defect.apply(operation.shapes[shape])) != {rule.id}:
        # Most values are wrong in most places; where one is right by chance, a boolean is wrong everywhere here.
        defect = _defect(rule, shape, draw(st.booleans()))
    return defect


def _defect(rule: Rule, shape: str, wrong: Any) -> Defect:
    return Defect(rule.id, "generated", shape, lambda valid: encode(replaced(valid, rule.path, wrong)))
