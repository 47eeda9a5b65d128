"""Variants on the wire: encodings, headers, connections, pace."""

from __future__ import annotations

import gzip
import json
from collections import deque
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from reference.messages import Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Send

    from reference.accounts import Account

variant = Chapter()


@variant("json-indented")
class JsonIndented(Service):
    """JSON is indented and ends in a line break."""

    def encode(self, document: Any) -> bytes:
        return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


@variant("json-escaped")
class JsonEscaped(Service):
    """JSON escapes characters that are not ASCII, and those with a meaning in HTML."""

    def encode(self, document: Any) -> bytes:
        text = json.dumps(document).replace("&", "\\u0026").replace("<", "\\u003c").replace("/", "\\/")
        return text.encode()


@variant("compressed")
class Gzip(Service):
    """Responses are compressed where the client accepts it."""

    async def send_response(self, request: Request, response: Response, send: Send) -> None:
        if response.body and "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**response.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
            response = replace(response, body=gzip.compress(response.body), headers=headers)
        await super().send_response(request, response, send)


@variant("chunked")
class Chunked(Service):
    """Responses come in chunks, without a length."""

    async def send_response(self, request: Request, response: Response, send: Send) -> None:
        if request.method == "HEAD" or not response.body:
            await super().send_response(request, response, send)
            return
        headers = [line for line in self.header_lines(response) if line[0] != b"content-length"]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        for start in range(0, len(response.body), 100):
            await send({"type": "http.response.body", "body": response.body[start : start + 100], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@variant("header-names-in-title-case")
class HeaderNamesInTitleCase(Service):
    """The names of headers are in title case."""

    def header_lines(self, response: Response) -> list[tuple[bytes, bytes]]:
        return [(name.title(), value) for name, value in super().header_lines(response)]


@variant("headers-extra")
class HeadersExtra(Service):
    """Responses have headers for tracing, security and limits."""

    def header_lines(self, response: Response) -> list[tuple[bytes, bytes]]:
        extra = {
            b"x-request-id": b"5f2a90c1-0c2b-4d0b-9a55-1de518156f1c",
            b"x-ratelimit-limit": b"30",
            b"x-ratelimit-remaining": b"29",
            b"x-ratelimit-reset": b"0.5",
            b"strict-transport-security": b"max-age=31536000",
            b"cache-control": b"no-store",
            b"vary": b"Accept-Encoding, Origin",
            b"set-cookie": b"affinity=n1; Path=/",
        }
        return [*super().header_lines(response), *extra.items()]


@variant("connection-closed")
class ConnectionClosed(Service):
    """Each response announces that its connection is closed."""

    def header_lines(self, response: Response) -> list[tuple[bytes, bytes]]:
        return [*super().header_lines(response), (b"connection", b"close")]


@variant("connection-dropped")
class ConnectionDropped(Service):
    """Each connection is closed soon after its response, which does not announce it."""

    keep_alive = 0


def slow(seconds: float, nth: int = 1) -> type[Service]:
    """A service that delays each nth response."""

    class Slow(Service):
        responses = 0

        async def send_response(self, request: Request, response: Response, send: Send) -> None:
            self.responses += 1
            if self.responses % nth == 0:
                await self.sleep(seconds)
            await super().send_response(request, response, send)

    return Slow


variant.add("slow", "Each response takes 50 milliseconds.", slow(0.05))
variant.add("slow-at-times", "Each twentieth response takes a second.", slow(1.0, 20))


def limiting(requests: int, seconds: float, retry_after: Callable[[float, int], str] | None) -> type[Service]:
    """A service with a rate limit for each account; `retry_after` makes the header of the time when it ends."""

    class Limiting(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.recent: dict[str, deque[float]] = {}

        def authenticate(self, request: Request) -> Account:
            account = super().authenticate(request)
            recent, now = self.recent.setdefault(account.person.id, deque()), self.now()
            while recent and now - recent[0] >= seconds:
                recent.popleft()
            if len(recent) >= requests:
                wait = int(recent[0] + seconds - now) + 1
                headers = {"retry-after": retry_after(now, wait)} if retry_after else {}
                raise Rejection(429, "There were too many requests", headers=headers)
            recent.append(now)
            return account

    return Limiting


def as_seconds(_now: float, wait: int) -> str:
    """Retry-After in seconds."""
    return str(wait)


def as_date(now: float, wait: int) -> str:
    """Retry-After as a date."""
    return formatdate(now + wait, usegmt=True)


for name, sentence, service in (
    ("rate-30-a-second", "30 requests a second, then 429 with Retry-After.", limiting(30, 1.0, as_seconds)),
    (
        "rate-60-in-ten-seconds",
        "60 requests in ten seconds, then 429 with Retry-After.",
        limiting(60, 10.0, as_seconds),
    ),
    ("rate-with-date", "30 requests a second, then 429 with a date in Retry-After.", limiting(30, 1.0, as_date)),
    ("rate-without-word", "30 requests a second, then 429 without Retry-After.", limiting(30, 1.0, None)),
):
    variant.add(name, f"An account has {sentence}", service)


@variant("resend-paced")
class ResendPaced(Service):
    """Resend returns 429 within a second of the last one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.sent: dict[str, float] = {}

    def resend(self, account: Account) -> None:
        if self.now() - self.sent.get(account.person.id, 0.0) < 1.0:
            raise Rejection(429, "A code was sent just now", headers={"retry-after": "1"})
        super().resend(account)
        self.sent[account.person.id] = self.now()


@variant("session-cookie")
class SessionCookie(Service):
    """Successes set a cookie, which is accepted in place of the token."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        cookie = {"set-cookie": "session=of-the-first-account; HttpOnly; Path=/"}
        return replace(response, headers={**response.headers, **cookie}) if response.status < 300 else response

    def authenticate(self, request: Request) -> Account:
        if request.headers.get("cookie") == "session=of-the-first-account":
            return self.accounts[0]
        return super().authenticate(request)
