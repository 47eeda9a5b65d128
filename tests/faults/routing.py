"""Faults of routing: operations at the wrong path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.messages import OPERATIONS, ImmediateResponse, Operation, Request, Response
from reference.service import PREFIX, Service
from tests.catalogue import Chapter
from tests.faults.common import ALL_ACCEPTED, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

fault = Chapter()


def without(missing: Operation) -> type[Service]:
    """A service without one of the operations."""

    class Without(Service):
        def routes(self) -> Mapping[str, Operation]:
            return {path: operation for path, operation in super().routes().items() if operation != missing}

    return Without


def swapped(one: Operation, other: Operation) -> type[Service]:
    """A service with two operations at each other's path."""

    class Swapped(Service):
        def routes(self) -> Mapping[str, Operation]:
            swap = {one: other, other: one}
            return {path: swap.get(operation, operation) for path, operation in super().routes().items()}

    return Swapped


for operation in OPERATIONS:
    fault.add(
        f"{operation}-missing",
        f"The route of {operation} is missing, so it returns 404.",
        without(operation),
        f"{operation}.accepted",
    )

fault.add(
    "enable-and-disable-swapped",
    "The routes of enable and disable are swapped.",
    swapped("enable", "disable"),
    *("enable.accepted", "disable.accepted", "enable.response.enabled", "disable.response.enabled"),
)
fault.add(
    "disable-and-resend-swapped",
    "The routes of disable and resend are swapped.",
    swapped("disable", "resend"),
    *("disable.accepted", "resend.accepted", "resend.response.body", "user.document"),
)


@fault("slash-redirect-temporary", *ALL_ACCEPTED)
class SlashRedirect(Service):
    """Every path needs a slash at its end; without it, a 307 redirects there."""

    def routes(self) -> Mapping[str, Operation]:
        return {f"{path}{end}": operation for path, operation in super().routes().items() for end in ("", "/")}

    def locate(self, request: Request) -> Operation:
        operation = super().locate(request)
        if not request.path.endswith("/"):
            raise ImmediateResponse(Response(307, media_type=None, headers={"location": f"{request.path}/"}))
        return operation


@fault("prefix-missing", undecidable="From outside, it looks like a wrong base URL.")
class PrefixMissing(Service):
    """The paths lack the prefix of the API."""

    def routes(self) -> Mapping[str, Operation]:
        return {path.removeprefix(PREFIX): operation for path, operation in super().routes().items()}


@fault("resend-not-implemented", "resend.accepted", "http.no-server-error")
class ResendNotImplemented(Service):
    """Resend is a stub that returns 501."""

    def locate(self, request: Request) -> Operation:
        operation = super().locate(request)
        if operation == "resend":
            raise ImmediateResponse(plain(501, "Not Implemented"))
        return operation
