"""Wrong codes are wrong, and numbers reach nobody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import load
from strategies.json_path import value_at
from strategies.mutations import encode
from strategies.two_factor import (
    CODE_PATH,
    FICTIONAL_NUMBERS,
    NEAR,
    ODD_NUMBERS,
    UNLIKELY_CODE,
    WRONG_CODES,
    numbers_of_others,
    undocumented_code_probes,
    wrong_code_probes,
    wrong_codes,
)

VERIFY = load().operations["verify"].shapes["code"]


def verifying(code: str) -> Any:
    return {"data": VERIFY["data"] | {"attributes": {"code": code}}}


@given(right=st.text("0123456789", min_size=4, max_size=10), also=st.text("0123456789", min_size=6, max_size=6))
def test_no_wrong_code_is_right(right: str, also: str) -> None:
    assert not {right, also} & set(wrong_codes(right, {also}).values())


def test_each_wrong_code_differs_from_the_others() -> None:
    codes = wrong_codes(UNLIKELY_CODE)
    assert set(codes) == set(WRONG_CODES)
    assert len(set(codes.values())) == len(codes)


def test_a_common_code_that_is_right_is_left_out() -> None:
    assert "sample" not in wrong_codes("123456")
    assert "zeros" not in wrong_codes("000000")


def test_a_wrong_code_that_happens_to_be_right_is_not_sent() -> None:
    specs = {probe.name: probe.build(verifying("123456"), "") for probe in wrong_code_probes()}
    assert [name for name, spec in specs.items() if spec is None] == ["sample"]


def test_a_code_that_discloses_the_right_one_is_masked() -> None:
    for probe in (*wrong_code_probes(), *undocumented_code_probes()):
        spec = probe.build(verifying(UNLIKELY_CODE), "")
        assert spec is not None
        assert spec.body is not None
        assert spec.known_code == UNLIKELY_CODE
        sent = value_at(json.loads(spec.body), CODE_PATH)
        assert [secret for secret, _ in spec.masks] == (
            [sent] if probe.name in NEAR or UNLIKELY_CODE in digits(sent) else []
        )


def digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdecimal())


def test_fictional_numbers_are_of_the_reserved_ranges() -> None:
    """555-0100 to 555-0199 in the USA; 07700 900000 to 900999 in the UK."""
    for number in FICTIONAL_NUMBERS:
        assert re.fullmatch(r"\+1\d{3}55501\d\d|\+447700900\d{3}", number)


def enabling(number: Any) -> bytes:
    return encode({"data": {"attributes": {"delivery": "sms", "sms-number": number}}})


@pytest.mark.parametrize(
    "number",
    [*ODD_NUMBERS.values(), *FICTIONAL_NUMBERS, "+49 171 1234567", "0049-171-1234567", 491711234567, ["+491711234567"]],
)
def test_a_known_number_is_no_other(number: Any) -> None:
    assert not numbers_of_others(enabling(number), ("+491711234567", "00491711234567"))


@pytest.mark.parametrize("number", [None, True, False, 0, 12, "", "me", [], {}, {"$ne": ""}, -1, 1.5, "1\ud8002"])
def test_too_few_digits_are_no_number(number: Any) -> None:
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
def test_another_number_is_found_in_any_form(number: Any, digits: str) -> None:
    assert numbers_of_others(enabling(number), ("+491711234568",)) == {digits}
    assert numbers_of_others(encode({"smsNumber": number, "number": 5551234}), ()) == {digits}


def test_a_body_that_is_not_json_holds_no_number() -> None:
    assert not numbers_of_others(None, ())
    assert not numbers_of_others(b"{", ())
