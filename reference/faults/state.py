"""Faults of state: what an operation does, or does to a state that it should not be in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.accounts import OFF
from reference.documents import user_document
from reference.faults.registry import Area
from reference.service import Service

if TYPE_CHECKING:
    from reference.accounts import Account
    from reference.messages import Operation
    from reference.validation import Order

fault = Area("state")

ALREADY = ("enable.response.verified", "enable.starts-unverified")


def verified_from_start(*deliveries: str) -> type[Service]:
    """A service that trusts a delivery without a code."""

    class VerifiedFromStart(Service):
        def enable(self, account: Account, order: Order) -> None:
            super().enable(account, order)
            if order.delivery in deliveries:
                account.confirm()

    return VerifiedFromStart


fault.add("enable-verifies-app", "Delivery by application is verified at once.", verified_from_start("app"), *ALREADY)
fault.add("enable-verifies-sms", "Delivery by SMS is verified at once.", verified_from_start("sms"), *ALREADY)


@fault("enable-again-keeps-verified", *ALREADY)
class EnableAgainKeepsVerified(Service):
    """Enabling again keeps an account verified."""

    def enable(self, account: Account, order: Order) -> None:
        """Only the delivery changes."""
        kept = account.two_factor
        super().enable(account, order)
        if kept.verified:
            account.two_factor = replace(kept, delivery=order.delivery, sms_number=order.number)


@fault("enable-again-keeps-all", *ALREADY, "enable.response.delivery")
class EnableAgainKeepsAll(Service):
    """Enabling what is verified answers 200 and changes nothing."""

    def enable(self, account: Account, order: Order) -> None:
        """Done is done."""
        if not account.two_factor.verified:
            super().enable(account, order)


@fault("enable-again-keeps-delivery", "enable.response.delivery", "account.life")
class EnableAgainKeepsDelivery(Service):
    """Enabling again keeps the delivery of the first time."""

    def enable(self, account: Account, order: Order) -> None:
        """The row is there, only some columns are written."""
        kept = account.two_factor
        if kept.enabled and kept.delivery is not None:
            order = replace(order, delivery=kept.delivery)
        super().enable(account, order)


@fault("enable-again-keeps-number", "enable.response.sms-number-echo", "enable.response.sms-number")
class EnableAgainKeepsNumber(Service):
    """The first SMS number is kept for good, whatever number is sent later."""

    first: str | None = None

    def enable(self, account: Account, order: Order) -> None:
        """The number on record goes first."""
        if order.number is not None:
            self.first = self.first or order.number
            order = replace(order, number=self.first)
        super().enable(account, order)


@fault(
    "enable-loses-number", "enable.response.sms-number", "enable.response.sms-number-echo", "verify.keeps-sms-number"
)
class EnableLosesNumber(Service):
    """Enabling sends to the SMS number, but does not keep it."""

    def enable(self, account: Account, order: Order) -> None:
        """The number is used once."""
        super().enable(account, order)
        account.two_factor = replace(account.two_factor, sms_number=None)


@fault("enable-cuts-number", "enable.response.sms-number-echo")
class EnableCutsNumber(Service):
    """The column of the SMS number holds ten characters."""

    def enable(self, account: Account, order: Order) -> None:
        """What does not fit is lost."""
        super().enable(account, replace(order, number=order.number and order.number[:10]))


@fault("verify-loses-number", "verify.keeps-sms-number")
class VerifyLosesNumber(Service):
    """Verifying writes the set-up anew, without its SMS number."""

    def verify(self, account: Account, order: Order) -> None:
        """The number is not among the columns."""
        super().verify(account, order)
        account.two_factor = replace(account.two_factor, sms_number=None)


@fault("verify-takes-other-number", "verify.keeps-sms-number")
class VerifyTakesOtherNumber(Service):
    """Verifying replaces the SMS number by one on record elsewhere."""

    def verify(self, account: Account, order: Order) -> None:
        """The profile goes first."""
        super().verify(account, order)
        if account.two_factor.sms_number is not None:
            account.two_factor = replace(account.two_factor, sms_number="+12025550177")


@fault("verify-switches-to-app", "verify.response.delivery", "account.life")
class VerifySwitchesToApp(Service):
    """Verifying always ends in delivery by application."""

    def verify(self, account: Account, order: Order) -> None:
        """One kind of set-up for all."""
        super().verify(account, order)
        account.two_factor = replace(account.two_factor, delivery="app")


@fault("verify-ends-two-factor", "verify.response.enabled", "verify.response.verified")
class VerifyEndsTwoFactor(Service):
    """Verifying is taken for signing in, and ends the set-up."""

    def verify(self, account: Account, order: Order) -> None:
        """The challenge is over."""
        super().verify(account, order)
        account.two_factor = OFF


@fault("disable-does-nothing", "disable.response.enabled", "disable.ends-two-factor")
class DisableDoesNothing(Service):
    """Disabling answers 200 and changes nothing."""

    def disable(self, account: Account) -> None:
        """Not written yet."""


@fault("disable-only-says-so", "disable.ends-two-factor")
class DisableOnlySaysSo(Service):
    """Disabling answers as it should and changes nothing."""

    def disable(self, account: Account) -> None:
        """The transaction is rolled back."""

    def document(self, operation: Operation, account: Account) -> Any:
        """As if it had happened."""
        kept = account.two_factor
        if operation == "disable":
            account.two_factor = OFF
        document = super().document(operation, account)
        account.two_factor = kept
        return document


@fault("disable-keeps-number", "disable.response.sms-number")
class DisableKeepsNumber(Service):
    """Disabling keeps the SMS number."""

    def disable(self, account: Account) -> None:
        """For the next time."""
        number = account.two_factor.sms_number
        super().disable(account)
        account.two_factor = replace(OFF, sms_number=number)


@fault("disable-keeps-verified", "disable.response.verified")
class DisableKeepsVerified(Service):
    """Disabling keeps an account verified, and shows its recovery codes."""

    def disable(self, account: Account) -> None:
        """One flag is forgotten."""
        account.two_factor = replace(account.two_factor, delivery=None, enabled=False, sms_number=None)


@fault("disable-clears-verified-only", "disable.response.enabled", "disable.response.delivery")
class DisableClearsVerifiedOnly(Service):
    """Disabling takes back the verification, and leaves the rest."""

    def disable(self, account: Account) -> None:
        """One step back."""
        account.two_factor = replace(account.two_factor, verified=False, recovery_codes=())


@fault("disable-wants-verified", "disable.accepted")
class DisableWantsVerified(Service):
    """Disabling what is not verified yet is refused."""

    def disable(self, account: Account) -> None:
        """Only what works can be ended."""
        if account.two_factor.enabled and not account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is not verified")
        super().disable(account)


@fault("resend-disables", "resend.changes-nothing")
class ResendDisables(Service):
    """Resending ends the set-up."""

    def resend(self, account: Account) -> None:
        """Start from nothing, and stop there."""
        super().resend(account)
        account.two_factor = OFF


@fault("resend-verifies", "resend.changes-nothing")
class ResendVerifies(Service):
    """Resending marks the set-up as verified."""

    def resend(self, account: Account) -> None:
        """The number works, it seems."""
        super().resend(account)
        account.confirm()


@fault("resend-forgets-number", "resend.changes-nothing", "verify.keeps-sms-number")
class ResendForgetsNumber(Service):
    """Resending forgets the SMS number."""

    def resend(self, account: Account) -> None:
        """The number is moved, not copied."""
        super().resend(account)
        account.two_factor = replace(account.two_factor, sms_number=None)


@fault("resend-switches-delivery", "resend.changes-nothing", "verify.response.delivery")
class ResendSwitchesDelivery(Service):
    """Resending turns delivery by SMS into delivery by application."""

    def resend(self, account: Account) -> None:
        """The other way next time."""
        super().resend(account)
        account.two_factor = replace(account.two_factor, delivery="app")

    def matches(self, account: Account, code: str) -> bool:
        """The code just sent is right all the same."""
        return super().matches(account, code) or code == account.sms_code


@fault(
    "enable-answers-last-document", "enable.response.delivery", "enable.starts-unverified", "enable.response.enabled"
)
class EnableAnswersLastDocument(Service):
    """Enabling answers the document that the operation before it has left in a cache."""

    cached: Any = None

    def document(self, operation: Operation, account: Account) -> Any:
        """The cache is filled after the answer."""
        document = super().document(operation, account)
        answer = self.cached if operation == "enable" and self.cached else document
        if operation != "resend":
            self.cached = user_document(account)
        return answer
