"""Faults of methods: another one is accepted, or required, or has an effect although it is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.messages import OPERATIONS, ImmediateResponse, Operation, Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import ALL_ACCEPTED, HTML, crash, plain

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Chapter()


def requiring(method: str, *operations: Operation) -> type[Service]:
    """A service that accepts one method in place of POST."""

    class Requiring(Service):
        def check_method(self, request: Request) -> None:
            if request.operation not in operations:
                super().check_method(request)
            elif request.method != method:
                raise Rejection(405, f"Only {method} is allowed here", headers={"allow": method})

    return Requiring


def accepting(methods: str, *operations: Operation) -> type[Service]:
    """A service that accepts some methods beside POST."""

    class Accepting(Service):
        def check_method(self, request: Request) -> None:
            if not (request.method in methods.split() and request.operation in operations):
                super().check_method(request)

    return Accepting


def responding(response: Callable[[], Response], *methods: str) -> type[Service]:
    """A service with a response of its own to some methods."""

    class Responding(Service):
        def check_method(self, request: Request) -> None:
            if request.method in methods:
                raise ImmediateResponse(response())
            super().check_method(request)

    return Responding


REJECTED = ("methods.other-than-post", "methods.rejected")

fault.add("put-wanted", "Every operation requires PUT.", requiring("PUT", *OPERATIONS), *ALL_ACCEPTED)
fault.add("delete-wanted-to-disable", "Disable requires DELETE.", requiring("DELETE", "disable"), "disable.accepted")
fault.add("get-wanted-to-resend", "Resend requires GET.", requiring("GET", "resend"), "resend.accepted")
for name, sentence, service in (
    ("get-disables", "GET disables as well.", accepting("GET", "disable")),
    ("put-enables", "PUT enables as well.", accepting("PUT", "enable")),
    ("get-resends", "GET resends as well.", accepting("GET", "resend")),
    (
        "options-disables",
        "OPTIONS disables as well, as the handler treats it as POST.",
        accepting("OPTIONS", "disable"),
    ),
    ("every-method-acts", "No operation checks the method.", accepting("GET HEAD PUT PATCH DELETE", *OPERATIONS)),
    (
        "get-answers-200",
        "GET has no effect, but returns 200 with a hint in HTML.",
        responding(lambda: plain(200, "<p>Use POST.</p>", HTML), "GET"),
    ),
):
    fault.add(name, sentence, service, *REJECTED)
fault.add(
    "put-crashes",
    "PUT and PATCH return 500.",
    responding(lambda: crash().response, "PUT", "PATCH"),
    "http.no-server-error",
    *REJECTED,
)
