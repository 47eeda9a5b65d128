"""The server over HTTP: its start, its responses, and its stop."""

from __future__ import annotations

import re
import socket
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from reference.accounts import person_named
from reference.messages import MEDIA_TYPE
from reference.server import PortError, Server, running, serve, serving
from reference.service import Service
from tests.reference.driver import PATHS, client_of, document, enable

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


def test_attributes_of_the_server(server: Server) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/api/v2", server.base_url)
    assert len(server.token) >= 24
    assert server.token not in {server.token.lower(), server.token.upper()}
    assert len(set(server.tokens)) == len(server.tokens) == 2
    assert re.fullmatch(r"\+1[0-9]{3}55501[0-9]{2}", server.sms_number)
    assert re.fullmatch("[0-9]{6}", server.code("app"))
    assert re.fullmatch("[0-9]{6}", server.code("sms", account=1))


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_set_up_verification_and_end(server: Server, client: httpx.Client, delivery: str) -> None:
    number = (server.sms_number,) if delivery == "sms" else ()
    assert client.post("two-factor-enable", content=enable(delivery, *number).body).status_code == 200
    response = client.post("two-factor-verify", content=document(code=server.code(delivery)))
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.json()["data"]["attributes"]["two-factor"]["verified"] is True
    assert client.post("two-factor-disable").status_code == 200


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_a_fixed_code_is_right_for_both_deliveries_and_others_are_wrong(delivery: str) -> None:
    with serving(Service(code="271828", people=[person_named("jo smith")])) as server, client_of(server) as client:
        number = (server.sms_number,) if delivery == "sms" else ()
        assert client.post("two-factor-enable", content=enable(delivery, *number).body).status_code == 200
        assert client.post("two-factor-verify", content=document(code="271829")).status_code == 422
        assert client.post("two-factor-verify", content=document(code="271828")).status_code == 200


def test_with_a_fixed_code_that_of_the_authenticator_stays_right() -> None:
    with serving(Service(code="271828")) as server, client_of(server) as client:
        client.post("two-factor-enable", content=enable("app").body)
        assert client.post("two-factor-verify", content=document(code=server.code("app"))).status_code == 200


def test_an_account_is_made_of_its_name_the_same_at_each_start() -> None:
    assert person_named("jo smith") == person_named("jo smith")
    assert len({person_named(name).token for name in ("jo", "Jo", "ada")}) == 3
    with serving(Service(people=[person_named("jo smith")])) as server, client_of(server) as client:
        assert server.tokens == (person_named("jo smith").token,)
        data = client.post("two-factor-disable").json()["data"]
    assert data["attributes"]["username"] == "jo smith"
    assert data["links"]["self"] == "/api/v2/users/jo%20smith"


def test_the_address_of_ipv6_is_in_brackets() -> None:
    assert Server(Service(), 80, "::1").base_url == "http://[::1]:80/api/v2"


def test_without_a_content_type_a_request_is_rejected_with_or_without_a_body(client: httpx.Client) -> None:
    """The page sends the header with every request, also with those that have no body."""
    del client.headers["content-type"]
    assert client.post("two-factor-disable").status_code == 415


def test_every_operation_has_its_path(server: Server, client: httpx.Client) -> None:
    for path in PATHS.values():
        assert client.get(f"http://127.0.0.1:{server.port}{path}").status_code == 405
    assert client.post("two-factor").status_code == 404


def test_a_body_that_is_too_large_is_rejected(client: httpx.Client) -> None:
    assert client.post("two-factor-enable", content=b" " * 5_000_000).status_code == 413
    assert client.post("two-factor-disable").status_code == 200


def test_two_servers_share_nothing(client: httpx.Client) -> None:
    client.post("two-factor-enable", content=enable("app").body)
    with running() as other, client_of(other) as other_client:
        response = other_client.post("two-factor-verify", content=document(code=other.code("app")))
        assert response.status_code == 409
    assert client.post("two-factor-disable").status_code == 200


def test_start_and_stop_are_quick_and_leave_nothing() -> None:
    threads = threading.active_count()
    began = time.monotonic()
    with running() as server:
        started = time.monotonic() - began
        httpx.post(f"{server.base_url}/account/actions/two-factor-disable")
    assert started < 1
    assert threading.active_count() == threads
    with socket.socket() as connection, pytest.raises(ConnectionRefusedError):
        connection.connect(("127.0.0.1", server.port))


def test_bytes_that_are_not_http_are_rejected(server: Server) -> None:
    for sent in (b"\0" * 20 + b"\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            connection.sendall(sent)
            assert connection.recv(100).startswith(b"HTTP/1.1 4")


def test_a_port_that_cannot_be_used_is_named(server: Server) -> None:
    with pytest.raises(PortError, match=rf"port {server.port} cannot be used .*: choose another one"):
        serve(server.port)
    with pytest.raises(PortError, match=rf"port {server.port} of 0.0.0.0 cannot be used"):
        serve(server.port, host="0.0.0.0")  # noqa: S104 (it is taken)
    with pytest.raises(PortError, match=r"port 70000 cannot be used .*: choose another one"):
        serve(70000)
