"""Each transition between the states of an account, once.

If the documentation leaves an outcome open, a test goes on from whatever the response says. Evidence that the log has
is not sent again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.limits import LimitReached
from conformance.model import NoVerdict, Untested, Violation
from conformance.parameters import needs
from conformance.two_factor.evidence import (
    code_after_disable,
    is_resend,
    is_wrong_code,
    resend_of_set_up,
    right_code_after,
)
from conformance.two_factor.steps import Steps
from strategies.json_path import MISSING

if TYPE_CHECKING:
    from conformance.model import Exchange
    from conformance.two_factor.subject import TwoFactorSubject

    Evidence = tuple[Exchange, ...]

requirement = pytest.mark.requirement
DELIVERIES = pytest.mark.parametrize("delivery", ["app", "sms"])


@pytest.fixture
def steps(subject: TwoFactorSubject) -> Steps:
    """The steps of the account."""
    return Steps(subject)


@requirement("verify.while-off", operation="verify")
@needs(state="off")
@pytest.mark.parametrize("code", ["right", "sample", "null", "missing"])
def test_off_verify(steps: Steps, code: str) -> Evidence:
    """While off, no code verifies anything, not even the one that an application shows; nor does none."""
    steps.account.to_off()
    values = {"sample": "123456", "null": None, "missing": MISSING}
    if code == "right":
        try:
            values["right"] = steps.code_while_off()
        except Untested:
            code = "sample"  # a smoke test has no other case of this requirement
    return (steps.verify_while_off(values[code], code),)


@requirement("verify.rejected-changes-nothing", operation="verify")
@needs(state="off")
def test_off_verify_again(steps: Steps) -> Evidence:
    """While off, a code that is rejected begins no set-up."""
    steps.account.to_off()
    right = steps.code_while_off()
    first = steps.verify_while_off(right, "right")
    cause = steps.verify_while_off("000000", "zeros")
    try:
        return first, cause, steps.verify_while_off(right, "right")
    except Violation as violation:
        raise Violation(
            "verify.rejected-changes-nothing",
            expected="two-factor authentication off, as before",
            actual="the right code was then accepted",
            exchanges=(cause, *violation.exchanges),
        ) from violation


@requirement("http.no-server-error", operation="disable")
@needs(state="off")
def test_off_disable(steps: Steps) -> Evidence:
    """While off, disabling is open."""
    steps.account.to_off()
    return (steps.disable(),)


@requirement("http.no-server-error", operation="resend")
@needs(state="off")
def test_off_resend(steps: Steps) -> Evidence:
    """While off, resending is open, and enables nothing."""
    steps.account.to_off()
    return steps.resend(), steps.verify_best_while_off()


@requirement("http.no-server-error", operation="verify")
@needs(state="verified", codes=1)
@pytest.mark.parametrize("code", ["right", "wrong"])
def test_verified_verify(steps: Steps, code: str) -> Evidence:
    """While verified, verifying is open."""
    account = steps.account
    delivery = account.verified_delivery
    account.to_verified(delivery)
    if code == "wrong":
        return (steps.verify_wrong("extended"),)
    exchange = account.verify(account.code_at_hand(delivery), "right code while verified")
    steps.require(exchange)
    return (exchange,)


@requirement("http.no-server-error", operation="resend")
@needs(state="verified", codes=1)
@DELIVERIES
def test_verified_resend(steps: Steps, delivery: str) -> Evidence:
    """While verified, resending is open."""
    steps.account.to_verified(delivery)
    return (steps.resend(),)


@requirement("disable.ends-two-factor", operation="disable")
@needs(state="pending", sms=1)
@DELIVERIES
def test_pending_disable(steps: Steps, delivery: str) -> Evidence:
    """A set-up that was never verified ends as well."""
    # Before the verified one, so a smoke test has this case: a server may reject any code once it is verified.
    steps.account.source_for(delivery)
    steps.account.to_pending(delivery)
    return (steps.disable_then_verify(),)


@requirement("disable.ends-two-factor", operation="disable")
@needs(state="verified", codes=1)
@DELIVERIES
def test_verified_disable(steps: Steps, delivery: str) -> Evidence:
    """A verified set-up ends, and the next one starts unverified."""
    evidence = code_after_disable(steps.log, delivery)
    if evidence:
        return evidence
    steps.account.to_verified(delivery)
    exchange = steps.disable_then_verify()
    return exchange, steps.enable("app", "enable.starts-unverified")


@requirement("enable.starts-unverified", operation="enable")
@needs(state="verified", codes=1)
@DELIVERIES
def test_verified_enable(steps: Steps, delivery: str) -> Evidence:
    """While verified, enabling again is open; if it is accepted, it starts unverified."""
    account = steps.account
    account.to_verified(delivery)
    exchange = steps.enable(delivery, "enable.starts-unverified")
    if not exchange.accepted:
        raise Untested(f"enabling again was rejected ({exchange.status}), as it may be", (exchange,))
    steps.verify_wrong("zeros")
    with suppress(LimitReached):
        if delivery in account.history.confirmed:
            steps.verify_as_before("enable.starts-unverified", exchange)
    return (exchange,)


@requirement("http.no-server-error", operation="enable")
@needs(state="pending", sms=1)
@DELIVERIES
def test_pending_enable(steps: Steps, delivery: str) -> Evidence:
    """While a verification is awaited, enabling by the other delivery is open."""
    other = {"app": "sms", "sms": "app"}[delivery]
    steps.account.to_pending(other)
    exchange = steps.enable(delivery)
    with suppress(LimitReached):
        if exchange.accepted and delivery in steps.account.history.confirmed:
            return exchange, steps.verify()
    return (exchange,)


@requirement("verify.accepted", operation="verify")
@needs(state="pending", codes=1)
@DELIVERIES
def test_pending_verify(steps: Steps, delivery: str) -> Evidence:
    """While a verification is awaited, a wrong code is rejected, and the right one accepted."""
    account = steps.account
    evidence = right_code_after(steps.log, delivery, is_wrong_code)
    if evidence:
        return evidence
    account.source_for(delivery)
    account.to_new_set_up(delivery)
    account.code(delivery)
    wrong = steps.verify_wrong("last-digit")
    return wrong, steps.verify_as_before("verify.rejected-changes-nothing", wrong)


@requirement("resend.changes-nothing", operation="resend")
@needs(state="pending by sms", codes=1, sms=2)
@pytest.mark.parametrize("delivery", ["sms", "app"])
def test_pending_resend(steps: Steps, delivery: str) -> Evidence:
    """Resending is open under app delivery; if it is accepted, the set-up stays as it was."""
    evidence = right_code_after(steps.log, delivery, is_resend)
    if evidence:
        return evidence
    # Without a code for it, the control of the requests to resend serves as well: it saves a set-up and a message.
    resent = resend_of_set_up(steps.log) if delivery == "sms" else None
    if steps.account.history.is_disturbed and resent is None:
        steps.subject.forget_state()  # An earlier request to resend may have changed it.
    steps.account.to_pending(delivery)
    try:
        steps.account.code_at_hand(delivery)
    except NoVerdict:
        if delivery == "app":
            raise
        return steps.resend_then_disable(resent)
    return steps.resend_then_verify()


@requirement("verify.wrong-code", operation="verify")
@needs(state="verified", codes=1)
def test_recovery_code_verifies_nothing(steps: Steps) -> Evidence:
    """A recovery code, and one of an earlier set-up at that, is no code of an application or a message."""
    account = steps.account
    delivery = account.verified_delivery
    account.to_verified(delivery)
    code = next(iter(sorted(account.history.recovery_codes)), "")
    if not code:
        raise Untested("no verification answered recovery codes")
    account.to_new_set_up(delivery)
    return (steps.verify_other_code(code, "a recovery code"),)


@requirement("verify.wrong-code", operation="verify")
@needs(state="pending by sms", codes=1, sms=2)
def test_code_of_earlier_message_verifies_nothing(steps: Steps) -> Evidence:
    """A new set-up by SMS has a new code."""
    account = steps.account
    account.to_pending("sms")
    earlier = account.code("sms")
    account.to_new_set_up("sms")
    if account.code("sms") == earlier:
        raise Untested("the code source gives the same code for each message")
    return (steps.verify_other_code(earlier, "the code of an earlier message"),)


@requirement("verify.wrong-code", operation="verify")
@needs(state="pending by sms", codes=1, sms=1)
def test_code_of_message_verifies_nothing_by_app(steps: Steps) -> Evidence:
    """A code that came by SMS is not right any more after the delivery was switched to app."""
    account = steps.account
    account.to_pending("sms")
    code = account.code("sms")
    exchange = steps.enable("app")
    if not exchange.accepted:
        raise Untested(f"enabling by app was rejected ({exchange.status}), as it may be", (exchange,))
    if account.code_at_hand("app") == code:
        raise Untested("the code source gives the same code for both deliveries")
    return exchange, steps.verify_other_code(code, "the code of a message, after switching to app")
