"""Each way in which HTTP may frame an answer is read, and one answer is never taken for another."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

import pytest
from conformance.client import Answer, Client, Limits, Unreachable
from conformance.exchange import Request

from tests.conformance import certificates, hostile
from tests.conformance.framings import FRAMINGS
from tests.conformance.hostile import accepting, listening, message, read_request, sending
from tests.conformance.relay import Honest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIMITS = Limits(connect=2.0, read=2.0, total=5.0, size=100_000)
ANSWER = b'{"data": {"type": "users"}}'
HONEST = Honest("200 OK", ("Content-Type: application/json",), ANSWER)
WHOLE = HONEST.bytes


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(LIMITS)
    yield made
    made.close()


def asking(url: str) -> Request:
    return Request("POST", url, (("Authorization", "Bearer x"),), b"{}")


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_is_read(client: Client, name: str) -> None:
    with listening(sending(FRAMINGS[name](HONEST))) as url:
        response = client.send(asking(url)).response
    assert (response.status, response.body) == (200, ANSWER)


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_is_read_in_pieces(client: Client, name: str) -> None:
    text = FRAMINGS[name](HONEST)

    def answer(connection: socket.socket) -> None:
        for at in range(0, len(text), 60):
            connection.sendall(text[at : at + 60])
            time.sleep(0.002)

    with listening(answer) as url:
        assert client.send(asking(url)).response.body == ANSWER


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "200 OK"])
def test_an_encoding_of_no_body_is_no_matter(client: Client, status: str) -> None:
    with listening(sending(message(status, b"", "Content-Encoding: gzip"))) as url:
        assert client.send(asking(url)).response.body == b""


def test_an_answer_before_the_request_was_read_is_an_answer(client: Client) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(WHOLE)
        time.sleep(0.1)
        read_request(connection)

    with accepting(serve) as url:
        assert client.send(asking(url)).response.body == ANSWER


SURPLUS = {
    "another-answer": message("200 OK", b'"stale"'),
    "the-begin-of-another": b"HTTP/1.1 200 OK\r\nContent-",
    "more-than-the-length": b"}}",
    "line-breaks": b"\r\n\r\n",
}


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("late", [0.0, 0.05], ids=["at-once", "late"])
@pytest.mark.parametrize("name", SURPLUS)
def test_what_comes_behind_an_answer_is_not_the_next_ones(
    name: str, late: float, *, tls: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connections = itertools.count()
    sent = threading.Semaphore(0)

    def serve(connection: socket.socket) -> None:
        next(connections)
        while read_request(connection):
            pieces = [message("200 OK", b'"own"'), SURPLUS[name]]
            for piece in pieces if late else [b"".join(pieces)]:
                connection.sendall(piece)
                time.sleep(late)
            sent.release()

    if tls:
        certificates.trust(monkeypatch, tmp_path)
    client = Client(LIMITS)
    with accepting(serve, tls=certificates.context("127.0.0.1") if tls else None) as url:
        for _ in range(3):
            assert client.send(asking(url)).response.body == b'"own"'
            sent.acquire()
    client.close()
    assert next(connections) == 3


def test_a_connection_is_used_again(client: Client) -> None:
    connections = itertools.count()

    def serve(connection: socket.socket) -> None:
        next(connections)
        while read_request(connection):
            connection.sendall(WHOLE)

    with accepting(serve) as url:
        for _ in range(3):
            client.send(asking(url))
    assert next(connections) == 1


def test_what_comes_behind_an_answer_stays_apart_where_several_are_asked_for_at_once() -> None:
    client = Client(Limits(connect=2.0, read=2.0, total=5.0, at_once=4))

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            own = request.partition(b"\r\n\r\n")[2]
            connection.sendall(message("200 OK", own) + message("200 OK", b'"stale"'))

    with accepting(serve) as url:
        requests = [Request("POST", url, (), str(number).encode()) for number in range(40)]
        answers = client.send_at_once(requests)
    client.close()
    bodies = [answer.response.body for answer in answers if isinstance(answer, Answer)]
    assert bodies == [request.body for request in requests]


def test_a_request_is_sent_again_only_if_its_answer_has_not_begun(client: Client) -> None:
    received: list[bytes] = []

    def breaking_off(answer: Callable[[socket.socket], None]) -> int:
        def serve(connection: socket.socket) -> None:
            received.append(read_request(connection))
            answer(connection)

        received.clear()
        with accepting(serve) as url, pytest.raises(Unreachable):
            client.send(asking(url))
        return sum(map(bool, received))

    assert breaking_off(hostile.reset) == 2
    assert breaking_off(lambda _: None) == 2
    assert breaking_off(hostile.breaking(WHOLE[:-3])) == 1
    assert breaking_off(sending(WHOLE[:-3])) == 1


def test_a_kept_connection_that_was_closed_is_no_loss(client: Client) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(WHOLE)

    with accepting(serve) as url:
        assert {client.send(asking(url)).response.body for _ in range(5)} == {ANSWER}


def test_no_cookie_is_kept(client: Client) -> None:
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            received.append(request)
            connection.sendall(message("200 OK", b"1", "Set-Cookie: session=credential; Path=/"))

    with accepting(serve) as url:
        client.send(asking(url))
        client.send(asking(url))
    assert len(received) == 2
    assert not any(b"cookie" in request.lower() for request in received)
