"""Faults of state: the wrong transition, and crashes in states that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.accounts import OFF, Account
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import crash

if TYPE_CHECKING:
    from reference.messages import Attributes, Operation

fault = Chapter()

Effect = Callable[[Account], None]
VERIFIED = ("enable.response.verified", "enable.starts-unverified")


def after(operation: Operation, effect: Effect) -> type[Service]:
    """A service with a further effect of an operation."""

    class After(Service):
        def perform(self, requested: Operation, account: Account, attributes: Attributes) -> None:
            super().perform(requested, account, attributes)
            if requested == operation:
                effect(account)

    return After


def disabling(effect: Effect) -> type[Service]:
    """A service with another effect of disable."""

    class Disabling(Service):
        def disable(self, account: Account) -> None:
            effect(account)

    return Disabling


def setting(**members: Any) -> Effect:
    """An effect that sets members of the state."""

    def effect(account: Account) -> None:
        account.two_factor = replace(account.two_factor, **members)

    return effect


def confirm_app(account: Account) -> None:
    """Verify a set-up by application."""
    if account.two_factor.delivery == "app":
        account.confirm()


for name, sentence, service, expects in (
    ("enable-verifies-app", "Enable verifies delivery by application at once.", after("enable", confirm_app), VERIFIED),
    (
        "enable-loses-number",
        "Enable sends to the SMS number, but does not store it.",
        after("enable", setting(sms_number=None)),
        ("enable.response.sms-number", "enable.response.sms-number-echo", "verify.keeps-sms-number"),
    ),
    (
        "verify-loses-number",
        "Verify loses the SMS number.",
        after("verify", setting(sms_number=None)),
        ("verify.keeps-sms-number",),
    ),
    (
        "verify-switches-to-app",
        "Verify switches to delivery by application.",
        after("verify", setting(delivery="app")),
        ("verify.response.delivery", "account.life"),
    ),
    (
        "verify-ends-two-factor",
        "Verify ends the set-up, like a challenge that is met.",
        after("verify", Account.disable),
        ("verify.response.enabled", "verify.response.verified"),
    ),
    (
        "disable-does-nothing",
        "Disable returns 200 and the unchanged user.",
        disabling(setting()),
        ("disable.response.enabled", "disable.ends-two-factor"),
    ),
    (
        "disable-keeps-number",
        "Disable keeps the SMS number.",
        disabling(setting(delivery=None, enabled=False, verified=False, recovery_codes=())),
        ("disable.response.sms-number",),
    ),
    (
        "disable-keeps-verified",
        "Disable keeps an account verified, and shows its recovery codes.",
        disabling(setting(delivery=None, enabled=False, sms_number=None)),
        ("disable.response.verified",),
    ),
    (
        "disable-clears-verified-only",
        "Disable only revokes the verification.",
        disabling(setting(verified=False, recovery_codes=())),
        ("disable.response.enabled", "disable.response.delivery"),
    ),
    ("resend-disables", "Resend ends the set-up.", after("resend", Account.disable), ("resend.changes-nothing",)),
    ("resend-verifies", "Resend verifies the set-up.", after("resend", Account.confirm), ("resend.changes-nothing",)),
    (
        "resend-forgets-number",
        "Resend loses the SMS number.",
        after("resend", setting(sms_number=None)),
        ("resend.changes-nothing", "verify.keeps-sms-number"),
    ),
):
    fault.add(name, sentence, service, *expects)


@fault("enable-again-keeps-verified", *VERIFIED)
class EnableAgainKeepsVerified(Service):
    """Enable keeps a verified account verified."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        before = account.two_factor
        super().enable(account, attributes)
        if before.verified:
            account.two_factor = replace(before, delivery=attributes.delivery, sms_number=attributes.sms_number)


@fault("enable-again-keeps-all", *VERIFIED, "enable.response.delivery")
class EnableAgainKeepsAll(Service):
    """Enable returns 200 for a verified account and changes nothing."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        if not account.two_factor.verified:
            super().enable(account, attributes)


@fault("enable-again-keeps-delivery", "enable.response.delivery", "account.life")
class EnableAgainKeepsDelivery(Service):
    """Enable keeps the delivery of an enabled account."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        delivery = account.two_factor.delivery or attributes.delivery
        super().enable(account, replace(attributes, delivery=delivery))


@fault("enable-again-keeps-number", "enable.response.sms-number-echo", "enable.response.sms-number")
class EnableAgainKeepsNumber(Service):
    """The first SMS number is kept forever."""

    first: str | None = None

    def enable(self, account: Account, attributes: Attributes) -> None:
        if attributes.sms_number is not None:
            self.first = self.first or attributes.sms_number
            attributes = replace(attributes, sms_number=self.first)
        super().enable(account, attributes)


@fault("enable-cuts-number", "enable.response.sms-number-echo")
class EnableCutsNumber(Service):
    """Enable cuts the SMS number to the length of its column, ten characters."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        super().enable(account, replace(attributes, sms_number=attributes.sms_number and attributes.sms_number[:10]))


@fault("disable-only-says-so", "disable.ends-two-factor")
class DisableOnlySaysSo(Service):
    """Disable returns the right document, but the transaction is rolled back."""

    def perform(self, operation: Operation, account: Account, attributes: Attributes) -> None:
        if operation != "disable":
            super().perform(operation, account, attributes)

    def document(self, operation: Operation, account: Account) -> Any:
        before = account.two_factor
        if operation == "disable":
            account.two_factor = OFF
        document = super().document(operation, account)
        account.two_factor = before
        return document


@fault("disable-wants-verified", "disable.accepted")
class DisableRequiresVerified(Service):
    """Disable rejects an account that is not verified yet."""

    def disable(self, account: Account) -> None:
        if account.two_factor.enabled and not account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is not verified")
        super().disable(account)


@fault("resend-switches-delivery", "resend.changes-nothing", "verify.response.delivery")
class ResendSwitchesDelivery(after("resend", setting(delivery="app"))):  # type: ignore[misc]
    """Resend switches from SMS to delivery by application; the code that was sent is right."""

    def is_right_code(self, account: Account, code: str) -> bool:
        return super().is_right_code(account, code) or code == account.sms_code


# Crashes


def crashing(operation: Operation, condition: Callable[[Account], bool]) -> type[Service]:
    """A service with an operation that returns 500 in some states."""

    class Crashing(Service):
        def perform(self, requested: Operation, account: Account, attributes: Attributes) -> None:
            if requested == operation and condition(account):
                raise crash()
            super().perform(requested, account, attributes)

    return Crashing


def enabled(account: Account) -> bool:
    """True for an account with a set-up."""
    return account.two_factor.enabled


def off(account: Account) -> bool:
    """True for an account without a set-up."""
    return not account.two_factor.enabled


def verified(account: Account) -> bool:
    """True for an account with a verified set-up."""
    return account.two_factor.verified


def by_app(account: Account) -> bool:
    """True for a set-up by application."""
    return account.two_factor.delivery == "app"


def by_sms(account: Account) -> bool:
    """True for a set-up by SMS."""
    return account.two_factor.delivery == "sms"


CRASHES: tuple[tuple[str, str, Operation, Callable[[Account], bool]], ...] = (
    ("enable-again-crashes", "Enable returns 500 for an enabled account.", "enable", enabled),
    ("disable-while-off-crashes", "Disable returns 500 for an account that is off.", "disable", off),
    ("verify-while-off-crashes", "Verify returns 500 for an account that is off.", "verify", off),
    ("verify-again-crashes", "Verify returns 500 for a verified account.", "verify", verified),
    ("resend-while-off-crashes", "Resend returns 500 for an account that is off.", "resend", off),
    ("resend-under-app-crashes", "Resend returns 500 where delivery is by application.", "resend", by_app),
    ("resend-gateway-down", "Resend returns 500 where delivery is by SMS.", "resend", by_sms),
)
for name, sentence, operation, condition in CRASHES:
    fault.add(name, sentence, crashing(operation, condition), "http.no-server-error")
