"""Wrong codes are wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.account import FICTIONAL_NUMBERS, ODD_NUMBERS, WRONG_CODES, numbers_of_others, wrong_codes
from strategies.defects import encode


@given(right=st.text("0123456789", min_size=4, max_size=10), also=st.text("0123456789", min_size=6, max_size=6))
def test_no_wrong_code_is_right(right: str, also: str) -> None:
    assert not {right, also} & set(wrong_codes(right, {also}).values())


def test_each_way_of_being_wrong_is_another() -> None:
    found = wrong_codes("314159")
    assert set(found) == set(WRONG_CODES)
    assert len(set(found.values())) == len(found)


def test_a_code_that_is_a_usual_guess_is_left_out() -> None:
    assert "sample" not in wrong_codes("123456")
    assert "zeros" not in wrong_codes("000000")


def test_numbers_reach_nobody() -> None:
    """555-0100 to 555-0199 in the USA; 07700 900000 to 900999 in the UK."""
    for number in FICTIONAL_NUMBERS:
        assert re.fullmatch(r"\+1\d{3}55501\d\d|\+447700900\d{3}", number)


def enabling(number: Any) -> bytes:
    return encode({"data": {"attributes": {"delivery": "sms", "sms-number": number}}})


@pytest.mark.parametrize(
    "number",
    [*ODD_NUMBERS.values(), *FICTIONAL_NUMBERS, "+49 171 1234567", "0049-171-1234567", 491711234567, ["+491711234567"]],
)
def test_a_number_that_is_known_is_nobody_elses(number: Any) -> None:
    assert not numbers_of_others(enabling(number), ("+491711234567", "00491711234567"))


@pytest.mark.parametrize("number", [None, True, False, 0, 12, "", "me", [], {}, {"$ne": ""}, -1, 1.5, "1\ud8002"])
def test_what_has_too_few_digits_is_no_number(number: Any) -> None:
    assert not numbers_of_others(enabling(number), ())


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+491711234567", "491711234567"),
        ("911", "911"),
        ("1202555012", "1202555012"),
        (2025550123, "2025550123"),
        (6.5e22, "6522"),
        ("\uff11\uff12\uff13", "123"),
        ("\u0661\u0662\u0663", "123"),
        ([{"a": "123-45"}], "12345"),
        ("1" * 5_000, "1" * 5_000),
    ],
)
def test_another_number_is_found_however_it_stands_there(number: Any, digits: str) -> None:
    assert numbers_of_others(enabling(number), ("+491711234568",)) == {digits}
    assert numbers_of_others(encode({"smsNumber": number, "number": 5551234}), ()) == {digits}


def test_what_is_no_json_holds_no_number() -> None:
    assert not numbers_of_others(None, ())
    assert not numbers_of_others(b"{", ())
