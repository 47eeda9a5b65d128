"""Bodies are parsed as strict JSON, and bodies beyond the parser are told from invalid ones."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import BeyondParser, NotJSON, as_json_text, parse
from schemas.strict_json import MAX_DEPTH, MAX_SHOWN


def nested(value: list[Any], levels: int) -> list[Any]:
    return nested([value], levels - 1) if levels else value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"null", None),
        (b' {"a": "\\ud83d\\udd12"} ', {"a": "\U0001f512"}),
        (b"1e400", float("inf")),
        (b"[" * (MAX_DEPTH - 1) + b"[], []" + b"]" * (MAX_DEPTH - 1), nested([[], []], MAX_DEPTH - 2)),
        (b"[" + b"[]," * 200 + b"[]]", [[]] * 201),
    ],
    ids=["null", "pair of surrogates", "beyond a float", "deepest", "wide"],
)
def test_json_is_parsed(body: bytes, value: object) -> None:
    assert parse(body) == value


@pytest.mark.parametrize(
    "body", [b"", b"NaN", b"-Infinity", b"[1,]", b'"\xff"', b"\xef\xbb\xbf1", b"{}{}", b"9" * 10 + b"x"]
)
def test_other_texts_are_not_json(body: bytes) -> None:
    with pytest.raises(NotJSON) as error:
        parse(body)
    assert not isinstance(error.value, BeyondParser)


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (b"[" * 50_000, "deep"),
        (b"[" * 50_000 + b"]" * 50_000, "deep"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deep"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "deep"),
        (b"9" * 5_000, "digits"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "digits"),
    ],
)
def test_a_body_beyond_the_parser_is_told_from_an_invalid_one(body: bytes, limit: str) -> None:
    with pytest.raises(BeyondParser, match=limit):
        parse(body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [None, "é"]}, '{"a": [null, "é"]}'),
        ("\ud800", '"\\ud800"'),
        ("x" * 100, '"' + "x" * (MAX_SHOWN - 1) + " …"),
    ],
    ids=["object", "lone surrogate", "long"],
)
def test_a_value_is_shown_as_json_and_cut_short(value: object, text: str) -> None:
    assert as_json_text(value) == text
