"""Whatever the other end does, an answer comes, or a reason within the limits."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conformance.client import Client, Limits, Unreachable
from conformance.exchange import Request, Response
from conformance.pace import retry_after
from conformance.verdicts import Inconclusive

from tests.conformance import hostile

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

LIMITS = Limits(connect=2.0, read=0.3, total=0.7, size=100_000, max_wait=3.0)


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(LIMITS)
    yield made
    made.close()


def asking(url: str) -> Request:
    return Request("POST", url, (("Authorization", "Bearer x"),), b"{}")


@pytest.mark.parametrize("name", hostile.NO_ANSWER)
def test_no_answer_is_a_reason(client: Client, name: str) -> None:
    answer, reason = hostile.NO_ANSWER[name]
    started = time.monotonic()
    with hostile.listening(answer) as url, pytest.raises(Unreachable) as caught:
        client.send(asking(url))
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 400
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/api/v2", "no connection"),
        ("http://does-not-exist.invalid/api/v2", "no connection"),
    ],
)
def test_no_connection_is_a_reason(client: Client, url: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        client.send(asking(url))


def test_tls_that_fails_is_a_reason(client: Client) -> None:
    with hostile.listening(hostile.NO_ANSWER["garbage"][0]) as url, pytest.raises(Unreachable, match="TLS failed"):
        client.send(asking(url.replace("http:", "https:")))


def test_redirects_are_not_followed(client: Client) -> None:
    with hostile.listening(hostile.saying("307 Temporary Redirect", b"", "Location: http://127.0.0.1:9/")) as url:
        answer = client.send(asking(url))
    assert (answer.response.status, answer.resent) == (307, 0)


def test_throttling_is_waited_out_within_the_patience() -> None:
    told: list[tuple[float, str]] = []
    answers = iter([hostile.saying("429 Too Many Requests", b"", "Retry-After: 1"), hostile.saying("200 OK", b"1")])
    client = Client(LIMITS, lambda seconds, what_for: told.append((seconds, what_for)))

    def in_turn(connection: socket.socket) -> None:
        next(answers)(connection)

    with hostile.listening(in_turn) as url:
        answer = client.send(asking(url))
    client.close()
    assert (answer.response.body, answer.throttled) == (b"1", 1)
    assert client.pace.waited == 1.0
    assert told == [(1.0, "429, as the target asks")]


@pytest.mark.parametrize("header", ["Retry-After: 3600", "X-None: 1"])
def test_throttling_past_the_patience_is_a_reason(header: str) -> None:
    client = Client(replace(LIMITS, max_wait=0.5))
    answer = hostile.saying("429 Too Many Requests", b"", header)
    with hostile.listening(answer) as url, pytest.raises(Inconclusive, match="throttled"):
        client.send(asking(url))
    client.close()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("", None),
        ("\u0663", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(Response(429, (("Retry-After", value),)), now=10.0) == seconds


def test_the_rate_is_kept() -> None:
    client = Client(replace(LIMITS, rate=20.0))
    with hostile.listening(hostile.saying("200 OK", b"1")) as url:
        started = time.monotonic()
        for _ in range(5):
            client.send(asking(url))
        assert time.monotonic() - started >= 0.2
    client.close()


@pytest.mark.parametrize(
    ("limits", "answer", "reason"),
    [
        ({"silence": 0.2}, hostile.hang, "requests without an answer took"),
        ({"answers": 0.2}, hostile.forever(b"HTTP/1.0 200 OK\r\n\r\n", b"1", 0.05), "kept this run waiting for"),
        ({"received": 1_500}, hostile.saying("200 OK", b"x" * 1_000), "had 2,0"),
        ({"received": 1_500}, hostile.saying("200 OK", b"", f"X: {'x' * 1_000}"), "had 2,0"),
    ],
    ids=["silent", "slow", "long-bodies", "long-headers"],
)
def test_a_target_is_given_up_and_may_be_asked_once_more(
    limits: dict[str, Any], answer: hostile.Answer, reason: str
) -> None:
    client = Client(replace(LIMITS, **limits))

    def outcomes(count: int) -> list[str]:
        found = []
        for _ in range(count):
            try:
                client.send(asking(url))
                found.append("")
            except Unreachable as error:
                found.append(str(error))
        return found

    with hostile.listening(answer) as url:
        first = outcomes(4)
        client.forgive()
        second = outcomes(1)
    client.close()
    assert first[-1].startswith("given up")
    assert reason in first[-1]
    assert "given up" not in first[0]
    assert "given up" not in second[0]
