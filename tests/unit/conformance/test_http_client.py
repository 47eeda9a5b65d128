"""Whatever the other end does, the client returns a response, or a problem within its limits."""

from __future__ import annotations

import contextlib
import itertools
import signal
import socket
import ssl
import threading
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.http_client import HttpClient, HttpLimits, Result
from conformance.model import ConfigurationError, Request
from conformance.rate_limit import RateLimit
from tests.unit.conformance import certificates, http_servers
from tests.unit.conformance.http_servers import (
    FRAMINGS,
    JSON,
    NO_RESPONSE,
    answering,
    keeping_alive,
    message,
    read_request,
    sending,
    serving,
    stalling,
)

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "Tok-AbCdEf1234567890-xyz"
PATIENT = HttpLimits(connect=2.0, total=2.0, size=200_000)
HASTY = replace(PATIENT, connect=0.2, total=0.2)
OWN = message("200 OK", b'"own"')
CLOSE = "Connection: close"


def test_all_limits_of_time_follow_from_the_one_of_a_response() -> None:
    assert HttpLimits.for_responses_within(30) == HttpLimits()
    assert HttpLimits.for_responses_within(2) == HttpLimits(connect=2, total=2, silence=4, waiting=120)


def no_waits(max_wait: float = 2.0) -> RateLimit:
    """A rate limit whose clock runs only while it waits."""
    clock = [0.0]
    return RateLimit(
        0, max_wait, lambda *_: None, lambda: clock[0], lambda seconds: clock.append(clock.pop() + seconds)
    )


def post(url: str, *headers: tuple[str, str], body: bytes | None = b"{}", method: str = "POST") -> Request:
    return Request(method, url, (("Authorization", f"Bearer {TOKEN}"), *headers), body)


@pytest.fixture(scope="module")
def _clients() -> dict[HttpLimits, HttpClient]:
    return {limits: HttpClient(no_waits(max_wait=1e6), limits) for limits in (PATIENT, HASTY)}


@pytest.fixture
def client(_clients: dict[HttpLimits, HttpClient]) -> HttpClient:
    _clients[PATIENT].reset_limits()
    return _clients[PATIENT]


@pytest.fixture
def hasty(_clients: dict[HttpLimits, HttpClient]) -> HttpClient:
    _clients[HASTY].reset_limits()
    return _clients[HASTY]


def body_of(result: Result) -> bytes:
    assert result.response is not None, result.problem
    return result.response.body


# -- no response ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NO_RESPONSE)
def test_a_hostile_server_gets_a_problem_in_bounded_time(client: HttpClient, hasty: HttpClient, name: str) -> None:
    respond, problem = NO_RESPONSE[name]
    with serving(answering(respond)) as url:
        result = (hasty if problem == http_servers.SLOW else client).send(post(url))
    assert result.response is None
    assert problem in result.problem
    assert len(result.problem) <= 300
    assert result.problem.isprintable()
    assert (result.sent, result.throttled) == (1, 0)
    assert 0 < result.seconds < 2.5


@pytest.mark.parametrize("name", ["gzip-bomb", "raw-deflate-bomb", "endless-chunks", "endless-103", "many-headers"])
def test_a_hostile_server_takes_bounded_memory(client: HttpClient, name: str) -> None:
    with serving(answering(NO_RESPONSE[name][0])) as url:
        tracemalloc.start()
        client.send(post(url))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("host", ["127.0.0.1:9", "does-not-exist.invalid"])
def test_a_host_that_refuses_or_is_unknown_is_a_problem(client: HttpClient, host: str) -> None:
    result = client.send(post(f"http://{host}/api/v2"))
    assert result.problem.startswith("no connection: ")


def test_a_server_that_reads_a_long_request_slowly_is_left_in_time(hasty: HttpClient) -> None:
    def handle(connection: socket.socket) -> None:
        while True:
            time.sleep(0.02)
            connection.recv(65536)

    with serving(handle) as url:
        result = hasty.send(post(url, body=b" " * 20_000_000))
    assert result.problem == "no complete response within 0.2 s"
    assert result.seconds < 2


def test_a_response_that_may_take_no_time_is_a_problem() -> None:
    client = HttpClient(no_waits(), replace(PATIENT, total=0.0))
    with serving(keeping_alive(OWN)) as url:
        assert client.send(post(url)).problem == "no complete response within 0 s"


def test_a_request_that_is_not_http_is_a_problem(client: HttpClient) -> None:
    with serving(keeping_alive(OWN)) as url:
        result = client.send(post(url, ("X", "a\nb")))
        assert result.problem.startswith("the request can't be sent: ")
        assert body_of(client.send(post(url))) == b'"own"'


@pytest.mark.parametrize(("count", "problem"), [(250, ""), (251, "the response has more than 250 headers")])
def test_a_response_may_have_so_many_headers(client: HttpClient, count: int, problem: str) -> None:
    headers = [f"X-{number}: a" for number in range(count - 1)]
    with serving(keeping_alive(message("200 OK", b"1", *headers))) as url:
        assert client.send(post(url)).problem == problem


@pytest.mark.parametrize("surplus", [0, 1])
def test_a_decoded_body_may_have_so_many_bytes(client: HttpClient, surplus: int) -> None:
    body = http_servers.raw_deflate(b"0" * (PATIENT.size + surplus))
    with serving(keeping_alive(http_servers.encoded(body, "deflate"))) as url:
        result = client.send(post(url))
    assert result.problem == ("the response is larger than 200,000 bytes when it is decoded" if surplus else "")


# -- framings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_is_read(client: HttpClient, name: str) -> None:
    with serving(answering(sending(FRAMINGS[name]))) as url:
        response = client.send(post(url)).response
    assert response is not None
    assert (response.status, response.body) == (200, JSON)


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_is_read_in_pieces(client: HttpClient, name: str) -> None:
    def respond(connection: socket.socket) -> None:
        for start in range(0, len(FRAMINGS[name]), 60):
            connection.sendall(FRAMINGS[name][start : start + 60])
            time.sleep(0.001)

    with serving(answering(respond)) as url:
        assert body_of(client.send(post(url))) == JSON


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "200 OK"])
def test_an_empty_body_needs_no_decoding(client: HttpClient, status: str) -> None:
    with serving(keeping_alive(message(status, b"", "Content-Encoding: gzip"))) as url:
        assert body_of(client.send(post(url))) == b""


def test_headers_are_received_in_order_and_as_latin_1(client: HttpClient) -> None:
    with serving(keeping_alive(message("200 OK", b"", "X-Name: \xe9\xff", "x-name: b", "X:"))) as url:
        response = client.send(post(url)).response
    assert response is not None
    assert response.headers == (("Content-Length", "0"), ("X-Name", "\xe9\xff"), ("x-name", "b"), ("X", ""))


def test_a_response_before_the_request_was_read_is_a_response(client: HttpClient) -> None:
    def handle(connection: socket.socket) -> None:
        connection.sendall(OWN)
        time.sleep(0.05)
        read_request(connection)

    with serving(handle) as url:
        assert body_of(client.send(post(url))) == b'"own"'


# -- connections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surplus", [b"", OWN, b"HTTP/1.1 200 OK\r\nContent-", b"}"])
def test_each_request_has_a_connection_of_its_own(client: HttpClient, surplus: bytes) -> None:
    connections = itertools.count()

    def handle(connection: socket.socket) -> None:
        next(connections)
        keeping_alive(OWN + surplus)(connection)

    with serving(handle) as url:
        for _ in range(3):
            assert body_of(client.send(post(url))) == b'"own"'
    assert next(connections) == 3


def test_a_client_can_be_used_after_an_interruption(client: HttpClient) -> None:
    main = threading.get_ident()

    def interrupt(connection: socket.socket) -> None:
        connection.sendall(message("200 OK", b'"stale"')[:-3])
        time.sleep(0.02)
        signal.pthread_kill(main, signal.SIGINT)
        with contextlib.suppress(OSError):  # the client closes the connection once the signal has arrived
            connection.recv(1)
            connection.sendall(message("200 OK", b'"stale"')[-3:])

    handlers = iter([answering(interrupt), keeping_alive(OWN)])

    def handle(connection: socket.socket) -> None:
        next(handlers)(connection)

    with serving(handle) as url:
        with pytest.raises(KeyboardInterrupt):
            client.send(post(url))
        assert body_of(client.send(post(url))) == b'"own"'


# -- requests ------------------------------------------------------------------------------------------------------


def test_headers_and_body_are_sent_exactly_as_given(client: HttpClient) -> None:
    requests: list[bytes] = []
    headers = (("Authorization", "Bearer \xe9"), ("authorization", "x"), ("Accept", "*/*"), ("X-Odd", "a  b;\t,"))
    with serving(keeping_alive(OWN, requests=requests)) as url:
        client.send(Request("POST", f"{url}/a?b=c%20d", headers, b"\x00\xff{"))
    host = url.split("/")[2].encode()
    assert requests == [
        b"POST /api/v2/a?b=c%20d HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: tfe-conformance\r\n"
        b"Accept-Encoding: gzip, deflate\r\nConnection: close\r\n"
        b"Authorization: Bearer \xe9\r\nauthorization: x\r\nAccept: */*\r\n"
        b"X-Odd: a  b;\t,\r\nContent-Length: 3\r\n\r\n\x00\xff{"
    ]


@pytest.mark.parametrize(("method", "has_length"), [("POST", True), ("GET", False)])
def test_a_post_without_a_body_has_a_length(client: HttpClient, method: str, *, has_length: bool) -> None:
    requests: list[bytes] = []
    with serving(keeping_alive(OWN, requests=requests)) as url:
        client.send(post(url, method=method, body=None))
    assert (b"Content-Length: 0" in requests[0]) is has_length


def test_a_header_of_the_request_replaces_a_default(client: HttpClient) -> None:
    requests: list[bytes] = []
    with serving(keeping_alive(OWN, requests=requests)) as url:
        client.send(post(url, ("accept-encoding", "identity")))
    assert requests[0].lower().count(b"accept-encoding") == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/deep/prefix/api/v2/account", b"/a/deep/prefix/api/v2/account"),
        ("/caf%C3%A9%2Fb/v2", b"/caf%C3%A9%2Fb/v2"),
        ("/caf\u00e9/v2", b"/caf%C3%A9/v2"),
        ("/a%20b/v2", b"/a%20b/v2"),
        ("/~user/(v2)", b"/~user/(v2)"),
    ],
)
def test_the_path_is_that_of_the_url(client: HttpClient, path: str, expected: bytes) -> None:
    requests: list[bytes] = []
    with serving(keeping_alive(OWN, requests=requests)) as url:
        client.send(post(url.removesuffix("/api/v2").replace("127.0.0.1", "LOCALHOST") + path))
    assert requests[0].split(b" ")[1] == expected
    assert b"\r\nHost: localhost:" in requests[0]


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_works(client: HttpClient) -> None:
    requests: list[bytes] = []
    with serving(keeping_alive(OWN, requests=requests), host="::1") as url:
        assert body_of(client.send(post(url))) == b'"own"'
    assert b"\r\nHost: [::1]:" in requests[0]


# -- the token stays with the target -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(client: HttpClient, status: int) -> None:
    elsewhere: list[bytes] = []
    with serving(keeping_alive(OWN, requests=elsewhere)) as other:
        location = other.replace("127.0.0.1", "localhost")
        redirect = message(f"{status} Moved", b"", f"Location: {location}", f"Refresh: 0; url={location}")
        with serving(keeping_alive(redirect)) as url:
            response = client.send(post(url)).response
    assert response is not None
    assert (response.status, response.header("location")) == (status, location)
    assert not elsewhere


@pytest.mark.parametrize("location", ["http://[[[[", "http://h:x/", "http://xn--/", "//\x1b", ""])
def test_a_redirect_to_an_invalid_url_is_a_response(client: HttpClient, location: str) -> None:
    with serving(keeping_alive(message("302 Found", b"", f"Location: {location}"))) as url:
        response = client.send(post(url)).response
    assert response is not None
    assert (response.status, response.header("location")) == (302, location)


def test_another_protocol_is_not_switched_to(client: HttpClient) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    with serving(answering(sending(switch, OWN))) as url:
        result = client.send(post(url))
    assert "not HTTP" in result.problem or (result.response is not None and result.response.status == 101)


def test_no_cookie_is_stored(client: HttpClient) -> None:
    requests: list[bytes] = []
    response = message("200 OK", b"1", "Set-Cookie: session=credential; Path=/")
    with serving(keeping_alive(response, requests=requests)) as url:
        client.send(post(url))
        client.send(post(url))
    assert len(requests) == 2
    assert not any(b"cookie" in request.lower() for request in requests)


def test_proxies_and_netrc_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    requests: list[bytes] = []
    proxied: list[bytes] = []
    with serving(keeping_alive(OWN, requests=requests)) as url, serving(keeping_alive(OWN, requests=proxied)) as proxy:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login user password secret")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        client = HttpClient(no_waits(), PATIENT)
        client.send(Request("POST", url, (), b"{}"))
    assert not proxied
    assert [b"authorization" in request.lower() for request in requests] == [False]


# -- throttling and limits of a run --------------------------------------------------------------------------------

THROTTLED = message("429 Too Many Requests", b"", "Retry-After: 2")
BUSY = message("503 Service Unavailable", b"", "Retry-After: 2")


@pytest.mark.parametrize("throttled", [THROTTLED, BUSY, message("429 Too Many Requests")], ids=["429", "503", "bare"])
def test_throttled_responses_are_waited_out(client: HttpClient, throttled: bytes) -> None:
    with serving(keeping_alive(throttled, throttled, OWN)) as url:
        result = client.send(post(url))
    assert body_of(result) == b'"own"'
    assert (result.throttled, result.sent) == (2, 3)


def test_the_next_request_waits_where_the_target_allows_no_more() -> None:
    countdowns: list[str] = []
    limit = RateLimit(0, 10, lambda _, reason: countdowns.append(reason), lambda: 0.0, lambda _: None)
    client = HttpClient(limit, PATIENT)
    last = message("200 OK", b"", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 3")
    with serving(keeping_alive(last, OWN)) as url:
        for _ in range(3):
            client.send(post(url))
    assert countdowns == ["the target allows no more requests for now"]


@pytest.mark.parametrize("headers", [(), ("Retry-After: soon",)], ids=["none", "unreadable"])
def test_503_without_a_readable_time_is_a_response(client: HttpClient, headers: tuple[str, ...]) -> None:
    with serving(keeping_alive(message("503 Service Unavailable", b"", *headers))) as url:
        result = client.send(post(url))
    assert result.response is not None
    assert (result.response.status, result.throttled) == (503, 0)


@pytest.mark.parametrize("retry_after", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_throttling_for_too_long_is_a_problem(retry_after: str) -> None:
    client = HttpClient(no_waits(), PATIENT)
    with serving(keeping_alive(message("429 Too Many", b"", f"Retry-After: {retry_after}"))) as url:
        first, second = client.send(post(url)), client.send(post(url))
    assert first.response is None
    assert first.problem.startswith("throttled: ")
    assert "--max-wait" in first.problem
    assert (first.throttled, first.sent) == (1, 1)
    assert (second.problem, second.throttled, second.sent) == (first.problem, 0, 0)


@pytest.mark.parametrize(
    ("limits", "respond", "problem"),
    [
        ({"total": 0.1, "silence": 0.15}, stalling(), "requests without a response took"),
        ({"total": 0.1, "waiting": 0.15}, stalling(), "kept this run waiting for"),
        ({"received": 1_500}, sending(message("200 OK", b"x" * 1_000, CLOSE)), "bytes, too many"),
        ({"received": 1_500}, sending(message("200 OK", b"", f"X: {'x' * 1_000}", CLOSE)), "bytes, too many"),
        ({"received": 1_500}, sending(message("200 OK", b"x" * 1_000)[:-1]), "bytes, too many"),
        (
            {"received": 1_500},
            sending(http_servers.encoded(http_servers.raw_deflate(b"0" * 1_000), "deflate")),
            "bytes, too many",
        ),
    ],
    ids=["silent", "slow", "long-bodies", "long-headers", "long-broken-bodies", "long-decoded-bodies"],
)
def test_a_target_is_given_up_until_the_limits_are_reset(
    limits: dict[str, Any], respond: http_servers.Handler, problem: str
) -> None:
    client = HttpClient(no_waits(), replace(PATIENT, **limits))
    with serving(answering(respond)) as url:
        results = [client.send(post(url)) for _ in range(3)]
        client.reset_limits()
        after = client.send(post(url))
    assert [result.sent for result in (*results, after)] == [1, 1, 0, 1]
    assert results[2].response is None
    assert results[2].problem.startswith("given up: ")
    assert problem in results[2].problem


# -- TLS -----------------------------------------------------------------------------------------------------------


def send_with_tls(context: ssl.SSLContext) -> Result:
    client = HttpClient(no_waits(), PATIENT)
    with serving(answering(sending(OWN)), tls=context) as url:
        return client.send(post(url))


def test_an_authority_of_the_user_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates.trust(monkeypatch, tmp_path)
    assert body_of(send_with_tls(certificates.server_context("127.0.0.1"))) == b'"own"'


@pytest.mark.parametrize("self_signed", [False, True])
def test_an_unknown_authority_is_not_trusted(tmp_path: Path, *, self_signed: bool) -> None:
    context = certificates.self_signed_context(tmp_path) if self_signed else certificates.server_context("127.0.0.1")
    problem = send_with_tls(context).problem
    assert problem.startswith("TLS failed: ")
    assert ("self-signed certificate" if self_signed else "unable to get local issuer certificate") in problem
    assert problem.endswith("in SSL_CERT_FILE")


@pytest.mark.parametrize(
    ("name", "expired", "problem"),
    [("tfe.example", False, "not valid for '127.0.0.1'"), ("127.0.0.1", True, "certificate has expired")],
)
def test_a_wrong_or_expired_certificate_is_not_trusted(
    name: str, *, expired: bool, problem: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificates.trust(monkeypatch, tmp_path)
    result = send_with_tls(certificates.server_context(name, expired=expired))
    assert result.problem.startswith("TLS failed: ")
    assert problem in result.problem


def test_a_server_that_wants_a_certificate_of_the_client_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificates.trust(monkeypatch, tmp_path)
    context = certificates.server_context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    result = send_with_tls(context)
    assert result.response is None
    assert result.problem


@pytest.mark.parametrize(
    ("respond", "problem"),
    [
        (NO_RESPONSE["garbage"][0], "TLS failed"),
        (sending(OWN), "TLS failed"),
        (stalling(), "no connection within 0.2 s"),
        (stalling(b"\x16\x03\x03\x00\x7a\x02"), "no connection within 0.2 s"),
        (http_servers.endless(b"\x16\x03\x03\x40\x00\x02\x00\x40\x00", b"\x00", 0.02), "no connection within 0.2 s"),
        (http_servers.reset, ""),
        (sending(), ""),
    ],
    ids=["garbage", "http", "silence", "stalled", "drip", "reset", "closed"],
)
def test_a_handshake_that_fails_is_a_problem(hasty: HttpClient, respond: http_servers.Handler, problem: str) -> None:
    with serving(answering(respond)) as url:
        result = hasty.send(post(url.replace("http:", "https:")))
    assert result.seconds < 2
    assert problem in result.problem
    assert result.problem.startswith(("TLS failed", "no connection"))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
@pytest.mark.parametrize("file", ["missing/file.pem", "no-certificate.pem/", "."])
def test_a_tls_file_that_cannot_be_used_is_a_mistake_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, file: str
) -> None:
    monkeypatch.setenv(variable, f"{tmp_path}/{file}")
    with pytest.raises(ConfigurationError, match=f"^{variable}: ") as caught:
        HttpClient(no_waits())
    assert "\n" not in str(caught.value)


def test_a_file_without_certificates_is_a_mistake_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(ConfigurationError, match=r"^SSL_CERT_FILE: "):
        HttpClient(no_waits())
