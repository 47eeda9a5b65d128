"""Send requests over HTTP, one by one or several at once, with bounded time, bounded size and bounded patience."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, NamedTuple

import httpx

from conformance.failures import Failed, failed
from conformance.pace import Pace
from conformance.reading import ACCEPTED, Unreadable, read
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange import Request, Response


@dataclass(frozen=True)
class Limits:
    """How long and how much a request may take, in seconds and bytes.

    `rate` is in requests per second, 0 for no limit; `at_once` is how many requests may be on their way together.
    `max_wait` is the time that a whole run may spend on waiting because the target throttles, `silence` the time that
    it may spend on requests that get no answer, `answers` the time that it may wait for answers in all, `received` the
    bytes that they may have in all.
    """

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0
    size: int = 1 << 19
    rate: float = 0.0
    max_wait: float = 120.0
    silence: float = 60.0
    answers: float = 1800.0
    received: int = 16 << 20
    at_once: int = 1


class Answer(NamedTuple):
    """An answer, the seconds that it took, and how many times more the request had to be sent to get it.

    `resent` counts those after a connection that broke, which the target may have seen; `throttled`, those after 429.
    """

    response: Response
    seconds: float
    resent: int
    throttled: int


class Unreachable(Inconclusive):
    """There was no answer: no name, no connection, no TLS, or none within the limits."""


NO_COOKIES = DefaultCookiePolicy(allowed_domains=())
"""A cookie would be a second credential, which a later request without a token would present."""


class Client:
    """One HTTP session with the target; redirects are not followed.

    The clients of httpx know no limit on the time of a whole exchange, so each one runs as a task that is cancelled.
    """

    def __init__(
        self, limits: Limits, announce: Callable[[float, str], None] = lambda _seconds, _what_for: None
    ) -> None:
        self.limits = limits
        self.at_once = limits.at_once
        self.lost = self.waited = 0.0
        self.received = 0
        self.pace = Pace(limits.rate, limits.max_wait, announce)
        self._runner = asyncio.Runner()
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            trust_env=False,
            headers={"User-Agent": "tfe-conformance", "Accept-Encoding": ACCEPTED},
            cookies=CookieJar(NO_COOKIES),
        )

    def close(self) -> None:
        """End the session."""
        self._runner.run(self._http.aclose())
        self._runner.close()

    def forgive(self) -> None:
        """Forget how long the target kept the run waiting: what comes now is worth a try all the same."""
        self.lost = self.waited = 0.0
        self.received = 0

    def send(self, request: Request) -> Answer:
        """The answer; one with 429 is waited out as long as it may be.

        Raises:
            Unreachable: there is no answer within the limits.
            Inconclusive: the target throttles for longer than a run may wait.
        """
        return self._runner.run(self._send(request))

    def send_at_once(self, requests: Sequence[Request]) -> list[Answer | Inconclusive]:
        """The answers in the order of the requests, or why there is none; no more than `at_once` are on their way."""
        return self._runner.run(self._send_at_once(requests))

    async def _send_at_once(self, requests: Sequence[Request]) -> list[Answer | Inconclusive]:
        free = asyncio.Semaphore(self.at_once)

        async def one(request: Request) -> Answer | Inconclusive:
            async with free:
                try:
                    return await self._send(request)
                except Inconclusive as reason:
                    return reason

        return await asyncio.gather(*map(one, requests))

    async def _send(self, request: Request) -> Answer:
        attempt = sent = 0
        try:
            while True:
                self._give_up()
                await self.pace.wait(request.url)
                started = time.perf_counter()
                sent += 1
                try:
                    response, resent = await self._answer(request)
                except Unreachable:
                    self.lost += time.perf_counter() - started
                    raise
                finally:
                    seconds = time.perf_counter() - started
                    self.waited += seconds
                if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                    self.pace.heed(response)
                    return Answer(response, seconds, resent, attempt)
                self.pace.throttled(request.url, response, attempt)
                attempt += 1
        except Inconclusive as reason:
            reason.sent = sent
            raise

    def _give_up(self) -> None:
        limits = self.limits
        if self.lost > limits.silence:
            raise Unreachable(f"given up: requests without an answer took {self.lost:.0f} s already")
        if self.waited > limits.answers:
            raise Unreachable(f"given up: the target has kept this run waiting for {self.waited:.0f} s already")
        if self.received > limits.received:
            raise Unreachable(f"given up: the answers to this run had {self.received:,} bytes already")

    async def _answer(self, request: Request) -> tuple[Response, int]:
        """The answer, and whether a broken connection made a second sending necessary."""
        found = await self._within_limits(request)
        resent = isinstance(found, Failed) and found.lost
        if resent:
            # A server may close a connection that it kept alive just when a request is on its way.
            found = await self._within_limits(request)
        if isinstance(found, Failed):
            raise Unreachable(found.why)
        self.received += len(found.body) + sum(len(name) + len(value) for name, value in found.headers)
        return found, int(resent)

    async def _within_limits(self, request: Request) -> Response | Failed:
        """The answer, or why there is none: in words, as the error itself would keep all that was received."""
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._exchange(request)
        except (TimeoutError, httpx.HTTPError, ssl.SSLError, Unreadable) as error:
            return failed(error, self.limits)

    async def _exchange(self, request: Request) -> Response:
        prepared = self._http.build_request(
            request.method,
            request.url,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in request.headers],
            content=request.body,
        )
        response = await self._http.send(prepared, stream=True)
        try:
            return await read(response, self.limits.size)
        finally:
            await response.aclose()
