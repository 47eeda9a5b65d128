"""Codes of an authenticator application (RFC 6238), computed from its secret."""

from __future__ import annotations

import hashlib
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pyotp

from conformance.verdicts import Untested

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.account.codes import Wanted
    from conformance.exchange import Response
    from conformance.voice import Voice

DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
MARGIN = 3.0
"""Seconds that a time-based code must still be valid for when it is handed out."""
INTERVAL = 30
"""Seconds that a code is shown, if nothing else is said."""
LONGEST_INTERVAL = 300
"""The same, at most: a code is waited for as long as that, and a target may say what it likes."""
NOTICEABLE = 15.0
"""Seconds; with clocks that differ by more, a code may be that of another step."""
WAITING = "each code serves once"


class Totp:
    """Time-based codes, each sent in a valid request once only.

    Without a secret it takes that of the `provisioning-url` which the target answers with.
    """

    deliveries: tuple[str, ...] = ("app",)
    scarce = True
    trusted = False
    fallible = False

    def __init__(
        self,
        authenticator: pyotp.TOTP | None,
        voice: Voice,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._totp = authenticator
        self.standing = authenticator is not None
        self._voice, self._clock, self._sleep = voice, clock, sleep
        self._step = self._spent = -1
        self._renewals = -1 if authenticator is None else 0

    def code(self, wanted: Wanted) -> str:  # noqa: ARG002
        """The code of the present step, or of the next where this one's is spent or about to end."""
        totp = self._authenticator()
        step = int(self._clock() // totp.interval)
        left = (step + 1) * totp.interval - self._clock()
        if step <= self._spent or left < MARGIN:
            self._voice.wait(left, WAITING)
            self._sleep(left + 0.1)
        self._step = int(self._clock() // totp.interval)
        return totp.at(self._step * totp.interval)

    def glance(self, wanted: Wanted) -> str:  # noqa: ARG002
        """The code of the present step, spent or not."""
        return self._authenticator().at(int(self._clock()))

    def spend(self) -> None:
        """The code of the step that was handed out last is used up."""
        self._spent = self._step

    refuse = spend

    def effort(self, needed: Mapping[str, int]) -> str:
        """The wait for each but the first."""
        seconds = self.waiting(needed)
        return f"one in {self._interval} s, so about {seconds} s of waiting, unless each set-up has a secret of its own"

    def waiting(self, needed: Mapping[str, int]) -> int:
        """About how many seconds it takes to wait for so many codes; none where each set-up has its own secret."""
        at_once = self._spent < 0
        return 0 if self._renewals > 0 else max(0, sum(needed.values()) - at_once) * self._interval

    @property
    def _interval(self) -> int:
        return self._totp.interval if self._totp is not None else INTERVAL

    def adopt(self, url: str) -> None:
        """Compute codes by what an `otpauth://` URL says from now on."""
        try:
            found = by_url(url)
        except ValueError as error:
            if self._totp is not None:
                self._voice.say(f"the provisioning-url can't be read ({error}): the secret of --code-source is used")
            return
        if self._totp is None or any(
            getattr(found, name) != getattr(self._totp, name) for name in ("secret", "digits", "interval", "digest")
        ):
            self._totp = found
            self.standing = True
            self._spent = -1
            self._renewals += 1

    def _authenticator(self) -> pyotp.TOTP:
        if self._totp is None:
            raise Untested(
                "the target answered no provisioning-url to compute codes by: give --code-source totp:SECRET"
            )
        return self._totp


def authenticator(text: str) -> pyotp.TOTP:
    """What a secret in Base32, or an `otpauth://` URL with one, makes of an authenticator application.

    It is read as people paste it and as applications read it: blanks, hyphens, padding and case mean nothing.

    Raises:
        ValueError: it is neither; the message repeats none of it.
    """
    return by_url(text) if text.strip().lower().startswith("otpauth:") else _by({"secret": text})


def by_url(url: str) -> pyotp.TOTP:
    """As `authenticator`, for an `otpauth://` URL only."""
    parts = urlsplit(url.strip())
    if (parts.scheme, parts.netloc.lower()) != ("otpauth", "totp"):
        raise ValueError("a URL for time-based codes begins with otpauth://totp/")
    return _by({name.lower(): values[0] for name, values in parse_qs(parts.query).items()})


def _by(asked: Mapping[str, str]) -> pyotp.TOTP:
    secret = re.sub(r"[\s=-]", "", asked.get("secret", "")).upper()
    if not re.fullmatch("[A-Z2-7]+", secret):
        raise ValueError("a secret in Base32 has letters and the digits 2 to 7 only")
    try:
        found = pyotp.TOTP(
            secret,
            digits=int(asked.get("digits", "6")),
            interval=int(asked.get("period", str(INTERVAL))),
            digest=DIGESTS[re.sub("[^A-Z0-9]|HMAC", "", asked.get("algorithm", "SHA1").upper())],
        )
        found.now()
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise ValueError("length, period, digits or algorithm are none that an authenticator knows") from error
    if found.interval > LONGEST_INTERVAL:
        raise ValueError(f"its codes last longer than {LONGEST_INTERVAL} s each, too long to wait for the next one")
    return found


def ahead(response: Response, now: float) -> float:
    """The seconds by which the clock of the target is ahead of `now`, by its Date header; 0 where there is none."""
    try:
        return parsedate_to_datetime(response.header("date")).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
