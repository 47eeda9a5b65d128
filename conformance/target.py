"""What is tested: a base URL, the token of one account, and what the user allows to be done to it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from conformance.redaction import Secret


class ConfigurationError(Exception):
    """The run can't start as it was asked for: one line that says what to do."""


@dataclass(frozen=True)
class Target:
    """A base URL (without a slash at its end) and the bearer token of the account under test."""

    base_url: str
    token: Secret
    embedded: bool = False


PRODUCTION = "terraform.io"
"""The domain of the public service, as the page's samples name it."""


def checked_base_url(text: str, *, disposable: bool, production: bool = False) -> str:
    """The base URL without a slash at its end.

    Raises:
        ConfigurationError: it is no http(s) URL with a host and at most a path; or it is not on this machine, and the
            user did not say that the account is disposable; or it is the public service, and the user did not say
            that this is meant.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"--base-url: {text!r} is no URL ({error})") from error
    if parts.scheme not in {"http", "https"} or not host or port == 0 or any(c.isspace() for c in text.strip()):
        raise ConfigurationError(
            f"--base-url: {text!r} is no URL of the form https://HOST/api/v2 (http:// serves on this machine)"
        )
    if "@" in parts.netloc:
        raise ConfigurationError("--base-url: leave user name and password out; the token comes from a variable")
    if parts.query or parts.fragment:
        raise ConfigurationError("--base-url: leave ? and # out; the paths of the operations are put behind it")
    if not on_loopback(host) and not disposable:
        raise ConfigurationError(
            f"{host} is not this machine: a run turns two-factor authentication of the token's account on and off, "
            "many times, and ends with it off; use an account made for tests, and say so with --disposable-account"
        )
    name = host.lower().rstrip(".")
    if (name == PRODUCTION or name.endswith(f".{PRODUCTION}")) and not production:
        raise ConfigurationError(
            f"{host} is the public service, which others work with: nothing is sent to it, unless you say that you "
            "mean it with --allow-production"
        )
    return text.strip().rstrip("/")


def on_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost")


def read_token(variable: str, file: str | None) -> Secret:
    """The bearer token, from a file (its final newline left out) or else from an environment variable.

    Raises:
        ConfigurationError: it is not there, empty, or nothing that a header can hold.
    """
    if file is not None:
        where = f"the token file {file}"
        try:
            token = Path(file).read_text("utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{where} can't be read: {error}") from error
    else:
        where = f"the variable {variable}"
        if variable not in os.environ:
            raise ConfigurationError(f"no token: put it into {where}, or name a file with --token-file")
        token = os.environ[variable]
    if not token.strip():
        raise ConfigurationError(f"{where} is empty: put the bearer token of the account under test into it")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(f"{where} holds a newline, a blank or another character that no token has")
    return Secret(token)
