"""Sources of right verification codes: fixed, computed, printed by a command, or typed by a person."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conformance.model import ConfigurationError
from conformance.settings import CODE_SOURCES
from conformance.two_factor.code_sources.base import CodeRequest, CodeSource
from conformance.two_factor.code_sources.command import Command
from conformance.two_factor.code_sources.prompt import Prompt
from conformance.two_factor.code_sources.static import EmbeddedCodes, Static
from conformance.two_factor.code_sources.totp import Totp, clock_ahead, parse_authenticator

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from conformance.console import Console

__all__ = ["CodeRequest", "CodeSource", "Command", "EmbeddedCodes", "Totp", "clock_ahead", "parse_code_source"]


def parse_code_source(
    text: str,
    *,
    console: Console,
    timeout: float,
    register_secret: Callable[[str, str], None],
    hidden_variables: Collection[str],
) -> CodeSource:
    """The code source that an option names.

    `timeout` is the seconds that a command may take for a code. `register_secret` gets each secret of the text, and
    the placeholder for it. `hidden_variables` are the environment variables that a command does not get.

    Raises:
        ConfigurationError: the text names no source, or one that can't work here. The message repeats none of it: it
            may be a secret without its first word.
    """
    kind, colon, value = text.strip().partition(":")
    if kind == "env":
        variable = os.environ.get(value.strip(), "").strip()
        if not variable:
            raise ConfigurationError("--code-source: the variable that env: names is not set, or empty")
        kind, colon, value = variable.partition(":")
    match kind, value.strip():
        case "static", code if code:
            register_secret(code, "[code]")
            return Static(code)
        case "totp", "" if not colon:
            return Totp(None, console)
        case (("totp" | "otpauth"), secret) if secret:
            return _parse_totp(secret if kind == "totp" else f"otpauth:{secret}", console, register_secret)
        case "command", command if command:
            return Command(command, timeout, console, hidden_variables=hidden_variables)
        case "prompt", "" if not colon:
            if problem := console.tty_problem():
                raise ConfigurationError(
                    f"--code-source: prompt needs a terminal to type codes at, and there is none ({problem}); "
                    "use static:, totp:, command: or env:"
                )
            return Prompt(console.prompt)
    raise ConfigurationError(f"--code-source: give one of {CODE_SOURCES}")


def _parse_totp(secret: str, console: Console, register_secret: Callable[[str, str], None]) -> Totp:
    try:
        authenticator = parse_authenticator(secret)
    except ValueError as error:
        raise ConfigurationError(f"--code-source: totp: {error}") from error
    for form in (secret, authenticator.secret):
        register_secret(form, "[TOTP secret]")
    return Totp(authenticator, console)
