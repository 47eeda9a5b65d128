"""Freedoms of codes: their form, how long and how often they are right, and how many wrong ones are borne."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pyotp

from reference.accounts import STEP, Account
from reference.messages import Rejection
from reference.service import Service
from reference.variants.registry import Chapter

if TYPE_CHECKING:
    from reference.validation import Order

variant = Chapter()


def sending(alphabet: str, length: int) -> type[Service]:
    """A service with codes of another form in its messages."""

    class Sender(Account):
        def fresh_code(self) -> str:
            return self.draw(alphabet, length)

    return type("Sending", (Service,), {"account_type": Sender})


variant.add("sms-codes-of-eight-digits", "Codes by SMS have eight digits.", sending(string.digits, 8))
variant.add(
    "sms-codes-of-letters",
    "Codes by SMS are made of letters and digits.",
    sending("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6),
)


class Patient(Account):
    """Takes every code it has sent since the set-up began."""

    def enable(self, delivery: str, number: str | None) -> None:
        """Codes of an earlier set-up are void."""
        self.outbox.messages.clear()
        super().enable(delivery, number)

    def right_codes(self) -> tuple[str, ...]:
        """All that were sent."""
        codes = super().right_codes()
        return tuple(code for _, code in self.outbox.messages) if codes and self.two_factor.delivery == "sms" else codes


@variant("earlier-sms-codes-accepted")
class EarlierSmsCodesAccepted(Service):
    """After a resend the codes sent before are still right."""

    account_type = Patient


class Repeating(Account):
    """Sends the same code again, as long as it is open."""

    def fresh_code(self) -> str:
        """The open code, or a new one."""
        return self.sms_code or super().fresh_code()


@variant("resend-same-code")
class ResendSameCode(Service):
    """Resending sends the same code once more."""

    account_type = Repeating


class Punctual(Account):
    """Does not forgive a clock that is off."""

    def right_codes(self) -> tuple[str, ...]:
        """The code of this step only."""
        return super().right_codes()[:1]


@variant("totp-of-this-step-only")
class TotpOfThisStepOnly(Service):
    """Only the code of the current step is right."""

    account_type = Punctual


class Renewed(Account):
    """Gets a new secret for each set-up."""

    def enable(self, delivery: str, number: str | None) -> None:
        """The provisioning URL tells the new one."""
        self.secret = pyotp.random_base32()
        super().enable(delivery, number)


@variant("fresh-secrets")
class FreshSecrets(Service):
    """Each set-up has a TOTP secret of its own, which its provisioning URL tells."""

    account_type = Renewed


@variant("single-use-codes")
class SingleUseCodes(Service):
    """A code verifies once; who asks the embedded server for the next one moves its clock on a step."""

    def __init__(self, **settings: Any) -> None:
        self.ahead = 0
        super().__init__(**settings)
        self.used: set[tuple[str, str]] = set()

    def now(self) -> float:
        """The clock of the server and of the authenticators that it plays."""
        return super().now() + self.ahead

    def current_code(self, account: Account, delivery: str) -> str:
        """A code that still verifies, without waiting for it."""
        while delivery == "app" and (account.person.id, account.totp()) in self.used:
            self.ahead += STEP
        return super().current_code(account, delivery)

    def matches(self, account: Account, code: str) -> bool:
        """Right, and not used before."""
        return (account.person.id, code) not in self.used and super().matches(account, code)

    def verify(self, account: Account, order: Order) -> None:
        """Cross the code off the list."""
        super().verify(account, order)
        self.used.add((account.person.id, order.code))


def bearing(limit: int, status: int, pause: float | None) -> type[Service]:
    """A service that bears so many wrong codes, then locks for seconds or until the set-up begins anew."""

    class Bearing(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.wrong: dict[str, int] = {}
            self.since: dict[str, float] = {}

        def enable(self, account: Account, order: Order) -> None:
            super().enable(account, order)
            if pause is None:
                self.wrong.pop(account.person.id, None)

        def matches(self, account: Account, code: str) -> bool:
            person = account.person.id
            if self.wrong.get(person, 0) >= limit:
                if pause is None or self.now() - self.since[person] < pause:
                    headers = {} if pause is None else {"retry-after": f"{pause:.0f}"}
                    raise Rejection(status, "There were too many wrong codes", headers=headers)
                self.wrong[person] = 0
            right = super().matches(account, code)
            self.wrong[person] = 0 if right else self.wrong.get(person, 0) + 1
            self.since[person] = self.now()
            return right

    return Bearing


variant.add(
    "lock-out-429",
    "After five wrong codes every code is answered by 429 until the set-up begins anew.",
    bearing(5, 429, None),
)
variant.add(
    "lock-out-403",
    "After five wrong codes every code is answered by 403 until the set-up begins anew.",
    bearing(5, 403, None),
)
variant.add(
    "lock-out-brief-403", "After three wrong codes every code is answered by 403 for two seconds.", bearing(3, 403, 2.0)
)
variant.add(
    "lock-out-brief", "After three wrong codes every code is answered by 429 for a second.", bearing(3, 429, 1.0)
)
