"""A log holds evidence of a transition only where its exchanges are those that a test would send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.recorder import Recorder
from conformance.two_factor.checks import TwoFactorRules
from conformance.two_factor.evidence import (
    code_after_disable,
    is_resend,
    is_wrong_code,
    resend_of_set_up,
    right_code_after,
)
from conformance.two_factor.state import TwoFactorHistory
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
    from conformance.model import Exchange
    from conformance.recorder import Entry

NUMBER = "+12025550123"
APP_CODE, SMS_CODE = "271828", "161803"
ENABLED = exchange("enable", response(200, user(delivery="app", sms_number=None)), enable_body("app"))
ENABLED_BY_SMS = exchange("enable", response(200, user(delivery="sms", sms_number=NUMBER)), enable_body("sms", NUMBER))
DISABLED = exchange("disable", response(200, SAMPLES["disable"]))
RESENT = exchange("resend", response(200))


def right(code: str = APP_CODE, *, accepted: bool = True, **two_factor: Any) -> Exchange:
    """A verification with the right code."""
    verified = {"delivery": "app", "sms_number": None, "verified": True} | two_factor
    document = SAMPLES["verify"] | {"data": user(**verified)["data"]}
    answer = response(200, document) if accepted else rejection()
    return exchange("verify", answer, verify_body(code), known_code=code, shape="code")


def right_by_sms(**two_factor: Any) -> Exchange:
    """A verification with the right code of a message."""
    return right(SMS_CODE, **({"delivery": "sms", "sms_number": NUMBER} | two_factor))


def wrong(known_code: str = APP_CODE) -> Exchange:
    """A verification with a wrong code."""
    return exchange("verify", rejection(), verify_body("000000"), known_code=known_code)


def log(*exchanges: Exchange) -> tuple[Entry[TwoFactorHistory], ...]:
    """The log of these exchanges."""
    recorder = Recorder(CONTRACT, TwoFactorHistory(CONTRACT.operations), TwoFactorRules())
    for number, made in enumerate(exchanges, 1):
        recorder.append(replace(made, number=number))
    return recorder.entries


def numbers(evidence: tuple[Exchange, ...]) -> list[int]:
    return [made.number for made in evidence]


# -- a wrong code, then the right one ----------------------------------------------------------------------------------


def test_a_right_code_after_a_wrong_one_is_evidence() -> None:
    entries = log(ENABLED, wrong(), right())
    assert numbers(right_code_after(entries, "app", is_wrong_code)) == [2, 3]
    assert right_code_after(entries, "sms", is_wrong_code) == ()


@pytest.mark.parametrize(
    "exchanges",
    [
        (),
        (ENABLED, right()),
        (ENABLED, right(), wrong()),
        (ENABLED, wrong(), ENABLED, right()),
        (ENABLED, wrong(), right(accepted=False)),
        (ENABLED, right(), wrong(), right()),
        (DISABLED, wrong(), right()),
        (ENABLED, replace(wrong(), valid_credentials=False), right()),
        (ENABLED, exchange("verify", rejection(), verify_body(271828), known_code=APP_CODE), right()),
        (ENABLED, exchange("verify", rejection(), verify_body(APP_CODE), known_code=APP_CODE), right()),
    ],
)
def test_other_sequences_are_no_evidence_of_a_right_code_after_a_wrong_one(exchanges: tuple[Exchange, ...]) -> None:
    assert right_code_after(log(*exchanges), "app", is_wrong_code) == ()


def test_a_set_up_that_a_wrong_code_changed_is_no_evidence() -> None:
    assert right_code_after(log(ENABLED_BY_SMS, wrong(), right_by_sms(sms_number=None)), "sms", is_wrong_code) == ()
    assert numbers(right_code_after(log(ENABLED_BY_SMS, wrong(), right_by_sms()), "sms", is_wrong_code)) == [2, 3]


# -- resending, then the right code ------------------------------------------------------------------------------------


def test_a_right_code_after_resending_is_evidence() -> None:
    entries = log(ENABLED_BY_SMS, RESENT, wrong(), right_by_sms())
    assert numbers(right_code_after(entries, "sms", is_resend)) == [2, 4]
    assert right_code_after(entries, "app", is_resend) == ()


@pytest.mark.parametrize(
    "exchanges",
    [
        (ENABLED_BY_SMS, right_by_sms()),
        (ENABLED_BY_SMS, right_by_sms(), RESENT),
        (ENABLED_BY_SMS, exchange("resend", rejection()), right_by_sms()),
        (ENABLED_BY_SMS, RESENT, ENABLED_BY_SMS, right_by_sms()),
        (ENABLED_BY_SMS, RESENT, right_by_sms(delivery="app")),
        (ENABLED_BY_SMS, RESENT, right_by_sms(sms_number=None)),
    ],
)
def test_other_sequences_are_no_evidence_of_a_right_code_after_resending(exchanges: tuple[Exchange, ...]) -> None:
    assert right_code_after(log(*exchanges), "sms", is_resend) == ()


def test_problems_that_are_not_about_the_set_up_leave_the_evidence() -> None:
    made = right_by_sms()
    assert made.response is not None
    odd = replace(made, response=replace(made.response, headers=(("Content-Type", "application/json"),)))
    assert numbers(right_code_after(log(ENABLED_BY_SMS, RESENT, odd), "sms", is_resend)) == [2, 3]


def test_a_request_to_resend_is_of_the_set_up_until_another_begins_or_it_is_verified() -> None:
    made = resend_of_set_up(log(ENABLED_BY_SMS, RESENT, wrong()))
    assert made is not None
    assert made.number == 2


@pytest.mark.parametrize(
    "exchanges",
    [
        (ENABLED_BY_SMS,),
        (ENABLED, RESENT),
        (ENABLED_BY_SMS, exchange("resend", rejection())),
        (ENABLED_BY_SMS, RESENT, ENABLED_BY_SMS),
        (ENABLED_BY_SMS, RESENT, DISABLED),
        (ENABLED_BY_SMS, RESENT, right_by_sms()),
    ],
)
def test_other_requests_to_resend_are_not_of_the_set_up(exchanges: tuple[Exchange, ...]) -> None:
    assert resend_of_set_up(log(*exchanges)) is None


# -- disabling, then the code that was right ---------------------------------------------------------------------------


def test_the_code_of_a_verified_set_up_that_is_rejected_after_disabling_is_evidence() -> None:
    entries = log(ENABLED, right(), DISABLED, right(accepted=False))
    assert numbers(code_after_disable(entries, "app")) == [3, 4]
    assert code_after_disable(entries, "sms") == ()


@pytest.mark.parametrize(
    "exchanges",
    [
        (ENABLED, DISABLED, right(accepted=False)),
        (ENABLED, right(), DISABLED, wrong()),
        (ENABLED, right(), DISABLED, right()),
        (ENABLED, right(), DISABLED, ENABLED, DISABLED, right(accepted=False)),
        (ENABLED, right(), exchange("disable", rejection()), right(accepted=False)),
    ],
)
def test_other_sequences_are_no_evidence_of_a_code_after_disabling(exchanges: tuple[Exchange, ...]) -> None:
    assert code_after_disable(log(*exchanges), "app") == ()


def test_a_code_of_the_application_tells_nothing_of_one_that_was_sent_by_sms() -> None:
    entries = log(ENABLED_BY_SMS, right_by_sms(), DISABLED, right(APP_CODE, accepted=False))
    assert code_after_disable(entries, "sms") == ()
    entries = log(ENABLED_BY_SMS, right_by_sms(), DISABLED, right(SMS_CODE, accepted=False))
    assert numbers(code_after_disable(entries, "sms")) == [3, 4]
