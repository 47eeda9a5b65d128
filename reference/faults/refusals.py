"""Faults of refusing: the wrong status for a missing token, and 401 for what is none of its business."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from reference.faults.common import plain
from reference.faults.registry import Area
from reference.messages import Answer, Call, Rejection
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Operation
    from reference.validation import Order

fault = Area("credentials")

PAGE = "<!doctype html><title>Sign in</title><form method=post action=/session></form>"


def denying(status: int) -> type[Service]:
    """A service with another status for a missing or invalid token."""

    class Denying(Service):
        def unauthorized(self) -> Rejection:
            return Rejection(status, "A valid bearer token is required")

    return Denying


def telling(tell: Callable[[Answer], Answer]) -> type[Service]:
    """A service that words the refusal of a token in its own way."""

    class Telling(Service):
        def refuse(self, call: Call, rejection: Rejection) -> Answer:
            answer = super().refuse(call, rejection)
            return tell(answer) if answer.status == 401 else answer

    return Telling


for status in (400, 403, 404):
    fault.add(
        f"unauthorized-answered-{status}",
        f"A missing or invalid token is answered by {status}.",
        denying(status),
        "credentials.status-401",
    )
fault.add(
    "unauthorized-answered-500",
    "A missing or invalid token is answered by a 500 with an error document.",
    denying(500),
    "http.no-server-error",
    "credentials.status-401",
    "credentials.required",
)
fault.add(
    "unauthorized-answered-200",
    "A missing or invalid token is answered by 200, with the error in the document.",
    denying(200),
    "credentials.required",
)
for name, sentence, tell, expects in (
    (
        "unauthorized-redirects",
        "A missing or invalid token is answered by a redirect to a sign-in page.",
        lambda _: plain(302, "", location="/session/new"),
        ("credentials.status-401", "credentials.required"),
    ),
    (
        "unauthorized-shows-page",
        "A missing or invalid token is answered by 200 and a sign-in page.",
        lambda _: plain(200, PAGE, "text/html; charset=utf-8"),
        ("credentials.required",),
    ),
    (
        "unauthorized-in-html",
        "The 401 has a page of HTML for a body.",
        lambda _: plain(401, PAGE, "text/html; charset=utf-8"),
        ("errors.document",),
    ),
    (
        "unauthorized-in-text",
        "The 401 has a line of text for a body.",
        lambda _: plain(401, "HTTP Token: Access denied.\n"),
        ("errors.document",),
    ),
    ("unauthorized-empty", "The 401 has no body.", lambda _: Answer(401, media_type=None), ("errors.document",)),
    (
        "unauthorized-own-form",
        "The 401 has a JSON body of the gateway's own form.",
        lambda answer: Answer(401, json.dumps({"message": "Unauthorized"}).encode(), answer.media_type),
        ("errors.document", "errors.array"),
    ),
):
    fault.add(name, sentence, telling(tell), *expects)


@fault("wrong-code-answered-401", "credentials.reserved-401")
class WrongCodeAnswered401(Service):
    """A wrong code is answered by 401."""

    def verify(self, account: Account, order: Order) -> None:
        """The code is taken for a credential."""
        try:
            super().verify(account, order)
        except Rejection as rejection:
            if rejection.pointer is not None:
                rejection.status = 401
            raise


@fault("wrong-state-answered-401", "credentials.reserved-401")
class WrongStateAnswered401(Service):
    """An action at the wrong time is answered by 401."""

    def wrong_state(self, title: str) -> Rejection:
        """Not now is taken for not you."""
        return Rejection(401, title)


@fault("invalid-body-answered-401", "credentials.reserved-401")
class InvalidBodyAnswered401(Service):
    """A body with an invalid member is answered by 401."""

    def refuse_member(self, pointer: str, title: str) -> NoReturn:
        """Not so is taken for not you."""
        raise Rejection(401, title, pointer=pointer)


@fault("malformed-body-answered-401", "credentials.reserved-401")
class MalformedBodyAnswered401(Service):
    """A body that cannot be parsed is answered by 401."""

    def parse(self, operation: Operation, call: Call) -> Any:
        """What cannot be read is not trusted."""
        try:
            return super().parse(operation, call)
        except Rejection as rejection:
            rejection.status = 401
            raise
