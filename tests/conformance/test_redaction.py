"""A secret is masked in every form in which it is likely to turn up."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.redaction import Redactor

SECRET = 'to"k/en +1&2<é>'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        html.escape(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
    ids=["raw", "json-ascii", "json", "url", "form", "html", "base64", "base64url"],
)
def test_forms(form: str) -> None:
    redactor = Redactor()
    redactor.add(SECRET, "[masked]")
    assert redactor.clean(f"before {form} after").replace('"', "").replace("=", "") == "before [masked] after"


@given(before=st.binary(max_size=5), secret=st.text("abcdefghij0123456789", min_size=12), after=st.binary(max_size=5))
def test_within_base64_of_a_longer_text(before: bytes, secret: str, after: bytes) -> None:
    redactor = Redactor()
    redactor.add(secret, "|")
    left = redactor.clean(base64.b64encode(before + secret.encode() + after).decode())
    assert "|" in left
    assert len(left) <= 1 + 4 * (len(before) + len(after) + 4)


@pytest.mark.parametrize("form", ["JBSWY3DPEHPK", "jbswy3dpehpk", "jbsw y3dp ehpk", "JBSW-Y3DP-EHPK", "JBSW Y3DP EHPK"])
def test_codes_as_they_are_printed_for_people(form: str) -> None:
    redactor = Redactor()
    redactor.add_code("JBSWY3DPEHPK", "[masked]")
    assert redactor.clean(f"type {form} now") == "type [masked] now"


def test_the_longest_secret_wins_and_short_ones_are_left() -> None:
    redactor = Redactor()
    redactor.add("secret", "[short]")
    redactor.add("secret-token", "[long]")
    redactor.add("abc", "[none]")
    assert redactor.clean("secret-token secret abc") == "[long] [short] abc"
