"""Certificates of an authority of the tests' own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from tempfile import NamedTemporaryFile
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
    """Have the authority trusted, as a user would who has one of his own."""
    file = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def context(*names: str, expired: bool = False) -> ssl.SSLContext:
    """What a server needs to be known by these names or addresses."""
    until = datetime.now(tz=UTC) - timedelta(days=1) if expired else None
    certificate = authority().issue_cert(*names, not_after=until)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def self_signed() -> ssl.SSLContext:
    """What a server has that vouches for itself alone."""
    own = trustme.CA()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile(suffix=".pem") as file:
        own.private_key_pem.write_to_path(file.name)
        own.cert_pem.write_to_path(file.name, append=True)
        made.load_cert_chain(file.name)
    return made
