"""Why a request got no answer, in words that say where to look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import httpx

from conformance.reading import Unreadable

if TYPE_CHECKING:
    import ssl

    from conformance.client import Limits

LONGEST = 300
"""Characters of a reason, in some of which the target has a say."""


class Failed(NamedTuple):
    """Why there is no answer, and whether the request may not even have arrived: the connection broke before one."""

    why: str
    lost: bool


def failed(error: TimeoutError | httpx.HTTPError | ssl.SSLError | Unreadable, limits: Limits) -> Failed:
    """What an error means."""
    lost = isinstance(error, httpx.ReadError | httpx.WriteError) or "disconnected" in str(error)
    text = why(error, limits)
    return Failed(text if len(text) <= LONGEST else f"{text[:LONGEST]}…", lost)


def why(error: Exception, limits: Limits) -> str:  # noqa: PLR0911 (a table: a line for each kind)
    """The reason."""
    match error:
        case Unreadable():
            return str(error)
        case httpx.ConnectTimeout():
            return f"no connection within {limits.connect:g} s"
        case httpx.ReadTimeout() | httpx.WriteTimeout():
            return f"the target fell silent for {limits.read:g} s"
        case TimeoutError():
            return f"the answer took more than {limits.total:g} s"
        case httpx.ReadError() | httpx.WriteError():
            return "the connection was reset before the answer was complete"
        case httpx.RemoteProtocolError():
            return broken(str(error))
        case _:
            return unconnected(str(error) or type(error).__name__)


def broken(error: str) -> str:
    """The reason where what came is not HTTP, or not all of it."""
    if "disconnected" in error:
        return "the target closed the connection before an answer was complete"
    return f"the answer breaks off: {error}" if error.startswith("peer") else f"the answer is no HTTP: {error}"


def unconnected(error: str) -> str:
    """The reason where there is no connection, or no secure one; and what to do, where that may be wanted."""
    if "SSL" not in error:
        return f"no connection: {error}"
    refused = re.search(r"certificate verify failed: (.*?)\.? \(", error)
    if refused is None:
        return f"TLS failed: {error}"
    reason = f"TLS failed: the certificate is refused: {refused[1]}"
    if "self-signed" in reason or "local issuer" in reason:
        reason += "; if its authority is your own, name the file of that one's certificate in SSL_CERT_FILE"
    return reason
