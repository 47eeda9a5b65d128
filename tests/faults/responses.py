"""Faults of whole responses: the document's form, the encoding, the status, the user it is about."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import user_document
from reference.messages import Operation, Response
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import HTML, USER_OPERATIONS, changing, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Attributes

fault = Chapter()


def successes(change: Callable[[Response], Response], *operations: Operation) -> type[Service]:
    """A service that changes the successful responses of some operations."""

    class Successes(Service):
        def success(self, operation: Operation, document: Any) -> Response:
            response = super().success(operation, document)
            return change(response) if operation in operations else response

    return Successes


def body(change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    """A change of the body only."""
    return lambda response: replace(response, body=change(response.body))


def status(code: int) -> Callable[[Response], Response]:
    """A change of the status only."""
    return lambda response: replace(response, status=code)


def underscored(value: Any) -> Any:
    """A document with underscores for the hyphens in names."""
    if isinstance(value, dict):
        return {name.replace("-", "_"): underscored(member) for name, member in value.items()}
    return value


def underscored_two_factor(document: Any) -> Any:
    """Underscores in two-factor only."""
    attributes = document["data"]["attributes"]
    attributes["two-factor"] = underscored(attributes["two-factor"])
    return document


for name, sentence, change, expects in (
    ("data-list", "The user is in a list.", lambda d: {"data": [d["data"]]}, ("user.data",)),
    ("data-named-user", "The user is in user, not in data.", lambda d: {"user": d["data"]}, ("user.data",)),
    ("data-nested", "The user is in data twice.", lambda d: {"data": d}, ("user.data", "user.type", "user.attributes")),
    ("document-list", "The document is in a list.", lambda d: [d], ("user.document",)),
    (
        "attributes-beside-id",
        "The attributes are beside the id.",
        lambda d: {"data": {**d["data"].pop("attributes"), **d["data"]}},
        ("user.attributes",),
    ),
    ("names-underscored", "Names have underscores.", underscored, ("user.avatar-url", "user.two-factor")),
    (
        "state-names-underscored",
        "Names in two-factor have underscores.",
        underscored_two_factor,
        tuple(f"{operation}.response.sms-number" for operation in USER_OPERATIONS),
    ),
):
    fault.add(f"answer-{name}", sentence, changing(change, *USER_OPERATIONS), *expects)

RESPONSES: tuple[tuple[str, str, Callable[[Response], Response], tuple[Operation, ...], tuple[str, ...]], ...] = (
    (
        "answer-encoded-twice",
        "Documents are encoded as JSON twice.",
        body(lambda b: json.dumps(b.decode()).encode()),
        USER_OPERATIONS,
        ("user.document",),
    ),
    (
        "answer-cut-in-half",
        "Only the first half of a document is sent.",
        body(lambda b: b[: len(b) // 2]),
        USER_OPERATIONS,
        ("user.document",),
    ),
    (
        "answer-with-warning",
        "A warning of the interpreter precedes the document of verify.",
        body(lambda b: b"Warning: undefined index\n" + b),
        ("verify",),
        ("user.document", "verify.accepted"),
    ),
    (
        "answer-empty",
        "Disable returns 200 with an empty body.",
        body(lambda _: b""),
        ("disable",),
        ("user.document", "disable.accepted"),
    ),
    (
        "answer-in-html",
        "Enable returns 200 with a page of HTML.",
        lambda _: plain(200, "<p>Saved.</p>", HTML),
        ("enable",),
        ("user.document", "enable.accepted"),
    ),
    (
        "answer-without-content",
        "Disable returns 204.",
        lambda _: Response(204, media_type=None),
        ("disable",),
        ("user.document", "disable.accepted"),
    ),
    (
        "answer-redirecting",
        "Disable returns 303 with the address of the account.",
        lambda _: plain(303, "", location="/api/v2/account/details"),
        ("disable",),
        ("disable.accepted",),
    ),
    (
        "answer-with-status-500",
        "Enable returns the right document with 500.",
        status(500),
        ("enable",),
        ("http.no-server-error", "enable.accepted"),
    ),
    (
        "answer-with-status-400",
        "Verify returns the right document with 400.",
        status(400),
        ("verify",),
        ("verify.accepted",),
    ),
)
for name, sentence, alter, operations, expects in RESPONSES:
    fault.add(name, sentence, successes(alter, *operations), *expects)

for name, sentence, response in (
    ("object", "Resend returns an empty object.", Response(200, b"{}")),
    ("data", "Resend returns a document with null for data.", Response(200, b'{"data":null}')),
    ("empty", "Resend returns an empty body.", Response(200)),
    ("nothing", "Resend returns 204.", Response(204, media_type=None)),
):
    fault.add(
        f"resend-answers-{name}",
        sentence,
        successes(lambda _, response=response: response, "resend"),  # type: ignore[misc]
        "resend.response.body",
    )


@fault("resend-answers-user", "resend.response.body")
class ResendAnswersUser(Service):
    """Resend returns the user."""

    def document(self, operation: Operation, account: Account) -> Any:
        del operation
        return user_document(account)


def stale(late: Operation) -> type[Service]:
    """A service with an operation that returns the user before the change."""

    class Stale(Service):
        before: Any = None

        def perform(self, operation: Operation, account: Account, attributes: Attributes) -> None:
            self.before = user_document(account)
            super().perform(operation, account, attributes)

        def document(self, operation: Operation, account: Account) -> Any:
            return self.before if operation == late else super().document(operation, account)

    return Stale


def of_another_user(operation: Operation) -> type[Service]:
    """A service with an operation that returns another user."""

    class OfAnotherUser(Service):
        def document(self, performed: Operation, account: Account) -> Any:
            return super().document(performed, self.accounts[1] if performed == operation else account)

    return OfAnotherUser


for operation in USER_OPERATIONS:
    fault.add(
        f"{operation}-answers-before",
        f"{operation.title()} returns the user before the change.",
        stale(operation),
        *(f"{operation}.response.{member}" for member in ("enabled", "verified", "delivery")),
    )
    fault.add(
        f"{operation}-answers-other-user",
        f"{operation.title()} returns another user.",
        of_another_user(operation),
        *("user.same-id", "user.same-username"),
    )
