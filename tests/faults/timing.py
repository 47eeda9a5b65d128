"""Faults of time: failures now and then, or at first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.messages import Operation, Request, Response
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import ALL_ACCEPTED, crash, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Send

    from reference.accounts import Account

fault = Chapter()

FOREVER = 3600.0
"""Seconds, longer than any client waits."""


def every(nth: int, change: Callable[[Response], Response]) -> type[Service]:
    """A service that changes each nth response; the operation is performed."""

    class Every(Service):
        responses = 0

        def respond(self, request: Request) -> Response:
            response = super().respond(request)
            self.responses += 1
            return change(response) if self.responses % nth == 0 else response

    return Every


for name, sentence, service, expects in (
    (
        "tenth-answer-500",
        "Each tenth response is a 500.",
        every(10, lambda _: crash().response),
        ("http.no-server-error",),
    ),
    (
        "fiftieth-answer-503",
        "Each fiftieth response is a 503.",
        every(50, lambda _: plain(503, "upstream connect error")),
        ("http.no-server-error",),
    ),
    (
        "thirtieth-answer-502",
        "Each thirtieth response is a page of the proxy with 502.",
        every(30, lambda _: plain(502, "<h1>502 Bad Gateway</h1>", "text/html")),
        ("http.no-server-error",),
    ),
    (
        "fifteenth-answer-empty",
        "Each fifteenth response has no body.",
        every(15, lambda response: replace(response, body=b"")),
        ("user.document", "errors.document", "resend.response.body"),
    ),
    (
        "twelfth-answer-401",
        "Each twelfth request reaches a node that does not know the token.",
        every(12, lambda _: Response(401, b'{"errors":[{"status":"401","title":"unauthorized"}]}')),
        ("credentials.reserved-401", *ALL_ACCEPTED),
    ),
):
    fault.add(name, sentence, service, *expects)


@fault("first-call-fails", "http.no-server-error")
class FirstRequestFails(Service):
    """The first request after a start returns 500."""

    started = False

    def respond(self, request: Request) -> Response:
        if self.started:
            return super().respond(request)
        self.started = True
        return crash().response


@fault("fifth-user-mixed-up", "user.same-id", "user.same-username")
class FifthUserMixedUp(Service):
    """Each fifth user comes from a cache without a key, and is another one."""

    documents = 0

    def document(self, operation: Operation, account: Account) -> Any:
        self.documents += 1
        return super().document(operation, self.accounts[1] if self.documents % 5 == 0 else account)


@fault(
    "answers-never", undecidable="A request without a response has nothing to judge; the run ends without a verdict."
)
class RespondsNever(Service):
    """Each tenth request gets no response."""

    requests = 0

    async def send_response(self, request: Request, response: Response, send: Send) -> None:
        self.requests += 1
        if self.requests % 10 == 0:
            await self.sleep(FOREVER)
        await super().send_response(request, response, send)


@fault("answers-broken-off", undecidable="A response that ends before its length is a broken connection.")
class ResponseBrokenOff(Service):
    """Each tenth response ends before its length, and with it the connection."""

    requests = 0

    async def send_response(self, request: Request, response: Response, send: Send) -> None:
        self.requests += 1
        if self.requests % 10 or request.method == "HEAD":
            await super().send_response(request, response, send)
            return
        await send({"type": "http.response.start", "status": response.status, "headers": self.header_lines(response)})
        half = response.body[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
