"""The interface of a code source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CodeRequest:
    """The set-up or message that a code is for.

    Attributes:
        delivery: "app" or "sms".
        number: the number that SMS goes to.
        since: Unix seconds just before the request was sent that began the set-up or had the code sent again.
        provisioning_url: the otpauth:// URL that the target answered for this set-up, or empty.
    """

    delivery: str
    number: str
    since: float
    provisioning_url: str = field(default="", repr=False)


class CodeSource(ABC):
    """A source of right codes, by default one whose codes cost nothing and serve again and again.

    Attributes:
        deliveries: those that it may know codes for, the best first.
        is_single_use: an accepted code serves once, and the next one costs time, a message or attention.
        available_without_setup: a code can be had while two-factor authentication is off, or before a message is sent.
        is_authoritative: its codes are right beyond doubt.
        seconds_per_code: the wait for the next code; 0 where it is free or not measured yet, infinite for a person.
    """

    deliveries: tuple[str, ...] = ("app", "sms")
    is_single_use: bool = False
    available_without_setup: bool = False
    is_authoritative: bool = False
    seconds_per_code: float = 0.0

    @abstractmethod
    def code(self, request: CodeRequest) -> str:
        """A right code that was not marked used; it may be waited for.

        A source that knows no other code in time gives the last one again: some test servers know one code only.

        Raises:
            Inconclusive: the source gave no code.
            Untested: the user did not provide what the source needs.
        """

    def peek(self, request: CodeRequest) -> str:
        """A code that is right or was just now, used or not, at once: for requests that must be rejected anyway.

        Raises:
            Untested: a code would take time, a message or attention.
        """
        return self.code(request)

    def mark_used(self) -> None:  # noqa: B027 (by default there is no other code)
        """Hand out another code from now on: the last one was accepted, or was rejected as the right code."""
