"""Faults of codes: what verifies although it is not the right code, or at a time when nothing can be verified."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reference.faults.registry import Area
from reference.messages import Rejection
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.validation import Order

fault = Area("codes")


def forgiving(alike: Callable[[str, str], bool]) -> type[Service]:
    """A service that compares a given code with each right one in its own way."""

    class Forgiving(Service):
        def matches(self, account: Account, code: str) -> bool:
            return any(alike(code, right) for right in account.right_codes())

    return Forgiving


for name, sentence, alike in (
    ("code-unchecked", "Every code is right.", lambda _given, _right: True),
    (
        "code-form-checked-only",
        "Every code of six digits is right.",
        lambda given, _: bool(re.fullmatch("[0-9]{6}", given)),
    ),
    ("code-zeros-accepted", "A code of zeros is right as well.", lambda given, right: given in {right, "000000"}),
    (
        "code-sample-accepted",
        "The code of the page's sample is right as well.",
        lambda given, right: given in {right, "123456"},
    ),
    ("code-empty-accepted", "An empty code is right as well.", lambda given, right: given in {right, ""}),
    (
        "code-shorter-accepted",
        "The first digits of a code are enough.",
        lambda given, right: given != "" and right.startswith(given),
    ),
    ("code-longer-accepted", "A code may have more behind it.", lambda given, right: given.startswith(right)),
    ("code-inside-accepted", "A code may have anything around it.", lambda given, right: right in given),
    (
        "code-last-digit-ignored",
        "The last digit of a code does not count.",
        lambda given, right: given[:-1] == right[:-1],
    ),
    (
        "code-first-digit-ignored",
        "The first digit of a code does not count.",
        lambda given, right: given[1:] == right[1:],
    ),
    ("code-half-compared", "Only the first three digits of a code count.", lambda given, right: given[:3] == right[:3]),
):
    fault.add(name, sentence, forgiving(alike), "verify.wrong-code", "verify.request.code")


@fault("code-check-fails-open", "verify.wrong-code")
class CodeCheckFailsOpen(Service):
    """After two wrong codes the counter of attempts fails, and the next code is taken as right."""

    wrong = 0

    def matches(self, account: Account, code: str) -> bool:
        """Two are counted."""
        if super().matches(account, code):
            return True
        self.wrong = (self.wrong + 1) % 3
        return self.wrong == 0


@fault("code-remembered", "verify.wrong-code", "account.life")
class CodeRemembered(Service):
    """An account that was verified once needs no right code any more."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.trusted: set[str] = set()

    def verify(self, account: Account, order: Order) -> None:
        """Remember whom to trust."""
        super().verify(account, order)
        self.trusted.add(account.person.id)

    def matches(self, account: Account, code: str) -> bool:
        """The trusted are not asked."""
        return account.person.id in self.trusted or super().matches(account, code)


@fault("wrong-code-answers-unverified", "verify.wrong-code")
class WrongCodeAnswersUnverified(Service):
    """A wrong code is answered by 200 and the user, still unverified."""

    def verify(self, account: Account, order: Order) -> None:
        """No error, just no change."""
        self.check_pending(account)
        if self.matches(account, order.code):
            account.confirm()


def verifying_while_off(*, needs_code: bool) -> type[Service]:
    """A service that verifies what is not enabled."""

    class VerifyingWhileOff(Service):
        def verify(self, account: Account, order: Order) -> None:
            if account.two_factor.enabled:
                super().verify(account, order)
            elif needs_code and order.code not in {account.totp(), account.code("sms")}:
                raise Rejection(422, "The code is not the right one", pointer="/data/attributes/code")
            else:
                account.enable("app", None)
                account.confirm()

    return VerifyingWhileOff


fault.add(
    "verify-while-off-enables",
    "Verifying with the right code while two-factor authentication is off turns it on.",
    verifying_while_off(needs_code=True),
    "verify.while-off",
    "disable.ends-two-factor",
)
fault.add(
    "verify-while-off-unchecked",
    "Verifying while two-factor authentication is off turns it on, whatever the code.",
    verifying_while_off(needs_code=False),
    "verify.while-off",
    "verify.wrong-code",
    "disable.ends-two-factor",
)


@fault("verify-while-off-answers-user", "verify.while-off")
class VerifyWhileOffAnswersUser(Service):
    """Verifying while two-factor authentication is off answers 200 and the unchanged user."""

    def verify(self, account: Account, order: Order) -> None:
        """Nothing to do, so well done."""
        if account.two_factor.enabled:
            super().verify(account, order)
