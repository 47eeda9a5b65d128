"""The pace is the one that the user allows and the target asks for; waiting has an end."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from conformance.exchange import Response
from conformance.pace import Pace, reset_after
from conformance.verdicts import Inconclusive

from conformance import pace as pacing
from tests.conformance.test_codes import Clock

NOW = 1_800_000_000.0
CLOCK = Clock(100.0)
URL, OTHER = "http://127.0.0.1/a", "http://127.0.0.1/b"


@pytest.fixture(autouse=True)
def _time_that_passes_in_waits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        CLOCK.sleep(seconds)

    monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=CLOCK, time=time.time))
    monkeypatch.setattr(pacing, "asyncio", SimpleNamespace(sleep=sleep))


def answer(status: int = 429, /, **headers: str) -> Response:
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def made(rate: float = 0.0, longest: float = 10.0) -> tuple[Pace, list[tuple[float, str]]]:
    said: list[tuple[float, str]] = []
    return Pace(rate, longest, lambda seconds, why: said.append((seconds, why))), said


def waited(pace: Pace, url: str = URL) -> float:
    started = CLOCK()
    asyncio.run(pace.wait(url))
    return CLOCK() - started


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0.5", 0.5), (str(NOW + 9), 9.0), (str(NOW - 9), None), ("soon", None), ("-1", None), ("nan", None)],
)
@pytest.mark.parametrize("name", ["x_ratelimit_reset", "ratelimit_reset"])
def test_the_reset_is_a_time_from_now_or_a_unix_time(name: str, value: str, seconds: float | None) -> None:
    assert reset_after(answer(**{name: value}), NOW) == seconds


@pytest.mark.parametrize(
    "headers",
    [{"retry_after": "0"}, {"x_ratelimit_reset": "0.2"}, {"retry_after": "0", "x_ratelimit_reset": "3600"}],
    ids=["retry-after", "reset", "both"],
)
def test_a_target_that_throttles_is_waited_for_as_it_asks(headers: dict[str, str]) -> None:
    pace, _ = made()
    pace.throttled(URL, answer(**headers), 0)
    assert 0.05 < waited(pace, OTHER) < 1
    assert 0 < pace.waited < 1


def test_without_a_word_the_waits_double() -> None:
    pace, said = made(longest=8)
    for attempt in range(3):
        pace.throttled(URL, answer(), attempt)
    assert [round(seconds) for seconds, _ in said] == [1, 2, 4]
    assert pace.waited == 4  # as they overlap: no time has passed between them


def test_who_throttles_after_a_wait_as_it_asked_is_given_more_time() -> None:
    pace, said = made(longest=60)
    for attempt in range(5):
        pace.throttled(URL, answer(x_ratelimit_reset="0.2"), attempt)
    assert [round(seconds) for seconds, _ in said] == [2, 4, 8]


def test_too_long_a_wait_closes_one_address_alone() -> None:
    pace, _ = made(longest=10)
    with pytest.raises(Inconclusive, match="to be retried in 3600 s"):
        pace.throttled(URL, answer(retry_after="3600"), 0)
    with pytest.raises(Inconclusive, match="3600"):
        waited(pace)
    assert waited(pace, OTHER) == 0


def test_the_waits_of_a_run_have_a_sum() -> None:
    pace, _ = made(longest=0.25)
    for _ in range(2):
        pace.throttled(URL, answer(retry_after="0"), 0)
        waited(pace)
    with pytest.raises(Inconclusive):
        pace.throttled(URL, answer(retry_after="0"), 0)


def test_the_last_request_of_a_time_is_heeded() -> None:
    pace, said = made()
    pace.heed(answer(200, x_ratelimit_remaining="1", x_ratelimit_reset="5"))
    assert waited(pace) == 0
    pace.heed(answer(200, x_ratelimit_remaining="0", x_ratelimit_reset="0.3"))
    assert waited(pace) == pytest.approx(0.3)
    pace.heed(answer(200, x_ratelimit_remaining="0", x_ratelimit_reset="3600"))
    assert waited(pace) == 0
    assert not said


def test_requests_at_once_keep_the_rate_together() -> None:
    pace, _ = made(rate=20)

    async def several() -> None:
        await asyncio.gather(*(pace.wait(URL) for _ in range(9)))

    started = time.monotonic()
    asyncio.run(several())
    assert 0.4 <= time.monotonic() - started < 1.5
