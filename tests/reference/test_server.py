"""The server as a whole: started, asked over HTTP, stopped; and what `serve` prints."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from reference.messages import MEDIA_TYPE
from reference.server import PortError, Server, running, serve
from tests.reference.probe import ACTIONS, NAMES, body, enable

if TYPE_CHECKING:
    from collections.abc import Iterator


def client_of(server: Server) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": MEDIA_TYPE}
    return httpx.Client(base_url=f"{server.base_url}/account/actions/", headers=headers, timeout=5)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as made:
        yield made


def test_server_is_what_its_callers_expect(server: Server) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/api/v2", server.base_url)
    assert len(server.token) >= 24
    assert server.token not in {server.token.lower(), server.token.upper()}
    assert len(set(server.tokens)) == len(server.tokens) == 2
    assert re.fullmatch(r"\+1[0-9]{3}55501[0-9]{2}", server.sms_number)
    assert re.fullmatch("[0-9]{6}", server.code("app"))
    assert re.fullmatch("[0-9]{6}", server.code("sms"))


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_life_over_http(server: Server, client: httpx.Client, delivery: str) -> None:
    number = (server.sms_number,) if delivery == "sms" else ()
    assert client.post("two-factor-enable", content=enable(delivery, *number).body).status_code == 200
    answer = client.post("two-factor-verify", content=body(code=server.code(delivery)))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["data"]["attributes"]["two-factor"]["verified"] is True
    assert client.post("two-factor-disable").status_code == 200


def test_a_body_far_too_large_is_refused(client: httpx.Client) -> None:
    assert client.post("two-factor-enable", content=b" " * 5_000_000).status_code == 413
    assert client.post("two-factor-disable").status_code == 200


def test_two_servers_share_nothing(client: httpx.Client) -> None:
    client.post("two-factor-enable", content=enable("app").body)
    with running() as other, client_of(other) as stranger:
        answer = stranger.post("two-factor-verify", content=body(code=other.code("app")))
        assert answer.status_code == 409
    assert client.post("two-factor-disable").status_code == 200


def test_fault_and_variant_are_served() -> None:
    with running(fault="disable-missing", variant="errors-in-text") as server, client_of(server) as client:
        answer = client.post("two-factor-disable")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain")


@pytest.mark.parametrize(
    "variant", ["chunked", "compressed", "connection-closed", "header-names-in-title-case", "json-escaped"]
)
def test_variants_of_the_wire(variant: str) -> None:
    with running(variant=variant) as server, client_of(server) as client:
        for _ in range(3):
            answer = client.post("two-factor-disable")
            assert answer.json()["data"]["type"] == "users"
        assert client.get("two-factor-disable").status_code == 405
        assert client.head("two-factor-disable").status_code == 405


def test_connection_is_dropped_without_a_word() -> None:
    with running(variant="connection-dropped") as server, client_of(server) as client:
        assert client.post("two-factor-disable").status_code == 200
        time.sleep(0.05)
        assert client.post("two-factor-disable").status_code == 200


def test_a_broken_answer_breaks() -> None:
    with running(fault="answers-broken-off") as server, client_of(server) as client:
        for _ in range(9):
            client.post("two-factor-disable")
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("two-factor-disable")
        assert client.post("two-factor-disable").status_code == 200


def test_a_hanging_answer_does_not_keep_the_server_from_stopping() -> None:
    began = time.monotonic()
    with running(fault="answers-never") as server, client_of(server) as client:
        for _ in range(9):
            client.post("two-factor-disable")
        with pytest.raises(httpx.ReadTimeout):
            client.post("two-factor-disable", timeout=0.1)
    assert time.monotonic() - began < 5


def test_start_and_stop_are_quick_and_leave_nothing() -> None:
    before = threading.active_count()
    began = time.monotonic()
    with running() as server:
        started = time.monotonic() - began
        httpx.post(f"{server.base_url}/account/actions/two-factor-disable")
    assert started < 1
    assert threading.active_count() == before
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", server.port))


def test_garbage_on_the_socket_is_no_server_error(server: Server) -> None:
    for garbage in (b"\0" * 20 + b"\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            connection.sendall(garbage)
            assert connection.recv(100).startswith(b"HTTP/1.1 4")


def test_every_action_is_there(client: httpx.Client) -> None:
    for name in NAMES.values():
        assert client.get(f"http://{client.base_url.netloc.decode()}{ACTIONS}{name}").status_code == 405


def test_a_port_that_cannot_be_used_is_named(server: Server) -> None:
    with pytest.raises(PortError, match=rf"port {server.port} cannot be used .*: choose another one"):
        serve(server.port)
    with pytest.raises(PortError, match=r"port 70000 cannot be used .*: choose another one"):
        serve(70000)


def test_serve_tells_a_newcomer_what_to_do() -> None:
    program = "from reference.server import serve; serve(0, fault='get-disables', variant='compressed')"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr and process.stderr.read()
        greeting = "".join(lines)
        found = re.search(r"at (http://127\.0\.0\.1:[0-9]+/api/v2)\n", greeting)
        token = re.search(r"token +(\S+)", greeting)
        assert found
        assert token
        headers = {"Authorization": f"Bearer {token[1]}", "Content-Type": MEDIA_TYPE}
        url = f"{found[1]}/account/actions/two-factor-enable"
        for _ in range(100):
            try:
                answer = httpx.post(url, headers=headers, content=enable("sms", "+12025550123").body)
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        assert answer.status_code == 200
        assert re.fullmatch(r"SMS to \+12025550123: [0-9]{6}\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert rest == "Stopped.\n"
    assert errors == ""
    assert process.returncode == 0
    assert re.search(r"TOTP secret +[A-Z2-7]{32}\n", greeting)
    assert f"tfe-conformance check --base-url {found[1]}" in greeting
    assert "curl -X POST" in greeting
    assert "Fault get-disables: GET disables as well." in greeting
    assert "Variant compressed: " in greeting
