"""Exchanges as the reports show them: redacted, as text, of bounded length, with a curl line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.curl import curl

if TYPE_CHECKING:
    from conformance.exchange import Exchange, Headers
    from conformance.redaction import Redactor

LONGEST = 4_000
"""Characters of a body that are shown."""
SEED = re.compile(r"otpauth:(?:\\?/){2}[^\s\"'<>]*")
"""A URL that gives an authenticator its secret: masked also where nobody expected one."""


@dataclass(frozen=True)
class Shown:
    """An exchange that can be shown to anyone; `sent` and `received` are the bodies, `None` where there is none."""

    number: int
    operation: str
    purpose: str
    seconds: float
    method: str
    url: str
    request_headers: Headers
    sent: str | None
    status: int
    response_headers: Headers
    received: str
    curl: str

    @property
    def request_body(self) -> str | None:
        """The body of the request, of bounded length."""
        return None if self.sent is None else cut(self.sent)

    @property
    def response_body(self) -> str:
        """The body of the answer, of bounded length."""
        return cut(self.received)


class Evidence:
    """Makes what can be shown from what was recorded, each exchange once."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._known: dict[int, Shown] = {}
        self._cleaned: dict[str, str] = {}

    def clean(self, text: str) -> str:
        """Text without secrets, and without what is no text."""
        if text not in self._cleaned:
            clean = self._redactor.clean(text.encode("utf-8", "backslashreplace").decode())
            self._cleaned[text] = SEED.sub("[provisioning URL]", clean)
        return self._cleaned[text]

    def of(self, exchange: Exchange) -> Shown:
        """The exchange as it can be shown."""
        if id(exchange) not in self._known:
            self._known[id(exchange)] = self._shown(exchange)
        return self._known[id(exchange)]

    def _shown(self, exchange: Exchange) -> Shown:
        request, response = exchange.request, exchange.response
        # Word by word: a scheme and a token together are not to be taken for what is made of a part of the token.
        headers = tuple((name, " ".join(map(self.clean, value.split(" ")))) for name, value in request.headers)
        url = self.clean(request.url)
        sent = None if request.body is None else self.body(request.body)
        received = self.body(response.body)
        return Shown(
            number=exchange.number,
            operation=exchange.operation,
            purpose=self.clean(exchange.purpose) + (" (sent twice)" if exchange.resent else ""),
            seconds=round(exchange.seconds, 3),
            method=request.method,
            url=url,
            request_headers=headers,
            sent=None if sent is None else text_of(sent),
            status=response.status,
            response_headers=tuple((self.clean(name), self.clean(_uncookied(name, v))) for name, v in response.headers),
            received=text_of(received),
            curl=curl(request.method, url, headers, sent),
        )

    def body(self, body: bytes) -> bytes:
        """The bytes without secrets, also of bodies that are no UTF-8."""
        text = self._redactor.clean(body.decode("utf-8", "surrogateescape"))
        return SEED.sub("[provisioning URL]", text).encode("utf-8", "surrogateescape")


def text_of(body: bytes) -> str:
    """A body as text; bytes that are no UTF-8 are shown as escapes."""
    return body.decode("utf-8", "backslashreplace")


def cut(text: str) -> str:
    """The text, or its beginning and a note if it is too long."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… [{len(text) - LONGEST:,} more characters]"


def _uncookied(name: str, value: str) -> str:
    """A header's value; of a cookie, not what it holds: a session is as good as a token."""
    return re.sub(r"=[^;]*", "=[cookie]", value, count=1) if name.lower() == "set-cookie" else value


def printable(text: str) -> str:
    """Text that does nothing to a terminal but stand there."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in text
    )
