"""Faults of time: what fails now and then, or only at first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.faults.common import ALL_ACCEPTED, crash, plain
from reference.faults.registry import Area
from reference.messages import Answer, Call, Operation
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Send

    from reference.accounts import Account

fault = Area("time")

FOREVER = 3600.0
"""Seconds, longer than any client waits."""


def every(nth: int, spoil: Callable[[Answer], Answer]) -> type[Service]:
    """A service that spoils each nth answer; the order is carried out."""

    class Every(Service):
        answers = 0

        def answer(self, call: Call) -> Answer:
            answer = super().answer(call)
            self.answers += 1
            return spoil(answer) if self.answers % nth == 0 else answer

    return Every


fault.add(
    "tenth-answer-500",
    "Each tenth answer is a 500.",
    every(10, lambda _: crash().answer),
    "http.no-server-error",
)
fault.add(
    "fiftieth-answer-503",
    "Each fiftieth answer is a 503.",
    every(50, lambda _: plain(503, "upstream connect error")),
    "http.no-server-error",
)
fault.add(
    "thirtieth-answer-502",
    "Each thirtieth answer is a page of the proxy with 502.",
    every(30, lambda _: plain(502, "<h1>502 Bad Gateway</h1>", "text/html")),
    "http.no-server-error",
)
fault.add(
    "fifteenth-answer-empty",
    "Each fifteenth answer has no body.",
    every(15, lambda answer: replace(answer, body=b"")),
    "user.document",
    "errors.document",
    "resend.response.body",
)
fault.add(
    "twelfth-answer-401",
    "Each twelfth call meets a node that does not know the token.",
    every(12, lambda _: Answer(401, b'{"errors":[{"status":"401","title":"unauthorized"}]}')),
    "credentials.reserved-401",
    *ALL_ACCEPTED,
)


@fault("first-call-fails", "http.no-server-error")
class FirstCallFails(Service):
    """The first call after a start ends in a 500, as the pool is not filled."""

    warm = False

    def answer(self, call: Call) -> Answer:
        """Warm up by failing."""
        if self.warm:
            return super().answer(call)
        self.warm = True
        return crash().answer


@fault("fifth-user-mixed-up", "user.same-id", "user.same-username")
class FifthUserMixedUp(Service):
    """Each fifth user answer comes from a cache without a key, and is another user's."""

    told = 0

    def document(self, operation: Operation, account: Account) -> Any:
        """Four of five are right."""
        self.told += 1
        return super().document(operation, self.accounts[1] if self.told % 5 == 0 else account)


@fault("answers-never")
class AnswersNever(Service):
    """Each tenth call is read and never answered."""

    calls = 0

    async def deliver(self, call: Call, answer: Answer, send: Send) -> None:
        """Wait for a lock that nobody releases."""
        self.calls += 1
        if self.calls % 10 == 0:
            await self.sleep(FOREVER)
        await super().deliver(call, answer, send)


@fault("answers-broken-off")
class AnswersBrokenOff(Service):
    """Each tenth answer ends before its length, and the connection with it."""

    calls = 0

    async def deliver(self, call: Call, answer: Answer, send: Send) -> None:
        """Promise all, send half."""
        self.calls += 1
        if self.calls % 10 or call.method == "HEAD":
            await super().deliver(call, answer, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": self.headers(answer)})
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
