"""Other JSON texts of a valid body."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn


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
