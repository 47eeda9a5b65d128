"""Make a source of codes of what --code-source says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conformance import tty
from conformance.account.codes import Static
from conformance.account.command import Command
from conformance.account.prompt import Prompt
from conformance.account.totp import Totp, authenticator
from conformance.target import ConfigurationError

if TYPE_CHECKING:
    from conformance.account.codes import CodeSource
    from conformance.redaction import Redactor
    from conformance.voice import Voice

FORMS = (
    "static:CODE, totp:SECRET (Base32, or a whole otpauth:// URL), totp (the target answers with a provisioning-url), "
    "command:SHELL COMMAND, prompt, or env:NAME (a variable that holds one of the others)"
)


def code_source(text: str, redactor: Redactor, voice: Voice, seconds: float) -> CodeSource:
    """The source that an option names; `seconds` is how long a command may take.

    Raises:
        ConfigurationError: it names none, or one that can't work here. What was given is not repeated: it may be a
            secret that lacks its first word.
    """
    kind, colon, value = text.strip().partition(":")
    if kind == "env":
        if not os.environ.get(value, "").strip():
            raise ConfigurationError(f"--code-source: the variable {value!r} is not set, or empty")
        kind, colon, value = os.environ[value].strip().partition(":")
    match kind, value.strip():
        case "static", code if code:
            redactor.add(code, "[code]")
            return Static(code)
        case "totp", "" if not colon:
            return Totp(None, voice)
        case ("totp", secret) | ("otpauth", secret) if secret:
            return _totp(secret if kind == "totp" else f"{kind}:{secret}", redactor, voice)
        case "command", command if command:
            return Command(command, redactor, voice, seconds)
        case "prompt", "" if not colon:
            return _prompt(voice)
    raise ConfigurationError(f"--code-source: needs {FORMS}")


def _totp(secret: str, redactor: Redactor, voice: Voice) -> Totp:
    try:
        found = authenticator(secret)
    except ValueError as error:
        raise ConfigurationError(f"--code-source: totp: {error}") from error
    redactor.add(secret, "[TOTP secret]")
    redactor.add_code(found.secret, "[TOTP secret]")
    return Totp(found, voice)


def _prompt(voice: Voice) -> Prompt:
    problem = tty.missing()
    if problem:
        raise ConfigurationError(
            f"--code-source: prompt needs a terminal to type codes at, and there is none ({problem}); without one, "
            "codes come from static:, totp:, command: or env:"
        )
    return Prompt(voice.ask)
