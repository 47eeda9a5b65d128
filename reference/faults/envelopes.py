"""Faults of whole answers: the envelope, the encoding, the status, the user they are about."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from reference.documents import user_document
from reference.faults.common import ALL_ACCEPTED, USER_ANSWERS, changing, plain, put
from reference.faults.registry import Area
from reference.messages import Answer
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Operation
    from reference.validation import Order

fault = Area("answers")

USER_ACCEPTED = ALL_ACCEPTED[:3]


def answering(change: Callable[[Answer], Answer], *operations: Operation) -> type[Service]:
    """A service whose answers to carried-out orders are changed as a whole."""

    class Answering(Service):
        def succeed(self, operation: Operation, document: Any) -> Answer:
            answer = super().succeed(operation, document)
            return change(answer) if operation in operations else answer

    return Answering


def body(change: Callable[[bytes], bytes]) -> Callable[[Answer], Answer]:
    """A change of the body alone."""
    return lambda answer: replace(answer, body=change(answer.body))


def replaced(sent: bytes) -> Callable[[bytes], bytes]:
    """A change that does not look at what it replaces."""
    return lambda _: sent


def status(code: int) -> Callable[[Answer], Answer]:
    """A change of the status alone."""
    return lambda answer: replace(answer, status=code)


def flat(document: Any) -> Any:
    """Attributes beside the id."""
    return {"data": {**document["data"].pop("attributes"), **document["data"]}}


def renamed(document: Any, rename: Callable[[str], str]) -> Any:
    """Every member by another name."""
    if isinstance(document, dict):
        return {rename(name): renamed(value, rename) for name, value in document.items()}
    return [renamed(value, rename) for value in document] if isinstance(document, list) else document


def snake(name: str) -> str:
    """A name with underscores."""
    return name.replace("-", "_")


def camel(name: str) -> str:
    """A name in camel case."""
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


def snake_state(document: Any) -> Any:
    """Underscores in two-factor only."""
    attributes = document["data"]["attributes"]
    attributes["two-factor"] = renamed(attributes["two-factor"], snake)
    return document


for name, sentence, change, expects in (
    ("data-missing", "The user stands at the top of the document.", lambda d: d["data"], ("user.data",)),
    ("data-list", "The user is the only element of a list.", lambda d: {"data": [d["data"]]}, ("user.data",)),
    ("data-null", "The answers hold null for data.", lambda _: {"data": None}, ("user.data",)),
    (
        "data-nested",
        "The user is wrapped in data twice.",
        lambda d: {"data": d},
        ("user.data", "user.type", "user.attributes"),
    ),
    (
        "data-named-user",
        "The user is wrapped in its own name, not in data.",
        lambda d: {"user": d["data"]},
        ("user.data",),
    ),
    ("document-list", "The whole document is the only element of a list.", lambda d: [d], ("user.document",)),
    ("attributes-beside-id", "The attributes stand beside the id.", flat, ("user.attributes",)),
    (
        "names-underscored",
        "The names of members have underscores.",
        lambda d: renamed(d, snake),
        ("user.avatar-url", "user.two-factor"),
    ),
    (
        "names-camel-case",
        "The names of members are in camel case.",
        lambda d: renamed(d, camel),
        ("user.avatar-url", "user.two-factor"),
    ),
    (
        "state-names-underscored",
        "The names inside of two-factor have underscores.",
        snake_state,
        ("enable.response.sms-number", "disable.response.sms-number", "verify.response.sms-number"),
    ),
):
    fault.add(f"answer-{name}", sentence, changing(change, *USER_ANSWERS), *expects)

for name, sentence, change_answer, operations, expects in (
    (
        "encoded-twice",
        "The documents are encoded as JSON twice.",
        body(lambda b: json.dumps(b.decode()).encode()),
        USER_ANSWERS,
        ("user.document",),
    ),
    (
        "python-literal",
        "The documents are printed, not encoded.",
        body(lambda b: repr(json.loads(b)).encode()),
        USER_ANSWERS,
        ("user.document",),
    ),
    (
        "cut-in-half",
        "Only the first half of each document is sent.",
        body(lambda b: b[: len(b) // 2]),
        USER_ANSWERS,
        ("user.document",),
    ),
    (
        "with-warning",
        "A warning of the interpreter stands before the document.",
        body(lambda b: b"Warning: undefined index\n" + b),
        ("verify",),
        ("user.document", "verify.accepted"),
    ),
    (
        "with-guard",
        "A guard against script inclusion stands before the document.",
        body(lambda b: b")]}',\n" + b),
        USER_ANSWERS,
        ("user.document",),
    ),
    (
        "empty",
        "Disabling answers 200 with an empty body.",
        body(lambda _: b""),
        ("disable",),
        ("user.document", "disable.accepted"),
    ),
    (
        "of-text",
        "Verifying answers 200 with a word of text.",
        body(lambda _: b"OK"),
        ("verify",),
        ("user.document", "verify.accepted"),
    ),
    (
        "in-html",
        "Enabling answers 200 with a page of HTML.",
        lambda _: plain(200, "<p>Saved.</p>", "text/html; charset=utf-8"),
        ("enable",),
        ("user.document", "enable.accepted"),
    ),
    (
        "without-content",
        "Disabling answers 204.",
        lambda _: Answer(204, media_type=None),
        ("disable",),
        ("user.document", "disable.accepted"),
    ),
    (
        "redirecting",
        "Disabling answers 303 with the address of the account.",
        lambda _: plain(303, "", location="/api/v2/account/details"),
        ("disable",),
        ("disable.accepted",),
    ),
    (
        "with-status-500",
        "Enabling answers the right document with a status of 500.",
        status(500),
        ("enable",),
        ("http.no-server-error", "enable.accepted"),
    ),
    (
        "with-status-400",
        "Verifying answers the right document with a status of 400.",
        status(400),
        ("verify",),
        ("verify.accepted",),
    ),
    (
        "with-status-302",
        "Enabling answers the right document with a status of 302.",
        status(302),
        ("enable",),
        ("enable.accepted",),
    ),
):
    fault.add(f"answer-{name}", sentence, answering(change_answer, *operations), *expects)

for name, sentence, sent in (
    ("object", "Resending answers an empty object.", b"{}"),
    ("data", "Resending answers a document with null for data.", b'{"data":null}'),
    ("string", "Resending answers the word null as a JSON string.", b'"null"'),
    ("empty", "Resending answers an empty body.", b""),
    ("true", "Resending answers true.", b"true"),
    ("list", "Resending answers an empty list.", b"[]"),
    ("none", "Resending answers null as Python prints it.", b"None"),
):
    fault.add(f"resend-answers-{name}", sentence, answering(body(replaced(sent)), "resend"), "resend.response.body")


@fault("resend-answers-user", "resend.response.body")
class ResendAnswersUser(Service):
    """Resending answers the user."""

    def document(self, operation: Operation, account: Account) -> Any:
        """The same document for all."""
        del operation
        return user_document(account)


@fault("resend-answers-nothing", "resend.response.body", "resend.accepted")
class ResendAnswersNothing(Service):
    """Resending answers 204."""

    def succeed(self, operation: Operation, document: Any) -> Answer:
        """Null is taken for nothing."""
        return Answer(204, media_type=None) if document is None else super().succeed(operation, document)


def before(stale: Operation) -> type[Service]:
    """A service that answers what was true before the order was carried out."""

    class Before(Service):
        seen: Any = None

        def perform(self, operation: Operation, account: Account, order: Order) -> None:
            self.seen = user_document(account)
            super().perform(operation, account, order)

        def document(self, operation: Operation, account: Account) -> Any:
            return self.seen if operation == stale else super().document(operation, account)

    return Before


def of_another(operation: Operation) -> type[Service]:
    """A service that answers the document of another account."""

    class OfAnother(Service):
        def document(self, now: Operation, account: Account) -> Any:
            return super().document(now, self.accounts[1] if now == operation else account)

    return OfAnother


for operation in USER_ANSWERS:
    fault.add(
        f"{operation}-answers-before",
        f"The {operation} action answers the state before it.",
        before(operation),
        f"{operation}.response.enabled",
        f"{operation}.response.verified",
        f"{operation}.response.delivery",
    )
    fault.add(
        f"{operation}-answers-other-user",
        f"The {operation} action answers another user.",
        of_another(operation),
        "user.same-id",
        "user.same-username",
    )

fault.add(
    "answer-id-random",
    "The id is a new one in each answer.",
    changing(lambda d: put(f"user-{uuid4().hex[:16]}")(d, "data/id"), *USER_ANSWERS),
    "user.same-id",
)
