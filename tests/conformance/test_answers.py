"""Links and numbers are compared by what they mean."""

from __future__ import annotations

import pytest
from conformance.account.answers import holds, names, same_number
from conformance.exchange import Exchange, Request, Response


@pytest.mark.parametrize(
    ("link", "user", "expected"),
    [
        ("/api/v2/users/user-2fa", "user-2fa", True),
        ("https://tfe.example:8443/api/v2/users/user-2fa", "user-2fa", True),
        ("users/user-2fa", "user-2fa", True),
        ("/api/v2/users/zo%C3%AB%20m%2Fx", "zoë m/x", True),
        ("/api/v2/users/zoë m/x", "zoë m/x", True),
        ("/api/v2/users/user%2D2fa?a=b", "user-2fa", True),
        ("/api/v2/users/user_d3cab177", "user-2fa", False),
        ("/api/v2/user-2fa", "user-2fa", False),
        ("/api/v2/users/another-user-2fa", "user-2fa", False),
        ("http://[", "user-2fa", False),
    ],
)
def test_links_name_the_user(link: str, user: str, *, expected: bool) -> None:
    assert names(link, ["users", user]) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("+12025550123", "+1 202-555-0123", True),
        ("+12025550123", "(202) 555-0123", True),
        ("+12025550123", "********0123", True),
        ("+12025550123", "+12025550124", False),
        ("+12025550123", "+12025550199", False),
        ("+12025550123", "", False),
        ("+12025550123", "***", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(one: str, other: str, *, expected: bool) -> None:
    assert same_number(one, other) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456", True),
        ("Your code is 123456.", True),
        ("098765,123456", True),
        ("codes:123456/098765", True),
        ("0.123456", False),
        ("123456.75", False),
        ("2026-11-24T16:25:01.123456+00:00", False),
        ("1234567", False),
        ("id-123456", False),
    ],
)
def test_a_code_stands_there_as_a_word_and_not_as_a_fraction(text: str, *, expected: bool) -> None:
    request = Request("POST", "http://127.0.0.1/", ())
    answer = Response(422, (("X-Runtime", text),), b"{}")
    assert holds(Exchange(1, "verify", "", request, answer), {"123456", "no-other-one"}) is expected
