"""Where verification codes come from: fixed, computed, told by a command, or typed by a person."""

from __future__ import annotations

import binascii
import hashlib
import os
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

import pyotp

from conformance.target import ConfigurationError
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.redaction import Redactor
    from conformance.voice import Voice

COMMAND_SECONDS = 60
PATIENCE = 2
DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
MARGIN = 3.0
"""Seconds that a time-based code must still be valid for when it is handed out."""


class CodeSource(Protocol):
    """Tells the right code for one delivery, "app" or "sms".

    `deliveries` are those that it may know codes for, the best first. `standing` tells that a code can be had without
    a message being sent for it. `scarce` tells that each accepted code costs time or a person's attention. `trusted`
    tells that its codes are right beyond doubt, so that a refusal is the target's fault.
    """

    deliveries: tuple[str, ...]
    standing: bool
    scarce: bool
    trusted: bool

    def code(self, delivery: str, number: str) -> str:
        """The code that is right now.

        Raises:
            Inconclusive: it can't be had.
        """

    def glance(self, delivery: str, number: str) -> str:
        """A code that is right or was so just now, without a wait: for requests that are to be rejected anyway."""

    def spend(self) -> None:
        """The last code was accepted: a careful server takes it once only."""


class Static:
    """Always the same code, as test servers have it."""

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = True
    scarce = False
    trusted = False

    def __init__(self, code: str) -> None:
        self._code = code

    def code(self, delivery: str, number: str) -> str:  # noqa: ARG002
        """The one code."""
        return self._code

    glance = code

    def spend(self) -> None:
        """A fixed code is never used up."""


class Totp:
    """Codes of an authenticator application (RFC 6238), each sent in a valid request once only.

    `adopt` takes the secret of a `provisioning-url`, as a server that makes a new one for each set-up gives it.
    """

    deliveries: tuple[str, ...] = ("app",)
    standing = True
    scarce = True
    trusted = False

    def __init__(
        self,
        secret: str,
        voice: Voice,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            self._totp = pyotp.TOTP(secret.replace(" ", "").upper())
            self._totp.now()
        except (binascii.Error, ValueError) as error:
            raise ConfigurationError(f"--code-source: totp: takes a secret in Base32 ({error})") from error
        self._voice, self._clock, self._sleep = voice, clock, sleep
        self._step = self._spent = -1

    def code(self, delivery: str, number: str) -> str:  # noqa: ARG002
        """The code of the present step, or of the next where this one's is spent or about to end."""
        interval = self._totp.interval
        left = interval - self._clock() % interval
        if int(self._clock() // interval) <= self._spent or left < MARGIN:
            self._voice.wait(left, "the next time-based code, as each can be used once")
            self._sleep(left + 0.1)
        self._step = int(self._clock() // interval)
        return self._totp.at(self._step * interval)

    def glance(self, delivery: str, number: str) -> str:  # noqa: ARG002
        """The code of the present step, spent or not."""
        return self._totp.at(int(self._clock()))

    def spend(self) -> None:
        """The code of the step that was handed out last is used up."""
        self._spent = self._step

    def adopt(self, url: str) -> None:
        """Compute codes by what an `otpauth://` URL says from now on, read as authenticator applications read it."""
        try:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            found = pyotp.TOTP(
                asked["secret"].replace(" ", "").upper(),
                digits=int(asked.get("digits", "6")),
                interval=int(asked.get("period", "30")),
                digest=DIGESTS[asked.get("algorithm", "SHA1").upper().replace("-", "")],
            )
            found.now()
        except (KeyError, ValueError, ZeroDivisionError) as error:
            self._voice.say(f"the provisioning-url can't be read ({error!r}): the secret of --code-source is used")
            return
        if (found.secret, found.digits, found.interval) != (self._totp.secret, self._totp.digits, self._totp.interval):
            self._totp = found
            self._spent = -1


class Command:
    """The code that a shell command prints.

    It finds the delivery in TFE_CODE_DELIVERY and the number in TFE_SMS_NUMBER, and may wait for the message to come.
    """

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = False
    scarce = False
    trusted = False

    def __init__(self, command: str) -> None:
        self._command = command
        self._failed: Counter[str] = Counter()

    def code(self, delivery: str, number: str) -> str:
        """The last word of what the command prints; one that failed twice for a delivery is not run for it again."""
        if self._failed[delivery] >= PATIENCE:
            raise Inconclusive(f"the command of --code-source failed {PATIENCE} times for {delivery} delivery")
        environment = os.environ | {"TFE_CODE_DELIVERY": delivery, "TFE_SMS_NUMBER": number}
        problem = ""
        try:
            done = subprocess.run(  # noqa: S602 (the user's own command)
                self._command,
                shell=True,
                check=False,
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
                env=environment,
                stdin=subprocess.DEVNULL,
            )
            words = done.stdout.split()
            if done.returncode:
                problem = f"it ended with exit code {done.returncode}"
            elif not words:
                problem = "it printed nothing"
        except subprocess.TimeoutExpired:
            problem = f"it did not end within {COMMAND_SECONDS} s"
        except UnicodeDecodeError:
            problem = "it printed what is no UTF-8"
        if problem:
            self._failed[delivery] += 1
            raise Inconclusive(f"the command of --code-source failed for {delivery} delivery: {problem}")
        return words[-1]

    glance = code

    def spend(self) -> None:
        """The command knows by itself."""


class Prompt:
    """A code that a person types."""

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = False
    scarce = True
    trusted = False

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def code(self, delivery: str, number: str) -> str:
        """What the person types; an empty line, or no terminal, is no code."""
        way = f"sent to {number}" if delivery == "sms" else "of the authenticator application"
        try:
            typed = self._ask(f"verification code {way} (empty: none came): ").strip()
        except (EOFError, OSError) as error:
            raise Inconclusive("--code-source prompt: there is no terminal to type a code at") from error
        if not typed:
            raise Inconclusive(f"no code was typed for {delivery} delivery")
        return typed

    glance = code

    def spend(self) -> None:
        """The person knows by themselves."""


def code_source(text: str, redactor: Redactor, voice: Voice) -> CodeSource:
    """The source that `static:CODE`, `totp:BASE32`, `command:SHELL COMMAND`, `env:NAME` or `prompt` names.

    Raises:
        ConfigurationError: it names none.
    """
    kind, _, value = text.partition(":")
    if kind == "env":
        if not os.environ.get(value):
            raise ConfigurationError(f"--code-source: the variable {value!r} is not set, or empty")
        kind, _, value = os.environ[value].partition(":")
    if kind == "prompt" and not value:
        return Prompt(voice.ask)
    if not value.strip():
        raise ConfigurationError(
            "--code-source: needs static:CODE, totp:BASE32, command:SHELL COMMAND, env:NAME (a variable that holds one "
            "of the others) or prompt"
        )
    match kind:
        case "static":
            redactor.add(value, "[code]")
            return Static(value)
        case "totp":
            redactor.add_code(value, "[TOTP secret]")
            return Totp(value, voice)
        case "command":
            return Command(value)
    raise ConfigurationError(f"--code-source: {kind!r} is none of static, totp, command, env, prompt")
