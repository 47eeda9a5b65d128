"""Bodies are parsed as strict JSON."""

from __future__ import annotations

import pytest

from schemas import NotJSON, parse


@pytest.mark.parametrize(
    ("body", "value"), [(b"null", None), (b' {"a": "\\ud83d\\udd12"} ', {"a": "\U0001f512"}), (b"1e400", float("inf"))]
)
def test_json_is_parsed(body: bytes, value: object) -> None:
    assert parse(body) == value


@pytest.mark.parametrize("body", [b"", b"NaN", b"[1,]", b'"\xff"', b"\xef\xbb\xbf1", b"[" * 5000, b"{}{}", b"9" * 5000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotJSON):
        parse(body)
