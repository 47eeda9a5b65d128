"""Codes of an authenticator application (RFC 6238), computed from its secret."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pyotp

from conformance.model import Untested
from conformance.two_factor.code_sources.base import CodeRequest, CodeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.console import Console

DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
MARGIN = 3.0
"""Seconds that a code is still valid for when it is handed out."""
PERIOD = 30
"""Seconds that a code is valid for by default."""
MAX_PERIOD = 300
"""Seconds that a code may be valid for: the target chooses the period, and the next code is waited for."""
NO_STEP = -1


@dataclass(frozen=True)
class Authenticator:
    """The secret and the parameters of an authenticator application; the period is in seconds."""

    secret: str = field(repr=False)
    digits: int = 6
    period: int = PERIOD
    algorithm: str = "SHA1"

    def code(self, step: int) -> str:
        """The code of a time step, counted in periods since the epoch."""
        return pyotp.HOTP(self.secret, digits=self.digits, digest=DIGESTS[self.algorithm]).at(step)


class Totp(CodeSource):
    """Time-based codes. A new secret in the provisioning-url of a set-up replaces the one before."""

    deliveries = ("app",)
    is_single_use = True

    def __init__(
        self,
        authenticator: Authenticator | None,
        console: Console,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._console, self._clock, self._sleep = console, clock, sleep
        self._url = ""
        self._new_secrets = -1
        self._use(authenticator)

    def code(self, request: CodeRequest) -> str:
        """The code of the present time step, or of the next one where this one's is used or about to end."""
        period = self._authenticator_for(request).period
        step, elapsed = divmod(self._clock(), period)
        left = period - elapsed
        if step == self._used_step or left < MARGIN:
            self._console.countdown(left, "each code serves once")
            self._sleep(left + 0.1)
        return self.peek(request)

    def peek(self, request: CodeRequest) -> str:
        """The code of the present time step, used or not."""
        authenticator = self._authenticator_for(request)
        self._last_step = int(self._clock() // authenticator.period)
        return authenticator.code(self._last_step)

    def mark_used(self) -> None:
        """Wait for the next time step before another code is handed out."""
        self._used_step = self._last_step

    def _authenticator_for(self, request: CodeRequest) -> Authenticator:
        if request.provisioning_url not in ("", self._url):
            self._url = request.provisioning_url
            try:
                authenticator = parse_url(self._url)
            except ValueError as error:
                self._console.print(f"the provisioning-url that the target answered is not used: {error}")
            else:
                if authenticator != self._authenticator:
                    self._use(authenticator)
        if self._authenticator is None:
            raise Untested("the target answered no usable provisioning-url: give --code-source totp:SECRET")
        return self._authenticator

    def _use(self, authenticator: Authenticator | None) -> None:
        """Compute codes by another secret, none of whose codes is used."""
        period = authenticator.period if authenticator else PERIOD
        self._authenticator = authenticator
        self._new_secrets += 1
        self._last_step = self._used_step = NO_STEP
        self.available_without_setup = authenticator is not None
        # The second new secret shows that each set-up has its own.
        self.seconds_per_code = 0.0 if self._new_secrets > 1 else float(period)


def parse_authenticator(text: str) -> Authenticator:
    """The authenticator of a Base32 secret, or of an otpauth:// URL.

    It is read as people paste it and as applications read it: blanks, hyphens, padding and case mean nothing.

    Raises:
        ValueError: the text is neither; the message repeats none of it.
    """
    return parse_url(text) if text.strip().lower().startswith("otpauth:") else _from_parameters({"secret": text})


def parse_url(url: str) -> Authenticator:
    """The authenticator of an otpauth:// URL.

    Raises:
        ValueError: the text is no such URL; the message repeats none of it.
    """
    if not re.match("otpauth://totp([/?]|$)", url.strip(), re.IGNORECASE):
        raise ValueError("a URL for time-based codes has the scheme otpauth and the type totp")
    return _from_parameters({name.lower(): value for name, value in parse_qsl(urlsplit(url.strip()).query)})


def _from_parameters(parameters: Mapping[str, str]) -> Authenticator:
    secret = re.sub(r"[\s=-]", "", parameters.get("secret", "")).upper()
    if not re.fullmatch("[A-Z2-7]+", secret):
        raise ValueError("a Base32 secret has letters and the digits 2 to 7 only")
    try:
        authenticator = Authenticator(
            secret,
            digits=int(parameters.get("digits", "6")),
            period=int(parameters.get("period", str(PERIOD))),
            algorithm=re.sub("[^A-Z0-9]|HMAC", "", parameters.get("algorithm", "SHA1").upper()),
        )
        authenticator.code(0)
    except (KeyError, ValueError) as error:
        raise ValueError("its length, digits, period or algorithm are unknown to authenticators") from error
    if not (4 <= authenticator.digits <= 10 and 1 <= authenticator.period <= MAX_PERIOD):
        raise ValueError(f"codes have 4 to 10 digits, and a period of 1 to {MAX_PERIOD} s")
    return authenticator


def clock_ahead(date_header: str, now: float) -> float:
    """The seconds by which the clock of the target is ahead of `now`, by its Date header; 0 where that is no date."""
    try:
        moment = parsedate_to_datetime(date_header)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
