"""Requests keep to the rate that the user allows and the target asks for, and waiting has an end."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.model import Inconclusive, Response
from conformance.rate_limit import RateLimit, is_throttled, reset_after, retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000.0
URL, OTHER = "http://127.0.0.1/a", "http://127.0.0.1/b"


def response(status: int = 429, /, **headers: str) -> Response:
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


class Timeline:
    """A rate limit whose clock runs only while it sleeps, and its countdowns."""

    def __init__(self, rate: float = 0.0, max_wait: float = 10.0) -> None:
        self.now = 100.0
        self.countdowns: list[tuple[float, str]] = []
        self.limit = RateLimit(rate, max_wait, self.count_down, lambda: self.now, self.sleep)

    def count_down(self, seconds: float, reason: str) -> None:
        self.countdowns.append((round(seconds, 3), reason))

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def waited(self, url: str = URL) -> float:
        """The duration of a wait."""
        started = self.now
        self.limit.wait(url)
        return round(self.now - started, 3)


# -- the rate of the user ------------------------------------------------------------------------------------------


def test_requests_are_spaced_and_never_come_in_bursts() -> None:
    timeline = Timeline(rate=20.0)
    assert [timeline.waited() for _ in range(3)] == [0.0, 0.05, 0.05]
    timeline.now += 100.0
    assert [timeline.waited() for _ in range(3)] == [0.0, 0.05, 0.05]
    timeline.now += 0.02
    assert timeline.waited() == 0.03
    assert not timeline.countdowns


def test_without_a_rate_nothing_is_waited_for() -> None:
    timeline = Timeline(rate=0.0)
    assert [timeline.waited() for _ in range(3)] == [0.0, 0.0, 0.0]


# -- throttling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"retry_after": "0"}, 0.1),
        ({"x_ratelimit_reset": "0.2"}, 0.2),
        ({"retry_after": "2", "x_ratelimit_reset": "3600"}, 2.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 0.1),
        ({"retry_after": "soon"}, 1.0),
        ({}, 1.0),
    ],
    ids=["seconds", "zero", "reset", "both", "past", "unreadable", "none"],
)
def test_a_throttled_request_waits_as_the_target_asks(headers: dict[str, str], seconds: float) -> None:
    timeline = Timeline()
    timeline.limit.back_off(URL, response(**headers), 0)
    assert timeline.waited(OTHER) == seconds
    assert timeline.waited() == 0.0


def test_the_wait_for_a_date_ends_at_that_date() -> None:
    timeline = Timeline()
    timeline.limit.back_off(URL, response(retry_after=formatdate(time.time() + 5, usegmt=True)), 0)
    assert 3.5 < timeline.waited() <= 5


@pytest.mark.parametrize(
    ("headers", "waits"),
    [({}, [1, 2, 4, 8, 16, 32, 64, 64]), ({"x_ratelimit_reset": "0.2"}, [0.2, 0.2, 2, 4, 8, 16, 32, 32])],
    ids=["none", "short"],
)
def test_waits_double_where_the_target_throttles_again(headers: dict[str, str], waits: list[float]) -> None:
    timeline = Timeline(max_wait=1000.0)
    measured = []
    for attempt in range(8):
        timeline.limit.back_off(URL, response(**headers), attempt)
        measured.append(timeline.waited())
    assert measured == waits


def test_a_countdown_is_shown_before_a_wait_of_a_second_or_more() -> None:
    timeline = Timeline(rate=0.5)
    timeline.now += 3.0
    timeline.limit.back_off(URL, response(503, retry_after="0"), 0)
    timeline.waited()
    timeline.now += 3.0
    timeline.limit.back_off(URL, response(503, retry_after="2"), 0)
    assert not timeline.countdowns
    assert timeline.waited() == 2.0
    assert timeline.waited() == 2.0, "the rate of the user needs no countdown"
    assert timeline.countdowns == [(2.0, "the target throttles (503)")]


def test_a_countdown_may_use_up_the_time_itself() -> None:
    timeline = Timeline()
    limit = RateLimit(0, 10, lambda seconds, _: timeline.sleep(seconds), lambda: timeline.now, timeline.sleep)
    limit.back_off(URL, response(retry_after="2"), 0)
    limit.wait(URL)
    assert timeline.now == 102.0


@pytest.mark.parametrize("header", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_too_long_a_wait_closes_one_url_until_it_is_over(header: str) -> None:
    timeline = Timeline(max_wait=10.0)
    with pytest.raises(Inconclusive, match=r"^throttled: .*, to be retried in \d+ s; .* --max-wait$"):
        timeline.limit.back_off(URL, response(retry_after=header), 0)
    with pytest.raises(Inconclusive, match="to be retried in"):
        timeline.waited()
    assert timeline.waited(OTHER) == 0.0
    timeline.now += 1e10
    assert timeline.waited() == 0.0


def test_the_waits_of_a_run_are_limited_in_sum() -> None:
    timeline = Timeline(max_wait=5.0)
    for _ in range(2):
        timeline.limit.back_off(URL, response(retry_after="2"), 0)
        timeline.waited()
    with pytest.raises(Inconclusive, match="in 2 s; the run has waited 4 of 5 s;"):
        timeline.limit.back_off(URL, response(retry_after="2"), 0)


# -- headers of other responses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "3"}, 3.0),
        ({"x_ratelimit_remaining": " 0 ", "x_ratelimit_reset": " 3 "}, 3.0),
        ({"x_ratelimit_remaining": "1", "x_ratelimit_reset": "3"}, 0.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "3600"}, 0.0),
        ({"x_ratelimit_remaining": "0"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_next_request_waits_where_none_are_left(headers: dict[str, str], seconds: float) -> None:
    timeline = Timeline()
    timeline.limit.apply_headers(response(200, **headers))
    assert timeline.waited() == seconds
    assert [countdown for countdown, _ in timeline.countdowns] == ([seconds] if seconds else [])


def test_waits_between_requests_count_for_the_sum_too() -> None:
    timeline = Timeline(max_wait=5.0)
    timeline.limit.apply_headers(response(200, x_ratelimit_remaining="0", x_ratelimit_reset="4"))
    with pytest.raises(Inconclusive):
        timeline.limit.back_off(URL, response(retry_after="2"), 0)


# -- reading the headers -------------------------------------------------------------------------------------------


@pytest.fixture
def _tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {}, True),
        (429, {"retry_after": "soon"}, True),
        (503, {"retry_after": "1"}, True),
        (503, {"retry_after": "Fri, 31 Dec 2100 23:59:59 GMT"}, True),
        (503, {"retry_after": "soon"}, False),
        (503, {}, False),
        (200, {"retry_after": "1"}, False),
        (401, {"retry_after": "1"}, False),
    ],
)
def test_a_response_is_throttled_by_its_status(status: int, headers: dict[str, str], *, expected: bool) -> None:
    assert is_throttled(response(status, **headers)) is expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("9" * 400, 1e9),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Thu, 01 Jan 1970 00:01:40 -0000", 90.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", -10.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("Fri, 31 Dec 9999 23:59:59 -99999999999", None),
        ("Thu, 99 Jan 1970 00:01:40 GMT", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("", None),
        ("\u0663", None),
    ],
)
@pytest.mark.usefixtures("_tokyo")
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(response(retry_after=value), now=10.0) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        (str(NOW + 9), 9.0),
        (str(NOW - 9), None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
    ],
)
def test_the_reset_is_a_time_from_now_or_a_unix_time(value: str, seconds: float | None) -> None:
    assert reset_after(response(x_ratelimit_reset=value), NOW) == seconds


DATES = st.builds(
    "Mon, {} Jan {} {}:{}:{} {}".format,
    *[st.integers(-1, 99999)] * 5,
    st.sampled_from(["GMT", "-0000", "+9999", "-99999999999", ""]),
)


@settings(max_examples=50, database=None)
@given(DATES | st.text("0123456789+-.eE:, GMT", max_size=30))
@example("9" * 5000)
def test_no_header_crashes_the_run(value: str) -> None:
    throttled = response(retry_after=value, x_ratelimit_reset=value, x_ratelimit_remaining="0")
    timeline = Timeline(max_wait=1e12)
    timeline.limit.apply_headers(throttled)
    timeline.limit.back_off(URL, throttled, 0)
    assert 0.1 <= timeline.waited() <= 2e9
