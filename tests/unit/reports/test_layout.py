"""Bodies as they are shown: no token is changed, and the places of a violation are marked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.evidence import pointer_text
from reports.layout import lay_out

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def text_of(text: str) -> str:
    return "".join(piece.text for piece in lay_out(text))


def marked(text: str, *pointers: str) -> str:
    """The pieces as one text, the wrong ones in <>, the missing ones in []."""
    signs = {"": "{}", "wrong": "<{}>", "missing": "[{}]"}
    return "".join(signs[piece.mark].replace("{}", piece.text) for piece in lay_out(text, pointers))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":[1,{}],"a":"x,}"}', '{\n  "a": [\n    1,\n    {}\n  ],\n  "a": "x,}"\n}'),
        ('"\\u0041 \\" "', '"\\u0041 \\" "'),
        ("not JSON, at all", "not JSON, at all"),
        ("1E400", "1E400"),
        ("", "(no body)"),
        ('{"a": 1} … [9 more characters]', '{"a": 1} … [9 more characters]'),
    ],
)
def test_layout_changes_no_token(text: str, expected: str) -> None:
    assert text_of(text) == expected


@pytest.mark.parametrize(
    ("text", "pointers", "expected"),
    [
        ('{"a": 1, "b": 2}', ["/b"], '{\n  "a": 1,\n  <"b": 2>\n}'),
        ('{"a": {"b": 2}, "c": 3}', ["/a/b"], '{\n  "a": {\n    <"b": 2>\n  },\n  "c": 3\n}'),
        ('{"a": [1], "b": 2}', ["/a"], '{\n  <"a": [\n    1\n  ]>,\n  "b": 2\n}'),
        ('{"a": {}, "b": []}', ["/a", "/b"], '{\n  <"a": {}>,\n  <"b": []>\n}'),
        ("[1, 2, 3]", ["/1"], "[\n  1,\n  <2>,\n  3\n]"),
        ("[1]", [""], "<[\n  1\n]>"),
        ('{"a": 1}', ["/b/c"], '{\n  "a": 1\n  ["b/c" is missing]\n}'),
        ("{}", ["/a"], '{\n  ["a" is missing]\n}'),
        ('{"a": {}}', ["/a/b", "/c"], '{\n  "a": {\n    ["b" is missing]\n  }\n  ["c" is missing]\n}'),
        ('{"a": 1}', ["/a/b"], '{\n  <"a": 1>\n}'),
        ('{"": {"a": 0}, "a": 1}', ["//a"], '{\n  "": {\n    <"a": 0>\n  },\n  "a": 1\n}'),
        ('{"a/b": 1, "a": 2}', ["/a~1b"], '{\n  <"a/b": 1>,\n  "a": 2\n}'),
        ("not JSON", [""], "<not JSON>"),
        ("not JSON", ["/a"], "not JSON"),
        ("", [""], "<(no body)>"),
    ],
)
def test_places_are_marked(text: str, pointers: list[str], expected: str) -> None:
    assert marked(text, *pointers) == expected


@given(VALUES)
def test_each_value_is_marked_by_its_own_pointer_and_the_text_keeps_its_value(value: Any) -> None:
    text = json.dumps(value)
    assert json.loads(text_of(text)) == value
    for pointer, member in members(value, ()):
        pieces = lay_out(text, [pointer_text(pointer)])
        assert "".join(piece.text for piece in pieces) == text_of(text)
        (mark,) = (piece.text for piece in pieces if piece.mark)
        shown = json.loads(f"{{{mark}}}" if pointer and isinstance(pointer[-1], str) else mark)
        assert shown == ({pointer[-1]: member} if pointer and isinstance(pointer[-1], str) else member)


def members(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    """All values in a value, with the steps to them."""
    pairs = [(path, value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in steps:
        pairs += members(member, (*path, step))
    return pairs
