"""Certificates of the tests' own authority."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@cache
def authority() -> trustme.CA:
    """The authority."""
    return trustme.CA()


def trust(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Trust the authority, as a user does who has one of his own."""
    file = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def server_context(*names: str, expired: bool = False) -> ssl.SSLContext:
    """The TLS context of a server with these names or addresses."""
    until = datetime.now(tz=UTC) - timedelta(days=1) if expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*names, not_after=until).configure_cert(context)
    return context


def self_signed_context(folder: Path) -> ssl.SSLContext:
    """The TLS context of a server with a self-signed certificate."""
    own, file = trustme.CA(), folder / "self-signed.pem"
    own.private_key_pem.write_to_path(str(file))
    own.cert_pem.write_to_path(str(file), append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
