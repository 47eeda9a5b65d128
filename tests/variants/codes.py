"""Variants of codes: their form, the time that they are right, and the number of wrong ones that is allowed."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pyotp

from reference.accounts import Account
from reference.messages import Rejection
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from reference.messages import Attributes

variant = Chapter()
STEP = 30
"""Seconds in which an authenticator shows one code."""


def with_accounts(account: type[Account]) -> type[Service]:
    """A service with accounts of another class."""
    return type("WithAccounts", (Service,), {"account_type": account})


def sending(alphabet: str, length: int) -> type[Service]:
    """A service that sends codes of another form."""

    class Sending(Account):
        def fresh_code(self) -> str:
            return self.draw(alphabet, length)

    return with_accounts(Sending)


variant.add("sms-codes-of-eight-digits", "Codes by SMS have eight digits.", sending(string.digits, 8))
variant.add(
    "sms-codes-of-letters", "Codes by SMS have letters and digits.", sending("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6)
)


class KeepsCodes(Account):
    """An account whose codes by SMS are right until the set-up ends."""

    def enable(self, delivery: str, number: str | None) -> None:
        self.messages.clear()
        super().enable(delivery, number)

    def right_codes(self) -> tuple[str, ...]:
        codes = super().right_codes()
        return tuple(code for _, code in self.messages) if codes and self.two_factor.delivery == "sms" else codes


class RepeatsCode(Account):
    """An account that is sent the same code again."""

    def fresh_code(self) -> str:
        return self.sms_code or super().fresh_code()


class OneStep(Account):
    """An account whose authenticator may not be a step off."""

    def right_codes(self) -> tuple[str, ...]:
        return super().right_codes()[:1]


class NewSecrets(Account):
    """An account with a new secret for each set-up."""

    def enable(self, delivery: str, number: str | None) -> None:
        self.secret = pyotp.random_base32()
        super().enable(delivery, number)


for name, sentence, account in (
    ("earlier-sms-codes-accepted", "The codes sent before a resend are right as well.", KeepsCodes),
    ("resend-same-code", "Resend sends the same code again.", RepeatsCode),
    ("totp-of-this-step-only", "Only the code of the current step is right.", OneStep),
    ("fresh-secrets", "Each set-up has a TOTP secret of its own, which is in its provisioning URL.", NewSecrets),
):
    variant.add(name, sentence, with_accounts(account))


@variant("single-use-codes")
class SingleUseCodes(Service):
    """A code verifies once; the clock moves on a step for each further code that the embedded server is asked for."""

    def __init__(self, **settings: Any) -> None:
        self.ahead = 0
        super().__init__(**settings)
        self.used: set[tuple[str, str]] = set()

    def now(self) -> float:
        return super().now() + self.ahead

    def current_code(self, account: Account, delivery: str) -> str:
        while delivery == "app" and (account.person.id, account.totp()) in self.used:
            self.ahead += STEP
        return super().current_code(account, delivery)

    def is_right_code(self, account: Account, code: str) -> bool:
        return (account.person.id, code) not in self.used and super().is_right_code(account, code)

    def verify(self, account: Account, attributes: Attributes) -> None:
        super().verify(account, attributes)
        self.used.add((account.person.id, attributes.code))


def locking(limit: int, status: int, pause: float | None) -> type[Service]:
    """A service that allows some wrong codes, then locks for seconds, or until the next set-up."""

    class Locking(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.wrong: dict[str, int] = {}
            self.since: dict[str, float] = {}

        def enable(self, account: Account, attributes: Attributes) -> None:
            super().enable(account, attributes)
            if pause is None:
                self.wrong.pop(account.person.id, None)

        def is_right_code(self, account: Account, code: str) -> bool:
            person = account.person.id
            if self.wrong.get(person, 0) >= limit:
                if pause is None or self.now() - self.since[person] < pause:
                    headers = {} if pause is None else {"retry-after": f"{pause:.0f}"}
                    raise Rejection(status, "There were too many wrong codes", headers=headers)
                self.wrong[person] = 0
            right = super().is_right_code(account, code)
            self.wrong[person] = 0 if right else self.wrong.get(person, 0) + 1
            self.since[person] = self.now()
            return right

    return Locking


for name, limit, status, pause, end in (
    ("lock-out-429", 5, 429, None, "until the next set-up"),
    ("lock-out-403", 5, 403, None, "until the next set-up"),
    ("lock-out-brief-403", 3, 403, 2.0, "for two seconds"),
    ("lock-out-brief", 3, 429, 1.0, "for a second"),
):
    variant.add(name, f"After {limit} wrong codes every code returns {status} {end}.", locking(limit, status, pause))


@variant("code-blanks-ignored")
class CodeBlanksIgnored(Service):
    """Blanks in a code are ignored, as applications show codes in groups."""

    def is_right_code(self, account: Account, code: str) -> bool:
        return super().is_right_code(account, code.replace(" ", ""))


@variant("recovery-code-taken-while-verified")
class RecoveryCodeTakenWhileVerified(Service):
    """While verified, a recovery code is accepted, as at a login."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        two_factor = account.two_factor
        if not (two_factor.verified and attributes.code in two_factor.recovery_codes):
            super().verify(account, attributes)
