"""Where requests go, and with whom the token is shared: with the target that was named, and nobody else."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from conformance.client import Client, Limits, Unreachable
from conformance.exchange import Request

from tests.conformance import certificates, hostile
from tests.conformance.hostile import accepting, listening, message, read_request, saying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = Limits(connect=0.5, read=0.5, total=2.0)
TOKEN = "Tok-AbCdEf1234567890-xyz"


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(LIMITS)
    yield made
    made.close()


def asking(url: str) -> Request:
    return Request("POST", url, (("Authorization", f"Bearer {TOKEN}"),), b"{}")


# -- redirects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_token_nowhere(client: Client, status: int) -> None:
    elsewhere: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        elsewhere.append(read_request(connection))

    with accepting(serve) as other:
        location = other.replace("127.0.0.1", "localhost")
        with listening(saying(f"{status} Moved", b"", f"Location: {location}", f"Refresh: 0; url={location}")) as url:
            answer = client.send(asking(url))
    assert (answer.response.status, answer.response.header("location")) == (status, location)
    assert not [request for request in elsewhere if request]


def test_a_redirect_to_itself_is_asked_once(client: Client) -> None:
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            asked.append(request)
            connection.sendall(message("307 Temporary Redirect", b"", "Location: /api/v2"))

    with accepting(serve) as url:
        assert client.send(asking(url)).response.status == 307
    assert len(asked) == 1


def test_another_protocol_is_not_switched_to(client: Client) -> None:
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    with listening(hostile.sending(answer, message("200 OK", b"1"))) as url:
        try:
            assert client.send(asking(url)).response.status == 101
        except Unreachable as reason:
            assert "no HTTP" in str(reason)  # noqa: PT017 (either is right)


# -- what the environment says -------------------------------------------------------------------------------------


def test_proxies_and_netrc_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        connection.sendall(message("200 OK", b"1"))

    proxied: list[bytes] = []
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(netrc.read_text())
    with accepting(lambda connection: proxied.append(read_request(connection))) as proxy, accepting(serve) as url:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        client = Client(LIMITS)
        client.send(Request("POST", url, (), b"{}"))
        client.send(asking(url))
        client.close()
    headers = [request.lower().partition(b"\r\n\r\n")[0] for request in asked]
    assert not [request for request in proxied if request]
    assert [b"authorization" in head for head in headers] == [False, True]
    assert not any(b"expect:" in head or b"\r\ncookie" in head for head in headers)


# -- addresses -----------------------------------------------------------------------------------------------------


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6(client: Client) -> None:
    with listening(saying("200 OK", b"1"), host="::1") as url:
        assert url.startswith("http://[::1]:")
        assert client.send(asking(url)).response.body == b"1"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/v2/account", b"/api/v2/account"),
        ("/a/deep/prefix/api/v2/account", b"/a/deep/prefix/api/v2/account"),
        ("/caf%C3%A9%2Fb/v2", b"/caf%C3%A9%2Fb/v2"),
        ("/caf\u00e9/v2", b"/caf%C3%A9/v2"),
        ("/a%20b/v2", b"/a%20b/v2"),
        ("/~user/(v2)", b"/~user/(v2)"),
    ],
)
def test_the_path_is_asked_as_it_is_given(client: Client, path: str, asked: bytes) -> None:
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        received.append(read_request(connection))
        connection.sendall(message("200 OK", b"1"))

    with accepting(serve) as url:
        client.send(asking(url.removesuffix("/api/v2").replace("127.0.0.1", "LOCALHOST") + path))
    assert received[0].split(b" ")[1] == asked
    assert b"\r\nhost: localhost:" in received[0].lower()


# -- TLS -----------------------------------------------------------------------------------------------------------


def secure(context: ssl.SSLContext) -> str:
    """What is said of a target with this certificate, or its answer."""
    client = Client(LIMITS)
    with listening(saying("200 OK", b"welcome"), tls=context) as url:
        try:
            return client.send(asking(url)).response.body.decode()
        except Unreachable as reason:
            return str(reason)
        finally:
            client.close()


def test_an_authority_of_the_users_own_can_be_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates.trust(monkeypatch, tmp_path)
    assert secure(certificates.context("127.0.0.1")) == "welcome"


def test_an_authority_that_nobody_knows_is_not_trusted() -> None:
    said = secure(certificates.context("127.0.0.1"))
    assert "the certificate is refused: unable to get local issuer certificate" in said
    assert said.endswith("in SSL_CERT_FILE")


def test_a_self_signed_certificate_is_not_trusted() -> None:
    said = secure(certificates.self_signed())
    assert "the certificate is refused: self-signed certificate" in said
    assert said.endswith("in SSL_CERT_FILE")


def test_a_certificate_for_another_host_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates.trust(monkeypatch, tmp_path)
    said = secure(certificates.context("tfe.example"))
    assert said == (
        "TLS failed: the certificate is refused: IP address mismatch, certificate is not valid for '127.0.0.1'"
    )


def test_an_expired_certificate_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates.trust(monkeypatch, tmp_path)
    said = secure(certificates.context("127.0.0.1", expired=True))
    assert said == "TLS failed: the certificate is refused: certificate has expired"


def test_a_certificate_that_is_asked_of_the_client_is_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates.trust(monkeypatch, tmp_path)
    context = certificates.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    said = secure(context)
    assert "TLS failed" in said or "reset" in said  # as the alert is quicker or the end of the connection


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (hostile.NO_ANSWER["garbage"][0], "TLS failed"),
        (saying("200 OK", b"1"), "TLS failed"),
        (hostile.hang, "no connection within 0.5 s"),
        (hostile.reset, "no connection"),
        (lambda _: None, "no connection"),
        (hostile.stalling(b"\x16\x03\x03\x00\x7a\x02"), "no connection within 0.5 s"),
    ],
    ids=["garbage", "http", "stalled", "reset", "closed", "stalled-in-the-middle"],
)
def test_a_handshake_that_fails_is_a_reason(client: Client, answer: hostile.Answer, reason: str) -> None:
    started = time.monotonic()
    with listening(answer) as url, pytest.raises(Unreachable, match=reason):
        client.send(asking(url.replace("http:", "https:")))
    assert time.monotonic() - started < 3
