"""Each account of a recording is followed from response to response; contradictions count where all is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.conformance.recording.hars import (
    BASE,
    Step,
    disable,
    enable,
    har,
    judged,
    rejected,
    resend,
    user,
    verify,
)
from tests.unit.conformance.recording.test_replay import OTHER_TOKEN, WRONG_TYPE, with_two_factor

if TYPE_CHECKING:
    from pathlib import Path

CONTRADICTIONS: dict[str, tuple[list[Step], set[str]]] = {
    "verify-while-off": ([disable(), verify()], {"verify.while-off", "account.life"}),
    "verify-after-disabling": (
        [enable(), verify(), disable(), verify()],
        {"verify.while-off", "disable.ends-two-factor", "account.life"},
    ),
    "disable-while-enabled": ([enable(), rejected(disable())], {"disable.accepted", "account.life"}),
    "resend-while-pending": ([enable("sms"), rejected(resend())], {"resend.accepted", "account.life"}),
    "enable-while-off": ([disable(), rejected(enable())], {"enable.accepted", "account.life"}),
    "other-delivery": (
        [enable("app"), verify(delivery="sms")],
        {"verify.response.delivery", "verify.keeps-sms-number"},
    ),
    "code-used": ([enable("app"), with_two_factor(verify(), used_recovery_codes=["a"])], {"verify.no-code-used-yet"}),
    "other-number": (
        [enable("sms"), with_two_factor(verify(delivery="sms"), sms_number="+12025550199")],
        {"verify.keeps-sms-number"},
    ),
    "no-number": (
        [enable("sms"), with_two_factor(verify(delivery="sms"), sms_number=None)],
        {"verify.response.sms-number", "verify.keeps-sms-number"},
    ),
    "no-recovery-codes": (
        [enable("app"), with_two_factor(verify(), recovery_codes=[])],
        {"verify.response.recovery-codes"},
    ),
    "other-name": ([enable(), disable(answer=user("disable", name="another"))], {"user.same-username"}),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_counts_if_the_recording_is_complete(name: str, tmp_path: Path) -> None:
    steps, requirements = CONTRADICTIONS[name]
    verdicts = judged(tmp_path, har(*steps), complete=True)
    assert verdicts.having("violated") == requirements, verdicts.details
    verdicts = judged(tmp_path, har(*steps))
    assert not verdicts.having("violated"), verdicts.details
    assert verdicts.having("inconclusive") == requirements
    inconclusive = [case for case, verdict in verdicts.verdicts.items() if verdict == "inconclusive"]
    assert all("--complete" in verdicts.details[case] for case in inconclusive)


def test_another_id_for_one_token_needs_no_complete_recording(tmp_path: Path) -> None:
    document = har(enable(), disable(answer=user("disable", identity="user_other")))
    assert judged(tmp_path, document).having("violated") == {"user.same-id"}


@pytest.mark.parametrize(
    "between",
    [
        Step("enable", url=f"{BASE}/admin/users/user_1/actions/disable_two_factor", status=204),
        Step("enable", status=0),
        Step("enable", status=502),
        Step("disable", status=500),
        enable(body=WRONG_TYPE),
        enable(token=""),
        replace(enable(), url=f"{BASE}/account/actions/two-factor-enable?x"),
    ],
)
def test_after_a_request_with_an_unknown_effect_the_state_is_unknown(between: Step, tmp_path: Path) -> None:
    document = har(disable(), between, verify())
    alone = {"http.no-server-error"} if between.status == 500 else set()
    alone |= {"enable.request.type"} if between.body == WRONG_TYPE else set()
    verdicts = judged(tmp_path, document, complete=True)
    assert verdicts.having("violated") == alone, verdicts.details


def test_a_state_is_known_only_by_a_documented_request_and_its_whole_response(tmp_path: Path) -> None:
    by_query = replace(enable(), url=f"{enable().address}?x")
    document = har(by_query, verify(delivery="sms"))
    assert not judged(tmp_path, document, complete=True).having("violated")
    document = har(enable(), verify(delivery="sms"))
    del document["log"]["entries"][0]["response"]["content"]["text"]
    assert not judged(tmp_path, document, complete=True).having("violated")


def test_an_entry_that_can_not_be_read_makes_a_recording_incomplete(tmp_path: Path) -> None:
    document = har(disable(), verify())
    document["log"]["entries"].append({})
    verdicts = judged(tmp_path, document, complete=True)
    assert not verdicts.having("violated")
    assert "verify.while-off" in verdicts.having("inconclusive")


def test_requests_that_are_on_their_way_together_leave_the_state_unknown(tmp_path: Path) -> None:
    steps = [disable(at=1.0), enable(at=2.0, seconds=1.5), disable(at=2.5, seconds=2.0), verify(at=5.0)]
    verdicts = judged(tmp_path, har(*steps), complete=True)
    assert not verdicts.having("violated"), verdicts.details
    together = [enable(at=1.0, seconds=2.0), rejected(disable(at=1.5, seconds=0.5))]
    assert not judged(tmp_path, har(*together), complete=True).having("violated")
    steps[2] = disable(at=3.6, seconds=1.0)
    assert "verify.while-off" in judged(tmp_path, har(*steps), complete=True).having("violated")


# -- effects of requests that must have none ---------------------------------------------------------------------------


def test_a_request_is_blamed_for_an_effect_that_it_has_twice(tmp_path: Path) -> None:
    effect = [disable(), rejected(enable(body=WRONG_TYPE)), verify()]
    usual = [enable(), verify(), disable(), rejected(verify())]
    once = judged(tmp_path, har(*usual, *effect), complete=True)
    assert once.having("violated") == {"verify.while-off", "disable.ends-two-factor", "account.life"}, once.details
    twice = judged(tmp_path, har(*usual, *effect, *effect), complete=True)
    assert twice.having("violated") == {"enable.rejected-changes-nothing", "account.life"}, twice.details
    assert twice.replay.judged["enable.rejected-changes-nothing", "enable"][-1].evidence[0].spec.requirement
    incomplete = judged(tmp_path, har(*usual, *effect, *effect))
    assert not incomplete.having("violated"), incomplete.details
    assert "enable.rejected-changes-nothing" in incomplete.having("inconclusive")


def test_of_several_requests_none_is_blamed(tmp_path: Path) -> None:
    usual = [enable(), verify(), disable(), rejected(verify())]
    effect = [disable(), rejected(enable(body=WRONG_TYPE)), rejected(resend()), verify()]
    verdicts = judged(tmp_path, har(*usual, *effect, *effect), complete=True)
    assert verdicts.having("violated") == {"verify.while-off", "disable.ends-two-factor", "account.life"}


def test_a_masked_code_is_no_wrong_code(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable(), verify("[REDACTED]"), disable()), complete=True)
    assert not verdicts.having("violated") | verdicts.having("inconclusive"), verdicts.details
    assert {"verify.accepted", "disable.accepted"} <= verdicts.having("conforms")


def test_a_response_that_is_always_wrong_is_not_blamed_on_the_request_before_it(tmp_path: Path) -> None:
    effect = [disable(), rejected(enable(body=WRONG_TYPE)), verify()]
    verdicts = judged(tmp_path, har(*effect, *effect), complete=True)
    assert verdicts.having("violated") == {"verify.while-off", "account.life"}, verdicts.details


def test_the_right_code_proves_that_nothing_changed(tmp_path: Path) -> None:
    steps = [
        enable("sms"),
        rejected(verify("999999")),
        rejected(enable(body=WRONG_TYPE)),
        rejected(Step("disable", method="PUT"), 405),
        resend(),
        verify("123456", "sms"),
    ]
    verdicts = judged(tmp_path, har(*steps))
    assert {
        "verify.wrong-code",
        "verify.rejected-changes-nothing",
        "enable.rejected-changes-nothing",
        "disable.rejected-changes-nothing",
        "methods.other-than-post",
        "resend.changes-nothing",
    } <= verdicts.having("conforms")
    assert "verify.wrong-code" not in judged(tmp_path, har(*steps[:-1])).having("conforms")


def test_a_code_that_leaks_before_it_is_used_is_found(tmp_path: Path) -> None:
    leak = {"errors": [{"status": "422", "title": "expected 123456"}]}
    steps = [enable(), replace(rejected(verify("999999")), answer=leak), verify("123456")]
    assert judged(tmp_path, har(*steps)).having("violated") == {"response.no-code"}
    steps = [enable(answer_headers={"X-Debug": "code 123456"}), verify("123456")]
    assert judged(tmp_path, har(*steps)).having("violated") == {"response.no-code"}
    assert not judged(tmp_path, har(*steps[:1], enable(), verify("123456"))).having("violated")
    steps = [enable(answer_headers={"X-Debug": "code 111111"}), verify("111111")]
    assert judged(tmp_path, har(*steps)).having("violated") == {"response.no-code"}
    of_another_set_up = [enable(), replace(rejected(verify("999999")), answer=leak), enable(), verify("123456")]
    assert not judged(tmp_path, har(*of_another_set_up)).having("violated")


# -- accounts ----------------------------------------------------------------------------------------------------------


def of_other_user(step: Step) -> Step:
    """The step as another user takes it."""
    if step.status != 200 or step.operation == "resend":
        return replace(step, token=OTHER_TOKEN)
    answer = user(step.operation, name="another", identity="user_2")
    answer["data"]["attributes"]["two-factor"] = step.answer["data"]["attributes"]["two-factor"]
    return replace(step, token=OTHER_TOKEN, answer=answer)


def two_users() -> list[Step]:
    """The requests of two users, by turns."""
    theirs = [of_other_user(step) for step in (enable("app"), rejected(resend()), verify("111111"))]
    mine = [enable("sms"), verify("222222", "sms"), disable()]
    return [step for pair in zip(mine, theirs, strict=True) for step in pair]


def test_each_token_is_an_account(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(*two_users()), complete=True)
    assert not verdicts.having("violated") | verdicts.having("inconclusive"), verdicts.details
    assert {"user.same-id", "verify.no-code-used-yet", "verify.keeps-sms-number"} <= verdicts.having("conforms")


def test_with_cookies_several_tokens_tell_no_account(tmp_path: Path) -> None:
    cookie = {"Cookie": "session=c2Vzc2lvbi1vZi1hLXVzZXI"}
    first, by_cookie = of_other_user(enable()), enable(token=OTHER_TOKEN)
    verdicts = judged(tmp_path, har(first, enable(headers=cookie), replace(by_cookie, headers=cookie)))
    assert not verdicts.having("violated"), verdicts.details
    assert "user.same-id" in judged(tmp_path, har(first, enable(), by_cookie)).having("violated")
    at_another_host = enable(url="https://other.example/", token=OTHER_TOKEN)
    verdicts = judged(tmp_path, har(at_another_host, enable(headers=cookie), verify(headers=cookie)))
    assert "verify.keeps-sms-number" in verdicts.having("conforms")


@pytest.mark.parametrize("label", ["[REDACTED]", "***", "xxxxxxxxxxxx", "$TOKEN", "redacted-by-the-proxy", "short", ""])
def test_without_tokens_each_response_stands_for_itself(label: str, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(*(replace(step, token=label) for step in two_users())), complete=True)
    assert not verdicts.having("violated") | verdicts.having("inconclusive"), verdicts.details
    assert {"verify.no-code-used-yet", "response.no-token"} <= verdicts.having("untested")
    assert "enable.response.delivery" in verdicts.having("conforms")


def test_a_token_was_valid_before_it_was_accepted(tmp_path: Path) -> None:
    refused = rejected(resend(), 401)
    assert judged(tmp_path, har(enable(), refused, disable())).having("violated") == {"credentials.reserved-401"}
    assert not judged(tmp_path, har(enable(), refused)).having("violated")
    assert not judged(tmp_path, har(enable(), refused, disable(token=OTHER_TOKEN))).having("violated")
