"""Freedoms on the wire: encodings, headers, connections, pace."""

from __future__ import annotations

import gzip
import json
from collections import deque
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from reference.messages import Answer, Call, Rejection
from reference.service import Service
from reference.variants.registry import Chapter

if TYPE_CHECKING:
    from starlette.types import Send

    from reference.accounts import Account

variant = Chapter()


@variant("json-indented")
class JsonIndented(Service):
    """JSON is indented, and ends in a line break."""

    def encode(self, document: Any) -> bytes:
        """For the eye."""
        return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


@variant("json-escaped")
class JsonEscaped(Service):
    """JSON escapes what is not ASCII, and what HTML would read."""

    def encode(self, document: Any) -> bytes:
        """As some libraries do by default."""
        text = json.dumps(document).replace("&", "\\u0026").replace("<", "\\u003c").replace("/", "\\/")
        return text.encode()


@variant("compressed")
class Gzip(Service):
    """Answers are compressed, where that is welcome."""

    async def deliver(self, call: Call, answer: Answer, send: Send) -> None:
        """Smaller, or not."""
        if answer.body and "gzip" in call.headers.get("accept-encoding", ""):
            headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
            answer = replace(answer, body=gzip.compress(answer.body), headers=headers)
        await super().deliver(call, answer, send)


@variant("chunked")
class Chunked(Service):
    """Answers come in chunks, without a length."""

    async def deliver(self, call: Call, answer: Answer, send: Send) -> None:
        """A few bytes at a time."""
        if call.method == "HEAD" or not answer.body:
            await super().deliver(call, answer, send)
            return
        headers = [line for line in self.headers(answer) if line[0] != b"content-length"]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for start in range(0, len(answer.body), 100):
            await send({"type": "http.response.body", "body": answer.body[start : start + 100], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@variant("header-names-in-title-case")
class HeaderNamesInTitleCase(Service):
    """The names of headers are in title case."""

    def headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """As most servers write them."""
        return [(name.title(), value) for name, value in super().headers(answer)]


@variant("headers-extra")
class HeadersExtra(Service):
    """Answers have headers for tracing, security and limits."""

    def headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """What a proxy in front may add."""
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
        return [*super().headers(answer), *extra.items()]


@variant("connection-closed")
class ConnectionClosed(Service):
    """Each answer closes its connection, and says so."""

    def headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """The last of its connection."""
        return [*super().headers(answer), (b"connection", b"close")]


@variant("connection-dropped")
class ConnectionDropped(Service):
    """Each connection is closed soon after its answer, which does not say so."""

    keep_alive = 0


def slow(seconds: float, nth: int = 1) -> type[Service]:
    """A service that takes its time for each nth answer."""

    class Slow(Service):
        answers = 0

        async def deliver(self, call: Call, answer: Answer, send: Send) -> None:
            self.answers += 1
            if self.answers % nth == 0:
                await self.sleep(seconds)
            await super().deliver(call, answer, send)

    return Slow


variant.add("slow", "Each answer takes 50 milliseconds.", slow(0.05))
variant.add("slow-at-times", "Each twentieth answer takes a second.", slow(1.0, 20))


def limited(calls: int, seconds: float, *, after: str = "seconds") -> type[Service]:
    """A service that answers so many calls of an account in so many seconds."""

    class Limited(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.seen: dict[str, deque[float]] = {}

        def authenticate(self, call: Call) -> Account:
            account = super().authenticate(call)
            seen, now = self.seen.setdefault(account.person.id, deque()), self.now()
            while seen and now - seen[0] >= seconds:
                seen.popleft()
            if len(seen) >= calls:
                raise Rejection(429, "There were too many calls", headers=self.again(seen[0] + seconds - now))
            seen.append(now)
            return account

        def again(self, wait: float) -> dict[str, str]:
            if after == "nothing":
                return {}
            whole = int(wait) + 1
            return {"retry-after": str(whole) if after == "seconds" else formatdate(self.now() + whole, usegmt=True)}

    return Limited


variant.add("rate-30-a-second", "An account has 30 calls a second, then 429 and when to come again.", limited(30, 1.0))
variant.add(
    "rate-60-in-ten-seconds",
    "An account has 60 calls in ten seconds, then 429 and when to come again.",
    limited(60, 10.0),
)
variant.add(
    "rate-with-date",
    "An account has 30 calls a second, then 429 and a date to come again.",
    limited(30, 1.0, after="date"),
)
variant.add(
    "rate-without-word",
    "An account has 30 calls a second, then 429 and no word about when to come again.",
    limited(30, 1.0, after="nothing"),
)


@variant("resend-paced")
class ResendPaced(Service):
    """Resending again within a second is answered by 429."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.sent: dict[str, float] = {}

    def resend(self, account: Account) -> None:
        """One message at a time."""
        if self.now() - self.sent.get(account.person.id, 0.0) < 1.0:
            raise Rejection(429, "A code was sent just now", headers={"retry-after": "1"})
        super().resend(account)
        self.sent[account.person.id] = self.now()


@variant("session-cookie")
class SessionCookie(Service):
    """A session begins with the first call, and its cookie is as good as the token."""

    def answer(self, call: Call) -> Answer:
        """Hand out the cookie."""
        answer = super().answer(call)
        cookie = {"set-cookie": "session=of-the-first-account; HttpOnly; Path=/"}
        return replace(answer, headers={**answer.headers, **cookie}) if answer.status < 300 else answer

    def authenticate(self, call: Call) -> Account:
        """Whoever brings the cookie needs no token."""
        if call.headers.get("cookie") == "session=of-the-first-account":
            return self.accounts[0]
        return super().authenticate(call)
