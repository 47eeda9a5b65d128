"""The target of a run, and what is checked before anything is sent to it: its URL and the token."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field

import httpx

from conformance.model import ConfigurationError
from conformance.user_files import decode, user_path

PRODUCTION = "terraform.io"
"""The domain of the public service, as in the page's samples."""


@dataclass(frozen=True)
class Secret:
    """A string that tracebacks and messages do not show; `reveal()` returns it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The string itself."""
        return self._value


@dataclass(frozen=True)
class Target:
    """A base URL (without a slash at its end) and the bearer token of the account under test.

    `embedded` is true for the reference server of this process.
    """

    base_url: str
    token: Secret
    embedded: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        return _is_loopback(httpx.URL(self.base_url).raw_host.decode("ascii"))

    @property
    def is_plain_http(self) -> bool:
        """Whether the token crosses a network unencrypted: http, and not on loopback."""
        return self.base_url.startswith("http:") and not self.is_loopback


def check_base_url(text: str, *, disposable: bool, production: bool) -> str:
    """The base URL in normal form, without a slash at its end.

    Args:
        text: the URL as the user wrote it.
        disposable: the user said that the account may be changed.
        production: the user said that the public service may be the target.

    Raises:
        ConfigurationError: it is no http(s) URL with a host and at most a path, or the user did not allow this target.
    """
    if "@" in text:  # before anything repeats it
        raise ConfigurationError("--base-url: leave out user name and password; the token comes from a variable")
    try:
        url = httpx.URL(text.strip())
        # The host that is contacted, in ASCII: an IDNA host may have full stops of other scripts.
        host = url.raw_host.decode("ascii")
        host.encode("idna")  # as the socket module does: it refuses labels that are empty or too long
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"--base-url: {text!r} is not a URL ({error})") from error
    if url.scheme not in {"http", "https"} or not host or "%" in host or url.port == 0 or (url.port or 1) > 65535:
        raise ConfigurationError(
            f"--base-url: {text!r} is not a URL of the form https://HOST/api/v2 (or http:// on this machine)"
        )
    if "?" in text or "#" in text:
        raise ConfigurationError("--base-url: leave out ? and #; the paths of the operations are appended to the URL")
    if not _is_loopback(host) and not disposable:
        raise ConfigurationError(
            f"{host} is not this machine: a run turns two-factor authentication of the token's account on and off, "
            "many times, and ends with it off; use an account made for tests, and say so with --disposable-account"
        )
    if f".{host.rstrip('.')}".endswith(f".{PRODUCTION}") and not production:
        raise ConfigurationError(
            f"{host} is the public service, which others work with; allow it as the target with --allow-production"
        )
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host.rstrip('.')}".endswith(".localhost")


def read_token(variable: str, file: str | None) -> Secret:
    """The bearer token, from a file (without its final newline) or else from an environment variable.

    Raises:
        ConfigurationError: it is missing, empty, or has characters that no token has.
    """
    if file is not None:
        source = f"the token file {file}"
        try:
            token = decode(user_path(file, "--token-file").read_bytes()).removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigurationError(f"{source} can't be read: {reason}") from error
    else:
        source = f"the variable {variable}"
        if variable not in os.environ:
            raise ConfigurationError(f"no token: put it into {source}, or name a file with --token-file")
        token = os.environ[variable]
    if not token.strip():
        raise ConfigurationError(f"{source} is empty: put the bearer token of the account under test into it")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{source} contains a newline, a space or another character that no token has; "
            "put the bearer token alone into it"
        )
    return Secret(token)
