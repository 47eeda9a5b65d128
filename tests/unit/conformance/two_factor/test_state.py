"""The state after each exchange, and what the exchanges of an account tell."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from conformance.two_factor.state import OFF, RESPONSE_DELAY, State, TwoFactorHistory, next_state, provisioning_url
from strategies.probe import RequestSpec
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
    from collections.abc import Iterator

    from conformance.model import Exchange

NUMBER = "+12025550123"
APP, SMS = State("app"), State("sms", number=NUMBER)
VERIFIED, VERIFIED_BY_SMS = State("app", verified=True), State("sms", verified=True, number=NUMBER)
STATES = (None, OFF, APP, SMS, VERIFIED, VERIFIED_BY_SMS)
START = TwoFactorHistory(CONTRACT.operations)
CODE = "123456"

ENABLED = exchange("enable", response(200, user(delivery="app", sms_number=None)), enable_body("app"))
ENABLED_BY_SMS = exchange("enable", response(200, user(delivery="sms", sms_number=NUMBER)), enable_body("sms", NUMBER))
DISABLED = exchange("disable", response(200, SAMPLES["disable"]))
VERIFIED_NOW = exchange("verify", response(200, SAMPLES["verify"]), verify_body(CODE), known_code=CODE)
RESENT = exchange("resend", response(200, None))


def after(state: State | None, made: Exchange) -> State | None:
    return next_state(CONTRACT.operations[made.operation], state, made)


def told(*exchanges: Exchange, state: State | None = None) -> TwoFactorHistory:
    """The history after these exchanges."""
    history = replace(START, state=state)
    for made in exchanges:
        history = history.after(made)
    return history


# -- states ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "text", "enabled", "pending"),
    [
        (OFF, "off", False, False),
        (APP, "pending by app", True, True),
        (VERIFIED_BY_SMS, "verified by sms", True, False),
    ],
)
def test_a_state_is_off_or_pending_or_verified(state: State, text: str, *, enabled: bool, pending: bool) -> None:
    assert (str(state), state.enabled, state.pending) == (text, enabled, pending)


# -- transitions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_accepted_enabling_starts_a_set_up_from_any_state(state: State | None) -> None:
    assert after(state, ENABLED) == APP
    assert after(state, ENABLED_BY_SMS) == SMS


def test_enabling_keeps_the_number_of_the_response_and_the_delivery_of_the_request() -> None:
    answer = response(200, user(delivery="app", sms_number="+1 202 555 0199"))
    assert after(OFF, exchange("enable", answer, enable_body("sms", NUMBER))) == State("sms", number="+1 202 555 0199")
    answer = response(200, user(sms_number=5))
    assert after(OFF, exchange("enable", answer, enable_body("sms", NUMBER))) == State("sms")


@pytest.mark.parametrize("state", STATES)
def test_accepted_disabling_leads_to_off_from_any_state(state: State | None) -> None:
    assert after(state, DISABLED) == OFF


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (APP, VERIFIED),
        (SMS, VERIFIED_BY_SMS),
        (VERIFIED, VERIFIED),
        (VERIFIED_BY_SMS, VERIFIED_BY_SMS),
        (OFF, None),
        (None, None),
    ],
)
def test_accepted_verification_verifies_a_set_up_and_else_leaves_the_state_unknown(
    state: State | None, expected: State | None
) -> None:
    assert after(state, VERIFIED_NOW) == expected


def test_a_verification_while_off_leaves_it_off_if_its_response_says_so() -> None:
    still_off = exchange("verify", response(200, SAMPLES["disable"]), verify_body(CODE))
    assert after(OFF, still_off) == OFF
    assert after(None, still_off) is None
    assert after(APP, still_off) == VERIFIED


@pytest.mark.parametrize("state", STATES)
def test_accepted_resending_changes_nothing(state: State | None) -> None:
    assert after(state, RESENT) == state


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("made", [ENABLED, DISABLED, VERIFIED_NOW, RESENT], ids=lambda made: made.operation)
def test_a_rejection_changes_no_known_state(state: State | None, made: Exchange) -> None:
    after_rejection = after(state, replace(made, response=rejection()))
    assert after_rejection == state or (state is None and made.operation == "disable")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("made", [ENABLED, DISABLED, VERIFIED_NOW, RESENT], ids=lambda made: made.operation)
@pytest.mark.parametrize("status", [None, 302, 500, 503])
def test_any_other_response_and_none_leave_the_state_unknown(
    state: State | None, made: Exchange, status: int | None
) -> None:
    answer = None if status is None else response(status)
    assert after(state, replace(made, response=answer)) is None


@pytest.mark.parametrize(
    "made",
    [
        exchange("enable", response(200, user()), {"data": {"type": "user", "attributes": {"delivery": "app"}}}),
        exchange("enable", response(200, user()), enable_body("email")),
        exchange("enable", response(200, user()), enable_body("app"), valid_credentials=False),
        exchange("disable", response(200, user()), valid_credentials=False),
        exchange("disable", response(200, user()), valid_credentials=None),
        exchange("verify", response(200, SAMPLES["verify"]), verify_body(123456)),
        exchange("resend", response(200), valid_credentials=False),
    ],
)
def test_an_accepted_request_that_is_not_as_documented_leaves_the_state_unknown(made: Exchange) -> None:
    assert after(APP, made) is None


@pytest.mark.parametrize("status", [200, 404, 500])
def test_another_method_leaves_the_state_to_its_control(status: int) -> None:
    assert after(APP, exchange("disable", response(status), method="GET")) == APP


# -- the assumption that it is off -------------------------------------------------------------------------------------


def test_rejected_disabling_from_an_unknown_state_is_assumed_to_mean_off() -> None:
    state = after(None, exchange("disable", rejection(409)))
    assert state == OFF
    assert state.is_assumed
    disabled = after(state, DISABLED)
    assert disabled is not None
    assert not disabled.is_assumed


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_rejection_for_the_token_or_the_pace_allows_no_assumption(status: int) -> None:
    assert after(None, exchange("disable", rejection(status))) is None


@pytest.mark.parametrize(
    "spec",
    [
        RequestSpec("disable", None, authorization=()),
        RequestSpec("disable", None, content_type="text/plain"),
        RequestSpec("disable", None, accept="text/plain"),
        RequestSpec("disable", None, headers=(("X-HTTP-Method-Override", "GET"),)),
        RequestSpec("disable", None, query="a=b"),
        RequestSpec("disable", b'{"data":'),
    ],
)
def test_a_rejection_of_a_request_that_differs_from_the_sample_allows_no_assumption(spec: RequestSpec) -> None:
    made = exchange("disable", rejection(400))
    assert after(None, replace(made, spec=spec, request=replace(made.request, body=spec.body))) is None


def test_a_known_state_is_never_assumed() -> None:
    assert after(APP, exchange("disable", rejection(409))) == APP


# -- histories ---------------------------------------------------------------------------------------------------------


def test_a_history_follows_the_states() -> None:
    assert told(DISABLED, ENABLED, VERIFIED_NOW).state == VERIFIED
    assert told(DISABLED, ENABLED).forgotten().state is None
    assert told(ENABLED, exchange("resend", None)).state is None


def test_the_first_id_and_username_are_kept() -> None:
    other = user()
    other["data"]["id"] = other["data"]["attributes"]["username"] = "somebody-else"
    history = told(ENABLED, exchange("disable", response(200, other)))
    assert history.user_id == SAMPLES["enable"]["data"]["id"]
    assert history.username == SAMPLES["enable"]["data"]["attributes"]["username"]
    assert told(exchange("enable", response(200, {"data": {"id": 5}}), enable_body("app"))).user_id == ""


def test_an_accepted_request_that_breaks_a_rule_still_names_the_user() -> None:
    made = exchange("enable", response(200, user()), {"data": {}})
    assert told(made).user_id == SAMPLES["enable"]["data"]["id"]


def test_recovery_codes_are_those_of_the_last_verification_that_shows_some() -> None:
    def verification(codes: Any) -> Exchange:
        return exchange("verify", response(200, user(recovery_codes=codes)), verify_body(CODE))

    assert told(verification(["a", 5, "b"]), state=APP).recovery_codes == {"a", "b"}
    assert told(verification(["a"]), verification(["b"]), state=APP).recovery_codes == {"b"}
    assert told(verification(["a"]), verification([]), verification(None), state=APP).recovery_codes == {"a"}


def test_a_verification_is_remembered_for_good() -> None:
    assert told(VERIFIED_NOW, DISABLED, ENABLED, state=APP).was_verified
    assert not told(ENABLED, DISABLED).was_verified


def test_a_right_code_confirms_its_delivery() -> None:
    assert told(ENABLED, VERIFIED_NOW, ENABLED_BY_SMS, VERIFIED_NOW).confirmed == {"app", "sms"}


@pytest.mark.parametrize("state", [None, OFF])
def test_a_code_that_is_accepted_while_off_confirms_nothing(state: State | None) -> None:
    assert told(VERIFIED_NOW, state=state).confirmed == frozenset()


@pytest.mark.parametrize("known_code", ["", "654321"])
def test_a_wrong_code_that_is_accepted_confirms_nothing(known_code: str) -> None:
    made = exchange("verify", response(200, SAMPLES["verify"]), verify_body(CODE), known_code=known_code)
    assert told(made, state=APP).confirmed == frozenset()


WRONG = exchange("verify", rejection(), verify_body("000000"), known_code=CODE)


def test_rejected_verifications_are_counted_and_wrong_codes_until_one_is_accepted() -> None:
    history = told(WRONG, WRONG, state=APP)
    assert (history.wrong_codes, history.rejected_verifications) == (2, 2)
    history = told(WRONG, WRONG, VERIFIED_NOW, WRONG, state=APP)
    assert (history.wrong_codes, history.rejected_verifications) == (1, 3)


@pytest.mark.parametrize(
    "made",
    [
        exchange("verify", rejection(), verify_body(123456), known_code=CODE),
        exchange("verify", rejection(), {"data": {}}, known_code=CODE),
        exchange("verify", rejection(), verify_body(CODE), known_code=CODE),
        replace(WRONG, valid_credentials=False),
    ],
)
def test_a_verification_without_a_wrong_code_is_none_though_it_is_rejected(made: Exchange) -> None:
    history = told(made, state=APP)
    assert (history.wrong_codes, history.rejected_verifications) == (0, 1)


def test_histories_have_the_same_state_if_it_is_known() -> None:
    assert told(ENABLED).has_same_state(told(DISABLED, ENABLED))
    assert not told(ENABLED).has_same_state(told(ENABLED_BY_SMS))
    assert not told().has_same_state(told())


def test_a_set_up_is_disturbed_by_a_rejection_another_method_or_resending_until_the_next_one() -> None:
    assert not told(ENABLED).is_disturbed
    for made in (exchange("enable", rejection(), {}), exchange("disable", response(200), method="GET"), RESENT):
        assert told(ENABLED, made).is_disturbed
        assert not told(ENABLED, made, ENABLED).is_disturbed


def test_a_set_up_begins_just_before_the_request_that_began_it_or_resent_its_code() -> None:
    made = replace(ENABLED_BY_SMS, ended=1000.0, seconds=5.0)
    assert told(made).setup_began == 995.0 - RESPONSE_DELAY
    resent = replace(RESENT, ended=2000.0)
    assert told(made, resent).setup_began == 2000.0 - RESPONSE_DELAY
    assert told(replace(ENABLED, ended=1000.0), resent).setup_began == 1000.0 - RESPONSE_DELAY, "no code is sent"
    assert told(made, VERIFIED_NOW, resent).setup_began == 995.0 - RESPONSE_DELAY, "nothing waits for a code"


def test_accepted_numbers_are_those_that_enabling_by_sms_accepted() -> None:
    rejected = exchange("enable", rejection(), enable_body("sms", "+49"))
    by_app = exchange("enable", response(200, user()), enable_body("app", "+44"))
    assert told(rejected, by_app).accepted_numbers == frozenset()
    assert told(ENABLED_BY_SMS).accepted_numbers == {NUMBER}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"data": [{"x": {"y": "otpauth://totp/a"}}]}, "otpauth://totp/a"),
        ({"a": "https://a", "b": None}, ""),
        ([["otpauth://totp/b"]], "otpauth://totp/b"),
        (None, ""),
    ],
)
def test_the_provisioning_url_is_found_at_any_place(document: Any, expected: str) -> None:
    assert provisioning_url(document) == expected


def test_a_new_set_up_forgets_the_provisioning_url_of_the_one_before() -> None:
    url = "otpauth://totp/a"
    with_url = exchange("enable", response(200, user(provisioning_url=url)), enable_body("app"))
    assert told(with_url).provisioning_url == url
    assert told(with_url, ENABLED).provisioning_url == ""


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A local time zone other than UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_the_clock_of_the_target_is_read_from_its_date(zone: str) -> None:
    date = formatdate(1_000_060.0, usegmt=True).replace("GMT", zone)
    made = exchange("disable", response(200, user(), (("Date", date),)), ended=1_000_000.0)
    assert told(made).clock_ahead == 60.0
    assert told(made, DISABLED).clock_ahead == 60.0
    assert told(DISABLED).clock_ahead == 0.0


# -- the transitions that must be possible -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "operations"),
    [
        (None, set()),
        (OFF, {"enable"}),
        (State("app"), {"verify", "disable"}),
        (State("sms"), {"verify", "disable", "resend"}),
        (State("sms", verified=True), {"disable"}),
    ],
)
def test_a_valid_request_must_be_accepted_in_the_documented_state(state: State | None, operations: set[str]) -> None:
    history = TwoFactorHistory(CONTRACT.operations, state)
    assert {name for name in CONTRACT.operations if history.must_accept(name)} == operations
