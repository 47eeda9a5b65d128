"""The accounts behind the tokens: who they are, where their two-factor set-up stands, which codes are right."""

from __future__ import annotations

import hmac
import string
import time
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from collections.abc import Callable

STEP = 30
"""Seconds that one TOTP code is shown."""

RECOVERY_CODES = 10
RECOVERY_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Person:
    """What never changes about an account."""

    id: str
    username: str
    token: str = field(repr=False)
    secret: str = field(repr=False)


PEOPLE = (
    Person(
        "user-V3fmKxZ9qTt2",
        "ada-lovelace",
        "ReferenceOnly1.TokenOfAda.x7Kq2VnR9sWd4TzB",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ),
    Person(
        "user-B8hLwQe4rYp6",
        "grace-hopper",
        "ReferenceOnly2.TokenOfGrace.m3Hc8LpY5gJf6QxN",
        "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
    ),
)
"""Made up, and the same at each start, so that a command line written down once goes on working."""


@dataclass(frozen=True)
class TwoFactor:
    """One state of a two-factor set-up; a change makes a new one."""

    delivery: str | None = None
    enabled: bool = False
    verified: bool = False
    sms_number: str | None = None
    recovery_codes: tuple[str, ...] = ()
    used_recovery_codes: tuple[str, ...] = ()


OFF = TwoFactor()


@dataclass
class Outbox:
    """The text messages that would have been sent: (number, code), the newest last."""

    announce: Callable[[str], None] | None = None
    messages: list[tuple[str | None, str]] = field(default_factory=list)

    def send(self, number: str | None, code: str) -> None:
        """Keep the message, and show it where somebody watches."""
        self.messages.append((number, code))
        if self.announce is not None:
            self.announce(f"SMS to {number}: {code}")


class Account:
    """One user: the person, the state, and the codes that are right at this moment."""

    def __init__(
        self,
        person: Person,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        announce: Callable[[str], None] | None = None,
    ) -> None:
        self.person = person
        self.secret = person.secret
        self.random = random or SystemRandom()
        self.clock = clock
        self.outbox = Outbox(announce)
        self.two_factor = OFF
        self.sms_code: str | None = None

    def enable(self, delivery: str, number: str | None) -> None:
        """Start a set-up from scratch: whatever was verified before no longer is."""
        self.two_factor = TwoFactor(delivery, enabled=True, sms_number=number)
        self.sms_code = None
        if delivery == "sms":
            self.send_code()

    def disable(self) -> None:
        """Forget the set-up."""
        self.two_factor = OFF
        self.sms_code = None

    def confirm(self) -> None:
        """Take the set-up as verified, and hand out recovery codes."""
        codes = tuple(self.draw(RECOVERY_ALPHABET, 10) for _ in range(RECOVERY_CODES))
        self.two_factor = replace(self.two_factor, verified=True, recovery_codes=codes)

    def send_code(self) -> None:
        """Send a fresh code by SMS; the one before it is void."""
        self.sms_code = self.fresh_code()
        self.outbox.send(self.two_factor.sms_number, self.sms_code)

    def fresh_code(self) -> str:
        """Six digits by chance."""
        return self.draw(string.digits, 6)

    def draw(self, alphabet: str, length: int) -> str:
        """As many characters of an alphabet, by chance."""
        return "".join(self.random.choices(alphabet, k=length))

    def totp(self, step: int = 0) -> str:
        """The authenticator's code, so many steps from now."""
        return str(pyotp.TOTP(self.secret).at(int(self.clock()), counter_offset=step))

    def right_codes(self) -> tuple[str, ...]:
        """Every code that verifies now; a clock that is one step off is forgiven."""
        if self.two_factor.delivery == "app":
            return tuple(self.totp(step) for step in (0, -1, 1))
        return () if self.sms_code is None else (self.sms_code,)

    def code(self, delivery: str) -> str:
        """What the owner of the account reads off their phone: the newest SMS or the authenticator's display."""
        if delivery == "app":
            return self.totp()
        return self.outbox.messages[-1][1] if self.outbox.messages else self.fresh_code()


def same(given: str, right: str) -> bool:
    """Equality in constant time, for text that may hold anything that JSON can carry."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
