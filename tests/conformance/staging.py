"""A staging server as careful owners run them: a fixed code for tests, counted calls, and a lock-out if wanted."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from reference.accounts import Account
from reference.messages import Rejection
from reference.service import Service

if TYPE_CHECKING:
    from reference.messages import Answer, Call

CODE = "271828"


class Fixed(Account):
    """An account whose code is always the same."""

    code_of_tests = CODE

    def totp(self, step: int = 0) -> str:  # noqa: ARG002
        return self.code_of_tests

    def fresh_code(self) -> str:
        return self.code_of_tests


class Staging(Service):
    """Counts calls by operation, wrong codes, and the most that it answered at once.

    After `locks_after` failed verifications in a row no code of the account is accepted any more.
    """

    account_type = Fixed
    locks_after = 0

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.calls: Counter[str] = Counter()
        self.wrong = self.in_a_row = self.most_in_a_row = 0
        self._lock = threading.Lock()

    def answer(self, call: Call) -> Answer:
        self.calls[call.operation or "elsewhere"] += 1
        return super().answer(call)

    def act(self, operation: Any, call: Call, account: Account) -> Answer:
        if operation != "verify":
            return super().act(operation, call, account)
        guess = account.two_factor.enabled and not account.two_factor.verified and b'"code"' in call.body
        if guess and self.locks_after and self.in_a_row >= self.locks_after:
            raise Rejection(422, "Too many wrong codes")
        try:
            answer = super().act(operation, call, account)
        except Rejection as rejection:
            if guess and "code" in (rejection.pointer or rejection.title.lower()):
                self.wrong += 1
                self.in_a_row += 1
                self.most_in_a_row = max(self.most_in_a_row, self.in_a_row)
            raise
        self.in_a_row = 0
        return answer

    @property
    def messages(self) -> int:
        """How many messages were sent."""
        return sum(len(account.outbox.messages) for account in self.accounts)
