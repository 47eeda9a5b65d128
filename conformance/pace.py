"""Keep to the pace that the user allows and the target asks for: a token bucket, Retry-After and x-ratelimit-*."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from aiolimiter import AsyncLimiter

from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Response

LONGEST_STEP = 6
"""Where the target does not say how long to wait: after so many doublings of a second, no more."""
EPOCH = 1_000_000_000
"""Seconds; a larger x-ratelimit-reset is a point in time, a smaller one a time from now."""


class Pace:
    """When the next request may be sent.

    `waited` is the time in seconds that was spent on waiting because the target asked for it, `longest` what a run may
    spend on it in all; `rate` is in requests a second, 0 for no limit. `announce` is told of waits: seconds, what for.
    """

    def __init__(self, rate: float, longest: float, announce: Callable[[float, str], None]) -> None:
        self.waited = 0.0
        self._longest = longest
        self._announce = announce
        self._open_at = 0.0
        self._closed: dict[str, tuple[float, str]] = {}
        # A bucket that holds one: a burst after a pause would be over the limit of a server that counts strictly.
        self._bucket: AbstractAsyncContextManager[Any] = AsyncLimiter(1, 1 / rate) if rate else nullcontext()

    async def wait(self, url: str) -> None:
        """Wait until a request to this URL may be sent.

        Raises:
            Inconclusive: the target has closed it for longer than a run may wait.
        """
        until, reason = self._closed.get(url, (0.0, ""))
        if until > time.monotonic():
            raise Inconclusive(reason)
        while True:
            while (left := self._open_at - time.monotonic()) > 0:  # noqa: ASYNC110 (it waits for a time, no event)
                await asyncio.sleep(left)
            async with self._bucket:
                pass
            if self._open_at <= time.monotonic():  # else another answer closed it while this one waited for its turn
                return

    def throttled(self, url: str, response: Response, attempt: int) -> None:
        """Let all requests wait as an answer with 429 asks, or for a second, then two, then four, and so on.

        So they do too where a target throttles after it was waited for as it asked: what it says of the next second may
        not be what keeps it from answering, such as a lock-out, and some begin one anew with each request.

        Raises:
            Inconclusive: that is longer than a run may wait.
        """
        asked = retry_after(response, time.time())
        asked = reset_after(response, time.time()) if asked is None else asked
        doubled = 2.0 ** min(attempt, LONGEST_STEP)
        wait = doubled if asked is None else max(asked, 0.1, doubled / 2 if attempt > 1 else 0)
        now = time.monotonic()
        more = max(0.0, now + wait - max(now, self._open_at))
        if self.waited + more > self._longest:
            asked_for = f"{math.ceil(wait)} s" + (f" after {self.waited:.0f} s of waiting" if self.waited >= 1 else "")
            reason = (
                f"throttled: 429, to be retried in {asked_for}, is more than the {self._longest:.0f} s "
                "that a run may wait in all; run later, slower (--rate) or with a longer --max-wait"
            )
            self._closed[url] = (now + wait, reason)
            raise Inconclusive(reason)
        self._close(wait, more, "429" + (", as the target asks" if asked == wait else ""))

    def heed(self, response: Response) -> None:
        """Wait before the next request where an answer says that it was the last one of its time."""
        remaining = _first(response, "x-ratelimit-remaining", "ratelimit-remaining")
        wait = reset_after(response, time.time())
        if remaining.strip() != "0" or not wait:
            return
        now = time.monotonic()
        more = max(0.0, now + wait - max(now, self._open_at))
        if more and self.waited + more <= self._longest:
            self._close(wait, more, "no requests are left, says the target")

    def _close(self, wait: float, more: float, why: str) -> None:
        if more >= 1:
            self._announce(wait, why)
        self.waited += more
        self._open_at = max(self._open_at, time.monotonic() + wait)


def retry_after(response: Response, now: float) -> float | None:
    """The seconds to wait by the Retry-After of an answer (RFC 9110, 10.2.3), if it has one that can be read."""
    value = response.header("retry-after").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return None


def reset_after(response: Response, now: float) -> float | None:
    """The seconds to the next requests by x-ratelimit-reset, as a time from now or as a Unix time, if it says so."""
    try:
        value = float(_first(response, "x-ratelimit-reset", "ratelimit-reset"))
    except ValueError:
        return None
    wait = value - now if value >= EPOCH else value
    return wait if 0 <= wait < EPOCH else None


def _first(response: Response, *names: str) -> str:
    return next((value for name in names if (value := response.header(name))), "")
