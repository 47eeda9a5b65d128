"""Faults of rejected requests that have an effect on the first account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.accounts import Account
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.state import Effect, setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.messages import Operation, Rejection, Request, Response

fault = Chapter()

RESEND_REJECTED = {401, 405, 406, 409, 415}
forget_number = setting(sms_number=None)


def enable(account: Account) -> None:
    """Begin a set-up by application."""
    account.enable("app", None)


def acting(condition: Callable[[Request, Rejection], bool], effect: Effect) -> type[Service]:
    """A service with an effect of some rejected requests."""

    class Acting(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            if condition(request, rejection):
                effect(self.accounts[0])
            return super().reject(request, rejection)

    return Acting


STATUSES: tuple[tuple[str, str, Operation, set[int], Effect], ...] = (
    ("invalid-enable-ends", "A rejected enable ends the set-up.", "enable", {422}, Account.disable),
    ("malformed-enable-ends", "A malformed enable ends the set-up.", "enable", {400}, Account.disable),
    ("unauthorized-enable-restarts", "Enable without a valid token begins a set-up.", "enable", {401}, enable),
    (
        "unauthorized-disable-acts",
        "Disable without a valid token returns 401 and disables.",
        "disable",
        {401},
        Account.disable,
    ),
    (
        "unsupported-disable-acts",
        "Disable with an unsupported media type returns 415 and disables.",
        "disable",
        {406, 415},
        Account.disable,
    ),
    ("wrong-code-ends", "A wrong code ends the set-up.", "verify", {422}, Account.disable),
    ("wrong-code-forgets-number", "A wrong code loses the SMS number.", "verify", {422}, forget_number),
    ("malformed-verify-ends", "A malformed verify ends the set-up.", "verify", {400}, Account.disable),
    ("verify-while-off-begins", "Verify while off is rejected and begins a set-up.", "verify", {409}, enable),
    ("refused-resend-ends", "A rejected resend ends the set-up.", "resend", RESEND_REJECTED, Account.disable),
    (
        "refused-resend-forgets-number",
        "A rejected resend loses the SMS number.",
        "resend",
        RESEND_REJECTED,
        forget_number,
    ),
)
for name, sentence, operation, statuses, effect in STATUSES:
    # A set-up that was begun shows first in a code that is accepted while off.
    expects = ["verify.while-off"] if name == "verify-while-off-begins" else []
    fault.add(
        name,
        sentence,
        acting(
            lambda request, rejection, operation=operation, statuses=statuses: (  # type: ignore[misc]
                request.operation == operation and rejection.status in statuses
            ),
            effect,
        ),
        f"{operation}.rejected-changes-nothing",
        *expects,
    )

fault.add(
    "head-disables-unseen",
    "HEAD returns 405 and disables.",
    acting(lambda request, _: (request.method, request.operation) == ("HEAD", "disable"), Account.disable),
    "methods.other-than-post",
)
fault.add(
    "put-enables-unseen",
    "PUT returns 405 and enables.",
    acting(lambda request, _: (request.method, request.operation) == ("PUT", "enable"), enable),
    "methods.other-than-post",
)
