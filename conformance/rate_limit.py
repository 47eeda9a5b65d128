"""Keep to the rate that the user allows and the target asks for: pacing, Retry-After and x-ratelimit headers."""

from __future__ import annotations

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.model import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model import Response

MAX_DOUBLINGS = 6
SHORTEST_WAIT = 0.1
EPOCH = 1_000_000_000.0
"""Seconds: a larger x-ratelimit-reset is a Unix time, a smaller one a time from now. No wait is longer."""


class RateLimit:
    """The times at which requests may be sent.

    Args:
        rate: requests a second at most, without bursts, as a strict server may count any second; 0 for no limit.
        max_wait: seconds that the run may wait in all because the target throttles.
        countdown: called with seconds and reason before each wait of a second or more; may use up the time itself.
        clock: a monotonic clock, in seconds.
        sleep: waits for seconds.
    """

    def __init__(
        self,
        rate: float,
        max_wait: float,
        countdown: Callable[[float, str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._max_wait = max_wait
        self._countdown = countdown
        self._clock = clock
        self._sleep = sleep
        self._waited = 0.0
        self._next_at = -math.inf
        self._reason = ""
        self._closed: dict[str, tuple[float, str]] = {}

    def wait(self, url: str) -> None:
        """Wait until a request to this URL may be sent.

        Raises:
            Inconclusive: the target asked for a longer wait at this URL than the run may take, and it isn't over.
        """
        until, problem = self._closed.get(url, (-math.inf, ""))
        if until > self._clock():
            raise Inconclusive(problem)
        if self._reason and (seconds := self._next_at - self._clock()) >= 1:
            self._countdown(seconds, self._reason)
        if (seconds := self._next_at - self._clock()) > 0:
            self._sleep(seconds)
        self._next_at = self._clock() + self._interval
        self._reason = ""

    def back_off(self, url: str, response: Response, attempt: int) -> None:
        """Make the next request wait as a throttled response asks, or for a second, two, four … where it does not say.

        After two attempts the wait doubles even where the target names a short one: some servers begin a lock-out anew
        with each request. `attempt` counts the throttled responses to this request before.

        Raises:
            Inconclusive: that is longer than the run may wait.
        """
        now = time.time()
        asked = retry_after(response, now)
        asked = reset_after(response, now) if asked is None else asked
        doubled = 2.0 ** min(attempt, MAX_DOUBLINGS)
        wait = doubled if asked is None else max(asked, SHORTEST_WAIT, doubled / 2 if attempt > 1 else 0.0)
        if self._waited + wait > self._max_wait:
            problem = (
                f"throttled: the response is {response.status}, to be retried in {math.ceil(wait)} s; "
                f"the run has waited {self._waited:.0f} of {self._max_wait:.0f} s; "
                "run later, slower (--rate) or with a longer --max-wait"
            )
            self._closed[url] = (self._clock() + wait, problem)
            raise Inconclusive(problem)
        self._open_after(wait, f"the target throttles ({response.status})")

    def apply_headers(self, response: Response) -> None:
        """Make the next request wait where a response says that no requests are left until x-ratelimit-reset."""
        wait = reset_after(response, time.time()) or 0.0
        is_last = response.header("x-ratelimit-remaining").strip() == "0"
        if is_last and wait and self._waited + wait <= self._max_wait:
            self._open_after(wait, "the target allows no more requests for now")

    def _open_after(self, wait: float, reason: str) -> None:
        self._waited += wait
        self._next_at = max(self._next_at, self._clock() + wait)
        self._reason = reason


def is_throttled(response: Response) -> bool:
    """Whether the target asks to send the request again later: 429, or 503 that says when."""
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return retry_after(response, time.time()) is not None
    return response.status == HTTPStatus.TOO_MANY_REQUESTS


def retry_after(response: Response, now: float) -> float | None:
    """The seconds to wait by Retry-After (RFC 9110, 10.2.3), `None` without a readable one; past dates are negative."""
    value = response.header("retry-after").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), EPOCH)
    try:
        date = parsedate_to_datetime(value)
        return min((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now, EPOCH)
    except (ValueError, OverflowError):
        return None


def reset_after(response: Response, now: float) -> float | None:
    """The seconds to wait by x-ratelimit-reset, `None` without a readable one."""
    try:
        value = float(response.header("x-ratelimit-reset"))
    except ValueError:
        return None
    wait = value - now if value >= EPOCH else value
    return wait if 0 <= wait < EPOCH else None
