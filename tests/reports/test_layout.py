"""Bodies as they are shown: no token changed, and what is wrong marked where it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.layout import LONGEST_TO_FORMAT, Piece, pieces, shortened

if TYPE_CHECKING:
    from schemas import Pointer

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def layout(text: str) -> str:
    """The text with nothing marked."""
    return "".join(piece.text for piece in pieces(text))


def marked(text: str, *pointers: Pointer) -> str:
    """The pieces as one text, with what is wrong in <> and what is missing in []."""
    signs = {"": "{}", "wrong": "<{}>", "missing": "[{}]"}
    return "".join(signs[piece.mark].replace("{}", piece.text) for piece in pieces(text, pointers))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":[1,{}],"a":"x,}"}', '{\n  "a": [\n    1,\n    {}\n  ],\n  "a": "x,}"\n}'),
        ('"\\u0041 \\" "', '"\\u0041 \\" "'),
        ("no JSON, at all", "no JSON, at all"),
        ("1E400", "1E400"),
        ("", ""),
    ],
)
def test_layout_changes_no_token(text: str, expected: str) -> None:
    assert layout(text) == expected


@pytest.mark.parametrize(
    ("text", "pointers", "expected"),
    [
        ('{"a": 1, "b": 2}', [("b",)], '{\n  "a": 1,\n  <"b": 2>\n}'),
        ('{"a": {"b": 2}, "c": 3}', [("a", "b")], '{\n  "a": {\n    <"b": 2>\n  },\n  "c": 3\n}'),
        ('{"a": [1], "b": 2}', [("a",)], '{\n  <"a": [\n    1\n  ]>,\n  "b": 2\n}'),
        ('{"a": {}, "b": []}', [("a",), ("b",)], '{\n  <"a": {}>,\n  <"b": []>\n}'),
        ("[1, 2, 3]", [(1,)], "[\n  1,\n  <2>,\n  3\n]"),
        ("[[0], [1, 2]]", [(1, 0)], "[\n  [\n    0\n  ],\n  [\n    <1>,\n    2\n  ]\n]"),
        ("[1]", [()], "<[\n  1\n]>"),
        ('{"a": 1}', [("b", "c")], '{\n  "a": 1\n  ["b/c" is missing]\n}'),
        ("{}", [("a",)], '{\n  ["a" is missing]\n}'),
        ('{"a": {}}', [("a", "b"), ("c",)], '{\n  "a": {\n    ["b" is missing]\n  }\n  ["c" is missing]\n}'),
        ('{"a": 1}', [("a", "b")], '{\n  <"a": 1>\n}'),
        ('{"a": [1]}', [("a", 7)], '{\n  <"a": [\n    1\n  ]>\n}'),
        ('{"": {"a": 0}, "a": 1}', [("", "a")], '{\n  "": {\n    <"a": 0>\n  },\n  "a": 1\n}'),
        ("no JSON", [()], "<no JSON>"),
        ("no JSON", [("a",)], "no JSON"),
        ("", [()], "<(no body)>"),
    ],
)
def test_what_is_wrong_is_marked(text: str, pointers: list[Pointer], expected: str) -> None:
    assert marked(text, *pointers) == expected


@given(VALUES)
def test_the_text_stays_the_same_value_whatever_is_marked(value: Any) -> None:
    """Each value is marked by its own pointer, and nothing else is."""
    text = json.dumps(value)
    assert json.loads(layout(text)) == value
    for pointer, member in members(value, ()):
        found = pieces(text, [pointer])
        assert "".join(piece.text for piece in found) == layout(text)
        (mark,) = (piece.text for piece in found if piece.mark)
        shown = json.loads(f"{{{mark}}}" if pointer and isinstance(pointer[-1], str) else mark)
        assert shown == ({pointer[-1]: member} if pointer and isinstance(pointer[-1], str) else member)


def members(value: Any, path: Pointer) -> list[tuple[Pointer, Any]]:
    """Every value in a value, with the steps to it."""
    found = [(path, value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in steps:
        found += members(member, (*path, step))
    return found


def test_long_texts_are_not_formatted() -> None:
    text = json.dumps(["x" * LONGEST_TO_FORMAT])
    assert layout(text) == text


def test_what_is_marked_is_kept_when_a_text_is_cut() -> None:
    found = [Piece("a" * 30), Piece("b" * 5, "wrong"), Piece("c" * 30), Piece("d", "missing"), Piece("e")]
    assert shortened(found, 100) == found
    assert "".join(piece.text for piece in shortened(found, 20)) == (
        f"{'a' * 20}\n… [10 more characters]\nbb\n… [33 more characters]\nd… [1 more characters]"
    )
    assert [piece.text for piece in shortened(found, 20) if piece.mark] == ["bb", "d"]
