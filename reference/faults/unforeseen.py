"""Faults of states that nobody thought of: an order that comes in one of them ends in a 500."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.faults.common import crash
from reference.faults.registry import Area
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Operation
    from reference.validation import Order

fault = Area("state")


def crashing(operation: Operation, sees: Callable[[Account, Order], bool]) -> type[Service]:
    """A service that ends in a 500 when an order comes in a state that nobody thought of."""

    class Crashing(Service):
        def perform(self, now: Operation, account: Account, order: Order) -> None:
            if now == operation and sees(account, order):
                raise crash()
            super().perform(now, account, order)

    return Crashing


CRASHES: tuple[tuple[str, str, Operation, Callable[[Account, Order], bool], tuple[str, ...]], ...] = (
    (
        "enable-again-crashes",
        "Enabling twice ends in a 500, as there can be one row only.",
        "enable",
        lambda account, _: account.two_factor.enabled,
        ("enable.accepted",),
    ),
    (
        "disable-while-off-crashes",
        "Disabling what is off ends in a 500, as there is nothing to delete.",
        "disable",
        lambda account, _: not account.two_factor.enabled,
        ("disable.accepted",),
    ),
    (
        "verify-while-off-crashes",
        "Verifying what is off ends in a 500, as there is no secret.",
        "verify",
        lambda account, _: not account.two_factor.enabled,
        ("verify.while-off",),
    ),
    (
        "verify-again-crashes",
        "Verifying twice ends in a 500, as there are recovery codes already.",
        "verify",
        lambda account, _: account.two_factor.verified,
        ("verify.accepted",),
    ),
    (
        "resend-while-off-crashes",
        "Resending what is off ends in a 500, as there is no number.",
        "resend",
        lambda account, _: not account.two_factor.enabled,
        ("resend.accepted",),
    ),
    (
        "resend-under-app-crashes",
        "Resending under delivery by application ends in a 500, as there is no number.",
        "resend",
        lambda account, _: account.two_factor.delivery == "app",
        ("resend.accepted",),
    ),
    (
        "resend-gateway-down",
        "Resending ends in a 500, as the gateway is not configured.",
        "resend",
        lambda account, _: account.two_factor.delivery == "sms",
        ("resend.accepted",),
    ),
)
for name, sentence, operation, sees, expects in CRASHES:
    fault.add(name, sentence, crashing(operation, sees), "http.no-server-error", *expects)


@fault("sms-without-number-crashes", "http.no-server-error", "enable.request.sms-number")
class SmsWithoutNumberCrashes(Service):
    """Delivery by SMS without a number ends in a 500, as there is nowhere to send to."""

    def check_no_number(self, delivery: str) -> None:
        """A number is taken for granted."""
        if delivery == "sms":
            raise crash()
