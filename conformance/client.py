"""Send requests over HTTP with bounded time, bounded size and bounded patience."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from conformance.exchange import Request, Response
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Limits:
    """How long and how much a request may take: seconds, bytes, and requests per second (0: no limit).

    `patience` is the time that a whole run may spend on waiting after answers with 429, `silence` the time that it may
    spend on requests that get no answer.
    """

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0
    size: int = 1 << 20
    rate: float = 0.0
    patience: float = 120.0
    silence: float = 60.0


class Unreachable(Inconclusive):
    """There was no answer: no name, no connection, no TLS, or none within the limits."""


class Client:
    """One HTTP session with the target; redirects are not followed.

    The clients of httpx know no limit on the time of a whole exchange, so each one runs as a task that is cancelled.
    """

    def __init__(self, limits: Limits, say: Callable[[str], None] = lambda _: None) -> None:
        self.limits = limits
        self.waited = 0.0
        self.lost = 0.0
        self._say = say
        self._last = 0.0
        self._runner = asyncio.Runner()
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            trust_env=False,
            headers={"User-Agent": "tfe-conformance"},
        )

    def close(self) -> None:
        """End the session."""
        self._runner.run(self._http.aclose())
        self._runner.close()

    def send(self, request: Request) -> tuple[Response, float, bool]:
        """The answer, the seconds that it took, and whether the request had to be sent twice.

        An answer with 429 is waited out as long as the patience lasts.

        Raises:
            Unreachable: there is no answer within the limits.
            Inconclusive: the target throttles for longer than the patience.
        """
        attempt = 0
        while True:
            if self.lost > self.limits.silence:
                raise Unreachable(f"given up: requests without an answer took {self.lost:.0f} s already")
            self._pace()
            started = time.perf_counter()
            try:
                response, resent = self._answer(request)
            except Unreachable:
                self.lost += time.perf_counter() - started
                raise
            seconds = time.perf_counter() - started
            if response.status != httpx.codes.TOO_MANY_REQUESTS:
                return response, seconds, resent
            self._wait(response, attempt)
            attempt += 1

    def _pace(self) -> None:
        if self.limits.rate:
            pause = self._last + 1 / self.limits.rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
        self._last = time.monotonic()

    def _wait(self, response: Response, attempt: int) -> None:
        """Sleep as the answer asks, or for a second, then two, then four, and so on."""
        wait = retry_after(response, time.time())
        wait = 2.0 ** min(attempt, 6) if wait is None else max(wait, 0.1)
        if self.waited + wait > self.limits.patience:
            raise Inconclusive(
                f"throttled: 429, to be retried in {wait:.0f} s, is more than the {self.limits.patience:.0f} s of "
                "patience allow; run later, slower (--rate) or with more --patience"
            )
        self._say(f"429: waiting {wait:.0f} s, as the target asks")
        self.waited += wait
        time.sleep(wait)

    def _answer(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a broken connection made a second sending necessary."""
        try:
            return self._runner.run(self._within_limits(request)), False
        except (TimeoutError, httpx.HTTPError, ssl.SSLError) as error:
            if not (isinstance(error, httpx.ReadError | httpx.WriteError) or "disconnected" in str(error)):
                raise Unreachable(why(error, self.limits)) from error
        # A server may close a connection that it kept alive just when a request is on its way: that is no answer yet.
        try:
            return self._runner.run(self._within_limits(request)), True
        except (TimeoutError, httpx.HTTPError, ssl.SSLError) as error:
            raise Unreachable(why(error, self.limits)) from error

    async def _within_limits(self, request: Request) -> Response:
        async with asyncio.timeout(self.limits.total):
            return await self._exchange(request)

    async def _exchange(self, request: Request) -> Response:
        prepared = self._http.build_request(
            request.method,
            request.url,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in request.headers],
            content=request.body,
        )
        response = await self._http.send(prepared, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.limits.size:
                    raise Unreachable(f"the answer is larger than {self.limits.size:,} bytes")
            return Response(response.status_code, tuple(response.headers.multi_items()), bytes(body))
        finally:
            await response.aclose()
            # A cookie would be a second credential, which a later request without a token would present.
            self._http.cookies.clear()


def why(error: Exception, limits: Limits) -> str:  # noqa: PLR0911 (a table: a line for each kind of failure)
    """What kept an answer away, in words that say where to look."""
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {limits.connect:.0f} s"
        case httpx.ConnectError() | ssl.SSLError() if "SSL" in str(error) or "CERTIFICATE" in str(error):
            return f"TLS failed: {error}"
        case httpx.ConnectError():
            return f"no connection: {error or 'refused'}"
        case httpx.ReadTimeout() | httpx.WriteTimeout():
            return f"the target fell silent for {limits.read:.0f} s"
        case TimeoutError():
            return f"the answer took more than {limits.total:.0f} s"
        case httpx.ReadError() | httpx.WriteError():
            return "the connection was reset before the answer was complete"
        case httpx.DecodingError():
            return f"the answer's Content-Encoding does not hold: {error}"
        case httpx.RemoteProtocolError() if "disconnected" in str(error):
            return "the target closed the connection without an answer"
        case _:
            return f"the answer is no HTTP: {error or type(error).__name__}"


def retry_after(response: Response, now: float) -> float | None:
    """The seconds to wait by the Retry-After of an answer (RFC 9110, 10.2.3), if it has one that can be read."""
    value = response.header("retry-after").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except ValueError:
        return None
