"""Faults of routing: an action that is not where the page says, or is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.faults.common import ALL_ACCEPTED, plain
from reference.faults.registry import Area
from reference.messages import OPERATIONS, Answer, Call, Interruption, Operation, Rejection
from reference.service import PREFIX, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

fault = Area("routing")


def missing(absent: Operation) -> type[Service]:
    """A service without one of its actions."""

    class Missing(Service):
        def routes(self) -> Mapping[str, Operation]:
            return {path: operation for path, operation in super().routes().items() if operation != absent}

    return Missing


def swapped(one: Operation, other: Operation) -> type[Service]:
    """A service with two actions at each other's address."""

    class Swapped(Service):
        def routes(self) -> Mapping[str, Operation]:
            change = {one: other, other: one}
            return {path: change.get(operation, operation) for path, operation in super().routes().items()}

    return Swapped


def redirecting(status: int) -> type[Service]:
    """A service whose addresses all end in a slash, and that says so by a redirect."""

    class Redirecting(Service):
        def routes(self) -> Mapping[str, Operation]:
            plain_paths = super().routes()
            return {**plain_paths, **{f"{path}/": operation for path, operation in plain_paths.items()}}

        def locate(self, call: Call) -> Operation:
            operation = super().locate(call)
            if not call.path.endswith("/"):
                raise Interruption(Answer(status, media_type=None, headers={"location": f"{call.path}/"}))
            return operation

    return Redirecting


def wanting(method: str, *operations: Operation) -> type[Service]:
    """A service that takes another method than POST for some of its actions."""

    class Wanting(Service):
        def check_method(self, call: Call) -> None:
            if call.operation not in operations:
                super().check_method(call)
            elif call.method != method:
                raise Rejection(405, f"Only {method} is allowed here", headers={"allow": method})

    return Wanting


for operation in OPERATIONS:
    fault.add(
        f"{operation}-missing",
        f"The {operation} action has no route, so it answers 404.",
        missing(operation),
        f"{operation}.accepted",
    )

fault.add(
    "enable-and-disable-swapped",
    "The routes of enable and disable lead to each other.",
    swapped("enable", "disable"),
    "enable.accepted",
    "disable.accepted",
    "enable.response.enabled",
    "disable.response.enabled",
)
fault.add(
    "disable-and-resend-swapped",
    "The routes of disable and resend lead to each other.",
    swapped("disable", "resend"),
    "disable.accepted",
    "resend.accepted",
    "resend.response.body",
    "user.document",
)
fault.add(
    "slash-redirect-temporary",
    "Every address wants a slash at its end, and sends clients there by a 307.",
    redirecting(307),
    *ALL_ACCEPTED,
)
fault.add(
    "slash-redirect-permanent",
    "Every address wants a slash at its end, and sends clients there by a 301.",
    redirecting(301),
    *ALL_ACCEPTED,
)
fault.add("put-wanted", "All four actions take PUT and refuse POST.", wanting("PUT", *OPERATIONS), *ALL_ACCEPTED)
fault.add("delete-wanted-to-disable", "Disabling takes DELETE only.", wanting("DELETE", "disable"), "disable.accepted")
fault.add("get-wanted-to-resend", "Resending takes GET only.", wanting("GET", "resend"), "resend.accepted")


@fault("paths-underscored", *ALL_ACCEPTED)
class PathsUnderscored(Service):
    """The names of the actions have underscores for hyphens."""

    def routes(self) -> Mapping[str, Operation]:
        """The paths as method names."""
        return {path.replace("-", "_"): operation for path, operation in super().routes().items()}


@fault("resend-name-cut", "resend.accepted")
class ResendNameCut(Service):
    """The resend action is found under two-factor-resend only."""

    def routes(self) -> Mapping[str, Operation]:
        """The paths, one of them short."""
        return {path.removesuffix("-verification-code"): operation for path, operation in super().routes().items()}


@fault("prefix-missing", *ALL_ACCEPTED)
class PrefixMissing(Service):
    """The actions live at the root of the host, without the prefix of the API."""

    def routes(self) -> Mapping[str, Operation]:
        """The paths from the root."""
        return {path.removeprefix(PREFIX): operation for path, operation in super().routes().items()}


@fault("resend-not-implemented", "resend.accepted", "http.no-server-error")
class ResendNotImplemented(Service):
    """The resend action is a stub that answers 501."""

    def locate(self, call: Call) -> Operation:
        """Everything but the stub."""
        operation = super().locate(call)
        if operation == "resend":
            raise Interruption(plain(501, "Not Implemented"))
        return operation


@fault("single-page-application", *ALL_ACCEPTED, "user.document")
class SinglePageApplication(Service):
    """A web front end catches every address and answers 200 with its start page."""

    def answer(self, call: Call) -> Answer:
        """The start page."""
        del call
        return plain(200, "<!doctype html><title>Console</title><div id=app></div>", "text/html; charset=utf-8")
