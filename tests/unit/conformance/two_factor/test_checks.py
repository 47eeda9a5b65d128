"""Responses are judged by those before and after them; links, numbers and codes are compared by their meaning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.two_factor.checks import (
    TwoFactorRules,
    differences,
    ends_in,
    holds,
    is_same_number,
)
from conformance.two_factor.state import OFF, State, TwoFactorHistory
from tests.unit.conformance.fakes import (
    CONTRACT,
    SAMPLES,
    enable_body,
    exchange,
    rejection,
    response,
    user,
    verify_body,
)

if TYPE_CHECKING:
    from conformance.model import Exchange, Response

NUMBER = "+12025550123"
CODE = "271828"
START = TwoFactorHistory(CONTRACT.operations)
PENDING = replace(START, state=State("app"))
PENDING_BY_SMS = replace(START, state=State("sms", number=NUMBER))


def problems(history: TwoFactorHistory, made: Exchange) -> dict[str, str]:
    """The problems by requirement, empty where it holds."""
    return {judgement.requirement: judgement.problem for judgement in TwoFactorRules().judge(history, made)}


def enabling(answer: dict[str, Any], delivery: str = "app", number: str | None = None) -> Exchange:
    return exchange("enable", response(200, answer), enable_body(delivery, number))


def verification(code: str = CODE, **two_factor: Any) -> Exchange:
    return exchange("verify", response(200, user(**two_factor)), verify_body(code), known_code=CODE)


# -- identity and links ------------------------------------------------------------------------------------------------


def test_id_and_username_are_those_of_the_first_response() -> None:
    document = user()
    history = replace(START, user_id=document["data"]["id"], username="somebody-else")
    found = problems(history, enabling(document))
    assert found["user.same-id"] == ""
    assert found["user.same-username"] == 'it is "user-2fa", and was "somebody-else" before'
    first = problems(START, enabling(document))
    assert first["user.same-id"] == first["user.same-username"] == ""


def test_an_id_that_is_no_string_is_not_compared() -> None:
    document = user()
    document["data"]["id"] = 5
    assert "user.same-id" not in problems(replace(START, user_id="5"), enabling(document))


def test_identity_is_judged_in_accepted_responses_with_the_user_only() -> None:
    for made in (
        exchange("enable", replace(rejection(), body=response(200, user()).body), enable_body("app")),
        exchange("resend", response(200, user())),
        exchange("enable", response(200, user()), enable_body("app"), method="PUT"),
    ):
        assert "user.same-id" not in problems(START, made)
    assert problems(START, exchange("enable", None)) == {}


def test_links_name_the_user_of_the_response() -> None:
    document = user()
    document["data"]["links"]["self"] = "/api/v2/users/somebody-else"
    found = problems(START, enabling(document))
    assert found["user.self-names-user"]
    assert found["user.related-names-user"] == ""


@pytest.mark.parametrize(
    ("link", "username", "expected"),
    [
        ("/api/v2/users/user-2fa", "user-2fa", True),
        ("/api/v2/users/user-2fa/", "user-2fa", True),
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
def test_a_link_ends_in_the_user(link: str, username: str, *, expected: bool) -> None:
    assert ends_in(link, ["users", username]) is expected


# -- enabling ----------------------------------------------------------------------------------------------------------


def test_enabling_answers_the_delivery_of_the_request() -> None:
    assert problems(START, enabling(user(delivery="app")))["enable.response.delivery"] == ""
    assert problems(START, enabling(user(delivery="sms")))["enable.response.delivery"]
    assert "enable.response.delivery" not in problems(START, enabling(user(delivery="email")))


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (NUMBER, {"enable.response.sms-number-echo": False}),
        ("********0123", {"enable.response.sms-number-echo": False}),
        ("+12025550199", {"enable.response.sms-number-echo": True}),
        (None, {"enable.response.sms-number": True}),
        (5, {}),
    ],
)
def test_enabling_by_sms_answers_the_number_of_the_request(answered: Any, expected: dict[str, bool]) -> None:
    found = problems(START, enabling(user(delivery="sms", sms_number=answered), "sms", NUMBER))
    numbers = {name: bool(problem) for name, problem in found.items() if "sms-number" in name}
    assert numbers == expected


def test_enabling_by_app_may_answer_any_number() -> None:
    found = problems(START, enabling(user(delivery="app", sms_number=None), "app", NUMBER))
    assert not {name for name in found if "sms-number" in name}


@pytest.mark.parametrize("value", [True, None, 0])
def test_after_a_verification_enabling_starts_unverified(value: Any) -> None:
    verified = replace(START, was_verified=True)
    assert problems(verified, enabling(user(verified=value)))["enable.starts-unverified"]
    assert problems(verified, enabling(user(verified=False)))["enable.starts-unverified"] == ""
    assert "enable.starts-unverified" not in problems(START, enabling(user(verified=value)))


# -- verifying ---------------------------------------------------------------------------------------------------------


def test_a_verification_answers_the_set_up() -> None:
    found = problems(PENDING_BY_SMS, verification(delivery="sms", sms_number=NUMBER, used_recovery_codes=[]))
    assert found["verify.response.delivery"] == found["verify.keeps-sms-number"] == ""
    assert found["verify.no-code-used-yet"] == ""
    found = problems(PENDING_BY_SMS, verification(delivery="app", sms_number=None, used_recovery_codes=["a"]))
    assert found["verify.response.delivery"]
    assert found["verify.keeps-sms-number"]
    assert found["verify.no-code-used-yet"]


@pytest.mark.parametrize("state", [None, OFF, State("app", verified=True)])
def test_a_verification_without_a_pending_set_up_is_not_compared_with_one(state: State | None) -> None:
    made = verification(delivery="sms", sms_number="+49", used_recovery_codes=["a"])
    found = problems(replace(START, state=state), made)
    assert not found.keys() & {"verify.response.delivery", "verify.keeps-sms-number", "verify.no-code-used-yet"}


@pytest.mark.parametrize(("codes", "expected"), [(["a", "b"], False), (["a", "b", "a"], True)])
def test_recovery_codes_are_distinct(codes: list[str], *, expected: bool) -> None:
    found = problems(PENDING, verification(recovery_codes=codes))
    assert bool(found["verify.response.recovery-codes-distinct"]) is expected


@pytest.mark.parametrize("codes", [None, [], ["a", 5]])
def test_recovery_codes_of_another_shape_are_not_compared(codes: Any) -> None:
    assert "verify.response.recovery-codes-distinct" not in problems(PENDING, verification(recovery_codes=codes))


@pytest.mark.parametrize(
    ("state", "codes", "is_open"),
    [
        (State("app", verified=True), [], True),
        (State("app", verified=True), ["a"], False),
        (State("app"), [], False),
        (None, [], False),
    ],
)
def test_a_server_may_show_recovery_codes_once_only(state: State | None, codes: list[str], *, is_open: bool) -> None:
    still_open = TwoFactorRules().open_requirements(replace(START, state=state), verification(recovery_codes=codes))
    assert ("verify.response.recovery-codes" in still_open) is is_open


@pytest.mark.parametrize(("state", "is_open"), [(State(), True), (State(is_assumed=True), False), (None, False)])
def test_the_response_to_a_verification_while_off_is_not_judged(state: State | None, *, is_open: bool) -> None:
    still_open = TwoFactorRules().open_requirements(replace(START, state=state), verification())
    assert {"verify.response.enabled", "verify.response.verified"} <= still_open or not is_open
    assert is_open or not still_open
    assert not [name for name in still_open if name.startswith("user.")]


# -- disclosed codes ---------------------------------------------------------------------------------------------------


def test_recovery_codes_are_in_verifications_only() -> None:
    history = replace(PENDING, recovery_codes=frozenset({"abcdef-123456"}))
    document = user() | {"meta": ["abcdef-123456"]}
    assert problems(history, exchange("disable", response(200, document)))["response.no-recovery-codes"]
    assert problems(history, exchange("disable", response(200, user())))["response.no-recovery-codes"] == ""
    assert "response.no-recovery-codes" not in problems(START, exchange("disable", response(200, document)))
    assert "response.no-recovery-codes" not in problems(history, verification(recovery_codes=["abcdef-123456"]))


def test_a_rejection_has_no_recovery_codes_known_or_not() -> None:
    document = {"errors": [{"meta": {"recovery-codes": ["a"]}}]}
    assert problems(PENDING, exchange("verify", response(422, document), verify_body("0")))[
        "response.no-recovery-codes"
    ]
    empty: Any = {"errors": [{"meta": {"recovery-codes": []}}]}
    assert not problems(PENDING, exchange("verify", response(422, empty)))["response.no-recovery-codes"]


@pytest.mark.parametrize(
    ("known_code", "body", "expected"),
    [(CODE, verify_body("000000"), True), (CODE, verify_body(CODE), False), ("99", verify_body("000000"), None)],
)
def test_the_rejection_of_a_code_does_not_tell_the_right_one(
    known_code: str, body: Any, *, expected: bool | None
) -> None:
    answer = response(422, {"errors": [{"detail": f"expected {CODE} or 99"}]})
    found = problems(PENDING, exchange("verify", answer, body, known_code=known_code))
    assert found.get("response.no-code") == (None if expected is None else "it holds the right code" * expected)


def disclosed(*exchanges: Exchange) -> list[tuple[str, bool]]:
    """The judged exchanges by operation, and whether each disclosed a code."""
    return [
        (made.operation, bool(judgement.problem)) for made, judgement in TwoFactorRules().judge_later(list(exchanges))
    ]


def test_enabling_and_resending_do_not_tell_the_code_that_came_later() -> None:
    telling, silent = user() | {"meta": CODE}, user()
    enabled, told = enabling(silent), enabling(telling)
    resent = exchange("resend", response(200, f"your code is {CODE}"))
    right = verification()
    assert disclosed(enabled, right) == [("enable", False)]
    assert disclosed(told, right) == [("enable", True)]
    assert disclosed(enabled, resent, right) == [("resend", True), ("enable", False)]
    assert disclosed(told, enabled, right) == [("enable", False)], "the code is that of the second set-up"
    assert disclosed(told) == []
    assert disclosed(right, told) == []


def test_a_rejected_set_up_tells_no_code() -> None:
    answer: Response = response(422, {"errors": [{"detail": CODE}]})
    assert disclosed(exchange("enable", answer, {}), verification()) == []


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
def test_a_code_is_a_word_of_a_text_and_no_fraction(text: str, *, expected: bool) -> None:
    for answer in (response(422, {}, (("X-Runtime", text),)), response(422, {"a": [text]})):
        assert holds(exchange("verify", answer), {"123456", "no-other-one"}) is expected


@pytest.mark.parametrize(
    ("document", "code", "expected"),
    [
        ({"a": 123456}, "123456", True),
        ({"a": "x ab cd-ef y"}, "ab cd-ef", True),
        ({"a": "12345"}, "12345", False),
        ({"123456": None}, "123456", False),
        (b"<123456", "123456", False),
    ],
)
def test_a_code_is_found_as_a_number_and_with_blanks(document: Any, code: str, *, expected: bool) -> None:
    assert holds(exchange("disable", response(200, document)), {code}) is expected


def test_a_response_may_repeat_the_request() -> None:
    made = exchange("verify", response(422, {"detail": "123456 is wrong"}), verify_body("123456"))
    assert not holds(made, {"123456"})
    assert not holds(exchange("verify", None), {"123456"})


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "other", "expected"),
    [
        (NUMBER, "+1 202-555-0123", True),
        (NUMBER, "(202) 555-0123", True),
        (NUMBER, "********0123", True),
        (NUMBER, "+12025550124", False),
        (NUMBER, "+12025550199", False),
        (NUMBER, "", False),
        (NUMBER, "***", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(number: str, other: str, *, expected: bool) -> None:
    assert is_same_number(number, other) is expected
    assert is_same_number(other, number) is expected


def test_the_samples_of_the_page_break_nothing() -> None:
    history = START
    for made in (
        exchange("enable", response(200, SAMPLES["enable"]), enable_body("sms", "+1555555555")),
        exchange("verify", response(200, SAMPLES["verify"]), verify_body(CODE), known_code=CODE),
        exchange("disable", response(200, SAMPLES["disable"])),
    ):
        broken = {name: problem for name, problem in problems(history, made).items() if problem}
        assert broken.keys() <= {"enable.response.sms-number-echo"}, "the samples have different numbers"
        history = history.after(made)
    assert history.state == OFF


# -- differences from a set-up -----------------------------------------------------------------------------------------

BY_SMS = State("sms", number="+12025550123")


@pytest.mark.parametrize(
    ("two_factor", "expected"),
    [
        ({"delivery": "sms", "sms_number": "+12025550123"}, {}),
        ({"delivery": "sms", "sms_number": "*********123"}, {}),
        (
            {"delivery": "app", "sms_number": "+12025550123"},
            {"delivery": 'the delivery is "app", was "sms"'},
        ),
        (
            {"delivery": "sms", "sms_number": None},
            {"number": 'the number is null, and was "+12025550123"'},
        ),
        (
            {"delivery": "sms", "sms_number": "+49"},
            {"number": 'the number is "+49", and was "+12025550123"'},
        ),
    ],
)
def test_a_verification_differs_from_its_set_up_in_delivery_or_number(
    two_factor: dict[str, Any], expected: dict[str, str]
) -> None:
    made = exchange("verify", response(200, user(**two_factor)), verify_body("1"))
    assert differences(BY_SMS, made) == expected


def test_members_that_are_not_answered_make_no_difference() -> None:
    made = exchange("verify", response(200, {"data": {"attributes": {"two-factor": {}}}}), verify_body("1"))
    assert differences(BY_SMS, made) == {}
