"""Accounts: the person, the state of two-factor authentication, and the codes that are right at the moment."""

from __future__ import annotations

import hmac
import string
import time
from base64 import b32encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from collections.abc import Callable

RECOVERY_CODES = 10
RECOVERY_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Person:
    """The part of an account that never changes."""

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
"""Made up, and the same at each start: a command line written down once keeps working."""


def person_named(name: str) -> Person:
    """A person whose ID, token and secret are made of the name, so they are the same at each start."""
    digest = sha256(name.encode())
    return Person(
        f"user-{digest.hexdigest()[:12]}",
        name,
        f"ReferenceOnly.TokenOf.{digest.hexdigest()[12:36]}",
        b32encode(digest.digest()[:20]).decode(),
    )


@dataclass(frozen=True)
class TwoFactor:
    """The state of two-factor authentication; a change makes a new one."""

    delivery: str | None = None
    enabled: bool = False
    verified: bool = False
    sms_number: str | None = None
    recovery_codes: tuple[str, ...] = ()
    used_recovery_codes: tuple[str, ...] = ()


OFF = TwoFactor()


class Account:
    """A person, the state of their two-factor authentication, and the codes that are right.

    Attributes:
        messages: the text messages as pairs of number and code, the newest last; none is really sent.
    """

    def __init__(
        self,
        person: Person,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        announce: Callable[[str], None] | None = None,
        fixed_code: str | None = None,
    ) -> None:
        self.person = person
        self.secret = person.secret
        self.random = random or SystemRandom()
        self.clock = clock
        self.announce = announce
        self.messages: list[tuple[str | None, str]] = []
        self.fixed_code = fixed_code
        self.two_factor = OFF
        self.sms_code: str | None = None

    def enable(self, delivery: str, number: str | None) -> None:
        """Begin a set-up; the one before it ends."""
        self.two_factor = TwoFactor(delivery, enabled=True, sms_number=number)
        self.sms_code = None
        if delivery == "sms":
            self.send_code()

    def disable(self) -> None:
        """End the set-up."""
        self.two_factor = OFF
        self.sms_code = None

    def confirm(self) -> None:
        """Mark the set-up as verified, with new recovery codes."""
        codes = tuple(self.draw(RECOVERY_ALPHABET, 10) for _ in range(RECOVERY_CODES))
        self.two_factor = replace(self.two_factor, verified=True, recovery_codes=codes)

    def send_code(self) -> None:
        """Send a new code by SMS; the code before it is void."""
        number, self.sms_code = self.two_factor.sms_number, self.fresh_code()
        self.messages.append((number, self.sms_code))
        if self.announce is not None:
            self.announce(f"SMS to {number}: {self.sms_code}")

    def fresh_code(self) -> str:
        """Six random digits, or the fixed code."""
        return self.fixed_code or self.draw(string.digits, 6)

    def draw(self, alphabet: str, length: int) -> str:
        """Random characters of an alphabet."""
        return "".join(self.random.choices(alphabet, k=length))

    def totp(self, step: int = 0) -> str:
        """The authenticator's code, a number of steps from now."""
        return str(pyotp.TOTP(self.secret).at(int(self.clock()), counter_offset=step))

    def right_codes(self) -> tuple[str, ...]:
        """Every code that verifies now; an authenticator's clock may be one step off. A fixed code always does."""
        by_app = self.two_factor.delivery == "app"
        codes = [*map(self.totp, (0, -1, 1)), self.fixed_code] if by_app else [self.sms_code]
        return tuple(code for code in codes if code is not None)

    def code(self, delivery: str) -> str:
        """The code that the person sees: the newest SMS, or the authenticator's."""
        if delivery == "app":
            return self.totp()
        return self.messages[-1][1] if self.messages else self.fresh_code()


def equals_in_constant_time(given: str, right: str) -> bool:
    """True for equal strings; they may have lone surrogates, as JSON strings may."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
