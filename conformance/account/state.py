"""The states of two-factor authentication that a client can tell apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """What the answers so far say of the account.

    `delivery` is "app", "sms" or empty while off; `number` is what the last enabling answered as sms-number.
    """

    delivery: str = ""
    verified: bool = False
    number: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether two-factor authentication is on, verified or not."""
        return bool(self.delivery)

    @property
    def pending(self) -> bool:
        """Whether it waits to be verified."""
        return self.enabled and not self.verified

    def __str__(self) -> str:
        if not self.enabled:
            return "off"
        return f"{'verified' if self.verified else 'pending'}-{self.delivery}"


OFF = State()
