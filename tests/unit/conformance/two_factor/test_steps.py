"""Each step holds its response to the state before it, and accuses no server that the page allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Inconclusive, Untested, Violation
from conformance.two_factor.state import OFF, State
from conformance.two_factor.steps import Steps
from reference.service import Service
from tests.unit.conformance.fakes import (
    FakeSource,
    NoNumberAfterVerification,
    ServiceCodes,
    operation_of,
    rejection,
    response,
    rig,
    user,
)
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conformance.fakes import Change, Rig

NUMBER = "+12025550123"
LIFE = ("account.life",)


def resending(effect: Callable[[Any], None]) -> Service:
    """A service whose account is affected by each request to resend, accepted or not."""

    class Affected(Service):
        def resend(self, account: Any) -> None:
            try:
                super().resend(account)
            finally:
                effect(account)

    return Affected()


def steps(change: Change | None = None, **options: Any) -> tuple[Rig, Steps]:
    run = rig(change, **options)
    return run, Steps(run.subject)


def violation(take: Callable[[], object]) -> Violation:
    """The violation that a step finds."""
    with pytest.raises(Violation) as caught:
        take()
    return caught.value


# -- documented requests -----------------------------------------------------------------------------------------------


def test_documented_requests_must_be_accepted() -> None:
    run, step = steps()
    step.account.to_off()
    step.enable("sms")
    step.resend()
    step.verify()
    step.disable()
    assert run.sent == ["disable 200", "enable 200", "resend 200", "verify 200", "disable 200"]
    for prepare, take, requirement in (
        (step.account.to_off, lambda: step.enable("app"), "enable.accepted"),
        (lambda: step.account.to_pending("app"), step.disable, "disable.accepted"),
        (lambda: step.account.to_pending("sms"), step.resend, "resend.accepted"),
    ):
        forward = run.client.respond
        prepare()
        run.client.respond = lambda _: rejection()
        assert violation(take).requirement == requirement
        run.client.respond = forward
        step.subject.forget_state()


def test_the_right_code_must_be_accepted_while_it_is_awaited() -> None:
    _, step = steps(lambda request, forward: rejection() if operation_of(request) == "verify" else forward(request))
    step.account.to_pending("app")
    assert violation(step.verify).requirement == "verify.accepted"


@pytest.mark.parametrize(
    "variant",
    ["enable-again-refused", "disable-while-off-refused", "resend-after-verified-refused", "resend-always-accepted"],
)
def test_undocumented_requests_may_be_rejected_or_accepted(variant: str) -> None:
    _, step = steps(service=VARIANTS[variant].service())
    step.account.to_verified("app")
    step.enable("sms")
    step.resend()
    step.account.to_off()
    step.disable()
    step.resend()


def test_a_5xx_breaks_a_requirement_in_any_state() -> None:
    run, step = steps()
    step.account.to_off()
    run.client.respond = lambda _: response(500)
    assert violation(step.resend).requirement == "http.no-server-error"


def test_a_response_must_meet_the_requirements_that_a_step_names() -> None:
    _, step = steps(lambda request, forward: response(200, user(verified=True)) if request.body else forward(request))
    step.account.to_off()
    assert violation(lambda: step.enable("app", "enable.response.verified")).requirement == "enable.response.verified"


def test_a_state_machine_holds_enabling_to_its_state_and_breaks_its_own_requirement_too() -> None:
    run = rig(
        lambda request, forward: (
            response(200, user(delivery="app", verified=True)) if request.body else forward(request)
        )
    )
    run.account.to_off()
    found = violation(lambda: Steps(run.subject, also=LIFE).enable("app"))
    assert (found.requirement, found.also) == ("enable.response.verified", LIFE)
    run.account.to_off()
    run.client.respond = lambda _: rejection()
    found = violation(lambda: Steps(run.subject, also=LIFE).enable("app"))
    assert (found.requirement, found.also) == ("enable.accepted", LIFE)


def test_a_step_from_an_unknown_state_allows_no_verdict() -> None:
    _, step = steps()
    for take in (step.verify, lambda: step.verify_wrong("zeros"), step.disable_then_verify):
        with pytest.raises(Inconclusive, match="left the state of the account unknown"):
            take()


# -- wrong codes -------------------------------------------------------------------------------------------------------


def test_a_wrong_code_must_be_rejected_while_one_is_awaited() -> None:
    run, step = steps()
    step.account.to_pending("app")
    assert step.verify_wrong("last-digit").rejected
    run.client.respond = lambda _: response(200, user())
    assert violation(lambda: step.verify_wrong("zeros")).requirement == "verify.wrong-code"


def test_while_verified_a_wrong_code_may_be_accepted() -> None:
    run, step = steps()
    step.account.to_verified("app")
    run.client.respond = lambda _: response(200, user())
    step.verify_wrong("zeros")


def test_wrong_codes_near_the_right_one_are_masked() -> None:
    run, step = steps(source=FakeSource("271828", available_without_setup=True))
    step.account.to_pending("app")
    step.verify_wrong("extended")
    step.verify_wrong("zeros")
    labels = run.masker.labels
    assert labels["2718280"] == "[wrong code: extended]"
    assert "000000" not in labels


def test_without_a_right_code_wrong_ones_are_made_of_an_unlikely_one() -> None:
    _, step = steps(source=None)
    step.account.to_pending("app")
    made = step.verify_wrong("zeros")
    assert made.request.attribute("code") == "3141590", "a test server may accept 000000 always"


# -- while off ---------------------------------------------------------------------------------------------------------


def test_while_off_every_code_must_be_rejected() -> None:
    run, step = steps()
    step.account.to_off()
    assert step.verify_while_off(step.code_while_off(), "right").rejected
    run.client.respond = lambda _: response(200, user())
    assert violation(lambda: step.verify_while_off("000000", "zeros")).requirement == "verify.while-off"


def test_an_account_that_is_only_assumed_to_be_off_is_not_accused() -> None:
    _, step = steps(lambda request, forward: rejection() if operation_of(request) == "disable" else forward(request))
    step.account.to_pending("app")
    step.subject.forget_state()
    step.account.to_off()
    assert step.account.state == OFF
    with pytest.raises(Inconclusive, match="no response says"):
        step.verify_while_off(step.code_while_off(), "right")


def test_a_source_that_needs_a_set_up_has_no_code_while_off() -> None:
    for source in (None, FakeSource("1")):
        with pytest.raises(Untested):
            steps(source=source)[1].code_while_off()


# -- nothing changes ---------------------------------------------------------------------------------------------------


def test_after_resending_the_right_code_verifies_the_same_set_up() -> None:
    _, step = steps()
    step.account.to_pending("sms")
    step.resend_then_verify()
    assert step.account.state == State("sms", verified=True, number=NUMBER)


@pytest.mark.parametrize(
    ("delivery", "requirement"),
    [("sms", "resend.changes-nothing"), ("app", "resend.rejected-changes-nothing")],
)
def test_resending_that_ends_the_set_up_is_a_violation(delivery: str, requirement: str) -> None:
    _, step = steps(service=resending(lambda account: account.disable()))
    step.account.to_pending(delivery)
    found = violation(step.resend_then_verify)
    assert (found.requirement, found.actual) == (requirement, "the right code got 409")
    assert [made.operation for made in found.exchanges] == ["resend", "verify"]


def test_resending_to_another_number_is_a_violation() -> None:
    _, step = steps(service=resending(lambda account: account.enable("sms", "+12025550199")))
    step.account.to_pending("sms")
    assert "the number is" in violation(step.resend_then_verify).actual


def test_a_difference_that_the_control_has_too_is_no_violation() -> None:
    _, step = steps(service=NoNumberAfterVerification())
    step.account.to_pending("sms")
    step.resend_then_verify()


def test_a_right_code_that_is_always_rejected_is_not_blamed_on_resending() -> None:
    _, step = steps(lambda request, forward: rejection() if operation_of(request) == "verify" else forward(request))
    step.account.to_pending("sms")
    assert violation(step.resend_then_verify).requirement == "verify.accepted"


def test_an_unproven_right_code_that_is_always_rejected_is_no_violation() -> None:
    _, step = steps(source=FakeSource("000000"))
    step.account.to_pending("sms")
    with pytest.raises(Inconclusive, match="is --code-source right"):
        step.resend_then_verify()


def test_a_used_code_is_not_blamed_on_resending() -> None:
    service = VARIANTS["single-use-codes"].service()
    _, step = steps(service=service, source=ServiceCodes(service, is_single_use=True))
    for delivery in ("app", "sms"):
        step.account.to_verified(delivery)
        step.account.to_off()
        step.account.to_pending(delivery)
        step.resend_then_verify()


def test_without_a_code_resending_is_followed_by_a_wrong_code_and_disabling() -> None:
    run, step = steps(source=None)
    step.account.to_pending("sms")
    step.resend_then_disable()
    assert run.sent[-3:] == ["resend 200", "verify 422", "disable 200"]


def test_a_request_to_resend_that_was_sent_before_is_not_sent_again() -> None:
    run, step = steps(source=None)
    step.account.to_pending("sms")
    resent = step.resend()
    assert step.resend_then_disable(resent) == (resent, run.exchanges[-1])
    assert run.sent[-3:] == ["resend 200", "verify 422", "disable 200"]


def test_without_another_wrong_code_disabling_alone_shows_that_resending_changed_nothing() -> None:
    run, step = steps(source=None, budget={"verify-wrong": 0})
    step.account.to_pending("sms")
    step.resend_then_disable()
    assert run.sent[-2:] == ["resend 200", "disable 200"]


def test_without_a_code_resending_that_ends_the_set_up_is_a_violation_if_disabling_is_then_rejected() -> None:
    class Ending(VARIANTS["disable-while-off-refused"].service):  # type: ignore[misc]
        def resend(self, account: Any) -> None:
            account.disable()

    _, step = steps(source=None, service=Ending())
    step.account.to_pending("sms")
    assert violation(step.resend_then_disable).requirement == "resend.changes-nothing"


# -- after disabling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_after_disabling_the_code_that_was_right_is_rejected(delivery: str) -> None:
    _, step = steps()
    step.account.to_pending(delivery)
    assert step.disable_then_verify().rejected

    class Forgetful(Service):
        def disable(self, account: Any) -> None:
            """Nothing ends."""

    _, step = steps(service=Forgetful())
    step.account.to_pending(delivery)
    found = violation(step.disable_then_verify)
    assert found.requirement == "disable.ends-two-factor"
    assert [made.operation for made in found.exchanges] == ["disable", "verify"]


# -- the log -----------------------------------------------------------------------------------------------------------


def test_the_log_holds_no_evidence_while_a_violation_is_sent_again() -> None:
    run, step = steps()
    step.account.to_off()
    assert len(step.log) == 1
    run.session.begin("case", repeating=True)
    assert step.log == ()
