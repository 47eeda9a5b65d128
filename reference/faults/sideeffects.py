"""Faults of side effects: a call that is refused acts all the same, and so does one by another method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reference.faults.common import crash, plain
from reference.faults.registry import Area
from reference.messages import OPERATIONS, Answer, Call, Interruption, Operation, Rejection
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reference.accounts import Account

fault = Area("side effects")


def acting_on(methods: Iterable[str], *operations: Operation) -> type[Service]:
    """A service that takes other methods for POST."""

    class ActingOn(Service):
        def check_method(self, call: Call) -> None:
            if not (call.method in methods and call.operation in operations):
                super().check_method(call)

    return ActingOn


for name, sentence, methods, operations in (
    ("get-disables", "GET disables as well.", ("GET",), ("disable",)),
    ("get-and-head-disable", "GET disables as well, and HEAD is taken for GET.", ("GET", "HEAD"), ("disable",)),
    ("delete-disables", "DELETE disables as well.", ("DELETE",), ("disable",)),
    ("put-enables", "PUT enables as well.", ("PUT",), ("enable",)),
    ("patch-enables", "PATCH enables as well.", ("PATCH",), ("enable",)),
    ("put-verifies", "PUT verifies as well.", ("PUT",), ("verify",)),
    ("get-resends", "GET resends as well.", ("GET",), ("resend",)),
    ("options-disables", "OPTIONS disables as well, as the handler takes it for POST.", ("OPTIONS",), ("disable",)),
    ("every-method-acts", "No action looks at the method.", ("GET", "HEAD", "PUT", "PATCH", "DELETE"), OPERATIONS),
):
    fault.add(name, sentence, acting_on(methods, *operations), "methods.other-than-post", "methods.rejected")


def telling(answer: Callable[[], Answer], *methods: str) -> type[Service]:
    """A service that answers certain methods without acting."""

    class Telling(Service):
        def check_method(self, call: Call) -> None:
            if call.method in methods:
                raise Interruption(answer())
            super().check_method(call)

    return Telling


fault.add(
    "get-answers-200",
    "GET answers 200 with a hint in HTML, and does nothing.",
    telling(lambda: plain(200, "<p>Use POST.</p>", "text/html; charset=utf-8"), "GET"),
    "methods.rejected",
    "methods.other-than-post",
)
fault.add(
    "get-redirects",
    "GET redirects to the documentation.",
    telling(lambda: plain(302, "", location="/docs"), "GET"),
    "methods.rejected",
    "methods.other-than-post",
)
fault.add(
    "put-crashes",
    "PUT and PATCH end in a 500.",
    telling(lambda: crash().answer, "PUT", "PATCH"),
    "http.no-server-error",
    "methods.rejected",
    "methods.other-than-post",
)


def acting_when(refused: Callable[[Call, Rejection], bool], effect: Callable[[Account], None]) -> type[Service]:
    """A service that refuses a call as it should, but not without an effect on the first account."""

    class ActingWhen(Service):
        def refuse(self, call: Call, rejection: Rejection) -> Answer:
            if refused(call, rejection):
                effect(self.accounts[0])
            return super().refuse(call, rejection)

    return ActingWhen


def of(operation: Operation, *statuses: int) -> Callable[[Call, Rejection], bool]:
    """Whether a refusal is of an operation, with one of certain statuses."""
    return lambda call, rejection: call.operation == operation and rejection.status in statuses


def of_method(method: str, operation: Operation) -> Callable[[Call, Rejection], bool]:
    """Whether a refusal is of a method at an action."""
    return lambda call, _: call.method == method and call.operation == operation


def off(account: Account) -> None:
    """End the set-up."""
    account.disable()


def app(account: Account) -> None:
    """Begin a set-up by application."""
    account.enable("app", None)


def forget_number(account: Account) -> None:
    """Lose the SMS number."""
    account.two_factor = replace(account.two_factor, sms_number=None)


for name, sentence, refused, effect, expects in (
    (
        "get-disables-unseen",
        "GET disables and answers 405.",
        of_method("GET", "disable"),
        off,
        "methods.other-than-post",
    ),
    (
        "head-disables-unseen",
        "HEAD disables and answers 405.",
        of_method("HEAD", "disable"),
        off,
        "methods.other-than-post",
    ),
    (
        "delete-disables-unseen",
        "DELETE disables and answers 405.",
        of_method("DELETE", "disable"),
        off,
        "methods.other-than-post",
    ),
    ("put-enables-unseen", "PUT enables and answers 405.", of_method("PUT", "enable"), app, "methods.other-than-post"),
    (
        "invalid-enable-ends",
        "A refused enable ends the set-up there was.",
        of("enable", 422),
        off,
        "enable.rejected-changes-nothing",
    ),
    (
        "invalid-enable-restarts",
        "A refused enable begins a set-up by application.",
        of("enable", 422),
        app,
        "enable.rejected-changes-nothing",
    ),
    (
        "malformed-enable-ends",
        "A malformed enable ends the set-up there was.",
        of("enable", 400),
        off,
        "enable.rejected-changes-nothing",
    ),
    (
        "unauthorized-enable-restarts",
        "Enabling without a valid token answers 401 and begins a set-up.",
        of("enable", 401),
        app,
        "enable.rejected-changes-nothing",
    ),
    (
        "unauthorized-disable-acts",
        "Disabling without a valid token answers 401 and disables.",
        of("disable", 401),
        off,
        "disable.rejected-changes-nothing",
    ),
    (
        "unsupported-disable-acts",
        "Disabling with a media type that is not supported answers 415 and disables.",
        of("disable", 415, 406),
        off,
        "disable.rejected-changes-nothing",
    ),
    ("wrong-code-ends", "A wrong code ends the set-up.", of("verify", 422), off, "verify.rejected-changes-nothing"),
    (
        "malformed-verify-ends",
        "A malformed verification ends the set-up.",
        of("verify", 400),
        off,
        "verify.rejected-changes-nothing",
    ),
    (
        "wrong-code-forgets-number",
        "A wrong code forgets the SMS number.",
        of("verify", 422),
        forget_number,
        "verify.rejected-changes-nothing",
    ),
    (
        "verify-while-off-begins",
        "Verifying while off is refused, and begins a set-up.",
        of("verify", 409),
        app,
        "verify.rejected-changes-nothing",
    ),
    (
        "unauthorized-verify-ends",
        "Verifying without a valid token answers 401 and ends the set-up.",
        of("verify", 401),
        off,
        "verify.rejected-changes-nothing",
    ),
    (
        "refused-resend-ends",
        "A refused resend ends the set-up.",
        of("resend", 401, 405, 406, 409, 415),
        off,
        "resend.rejected-changes-nothing",
    ),
    (
        "refused-resend-forgets-number",
        "A refused resend forgets the SMS number.",
        of("resend", 401, 405, 406, 409, 415),
        forget_number,
        "resend.rejected-changes-nothing",
    ),
):
    fault.add(name, sentence, acting_when(refused, effect), expects)
