"""Wrong codes are wrong."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strategies.account import FICTIONAL_NUMBERS, WRONG_CODES, wrong_codes


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
    for number in FICTIONAL_NUMBERS:
        assert number[5:8] == "555"
        assert number[8:10] == "01"
