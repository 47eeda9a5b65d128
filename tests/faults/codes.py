"""Faults of codes: wrong ones that verify, and verification while there is nothing to verify."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reference.messages import Attributes, Rejection
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account

fault = Chapter()


def comparing(matches: Callable[[str, str], bool]) -> type[Service]:
    """A service that compares codes in its own way: the given one, and each right one."""

    class Comparing(Service):
        def is_right_code(self, account: Account, code: str) -> bool:
            return any(matches(code, right) for right in account.right_codes())

    return Comparing


for name, sentence, matches in (
    ("code-unchecked", "Every code is right.", lambda _given, _right: True),
    (
        "code-form-checked-only",
        "Every code of six digits is right.",
        lambda given, _: bool(re.fullmatch("[0-9]{6}", given)),
    ),
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
    ("code-longer-accepted", "Characters after a code are ignored.", lambda given, right: given.startswith(right)),
    ("code-last-digit-ignored", "The last digit of a code is ignored.", lambda given, right: given[:-1] == right[:-1]),
):
    fault.add(name, sentence, comparing(matches), "verify.wrong-code", "verify.request.code")


@fault("code-check-fails-open", "verify.wrong-code")
class CodeCheckFailsOpen(Service):
    """After two wrong codes the counter of attempts fails, and the next code verifies."""

    wrong = 0

    def is_right_code(self, account: Account, code: str) -> bool:
        if super().is_right_code(account, code):
            return True
        self.wrong = (self.wrong + 1) % 3
        return self.wrong == 0


@fault("code-remembered", "verify.wrong-code", "account.life")
class CodeRemembered(Service):
    """An account that was verified once is verified by any code."""

    verified: frozenset[str] = frozenset()

    def verify(self, account: Account, attributes: Attributes) -> None:
        super().verify(account, attributes)
        self.verified |= {account.person.id}

    def is_right_code(self, account: Account, code: str) -> bool:
        return account.person.id in self.verified or super().is_right_code(account, code)


@fault("wrong-code-answers-unverified", "verify.wrong-code")
class WrongCodeAnswersUnverified(Service):
    """A wrong code returns 200 and the user, still unverified."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        self.check_pending(account)
        if self.is_right_code(account, attributes.code):
            account.confirm()


@fault("verify-while-off-enables", "verify.while-off", "disable.ends-two-factor")
class VerifyWhileOffEnables(Service):
    """Verify with the right code turns two-factor authentication on while it is off."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        if account.two_factor.enabled:
            super().verify(account, attributes)
        elif attributes.code in {account.totp(), account.code("sms")}:
            account.enable("app", None)
            account.confirm()
        else:
            raise Rejection(422, "The code is not the right one", pointer="/data/attributes/code")


@fault("verify-while-off-answers-user", "verify.while-off")
class VerifyWhileOffAnswersUser(Service):
    """Verify returns 200 and the unchanged user while two-factor authentication is off."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        if account.two_factor.enabled:
            super().verify(account, attributes)
