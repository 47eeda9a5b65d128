"""A fixed walk that covers each transition between the states of an account once.

Where the documentation leaves the outcome open, the walk goes on from whatever the answer says. It begins with what is
verified, as the tests of the codes before it left it, and each step uses the state in which the one before it ended:
every verification costs a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.account.steps import Steps
from conformance.account.subject import AFTER_WRONG, ENDED, OVER, UNCHANGED
from conformance.verdicts import NoVerdict, Untested

if TYPE_CHECKING:
    from conformance.account.subject import AccountSubject
    from conformance.asker import Asker
    from conformance.rejections import Rejections

requirement = pytest.mark.requirement
DELIVERIES = pytest.mark.parametrize("delivery", ["app", "sms"])


@pytest.fixture
def steps(asker: Asker) -> Steps:
    """The steps of an account."""
    account: AccountSubject = asker.subject  # type: ignore[assignment]
    return Steps(account)


def at_hand(account: AccountSubject) -> str:
    """The delivery to verify by: the one that is verified already, where another would cost a code."""
    state = account.state
    if account.scarce and state is not None and state.verified and state.delivery in account.proven:
        return state.delivery
    return account.delivery


def affordable(steps: Steps, delivery: str) -> str:
    """The delivery, where a verification by it costs nothing that another did not buy already."""
    account = steps.account
    if account.scarce and delivery != at_hand(account):
        raise Untested(f"each code is costly, and what is verified by {at_hand(account)} is asked for")
    return delivery


@requirement("http.no-server-error", operation="verify")
@pytest.mark.parametrize("code", ["right", "wrong"])
def test_verified_verify(steps: Steps, code: str) -> None:
    """While verified, verifying is open."""
    account = steps.account
    delivery = at_hand(account)
    account.to_verified(delivery)
    if code == "right":
        steps.open_step(account.verify(account.right_code(delivery, glance=True), "right code while verified"))
    else:
        steps.verify_wrongly("extended")


@requirement("http.no-server-error", operation="resend")
@DELIVERIES
def test_verified_resend(steps: Steps, delivery: str) -> None:
    """While verified, resending is open."""
    steps.account.to_verified(affordable(steps, delivery))
    steps.resend()


@requirement("enable.starts-unverified", operation="enable")
@DELIVERIES
def test_verified_enable(steps: Steps, delivery: str) -> None:
    """While verified, enabling again is open; where it is accepted, it starts unverified."""
    account = steps.account
    account.to_verified(affordable(steps, delivery))
    exchange = steps.enable(delivery, "enable.starts-unverified")
    if not exchange.response.accepted:
        raise Untested(f"enabling again was refused ({exchange.response}), as it may be")
    steps.verify_wrongly("zeros")
    if not account.scarce and delivery in account.proven:
        steps.verify_as_before("enable.starts-unverified", exchange)


@requirement("verify.accepted", operation="verify")
@DELIVERIES
def test_pending_verify(steps: Steps, delivery: str) -> None:
    """While a verification is awaited, a wrong code is rejected, and the right one accepted."""
    account = steps.account
    seen = account.asker.seen.get((AFTER_WRONG, delivery))
    if account.scarce and seen is not None:
        account.asker.show(seen)
        return
    account.source_for(delivery)
    account.lost()
    account.to_pending(delivery)
    account.right_code(delivery)
    steps.verify_wrongly_then_rightly("last-digit")


@requirement("disable.ends-two-factor", operation="disable")
@DELIVERIES
def test_verified_disable(steps: Steps, delivery: str, rejections: Rejections) -> None:
    """A verified set-up ends, and the next one starts unverified."""
    account = steps.account
    if account.scarce and account.asker.thrifty and delivery == "app":
        delivery = at_hand(account)  # It may be the only case that is asked.
    delivery = affordable(steps, delivery)
    seen = account.asker.seen.get((OVER, delivery))
    if account.scarce and account.asker.thrifty and seen is not None:
        account.asker.show(seen)
        return
    if account.scarce and not account.asker.thrifty:
        rejections.settle("disable")  # Its control disables what was verified for it: the same code serves both.
    disabled = account.asker.seen.get((ENDED, delivery))
    if disabled is not None and disabled is account.asker.exchanges[-1]:
        steps.verify_after(disabled, account.last_code)
    else:
        account.to_verified(delivery)
        steps.disable_and_verify()
    account.asker.seen[OVER, delivery] = account.asker.exchanges[-1]
    steps.enable("app", "enable.starts-unverified")


@requirement("disable.ends-two-factor", operation="disable")
@DELIVERIES
def test_pending_disable(steps: Steps, delivery: str) -> None:
    """A set-up that was never verified ends as well."""
    source = steps.account.source_for(delivery)
    if source.scarce and not source.standing:
        raise Untested("each code is costly, and disabling while verified is asked for")
    steps.account.to_pending(delivery)
    steps.disable_and_verify()


@requirement("verify.while-off", operation="verify")
@pytest.mark.parametrize("code", ["right", "sample"])
def test_off_verify(steps: Steps, code: str) -> None:
    """While off, neither a wrong code nor the one that an application shows verifies anything."""
    steps.account.to_off()
    steps.verify_while_off(code)


@requirement("verify.rejected-changes-nothing", operation="verify")
def test_off_verify_again(steps: Steps) -> None:
    """While off, a code that is rejected begins no set-up."""
    steps.account.to_off()
    steps.verify_twice_while_off()


@requirement("http.no-server-error", operation="disable")
def test_off_disable(steps: Steps) -> None:
    """While off, disabling is open."""
    steps.account.to_off()
    steps.disable()


@requirement("http.no-server-error", operation="resend")
def test_off_resend(steps: Steps) -> None:
    """While off, resending is open, and enables nothing."""
    steps.account.to_off()
    steps.resend()
    source = steps.account.source
    steps.verify_while_off("right" if source is not None and source.standing else "zeros")


@requirement("enable.accepted", operation="enable")
@DELIVERIES
def test_off_enable(steps: Steps, delivery: str) -> None:
    """From off, enabling by either delivery is accepted."""
    steps.account.to_off()
    steps.enable(delivery)


@requirement("http.no-server-error", operation="enable")
@DELIVERIES
def test_pending_enable(steps: Steps, delivery: str) -> None:
    """While a verification is awaited, enabling by the other delivery is open."""
    other = {"app": "sms", "sms": "app"}[delivery]
    steps.account.to_pending(other)
    exchange = steps.enable(delivery)
    if exchange.response.accepted and delivery in steps.account.proven and not steps.account.scarce:
        steps.verify()


@requirement("resend.changes-nothing", operation="resend")
@pytest.mark.parametrize("delivery", ["sms", "app"])
def test_pending_resend(steps: Steps, delivery: str) -> None:
    """Resending is open under app delivery; where it is accepted, the verification goes on as it was."""
    if delivery == "app" and steps.account.scarce:
        raise Untested("each code is costly, and resending by app is open")
    seen = steps.account.asker.seen.get((UNCHANGED, delivery))
    if steps.account.asker.thrifty and seen is not None:
        steps.account.asker.show(seen)
        return
    account = steps.account
    account.to_pending(delivery)
    try:
        if not (account.scarce and delivery in account.proven):
            account.right_code(delivery, glance=True)
    except NoVerdict:
        if delivery == "app":
            raise
        steps.resend_without_code()
    else:
        steps.resend_and_verify()
